"""The pictures that extraction has put beside decks, and those of them that no card shows any more."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cardsmith.decks.project import Project
from cardsmith.files import inside
from cardsmith.writing import sole_writer

FOLDER = "media"
"""Beside the decks of a topic."""
_OURS = re.compile(r"(?:[a-z0-9-]+-)?[0-9a-f]{12}\.(?:png|jpg|gif|webp|avif|svg)")
"""How extraction names a picture; what people put there has other names and is theirs."""


def unused(project: Project) -> list[str]:
    """Return the pictures, relative to the project, that no card lists; none while a deck cannot be read."""
    if project.problems:
        return []
    listed = {
        (project.root / deck.path).parent / name
        for deck in project.decks
        for entry in deck.entries
        for name in entry.card.media
    }
    known = {path.resolve() for path in listed}
    return [
        path.relative_to(project.root).as_posix() for path in _ours(project) if path.resolve() not in known
    ]


def _ours(project: Project) -> Iterator[Path]:
    for topic in sorted(project.topics.topics):
        folder = inside(project.root, f"decks/{topic}/{FOLDER}")
        with suppress(OSError):  # not there, or not to be listed: of such a topic others tell
            yield from sorted(
                path for path in folder.iterdir() if _OURS.fullmatch(path.name) and path.is_file()
            )


def sweep_unused(project: Project) -> list[str]:
    """Delete the pictures that no card lists, and return which.

    Raises:
        CardsmithError: another process writes in the project.

    """
    if not unused(project):
        return []
    with sole_writer(project.root) as writer:
        gone = unused(project.again())
        for name in gone:
            inside(writer.root, name).unlink(missing_ok=True)
    return gone
