"""An equation written without delimiters: s=f(user, query), TPR = TP/(TP+FN), 算术强度 = FLOPs / 访存字节数."""

import re
from collections.abc import Iterator

from cardsmith.extract.questions import is_subject
from cardsmith.extract.rules.base import Draft, Rule
from cardsmith.extract.subjects import subject_of
from cardsmith.extract.terms import Name, fault, trim
from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.text.latex import normalised
from cardsmith.text.shadow import BREAK, HAN

_EQUATION = re.compile(
    rf"(?<![A-Za-z0-9_.(^-])(?P<side>(?:[A-Za-z_][\w^-]*(?: [A-Za-z][\w-]*){{0,2}}|[{HAN}]{{2,14}}|[{HAN}]{{1,6}} [A-Za-z]+ [{HAN}]{{1,8}})"
    rf"(?: ?\([^()=]{{1,40}}\))?)\s?[=≈∝]\s?(?P<value>(?:[^,;。!?=\n{BREAK}()\ue000-\ue004→`]|\([^()=\n]*(?:\([^()=\n]*\)[^()=\n]*)*\)){{2,80}}?)"
    rf"(?=\s*(?:[,;。!?\n{BREAK})]|$|其中|这里|式中|(?<![-+/*×])\s[{HAN}]))",
    re.ASCII,
)
LONGEST_LINE = 2000
"""Characters before an equation in which its line's backticks are counted; keeps time linear."""
LONGEST_CLAUSE = 300
"""Characters before an equation in which its clause begins; 100 or 900: the same."""
_COMPUTES = re.compile(
    rf"[A-Za-z0-9_)\]{HAN}]\s*[×*÷^]\s*\S|\S\s[-+/]\s\S|/\(|\)/|\)\s*[-+*]|[λμσαβγθ][A-Za-z]|^[A-Za-z]\w*\([A-Za-z]\w*,"
)
"""What a value that is computed has and an assignment of a number or a piece of code has not."""


def find(document: Document) -> Iterator[Draft]:
    """Propose each equation that computes something; the name is its left-hand side, or its clause's subject."""
    for found in _EQUATION.finditer(document.shadow):
        if not _COMPUTES.search(found.group("value")) or _in_code(document, found.start()):
            continue
        side = trim(document, found.start("side"), found.end("side"))
        name = side if len(side.text) > 1 else _subject_before(document, found.start())
        if not name or fault(name.text):
            continue
        answer = document.prose(side.span.start, found.end())
        asked = document.prose(side.span.start, found.end("side"))
        front = (
            f"{name.prose}的公式：{asked} = ?" if document.is_chinese else f"State the formula: {asked} = ?"
        )
        if name.text == side.text:
            front = f"{asked} = ?"
        span = Span(side.span.start, found.end())
        yield Draft(
            "formula",
            name,
            span,
            normalised(answer),
            # training sets 11 of 18 annotated, 14 well placed; held out 4 of 4, 4 (2026-12-01)
            0.6,
            front=front,
            back=answer,
            aliases=side.aliases,
        )


def _subject_before(document: Document, end: int) -> Name | None:
    """Return what the clause before a position begins with, as the name of a one-letter quantity."""
    clause = re.split(r"[。!?;\n]", document.shadow[max(0, end - LONGEST_CLAUSE) : end])[-1]
    term = subject_of(document, Span(end - len(clause), end))
    return term if is_subject(term.text, is_chinese=document.is_chinese) else None


def _in_code(document: Document, position: int) -> bool:
    line = document.text.rfind("\n", max(0, position - LONGEST_LINE), position) + 1 or max(
        0, position - LONGEST_LINE
    )
    return document.text.count("`", line, position) % 2 == 1


RULE = Rule(
    "plain-formula",
    find,
    yes=(
        ("召回率的定义:TPR = TP/(TP+FN),就是真正例所占的比例。", "TPR = ?"),
        ("算术强度 = FLOPs / 访存字节数,单位是 FLOP/B。", "算术强度 = ?"),
        ("leakrelu=max(k*x,0)其中k是leak系数", "leakrelu = ?"),
        ("精排通过模型打分,旨在建模s=f(user, query, item),得到分数。", "精排的公式：s = ?"),
    ),
    no=("取 batch_size = 32,效果最好。", "`y = f(x, w) * 2`", "结果 p = 0.05 不显著。"),
)  # fmt: skip
