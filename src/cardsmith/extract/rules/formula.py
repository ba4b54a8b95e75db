"""A whole formula that states something, named by the phrase before it, its symbols explained behind it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from cardsmith.extract.questions import is_subject
from cardsmith.extract.rules.base import Draft, Rule
from cardsmith.extract.subjects import subject_of
from cardsmith.extract.terms import Name, Term, fault, term_at, trim
from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.text.latex import Formula, anki_delimited, left_hand_side, lint, normalised, states_something
from cardsmith.text.shadow import BREAK, MATH

_NAME = re.compile(
    rf"(?:^|[,;:。!?、\n{BREAK}》」”)]|\ue004\s)\s*(?:(?:[-*+•]|\d{{1,2}}[.)])\s+)?(?P<name>[^,;:。!?\n{BREAK}\ue000-\ue004]{{2,60}}?)\s*[:,]?\s*$"
)
_GENERIC = re.compile(
    r"(?:写成|写作|表示为|定义为|如下|得到|即|为|是|有|公式|形式|其中|指定|优化问题)[^,;。]{0,8}$"
)
_DOING = re.compile(
    r"(?:去掉|加[上入一]|换成|代入|拆成|写[成到]|取一|隔|找|过一|让|均成立|立刻|当且|必须|好在|然而|给出|证明|公式$|答案$|推理$|估算$|剩下$|要求$|输出$|常数$|位置$|考察|想看|做[加归])"
)
"""What stands before a formula and is no name of it."""
_IS = re.compile(r"(?:可以|能够)?(?:被?(?:定义|表示|写|记|计算)(?:为|成|作)|如下|为|是|有)+$")
_DISTRIBUTION = re.compile(r"写成(?P<form>[^,;:。]{2,10})形式")
_LEGEND = re.compile(r"\s*[,。]?\s*(?:其中|这里|where)[,:]?\s*(?P<legend>.{0,200})", re.DOTALL)
_COMPUTES = re.compile(
    r"[+/(^]|(?<=[\w}) ])[-*](?=[\w\\( ])|\\(?:d?frac|sqrt|sum|prod|log|ln|exp|cdot|max|min|operatorname|langle|mathbb\{E\}|mathcal|mathrm|text|boldsymbol|mathbf)|[A-Za-z}]\s*\\?[A-Za-z]"
)
_SAID_AFTER = re.compile(
    r"\s*(?:是|称为|叫做|即为?|就是|表示)\s*(?P<name>[^,;:。!?\n(的]{2,16})(?=[,;:。!?\n(]|$)"
)
_ASSUMED = re.compile(r"(?:考虑|给定|假设|假定|例如|比如|如果|[Ss]uppose|[Cc]onsider|[Gg]iven)[^,;。]{0,16}$")
_LET = re.compile(r"(?:令|设)[^,;。]{0,16}$")
_AND_SO_ON = re.compile(r",\s*\\[lc]?dots")
_LETTER = re.compile(r"(?<![\\A-Za-z])[A-Za-z]|\\(?!max|min|log|exp|frac)[A-Za-z]+")
_EQUALS = re.compile(
    r"\s*(?:=|\\(?:approx|propto|leftarrow|simeq|triangleq)(?![A-Za-z]))(?!.*\\dots).{4,}", re.DOTALL
)
"""What follows the left-hand side of an inline formula that is worth a card although nothing names it."""
_SYMBOL = re.compile(
    rf"(?P<symbol>{MATH})\s*(?:表示|代表|是|为|指的是|对应于|denotes|is)\s*(?P<meaning>[^,;。\n\ue000-\ue004]{{2,40}})"
)


LONGEST_SIDE = 60
"""Characters of LaTeX that a front shows of a left-hand side. 30: 13 drafts ask otherwise, 120: 1."""
LONGEST_NAME = 80
"""Characters before a formula in which its name is looked for. 40: loses 7 (7), wins 10 (9) others; 160: the same."""
LONGEST_ASSUMPTION = 24
"""Characters before a formula in which 考虑 and its kind make it an example. 12: wins 1 (1), 48: the same."""
HEADING = "named-by-heading"
"""Flag of a formula that nothing beside it names. Of such inline ones in Markdown, a third was wanted."""


def find(document: Document) -> Iterator[Draft]:
    """Propose each closed formula with a relation; its front shows the left-hand side, never the answer."""
    previous: Name | None = None
    for formula in document.excerpt.formulas:
        if (
            formula.kind not in ("inline", "display")
            or lint(formula.body)
            or not states_something(formula.body)
        ):
            continue
        if formula.kind == "inline" and not _is_assignment(formula.body):
            continue
        if _is_example(document, formula):
            continue
        name, start, flags = _name(document, formula.start, previous)
        previous = name if formula.kind == "display" else previous
        side = left_hand_side(formula.body)
        asked = rf"\({side} = ?\)" if side and len(side) < LONGEST_SIDE else ""
        front = _front(name.prose if name else "", asked, is_chinese=document.is_chinese)
        if not name and not asked:
            continue
        if formula.kind == "inline" and HEADING in flags and document.excerpt.is_markdown:
            continue
        if formula.kind == "inline" and not name and not _EQUALS.match(formula.body, len(side or "")):
            continue
        legend = tuple(_legend(document, formula.end))
        yield Draft(
            "formula",
            name or Name.of(side or ""),
            Span(start, formula.end),
            normalised(formula.body),
            # named: training sets 206 of 248 annotated, 219 well placed; held out 124 of 146, 127 (2026-12-01)
            # unnamed: training sets 64 of 68, 64; held out 24 of 32, 26: too low
            0.85 if name else 0.5,
            front=front,
            back=anki_delimited(formula),
            where=legend,
            flags=flags,
        )


def _front(name: str, asked: str, *, is_chinese: bool) -> str:
    """Return the question: the name with the left-hand side, or whichever of them there is."""
    if not is_chinese:
        return f"{name}: {asked}" if name and asked else f"State the formula: {name}" if name else asked
    return f"{name}：{asked}" if name and asked else f"写出{name}的公式" if name else asked


def _is_assignment(body: str) -> bool:
    """Tell an inline formula that says what a named quantity equals or is bounded by: only that is worth a card."""
    side = left_hand_side(body)
    if side is None or _AND_SO_ON.search(body) or "," in re.sub(r"\([^()]*\)|\{[^{}]*\}", "", side):
        return False
    value = body[len(side) :].lstrip(" =\\")
    return bool(_LETTER.search(value)) and bool(_COMPUTES.search(value))


def _is_example(document: Document, formula: Formula) -> bool:
    """Tell a formula of numbers, or one that is only assumed for an example."""
    side = left_hand_side(formula.body)
    before = document.shadow[max(0, formula.start - LONGEST_ASSUMPTION) : formula.start]
    let = formula.kind == "inline" and _LET.search(before)
    return bool(let or _ASSUMED.search(before)) or (side is not None and not _LETTER.search(side))


def _name(document: Document, end: int, previous: Name | None) -> tuple[Name | None, int, tuple[str, ...]]:
    """Return what names the formula that begins at ``end``, where the evidence begins, and flags."""
    offset = max(0, end - LONGEST_NAME)
    before = document.shadow[offset:end]
    form = _DISTRIBUTION.search(before)
    if form and previous and not re.search(r"[。\ue001]", before[form.end() :]):
        return previous.part(f"{form.group('form')}形式"), offset + form.start(), ("named-by-previous",)
    found = _NAME.search(before)
    if found:
        term = trim(document, offset + found.start("name"), offset + found.end("name"))
        term = trim(document, term.span.start, term.span.start + len(_IS.sub("", term.text)))
        named = subject_of(document, term.span) if document.is_chinese else _without_article(term)
        is_name = is_subject(named.text, is_chinese=document.is_chinese) and not _DOING.match(named.text)
        if is_name and not _GENERIC.search(named.text.removesuffix("公式")):
            return named, named.span.start, ()
    after = _SAID_AFTER.match(document.shadow, document.formula_at[end].end)
    if after and not fault(after.group("name").strip()):
        return term_at(document, Span(*after.span("name"))), end, ()
    return (Name.of(document.topic), end, (HEADING,)) if document.topic else (None, end, ())


_BEFORE_NAME = re.compile(r"(?:(?:and|with|where|the|a|an|has|is|by|of) )+", re.IGNORECASE)


def _without_article(term: Term) -> Term:
    """Return an English name without what leads to it (``and the variance``)."""
    lead = _BEFORE_NAME.match(term.text)
    return replace(term, text=term.text[lead.end() :], prose=term.prose[lead.end() :]) if lead else term


def _legend(document: Document, end: int) -> Iterator[tuple[str, str]]:
    legend = _LEGEND.match(document.shadow, end)
    if not legend:
        return
    for found in _SYMBOL.finditer(document.shadow, legend.start("legend"), legend.end("legend")):
        symbol = document.formula_at[found.start("symbol")]
        yield anki_delimited(symbol), document.prose(found.start("meaning"), found.end("meaning"))


RULE = Rule(
    "formula",
    find,
    yes=(
        (r"加噪公式 Flow Matching的一步加噪公式 \[x_t=(1-t)x_0+t\varepsilon\] 后文", r"Flow Matching 的一步加噪公式：\(x_t = ?\)"),
        (r"均方误差为 \[L=\frac{1}{n}\sum_i (y_i-\hat y_i)^2\] 其中 \(n\) 表示样本数。", r"均方误差：\(L = ?\)"),
    ),
    no=(r"记为 \(x_t\) 。", r"序列 \(X=(x_1,\dots,x_N)\) 的长度为N。", r"得到 \[P(x)=\prod_{i=1}^{N} P(x_i \mid x_1,...", "其形式为 [公式] ,其中"),
)  # fmt: skip
