"""Notes to what a model is shown of them: pieces with their headings, packed so that a prompt is paid for seldom.

Of markup that says nothing to a reader only the words are sent: a picture's alternative text, a link's text, no address,
no HTML, no comment.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cardsmith.model import Excerpt, Node, Section
from cardsmith.text.shadow import key

ROOM = 3_000
"""Characters of notes in one request: at 440 the prompt costs three times as much a card, above 3,000 models overlook more."""
SHORTEST = 300
"""Characters of a piece that is still split when an answer about it was cut off."""

_SAYS_NOTHING = ("html", "html-block", "hidden", "metadata")
_NAMES = ("picture", "link")


@dataclass(frozen=True, slots=True)
class Piece:
    """A section of a note as a model is shown it, or a part of a long one."""

    note: Excerpt
    section: Section
    text: str

    @property
    def path(self) -> str:
        """The note's title and the headings above the piece, outermost first."""
        headings = [heading for heading in self.section.excerpt.headings if heading.strip()]
        own = [self.note.title] if self.note.title else []
        if own and headings and key(own[0]) == key(headings[0]):
            own = []
        return " > ".join(" ".join(name.split()) for name in (*own, *headings))

    @property
    def key(self) -> str:
        """16 hexadecimal digits of what is sent."""
        return hashlib.sha256(f"{self.path}\n{self.text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def length(self) -> int:
        """Characters that are sent."""
        return len(self.path) + len(self.text)


def cut(notes: Iterable[Excerpt]) -> Iterator[Piece]:
    """Yield what of notes is worth asking about, section by section, none longer than ``ROOM``."""
    for note in notes:
        for section in note.sections or (Section(0, note),):
            for text in _parts(_blocks(section.excerpt)):
                if any(sign.isalnum() for sign in text):
                    yield Piece(note, section, text)


def pack(pieces: Iterable[Piece]) -> list[tuple[Piece, ...]]:
    """Return pieces in their order, as many together as there is room for."""
    packs: list[list[Piece]] = []
    room = 0
    for piece in pieces:
        if not packs or piece.length > room:
            packs.append([])
            room = ROOM
        packs[-1].append(piece)
        room -= piece.length
    return [tuple(each) for each in packs]


def halved(pieces: Sequence[Piece]) -> list[tuple[Piece, ...]]:
    """Return pieces in two halves, a single one split where its text allows; nothing when it is too short for that."""
    if len(pieces) > 1:
        middle = len(pieces) // 2
        return [tuple(pieces[:middle]), tuple(pieces[middle:])]
    (piece,) = pieces
    if len(piece.text) < SHORTEST:
        return []
    at = _seam(piece.text, len(piece.text) // 2)
    halves = [text.strip("\n") for text in (piece.text[:at], piece.text[at:])]
    return [(replace(piece, text=text),) for text in halves if text.strip()]


def _blocks(excerpt: Excerpt) -> Iterator[str]:
    """Yield a text block by block (list items one by one), each with the white space behind it."""
    starts = [node.span.start for top in excerpt.nodes for node in (top, *_items(top))]
    if not excerpt.nodes:
        starts = [found.end() for found in re.finditer(r"\n\s*\n|\n", excerpt.text)]
    edges = sorted({0, *starts, len(excerpt.text)})
    for start, end in pairwise(edges):
        if text := _shown(excerpt.nodes, excerpt.text, start, end):
            yield text


def _items(node: Node) -> tuple[Node, ...]:
    return node.children if node.kind == "list" else ()


def _shown(nodes: Sequence[Node], text: str, start: int, end: int) -> str:
    """Return what a reader sees of ``text[start:end]``, with the marks of lists, tables, code and emphasis."""
    parts: list[str] = []
    at = start
    first = max(0, bisect_right(nodes, start, key=lambda node: node.span.start) - 1)
    for node in map(nodes.__getitem__, range(first, len(nodes))):
        if node.span.start >= end:
            break
        low, high = max(node.span.start, start), min(node.span.end, end)
        if low >= high:
            continue
        parts += [text[at:low], _said(node, text, low, high)]
        at = high
    return "".join([*parts, text[at:end]])


def _said(node: Node, text: str, start: int, end: int) -> str:
    if node.kind in _SAYS_NOTHING:
        return ""
    if node.kind in _NAMES:
        words = "".join(_said(child, text, *child.span) for child in node.children)
        return f"[{words}]" if node.kind == "picture" and words else words
    return _shown(node.children, text, start, end)


def _parts(blocks: Iterable[str]) -> Iterator[str]:
    """Yield blocks joined as far as there is room, those that are too long for it cut at seams."""
    whole = ""
    for block in blocks:
        rest = block
        if whole and len(whole) + len(rest) > ROOM:
            yield whole.strip("\n")
            whole = ""
        while len(rest) > ROOM:
            at = _seam(rest[:ROOM], ROOM)
            yield rest[:at].strip("\n")
            rest = rest[at:]
        whole += rest
    if whole.strip():
        yield whole.strip("\n")


_SEAMS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[。！？!?]|\.(?=\s)"),
    re.compile(r"[，,；;\s]"),
)
"""Where a text may be cut, the best ones first."""


def _seam(text: str, wanted: int) -> int:
    """Return where to cut a text: at the best seam not far from an offset, before its last character."""
    low, high = wanted // 2, min(len(text) - 1, wanted + wanted // 2)
    for seam in _SEAMS:
        places = [found.end() for found in seam.finditer(text, low, high)]
        if places:
            return min(places, key=lambda at: abs(at - wanted))
    return min(wanted, len(text) - 1)
