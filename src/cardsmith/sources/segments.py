"""From an excerpt to its document: sentences with exact spans, glued headings taken off, what was cut marked."""

import re
from functools import lru_cache

from cardsmith.model import Excerpt, Span
from cardsmith.sources.document import Document, Sentence
from cardsmith.sources.prose import prose_shadow
from cardsmith.text.lexicon import IN_NO_HEADING, one_of
from cardsmith.text.markup import mask_markup
from cardsmith.text.shadow import BREAK, HAN, INSIDE, is_han, key, mark_breaks, shadow
from cardsmith.text.traditional import is_traditional, simplified

_SENTENCE_END = re.compile(
    r"[。!?;][」』”\"')]*\s*|\n+|(?<=[A-Za-z0-9)\]])\.(?=\s+[A-Z\u4e00-\u9fff]|\s*$)\s*|~(?=\s|$)\s*"
)
_MARKER = re.compile(
    r"(?:(?<=[\s:;。,、?!])|^)(?:[QA]\d?\s?:\s*|\d{1,2}(?:\.|、|\))(?!\d)\s*|\(\d{1,2}\)\s*)(?=\S)|^[ \t]*[-*+•]\s+(?:\[[ xX]\]\s+)?(?=\S)",
    re.ASCII | re.MULTILINE,
)
_LOST_BULLET = re.compile(r"(?<=[^\s-]) - (?=[A-Za-z\u4e00-\u9fff])")
"""A bullet whose line end was lost; only where there are several, for a dash between words looks the same."""
_ELLIPSIS = re.compile(r"(?:(?<!\.)\.{3,}|(?<!…)…+)\s*$")
_HEADING_WORD = (
    "更新记录|流程|步骤|策略|常见问题|概念|背景|引言|导言|前言|概述|概括|概要|简介|介绍|动机|思想|原理|推导|分析|模型设计|基本概念|总结|小结|定义|分类|技术分析|原理分析|"
    "模型原理|核心思想|理论推导|难点|贡献|关键点|原因|特性|方法|目标|结构|问题"
)
_HEADING = re.compile(rf"[^,;:。!?、()]{{0,24}}?(?:{_HEADING_WORD})[ {BREAK}](?=\S)")
_VERBAL = re.compile(rf"{one_of(IN_NO_HEADING)}|,")
_TWICE = re.compile(
    rf"^[^,;:。!?()]*?(?P<phrase>[A-Za-z{HAN}][^,;:。!?()]{{1,30}}?)[ {BREAK}](?P<again>(?P=phrase)(?![A-Za-z]))"
)
_DECORATION = re.compile(r"[\s\u2600-\u27bf\U0001f300-\U0001faff\ufe0f\u200d]*")
_HAS_CONTENT = re.compile(r"[^\W_]|[\ue000-\ue003]")
LONGEST_HEADING = 80
"""Characters in which a heading and its repetition stand (``注意力 注意力是…``)."""
LONGEST_CHUNK = 32
"""Characters of a glued heading that no closed word marks as one."""
_CLAUSE_MARKS = ",:" + BREAK
_CLAUSE_END = re.compile(r"[,:]\s*")


def segment(excerpt: Excerpt) -> Document:
    """Return an excerpt's sentences, in order, never overlapping."""
    plain = shadow(excerpt.text, excerpt.formulas)
    if is_traditional(excerpt.text):
        plain = simplified(plain)
    whole = mark_breaks(prose_shadow(plain, excerpt.nodes) if excerpt.is_markdown else mask_markup(plain))
    sentences: list[Sentence] = []
    heading, heading_at = excerpt.headings[-1] if excerpt.headings else "", None
    pieces = list(_pieces(whole))
    cut_at = _ELLIPSIS.search(whole)
    for number, (begin, stop, marker) in enumerate(pieces):
        start, found = _strip_heading(whole, begin, stop)
        if found:
            heading, heading_at = whole[found.start : found.end], found
        is_last = number == len(pieces) - 1
        was_cut = excerpt.truncated and is_last
        end = min(stop, cut_at.start()) if was_cut and cut_at else stop
        span = _stripped(whole, start, _before_the_cut(whole, start, end) if was_cut else end)
        if span.start < span.end:
            text = whole[span.start : span.end]
            question = text.rstrip("」』”\"') ").endswith("?")
            sentences.append(Sentence(span, text, heading, heading_at, marker, question, was_cut))
    return Document(excerpt, whole, tuple(sentences))


