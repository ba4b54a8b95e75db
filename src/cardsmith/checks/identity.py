"""What the decks change for learners since the last release, where that is allowed: ids, topics, articles."""

from collections.abc import Iterator

from cardsmith.checks.base import Context, Finding, Located
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import RELEASED_FILE
from cardsmith.decks.strict_yaml import Mark


def released_ids_stay(context: Context) -> Iterator[Located]:
    """Find a released id that no deck has any more: the next release retires it for every learner."""
    present = {entry.card.identity for deck in context.project.decks for entry in deck.entries}
    text = None
    for card_id, record in sorted(context.released.items()):
        if card_id not in present and not record.retired:
            if text is None:
                text = context.project.file(RELEASED_FILE).read_text(encoding="utf-8")
            at = text.find(f'\n"{card_id}":')
            line = text.count("\n", 0, at + 1) + 1 if at >= 0 else 0
            message = f"{card_id} was released and is in no deck: the next release retires it"
            hint = f"if its id was only renamed, add `was: {card_id}` to the card, and it keeps its history"
            yield Located(RELEASED_FILE, Mark(line, 1 if line else 0), message, hint)


def retired_ids_stay_retired(_deck: Deck, entry: Entry, context: Context) -> Iterator[Finding]:
    """Find a retired id that is used again: the old card's history comes back with it."""
    record = context.released.get(entry.card.identity)
    if record and record.retired:
        hint = "give a new fact a new id; if it is the old fact again, say so under `allow:`"
        yield Finding("id", "this id was retired; its old history would return with it", hint)


def topic_stays(deck: Deck, entry: Entry, context: Context) -> Iterator[Finding]:
    """Find a released card that moved to another topic: learners' cards stay in the old deck."""
    record = context.released.get(entry.card.identity)
    if record and record.topic != deck.topic and not record.retired:
        hint = f"move it back to decks/{record.topic}/, or say under `allow:` why it may split"
        yield Finding("id", f"learners have it in the topic {record.topic}, where it stays", hint)


def articles_keep_their_names(context: Context) -> Iterator[Located]:
    """Find a deck file that was renamed since the last release: its cards' tag changes for every learner."""
    for deck in context.project.decks:
        moved = [
            entry for entry in deck.entries
            if (record := context.released.get(entry.card.identity)) and record.article and record.topic == deck.topic
            and record.article != deck.article_of(entry.card) and not record.retired
        ]  # fmt: skip
        if moved:
            old = context.released[moved[0].card.identity].article
            message = f"{len(moved)} cards were released from {old}.yaml: their tag changes for every learner"
            yield Located(
                deck.path, deck.marks["title"], message, f"name the file {old}.yaml again", moved[0]
            )


def what_comes_before_ships(context: Context) -> Iterator[Located]:
    """Find a card that learners get, and that names a draft to be learned first."""
    drafts = {entry.card.id for entry in context.project.drafts()}
    for deck in context.project.decks if drafts else ():
        for entry in deck.only(drafts=False).entries:
            for number, other in enumerate(entry.card.after):
                if other in drafts:
                    mark = entry.marks.get(f"after.{number}", entry.mark)
                    message = f"{entry.card.id} comes after {other}, which is a draft"
                    hint = "accept the draft; until then the card ships without it"
                    yield Located(deck.path, mark, message, hint, entry)
