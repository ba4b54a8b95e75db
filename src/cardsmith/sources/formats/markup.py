"""A tree of HTML to blocks of Markdown: headings, paragraphs, lists, tables, quotations, code.

Words and their structure are kept, layout is not. A tree is walked by its events, so its depth costs nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from cardsmith.sources.formats.derived import as_markdown, fenced
from cardsmith.sources.formats.mathematics import Held, class_of
from cardsmith.sources.formats.structure import Element, name_of
from cardsmith.text.shadow import HAN


class Block(NamedTuple):
    """A block of Markdown."""

    text: str
    is_item: bool = False
    """It may stand right below another item."""


_SKIPPED = {
    "script", "style", "noscript", "template", "head", "svg", "canvas", "iframe", "object", "embed", "form", "button",
    "select", "option", "input", "textarea", "nav", "del", "s", "strike", "rt", "rp", "audio", "video", "map", "dialog", "math",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "section", "article", "main", "header", "footer", "aside", "figure", "figcaption", "center", "address", "body",
    "details", "summary", "fieldset", "table", "caption", "tr", "td", "th", "dl", "hr", "thead", "tbody", "html",
}  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CODE = {"code", "kbd", "samp", "tt"}
_MARKS = {"strong": "**", "b": "**", "mark": "=="}
_UP = str.maketrans("0123456789+-=()nixyTt-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣʸᵀᵗ⁻")
_DOWN = str.maketrans("0123456789+-=()aeijoxhkmnpt", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₒₓₕₖₘₙₚₜ")
_BETWEEN_HAN = re.compile(rf"(?<=[{HAN}，。、；：])\s*\n\s*(?=[{HAN}])")
_LANGUAGE = re.compile(
    r"(?:^|\s)(?:language|lang|highlight-source|sourceCode|brush:)[-:\s]\s*(?P<name>[\w+#-]+)"
)
BOILERPLATE = frozenset({"footer", "aside"})
"""Parts of a page that are about the page; a document has none."""


@dataclass
class _Level:
    """A quotation or an item that blocks stand in."""

    marker: str
    """``> ``, or an item's own, which its first line has."""
    is_used: bool = False


def blocks(tree: Element, held: Held | None, besides: frozenset[str] = frozenset()) -> Iterator[Block]:
    """Yield the blocks of what a tree says, without the elements named in ``besides``. Linear.

    Formulas that are ``held`` are put back; with None the words in their places stay.
    """
    for block in _Walk(tree, _SKIPPED | besides).blocks():
        yield Block(held.restore(block.text), block.is_item) if held else block


class _Walk:
    def __init__(self, tree: Element, skipped: frozenset[str] | set[str]) -> None:
        self._tree = tree
        self._skipped = skipped
        self._said: list[str] = []
        self._levels: list[_Level] = []
        self._lists: list[int | None] = []
        self._marks: list[tuple[Element, int]] = []
        self._found: list[Block] = []

    def blocks(self) -> Iterator[Block]:
        etree.strip_tags(self._tree, etree.Comment, etree.ProcessingInstruction, etree.Entity)
        walk = etree.iterwalk(self._tree, events=("start", "end"))
        for event, element in walk:
            name = name_of(element)
            if event == "start":
                if self._start(element, name):
                    walk.skip_subtree()
                elif element.text:
                    self._say(element.text)
            else:
                self._end(element, name)
                if element.tail and element is not self._tree:
                    self._say(element.tail)
            yield from self._found
            self._found.clear()
        self._flush()
        yield from self._found

    def _say(self, text: str) -> None:
        self._said.append(as_markdown(re.sub(r"\s+", " ", _BETWEEN_HAN.sub("", text))))

    def _start(self, element: Element, name: str) -> bool:
        """Take the beginning of an element; tell whether what it holds was taken with it."""
        if name in self._skipped or element.get("hidden") is not None or _is_note_mark(element, name):
            return True
        if name in _CODE:
            code = " ".join("".join(element.itertext()).split())
            tick = "``" if "`" in code else "`"
            self._said.append(f"{tick}{code}{tick}" if code else "")
            return True
        if name in ("sup", "sub"):
            self._said.append(_shifted("".join(element.itertext()).strip(), up=name == "sup"))
            return True
        if name == "img":
            alt = as_markdown(" ".join((element.get("alt") or "").split())[:100])
            self._said.append(f"![{alt}](#)")
        elif name == "br":
            self._said.append("\n")
        elif name == "pre":
            self._flush()
            self._put(fenced("".join(_with_breaks(element)), _language(element)))
            return True
        elif name == "table" and (rows := _rows(element)):
            self._flush()
            self._put("\n".join(rows))
            return True
        elif name in ("ul", "ol", "menu"):
            self._flush()
            start = element.get("start") or "1"
            self._lists.append(int(start) if name == "ol" and start.isdigit() and len(start) < 9 else None)
        elif name == "li":
            self._flush()
            if _is_only_a_link(element):
                return True
            number = self._lists[-1] if self._lists else None
            self._levels.append(_Level("- " if number is None else f"{number}. "))
            if number is not None:
                self._lists[-1] = number + 1
        elif name == "blockquote":
            self._flush()
            self._levels.append(_Level("> "))
        elif name in _HEADINGS or name in _BLOCKS or name in ("dt", "dd"):
            self._flush()
        elif name in _MARKS:
            self._marks.append((element, len(self._said)))
        return False

    def _end(self, element: Element, name: str) -> None:
        if name in _HEADINGS:
            self._flush(_HEADINGS[name])
        elif name == "dt":
            self._term = "".join(self._said).strip()
            self._flush()
        elif name == "dd":
            self._flush(is_definition=True)
        elif name in _BLOCKS:
            self._flush()
        elif name == "li":
            self._flush()
            if self._levels and not self._levels[-1].marker.startswith(">"):
                self._levels.pop()
        elif name == "blockquote":
            self._flush()
            self._levels.pop()
        elif name in ("ul", "ol", "menu"):
            self._flush()
            self._lists.pop()
        elif self._marks and self._marks[-1][0] is element:
            _, start = self._marks.pop()
            inside = "".join(self._said[start:])
            if (bare := inside.strip()) and "\n" not in bare and "*" not in bare:
                before, behind = inside[: len(inside) - len(inside.lstrip())], inside[len(inside.rstrip()) :]
                self._said[start:] = [f"{before}{_MARKS[name]}{bare}{_MARKS[name]}{behind}"]

    def _flush(self, heading: int = 0, *, is_definition: bool = False) -> None:
        """Put what was said since the last block."""
        lines = [" ".join(line.split()) for line in "".join(self._said).split("\n")]
        self._said.clear()
        self._marks = [(element, 0) for element, _ in self._marks]
        text = "\\\n".join(line for line in lines if line)
        if not any(map(str.isalnum, text)):
            return
        if heading:
            text = text.replace("\\\n", " ")
            text = f"{'#' * heading} {text}" if not self._levels else f"**{text.replace('*', '')}**"
        self._put(f": {text}" if is_definition else text)

    def _put(self, text: str) -> None:
        is_item = bool(self._levels)
        lead = "".join(
            level.marker if level.marker == "> " or not level.is_used else " " * len(level.marker)
            for level in self._levels
        )
        follow = "".join(
            level.marker if level.marker == "> " else " " * len(level.marker) for level in self._levels
        )
        starts = is_item and any(not level.is_used and level.marker != "> " for level in self._levels)
        for level in self._levels:
            level.is_used = True
        first, *rest = text.split("\n")
        body = "\n".join([lead + first, *(follow + line for line in rest)])
        self._found.append(Block(body, starts))