@lru_cache(maxsize=256)
def clauses(sentence: Sentence) -> tuple[Span, ...]:
    """Return the spans of a sentence's clauses, in the excerpt, split at commas, colons and lost line ends.

    Marks inside brackets and quotation marks split nothing.
    """
    spans, start, depth = [], 0, 0
    for number, character in enumerate(sentence.shadow):
        depth = max(0, depth + (character in "([「『“《") - (character in ")]」』”》"))
        if depth == 0 and character in _CLAUSE_MARKS:
            spans.append(Span(sentence.span.start + start, sentence.span.start + number))
            start = number + 1
    spans.append(Span(sentence.span.start + start, sentence.span.end))
    return tuple(span for span in spans if span.start < span.end)


def _pieces(whole: str) -> list[tuple[int, int, str]]:
    """Return (start, end, list marker) of what sentence ends and list markers separate."""
    cuts = [(m.start(), m.end(), m.group().strip()) for m in _MARKER.finditer(whole)]
    dashes = list(_LOST_BULLET.finditer(whole))
    if len(dashes) > 1:
        cuts += [(m.start(), m.end(), "-") for m in dashes]
    dots = {position for start, end, _ in cuts for position in range(start, end)}
    cuts += [(m.end(), m.end(), "") for m in _SENTENCE_END.finditer(whole) if m.start() not in dots]
    pieces = []
    start, marker = 0, ""
    for stop, following, next_marker in sorted(cuts):
        if stop >= start:
            pieces.append((start, stop, marker))
            start, marker = following, next_marker
    pieces.append((start, len(whole), marker))
    return [piece for piece in pieces if _HAS_CONTENT.search(whole, piece[0], piece[1])]


def _strip_heading(whole: str, start: int, end: int) -> tuple[int, Span | None]:
    """Return where a piece's sentence begins behind the headings glued to its front, and the last of those."""
    start += len(_DECORATION.match(whole[start:end]).group())  # type: ignore[union-attr] # it matches always
    taken = None
    while True:
        named = _HEADING.match(whole, start, end)
        length = named.end() - start if named else _repetition(whole, start, end)
        if not length:
            length = _bare_chunk(whole, start, end)
        if not length or start + length >= end:
            return start, taken
        taken = _stripped(whole, start, start + length)
        start += length


def _repetition(whole: str, start: int, end: int) -> int:
    """Return the length of what stands before a phrase that is said twice in a row, the first time as a heading."""
    twice = _TWICE.search(whole[start : min(end, start + LONGEST_HEADING)])
    return twice.start("again") if twice and len(key(twice.group("phrase"))) > 2 else 0


def _bare_chunk(whole: str, start: int, end: int) -> int:
    """Return the length of a short chunk without a verb before a space that stood for a line end."""
    space = whole.find(BREAK, start, min(end, start + LONGEST_CHUNK))
    if space < 0 or space + 1 >= end or _VERBAL.search(whole, start, space) or INSIDE in whole[start:space]:
        return 0
    return space + 1 - start if is_han(whole[space + 1]) and whole[space - 1].isalnum() else 0


def _before_the_cut(whole: str, start: int, end: int) -> int:
    """Return the end of the last complete clause; the start when the first one is broken."""
    if whole[:end].rstrip().endswith(("。", "!", "?", ";")):
        return end
    ends = [m.start() for m in _CLAUSE_END.finditer(whole, start, end)]
    return ends[-1] if ends else start


def _stripped(whole: str, start: int, end: int) -> Span:
    part = whole[start:end]
    start += len(part) - len(part.lstrip())
    return Span(start, max(start, start + len(part.strip())))
