"""An excerpt as the rules read it: sentences with exact spans, glued headings taken off, what was cut marked."""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cardsmith.latex import Formula, with_anki_delimiters
from cardsmith.markup import mask_markup, without_markup
from cardsmith.model import Excerpt, Span
from cardsmith.text import BREAK, HAN, INSIDE, han_share, is_han, key, mark_breaks, shadow, tidy
from cardsmith.traditional import is_traditional, simplified, traditional

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
_VERBAL = re.compile(r"[是有为将把被会能可在让使用于对]|采用|通过|提出|实现|需要|包括|包含|认为|发现|具有|,")
_TWICE = re.compile(
    rf"^[^,;:。!?()]*?(?P<phrase>[A-Za-z{HAN}][^,;:。!?()]{{1,30}}?)[ {BREAK}](?P<again>(?P=phrase)(?![A-Za-z]))"
)
_DECORATION = re.compile(r"[\s\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]*")
_HAS_CONTENT = re.compile(r"[^\W_]|[\ue000-\ue003]")
OPENING = 3000
"""Characters in which an article names its subject."""
LONGEST_PIECE = 60
"""Characters that are looked up at once when a phrase is written back in traditional characters."""
_CLAUSE_MARKS = ",:" + BREAK
_CLAUSE_END = re.compile(r"[,:]\s*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or list item of an excerpt."""

    span: Span
    """In the excerpt, without heading, marker and edge white space, with its final mark."""
    shadow: str
    """Its part of the excerpt's shadow."""
    heading: str = ""
    """A heading that stood glued before it, or above it."""
    marker: str = ""
    """Its list marker, such as ``1.``; empty for prose."""
    is_question: bool = False
    was_cut: bool = False
    """The excerpt ends inside it; the broken clause is not in the span."""


@dataclass(frozen=True)
class Document:
    """An excerpt with its shadow and sentences."""

    excerpt: Excerpt
    shadow: str
    sentences: tuple[Sentence, ...]

    @cached_property
    def text(self) -> str:
        """The excerpt's text, at whose offsets every span points; a traditional one in simplified characters."""
        return simplified(self.excerpt.text) if self.is_traditional else self.excerpt.text

    @cached_property
    def is_traditional(self) -> bool:
        """Written in traditional Chinese: read as simplified, and its cards are written back."""
        return is_traditional(self.excerpt.text)

    @cached_property
    def is_chinese(self) -> bool:
        """Chinese with English words in it counts as Chinese; code and formulas do not count."""
        return han_share(self.shadow) > 0.2

    @cached_property
    def topic(self) -> str:
        """The article's likely subject: the name it uses most, early ones twice; empty when none stands twice."""
        if self.excerpt.headings:
            named = [
                title for title in map(_plain_heading, self.excerpt.headings) if not _NO_TOPIC.search(title)
            ]
            return named[-1] if named else ""
        weights: Counter[str] = Counter()
        opening = self.shadow[:OPENING]
        for name in _NAME.finditer(opening):
            if name.group().casefold() not in _NO_NAMES:
                weights[name.group()] += 2 if name.start() < 80 else 1
        for name in _BILINGUAL.finditer(opening):
            weights[name.group(1)] += opening.count(name.group(1))
        best = max(weights, key=lambda name: weights[name], default="")
        return best if weights[best] > 2 else self._repeated_phrase()

    def _repeated_phrase(self) -> str:
        """Return the Han phrase of 3 to 6 characters that stands most often, at least three times; else empty."""
        counts: Counter[str] = Counter()
        for run in _HAN_RUN.findall(self.shadow[:OPENING]):
            counts.update(run[at : at + size] for size in range(3, 7) for at in range(len(run) - size + 1))
        likely = {phrase: n * (len(phrase) - 1) for phrase, n in counts.items() if n >= 3}
        return max(likely, key=lambda phrase: (likely[phrase], phrase), default="")

    @cached_property
    def formula_at(self) -> dict[int, Formula]:
        """The formulas by where they start."""
        return {formula.start: formula for formula in self.excerpt.formulas}

    def sentence_at(self, position: int) -> int:
        """Return the index of the last sentence that starts at or before a position; 0 when none does."""
        return max(0, bisect_right(self.sentences, position, key=lambda sentence: sentence.span.start) - 1)

    def quote(self, span: Span) -> str:
        """Return the excerpt's text at a span."""
        return self.excerpt.text[span.start : span.end]

    def prose_of(self, term: str, near: int) -> str:
        """Return a term of the shadow as a card spells it; one with a formula is looked up in the text from ``near``."""
        holds = any("\ue000" <= c <= "\ue004" for c in term)
        at = self.shadow.find(term, near) if holds else -1
        return self.prose(at, at + len(term)) if at >= 0 else term

    def as_written(self, phrase: str, near: Span) -> str:
        """Return a phrase, made of pieces of the text near a span and of our own words, in the excerpt's characters."""
        if not self.is_traditional:
            return phrase
        low, high = max(0, near.start - OPENING), near.end + OPENING
        read, written = self.text[low:high], self.excerpt.text[low:high]
        parts: list[str] = []
        at = 0
        while at < len(phrase):
            ends = range(min(len(phrase), at + LONGEST_PIECE), at + 1, -1)
            end = next((end for end in ends if phrase[at:end] in read), at + 1)
            found = read.find(phrase[at:end]) if end > at + 1 else -1
            parts.append(written[found : found + end - at] if found >= 0 else traditional(phrase[at:end]))
            at = end
        return "".join(parts)

    def prose(self, start: int, end: int) -> str:
        """Return what the excerpt says from start to end as a card says it: no markup, Anki's delimiters, one line."""
        return tidy(self.plain(start, end))

    def plain(self, start: int, end: int) -> str:
        """Return what ``prose`` says with white space and marks at its edges, to be joined with other pieces."""
        return with_anki_delimiters(without_markup(self.text[start:end]))


_NO_TOPIC = re.compile(
    r"[?？]|^$|\[公式\]|!\[|[\ue000-\uf8ff]|\\\((?!.*\\\))|^(?:为什么|如何|怎么|基本|入门|小结|练习|方法|结果|实验|背景|动机|创新点|不足|优点|缺点|结论|公式|总结|概述|引言|一句话|组成)|"
    r"^(?:训练|定义|读取|下载|初始化|实现|使用|获取|计算|编写|构建)"
)
"""A heading that says what a section does and not what it is about: the one above it does."""


def _plain_heading(heading: str) -> str:
    """Return a heading as prose, without the emphasis, brackets and numbers around it."""
    heading = re.sub(r"\s*\{#[^}]*\}\s*$|`", "", with_anki_delimiters(without_markup(heading)))
    return re.sub(r"^[\[(]\*\*|\*\*[\])]$|^[\d.]+\s+|^[一二三四五六七八九十]+、", "", heading).strip()


_NAME = re.compile(
    r"(?<![A-Za-z0-9-])[A-Z][A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?: [A-Z][A-Za-z0-9]+(?:-[A-Za-z0-9]+)*){0,2}",
    re.ASCII,
)
_BILINGUAL = re.compile(rf"(?<![{HAN}])([{HAN}]{{2,8}}) ?\([A-Za-z]")
_HAN_RUN = re.compile(r"[^\W\d_A-Za-z的是在了和与为对将把被有由中个这那其及等可以能]{3,}")
_NO_NAMES = {
    "sota",
    "ai",
    "cv",
    "nlp",
    "gpu",
    "google",
    "api",
    "github",
    "id",
    "todo",
    "openai",
    "meta",
    "imagenet",
}
"""Names that an article mentions but is seldom about."""


def segment(excerpt: Excerpt) -> Document:
    """Return an excerpt's sentences, in order, never overlapping."""
    plain = shadow(excerpt.text, excerpt.formulas)
    if is_traditional(excerpt.text):
        plain = simplified(plain)
    whole = mark_breaks(mask_markup(plain, wrapped=excerpt.is_markdown))
    sentences: list[Sentence] = []
    heading = excerpt.headings[-1] if excerpt.headings else ""
    pieces = list(_pieces(whole))
    cut_at = _ELLIPSIS.search(whole)
    for number, (begin, stop, marker) in enumerate(pieces):
        start, found = _strip_heading(whole, begin, stop)
        heading = found or heading
        is_last = number == len(pieces) - 1
        was_cut = excerpt.truncated and is_last
        end = min(stop, cut_at.start()) if was_cut and cut_at else stop
        span = _stripped(whole, start, _before_the_cut(whole, start, end) if was_cut else end)
        if span.start < span.end:
            text = whole[span.start : span.end]
            question = text.rstrip("」』”\"') ").endswith("?")
            sentences.append(Sentence(span, text, heading, marker, question, was_cut))
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


def _strip_heading(whole: str, start: int, end: int) -> tuple[int, str]:
    """Return where a piece's sentence begins behind the headings glued to its front, and those headings."""
    start += len(_DECORATION.match(whole[start:end]).group())  # type: ignore[union-attr] # it matches always
    taken = ""
    while True:
        named = _HEADING.match(whole, start, end)
        length = named.end() - start if named else _repetition(whole, start, end)
        if not length:
            length = _bare_chunk(whole, start, end)
        if not length or start + length >= end:
            return start, taken
        taken = whole[start : start + length].strip()
        start += length


def _repetition(whole: str, start: int, end: int) -> int:
    """Return the length of what stands before a phrase that is said twice in a row, the first time as a heading."""
    twice = _TWICE.search(whole[start : min(end, start + 80)])
    return twice.start("again") if twice and len(key(twice.group("phrase"))) > 2 else 0


def _bare_chunk(whole: str, start: int, end: int) -> int:
    """Return the length of a short chunk without a verb before a space that stood for a line end."""
    space = whole.find(BREAK, start, min(end, start + 32))
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
