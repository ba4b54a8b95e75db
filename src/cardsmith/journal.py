"""A deck and its lock change together or not at all, also when the process is killed or the power goes between them.

Both new texts are staged, then a journal names them, then all decks are put in place, then all locks. Putting is a
rename, which takes the staged file away: whether it is still there tells, at any later time and whatever people have
done to the decks since, how far it came. ``recover`` goes by that: an article whose deck was not put in place was never
decided; where it was, the lock follows. What was deleted in between stands in that lock and counts as rejected.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cardsmith.errors import CardsmithError
from cardsmith.files import TEMPORARY, inside, is_inside, make_folder, put, stage, sync_folder, write_bytes

STATE = ".cardsmith"
"""The folder of what is local to one clone; git ignores it."""
TEMPORARIES = f"{STATE}/staged"
JOURNAL = f"{STATE}/journal.json"


@dataclass(frozen=True, slots=True)
class Edit:
    """One file's change."""

    name: str
    """Relative to the project."""
    before: str | None
    """The text that the change was decided on; None when there was no file."""
    after: str


@dataclass(frozen=True, slots=True)
class _Step:
    """A staged file, its target, and the hash of what the target held; paths relative to the project."""

    staged: str
    target: str
    before: str | None


def is_as(root: Path, name: str, text: str | None) -> bool:
    """Tell whether a file of the project holds a text this moment; None: whether there is none."""
    return _hash(_bytes(inside(root, name))) == _hash(None if text is None else text.encode())


def write_pairs(root: Path, pairs: Iterable[tuple[Edit, Edit]]) -> list[bool]:
    """Write decks, each with its lock, of which all or nothing outlives whatever happens; tell which were written.

    A deck that somebody saves until the moment before it would be replaced stays theirs, and its lock as it was.

    Raises:
        CardsmithError: a file cannot be written.

    """
    steps = [(_staged(root, deck), _staged(root, lock)) for deck, lock in pairs]
    if not steps:
        return []
    for folder in {inside(root, step.staged).parent for pair in steps for step in pair}:
        sync_folder(folder)
    data = [[[step.staged, step.target, step.before] for step in pair] for pair in steps]
    way = inside(root, TEMPORARIES)
    write_bytes(inside(root, JOURNAL), json.dumps(data).encode(), by_way_of=way, durable=True)
    try:
        done = [_put_deck(root, deck) for deck, _ in steps]
    except CardsmithError:
        recover(root)
        raise
    _finish(root, [pair for pair, is_done in zip(steps, done, strict=True) if is_done])
    return done


def recover(root: Path) -> None:
    """Finish or undo what a killed process began; see above. Only who alone writes may call this."""
    path = inside(root, JOURNAL)
    if not path.exists():
        return
    _finish(root, [pair for pair in _read(root, path) if _is_put(root, pair[0])])


def _finish(root: Path, pairs: list[tuple[_Step, _Step]]) -> None:
    """Put the locks of these decks in place, then forget the journal; what it names may be swept from then on."""
    _sync(root, (deck for deck, _ in pairs))
    for _, lock in pairs:
        _put_lock(root, lock)
    _sync(root, (lock for _, lock in pairs))
    inside(root, JOURNAL).unlink()
    sync_folder(inside(root, STATE))


def _put_deck(root: Path, deck: _Step) -> bool:
    """Put a deck in place if it is as it was, and tell so: nothing stands between the look and the rename."""
    staged, target = inside(root, deck.staged), inside(root, deck.target)
    if _hash(_bytes(target)) != deck.before:
        return False
    put(staged, target, durable=False)
    return True


def _put_lock(root: Path, lock: _Step) -> None:
    """Put a lock in place. One that a merge changed since has the lines of both: their union is what was proposed."""
    staged, target = inside(root, lock.staged), inside(root, lock.target)
    now = _bytes(target)
    if now is None or _hash(now) == lock.before:
        if staged.exists():
            make_folder(target.parent)
            put(staged, target, durable=False)
    elif staged.exists():
        write_bytes(target, staged.read_bytes() + now, by_way_of=inside(root, TEMPORARIES), durable=True)


def _is_put(root: Path, deck: _Step) -> bool:
    """Tell whether a deck was put in place; a copy across devices leaves both for a moment."""
    staged = inside(root, deck.staged)
    return not staged.exists() or _bytes(staged) == _bytes(inside(root, deck.target))


def _staged(root: Path, edit: Edit) -> _Step:
    path = inside(root, edit.name)
    staged = stage(path, edit.after.encode(), inside(root, TEMPORARIES), durable=True)
    before = None if edit.before is None else edit.before.encode()
    return _Step(staged.relative_to(root).as_posix(), edit.name, _hash(before))


def _sync(root: Path, steps: Iterable[_Step]) -> None:
    for folder in sorted({inside(root, step.target).parent for step in steps}):
        if folder.is_dir():  # people may have moved it away since
            sync_folder(folder)


def _read(root: Path, path: Path) -> list[tuple[_Step, _Step]]:
    """Return a journal's pairs; of one that nobody here wrote, none. It may only move our own staged files."""
    try:
        pairs = [(_Step(*deck), _Step(*lock)) for deck, lock in json.loads(path.read_bytes())]
        return [pair for pair in pairs if all(_is_ours(root, step) for step in pair)]
    except (ValueError, TypeError, RecursionError):
        return []


def _is_ours(root: Path, step: _Step) -> bool:
    """Tell whether a step moves a staged file of ours within the project; a name that no file can have is a ValueError."""
    if not all(isinstance(name, str) and is_inside(root, root / name) for name in (step.staged, step.target)):
        return False
    name = step.staged.rpartition("/")[2]
    return step.target.startswith("decks/") and name.startswith(TEMPORARY[0]) and name.endswith(TEMPORARY[1])


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"cannot read the file: {error.strerror}"
        raise CardsmithError.at(
            str(path), "unreadable", message, "check the path and its permissions"
        ) from None


def _hash(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()
