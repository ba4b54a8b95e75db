"""The release record and the local ledger: what learners have, and when a content was first built here.

``decks/released.json`` is committed and written by ``release`` alone, one sorted line a card, so that two branches
merge line by line. The ledger is local and may be lost. Times are whole seconds since 1970.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cardsmith.decks.project import RELEASED_FILE
from cardsmith.errors import CardsmithError
from cardsmith.files import read_text
from cardsmith.git import answer


class Record(BaseModel):
    """What learners have of one card."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hash: str
    """Of the note's content; empty when two releases disagree about it, so that it is stamped anew."""
    mod: int
    type: Literal["basic", "cloze"]
    topic: str
    deck: str = ""
    """The Anki deck it was released into, permanent."""
    project: str = ""
    """The project's name at the release, permanent; empty for a project without one, and in records of before."""
    id: str | None = None
    """The card's present id, where that is not the one it is recorded under."""
    retired: bool = False
    article: str = ""
    """The deck file's name; empty in records of before this was kept, like what follows."""
    clozes: dict[str, str] = Field(default_factory=dict)
    """A short hash of what each number of a cloze deletes: a number must keep its fact."""


class FirstBuilt(BaseModel):
    """When a content was first built here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hash: str
    mod: int


_RECORDS = TypeAdapter(dict[str, Record])
_LEDGER = TypeAdapter(dict[str, FirstBuilt])
_CONFLICT = re.compile(r"^(?:<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|).*$", re.MULTILINE)
_LINE = re.compile(r'^("[^"]+"): (\{.*\}),?$')


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
    for line in text.splitlines():
        found = _LINE.match(line)
        if not found:
            continue
        card_id: str = json.loads(found.group(1))
        try:
            record = Record.model_validate_json(found.group(2))
        except ValidationError as error:
            raise _damaged(error) from None
        other = kept.get(card_id)
        if other and other.mod == record.mod and other.hash != record.hash:
            record = record.model_copy(update={"hash": ""})
        if other is None or record.mod >= other.mod:
            kept[card_id] = record
    return kept


def outdated(records: Mapping[str, Record], root: Path) -> dict[str, Record]:
    """Return the records, raised to the latest time that git has ever seen released of each card.

    A merge that was settled by hand, or a commit that was reverted, can put an older line back; learners who have the
    later one would ignore everything up to its time. Without git the records are returned as they are.
    """
    latest = _latest_in_git(root)
    return {
        card_id: record.model_copy(update={"hash": "", "mod": latest[card_id]})
        if latest.get(card_id, 0) > record.mod
        else record
        for card_id, record in records.items()
    }


def _latest_in_git(root: Path) -> dict[str, int]:
    log = answer(root, "log", "--all", "--full-history", "-p", "-U0", "--format=", "--", RELEASED_FILE)
    latest: dict[str, int] = {}
    for line in (log or "").splitlines():
        found = _LINE.match(line[1:]) if line.startswith("+") else None
        if found:
            card_id, mod = json.loads(found.group(1)), json.loads(found.group(2)).get("mod", 0)
            latest[card_id] = max(mod, latest.get(card_id, 0))
    return latest


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
