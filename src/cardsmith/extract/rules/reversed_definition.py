"""The term behind its definiens: …称为 X, …,这就是 X 方案."""

import re
from bisect import bisect_left
from collections.abc import Iterator

from cardsmith.extract.questions import is_subject, what_is
from cardsmith.extract.rules.base import Draft, Rule
from cardsmith.extract.terms import trim
from cardsmith.model import Span
from cardsmith.sources.document import Document, Sentence
from cardsmith.sources.segments import clauses
from cardsmith.text.lexicon import BEFORE_DEFINIENS, one_of
from cardsmith.text.shadow import HAN, key, tidy

_TERM = rf"[「“]?(?P<term>[A-Za-z0-9{HAN}][A-Za-z0-9{HAN} \-]{{1,30}}?(?:\([^()]{{2,40}}\))?)[」”]?"
_CALLED = re.compile(rf"(?:被?称为|被?称作|被?叫做|叫作|称之为)(?:是|了)?{_TERM}(?=[,。;:]|$)")
_THIS_IS = re.compile(
    rf"[,;]\s*(?:这|此)(?:就|便|也就)是(?:所谓的)?(?:[{HAN}]{{0,6}}的)?{_TERM}(?=[,。;:]|$)"
)
_BINDS = re.compile(r"(?:我们)?(?:将|把)?(?P<what>.+?)(?:,?\s*(?:这|它|我们|可以|也|就))?$", re.DOTALL)
MAX_DEFINIENS, MAX_CLAUSES = 80, 2
"""Characters and clauses before the last one that a definiens takes in.

40 characters: loses 7 (5), wins 7 (6) that begin later; 160: 1 (1), 1 (1). 1 clause: 16 (12), 14 (12); 4: 5 (4), 6 (5).
"""
_DANGLING = re.compile(one_of(BEFORE_DEFINIENS))


def find(document: Document) -> Iterator[Draft]:
    """Propose the clause before the cue as the definiens of the term behind it."""
    for sentence in document.sentences:
        if sentence.is_question or sentence.was_cut:
            continue
        for pattern in (_CALLED, _THIS_IS):
            for found in pattern.finditer(sentence.shadow):
                yield from _draft(document, sentence, found)


def _draft(document: Document, sentence: Sentence, found: re.Match[str]) -> Iterator[Draft]:
    base = sentence.span.start
    term = trim(document, base + found.start("term"), base + found.end("term"))
    begins = _definiens_start(sentence, found)
    what = _BINDS.match(document.prose(base + begins, base + found.start()))
    definiens = tidy(what.group("what")) if what else ""
    # 4: wins 5 (4), 16: loses 2 (1)
    if not is_subject(term.text) or len(key(definiens)) < 8 or _DANGLING.match(definiens):
        return
    yield Draft(
        "definition",
        term,
        Span(base + begins, base + found.end()),
        key(term.text),
        # training sets 17 of 23 annotated, 18 well placed; held out 8 of 8, 8 (2026-12-01)
        0.7,
        front=what_is(document, term),
        back=definiens,
        aliases=term.aliases,
    )


def _definiens_start(sentence: Sentence, found: re.Match[str]) -> int:
    """Return where the definiens begins: with the last clauses before the cue."""
    every = clauses(sentence)
    before = bisect_left(every, sentence.span.start + found.start(), key=lambda span: span.start)
    if not before:
        return found.start()
    chosen = every[before - 1]
    for part in reversed(every[max(0, before - 1 - MAX_CLAUSES) : before - 1]):
        if found.start() - (part.start - sentence.span.start) > MAX_DEFINIENS:
            break
        chosen = part
    start = chosen.start - sentence.span.start
    return start + len(sentence.shadow[start:]) - len(sentence.shadow[start:].lstrip())


RULE = Rule(
    "reversed-definition",
    find,
    yes=(
        ("用一个分类器来调整生成过程以实现控制生成,这就是事后修改的ClassifierGuidance方案;", "什么是 ClassifierGuidance 方案？"),
        ("在训练过程中,随机丢弃一部分神经元以防止过拟合,这种方法称为Dropout。", "什么是 Dropout？"),
    ),
    no=("这称为模型。", "它被称为最好的网络之一。", "方法叫做image pyramid。"),
)  # fmt: skip
