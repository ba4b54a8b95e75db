"""Cards of several lines: ``?`` between the sides (Spaced Repetition), ``Q:`` and ``A:``, ``START`` and ``END``, ``---``.

https://www.stephenmwangi.com/obsidian-spaced-repetition/flashcards/qanda-cards/,
https://github.com/ObsidianToAnki/Obsidian_to_Anki/wiki (note formatting, and its regular expressions for questions),
https://github.com/eudoxia0/hashcards, https://mochi.cards/docs/markdown/advanced-formatting (``---``).
"""

import re
from collections.abc import Iterator

from cardsmith.extract.authored.base import Family, Written
from cardsmith.extract.authored.page import Page
from cardsmith.text.clozes import OPENING

_LABEL = r"(?P<bold>\*\*|__)?(?:{})\s?(?P<number>\d{{0,3}})\s?(?:(?P=bold)\s?[:：]|[:：]\s?(?P=bold)|[:：](?P<open>))\s*"
"""How a side begins; bold letters end before or right behind the colon, else the words are bold as well."""
_QUESTION = re.compile(_LABEL.format("Q|Question|问题?|問題?|提问|提問"), re.IGNORECASE)
_ANSWER = re.compile(_LABEL.format("A|Answer|答案?|回答|解答"), re.IGNORECASE)
_CHOICE = re.compile(r"B\s?[:：]")
"""The second of several answers to choose from: then ``A:`` is the first of them."""
_GOES_ON = re.compile(r"[:：]$")
_FIELD = re.compile(r"[A-Z][\w ]{0,30}:(?=\s|$)")
_INLINE_FRAME = re.compile(
    r"STARTI[ \t]+\[(?P<type>[^\]\n]{1,60})\][ \t]*(?P<card>[^\n]{1,2000}?)[ \t]*ENDI\b"
)


def divided(page: Page) -> Iterator[Written]:
    """Yield cards whose sides touch a line of ``?`` (``??``: both directions), or with ``---`` between them."""
    for number, line in enumerate(page.lines):
        sign = page.text[line.start : line.end]
        if line.in_code or not page.is_free(line):
            continue
        if sign in ("?", "??") and page.is_meant(page.settings.lines, line):
            first, last = page.run_to(number), page.run_from(number + 1)
        elif sign.strip("-") == "" and len(sign) > 2 and page.is_meant(page.settings.rules, line):
            first, last = _above(page, number), _below(page, number)
        else:
            continue
        yield from _sides(page, first, number, number + 1, last, reverse=sign == "??")


def _above(page: Page, number: int) -> int:
    while number > 0 and page.lines[number - 1].is_blank:
        number -= 1
    return page.run_to(number)


def _below(page: Page, number: int) -> int:
    number += 1
    while number < len(page.lines) and page.lines[number].is_blank:
        number += 1
    return page.run_from(number)


def _sides(
    page: Page, first: int, middle: int, behind: int, last: int, *, reverse: bool = False
) -> Iterator[Written]:
    """Yield the card whose front is the lines from first to middle, the heading when there are none, and its back the rest."""
    if behind >= last or behind >= len(page.lines):
        return
    end = page.lines[last - 1].stop
    back = page.trimmed(page.lines[behind].begin, end)
    if first < middle:
        front = page.trimmed(page.lines[first].start, page.lines[middle - 1].stop)
        said = page.words(*front)
        start = front.start
    elif page.excerpt.headings and not page.text[: page.lines[middle].begin].strip():
        said, start = page.excerpt.headings[-1], back.start
    else:
        return
    words = page.words(page.lines[behind].begin, back.end)
    if said.strip() and words.strip():
        page.claim(page.lines[first].begin if first < middle else page.lines[middle].begin, end)
        yield Written(page.trimmed(start, back.end), said, words, reverse=reverse)


def underlined(page: Page) -> Iterator[Written]:
    """Yield the card whose front is a heading with dashes below it, where ``---`` parts sides."""
    if (
        page.excerpt.tagging.is_underlined
        and page.is_meant(page.settings.rules, page.lines[0])
        and page.is_free(page.lines[0])
    ):
        yield from _sides(page, 0, 0, 0, page.run_from(0))


def asked(page: Page) -> Iterator[Written]:
    """Yield the cards that ``Q:`` and ``A:`` begin; an answer ends at an empty line, unless nothing but that stands above it."""
    for number, line in enumerate(page.lines):
        if line.in_code or not page.is_free(line) or not page.is_meant(page.settings.questions, line):
            continue
        answer = _ANSWER.match(page.shade, line.start, line.end)
        if not answer or (asked := _question(page, number, answer["number"])) is None:
            continue
        first, front = asked
        last = _end_of_answer(page, number, answer.end())
        if any(
            _CHOICE.match(page.shade, choice.start, choice.end) for choice in page.lines[number + 1 : last]
        ):
            continue
        back = page.trimmed(answer.end(), page.lines[last - 1].stop)
        words = page.words(*back)
        start = page.lines[first].start if first < number else back.start
        if front.strip() and words.strip():
            page.claim(page.lines[first].begin, back.end)
            yield Written(page.trimmed(start, back.end), front, _bold(answer) + words)


