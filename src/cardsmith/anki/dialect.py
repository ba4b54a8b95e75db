r"""The Markdown of cards: Python-Markdown, brought to what GitHub and editors show.

Lists and tables need no blank line before them, lists nest by what their items are indented, a block of code may stand
wherever it belongs, ``#include`` is no heading. Code and escaped characters stand outside meanwhile (``outside``). Where
GitHub drops text (a row's cells beyond its header, a definition that nothing refers to) it stays.
"""

import re
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Self
from xml.etree import ElementTree as ET

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor, HashHeaderProcessor, ReferenceProcessor
from markdown.extensions.tables import TableProcessor

from cardsmith.anki.outside import Escapes, restored, with_code_held
from cardsmith.text.code import find_code

_BLOCK = re.compile("^[ ]*(\ue003\\d+\ue001)[ ]*$", re.MULTILINE)


def to_html(text: str) -> str:
    """Return Markdown as HTML; raw HTML is text, indented code is text, fenced code is highlighted.

    No U+E001 may stand in the text but behind a number, as ``render.hold_formulas`` leaves it.
    """
    code = find_code(text)
    converter = _converter()
    converter.reset()
    page: str = converter.convert("".join(with_code_held(text, code)))
    return restored(page, text, code)


class _Item(NamedTuple):
    """A line that may begin an item of a list."""

    kind: str
    """The bullet, or what stands behind the number."""
    number: str
    """Empty for a bullet."""
    offset: int
    """Columns before its content: what belongs to it is indented by as many."""
    content: str

    @classmethod
    def of(cls, line: str) -> Self | None:
        found = _ITEM.match(line)
        if not found or _RULE.fullmatch(line):
            return None
        gap = len(found["gap"]) if found["content"] and len(found["gap"]) < 5 else 1
        offset = found.end("kind") + gap
        return cls(found["kind"], found["number"] or "", offset, line[offset:])

    @property
    def may_follow_text(self) -> bool:
        """Tell whether it ends the paragraph above: an empty one does not, nor a number that is not one."""
        return bool(self.content.strip()) and self.number in ("", "1")


_ITEM = re.compile(
    r" {0,3}(?P<number>\d{1,9}(?=[.)]))?(?P<kind>(?<!\d)[-+*]|(?<=\d)[.)])(?P<gap> +|$)(?P<content>.*)"
)
_RULE = re.compile(r" {0,3}(?:(?:- *+){3,}+|(?:_ *+){3,}+|(?:\* *+){3,}+)")
_NO_TEXT = re.compile(rf" {{0,3}}(?:>|#{{1,6}}(?: |$))| *$|{_RULE.pattern}$|{_BLOCK.pattern}")
"""A line that begins no item, and neither goes on a paragraph nor can be gone on with."""
_QUOTED = re.compile(r"^ {0,3}> ?", re.MULTILINE)
MAX_DEPTH = 20
"""Of lists and quotations in one another: deeper ones are text."""


def _is_no_text(line: str) -> bool:
    return _Item.of(line) is not None or _NO_TEXT.match(line) is not None


class Lists(BlockProcessor):
    """Lists as CommonMark has them: see https://spec.commonmark.org/0.31.2/#list-items."""

    def test(self, parent: ET.Element, block: str) -> bool:  # noqa: ARG002
        """Tell whether a list begins in a block."""
        return len(self.parser.state) < MAX_DEPTH and self._first_row(block) is not None

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        """Read the list, and the text before it."""
        block = blocks.pop(0)
        row = self._first_row(block) or 0
        lines = block.split("\n")
        if row:
            self.parser.parseBlocks(parent, ["\n".join(lines[:row])])
        first = _Item.of(lines[row])
        blocks.insert(0, "\n".join(lines[row:]))
        if first:
            items, is_loose = _items(first, blocks)
            self._build(parent, first, items, "looselist" if is_loose else "list")

    @staticmethod
    def _first_row(block: str) -> int | None:
        lines = block.split("\n")
        follows_text = False
        for row, line in enumerate(lines):
            item = _Item.of(line)
            is_lone_sign = item is not None and not item.content.strip() and len(lines) == 1
            if item and (item.may_follow_text or not follows_text) and not is_lone_sign:
                return row
            follows_text = item is not None or not _NO_TEXT.match(line)
        return None

    def _build(self, parent: ET.Element, first: _Item, items: list[list[str]], state: str) -> None:
        element = ET.SubElement(parent, "ol" if first.number else "ul")
        if first.number not in ("", "1"):
            element.set("start", first.number)
        self.parser.state.set(state)
        for item in items:
            self.parser.parseBlocks(ET.SubElement(element, "li"), "\n".join(item).split("\n\n"))
        self.parser.state.reset()


