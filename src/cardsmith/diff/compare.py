"""Two states of the decks compared card by card, by id: not what lines changed, but what cards did."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from cardsmith.anki.notes import Note, make_note
from cardsmith.decks.deckfile import Deck, parse_deck, parse_topics
from cardsmith.decks.emit import FIELD_ORDER
from cardsmith.decks.project import RELEASED_FILE, TOPICS_FILE
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import inside, read_text
from cardsmith.git import commit_of, merge_base, texts_at
from cardsmith.model import Card
from cardsmith.topics import Topics

ChangeKind = Literal["added", "removed", "changed", "moved"]
DraftChange = Literal["new draft", "draft changed", "rejected", "accepted", "draft again"]
"""What became of a draft: ``accepted``, it ships from now on; ``draft again``, it ships no more."""

_DRAFT_CHANGES: Mapping[tuple[bool | None, bool | None], DraftChange] = {
    (None, True): "new draft",
    (True, True): "draft changed",
    (True, None): "rejected",
    (True, False): "accepted",
    (False, True): "draft again",
}
"""By the draft mark on the old side and on the new one; None where there is no card."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A card in its file, on one of the two sides."""

    card: Card
    deck: Deck
    line: int
    """1-based, of the card's first line."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's text on both sides; empty where the card does not have it."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class CardChange:
    """What became of one card."""

    id: str
    kind: ChangeKind
    """``moved``: other file, nothing else; a card that moved and changed is ``changed``."""
    old: Seat | None
    new: Seat | None
    fields: tuple[FieldChange, ...]

    @property
    def seat(self) -> Seat:
        """Where the card is now, or was."""
        seat = self.new or self.old
        assert seat  # noqa: S101 - one of the two is there by construction
        return seat

    @property
    def of_draft(self) -> DraftChange | None:
        """What became of it as a draft; None for a card that is one on neither side."""
        was, now = (seat.card.draft if seat else None for seat in (self.old, self.new))
        return _DRAFT_CHANGES.get((was, now))

    @property
    def label(self) -> ChangeKind | DraftChange:
        """What became of the card, in the word that people read."""
        return self.of_draft or self.kind

    @property
    def shown(self) -> tuple[FieldChange, ...]:
        """What people read: the fields that changed, of an accepted card all; never the mark, which the label tells, nor what goes with it."""
        fields: Iterable[FieldChange] = self.fields
        if self.of_draft == "accepted" and self.old and self.new:
            fields = (field for field in _all_fields(self.old.card, self.new.card) if field.name != "by")
        return tuple(field for field in fields if field.name != "draft")

    @property
    def has_moved(self) -> bool:
        """Tell whether the card's file is another one."""
        return bool(self.old and self.new and self.old.deck.path != self.new.deck.path)


@dataclass(frozen=True, slots=True)
class HeadChange:
    """A change of what a file says above its cards, or of a topic."""

    path: str
    name: str
    old: str
    new: str
    notes: int
    """How many cards stand below it on both sides."""
    meaning: str = ""
    """What it does to learners, where that goes beyond what the cards below it show."""


