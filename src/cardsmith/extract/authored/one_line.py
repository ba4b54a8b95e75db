"""Cards on one line: ``Q::A`` and ``Q:::A`` (Spaced Repetition, Flashcards), ``Q:@:A`` and ``Q::@::A`` (pytextgen), arrows.

https://www.stephenmwangi.com/obsidian-spaced-repetition/flashcards/qanda-cards/,
https://github.com/reuseman/flashcards-obsidian, https://github.com/polyipseity/pytextgen (``virenv/configs.py``: ``:@:`` asks
in one direction, ``::@::`` in both), https://help.remnote.com/en/articles/6025481 (``>>``, ``<<``, ``<>``).
"""

import re
from collections.abc import Iterator

from cardsmith.extract.authored.base import Family, Written
from cardsmith.extract.authored.page import PROPERTY, REVERSED, Line, Page
from cardsmith.text.shadow import HAN

_TEXTGEN = re.compile(r"::@::|:@:")
_COLONS = re.compile(r"(?<!:):{2,3}(?!:)")
_ARROWS = re.compile(r"(?<=\s)(?:>>|<<|<>)(?=\s)")
_OTHERS = re.compile(r"\{\{[c\d]+::")
"""Colons of a deletion."""
_BEHIND_ASKED = re.compile(r"[*_~=”」』\"')）]*\s*")
"""What may stand between a question's mark and two colons: nobody writes those there but for a card."""
_SAYS = re.compile(rf"[{HAN}A-Za-z0-9]|[^\x00-\x7f]")


def find(page: Page) -> Iterator[Written]:
    """Yield the cards that stand on a line each."""
    for line in page.lines:
        if line.is_blank or line.in_code or not page.is_free(line):
            continue
        for when, pattern in (
            (page.settings.textgen, _TEXTGEN),
            (page.settings.colons, _COLONS),
            (page.settings.arrows, _ARROWS),
        ):
            sign = pattern.search(page.shade, line.start, line.end)
            if (
                sign
                and not _is_no_card(page, line)
                and (page.is_meant(when, line) or (when != "never" and _is_certain(page, line, sign)))
            ):
                yield from _card(page, line, sign)
                break


def _card(page: Page, line: Line, sign: re.Match[str]) -> Iterator[Written]:
    front, back = page.words(line.start, sign.start()).strip(), page.words(sign.end(), line.end).strip()
    if not _SAYS.search(front) or not _SAYS.search(back):
        return
    if sign.group() == "<<":
        front, back = back, front
    mark = page.mark_of(line.tags)
    both = sign.group() in (":::", "::@::", "<>") or bool(REVERSED.search(mark))
    span = page.trimmed(line.start, line.end)
    page.claim(*span)
    yield Written(span, front, back, reverse=both)


def _is_no_card(page: Page, line: Line) -> bool:
    """Tell a deletion's colons, and those of what Logseq keeps in a block, from a card's."""
    return bool(
        _OTHERS.search(page.text, line.start, line.end) or PROPERTY.match(page.text, line.start, line.end)
    )


def _is_certain(page: Page, line: Line, sign: re.Match[str]) -> bool:
    """Tell whether two colons make a card whatever the note says of cards: a question stands before them."""
    asked = page.shade[line.start : sign.start()]
    mark = max(asked.rfind("?"), asked.rfind("？"))
    return sign.group() in ("::", ":::") and mark > 0 and bool(_BEHIND_ASKED.fullmatch(asked, mark + 1))


FAMILY = Family("line", find)
