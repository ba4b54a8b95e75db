"""One writer at a time: who changes a project's files holds its lock, and looks again at what the change rests on.

The lock is the operating system's, so it ends with its process, however that ends. It is held for a write and never
while somebody thinks. People's editors know nothing of it: hence the look at each file right before it is replaced.
"""

import json
import os
import shlex
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import inside, is_inside, make_folder, put, stage, sweep, sync_folder, write_bytes
from cardsmith.journal import JOURNAL, STATE, TEMPORARIES, Edit, is_as, recover, write_groups

PATIENCE = 10.0
"""Seconds to wait for another writer: many times what a write takes."""
LOCK_FILE = f"{STATE}/writing.lock"
HOLDER_FILE = f"{STATE}/writing.json"
"""Who holds the lock: a file of its own, because on Windows nobody else can read a locked one."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The right to write into a project; ``sole_writer`` hands it out."""

    root: Path

    def write(self, target: str | Path, content: str | bytes, *, durable: bool = False) -> None:
        """Write one file whole or not at all, whatever it held: a name is the project's, a path the user's own word.

        With ``durable`` it outlives a loss of power: for what cannot be made again.
        """
        path = target if isinstance(target, Path) else inside(self.root, target)
        data = content.encode() if isinstance(content, str) else content
        way = inside(self.root, TEMPORARIES) if is_inside(self.root, path) else None
        write_bytes(path, data, by_way_of=way, durable=durable)

    def change(self, edit: Edit) -> bool:
        """Write a file if it still holds what the edit was decided on; tell whether it does."""
        path = inside(self.root, edit.name)
        staged = stage(path, edit.content, inside(self.root, TEMPORARIES), durable=True)
        try:
            is_fresh = is_as(self.root, edit.name, edit.before)
            if is_fresh:  # nothing stands between the look and the rename
                put(staged, path, durable=True)
            return is_fresh
        finally:
            staged.unlink(missing_ok=True)

    def change_groups(self, groups: Iterable[Sequence[Edit]]) -> list[list[bool]]:
        """Write groups of files, each where all of it holds what it did; tell of each file whether it was written."""
        groups = list(groups)
        is_fresh = [all(is_as(self.root, edit.name, edit.before) for edit in group) for group in groups]
        fresh = [group for group, is_so in zip(groups, is_fresh, strict=True) if is_so]
        written = iter(write_groups(self.root, fresh))
        return [
            next(written) if is_so else [False] * len(group)
            for group, is_so in zip(groups, is_fresh, strict=True)
        ]

    def remove(self, name: str, text: str) -> bool:
        """Take a file away if it still holds a text; tell whether it is gone."""
        path = inside(self.root, name)
        if is_fresh := is_as(self.root, name, text):
            path.unlink()
            sync_folder(path.parent)
        return is_fresh or not path.exists()

    def require(self, texts: Iterable[tuple[str, str | None]]) -> None:
        """Make sure that files hold these texts.

        Raises:
            CardsmithError: every one that does not (``changed-on-disk``).

        """
        changed = [name for name, text in texts if not is_as(self.root, name, text)]
        if changed:
            raise CardsmithError(map(changed_meanwhile, changed))


def changed_meanwhile(name: str) -> Problem:
    """Return the problem of a file that somebody saved while a command worked on it."""
    message = "the file was changed in the meantime; nothing was written over it"
    return Problem(name, 0, 0, "changed-on-disk", message, "run the command again")


@contextmanager
def sole_writer(root: Path) -> Iterator[Writer]:
    """Hold a project's lock, after finishing what a killed writer left and sweeping its temporary files.

    Raises:
        CardsmithError: another process holds it (``project-busy``), or the state folder cannot be written.

    """
    from filelock import FileLock, Timeout

    state, holder = inside(root, STATE), inside(root, HOLDER_FILE)
    lock = FileLock(inside(root, LOCK_FILE))
    try:
        make_folder(inside(root, TEMPORARIES), durable=True)
        if not (state / ".gitignore").exists():
            write_bytes(state / ".gitignore", b"*\n")
        lock.acquire(timeout=PATIENCE)
    except Timeout:
        hint = "wait until it is done, then run this again"
        raise CardsmithError.at(STATE, "project-busy", _who(holder), hint) from None
    except (OSError, NotImplementedError) as error:
        message = f"cannot lock the project: {getattr(error, 'strerror', None) or error}"
        hint = "check the folder and its permissions"
        raise CardsmithError.at(LOCK_FILE, "unwritable", message, hint) from None
    try:
        _sign(holder)
        recover(root)
        sweep(inside(root, TEMPORARIES))
        yield Writer(root)
    finally:
        with suppress(OSError):
            holder.unlink()
        lock.release()


def settle(root: Path) -> None:
    """Finish or undo what a killed writer left, if it left anything."""
    if inside(root, JOURNAL).exists():
        with sole_writer(root):
            pass


def _sign(holder: Path) -> None:
    """Say who holds the lock; a message is all that it is for, so failing to is no failure."""
    name = Path(sys.argv[0]).stem if sys.argv else ""
    words = shlex.join(["cardsmith" if name == "__main__" else name, *sys.argv[1:]])
    since = time.strftime("%H:%M:%S")
    with suppress(OSError):
        holder.write_text(json.dumps({"command": words[:200], "pid": os.getpid(), "since": since}))


def _who(holder: Path) -> str:
    try:
        said = json.loads(holder.read_text(encoding="utf-8"))
        words = (
            f"`{said['command']}` (process {said['pid']}, since {said['since']}) is writing in this project"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "another process is writing in this project"
    return "".join(sign for sign in words if sign.isprintable())