def _items(first: _Item, blocks: list[str]) -> tuple[list[list[str]], bool]:
    """Take the items of the list that begins the blocks, as lines, and tell whether blank lines part them."""
    items: list[list[str]] = []
    offset = 0
    is_loose = has_lists = False
    while blocks:
        lines = deque(blocks.pop(0).split("\n"))
        is_blank = bool(items)
        while lines:
            line = lines[0]
            item = _Item.of(line)
            if not line:
                is_blank = True
            elif items and line[:offset].isspace():
                content = line[offset:]
                begins = _Item.of(content) is not None
                if is_blank:
                    is_loose |= not (has_lists and (begins or content.startswith(" ")))
                    items[-1].append("")
                items[-1].append(content)
                has_lists |= begins
                is_blank = False
            elif item and item.kind == first.kind:
                is_loose |= is_blank and bool(items)
                items.append([item.content])
                offset, has_lists, is_blank = item.offset, _Item.of(item.content) is not None, False
            elif is_blank or _is_no_text(line) or _NO_TEXT.match(items[-1][-1]):
                blocks.insert(0, "\n".join(lines))
                return items, is_loose
            else:
                items[-1].append(line.lstrip())
            lines.popleft()
    return items, is_loose


class Quotations(BlockProcessor):
    """Quotations: a line without the mark goes on a paragraph, and ends the quotation when it is anything else."""

    def test(self, parent: ET.Element, block: str) -> bool:  # noqa: ARG002
        """Tell whether a quotation begins in a block."""
        return len(self.parser.state) < MAX_DEPTH and _QUOTED.search(block) is not None

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        """Read the quotation, and the text before it."""
        block = blocks.pop(0)
        found = _QUOTED.search(block)
        start = found.start() if found else 0
        if start:
            self.parser.parseBlocks(parent, [block[:start].rstrip("\n")])
        inside: list[str] = []
        lines = deque(block[start:].split("\n"))
        while lines:
            marked = _QUOTED.match(lines[0])
            if not marked and (_is_no_text(lines[0]) or _NO_TEXT.match(inside[-1])):
                break
            inside.append(lines.popleft()[marked.end() if marked else 0 :])
        if lines:
            blocks.insert(0, "\n".join(lines))
        self.parser.state.set("blockquote")
        self.parser.parseChunk(ET.SubElement(parent, "blockquote"), "\n".join(inside))
        self.parser.state.reset()


class CodeBlocks(BlockProcessor):
    """Blocks of code, held outside: each is a paragraph of its own until it comes back."""

    def test(self, parent: ET.Element, block: str) -> bool:  # noqa: ARG002
        """Tell whether a block of code stands in a block."""
        return "\ue003" in block and _BLOCK.search(block) is not None

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        """Set the block of code between the text before and behind it."""
        block = blocks.pop(0)
        found = _BLOCK.search(block)
        if found:
            self.parser.parseBlocks(parent, [block[: found.start()].rstrip("\n")])
            ET.SubElement(parent, "p").text = found.group(1)
            if rest := block[found.end() :].lstrip("\n"):
                blocks.insert(0, rest)