def _bold(label: re.Match[str]) -> str:
    """Return the mark of bold letters that begin with a label and go on behind it."""
    return label["bold"] if label["bold"] and label["open"] is not None else ""


def _question(page: Page, number: int, label: str) -> tuple[int, str] | None:
    """Return the first line of the question that is answered in a line, and what it says; None when none is."""
    at = number - 1
    while at >= 0 and page.is_free(page.lines[at]) and not page.lines[at].in_code:
        line = page.lines[at]
        if _ANSWER.match(page.shade, line.start, line.end):
            return None
        if question := _QUESTION.match(page.shade, line.start, line.end):
            end = page.lines[number - 1].stop
            fits = question["number"] == label or not label
            return (at, _bold(question) + page.words(*page.trimmed(question.end(), end))) if fits else None
        at -= 1
    if at < 0 and not page.text[: page.lines[number].begin].strip() and page.excerpt.headings:
        heading = page.excerpt.headings[-1]
        if question := _QUESTION.match(heading):
            return number, heading[question.end() :]
    return None


def _end_of_answer(page: Page, number: int, start: int) -> int:
    """Return the index behind an answer's last line."""
    last = number + 1
    is_empty = start >= page.lines[number].end
    while True:
        while last < len(page.lines) and not page.lines[last].is_blank:
            line = page.lines[last]
            if not line.in_code and _QUESTION.match(page.shade, line.start, line.end):
                return last
            last += 1
        following = _below(page, last - 1)
        above = page.lines[last - 1]
        goes_on = is_empty or _GOES_ON.search(page.text, above.start, above.end)
        if not goes_on or following <= last or following > len(page.lines):
            return last
        is_empty = False
        while page.lines[last].is_blank:
            last += 1


def framed(page: Page) -> Iterator[Written]:
    """Yield the cards between ``START`` and ``END``, and between ``STARTI [type]`` and ``ENDI``."""
    at = 0
    while at < len(page.lines):
        line = page.lines[at]
        at += 1
        if line.in_code or not page.is_free(line) or not page.is_meant(page.settings.frames, line):
            continue
        if inline := _INLINE_FRAME.search(page.text, line.start, line.stop):
            back = inline["card"].find("Back:")
            start = inline.start("card")
            if back > 0:
                page.claim(line.begin, line.stop)
                yield _framed(
                    page,
                    inline["type"],
                    (start, start + back),
                    (start + back + 5, inline.end("card")),
                    inline.span(),
                )
            continue
        if page.text[line.start : line.end] != "START":
            continue
        end = next(
            (n for n in range(at, min(len(page.lines), at + 400)) if _says(page, n) in ("END", "START")), at
        )
        if _says(page, end) == "END" and end > at + 1:
            yield from _frame(page, at, end)
            at = end + 1


def _says(page: Page, number: int) -> str:
    return page.text[page.lines[number].start : page.lines[number].end] if number < len(page.lines) else ""


def _frame(page: Page, first: int, end: int) -> Iterator[Written]:
    fields: list[tuple[str, int, int]] = [("", page.lines[first + 1].begin, page.lines[first + 1].begin)]
    for line in page.lines[first + 1 : end]:
        found = None if line.in_code else _FIELD.match(page.text, line.start, line.end)
        if found:
            fields.append((found.group()[:-1].casefold(), found.end(), line.stop))
        else:
            fields[-1] = (*fields[-1][:2], line.stop)
    by_name = {name: (start, stop) for name, start, stop in fields}
    front = next((by_name[name] for name in ("front", "text") if name in by_name), by_name[""])
    back = by_name.get("back", by_name.get("", front) if "text" in by_name else None)
    page.claim(page.lines[first - 1].begin, page.lines[end].stop)
    span = page.trimmed(front[0], max(front[1], back[1] if back else 0))
    yield _framed(page, _says(page, first), front, back, span)


def _framed(
    page: Page, kind: str, front: tuple[int, int], back: tuple[int, int] | None, span: tuple[int, int]
) -> Written:
    said = page.words(*page.trimmed(*front))
    if OPENING.search(said):
        return Written(page.trimmed(*front), text=said)
    answer = page.words(*page.trimmed(*back)) if back else ""
    return Written(page.trimmed(*span), said, answer, reverse="reversed" in kind.casefold())


FRAMES = Family("frame", framed)
DIVIDED = Family("sides", divided)
UNDERLINED = Family("sides", underlined)
ASKED = Family("question", asked)
