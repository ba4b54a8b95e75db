"""Which files of a folder are notes, and how problems and places name them."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cardsmith.errors import Problem
from cardsmith.files import is_inside
from cardsmith.sources.formats import FORMATS


def find_files(
    paths: Iterable[Path], root: Path, problems: list[Problem], suffixes: Sequence[str]
) -> list[Path]:
    """Return the files that are named and those in folders with one of these suffixes, in order of their names.

    What is not there, leads out of its folder or leads nowhere goes into ``problems``.
    """
    files: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found = [
                file
                for file in path.rglob("*")
                if file.suffix.lower() in suffixes and not _is_hidden(file.relative_to(path))
            ]
            inside = {file for file in found if file.is_file() and not _belongs_to_a_page(file)}
            nowhere = [file for file in found if file.is_symlink() and not file.exists()]
            message = "a link that leads nowhere, or in a circle"
            problems += [
                Problem(_name(file, root), 0, 0, "source-missing", message, "delete it") for file in nowhere
            ]
            if not inside and not nowhere:
                hint = f"put notes ending in {', '.join(suffixes)} there, or name another folder"
                problems.append(
                    Problem(name_in(path, root), 0, 0, "source-none", "no notes in this folder", hint)
                )
            leaving = [file for file in sorted(inside) if not is_inside(path, file)]
            hint = "delete the link, or name the file itself: `cardsmith extract FILE`"
            problems += [
                Problem(_name(file, root), 0, 0, "source-outside", "a link that leaves the folder", hint)
                for file in leaving
            ]
            files |= inside.difference(leaving)
        elif path.is_file():
            files.add(path)
        else:
            message = "no such file or folder"
            problems.append(Problem(name_in(path, root), 0, 0, "source-missing", message, "check the path"))
    return sorted(files, key=lambda path: name_in(path, root))


OURS = ("decks", "dist")
"""Folders of a project that cardsmith fills itself."""


def files_below(top: Path, root: Path) -> Iterator[Path]:
    """Yield the files in a folder and those below, by folder and name; hidden folders and a project's ``OURS`` have none."""
    for folder, folders, names in os.walk(top):
        own = OURS if Path(folder) == root else ()
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in own)
        yield from (Path(folder) / name for name in sorted(names))


def _is_hidden(path: Path) -> bool:
    """Tell whether a file lies in what programs keep for themselves: settings, templates of theirs, a bin."""
    return any(part.startswith(".") for part in path.parts)


def _belongs_to_a_page(path: Path) -> bool:
    """Tell a piece of a page that a browser saved in a folder beside it."""
    return path.suffix.lower() in FORMATS and any(
        above.with_name(above.name.removesuffix("_files") + end).exists()
        for above in path.parents
        if above.name.endswith("_files")
        for end in (".html", ".htm")
    )


def _name(path: Path, root: Path) -> str:
    """Return how problems call a link itself, not where it leads."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def name_in(path: Path, root: Path) -> str:
    """Return how a project's places and problems call a file: relative to it where possible, with ``/``."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except (ValueError, RuntimeError):  # outside, or links in a circle
        return _name(path, root)