@dataclass(frozen=True)
class Side:
    """One state of the decks: the texts of its files, parsed as far as they differ from the other side's."""

    name: str
    """How people call it: a revision, or ``the working tree``."""
    texts: Mapping[str, str]
    """All files under ``decks/`` by path."""
    decks: tuple[Deck, ...]
    """Those of the files that differ."""
    _notes: dict[str, Note | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Those that were asked for, by their cards' first ids: each is rendered once."""

    @cached_property
    def topics(self) -> Topics:
        """The topics file; none at all before the project began."""
        text = self.texts.get(TOPICS_FILE)
        return parse_topics(text, f"{self.name}:{TOPICS_FILE}") if text else Topics(topics={})

    @cached_property
    def seats(self) -> dict[str, Seat]:
        """Every card of the differing files by its first id (`was`), so that a renamed card is one; of two the first."""
        found: dict[str, Seat] = {}
        for deck in self.decks:
            for entry in deck.entries:
                found.setdefault(entry.card.identity, Seat(entry.card, deck, entry.mark.line))
        return found

    def deck_name(self, topic: str) -> str:
        """Return the name of a topic's deck in Anki; the topic's own where the topics file does not say."""
        known = self.topics.topics.get(topic)
        return known.deck if known else topic

    def note(self, seat: Seat) -> Note | None:
        """Return the note that learners get of a card, or None where it cannot be rendered."""
        identity = seat.card.identity
        if identity not in self._notes:
            try:
                self._notes[identity] = make_note(seat.card, seat.deck, {}, self.topics)
            except CardsmithError:
                self._notes[identity] = None
        return self._notes[identity]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two sides."""

    old: Side
    new: Side
    cards: tuple[CardChange, ...]
    """By path and line, as they stand now."""
    heads: tuple[HeadChange, ...]

    def count(self, label: ChangeKind | DraftChange) -> int:
        """Return how many cards have that label."""
        return sum(change.label == label for change in self.cards)


def read_difference(root: Path, revisions: str) -> Difference:
    """Return what changed between ``A..B``, ``A...B`` (since they parted), or ``A`` and the working tree.

    Raises:
        CardsmithError: git cannot answer, or a file that differs is no deck.

    """
    first, dots, second = revisions.partition("...") if "..." in revisions else revisions.partition("..")
    old = commit_of(root, first or "HEAD")
    if not dots:
        return compare(_texts_of_tree(root), texts_at(root, old, "decks", _SUFFIXES), first or "HEAD")
    new = commit_of(root, second or "HEAD")
    if dots == "...":
        old = merge_base(root, old, new)
    before, after = (texts_at(root, commit, "decks", _SUFFIXES) for commit in (old, new))
    return compare(after, before, first or "HEAD", second or "HEAD")


_SUFFIXES = (".yaml", "released.json")


def _texts_of_tree(root: Path) -> dict[str, str]:
    paths = [*sorted(inside(root, "decks").rglob("*.yaml")), root / RELEASED_FILE]
    names = [path.relative_to(root).as_posix() for path in paths if path.is_file()]
    return {name: read_text(inside(root, name), name) for name in names}


def compare(
    new: Mapping[str, str], old: Mapping[str, str], old_name: str = "old", new_name: str = ""
) -> Difference:
    """Return what changed between two sets of files, given as texts by path.

    Raises:
        CardsmithError: every problem of the files that differ; the path of an old one begins with its revision.

    """
    paths = sorted(
        {path for path in old.keys() | new.keys() if _is_deck(path) and old.get(path) != new.get(path)}
    )
    problems: list[Problem] = []
    before = Side(old_name, old, _decks(old, paths, f"{old_name}:", problems))
    after = Side(
        new_name or "the working tree", new, _decks(new, paths, f"{new_name}:" if new_name else "", problems)
    )
    if problems:
        raise CardsmithError(problems)
    ids = before.seats.keys() | after.seats.keys()
    changes = [change for i in ids if (change := _change(i, before.seats.get(i), after.seats.get(i)))]
    changes.sort(key=lambda change: (change.seat.deck.path, change.seat.line, change.id))
    return Difference(
        before, after, tuple(changes), (*_topic_heads(before, after), *_deck_heads(before, after))
    )


def _is_deck(path: str) -> bool:
    return path.count("/") == 2 and path.endswith(".yaml")


def _decks(
    texts: Mapping[str, str], paths: list[str], prefix: str, problems: list[Problem]
) -> tuple[Deck, ...]:
    decks = []
    for path in paths:
        if path in texts:
            try:
                decks.append(parse_deck(texts[path], path))
            except CardsmithError as error:
                problems += [
                    Problem(prefix + p.path, p.line, p.column, p.code, p.message, p.hint)
                    for p in error.problems
                ]
    return tuple(decks)


def _change(identity: str, old: Seat | None, new: Seat | None) -> CardChange | None:
    pairs = _all_fields(old.card if old else None, new.card if new else None)
    fields = tuple(field for field in pairs if field.old != field.new)
    kind: ChangeKind = "removed" if new is None else "added" if old is None else "changed"
    change = CardChange(identity, kind, old, new, fields)
    if old and new and not fields:
        return CardChange(identity, "moved", old, new, ()) if change.has_moved else None
    return change


def _all_fields(old: Card | None, new: Card | None) -> list[FieldChange]:
    """Return what a card says on both sides, changed or not, in the order of the fields."""
    found = []
    for name in FIELD_ORDER[1:]:
        before, after = (as_text(getattr(card, name)) if card else "" for card in (old, new))
        if before or after:
            found.append(FieldChange(name, before, after))
    return found


def as_text(value: object) -> str:
    """Return a field's value as people read it; empty for a field that is not there."""
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, dict):
        return "\n".join(f"{symbol}: {meaning}" for symbol, meaning in value.items())
    return "" if value is None or value is False else "true" if value is True else str(value)


def _topic_heads(old: Side, new: Side) -> list[HeadChange]:
    if old.texts.get(TOPICS_FILE) == new.texts.get(TOPICS_FILE) or TOPICS_FILE not in old.texts:
        return []
    heads = [*_project_heads(old, new)]
    for slug, topic in new.topics.topics.items():
        known = old.topics.topics.get(slug)
        for name in ("title", "deck", "description", "language"):
            before, after = ((getattr(side, name) or "") if side else "" for side in (known, topic))
            if known and before != after:
                heads.append(HeadChange(TOPICS_FILE, f"{slug}: {name}", before, after, _cards_in(new, slug)))
    gone = [slug for slug in old.topics.topics if slug not in new.topics.topics]
    titles = old.topics.topics
    heads += [HeadChange(TOPICS_FILE, slug, titles[slug].title, "", _cards_in(old, slug)) for slug in gone]
    return heads


def _project_heads(old: Side, new: Side) -> Iterator[HeadChange]:
    """Yield what is said for all cards in another way: the project's name is part of every guid, so no card is known."""
    count = sum(_cards_in(new, topic) for topic in new.topics.topics)
    was_released = '"mod":' in old.texts.get(RELEASED_FILE, "")
    told = "was released: check refuses this" if was_released else "not released yet"
    for name, meaning in (
        ("project", f"every card is a new one: learners get it a second time, without its reviews ({told})"),
        ("language", ""),
        ("report", "every note is updated: a learner's own edits of it are replaced"),
    ):
        before, after = (getattr(side.topics, name) or "" for side in (old, new))
        if before != after:
            yield HeadChange(TOPICS_FILE, name, before, after, count, meaning)


def _cards_in(side: Side, topic: str) -> int:
    return sum(
        text.count("\n- id:") + text.count("\n  - id:")
        for path, text in side.texts.items()
        if _is_deck(path) and path.split("/")[1] == topic
    )


def _deck_heads(old: Side, new: Side) -> list[HeadChange]:
    known = {deck.path: deck for deck in old.decks}
    heads = []
    for deck in new.decks:
        if deck.path in known:
            for name in ("title", "source", "excerpt", "language"):
                before, after = getattr(known[deck.path], name) or "", getattr(deck, name) or ""
                if before != after:
                    shared = {e.card.id for e in deck.entries} & {e.card.id for e in known[deck.path].entries}
                    heads.append(HeadChange(deck.path, name, before, after, len(shared)))
    return heads
