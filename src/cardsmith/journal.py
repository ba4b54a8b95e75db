"""Files that belong together change together or not at all, also when the process is killed or the power goes between them.

Such files are a group: a deck with its lock, or all decks of one decision with what undoes it. All new texts are
staged, then a journal names them, then the first file of each group is put in place, then the others. Putting is a
rename, which takes the staged file away: whether it is still there tells, at any later time and whatever people have
done to the decks since, how far it came. ``recover`` goes by that: a group whose first file was not put in place was
never decided; where it was, the others follow. What was deleted in between stands in a lock and counts as rejected.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardsmith.errors import CardsmithError
from cardsmith.files import TEMPORARY, inside, is_inside, make_folder, put, stage, sync_folder, write_bytes

STATE = ".cardsmith"
"""The folder of what is local to one clone; git ignores it."""
TEMPORARIES = f"{STATE}/staged"
JOURNAL = f"{STATE}/journal.json"
UNDO = f"{STATE}/undo"
LOCKS = "decks/.lock/"


@dataclass(frozen=True, slots=True)
class Edit:
    """One file's change."""

    name: str
    """Relative to the project."""
    before: str | None
    """The text that the change was decided on; None when there was no file."""
    after: str | bytes

    @property
    def content(self) -> bytes:
        """What the file is to hold."""
        return self.after.encode() if isinstance(self.after, str) else self.after


@dataclass(frozen=True, slots=True)
class _Step:
    """A staged file, its target, and the hash of what the target held; paths relative to the project."""

    staged: str
    target: str
    before: str | None


def is_as(root: Path, name: str, content: str | bytes | None) -> bool:
    """Tell whether a file of the project holds a text or bytes this moment; None: whether there is none."""
    raw = content.encode() if isinstance(content, str) else content
    return _hash(_bytes(inside(root, name))) == _hash(raw)


def write_groups(root: Path, groups: Iterable[Sequence[Edit]]) -> list[list[bool]]:
    """Write groups of files, of each of which all or nothing outlives whatever happens; tell which files were written.

    A file that somebody saves until the moment before it would be replaced stays theirs; when it is a group's first,
    the others stay as they were.

    Raises:
        CardsmithError: a file cannot be written.

    """
    steps = [[_staged(root, edit) for edit in group] for group in groups]
    if not steps:
        return []
    for folder in {inside(root, step.staged).parent for group in steps for step in group}:
        sync_folder(folder)
    data = [[[step.staged, step.target, step.before] for step in group] for group in steps]
    way = inside(root, TEMPORARIES)
    write_bytes(inside(root, JOURNAL), json.dumps(data).encode(), by_way_of=way, durable=True)
    try:
        is_put = [_put_first(root, first) for first, *_ in steps]
    except CardsmithError:
        recover(root)
        raise
    followed = iter(_finish(root, [group for group, done in zip(steps, is_put, strict=True) if done]))
    return [
        [True, *next(followed)] if done else [False] * len(group)
        for group, done in zip(steps, is_put, strict=True)
    ]


def recover(root: Path) -> None:
    """Finish or undo what a killed process began; see above. Only who alone writes may call this."""
    path = inside(root, JOURNAL)
    if not path.exists():
        return
    _finish(root, [group for group in _read(root, path) if _is_put(root, group[0])])


def _finish(root: Path, groups: list[list[_Step]]) -> list[list[bool]]:
    """Put what follows the first files in place, then forget the journal; what it names may be swept from then on."""
    _sync(root, (first for first, *_ in groups))
    followed = [[_put_after(root, step) for step in group[1:]] for group in groups]
    _sync(root, (step for group in groups for step in group[1:]))
    inside(root, JOURNAL).unlink()
    sync_folder(inside(root, STATE))
    return followed


def _put_first(root: Path, step: _Step) -> bool:
    """Put a file in place if it is as it was, and tell so: nothing stands between the look and the rename."""
    staged, target = inside(root, step.staged), inside(root, step.target)
    if _hash(_bytes(target)) != step.before:
        return False
    put(staged, target, durable=False)
    return True


def _put_after(root: Path, step: _Step) -> bool:
    """Put a file in place whose group is decided, and tell whether it is: one that somebody saved since stays theirs.

    A lock that a merge changed since has the lines of both: their union is what was proposed.
    """
    staged, target = inside(root, step.staged), inside(root, step.target)
    now, is_lock = _bytes(target), step.target.startswith(LOCKS)
    if not staged.exists():
        return True
    if _hash(now) == step.before or (is_lock and now is None):
        make_folder(target.parent)
        put(staged, target, durable=False)
    elif is_lock:
        both = staged.read_bytes() + (now or b"")
        write_bytes(target, both, by_way_of=inside(root, TEMPORARIES), durable=True)
    elif now == staged.read_bytes():  # another group has put the same there
        staged.unlink()
    else:
        return False
    return True


def _is_put(root: Path, step: _Step) -> bool:
    """Tell whether a file was put in place; a copy across devices leaves both for a moment."""
    staged = inside(root, step.staged)
    return not staged.exists() or _bytes(staged) == _bytes(inside(root, step.target))


def _staged(root: Path, edit: Edit) -> _Step:
    path = inside(root, edit.name)
    staged = stage(path, edit.content, inside(root, TEMPORARIES), durable=True)
    before = None if edit.before is None else edit.before.encode()
    return _Step(staged.relative_to(root).as_posix(), edit.name, _hash(before))


def _sync(root: Path, steps: Iterable[_Step]) -> None:
    for folder in sorted({inside(root, step.target).parent for step in steps}):
        if folder.is_dir():  # people may have moved it away since
            sync_folder(folder)


def _read(root: Path, path: Path) -> list[list[_Step]]:
    """Return a journal's groups; of one that nobody here wrote, none. It may only move our own staged files."""
    try:
        groups = [[_Step(*step) for step in group] for group in json.loads(path.read_bytes())]
        return [group for group in groups if group and all(_is_ours(root, step) for step in group)]
    except (ValueError, TypeError, RecursionError):
        return []


def _is_ours(root: Path, step: _Step) -> bool:
    """Tell whether a step moves a staged file of ours within the project; a name that no file can have is a ValueError."""
    if not all(isinstance(name, str) and is_inside(root, root / name) for name in (step.staged, step.target)):
        return False
    name = step.staged.rpartition("/")[2]
    is_target = step.target.startswith(("decks/", f"{UNDO}/"))
    return is_target and name.startswith(TEMPORARY[0]) and name.endswith(TEMPORARY[1])


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
