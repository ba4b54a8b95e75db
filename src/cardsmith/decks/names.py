"""Names of the files under ``decks/``: some become tags and packages, and all must check out on every system."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from cardsmith.errors import Problem
from cardsmith.text.names import folded_name, name_fault

_NO_TAG = re.compile(r"\s")
"""In a deck file's name, which is part of each of its cards' tags."""
_HINT = "rename it: letters, digits and hyphens, such as attention.yaml"


def misnamed(root: Path) -> Iterator[Problem]:
    """Find files that not every system can hold or tell apart, and deck files whose names make no tag.

    A repository with such a file cannot be checked out on Windows or macOS. Hidden files are the machine's own.
    """
    for folder, folders, files in os.walk(root / "decks"):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen: dict[str, str] = {}
        for name in sorted([*folders, *files]):
            if name.startswith("."):
                continue
            path = (Path(folder) / name).relative_to(root).as_posix()
            other = seen.setdefault(folded_name(name), name)
            if fault := _fault(name):
                yield Problem(path, 0, 0, "file-name", fault, _HINT)
            elif other != name:
                message = f"on Windows and macOS this is the same file as {other}"
                yield Problem(path, 0, 0, "file-name", message, "rename one of the two")


def _fault(name: str) -> str | None:
    if name.endswith(".yaml") and (odd := _NO_TAG.search(name)):
        return f"its name holds {odd.group()!r}, which Anki splits or changes: its cards have it as a tag"
    return name_fault(name)
