"""Tables whose header says question and answer: each row is a card."""

import re
from collections.abc import Iterator
from itertools import pairwise

from cardsmith.extract.authored.base import Family, Written
from cardsmith.extract.authored.page import Line, Page
from cardsmith.model import Span

_ASKED = {
    "q",
    "question",
    "questions",
    "front",
    "问题",
    "問題",
    "问",
    "問",
    "正面",
    "题目",
    "題目",
    "提问",
    "提問",
}
_ANSWERED = {"a", "answer", "answers", "back", "答案", "答", "回答", "解答", "反面", "背面"}
_EDGE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_BAR = re.compile(r"(?<!\\)\|")


def find(page: Page) -> Iterator[Written]:
    """Yield a card for each row with both cells, whatever other columns there are."""
    for number, line in enumerate(page.lines[:-2]):
        if "|" not in page.text[line.begin : line.stop] or line.in_code or not page.is_free(line):
            continue
        below = page.lines[number + 1]
        if not _EDGE.fullmatch(page.text, below.start if below.quoted else below.begin, below.stop):
            continue
        columns = _columns(page, line)
        if columns and page.is_meant(page.settings.tables, line):
            yield from _rows(page, number, *columns)


def _columns(page: Page, header: Line) -> tuple[int, int] | None:
    names = [re.sub(r"[*_`\s]", "", page.text[slice(*cell)]).casefold() for cell in _cells(page, header)]
    asked = next((number for number, name in enumerate(names) if name in _ASKED), None)
    answered = next((number for number, name in enumerate(names) if name in _ANSWERED), None)
    return None if asked is None or answered is None else (asked, answered)


def _rows(page: Page, header: int, asked: int, answered: int) -> Iterator[Written]:
    last = header + 2
    while last < len(page.lines) and "|" in page.text[page.lines[last].begin : page.lines[last].stop]:
        cells = _cells(page, page.lines[last])
        last += 1
        if max(asked, answered) >= len(cells):
            continue
        front, back = cells[asked], cells[answered]
        said, answer = _words(page, front), _words(page, back)
        if said and answer:
            yield Written(Span(min(front.start, back.start), max(front.end, back.end)), said, answer)
    page.claim(page.lines[header].begin, page.lines[last - 1].stop)


def _words(page: Page, cell: Span) -> str:
    return page.words(*cell).replace("\\|", "|")


def _cells(page: Page, line: Line) -> list[Span]:
    """Return where a row's cells stand, without the blanks around them."""
    start, end = line.start, line.end
    start += page.shade.startswith("|", start)
    bars = [bar.start() for bar in _BAR.finditer(page.shade, start, end)]
    edges = [start - 1, *bars, *([] if bars and bars[-1] == end - 1 else [end])]
    cells = []
    for left, right in pairwise(edges):
        piece = page.text[left + 1 : right]
        at = left + 1 + len(piece) - len(piece.lstrip())
        cells.append(Span(at, max(at, at + len(piece.strip()))))
    return cells


FAMILY = Family("table", find)
