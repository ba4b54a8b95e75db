"""The pictures of a note that stand for themselves: on lines of their own, with what is said of them there.

A picture inside a sentence is a sign of it, a formula as a rule, and no figure. What a picture belongs to is not decided
here; see ``extract/illustrations.py``.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from cardsmith.model import Node, Picture, Span
from cardsmith.sources.prose import said
from cardsmith.text.latex import Formula

LONGEST_CREDIT = 300
"""Characters of a line that says whose a picture is."""
_IMG = re.compile(r"<img\b[^<>]{0,2000}>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_INLINE = re.compile(r"!\[(?P<alt>[^\[\]\n]*)\]\((?P<address>.+)\)\Z", re.DOTALL)
_TITLE = re.compile(r"""["'(](?P<title>[^"'()\n]{1,300})["')]\s*\)\Z""")
_SIZE = re.compile(r"(?:\||\A)\s*\d{1,5}(?:\s*x\s*\d{1,5})?\s*\Z")
"""What Obsidian writes behind a picture's name: how large it is shown."""
_CREDIT = re.compile(
    r"(?:(?:image|photo|picture|figure|fig\.)\s+)?(?:source|credits?|courtesy|licen[cs]e|attribution|adapted from|reproduced"
    r"|image (?:by|from)|photo (?:by|from)|figure from)\b|(?:图片?|圖片?)?(?:来源|來源|出处|出處|来自|來自|源自|版权|版權)|图源|圖源"
    r"|©|\(c\)\s|copyright\b|cc[ -]?(?:by|0)\b",
    re.IGNORECASE,
)
_BLANK = ("soft-break", "hard-break")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a note between two others of its level: words, pictures, or another block."""

    span: Span
    is_prose: bool = False
    pictures: tuple[Picture, ...] = ()


def levels(nodes: Iterable[Node], text: str, formulas: Mapping[int, Formula]) -> Iterator[list[Piece]]:
    """Yield the pieces of each level of a tree in order: of the section itself, of each list item and quotation.

    Linear in the text. ``formulas`` are those of the text by where they start.
    """
    nodes = list(nodes)
    yield list(_credited(piece for node in nodes for piece in _pieces(node, text, formulas)))
    for node in nodes:
        if node.kind not in ("paragraph", "definition-term", "table"):
            yield from levels(node.children, text, formulas) if _has_blocks(node) else ()


def _has_blocks(node: Node) -> bool:
    return node.kind in ("list", "item", "quote", "callout", "definition-list", "definition")


@dataclass(frozen=True, slots=True)
class _Credit:
    """A piece that says whose the picture before it is."""

    span: Span
    says: str


def _credited(pieces: Iterable[Piece | _Credit]) -> Iterator[Piece]:
    """Yield pieces, each picture with the line behind it that says whose it is; without a picture that line is prose."""
    last: Piece | None = None
    for piece in pieces:
        if isinstance(piece, Piece):
            if last:
                yield last
            last = piece
        elif last and last.pictures and not last.pictures[-1].credit:
            *others, own = last.pictures
            span = Span(last.span.start, piece.span.end)
            last = Piece(span, pictures=(*others, own._replace(credit=piece.says)))
        else:
            if last:
                yield last
            last = Piece(piece.span, is_prose=True)
    if last:
        yield last


def _pieces(node: Node, text: str, formulas: Mapping[int, Formula]) -> Iterator[Piece | _Credit]:
    if node.kind == "html-block":
        yield _of_html(node.span, text, formulas)
    elif node.kind == "paragraph":
        yield from _of_paragraph(node, text, formulas)
    elif node.kind not in ("hidden", "rule"):
        yield Piece(node.span)


def _of_html(span: Span, text: str, formulas: Mapping[int, Formula]) -> Piece:
    page = _COMMENT.sub(lambda comment: " " * len(comment.group()), text[span.start : span.end])
    tags = (tag for tag in _IMG.finditer(page) if span.start + tag.start() not in formulas)
    pictures = [_from_tag(tag.group(), span.start + tag.start()) for tag in tags]
    words = " ".join(html.unescape(_TAG.sub(" ", page)).split())
    if pictures and (credit := _CREDIT.match(words)) and len(words) <= LONGEST_CREDIT:
        pictures[-1] = pictures[-1]._replace(credit=words[credit.start() :])
    return Piece(span, pictures=tuple(pictures))


def _of_paragraph(node: Node, text: str, formulas: Mapping[int, Formula]) -> Iterator[Piece | _Credit]:
    """Yield the lines of pictures in a paragraph, the lines that say whose they are, and the words between them."""
    words: Span | None = None
    for line in _lines(node.children):
        span = Span(line[0].span.start, line[-1].span.end)
        pictures = _bare(line, text)
        credit = "" if pictures else _credit(line, span, text, formulas)
        if not pictures and not credit:
            words = Span(words.start if words else span.start, span.end)
            continue
        if words:
            yield Piece(words, is_prose=True)
            words = None
        yield Piece(span, pictures=tuple(pictures)) if pictures else _Credit(span, credit)
    if words:
        yield Piece(words, is_prose=True)


def _lines(nodes: Iterable[Node]) -> Iterator[list[Node]]:
    line: list[Node] = []
    for node in nodes:
        if node.kind not in _BLANK:
            line.append(node)
        elif line:
            yield line
            line = []
    if line:
        yield line


def _bare(line: Sequence[Node], text: str) -> list[Picture]:
    """Return the pictures of a line that holds nothing else but markup; none of any other."""
    pictures = []
    for node in line:
        inner = (
            [n for n in node.walk() if n.kind == "picture"]
            if node.kind in ("link", "emphasis", "strong")
            else []
        )
        piece = text[node.span.start : node.span.end]
        if node.kind == "picture":
            pictures.append(_from_markdown(node, text))
        elif inner and len(node.children) == 1:
            pictures.append(_from_markdown(inner[0], text))
        elif node.kind == "html":
            pictures += [_from_tag(tag.group(), node.span.start) for tag in _IMG.finditer(piece)]
        elif node.kind != "hidden" and piece.strip():
            return []
    return pictures


def _credit(line: Sequence[Node], span: Span, text: str, formulas: Mapping[int, Formula]) -> str:
    """Return what a line says of whose a picture is, with the addresses that it leads to; empty when it says no such thing."""
    if span.end - span.start > LONGEST_CREDIT:
        return ""
    says = " ".join(said(Node("paragraph", span, tuple(line)), text, formulas).split())
    if not _CREDIT.match(says.lstrip("(（[【")):
        return ""
    links = [node.name for top in line for node in top.walk() if node.kind == "link"]
    return " ".join([says, *(link for link in links if link.startswith("http") and link not in says)])


def _from_markdown(node: Node, text: str) -> Picture:
    source = text[node.span.start : node.span.end]
    inline = _INLINE.match(source)
    address = node.name or (inline["address"] if inline else "")
    alt = "".join(text[n.span.start : n.span.end] for n in node.children)
    alt = alt or (inline["alt"] if inline and not node.name else "")
    title = _TITLE.search(source)
    credit = title["title"] if title and _CREDIT.match(title["title"]) else ""
    return Picture(address, _alt(alt, address), node.span, credit, is_name=source.startswith("![["))


class _Tag(HTMLParser):
    """The attributes of one tag."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.own: dict[str, str] = {}

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the attributes."""
        self.own = self.own or {name: value or "" for name, value in attrs}


def _from_tag(tag: str, start: int) -> Picture:
    parser = _Tag()
    parser.feed(tag)
    address = parser.own.get("src", "").strip()
    return Picture(address, _alt(parser.own.get("alt", ""), address), Span(start, start + len(tag)))


def _alt(alt: str, address: str) -> str:
    """Return what a picture's description says, on one line: no size, and not only what its file is called."""
    alt = " ".join(_SIZE.sub("", html.unescape(alt)).split())
    return "" if alt in (address, address.rpartition("/")[2]) else alt
