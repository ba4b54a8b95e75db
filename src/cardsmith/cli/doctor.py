"""What to paste into a report: versions, the state of the project, whether Anki listens. No names, no texts, no secrets.

Nothing is written, and nothing fails: what cannot be told is itself told.
"""

import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import click

from cardsmith import __version__
from cardsmith.cli.printing import say, say_json
from cardsmith.errors import CardsmithError

ANKI_CONNECT = ("127.0.0.1", 8765)
"""Where Anki listens when it has the add-on AnkiConnect."""


@click.command()
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", help="How to print."
)
@click.pass_context
def doctor(context: click.Context, output_format: str) -> None:
    """Tell versions and the state of the project, safe to paste into a report: no names, no texts of cards.

    \b
    Example:
      cardsmith doctor
      cardsmith doctor --format json
    """
    found: dict[str, dict[str, Any]] = {
        "versions": _versions(),
        "project": _told(lambda: _project(context.obj)),
        "git": _told(lambda: _git(context.obj)),
        "anki": {"AnkiConnect on port 8765": "yes" if _listens() else "no"},
    }
    if output_format == "json":
        say_json(found, 1)
        return
    for name, facts in found.items():
        say(f"{name}:")
        for what, value in facts.items():
            say(f"  {what}: {value}")


def _told(tell: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the facts, or of an error only its kind: a message may quote a path or a card."""
    try:
        return tell()
    except CardsmithError as error:
        return {"problem": ", ".join(sorted({problem.code for problem in error.problems}))}
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a project, its doctor says something
        return {"problem": type(error).__name__}


def _versions() -> dict[str, Any]:
    wanted = [
        re.match(r"[\w-]+", line)
        for line in _requirements()
        if ";" not in line or any(extra in line for extra in ("exact", "fast", "pictures"))
    ]
    names = sorted(
        {found.group() for found in wanted if found}
        | {"pyyaml", "pydantic", "markdown", "quickjs-ng", "rjieba"}
    )
    git = shutil.which("git")
    said = subprocess.run([git, "--version"], capture_output=True, text=True, check=False) if git else None  # noqa: S603
    return {
        "cardsmith": __version__,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        **{name: _version(name) for name in names},
        "MathJax for check": "yes" if _version("quickjs-ng") != "none" else "no: the extra exact is missing",
        "git": said.stdout.strip().removeprefix("git version ") if said else "none",
        "output": str(getattr(sys.stdout, "encoding", "unknown")),
    }


def _requirements() -> list[str]:
    try:
        return requires("cardsmith") or []
    except PackageNotFoundError:
        return []


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _root(named: Path | None) -> Path:
    from cardsmith.decks.project import find_root

    return named or find_root(Path.cwd())


def _project(named: Path | None) -> dict[str, Any]:
    from collections import Counter

    from cardsmith.decks.pictures import unused
    from cardsmith.decks.project import LOCK_FOLDER, RELEASED_FILE, read_project
    from cardsmith.release.records import read_records

    root = _root(named)
    project = read_project(root)
    locks = list((root / LOCK_FOLDER).glob("*.jsonl"))
    state = root / ".cardsmith"
    left = [path for path in (root / "decks").rglob(".*.*") if re.fullmatch(r"\..+\.[a-z0-9_]{8}", path.name)]
    return {
        "folder": _shown(root.resolve()),
        "topics": len(project.topics.topics),
        "decks": len(project.decks),
        "cards": sum(len(deck.entries) for deck in project.decks),
        "decks that cannot be read": len({problem.path for problem in project.problems}),
        "problems": dict(Counter(problem.code for problem in project.problems)),
        "locks": len(locks),
        "locks that cannot be read": sum(not _is_readable(path) for path in locks),
        "released": _told(lambda: {"cards": len(read_records(root / RELEASED_FILE))}),
        "state": {path.name: f"{path.stat().st_size:,} bytes" for path in sorted(state.glob("*.json"))},
        "leftover temporary files": len(left),
        "pictures that no card shows": len(unused(project)),
    }


def _is_readable(path: Path) -> bool:
    import json

    with suppress(OSError, ValueError):
        lines = path.read_text(encoding="utf-8").split("\n")  # not splitlines: U+2028 may stand in a text
        return all(isinstance(json.loads(line), dict) for line in lines if line.strip())
    return False


def _git(named: Path | None) -> dict[str, Any]:
    from cardsmith.git import answer

    root = _root(named)
    lines = answer(root, "status", "--porcelain", "--branch", "--", ".")
    if lines is None:
        return {"repository": "no"}
    branch, *changed = lines.split("\n")
    main = branch.removeprefix("## ").partition("...")[0]
    return {
        "repository": "yes",
        "branch": main if main in ("main", "master") else "another",
        "files changed": len(changed),
        "conflicts": sum(line[:2] in ("UU", "AA", "DD", "AU", "UA", "DU", "UD") for line in changed),
    }


def _listens() -> bool:
    with suppress(OSError), socket.create_connection(ANKI_CONNECT, timeout=0.5):
        return True
    return False


def _shown(path: Path) -> str:
    """Return a path without the home folder, whose name is a person's; one elsewhere may tell as much."""
    home = Path.home().resolve()
    return (
        f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else "outside the home folder"
    )
