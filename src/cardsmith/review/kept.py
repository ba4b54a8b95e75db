"""What reviewers have kept, by the hash of its lines, so that quitting loses nothing. Local, never committed.

Several reviews may be open at once: each takes over what the others wrote before it looks or writes.
"""

import json
from pathlib import Path

from cardsmith.files import inside
from cardsmith.writing import Writer

KEPT_FILE = ".cardsmith/kept.json"

Stamp = tuple[int, int, int]
"""Time of modification in nanoseconds, size in bytes, inode."""


class Kept:
    """The hash of each card that was kept, by its id, as the file has it."""

    def __init__(self, root: Path) -> None:
        self._path = inside(root, KEPT_FILE)
        self._seen: Stamp | None = None
        self.hashes: dict[str, str] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Take over what another review kept; tell whether the file changed."""
        stamp = stamp_of(self._path)
        if stamp == self._seen:
            return False
        self._seen = stamp  # taken before reading: what is written while we read is seen the next time
        self.hashes = _read(self._path)
        return True

    def mark(self, writer: Writer, card_id: str, hash_: str | None) -> str | None:
        """Write down that a card is kept, or with None that it is not; return the hash that it was kept under."""
        self.refresh()
        before = self.hashes.pop(card_id, None)
        if hash_ is not None:
            self.hashes[card_id] = hash_
        writer.write(KEPT_FILE, json.dumps(self.hashes, indent=0, sort_keys=True) + "\n", durable=True)
        self._seen = stamp_of(self._path)
        return before


def stamp_of(path: Path) -> Stamp:
    """Return what tells one state of a file from the next without reading it."""
    try:
        about = path.stat()
    except OSError:
        return (0, 0, 0)
    return about.st_mtime_ns, about.st_size, about.st_ino


def _read(path: Path) -> dict[str, str]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(card): str(hash_) for card, hash_ in data.items()} if isinstance(data, dict) else {}
