"""Consent in bulk: which drafts are meant, and what their decks say once they are accepted or rejected. Writes nothing.

An id is somebody's own word and reaches every card; a filter speaks of cards that nobody has named, so it reaches only
drafts, and of those none that learners have.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cardsmith.decks.decisions import marked, rejected
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import Project, chosen_topics
from cardsmith.errors import CardsmithError, Problem
from cardsmith.journal import Edit
from cardsmith.propose.lock import Proposal, proposals_of

Seat = tuple[Deck, Entry]
"""A card in its deck."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which cards are meant: what passes all that is given. Without ids, only drafts are."""

    ids: Sequence[str] = ()
    articles: Sequence[str] = ()
    """Deck files' stems, or topic and stem with ``/`` between."""
    topics: Sequence[str] = ()
    rules: Sequence[str] = ()
    """As the lock has them; a draft that no lock knows has none."""
    least: float | None = None
    """Score as the lock has it; a draft without one passes no bound."""
    most: float | None = None

    @property
    def needs_locks(self) -> bool:
        """Tell whether it asks for rule or score."""
        return bool(self.rules) or self.least is not None or self.most is not None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision before it is written."""

    cards: tuple[Seat, ...]
    """Sorted by place."""
    edits: tuple[Edit, ...]
    """One a deck."""
    left: tuple[Seat, ...]
    """What was meant and stays as it is: cards that are accepted already; drafts that learners have."""


def accepted(project: Project, choice: Choice) -> Decided:
    """Return what accepting makes of the decks: the marks go.

    Raises:
        CardsmithError: an id, article or topic that is not there, or a card whose layout does not allow it.

    """
    meant = chosen(project, choice)
    drafts = [seat for seat in meant if seat[1].card.draft]
    edits = _edits(drafts, lambda deck, entries: marked(deck, *entries, draft=False))
    return Decided(tuple(drafts), edits, tuple(seat for seat in meant if not seat[1].card.draft))


def rejected_cards(
    project: Project, choice: Choice, is_released: Callable[[str], bool], *, retire: bool = False
) -> Decided:
    """Return what rejecting makes of the decks: the cards go.

    ``is_released`` tells by a card's identity whether learners have it; only with ``retire`` and by its id does it go.

    Raises:
        CardsmithError: as ``accepted``; every card named that learners have, without ``retire`` (``reject-released``).

    """
    meant: list[Seat] = []
    released: list[Seat] = []
    for deck, entry in chosen(project, choice):
        (released if is_released(entry.card.identity) else meant).append((deck, entry))
    if choice.ids and released and not retire:
        message, hint = "learners have it, and the next release would retire it", "add --retire if it shall"
        raise CardsmithError(
            Problem(deck.path, *entry.mark, "reject-released", f"{entry.card.id}: {message}", hint)
            for deck, entry in released
        )
    if choice.ids:
        meant, released = sorted([*meant, *released], key=lambda seat: (seat[0].path, seat[1].first)), []
    edits = _edits(meant, lambda deck, entries: rejected(deck, *entries))
    return Decided(tuple(meant), edits, tuple(released))


def unremembered(project: Project, seats: Iterable[Seat]) -> list[str]:
    """Return the ids that no lock knows, in articles that the machine reads: of these it may propose the fact anew."""
    return [
        entry.card.id
        for deck, entries in _by_deck(seats)
        if deck.excerpt
        for known in [proposals_of(project, deck)]
        for entry in entries
        if entry.card.id not in known
    ]


def chosen(project: Project, choice: Choice) -> list[Seat]:
    """Return the cards that are meant, sorted by place.

    Raises:
        CardsmithError: every id that no deck has (``no-card``) or that stands twice (``duplicate-id``), every article
            (``no-article``) and topic (``unknown-topic``) that is none.

    """
    project.whole()
    topics = chosen_topics(project, choice.topics)
    seats = [(deck, entry) for deck in project.decks for entry in deck.entries]
    problems = [*_no_cards(seats, choice.ids), *_no_articles(project, choice.articles)]
    if problems:
        raise CardsmithError(problems)
    ids = set(choice.ids)
    found = []
    for deck, entries in _by_deck(seats):
        names = {deck.article, f"{deck.topic}/{deck.article}"}
        if deck.topic not in topics or (choice.articles and not names & set(choice.articles)):
            continue
        named = [e for e in entries if (e.card.id in ids if ids else e.card.draft)]
        known = proposals_of(project, deck) if named and choice.needs_locks else {}
        found += [(deck, e) for e in named if _passes(known.get(e.card.id), choice)]
    return found


def _passes(known: Proposal | None, choice: Choice) -> bool:
    if choice.rules and (known is None or known.rule not in choice.rules):
        return False
    if choice.least is None and choice.most is None:
        return True
    score = known.score if known else None
    least, most = choice.least or 0.0, 1.0 if choice.most is None else choice.most
    return score is not None and least <= score <= most


def _no_cards(seats: Iterable[Seat], ids: Iterable[str]) -> Iterator[Problem]:
    places: dict[str, list[Seat]] = {}
    for deck, entry in seats:
        places.setdefault(entry.card.id, []).append((deck, entry))
    for identity in dict.fromkeys(ids):
        found = places.get(identity, [])
        if not found:
            yield Problem("", 0, 0, "no-card", f"no deck has a card {identity!r}", "search the decks for it")
        for deck, entry in found[1:]:
            message = f"the id {identity} stands at {found[0][0].path}:{found[0][1].mark.line} already"
            hint = "give the newer card another id"
            yield Problem(deck.path, *entry.mark, "duplicate-id", message, hint)


def _no_articles(project: Project, articles: Iterable[str]) -> Iterator[Problem]:
    known = {name for deck in project.decks for name in (deck.article, f"{deck.topic}/{deck.article}")}
    for name in dict.fromkeys(articles):
        if name not in known:
            hint = (
                "an article is named as its file: attention, or llm/attention, for decks/llm/attention.yaml"
            )
            yield Problem("", 0, 0, "no-article", f"no deck file is called {name!r}", hint)


def _by_deck(seats: Iterable[Seat]) -> list[tuple[Deck, list[Entry]]]:
    found: dict[str, tuple[Deck, list[Entry]]] = {}
    for deck, entry in seats:
        found.setdefault(deck.path, (deck, []))[1].append(entry)
    return list(found.values())


def _edits(seats: Iterable[Seat], decide: Callable[[Deck, list[Entry]], Deck]) -> tuple[Edit, ...]:
    edits: list[Edit] = []
    problems: list[Problem] = []
    for deck, entries in _by_deck(seats):
        try:
            edits.append(Edit(deck.path, deck.text, decide(deck, entries).text))
        except CardsmithError as error:
            problems += error.problems
    if problems:
        raise CardsmithError(problems)
    return tuple(edits)