def _with_breaks(element: Element) -> Iterator[str]:
    """Yield the texts of a block of code, a line end for each ``br``."""
    for node in element.iter(etree.Element):
        if name_of(node) == "br":
            yield "\n"
        elif node.text:
            yield node.text
        if node is not element and node.tail:
            yield node.tail


def _language(element: Element) -> str:
    inner = element[0] if len(element) else None
    classes = f"{class_of(element)} {class_of(inner)} {class_of(element.getparent())}"
    found = _LANGUAGE.search(classes)
    return found["name"] if found else ""


def _shifted(said: str, *, up: bool) -> str:
    """Return small signs above or below the line: without them 10⁵ would be 105."""
    moved = said.translate(_UP if up else _DOWN)
    if not any(a == b for a, b in zip(said, moved, strict=True)):
        return moved
    return ("^" if up else as_markdown("_")) + (said if len(said) == 1 else f"({as_markdown(said)})")


def _is_note_mark(element: Element, name: str) -> bool:
    """Tell the mark of a footnote, and the note itself as Word has it."""
    if name == "sup":
        return next(element.iter("a", "{*}a"), None) is not None
    return name == "li" and (element.get("id") or "").startswith(("footnote-", "endnote-"))


def _is_only_a_link(element: Element) -> bool:
    """Tell an item of a table of contents or of a list of links, which states nothing."""
    links = [child for child in element if name_of(child) in ("a", "span", "p", "div")]
    bare = (element.text or "") + "".join(child.tail or "" for child in element)
    if bare.strip() or len(links) != 1 or len(element) != 1:
        return False
    return name_of(links[0]) == "a" or _is_only_a_link(links[0])


_IN_NO_CELL = {"table", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "dl"}


def _rows(table: Element) -> list[str]:
    """Return a table's rows as Markdown; none where it is only there for the layout."""
    rows: list[list[str]] = []
    for element in table.iter(etree.Element):
        name = name_of(element)
        if element is not table and name in _IN_NO_CELL:
            return []
        if name == "tr":
            rows.append([])
        elif name in ("td", "th") and rows:
            rows[-1].append(" ".join("".join(_said_in(element)).split()))
    width = max(map(len, rows), default=0)
    if width < 2 or len(rows) < 2:
        return []
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in rows]
    return [lines[0], "|" + " --- |" * width, *lines[1:]]


def _said_in(cell: Element) -> Iterator[str]:
    """Yield what a cell says on one line."""
    walk = etree.iterwalk(cell, events=("start", "end"))
    for event, element in walk:
        name = name_of(element)
        if event == "start":
            if name in _SKIPPED:
                walk.skip_subtree()
            elif name in _CODE or name in ("sup", "sub"):
                inside = "".join(element.itertext()).strip()
                yield _shifted(inside, up=name == "sup") if name in ("sup", "sub") else f"`{inside}`"
                walk.skip_subtree()
            elif name == "br":
                yield " "
            else:
                yield " " if name in _BLOCKS else ""
                yield as_markdown(element.text or "")
        elif element.tail and element is not cell:
            yield as_markdown(element.tail)
