"""Decisions on cards, as pure functions from a deck to the next one, proved by parsing it.

A decision names the hash of the card's lines that the reviewer saw, so one on a card that has changed since is refused.
Everything outside the card stays byte by byte; inside it, fields that stay as they are keep their lines and comments.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from cardsmith.decks.deckfile import Deck, Entry, parse_deck
from cardsmith.decks.emit import FIELD_ORDER, emit_field, splice
from cardsmith.decks.strict_yaml import compose
from cardsmith.errors import CardsmithError, Problem
from cardsmith.model import Card

CONFLICT: Final = "changed-on-disk"
"""The code of every refusal because a file is not what the reviewer saw."""


_ACCEPTED: Mapping[str, Any] = {"draft": False, "by": None}
"""What accepting makes of a card."""


def card_hash(deck: Deck, entry: Entry) -> str:
    """Return 16 hexadecimal digits over a card's own lines as they stand in the file."""
    lines = "\n".join(_lines(deck.text)[entry.first : entry.end])
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """Return a file's lines: asked for once a card, they are cut once a file."""
    return text.split("\n")


def seen_entry(deck: Deck, card_id: str, seen: str) -> Entry:
    """Return a card's entry if its lines are those that somebody saw.

    Raises:
        CardsmithError: the card is gone or changed (``changed-on-disk``).

    """
    entry = next((entry for entry in deck.entries if entry.card.id == card_id), None)
    hint = "look at it again: the page shows what stands in the file now"
    if entry is None:
        raise CardsmithError.at(deck.path, CONFLICT, f"{card_id} is no longer in the file", hint)
    if card_hash(deck, entry) != seen:
        message = f"{card_id} was changed in the file in the meantime"
        raise CardsmithError.at(deck.path, CONFLICT, message, hint, line=entry.first + 1)
    return entry


def rejected(deck: Deck, *entries: Entry) -> Deck:
    """Return the deck without some cards and without the blank lines that set them apart.

    Raises:
        CardsmithError: every card that is laid out in a way in which it cannot go alone (``card-layout``).

    """

    def reject(lines: list[str], entry: Entry) -> None:
        first, end = entry.first, entry.end
        after = end
        while after < len(lines) and not lines[after].strip():
            after += 1
        if after < len(lines):
            end = after
        else:
            while first and not lines[first - 1].strip():
                first -= 1
        del lines[first:end]

    return _decided(deck, entries, reject)


def marked(deck: Deck, *entries: Entry, draft: bool) -> Deck:
    """Return the deck with some cards' marks set or taken away: a line of each comes or goes, and no other byte.

    Who accepts a model's draft takes its words for their own: the line that names the model goes as well.

    Raises:
        CardsmithError: every card whose layout does not allow it (``card-layout``).

    """

    def mark(lines: list[str], entry: Entry) -> Card:
        becomes: Mapping[str, Any] = {"draft": draft} if draft else _ACCEPTED
        names = [name for name in becomes if draft or name in entry.rows]
        edits = [_edit(lines, entry, name, becomes[name]) for name in names]
        if any(_is_remarked(lines, edit) for edit in edits):
            raise _bad_layout(deck, entry)
        for start, end, new in sorted(edits, key=lambda edit: edit[0], reverse=True):
            lines[start:end] = [line + ("\r" if "\r\n" in deck.text else "") for line in new]
        return entry.card.model_copy(update=becomes)

    return _decided(deck, [entry for entry in entries if entry.card.draft != draft], mark)


def edited_card(entry: Entry, fields: Mapping[str, Any], path: str) -> Card:
    """Return a card with some fields replaced; an empty value takes the field away. The id stays.

    Raises:
        CardsmithError: every way in which the result is no card.

    """
    old = entry.card.model_dump(mode="json", exclude_defaults=True)
    data = {name: _tidy(value) for name, value in (old | dict(fields)).items()}
    data = {name: value for name, value in data.items() if value not in (None, "", [], {}, False)}
    document = compose("{}", path)
    document.marks |= {(name,): mark for name, mark in entry.marks.items()} | {(): entry.mark}
    card = document.validate(Card, data | {"id": entry.card.id})
    if card is None:
        raise CardsmithError(document.problems)
    return card


