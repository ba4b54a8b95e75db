"""Pages of a PDF to Markdown: lines by where they stand on the page, paragraphs by the distance of lines, headings by size.

pypdf gives pieces of text in the order in which a page is drawn, each with place, size and font. That order is the order
of reading nearly always; where it runs along the rows of two columns, the columns are read one after the other. What
recurs at the edges of pages is furniture. A formula is drawn, not written: runs in mathematical fonts are the hole
``[公式]``. See PDF 32000-1, 9.4.4 for where glyphs stand.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from statistics import median
from typing import Any

from pypdf import PdfReader

from cardsmith.errors import CardsmithError
from cardsmith.sources.formats.derived import Blocks, Derived, as_markdown, locked
from cardsmith.sources.formats.printed import (
    BETWEEN_HOLES,
    BULLET,
    HOLE,
    Line,
    Piece,
    body_size,
    in_order,
    lines_of,
    without_furniture,
)
from cardsmith.text.shadow import is_han

MAX_OPERATIONS = 5_000_000
"""Of all pages together: forms that draw forms may say a page's text a billion times."""
_WORKS = re.compile(
    r"(?:[\dIVXA-Z.]{0,6}\s+)?(?:references|bibliography|literature cited|works cited|参考文献|參考文獻)\W*",
    re.IGNORECASE,
)
"""The heading of a list of works: their titles state nothing."""
_CAPTION = re.compile(r"(?:Fig(?:ure|\.)|Table|Listing|Algorithm|图|表)\s*\d")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00ad": "-", "\xa0": " ", "\t": " ", "\0": ""})  # fmt: skip
_NUMBERED = re.compile(
    r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+\S|(?:[IVX]{1,5}|[A-Z])\.\s+\S|第[一二三四五六七八九十\d]{1,3}[章节]"
)
_ENDS = tuple(".!?。！？:：;；")


def read(raw: bytes, name: str) -> Derived:
    """Return what a PDF says; its parts are its pages."""
    pages = [list(lines_of(pieces, number)) for number, pieces in enumerate(_pages(raw, name), 1)]
    pages = [in_order(lines) for lines in without_furniture(pages)]
    lines = [line for page in pages for line in page]
    body = body_size(lines)
    words = _words(lines)
    sizes = sorted({round(line.size) for line in lines if line.size > 1.15 * body}, reverse=True)
    derived = Blocks()
    is_list_of_works = False
    for paragraph in _closed_up(_paragraphs(lines), body):
        said = _joined(paragraph, words)
        if HOLE not in said and not any(map(str.isalpha, said)):
            continue  # numbers along the axis of a figure
        if _is_spelt_out(said):
            continue
        level = _level(paragraph, said, body, sizes)
        is_list_of_works = bool(_WORKS.fullmatch(said)) if level else is_list_of_works
        if is_list_of_works:
            continue
        if level:
            derived.add(f"{'#' * level} {as_markdown(said)}", f"page={paragraph[0].page}")
            continue
        bullet = BULLET.match(said)
        text = "- " + as_markdown(said[bullet.end() :].strip()) if bullet else as_markdown(said)
        derived.add(text, f"page={paragraph[0].page}", is_item=bool(bullet))
    return derived.done()


