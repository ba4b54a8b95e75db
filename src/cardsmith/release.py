"""What learners have: the time at which each note's content last changed, and what was retired.

Three places, each with one writer. ``decks/released.json`` is what learners have; only ``release`` writes it. The
ledger remembers locally when unreleased content was first built, so that it does not move between builds. ``build``
writes neither under ``decks/``. Times are whole seconds since 1970.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cardsmith.clozes import cloze_hashes
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import read_text
from cardsmith.notes import Note, retired_note
from cardsmith.package import StampedNote
from cardsmith.project import RELEASED_FILE
from cardsmith.render import visible_text


class Record(BaseModel):
    """What learners have of one card."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hash: str
    mod: int
    type: Literal["basic", "cloze"]
    topic: str
    retired: bool = False
    article: str = ""
    """The deck file's name; empty in records of before this was kept, like what follows."""
    deck: str = ""
    """The topic's deck name in Anki."""
    clozes: dict[str, str] = Field(default_factory=dict)
    """A short hash of what each number of a cloze deletes: a number must keep its fact."""


class Mark(BaseModel):
    """When a content was first built here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hash: str
    mod: int


Status = Literal["new", "changed", "unchanged", "retired"]

_RECORDS = TypeAdapter(dict[str, Record])
_LEDGER = TypeAdapter(dict[str, Mark])


@dataclass(frozen=True, slots=True)
class Stamped:
    """A note with its time and what it is to learners since the last release."""

    note: Note
    mod: int
    status: Status

    @property
    def packed(self) -> StampedNote:
        """The note as a package takes it."""
        return StampedNote(self.note, self.mod)


def build_time() -> int:
    """Return now in whole seconds, or what ``SOURCE_DATE_EPOCH`` says.

    Raises:
        CardsmithError: ``SOURCE_DATE_EPOCH`` is no time, or lies in the future (later releases would be ignored).

    """
    stated, now = os.environ.get("SOURCE_DATE_EPOCH"), int(time.time())
    if stated is None:
        return now
    hint = "unset it, or give seconds since 1970 that have passed"
    if not stated.isascii() or not stated.isdigit():
        raise CardsmithError.at("SOURCE_DATE_EPOCH", "bad-time", f"{stated!r} is no time", hint)
    if int(stated) > now:
        raise CardsmithError.at("SOURCE_DATE_EPOCH", "future-time", f"{stated} lies in the future", hint)
    return int(stated)


def with_retired(notes: Iterable[Note], released: Mapping[str, Record]) -> list[Note]:
    """Return the notes and, behind them, a stub for each released card that is no longer among them."""
    kept = list(notes)
    ids = {note.card_id for note in kept}
    gone = [
        retired_note(card_id, record.topic, is_cloze=record.type == "cloze")
        for card_id, record in sorted(released.items())
        if card_id not in ids
    ]
    return kept + gone


def stamp(
    notes: Iterable[Note], released: Mapping[str, Record], ledger: Mapping[str, Mark], now: int
) -> list[Stamped]:
    """Return the notes with their times: the released one for released content, else the ledger's, else now.

    A changed note's time is always newer than its released one, or Anki would ignore it for ever.

    Raises:
        CardsmithError: a released time lies at or after ``now``: the clock or the record is wrong.

    """
    stamped, problems = [], []
    for note in notes:
        record, mark = released.get(note.card_id), ledger.get(note.card_id)
        is_retired = any(name == "Retired" for name, _ in note.fields)
        if record and record.hash == note.content_hash:
            stamped.append(Stamped(note, record.mod, "retired" if is_retired else "unchanged"))
            continue
        mod = mark.mod if mark and mark.hash == note.content_hash and mark.mod <= now else now
        if record and mod <= record.mod:
            mod = max(now, record.mod + 1)
            if record.mod > now:
                message = f"{note.card_id} was released at {record.mod}, which is after now ({now})"
                hint = "set the clock right, or unset SOURCE_DATE_EPOCH"
                problems.append(Problem(RELEASED_FILE, 0, 0, "time-order", message, hint))
        stamped.append(Stamped(note, mod, "retired" if is_retired else "changed" if record else "new"))
    if problems:
        raise CardsmithError(problems)
    return stamped


def updated_ledger(stamped: Iterable[Stamped], ledger: Mapping[str, Mark]) -> dict[str, Mark]:
    """Return the ledger after a build: its old marks, and one for each note just built."""
    return {**ledger, **{s.note.card_id: Mark(hash=s.note.content_hash, mod=s.mod) for s in stamped}}


def updated_records(stamped: Iterable[Stamped], decks: Mapping[str, str] | None = None) -> dict[str, Record]:
    """Return what learners have once these notes are released; ``decks`` are the deck names by topic."""
    return {
        s.note.card_id: Record(
            hash=s.note.content_hash,
            mod=s.mod,
            type="cloze" if s.note.is_cloze else "basic",
            topic=s.note.topic,
            retired=s.status == "retired",
            article=_article(s.note),
            deck=(decks or {}).get(s.note.topic, ""),
            clozes=_clozes(s.note),
        )
        for s in stamped
    }


def _article(note: Note) -> str:
    return next((tag.split("::")[2] for tag in note.tags if tag.startswith(f"cardsmith::{note.topic}::")), "")


def _clozes(note: Note) -> dict[str, str]:
    text = dict(note.fields).get("Text", "")
    return cloze_hashes(visible_text(text)) if note.is_cloze else {}


def read_records(path: Path) -> dict[str, Record]:
    """Read ``released.json``; a project that never released has none.

    Raises:
        CardsmithError: it is not a release record.

    """
    return parse_records(read_text(path, RELEASED_FILE)) if path.exists() else {}


def parse_records(text: str) -> dict[str, Record]:
    """Return the records of a ``released.json``.

    Raises:
        CardsmithError: it is not a release record.

    """
    try:
        return _RECORDS.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        hint = "restore it from git: only `cardsmith release` writes it"
        raise CardsmithError.at(RELEASED_FILE, "released-shape", f"{where}: {first['msg']}", hint) from None


def read_ledger(path: Path) -> dict[str, Mark]:
    """Read the local ledger; one that is missing or damaged is empty, which only costs fresh times."""
    try:
        return _LEDGER.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}


def emit_records(records: Mapping[str, BaseModel]) -> str:
    """Return a record file's text: one sorted line a card, so that a diff shows cards."""
    lines = [
        f"{json.dumps(card_id)}: {json.dumps(record.model_dump(exclude_defaults=True), sort_keys=True)}"
        for card_id, record in sorted(records.items())
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"
