"""Draw the rooms of the house into ``docs/architecture.md``: ``python docs/make_figure.py``.

The arrows come from the imports, the table below them from what each room says of itself. The figure is a Mermaid
block, which GitHub draws in the colours of the reader's theme.
"""

import ast
import sys
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests")]

from imports import SOURCE, uses  # noqa: E402

PAGE = ROOT / "docs" / "architecture.md"
BEGIN = "<!-- begin: python docs/make_figure.py -->\n"
END = "<!-- end -->\n"

Rooms = Mapping[str, set[str]]
"""The rooms that each room uses."""


def rooms() -> Rooms:
    """Return who uses whom directly; a module that stands alone in the package is a room of its own."""
    direct: dict[str, set[str]] = {}
    for _, here, _, there in uses():
        direct.setdefault(there, set())
        direct.setdefault(here, set()).update({there} - {here})
    return direct


def reached(direct: Rooms) -> Rooms:
    """Return who uses whom, also through others."""
    found: dict[str, set[str]] = {}
    for room in TopologicalSorter(direct).static_order():
        found[room] = direct[room].union(*(found[below] for below in direct[room]))
    return found


def arrows(direct: Rooms) -> Rooms:
    """Return the fewest arrows that reach the same rooms: what is used through another room needs none."""
    far = reached(direct)
    return {room: below.difference(*(far[between] for between in below)) for room, below in direct.items()}


def figure(direct: Rooms) -> str:
    """Return the Mermaid block: a box a room, rounded where it is a single module."""
    lines = ["```mermaid", "flowchart TD"]
    for room in sorted(direct):
        left, right = ("[", "]") if (SOURCE / room).is_dir() else ("([", "])")
        lines.append(f'  {room}{left}"{room}"{right}')
    for room, below in sorted(arrows(direct).items()):
        lines += [f"  {room} --> {other}" for other in sorted(below)]
    return "\n".join([*lines, "```"]) + "\n"


def legend(direct: Rooms) -> str:
    """Return the table of the rooms, from the ground up, in the words of their docstrings."""
    far = reached(direct)
    rows = [(room, *_said(room)) for room in sorted(direct, key=lambda room: (len(far[room]), room))]
    lines = [f"| `{room}` | {' | '.join(cell.removesuffix('.') for cell in said)} |" for room, *said in rows]
    return "\n".join(["| room | | comes in | goes out | touches |", "|---|---|---|---|---|", *lines]) + "\n"


def _said(room: str) -> tuple[str, str, str, str]:
    """Return what a room is, what comes in, what goes out, what it touches; of a single module only the first."""
    folder = SOURCE / room
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first, _, rest = text.replace("``", "`").partition("\n\n")
    if not folder.is_dir():
        return first, "", "", ""
    handed, _, touched = rest.partition("\nTouches: ")
    comes, _, goes = handed.removeprefix("In: ").partition(" Out: ")
    return first, comes, goes, touched


def with_figure(page: str) -> str:
    """Return the page with today's figure and table between the markers."""
    direct = rooms()
    before, _, rest = page.partition(BEGIN)
    _, _, behind = rest.partition(END)
    return f"{before}{BEGIN}{figure(direct)}\n{legend(direct)}{END}{behind}"


if __name__ == "__main__":
    PAGE.write_text(with_figure(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
