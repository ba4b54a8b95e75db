"""What is printed on the pages of a PDF: pieces of text to lines in the order of reading, without the furniture.

A line knows where it stands and how it is set, nothing of what it says. See PDF 32000-1, 9.4.4.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from cardsmith.text.shadow import is_han

HOLE = "[公式]"
"""What stands for a formula, which is drawn and not written."""

_MATH_FONT = re.compile(
    r"CM(?:MI|SY|EX|BSY|MIB)|MSAM|MSBM|EU[FRS]M|RSFS|MT(?:MI|SY|EX)|MT-?Extra|Math|Symbol(?!a)|tx(?:sy|mi|ex)|px(?:sy|mi|ex)|WASY|Euclid",
    re.IGNORECASE,
)
_BOLD_FONT = re.compile(
    r"Bold|CMB|BX\d|Black|Heavy|Demi|SimHei|Heiti|NimbusRomNo9L-Medi|-Medi\b", re.IGNORECASE
)
BULLET = re.compile(r"[·□∗⁃✓o\u2013-](?=\s+\S)|[•◦▪■●○‣➢►▶\uf06c-\uf0ff]")
"""What begins an item; letters of Wingdings have places of their own (U+F000 and above)."""
BETWEEN_HOLES = re.compile(r"\[公式\](?:[\s()\[\]{}=+\-−±×·/|<>≤≥,.;:*′'\d]{0,12}(?:\[公式\]))+")
_PAGE_NUMBER = re.compile(
    r"(?:page\s*|第\s*)?[-–—\s]*(?:\d{1,4}|[ivxlc]{1,7})[-–—\s]*(?:(?:of|/)\s*\d{1,4}|页.*)?", re.IGNORECASE
)


class Piece(NamedTuple):
    """Text in one font, and where it begins."""

    text: str
    x: float
    y: float
    """From the bottom of the page, in points."""
    size: float
    font: str


@dataclass(slots=True)
class Line:
    """A line of a page, or of one of its columns."""

    page: int
    x: float
    y: float
    size: float
    pieces: list[Piece] = field(default_factory=list)
    text: str = ""
    is_bold: bool = False

    def end(self) -> float:
        """Return about where the line ends."""
        last = self.pieces[-1]
        return last.x + _width(last)


def _width(piece: Piece) -> float:
    """Return about how wide a piece is: Han are square, letters half as wide."""
    return piece.size * sum(1.0 if is_han(sign) else 0.48 for sign in piece.text)


def lines_of(pieces: Iterable[Piece], page: int) -> Iterator[Line]:
    """Yield the lines of a page in the order in which they are drawn; two columns that stand side by side are two lines."""
    line: Line | None = None
    for piece in pieces:
        if (
            line is not None
            and abs(piece.y - line.y) < 0.6 * max(line.size, piece.size)
            and _follows(line, piece)
        ):
            line.pieces.append(piece)
            if piece.size > line.size:
                line.y, line.size = piece.y, piece.size
            continue
        if line is not None:
            yield _said(line)
        line = Line(page, piece.x, piece.y, piece.size, [piece])
    if line is not None:
        yield _said(line)


def _follows(line: Line, piece: Piece) -> bool:
    """Tell whether a piece at a line's height is its next one, and not of another column."""
    gap = piece.x - line.end()
    return -2.5 * line.size - 0.3 * _width(line.pieces[-1]) < gap < 4 * line.size


def _said(line: Line) -> Line:
    """Return a line with its text: formulas are holes, small signs above and below it are so."""
    parts: list[str] = []
    for piece in line.pieces:
        bare = piece.text.strip()
        is_math = bool(_MATH_FONT.search(piece.font))
        is_small = piece.size < 0.8 * line.size
        if is_math and bare not in _NO_FORMULA and not BULLET.match(bare):
            parts.append(piece.text.replace(bare, HOLE))
        elif is_small and parts and parts[-1].endswith(HOLE):
            continue  # an index of the formula before
        elif is_small and abs(piece.y - line.y) > 0.1 * line.size and bare.isdigit():
            parts.append(bare.translate(_RAISED if piece.y > line.y else _LOWERED))
        else:
            parts.append(piece.text)
    line.text = " ".join(BETWEEN_HOLES.sub(HOLE, "".join(parts)).split())
    letters = sum(len(piece.text) for piece in line.pieces)
    bold = sum(len(piece.text) for piece in line.pieces if _BOLD_FONT.search(piece.font))
    line.is_bold = bold > 0.8 * letters
    return line


_NO_FORMULA = frozenset(".,·∗*−-|")
"""Signs that text borrows from fonts for formulas."""
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def body_size(lines: Iterable[Line]) -> float:
    """Return the size in which most is written."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return max(sizes, key=lambda size: (sizes[size], size), default=10.0)


# --- pages

EDGE = 3
"""Lines at the top and at the bottom of a page that may be its furniture."""


def without_furniture(pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Return pages without their numbers and without what recurs at their edges."""
    edges = [{id(line) for line in _edge(lines)} for lines in pages]
    seen: Counter[tuple[str, int]] = Counter()
    for lines, edge in zip(pages, edges, strict=True):
        seen.update({_look(line) for line in lines if id(line) in edge})
    often = 2 if len(pages) < 5 else 3
    return [
        [
            line
            for line in lines
            if id(line) not in edge
            or (seen[_look(line)] < often and not (_PAGE_NUMBER.fullmatch(line.text) and len(pages) > 1))
        ]
        for lines, edge in zip(pages, edges, strict=True)
    ]


def _edge(lines: Sequence[Line]) -> list[Line]:
    by_height = sorted(lines, key=lambda line: line.y)
    return [*by_height[:EDGE], *by_height[-EDGE:]]


def _look(line: Line) -> tuple[str, int]:
    """Return by what furniture is known again: its words, whatever number, and its height."""
    return re.sub(r"\d+", "#", line.text), round(line.y / 8)


def in_order(lines: list[Line]) -> list[Line]:
    """Return a page's lines in the order of reading: two columns whose rows are drawn alternately, one by one."""
    if len(lines) < 8:
        return lines
    left, right = min(line.x for line in lines), max(line.end() for line in lines)
    middle = (left + right) / 2
    is_right = [line.x > middle - 0.02 * (right - left) for line in lines]
    turns = sum(a != b for a, b in pairwise(is_right))
    if not (0.25 < sum(is_right) / len(lines) < 0.75) or turns < 0.3 * len(lines):
        return lines
    ordered: list[Line] = []
    band: list[Line] = []
    for line in (*sorted(lines, key=lambda line: (-line.y, line.x)), None):
        if line is None or (line.x < middle and line.end() > middle + 0.15 * (right - left)):
            ordered += [line for line in band if line.x <= middle] + [
                line for line in band if line.x > middle
            ]
            band = []
            ordered += [line] if line else []
        else:
            band.append(line)
    return ordered
