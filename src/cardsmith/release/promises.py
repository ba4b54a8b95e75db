"""Which cards are the same to learners, and what a release has promised them for good."""

from collections.abc import Iterable, Iterator, Mapping

from cardsmith.decks.deckfile import Deck
from cardsmith.decks.project import TOPICS_FILE
from cardsmith.errors import Problem
from cardsmith.release.records import Record, have_learners
from cardsmith.topics import Topics


def repeated_ids(decks: Iterable[Deck]) -> Iterator[Problem]:
    """Find an identity that stands twice anywhere: the learner's history would hang on both."""
    first: dict[str, str] = {}
    for deck in decks:
        for entry in deck.entries:
            place = f"{deck.path}:{entry.mark.line}"
            for identity in {entry.card.id, entry.card.identity}:
                known = first.setdefault(identity, place)
                if known != place:
                    message = f"the id {identity} stands at {known} already"
                    yield Problem(
                        deck.path, *entry.mark, "duplicate-id", message, "give the newer card another id"
                    )


def broken_promises(
    decks: Iterable[Deck], topics: Topics, released: Mapping[str, Record]
) -> Iterator[Problem]:
    """Find what a release fixed for good and the decks now change: note types, identities, names of decks and project."""
    names = {record.id: identity for identity, record in released.items() if record.id}
    for deck in decks:
        for entry in deck.entries:
            card, record = entry.card, released.get(entry.card.identity)
            if record and (record.type == "cloze") != card.is_cloze:
                message = f"{card.id}: learners have it as {record.type}, and Anki cannot change that"
                hint = "keep its shape, or make a new card with a new id"
                mark = entry.marks.get("id", entry.mark)
                yield Problem(deck.path, *mark, "note-type-changed", message, hint)
            if card.draft and have_learners(released, card.identity):
                message = f"{card.id}: learners have it, and a draft does not ship"
                hint = "take out draft: true; to retire the card, delete it"
                yield Problem(
                    deck.path, *entry.marks.get("draft", entry.mark), "draft-released", message, hint
                )
            if card.was in names:
                message = f"{card.was} was itself renamed"
                mark = entry.marks.get("was", entry.mark)
                yield Problem(deck.path, *mark, "was-renamed", message, f"write was: {names[card.was]}")
            elif card.was and released and not record:
                message = f"no card was released as {card.was}"
                hint = "a card that nobody has can change its id without was:"
                yield Problem(deck.path, *entry.marks.get("was", entry.mark), "was-unknown", message, hint)
            elif card.id in names and names[card.id] != card.identity:
                message = "learners know this card by its first id"
                yield Problem(deck.path, *entry.mark, "was-missing", message, f"add was: {names[card.id]}")
    yield from _lost_decks(topics, released)
    yield from _renamed_project(topics, released)


def _lost_decks(topics: Topics, released: Mapping[str, Record]) -> Iterator[Problem]:
    for name, deck in sorted({(record.topic, record.deck) for record in released.values()}):
        topic = topics.topics.get(name)
        if topic is None:
            message = f"the topic {name} has been released and is gone"
            yield Problem(
                TOPICS_FILE, 0, 0, "topic-gone", message, "keep it: its cards are retired through it"
            )
        elif deck and topic.deck != deck:
            message = f"the deck of {name} was released as {deck!r}"
            hint = f"write deck: {deck} again; the title may change"
            yield Problem(TOPICS_FILE, 0, 0, "deck-renamed", message, hint)


def _renamed_project(topics: Topics, released: Mapping[str, Record]) -> Iterator[Problem]:
    """Find that released cards have another project's name, or none: every guid hangs on it."""
    now = topics.project or ""
    for was in sorted({record.project for record in released.values()} - {now}):
        then = f"as `project: {was}`" if was else "without `project:`"
        is_now = f"and is called {now} now" if now else "and has no `project:` now"
        message = f"this project was released {then} {is_now}: learners would get every card twice"
        hint = f"write `project: {was}` again" if was else "take `project:` out again"
        yield Problem(TOPICS_FILE, 0, 0, "project-renamed", message, hint)