def _pages(raw: bytes, name: str) -> Iterator[list[Piece]]:
    """Yield the pieces of each page.

    Raises:
        CardsmithError: the file has a password.

    """
    reader = PdfReader(io.BytesIO(raw), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise locked(name)
    left = MAX_OPERATIONS

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OverflowError

    for page in reader.pages:
        pieces: list[Piece] = []

        def see(
            text: str, cm: list[float], tm: list[float], font: Any, size: float, to: list[Piece] = pieces
        ) -> None:
            said = text.translate(_LIGATURES).replace("\n", "")
            a, b, c, d = (
                tm[0] * cm[0] + tm[1] * cm[2],
                tm[0] * cm[1] + tm[1] * cm[3],
                tm[2] * cm[0] + tm[3] * cm[2],
                tm[2] * cm[1] + tm[3] * cm[3],
            )
            if said.strip() and abs(b) <= abs(a):  # a rotated text is a stamp or a label
                x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
                y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
                base = str((font or {}).get("/BaseFont", "")).rpartition("+")[2]
                to.append(Piece(said, x, y, abs(size) * abs(a * d - b * c) ** 0.5 or 1.0, base))

        with suppress(OverflowError):
            page.extract_text(visitor_text=see, visitor_operand_before=count)
        if left < 0:  # pypdf takes an error inside a form for a damaged form
            message = f"its pages are drawn in more than {MAX_OPERATIONS:,} steps"
            hint = "it is made to fill a machine; take it out of the folder, or split it if it is yours"
            raise CardsmithError.at(name, "source-too-long", message, hint)
        yield pieces


# --- paragraphs


def _paragraphs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    gaps = [a.y - b.y for a, b in pairwise(lines) if a.page == b.page and 0 < a.y - b.y < 3 * a.size]
    leading = median(gaps) if gaps else 12.0
    paragraph: list[Line] = []
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else None
        if paragraph and _begins(line, paragraph[-1], following, leading):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _closed_up(paragraphs: Iterable[list[Line]], body: float) -> list[list[Line]]:
    """Return paragraphs of which none is parted by a figure, a footnote or the end of a page."""
    closed: list[list[Line]] = []
    waiting: list[Line] | None = None
    for paragraph in paragraphs:
        first = paragraph[0]
        if abs(first.size - body) > 0.08 * body or _CAPTION.match(first.text):
            closed.append(paragraph)
            continue
        if (
            waiting
            and first.text[0].islower()
            and not BULLET.match(first.text)
            and first.page - waiting[-1].page < 3
        ):
            waiting += paragraph
        else:
            closed.append(paragraph)
            waiting = paragraph
        waiting = None if waiting[-1].text.endswith(_ENDS) else waiting
    return closed


def _words(lines: Iterable[Line]) -> set[str]:
    """Return the words of all lines, without those that the end of a line parts."""
    words: set[str] = set()
    is_parted = False
    for line in lines:
        found = re.findall(r"\w+(?:-\w+)*-?", line.text)
        words.update(found[is_parted : len(found) - line.text.endswith("-")])
        is_parted = line.text.endswith("-")
    return words


def _begins(line: Line, before: Line, following: Line | None, leading: float) -> bool:
    """Tell whether a line begins a paragraph."""
    if (
        abs(line.size - before.size) > 0.08 * before.size
        or line.is_bold != before.is_bold
        or BULLET.match(line.text)
    ):
        return True
    down = before.y - line.y
    if line.page != before.page or down < -0.5 * leading:  # the next page or column
        goes_on = line.text[:1].islower() or is_han(line.text[:1]) or before.text.endswith("-")
        return before.text.endswith(_ENDS) or not goes_on
    if down > 1.4 * max(leading, min(1.25 * line.size, 1.3 * leading)) and down > 1.45 * leading:
        return True
    if HOLE in (line.text, before.text):
        return False
    is_indented = line.x - before.x > 0.8 * line.size
    returns = following is None or following.page != line.page or line.x - following.x > 0.8 * line.size
    return is_indented and returns and before.text.endswith(_ENDS)


def _joined(paragraph: Sequence[Line], words: set[str]) -> str:
    """Return a paragraph on one line: words that a hyphen parts are one again, unless they have it elsewhere as well."""
    said = paragraph[0].text
    for line in paragraph[1:]:
        broken = re.search(r"(\w+)-\Z", said)
        rest = re.match(r"[^\W\d_]+", line.text)
        if broken and rest and line.text[0].islower():
            whole = broken[1] + rest.group()
            halves = {broken[1], rest.group()}
            keeps = f"{broken[1]}-{rest.group()}" in words or (halves <= words and min(map(len, halves)) > 2)
            keeps = keeps and whole not in words
            said = said if keeps else said[:-1]
        elif not is_han(line.text[:1]) or not (is_han(said[-1:]) or said[-1:] in set("，。、；：")):
            said += " "
        said += line.text
    return BETWEEN_HOLES.sub(HOLE, said)


def _is_spelt_out(said: str) -> bool:
    """Tell text whose letters are set one by one, so that nobody knows where a word ends."""
    words = said.split()
    single = sum(len(word) == 1 and word.isascii() and word.isalpha() for word in words)
    return len(words) > 7 and single * 2 > len(words)


def _level(paragraph: Sequence[Line], said: str, body: float, sizes: Sequence[int]) -> int:
    """Return a heading's level; 0 for text."""
    line = paragraph[0]
    if (
        BULLET.match(said)
        or len(said) > 120
        or len(paragraph) > 3
        or said.endswith((".", "。", ",", "，", "-"))
        or not any(map(str.isalpha, said))
    ):
        return 0
    if HOLE in said and len(said.replace(HOLE, "").split()) < 2:
        return 0
    if line.size > 1.15 * body:
        return min(3, sizes.index(round(line.size)) + 1 if round(line.size) in sizes else 3)
    numbered = _NUMBERED.match(said)
    if line.is_bold and line.size > 0.95 * body:
        return min(6, 3 + (numbered["number"] or "").count(".")) if numbered else 4 if len(said) < 80 else 0
    return 0
