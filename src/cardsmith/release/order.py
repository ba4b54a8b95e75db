"""The order in which new cards are introduced: what a card builds on comes first, then articles, then position."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.errors import Problem
from cardsmith.topics import Topic


def introduced(decks: Iterable[Deck], topics: Mapping[str, Topic]) -> list[str]:
    """Return the ids of all cards in the order of their introduction.

    The order of topics, articles and cards is kept, except that a card waits for those it is ``after``. Cards of a
    cycle come last, in their order: ``broken_order`` names it.
    """
    cards = [entry for deck in in_article_order(decks, topics) for entry in deck.entries]
    place = {entry.card.id: number for number, entry in enumerate(cards)}
    waits = {entry.card.id: {i for i in entry.card.after if i in place} for entry in cards}
    followers: dict[str, list[str]] = {}
    for card_id, needed in waits.items():
        for other in needed:
            followers.setdefault(other, []).append(card_id)
    ready = [place[card_id] for card_id, needed in waits.items() if not needed]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        card_id = cards[heapq.heappop(ready)].card.id
        order.append(card_id)
        for follower in followers.get(card_id, ()):
            waits[follower].discard(card_id)
            if not waits[follower]:
                heapq.heappush(ready, place[follower])
    done = set(order)
    return order + [card_id for card_id in place if card_id not in done]


def in_article_order(decks: Iterable[Deck], topics: Mapping[str, Topic]) -> list[Deck]:
    """Return the decks by topic, then those that the topic lists under ``articles``, then by name."""

    def rank(deck: Deck) -> tuple[int, int, str]:
        first = topics[deck.topic].articles
        listed = first.index(deck.article) if deck.article in first else len(first)
        return list(topics).index(deck.topic), listed, deck.path

    return sorted(decks, key=rank)


def broken_order(decks: Sequence[Deck]) -> Iterator[Problem]:
    """Find an ``after`` that names no card, and every cycle, named once at its first card."""
    entries = {entry.card.id: (deck, entry) for deck in decks for entry in deck.entries}
    for deck, entry in entries.values():
        for number, other in enumerate(entry.card.after):
            if other not in entries:
                mark = entry.marks.get(f"after.{number}", entry.mark)
                message = f"{entry.card.id} comes after {other}, which is no card"
                hint = "name a card's present id"
                yield Problem(deck.path, *mark, "after-unknown", message, hint, is_of_draft=entry.card.draft)
    for cycle in _cycles({card_id: entry for card_id, (_, entry) in entries.items()}):
        deck, entry = entries[cycle[0]]
        message = f"these cards wait for each other: {' → '.join([*cycle, cycle[0]])}"
        mark = entry.marks.get("after", entry.mark)
        is_idle = all(entries[card_id][1].card.draft for card_id in cycle)
        hint = "take one of them out of after:"
        yield Problem(deck.path, *mark, "after-cycle", message, hint, is_of_draft=is_idle)


def _cycles(entries: Mapping[str, Entry]) -> Iterator[list[str]]:
    """Yield cycles of the graph, each as the path that closes it; iterative, for chains of any length."""
    state: dict[str, bool] = {}
    for start in entries:
        if start in state:
            continue
        path, stack = [start], [iter(entries[start].card.after)]
        state[start] = False
        while stack:
            step = next(stack[-1], None)
            if step is None:
                state[path.pop()] = True
                stack.pop()
            elif step in entries and step not in state:
                state[step] = False
                path.append(step)
                stack.append(iter(entries[step].card.after))
            elif state.get(step) is False:
                yield path[path.index(step) :]
