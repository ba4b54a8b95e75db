"""Blocks that a tag or a callout makes a card: ``#card`` of Logseq, Flashcards and Neuracache, ``> [!card] …``.

https://docs.logseq.com/#/page/flashcards (the block asks, its children answer), https://github.com/reuseman/flashcards-obsidian
(what stands below a line or a heading answers), https://github.com/ObsidianToAnki/Obsidian_to_Anki/wiki (Neuracache).
"""

import re
from collections.abc import Iterator

from cardsmith.extract.authored.base import Family, Written
from cardsmith.extract.authored.page import REVERSED, Line, Page
from cardsmith.model import Span

_CALLOUT = re.compile(
    r"\[!(?P<type>card|flashcard|question|faq|help)\](?P<fold>[+-]?)[ \t]*:?[ \t]*(?P<title>[^\n]*)",
    re.IGNORECASE,
)


def items(page: Page) -> Iterator[Written]:
    """Yield the list items that bear a mark, each answered by the items below it; without any, by its lines behind the mark.

    A card among the items that answer is part of the answer and a card of its own; what proves the outer one ends before it.
    """
    answers: list[Span] = []
    for number, line in enumerate(page.lines):
        if not line.marker or line.in_code or not page.is_free(line):
            continue
        behind = _end_of_item(page, number)
        marked = next((at for at in range(number, behind) if page.mark_of(page.lines[at].tags)), None)
        if marked is None or (line.is_blank and marked == number):
            continue
        last = _end_of_children(page, line, behind)
        behind, last = (behind, last) if last > behind else (marked + 1, behind)
        if last == behind:
            continue
        front = page.trimmed(line.start, page.lines[behind - 1].stop)
        back = page.trimmed(page.lines[behind].begin, page.lines[last - 1].stop)
        said, words = page.words(*front), _unlisted(page.words(page.lines[behind].begin, back.end))
        if said.strip() and words.strip():
            inner = any(page.mark_of(below.tags) for below in page.lines[behind:last])
            page.claim(line.begin, front.end if inner else back.end)
            answers.append(back)
            reverse = REVERSED.search(page.mark_of(page.lines[marked].tags))
            span = page.trimmed(front.start, front.end if inner else back.end)
            yield Written(span, said, words, reverse=bool(reverse))
    for answer in answers:
        page.claim(*answer)


def _end_of_item(page: Page, number: int) -> int:
    """Return the index behind an item's own text: the lines below that are indented and no items."""
    depth = page.lines[number].depth
    number += 1
    while number < len(page.lines):
        line = page.lines[number]
        if (line.is_blank and not line.tags) or line.marker or line.depth <= depth:
            break
        number += 1
    return number


def _end_of_children(page: Page, item: Line, number: int) -> int:
    """Return the index behind the last line below an item's text that is indented more and no card yet."""
    last = number
    while number < len(page.lines):
        line = page.lines[number]
        if line.is_blank and not line.tags:
            number += 1
            continue
        if line.depth <= item.depth or not page.is_free(line):
            break
        number = last = number + 1
    return last


_ITEM = re.compile(r"(?:[-*+•]|\d{1,3}[.)])[ \t]+")


def _unlisted(words: str) -> str:
    """Return the words of a list of one item without its marker; of more, as they are."""
    lines = words.split("\n")
    if not _ITEM.match(words) or any(line and not line.startswith(" ") for line in lines[1:]):
        return words
    width = _ITEM.match(words).end()  # type: ignore[union-attr] # it has just matched
    rest = [line[min(width, len(line) - len(line.lstrip())) :] for line in lines[1:]]
    return "\n".join([lines[0][width:], *rest])


def paragraphs(page: Page) -> Iterator[Written]:
    """Yield the paragraphs in which a line ends in a mark, answered by the lines below, or by the next paragraph."""
    for number, line in enumerate(page.lines):
        mark = "" if line.marker or line.in_code or not page.is_free(line) else page.mark_of(line.tags)
        first = _first_of_paragraph(page, number) if mark else number
        is_bare = line.is_blank and first == number
        if not mark or (is_bare and page.has_tag(line.tags)):
            continue
        behind = number + 1
        if not line.is_blank or first < number:
            while behind < len(page.lines) and page.lines[behind].is_blank and not page.lines[behind].tags:
                behind += 1
        last = page.run_from(behind)
        if not is_bare:
            said, start = (
                page.words(*page.trimmed(page.lines[first].start, line.stop)),
                page.lines[first].start,
            )
        elif page.excerpt.headings and not page.text[: line.begin].strip():
            said, start = page.excerpt.headings[-1], line.stop
        else:
            continue
        back = page.trimmed(page.lines[behind].begin, page.lines[last - 1].stop) if last > behind else (0, 0)
        words = page.words(*back)
        if said.strip() and words.strip():
            page.claim(page.lines[first].begin, back[1])
            yield Written(page.trimmed(start, back[1]), said, words, reverse=bool(REVERSED.search(mark)))


def _first_of_paragraph(page: Page, number: int) -> int:
    """Return the index of the first line of the paragraph that a line belongs to; items of lists are none of it."""
    while number > 0:
        above = page.lines[number - 1]
        if above.is_blank or above.marker or above.in_code or not page.is_free(above):
            break
        number -= 1
    return number


def sections(page: Page) -> Iterator[Written]:
    """Yield the section whose heading bears a mark, when nothing in it is a card by itself."""
    mark = page.mark_of(page.excerpt.tagging.heading)
    if not mark or page.claimed or not page.excerpt.headings:
        return
    back = page.trimmed(0, len(page.text))
    words = page.words(*back)
    if words.strip():
        page.claim(0, len(page.text))
        yield Written(back, page.excerpt.headings[-1], words, reverse=bool(REVERSED.search(mark)))


def callouts(page: Page) -> Iterator[Written]:
    """Yield callouts of the type card, and questions that are folded or stand where cards are meant."""
    when = page.settings.callouts
    for number, line in enumerate(page.lines):
        found = (
            _CALLOUT.match(page.text, line.start, line.end) if line.quoted and page.is_free(line) else None
        )
        if not found or when == "never":
            continue
        asks = found["title"].rstrip().endswith(("?", "？"))
        is_certain = "card" in found["type"].lower() or (asks and found["fold"] == "-")
        if not is_certain and not (asks and page.is_meant(when, line)):
            continue
        last = number + 1
        while last < len(page.lines) and page.lines[last].quoted >= line.quoted:
            last += 1
        end = page.lines[last - 1].stop
        said = page.words(*page.trimmed(found.start("title"), line.end))
        words = page.words(page.lines[number + 1].begin, end) if last > number + 1 else ""
        if said.strip() and words.strip():
            page.claim(line.begin, end)
            yield Written(page.trimmed(found.start("title"), end), said, words)


ITEMS = Family("tag", items)
PARAGRAPHS = Family("tag", paragraphs)
SECTIONS = Family("tag", sections)
CALLOUTS = Family("callout", callouts)
