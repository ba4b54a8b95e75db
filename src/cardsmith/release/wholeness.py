"""Whether all cards are in the tree that is read: what only seems to be gone must not be retired.

A folder that cannot be listed, one that is a link, and files that git keeps out of the tree all look like deleted cards.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from cardsmith.decks.project import Project
from cardsmith.errors import Problem
from cardsmith.git import left_out


def missing_parts(project: Project) -> Iterator[Problem]:
    """Find topics that cannot be read whole, and deck files that lie elsewhere or nowhere."""
    for name in project.topics.topics:
        yield from _of_topic(project.root, f"decks/{name}")
    for path in left_out(project.root, "decks") if project.topics.topics else ():
        hint = "check it out: `git sparse-checkout disable`, or `git submodule update --init`"
        yield Problem(path, 0, 0, "partial-tree", "git has it, and this tree leaves it out", hint)


def _of_topic(root: Path, name: str) -> Iterator[Problem]:
    hint = "put the folder itself there, with its files"
    folder = root / name
    if folder.is_symlink() or (folder.exists() and folder.resolve() != root.resolve() / name):
        yield Problem(name, 0, 0, "partial-tree", "the topic's folder is a link", hint)
        return
    try:
        with os.scandir(folder) as entries:
            found = sorted((entry.name, entry.is_symlink()) for entry in entries)
    except FileNotFoundError:
        return  # a topic without cards; those that it had are looked for in git, and in the record
    except OSError as error:
        why = f"the topic's folder cannot be read: {error.strerror}"
        yield Problem(name, 0, 0, "partial-tree", why, "check the path and its permissions")
        return
    for file, is_link in found:
        if is_link and file.endswith(".yaml"):
            message = "the deck file is a link"
            yield Problem(f"{name}/{file}", 0, 0, "partial-tree", message, "put the file itself there")
