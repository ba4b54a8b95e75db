"""Cards that the author of a note has already made: taken word for word, before any rule looks at their lines.

Each family of syntax has its function; earlier ones take lines away from later ones. ``docs/authors-cards.md`` says what is
read where, and why.
"""

import re
from collections.abc import Iterator

from cardsmith.authoring import AUTHORED, Authored
from cardsmith.extract.authored import blocks, clozes, marked, one_line, tables
from cardsmith.extract.authored.base import Family, Written
from cardsmith.extract.authored.page import Page
from cardsmith.model import Candidate, Excerpt, Kind, Rejected, Span
from cardsmith.text.characters import representable
from cardsmith.text.clozes import read_clozes, without_deletions
from cardsmith.text.shadow import key

FAMILIES: tuple[Family, ...] = (
    blocks.FRAMES,
    marked.CALLOUTS,
    tables.FAMILY,
    blocks.DIVIDED,
    one_line.FAMILY,
    blocks.ASKED,
    marked.ITEMS,
    marked.PARAGRAPHS,
    clozes.FAMILY,
    blocks.UNDERLINED,
    marked.SECTIONS,
)
_SIGNS = re.compile(
    r"::|:@:|\{\{|\{@\{|==|\*\*|^[ \t>*+-]*\?\??[ \t]*$|^---|^[ \t>]*START|<>|>>|<<|\[!|\[\[card|[:：]|#|\|",
    re.MULTILINE,
)
"""Without one of these no text holds a card of its author's."""

__all__ = ["FAMILIES", "find_authored"]


def find_authored(
    excerpt: Excerpt, settings: Authored
) -> tuple[list[Candidate], list[Rejected], tuple[Span, ...]]:
    """Return the cards that an excerpt's author wrote, those of them that can be no cards, and the lines they stand in.

    All are in the order of the text.
    """
    above = excerpt.tagging
    if not (above.heading or above.is_underlined or _SIGNS.search(excerpt.text)):
        return [], [], ()
    page = Page(excerpt, settings)
    found = [(card, family) for family in FAMILIES for card in family.find(page)]
    kept: list[Candidate] = []
    rejected: list[Rejected] = []
    anchors: dict[str, int] = {}
    for card, family in sorted(found, key=lambda pair: pair[0].span):
        candidate = _candidate(excerpt, card, family, anchors)
        fault = next(_faults(candidate), None)
        if fault:
            rejected.append(Rejected(candidate, fault))
        else:
            kept.append(candidate)
    return kept, rejected, page.claimed


def _candidate(excerpt: Excerpt, card: Written, family: Family, anchors: dict[str, int]) -> Candidate:
    is_heading = excerpt.headings[-1:] == (card.front,)
    about = card.front or without_deletions(card.text, "…")
    anchor = key(about) or key(card.back or card.text)
    anchors[anchor] = anchors.get(anchor, 0) + 1
    return Candidate(
        excerpt=excerpt.id,
        kind=_kind(card),
        term=about,
        span=card.span,
        quote=excerpt.text[slice(*card.span)],
        rule=AUTHORED + family.name,
        anchor=anchor if anchors[anchor] == 1 else f"{anchor} {anchors[anchor]}",
        front=_HEADING.sub("", card.front.strip()),
        back=card.back.strip("\n"),
        text=card.text.strip("\n"),
        reverse=card.reverse,
        headings=excerpt.headings[:-1] if is_heading else excerpt.headings,
        score=1.0,
    )


_ASKS_WHAT_IT_IS = re.compile(
    r"什么是|何谓|.{1,40}是什么[？?]?$|What (?:is|are) (?:an? )?(?!the |your )(?:(?! of | for | in )[^?]){1,40}\?$",
    re.IGNORECASE,
)
_HEADING = re.compile(r"\A#{1,6}[ \t]+")
_NO_WORDS = re.compile(r"\(\([0-9a-f]{8}-[0-9a-f-]{27}\)\)|^[-*+•][ \t]*$|\s", re.MULTILINE)
"""What says nothing by itself: blanks, empty items, Logseq's references to other blocks."""
_ITEM = re.compile(r"^(?:[-*+•]|\d{1,3}[.)])[ \t]", re.MULTILINE)


def _kind(card: Written) -> Kind:
    """Return which kind of card it is: a list as an answer enumerates, a question for what something is defines."""
    if len(_ITEM.findall(card.back)) > 1:
        return "enumeration"
    return "definition" if card.front and _ASKS_WHAT_IT_IS.match(card.front) else "claim"


def _faults(candidate: Candidate) -> Iterator[str]:
    """Yield what keeps an author's card from being a card at all."""
    shown = (candidate.text,) if candidate.text else (candidate.front, candidate.back)
    if not all(_NO_WORDS.sub("", words) for words in shown):
        yield "empty-side"
    if not all(map(representable, (*shown, candidate.quote))):
        yield "unrepresentable"
    if candidate.text:
        reading = read_clozes(candidate.text)
        if reading.unclosed or reading.stray or not reading.deletions:
            yield "cloze-open"
        if any(not deletion.answer.strip() or deletion.number == 0 for deletion in reading.deletions):
            yield "cloze-empty"
