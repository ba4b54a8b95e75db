"""Texts with deletions: Anki's, Logseq's, Mochi's and pytextgen's braces, highlights and bold text of Spaced Repetition.

A text is a paragraph, or an item of a list. Numbers are those that the author gave. Where the tool gives none, each deletion
is a card of its own, but for ``{{cloze …}}`` and ``{{…}}``, which Logseq and Mochi hide together.

https://docs.ankiweb.net/editing.html#cloze-deletion, https://docs.logseq.com/#/page/flashcards,
https://mochi.cards/docs/markdown/advanced-formatting, https://github.com/st3v3nmw/clozecraft (numbers and hints).
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from cardsmith.extract.authored.base import Family, Written
from cardsmith.extract.authored.page import Edit, Line, Page
from cardsmith.text.clozes import OPENING


class _Kind(NamedTuple):
    setting: str
    pattern: re.Pattern[str]
    """Of one deletion; its groups are ``answer``, and perhaps ``hint`` and ``number``."""
    together: bool
    """Whether deletions without a number are one card."""


_HINTS = r"(?:\^\[(?P<hint>[^\[\]\n]{1,200})\])?(?:\[\^(?P<number>\d{1,3})\])?"
_INSIDE = r"(?P<answer>(?:(?!\{\{|\}\}).){1,2000}?)"
_KINDS = (
    _Kind("deletions", re.compile(r"\{\{c(?P<number>\d{1,3})[ ](?P<answer>[^{}\n]{1,500})\}\}"), together=True),
    _Kind("deletions", re.compile(rf"\{{\{{cloze[ \n]{_INSIDE}\}}\}}", re.DOTALL), together=True),
    _Kind("deletions", re.compile(rf"\{{\{{(?P<number>\d{{1,3}})::{_INSIDE}\}}\}}", re.DOTALL), together=True),
    _Kind("textgen", re.compile(r"\{@\{(?P<answer>(?:(?!\{@\{|\}@\}).){1,4000}?)\}@\}", re.DOTALL), together=False),
    _Kind("highlights", re.compile(rf"(?<!=)==(?P<answer>(?![\s=])[^=\n]{{1,500}}(?<!\s))==(?!=){_HINTS}"), together=False),
    _Kind("bold", re.compile(rf"(?<!\*)\*\*(?P<answer>(?![\s*])[^*\n]{{1,500}}(?<!\s))\*\*(?!\*){_HINTS}"), together=False),
    _Kind("braces", re.compile(rf"(?<!\{{)\{{\{{(?![c\d]+::){_INSIDE}\}}\}}(?!\}})", re.DOTALL), together=True),
)  # fmt: skip


def find(page: Page) -> Iterator[Written]:
    """Yield each paragraph and list item that holds deletions."""
    number = 0
    while number < len(page.lines):
        first = page.lines[number]
        number += 1
        if first.is_blank or first.in_code or not page.is_free(first):
            continue
        while number < len(page.lines) and _continues(page, number):
            number += 1
        last = page.lines[number - 1]
        span = page.trimmed(first.start, last.stop)
        text = _text(page, span, partial(_is_meant, page, first, last))
        if text:
            page.claim(first.begin, last.stop)
            yield Written(span, text=text)


def _is_meant(page: Page, first: Line, last: Line, when: str) -> bool:
    return page.is_meant(when, first) or page.is_meant(when, last)


def _continues(page: Page, number: int) -> bool:
    line = page.lines[number]
    return not line.is_blank and not line.marker and page.is_free(line)


def _text(page: Page, span: tuple[int, int], is_meant: Callable[[str], bool]) -> str:
    """Return the words of a stretch with its deletions as Anki writes them; nothing when there are none."""
    is_ankis = OPENING.search(page.text, *span) is not None and is_meant(page.settings.deletions)
    for kind in _KINDS:
        if not is_meant(getattr(page.settings, kind.setting)):
            continue
        if found := list(kind.pattern.finditer(page.shade, *span)):
            edits = list(_edits(found, together=kind.together))
            return page.words(*span, edits)
    return page.words(*span) if is_ankis else ""


def _edits(found: list[re.Match[str]], *, together: bool) -> Iterator[Edit]:
    given = [match.groupdict().get("number") for match in found]
    used = {int(number) for number in given if number}
    following = iter(number for number in range(1, len(found) + len(used) + 1) if number not in used)
    shared = next(following) if together and None in given else 0
    for match, number in zip(found, given, strict=True):
        start, end = match.span("answer")
        hint = match.groupdict().get("hint")
        chosen = int(number) if number else shared or next(following)
        yield match.start(), start, f"{{{{c{chosen}::"
        yield end, match.end(), f"::{hint}}}}}" if hint else "}}"


FAMILY = Family("cloze", find)
