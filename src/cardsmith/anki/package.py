"""Notes to an ``.apkg``: genanki with its traps closed.

Same notes, same bytes: no clock, no temporary file, fixed zip dates, sorted members, deflate. genanki lays out the
collection, its deck and note types; the rows of notes and cards are written here, because genanki's all share one time
and it guesses their cards. The format is the old one (``collection.anki2``, schema 11), which every client reads. See
https://github.com/kerrickstaley/genanki and ``rslib/src/storage/schema11.sql`` in Anki.
"""

import hashlib
import io
import itertools
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import genanki

from cardsmith.anki.notes import Note
from cardsmith.anki.notetypes import NoteType, model_time, note_types
from cardsmith.errors import CardsmithError, Problem
from cardsmith.ids import full_name

_EPOCH_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: below every note id, which Anki shows as the time of creation, in milliseconds."""


@dataclass(frozen=True, slots=True)
class StampedNote:
    """A note with its modification time."""

    note: Note
    mod: int
    """Whole seconds since 1970, when this content was first built or released."""


class _Model(genanki.Model):  # type: ignore[misc]
    """A note type whose required fields are stated, not guessed from the templates (genanki misreads ``{{^``)."""

    _req = ([0, "any", [1]], [1, "all", [2, 3]])


def build_package(name: str, description: str, notes: Sequence[StampedNote], *, project: str = "") -> bytes:
    """Return the bytes of a package of one deck, its notes in the order in which Anki will introduce them.

    The numbers of deck, notes and cards come from their names in the project, so that two projects' differ.

    Raises:
        CardsmithError: two notes have one guid, or a field holds what Anki refuses (0x1f, lone surrogates).

    """
    _refuse_unfit(notes)
    deck = genanki.Deck(_stable_number(full_name(project, name)), name, description)
    for note_type in note_types():
        deck.add_model(_model(note_type))
    with sqlite3.connect(":memory:") as connection:
        cursor = connection.cursor()
        genanki.Package(deck).write_to_db(cursor, model_time(), itertools.count())
        ids = list(_note_ids(notes))
        cursor.executemany(_INSERT_NOTE, _note_rows(notes, ids))
        cursor.executemany(_INSERT_CARD, _card_rows(notes, ids, deck.deck_id))
        connection.commit()
        collection = connection.serialize()
    connection.close()
    return _zip(collection, {media.name: media.content for stamped in notes for media in stamped.note.media})


_Row = tuple[int | str, ...]
_INSERT_NOTE = "insert into notes values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_INSERT_CARD = "insert into cards values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def _note_rows(notes: Sequence[StampedNote], ids: Sequence[int]) -> Iterator[_Row]:
    """Yield id, guid, note type, mod, usn, tags, fields, sort field, checksum, flags and data of each note.

    Anki computes the checksum itself; usn -1 says that the note has never been synchronised.
    """
    types = note_types()
    names = [[name for name, _ in note_type.fields] for note_type in types]
    for note_id, stamped in zip(ids, notes, strict=True):
        note = stamped.note
        values = dict(note.fields)
        fields = [values.get(name, "") for name in names[note.is_cloze]]
        tags = f" {' '.join(note.tags)} "
        kind = types[note.is_cloze].id
        yield note_id, note.guid, kind, stamped.mod, -1, tags, "\x1f".join(fields), fields[1], 0, 0, ""


def _card_rows(notes: Sequence[StampedNote], ids: Sequence[int], deck_id: int) -> Iterator[_Row]:
    """Yield id, note, deck, number, mod, usn, type, queue and due of each card, and no schedule."""
    for position, (note_id, stamped) in enumerate(zip(ids, notes, strict=True), 1):
        for offset, number in enumerate(stamped.note.ords, 1):
            yield note_id + offset, note_id, deck_id, number, stamped.mod, -1, 0, 0, position, *_NO_SCHEDULE


_NO_SCHEDULE: _Row = (0, 0, 0, 0, 0, 0, 0, 0, "")


_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


def _refuse_unfit(notes: Sequence[StampedNote]) -> None:
    """Keep the last gate: nothing passes rendering that this finds, and nothing else may ship."""
    problems, seen = [], set()
    for note in (stamped.note for stamped in notes):
        if note.identity in seen:
            problems.append(Problem("", 0, 0, "duplicate-id", f"{note.identity} is in the package twice"))
        seen.add(note.identity)
        if found := _UNFIT.search("\n".join([*(value for _, value in note.fields), *note.tags])):
            message = f"{note.card_id} holds {found.group()!a}, with which Anki refuses the package"
            problems.append(Problem("", 0, 0, "unfit-character", message))
    if problems:
        raise CardsmithError(problems)


def _model(note_type: NoteType) -> _Model:
    templates = [
        {"id": template.id, "name": template.name, "qfmt": template.front, "afmt": template.back}
        for template in note_type.templates
    ]
    return _Model(
        note_type.id,
        note_type.name,
        fields=[{"name": name, "id": field_id} for name, field_id in note_type.fields],
        templates=templates,
        css=note_type.css,
        model_type=genanki.Model.CLOZE if note_type.is_cloze else genanki.Model.FRONT_BACK,
        sort_field_index=1,
    )


def _note_ids(notes: Sequence[StampedNote]) -> Iterator[int]:
    """Yield a note id for each note: from its identity, a hundred apart, so that its cards fit behind it."""
    taken: set[int] = set()
    for stamped in notes:
        number = _EPOCH_MS + _stable_number(stamped.note.full_name) % 100_000_000 * 100
        while number in taken:
            number += 100
        taken.add(number)
        yield number


def _stable_number(text: str) -> int:
    """Return a positive 40-bit number of a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:5])


_LEVEL = 2
"""Of deflate: level 6 takes twice the time for 4 % less."""


def _zip(collection: bytes, media: Mapping[str, bytes]) -> bytes:
    names = sorted(media)
    members = [
        ("collection.anki2", collection),
        *((str(number), media[name]) for number, name in enumerate(names)),
    ]
    members.append(("media", json.dumps({str(n): name for n, name in enumerate(names)}).encode()))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(info, content, compresslevel=_LEVEL)
    return buffer.getvalue()
