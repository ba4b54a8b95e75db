"""What decisions changed, so that each can be taken back: a file a decision in the state folder, the last twenty of them.

They are local to one clone; after a commit, git has the words as well. A file is data, whoever wrote it: it may only put
a deck back, and only where the deck still is as the decision left it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from cardsmith.decks.deckfile import parse_deck
from cardsmith.errors import CardsmithError
from cardsmith.files import inside
from cardsmith.journal import UNDO, Edit, is_as
from cardsmith.text.names import name_fault
from cardsmith.writing import changed_meanwhile, sole_writer

MOST = 20
"""Decisions that can be taken back; older ones are forgotten."""


def _deck_path(path: str) -> str:
    folder, *names = path.split("/")
    is_deck = folder == "decks" and len(names) == 2 and path.endswith(".yaml")
    if not is_deck or any(name_fault(name) or name.startswith(".") for name in names):
        raise ValueError(path)
    return path


class Change(BaseModel, extra="forbid", frozen=True):
    """One deck file, before and after."""

    path: Annotated[str, AfterValidator(_deck_path)]
    before: str
    after: str


def _each_once(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    if len({change.path for change in changes}) != len(changes):
        raise ValueError(changes)
    return changes


class Decision(BaseModel, extra="forbid", frozen=True):
    """What was decided, and what it did to which files."""

    what: str
    """The command: ``accept`` or ``reject``."""
    cards: tuple[str, ...]
    """Their ids."""
    changes: Annotated[tuple[Change, ...], Field(min_length=1), AfterValidator(_each_once)]


def write_decision(root: Path, what: str, cards: Iterable[str], edits: Sequence[Edit]) -> None:
    """Write the decks of one decision, all or none, with the file that undoes it.

    Raises:
        CardsmithError: a deck was saved meanwhile (``changed-on-disk``), or a file cannot be written.

    """
    name = f"{UNDO}/{datetime.now(UTC):%Y-%m-%dT%H%M%S.%fZ}.json"
    cards = tuple(cards)
    with sole_writer(root) as writer:
        writer.require((edit.name, edit.before) for edit in edits)
        (written,) = writer.change_groups([[*edits, Edit(name, None, _emit(what, cards, edits))]])
        done = [edit for edit, is_written in zip(edits, written, strict=False) if is_written]
        if done and len(done) < len(edits):  # somebody saved a deck in the midst of it, which stays as it is
            writer.write(name, _emit(what, cards, done), durable=True)
        for old in _files(root)[:-MOST]:
            old.unlink(missing_ok=True)
        left = [edit for edit in edits if edit not in done]
        saved = [edit for edit in left if not is_as(root, edit.name, edit.before)]
    if left:
        raise CardsmithError(changed_meanwhile(edit.name) for edit in saved or left)


def take_back(root: Path, named: Path | None = None) -> Decision:
    """Put the decks of a decision back as they were, all or none, and forget it: the newest one, or the one named.

    Raises:
        CardsmithError: there is none (``no-undo``), the file is not one (``undo-file``), or a deck is no longer as the
            decision left it (``changed-on-disk``).

    """
    with sole_writer(root) as writer:
        path = _find(root, named)
        decision = _read(path, f"{UNDO}/{path.name}" if path.parent == inside(root, UNDO) else str(path))
        edits = [Edit(change.path, change.after, change.before) for change in decision.changes]
        if not all(is_as(root, edit.name, edit.after) for edit in edits):  # else a killed undo has done it
            changed = [edit.name for edit in edits if not is_as(root, edit.name, edit.before)]
            written = [False] if changed else writer.change_groups([edits])[0]
            if not all(written):
                changed = changed or [
                    edit.name for edit, is_done in zip(edits, written, strict=True) if not is_done
                ]
                raise CardsmithError(p for name in changed for p in _changed_since(name).problems)
        if path.parent == inside(root, UNDO):
            path.unlink()
    return decision


def _emit(what: str, cards: tuple[str, ...], edits: Iterable[Edit]) -> str:
    changes = tuple(Change(path=e.name, before=e.before or "", after=e.after) for e in edits)
    return Decision(what=what, cards=cards, changes=changes).model_dump_json(indent=1) + "\n"


def _files(root: Path) -> list[Path]:
    """Return the undo files, the newest last."""
    return sorted(inside(root, UNDO).glob("*.json"))


def _find(root: Path, named: Path | None) -> Path:
    files = _files(root)
    if named is None:
        if files:
            return files[-1]
        message = "there is no decision to take back"
        hint = "decisions that are committed are taken back with git"
        raise CardsmithError.at(UNDO, "no-undo", message, hint)
    beside = inside(root, UNDO) / named.name
    found = next((path for path in (named, beside) if path.is_file()), None)
    if found is None:
        hint = f"name one of those in {UNDO}/"
        raise CardsmithError.at(str(named), "no-undo", "there is no such file", hint)
    return beside if found.resolve() == beside.resolve() else found


def _read(path: Path, name: str) -> Decision:
    """Read an undo file and prove that it can only put decks back."""
    try:
        decision = Decision.model_validate_json(path.read_bytes(), strict=True)
        for change in decision.changes:
            parse_deck(change.before, change.path)
    except (OSError, ValueError, ValidationError, CardsmithError):
        message = "this is not what a decision left to be undone"
        hint = "delete the file; what is committed is taken back with git"
        raise CardsmithError.at(name, "undo-file", message, hint) from None
    return decision


def _changed_since(name: str) -> CardsmithError:
    hint = "take it back in the file; git has the words of what is committed"
    message = "the file was changed since the decision; nothing was taken back"
    return CardsmithError.at(name, "changed-on-disk", message, hint)
