"""Notes to an ``.apkg``: genanki with its traps closed.

Same notes, same bytes: no clock, no temporary file, fixed zip dates, sorted members, deflate. Each note carries its
own modification time, so that an update touches only what changed. The format is the old one (``collection.anki2``,
schema 11), which every client reads. See https://github.com/kerrickstaley/genanki and Anki's ``pylib/rsdroid`` schema.
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
from typing import Any

import genanki

from cardsmith.errors import CardsmithError, Problem
from cardsmith.notes import Note
from cardsmith.notetypes import NoteType, model_time, note_types

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


class _Note(genanki.Note):  # type: ignore[misc]
    """A note that keeps its own time, ids and cards."""

    def __init__(self, stamped: StampedNote, model: _Model, position: int) -> None:
        values = dict(stamped.note.fields)
        fields = [values.get(field["name"], "") for field in model.fields]
        super().__init__(model, fields, tags=list(stamped.note.tags), guid=stamped.note.guid, due=position)
        self.stamped = stamped

    @property
    def cards(self) -> list[Any]:
        return [genanki.Card(number) for number in self.stamped.note.ords]

    def _check_invalid_html_tags_in_fields(self) -> None:
        """Fields are sanitised already, and genanki's check is quadratic in ``<``."""

    def write_to_db(
        self, cursor: sqlite3.Cursor, _timestamp: float, deck_id: int, id_gen: Iterator[int]
    ) -> None:
        first = next(id_gen)
        super().write_to_db(cursor, self.stamped.mod, deck_id, itertools.count(first))


def build_package(name: str, description: str, notes: Sequence[StampedNote]) -> bytes:
    """Return the bytes of a package of one deck, its notes in the order in which Anki will introduce them.

    Raises:
        CardsmithError: two notes have one guid, or a field holds what Anki refuses (0x1f, lone surrogates).

    """
    _refuse_unfit(notes)
    deck = genanki.Deck(_stable_number(name), name, description)
    models = [_model(note_type) for note_type in note_types()]
    for position, stamped in enumerate(notes, 1):
        deck.add_note(_Note(stamped, models[stamped.note.is_cloze], position))
    for model in models:
        deck.add_model(model)
    with sqlite3.connect(":memory:") as connection:
        package = genanki.Package(deck)
        package.write_to_db(connection.cursor(), model_time(), _note_ids(notes))
        connection.commit()
        collection = connection.serialize()
    connection.close()
    return _zip(collection, {media.name: media.content for stamped in notes for media in stamped.note.media})


_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")


def _refuse_unfit(notes: Sequence[StampedNote]) -> None:
    """Keep the last gate: nothing passes rendering that this finds, and nothing else may ship."""
    problems, guids = [], set()
    for note in (stamped.note for stamped in notes):
        if note.guid in guids:
            problems.append(Problem("", 0, 0, "duplicate-guid", f"{note.identity} is in the package twice"))
        guids.add(note.guid)
        for name, value in (*note.fields, *(("a tag", tag) for tag in note.tags)):
            if found := _UNFIT.search(value):
                message = (
                    f"{note.card_id}: {name} holds {found.group()!a}, with which Anki refuses the package"
                )
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
        number = _EPOCH_MS + _stable_number(stamped.note.identity) % 100_000_000 * 100
        while number in taken:
            number += 100
        taken.add(number)
        yield number


def _stable_number(text: str) -> int:
    """Return a positive 40-bit number of a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:5])


def _zip(collection: bytes, media: Mapping[str, bytes]) -> bytes:
    names = sorted(media)
    members = [
        ("collection.anki2", collection),
        *((str(number), media[name]) for number, name in enumerate(names)),
    ]
    members.append(("media", json.dumps({str(n): name for n, name in enumerate(names)}).encode()))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()