def amended(deck: Deck, entry: Entry, card: Card) -> Deck:
    """Return the deck with a card's changed fields rewritten, one by one where its layout allows.

    Raises:
        CardsmithError: YAML cannot carry the words, or the card's layout would lose a comment.

    """
    lines = deck.text.split("\n")
    changed = [name for name in FIELD_ORDER if getattr(card, name) != getattr(entry.card, name)]
    if not changed:
        return deck
    edits = {name: _edit(lines, entry, name, getattr(card, name)) for name in changed}
    new = list(lines)
    for start, end, written in sorted(edits.values(), key=lambda edit: edit[0], reverse=True):
        new[start:end] = [line + ("\r" if "\r\n" in deck.text else "") for line in written]
    if not _is_remarked(lines, edits.get("draft")) and (
        done := _parsed("\n".join(new), deck, {entry.first: card})
    ):
        return done
    if any("#" in line for line in lines[entry.first : entry.end]):
        raise _bad_layout(deck, entry)
    if done := _parsed(splice(deck, {card.id: card}, ()), deck, {entry.first: card}):
        return done
    message = f"{entry.card.id} cannot be rewritten: the file would not hold what was meant"
    hint = "control characters cannot stand in YAML; else edit this card in the file"
    raise CardsmithError.at(deck.path, "card-layout", message, hint, line=entry.first + 1)


def _tidy(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").rstrip()
    if isinstance(value, list):
        return [text for item in value if (text := _tidy(item))]
    if isinstance(value, dict):
        return {key: text for name, item in value.items() if (key := _tidy(name)) and (text := _tidy(item))}
    return value


def _is_remarked(lines: list[str], edit: tuple[int, int, list[str]] | None) -> bool:
    """Tell whether the lines of a mark that goes hold a comment: why somebody doubts the card is for people to delete."""
    return edit is not None and any("#" in line for line in lines[edit[0] : edit[1]])


def _edit(lines: list[str], entry: Entry, name: str, value: Any) -> tuple[int, int, list[str]]:
    """Return which lines of the file to replace (half-open; none for a new field) and with what."""
    column = entry.mark.column - 1
    new = [] if value in (None, (), {}, False) else emit_field(name, value)
    new = [" " * (column - 2) + line if line else "" for line in new]
    if name in entry.rows:
        start, end = entry.rows[name]
        while end > start + 1 and _stands_apart(lines[end - 1], column):
            end -= 1
        if start == entry.first and new:
            new[0] = lines[start][:column] + new[0][column:]
        return start, end, new
    order = FIELD_ORDER.index(name)
    behind = (
        start
        for key, (start, _) in entry.rows.items()
        if start > entry.first and key in FIELD_ORDER and FIELD_ORDER.index(key) > order
    )
    at = next(behind, entry.end)
    return at, at, new


def _stands_apart(line: str, column: int) -> bool:
    """Tell whether a line behind a field is not its own: blank, or a comment no deeper than the keys."""
    bare = line.lstrip(" ")
    return not line.strip() or (bare.startswith("#") and len(line) - len(bare) <= column)


def _decided(deck: Deck, entries: Sequence[Entry], decide: Callable[[list[str], Entry], Card | None]) -> Deck:
    """Return the deck after a decision on each of some cards, which edits the file's lines and returns the next card."""
    if not entries:
        return deck
    lines = deck.text.split("\n")
    becomes: dict[int, Card | None] = {}
    unfit: list[Problem] = []
    for entry in sorted(entries, key=lambda entry: entry.first, reverse=True):
        try:
            becomes[entry.first] = decide(lines, entry)
        except CardsmithError as error:
            unfit += error.problems
    if not unfit and (done := _parsed("\n".join(lines), deck, becomes)):
        return done
    for entry in entries if not unfit and len(entries) > 1 else ():
        try:
            _decided(deck, [entry], decide)
        except CardsmithError as error:
            unfit += error.problems
    raise CardsmithError(unfit or [p for entry in entries for p in _bad_layout(deck, entry).problems])


def _parsed(text: str, deck: Deck, becomes: Mapping[int, Card | None]) -> Deck | None:
    """Return a text as a deck if it is the old one but for what some cards become, by their first lines; else None.

    A card that becomes None is gone.
    """
    wanted = [becomes.get(entry.first, entry.card) for entry in deck.entries]
    try:
        found = parse_deck(text, deck.path)
    except CardsmithError:
        return None
    return found if [e.card for e in found.entries] == [c for c in wanted if c] else None


def _bad_layout(deck: Deck, entry: Entry) -> CardsmithError:
    message = f"{entry.card.id} is laid out in a way that cannot be rewritten without risk to its comments"
    hint = "edit this card in the file"
    return CardsmithError.at(deck.path, "card-layout", message, hint, line=entry.first + 1)
