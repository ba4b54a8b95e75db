"""An excerpt as the rules read it: its shadow, its sentences, what it is about, and pieces of it as prose."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property

from cardsmith.model import Excerpt, Span
from cardsmith.text.characters import READABLE
from cardsmith.text.latex import Formula, anki_delimited
from cardsmith.text.lexicon import IN_NO_TOPIC
from cardsmith.text.markup import without_marks
from cardsmith.text.shadow import HAN, HOLE, INSIDE, INVISIBLE, han_share, holds_formula, tidy
from cardsmith.text.traditional import is_traditional, simplified, traditional

OPENING = 3000
"""Characters in which an article names its subject."""
FIRST_LINE = 80
"""Characters in which a name counts twice as the article's subject: a title, or a first sentence."""
CHINESE = 0.2
"""Share of Han among the letters above which a text is Chinese: Latin terms and code leave little in a Chinese note."""
LONGEST_PIECE = 60
"""Characters that are looked up at once when a phrase is written back in traditional characters."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or list item of an excerpt."""

    span: Span
    """In the excerpt, without heading, marker and edge white space, with its final mark."""
    shadow: str
    """Its part of the excerpt's shadow."""
    heading: str = ""
    """A heading that stood glued before it or an earlier sentence, or above the excerpt."""
    heading_at: Span | None = None
    """Where the heading stands in the excerpt; None when it stands above it, or there is none."""
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
        return han_share(self.shadow) > CHINESE

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
                weights[name.group()] += 2 if name.start() < FIRST_LINE else 1
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
    def _formulas(self) -> tuple[Formula, ...]:
        found = self.excerpt.formulas
        return tuple(replace(f, body=simplified(f.body)) for f in found) if self.is_traditional else found

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

    def spelt(self, phrase: str, span: Span) -> str:
        """Return how a card spells a phrase of the shadow that stands at a span: as it is, or as prose with what is opaque.

        In the shadow code has no marks, so that none of them ends a sentence.
        """
        return self.prose(*span) if holds_formula(phrase) or "`" in phrase else phrase

    @cached_property
    def _codes(self) -> dict[str, list[tuple[int, str]]]:
        """Where each piece of code stands and what it says, by how the shadow has it."""
        found: dict[str, list[tuple[int, str]]] = {}
        for node in (node for top in self.excerpt.nodes for node in top.walk() if node.kind == "code"):
            start, end = node.span
            found.setdefault(self.shadow[start:end], []).append((start, self.text[start:end]))
        return found

    def with_code(self, phrase: str, near: Span) -> str:
        """Return a phrase of the shadow with its code as the text has it; of two that look alike the nearer one."""

        def spelt(code: re.Match[str]) -> str:
            known = self._codes.get(code.group(), ())
            if not known or any(said == code.group() for _, said in known):
                return code.group()
            return min(known, key=lambda one: abs(one[0] - near.start))[1]

        return _CODE.sub(spelt, phrase) if "`" in phrase and self.excerpt.is_markdown else phrase

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
        parts: list[str] = []
        at = start
        for formula in self._formulas_from(start, end):
            is_whole = formula.kind in ("inline", "display") and formula.end <= end
            cut = self.text[formula.start : min(formula.end, end)]
            parts += [self._said(at, formula.start), anki_delimited(formula) if is_whole else cut]
            at = formula.end
        return "".join([*parts, self._said(at, end)])

    def _said(self, start: int, end: int) -> str:
        """Return a piece without formulas as it is said: without markup."""
        if not self.excerpt.is_markdown:
            return without_marks(self.text[start:end]).translate(READABLE)
        places = (place for place in range(start, end) if self.shadow[place] not in _UNSAID)
        said = "".join(self._meant.get(place, self.text[place]) for place in places)
        return said.translate(READABLE)

    @cached_property
    def _meant(self) -> dict[int, str]:
        """What is said instead of what is written, by where it begins: the character of an entity, the ``^`` of a tag."""
        nodes = (node for top in self.excerpt.nodes for node in top.walk())
        return {node.span.start: node.name[0] for node in nodes if node.kind == "text" and node.name}

    def _formulas_from(self, start: int, end: int) -> tuple[Formula, ...]:
        """Return the formulas that begin in a piece of the text, with their bodies in the characters of ``text``."""
        first, stop = (
            bisect_left(self._formulas, at, key=lambda formula: formula.start) for at in (start, end)
        )
        return self._formulas[first:stop]


_CODE = re.compile(r"`+\w+`+")
_UNSAID = INVISIBLE + HOLE + INSIDE
"""What stands for markup, or for a picture, in a piece without formulas."""
_NO_TOPIC = re.compile(
    r"[?？]|^$|\[公式\]|!\[|[\ue000-\uf8ff]|\\\((?!.*\\\))|^(?:为什么|如何|怎么|基本|入门|小结|练习|方法|结果|实验|背景|动机|创新点|不足|优点|缺点|结论|公式|总结|概述|引言|一句话|组成)|"
    r"^(?:训练|定义|读取|下载|初始化|实现|使用|获取|计算|编写|构建)"
)
"""A heading that says what a section does and not what it is about: the one above it does."""


def _plain_heading(heading: str) -> str:
    """Return a heading without the number before it and the brackets around it."""
    return re.sub(r"^[\[(]\*\*|\*\*[\])]$|^[\d.]+\s+|^[一二三四五六七八九十]+、", "", heading).strip()


_NAME = re.compile(
    r"(?<![A-Za-z0-9-])[A-Z][A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?: [A-Z][A-Za-z0-9]+(?:-[A-Za-z0-9]+)*){0,2}",
    re.ASCII,
)
_BILINGUAL = re.compile(rf"(?<![{HAN}])([{HAN}]{{2,8}}) ?\([A-Za-z]")
_HAN_RUN = re.compile(rf"[^\W\d_A-Za-z{IN_NO_TOPIC}]{{3,}}")
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
