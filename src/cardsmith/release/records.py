"""The release record and the local ledger: what learners have, and when a content was first built here.

``decks/released.json`` is committed and written by ``release`` alone, one sorted line a card, so that two branches
merge line by line. The ledger is local and may be lost. Times are whole seconds since 1970.
"""

import json
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cardsmith.decks.project import RELEASED_FILE
from cardsmith.errors import CardsmithError
from cardsmith.files import read_text
from cardsmith.model import CardId

SLACK = 300
"""Seconds that two clocks may differ."""
_LAST_SECOND = 253_402_300_799
"""Of the year 9999: no calendar goes further, nor need a release."""
Seconds = Annotated[int, Field(ge=0, le=_LAST_SECOND)]


class Record(BaseModel):
    """What learners have of one card."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hash: str
    """Of the note's content; empty when two releases disagree about it, so that it is stamped anew."""
    mod: Seconds
    type: Literal["basic", "cloze"]
    topic: str
    deck: str = ""
    """The Anki deck it was released into, permanent."""
    project: str = ""
    """The project's name at the release, permanent; empty for a project without one, and in records of before."""
    id: str | None = None
    """The card's present id, where that is not the one it is recorded under."""
    retired: bool = False
    release: int = Field(default=0, ge=0, le=_LAST_SECOND)
    """The number of the release that gave learners this content; 0 in records of before releases were counted."""
    article: str = ""
    """The deck file's name; empty in records of before this was kept, like what follows."""
    clozes: dict[str, str] = Field(default_factory=dict)
    """A short hash of what each number of a cloze deletes: a number must keep its fact."""


class FirstBuilt(BaseModel):
    """When a content was first built here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hash: str
    mod: int


_RECORDS = TypeAdapter(dict[CardId, Record])
_LEDGER = TypeAdapter(dict[str, FirstBuilt])
_CONFLICT = re.compile(r"^(?:<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|).*$", re.MULTILINE)
_LINE = re.compile(r'^"(?:[^"\\]|\\.)*": \{.*\},?$')


def have_learners(released: Mapping[str, Record], identity: str) -> bool:
    """Tell whether learners have a card: it was released, and no release has retired it."""
    record = released.get(identity)
    return record is not None and not record.retired


def read_records(path: Path, *, settle: bool = False) -> dict[str, Record]:
    """Read ``released.json``; a project that never released has none.

    With ``settle``, both sides of a merge conflict are read, and of each card the later release is kept.

    Raises:
        CardsmithError: it is not a release record, or a merge conflict stands in it.

    """
    if not path.exists():
        return {}
    text = read_text(path, RELEASED_FILE)
    if _CONFLICT.search(text):
        if not settle:
            hint = "run `cardsmith release`: of each card it keeps the later line"
            raise CardsmithError.at(RELEASED_FILE, "released-conflict", "two releases were merged", hint)
        return settled(text)
    return parse_records(text)


def is_merging(path: Path) -> bool:
    """Tell whether both sides of a merge stand in ``released.json``."""
    return path.exists() and _CONFLICT.search(read_text(path, RELEASED_FILE)) is not None


def last_release(records: Mapping[str, Record]) -> int:
    """Return the number of the last release: whatever it changed bears it, so that no counter can conflict in a merge."""
    return max((record.release for record in records.values()), default=0)


def has_come(mod: int) -> bool:
    """Tell whether a time is one at which something can have been released."""
    return 0 < mod <= time.time() + SLACK


def parse_records(text: str) -> dict[str, Record]:
    """Return the records of a ``released.json`` without conflicts.

    Raises:
        CardsmithError: it is not a release record.

    """
    try:
        return _RECORDS.validate_json(text)
    except ValidationError as error:
        raise _damaged(error) from None


def settled(text: str) -> dict[str, Record]:
    """Return the records of a conflicted file, of each card the later one.

    Of two that claim the same second with different contents neither is what every learner has: its hash is dropped.

    Raises:
        CardsmithError: a line is no record.

    """
    kept: dict[str, Record] = {}
    for line in text.split("\n"):
        try:
            found = on_line(line)
        except ValidationError as error:
            raise _damaged(error) from None
        for card_id, record in found.items():
            other = kept.get(card_id)
            if other and other.mod == record.mod and other.hash != record.hash:
                record = record.model_copy(update={"hash": ""})  # noqa: PLW2901 - neither is the one
            if other is None or record.mod >= other.mod:
                kept[card_id] = record
    return kept


def on_line(line: str) -> dict[str, Record]:
    """Return the card of one line of the file with its record; nothing for a line that is no card's.

    Raises:
        ValidationError: it should be a card's, and is no record.

    """
    return _RECORDS.validate_json(f"{{{line.rstrip().removesuffix(',')}}}") if _LINE.match(line) else {}


def read_ledger(path: Path) -> dict[str, FirstBuilt]:
    """Read the local ledger; one that is missing or damaged is empty, which only costs fresh times."""
    try:
        return _LEDGER.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}


def emit_records(records: Mapping[str, BaseModel]) -> str:
    """Return a record file's text: one sorted line a card, so that a diff shows cards."""
    lines: Iterable[str] = (
        f"{json.dumps(card_id)}: {json.dumps(record.model_dump(exclude_defaults=True), sort_keys=True, ensure_ascii=False)}"
        for card_id, record in sorted(records.items())
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _damaged(error: ValidationError) -> CardsmithError:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the file"
    hint = "restore it from git: only `cardsmith release` writes it"
    return CardsmithError.at(RELEASED_FILE, "released-shape", f"{where}: {first['msg']}", hint)
