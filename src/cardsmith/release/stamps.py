"""What learners will get: each note with the time at which its content last changed, and stubs for what is gone.

Three rules keep an update from being ignored or from wiping a learner's edits. A note whose content is as released
keeps its released time. Any other content is strictly newer than every time it could have been given out with before.
No time lies in the future.
"""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from cardsmith.anki.notes import Note, retired_note
from cardsmith.anki.package import StampedNote
from cardsmith.anki.render import visible_text
from cardsmith.decks.project import RELEASED_FILE
from cardsmith.errors import CardsmithError
from cardsmith.release.records import FirstBuilt, Record
from cardsmith.text.clozes import cloze_hashes

Status = Literal["new", "changed", "unchanged", "retired"]


@dataclass(frozen=True, slots=True)
class Stamped:
    """A note with its time and what it is to learners since the last release."""

    note: Note
    mod: int
    status: Status
    released: bool
    """It is exactly as it was released."""
    release: int = 0
    """In which release its present content first is; 0 for those before they were counted."""

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
    if not stated.isascii() or not stated.isdigit() or len(stated) > 18:
        raise CardsmithError.at("SOURCE_DATE_EPOCH", "bad-time", f"{stated!r} is no time", hint)
    if int(stated) > now:
        raise CardsmithError.at("SOURCE_DATE_EPOCH", "future-time", f"{stated} lies in the future", hint)
    return int(stated)


def with_retired(notes: Iterable[Note], released: Mapping[str, Record]) -> list[Note]:
    """Return the notes and, behind them, a stub for each released card that is no longer among them."""
    kept = list(notes)
    ids = {note.identity for note in kept}
    gone = [
        retired_note(identity, record.topic, is_cloze=record.type == "cloze", project=record.project)
        for identity, record in sorted(released.items())
        if identity not in ids
    ]
    return kept + gone


def stamp(
    notes: Iterable[Note],
    released: Mapping[str, Record],
    ledger: Mapping[str, FirstBuilt],
    now: int,
    release: int = 0,
) -> list[Stamped]:
    """Return the notes with their times: the released one for released content, else the ledger's, else now.

    ``release`` is the number of the release in which learners get what is new. A release passes no ledger: another clone may have given out other contents since, so it takes now.

    Raises:
        CardsmithError: something must be stamped, and ``now`` lies before the last release.

    """
    notes = list(notes)
    last = max((record.mod for record in released.values()), default=0)
    if last > now and not all(_is_released(note, released) for note in notes):
        message = f"the last release was at {last}, which is after now ({now})"
        hint = "set the clock right, or unset SOURCE_DATE_EPOCH"
        raise CardsmithError.at(RELEASED_FILE, "time-order", message, hint)
    return [_stamped(note, released, ledger, now, release) for note in notes]


def _is_released(note: Note, released: Mapping[str, Record]) -> bool:
    record = released.get(note.identity)
    return record is not None and record.hash == note.content_hash


def _stamped(
    note: Note, released: Mapping[str, Record], ledger: Mapping[str, FirstBuilt], now: int, release: int
) -> Stamped:
    record, mark = released.get(note.identity), ledger.get(note.identity)
    if record and record.hash == note.content_hash:
        same: Status = "retired" if note.is_retired else "unchanged"
        return Stamped(note, record.mod, same, released=True, release=record.release)
    status: Status = "retired" if note.is_retired else "changed" if record else "new"
    before = record.mod if record else 0
    if mark and before < mark.mod <= now:
        if mark.hash == note.content_hash:
            return Stamped(note, mark.mod, status, released=False, release=release)
        before = mark.mod
    return Stamped(note, max(now, before + 1), status, released=False, release=release)


def updated_ledger(stamped: Iterable[Stamped], ledger: Mapping[str, FirstBuilt]) -> dict[str, FirstBuilt]:
    """Return the ledger after a build: its old marks, and one for each note just built."""
    return {**ledger, **{s.note.identity: FirstBuilt(hash=s.note.content_hash, mod=s.mod) for s in stamped}}


def updated_records(stamped: Iterable[Stamped], decks: Mapping[str, str]) -> dict[str, Record]:
    """Return what learners have once these notes are released; ``decks`` is each topic's deck in Anki."""
    return {
        s.note.identity: Record(
            hash=s.note.content_hash,
            mod=s.mod,
            type="cloze" if s.note.is_cloze else "basic",
            topic=s.note.topic,
            deck=decks.get(s.note.topic, ""),
            project=s.note.project,
            id=s.note.card_id if s.note.card_id != s.note.identity else None,
            retired=s.status == "retired",
            release=s.release,
            article=s.note.article,
            clozes=_clozes(s.note),
        )
        for s in stamped
    }


def _clozes(note: Note) -> dict[str, str]:
    text = dict(note.fields).get("Text", "")
    return cloze_hashes(visible_text(text)) if note.is_cloze else {}