class Headings(HashHeaderProcessor):
    """Headings: ``#include`` is none, and ``# C#`` keeps its sign."""

    RE = re.compile(r"(?:^|\n) {0,3}(?P<level>#{1,6})(?P<header> +[^\s#][^\n]*)(?:\n|$)")

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        """Read the heading, and the text before it."""
        super().run(parent, blocks)
        heading = parent[-1]
        text = (heading.text or "").rstrip("#")
        if not text or text.endswith(" "):
            heading.text = text.rstrip()


_BORDER = re.compile(r" {0,3}\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *")
_WIKI_LINK = re.compile(r"\[\[[^\[\]]*\]\]")
_PIPE = re.compile(r"(?<!\\)\|")


class Tables(TableProcessor):
    """Tables, also right behind text; no text of a cell is lost."""

    def test(self, parent: ET.Element, block: str) -> bool:
        """Tell whether a table begins in a block."""
        return self._first_row(parent, block) is not None

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        """Read the table, and the text before it."""
        lines = blocks[0].split("\n")
        row = self._first_row(parent, blocks[0]) or 0
        if row:
            self.parser.parseBlocks(parent, ["\n".join(lines[:row])])
            self._first_row(parent, "\n".join(lines[row : row + 2]))
        end = next((n for n in range(row + 2, len(lines)) if _is_no_text(lines[n])), len(lines))
        blocks[:1] = ["\n".join(lines[row:end]), *filter(None, ["\n".join(lines[end:])])]
        super().run(parent, blocks)

    def _first_row(self, parent: ET.Element, block: str) -> int | None:
        if "|" not in block:
            return None
        lines = block.split("\n")
        for row, border in enumerate(lines[1:]):
            if (
                "|" in border
                and _BORDER.fullmatch(border)
                and super().test(parent, f"{lines[row]}\n{border}")
            ):
                return row
        return None

    def _build_row(self, row: str, parent: ET.Element, align: Sequence[str | None]) -> None:
        """Build a row; cells beyond the header's stand in its last one."""
        cells = self._split_row(row)  # type: ignore[attr-defined]
        if len(cells) > len(align):
            row = "|".join([*cells[: len(align) - 1], r"\|".join(cells[len(align) - 1 :])])
            row = f"|{row}|" if self.border else row
        super()._build_row(row, parent, align)  # type: ignore[misc]

    def _split(self, row: str) -> list[str]:
        """Split a row into cells; the bar of a wiki link parts none."""
        held = _WIKI_LINK.sub(lambda link: _PIPE.sub(r"\\|", link.group()), row)
        cells: list[str] = super()._split(held)  # type: ignore[misc]
        return cells


class Definitions(ReferenceProcessor):
    """Where links go; a footnote is text, and so is what nothing refers to."""

    def run(self, parent: ET.Element, blocks: list[str]) -> bool:
        """Read the definitions of a block, if all of them are some."""
        if "]:" not in blocks[0]:
            return False
        text = "\n".join(self.parser.md.lines).casefold()  # type: ignore[attr-defined]
        names = {found.group(1).strip().casefold() for found in self.RE.finditer(blocks[0])}
        if any(name.startswith("^") or text.count(f"[{name}]") < 2 for name in names):
            return False
        return bool(super().run(parent, blocks))


@lru_cache(maxsize=1)
def _converter() -> Any:
    converter = Markdown(extensions=["tables"], output_format="html")
    parser = converter.parser
    converter.preprocessors.register(Escapes(converter), "escapes", 20)
    for name in ("indent", "code", "olist", "ulist", "quote"):
        parser.blockprocessors.deregister(name)
    parser.blockprocessors.register(Lists(parser), "lists", 95)
    parser.blockprocessors.register(CodeBlocks(parser), "code", 80)
    parser.blockprocessors.register(Tables(parser, {"use_align_attribute": False}), "table", 75)
    parser.blockprocessors.register(Headings(parser), "hashheader", 70)
    parser.blockprocessors.register(Quotations(parser), "quote", 20)
    parser.blockprocessors.register(Definitions(parser), "reference", 15)
    for registry, names in (
        (converter.preprocessors, ["html_block"]),
        (converter.inlinePatterns, ["html", "backtick"]),
    ):
        for name in names:
            registry.deregister(name)
    return converter
