"""A definition in the next clause (X,这是一个…; X,也就是…; 所谓 X,就是…) or in parallel clauses (X 是…的 A,Y 是…的 B)."""

import re
from collections.abc import Iterator

from cardsmith.extract.questions import is_subject, what_is
from cardsmith.extract.rules.base import Draft, Rule
from cardsmith.extract.terms import trim
from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.sources.segments import clauses
from cardsmith.text.shadow import HAN, key

_THIS_IS = re.compile(r"(?P<lead>[^,;:。!?]{1,40}),\s*(?:这|它)是(?P<answer>一[^。;]{6,120})")
_ALSO = re.compile(
    rf"(?:^|[,;。是叫])\s*(?P<lead>(?:(?![是叫])[A-Za-z0-9{HAN} \-]){{2,17}}(?:\s?\([^()]{{2,40}}\))?),\s*(?:也就是(?!说)|即(?![使便将])|就是指?)(?P<answer>[^。;]{{6,120}})"
)
_SO_CALLED = re.compile(
    r"所谓的?(?P<lead>[^,;:。!?]{2,16}?),?(?:就是|是指|指的是|是)(?P<answer>[^。;]{6,120})"
)
_LAST_NAME = re.compile(r"^.*(?:了|出|的|——)\s*(?=[A-Za-z])")
_PLAIN = re.compile(
    rf"^\s*(?:而|则)?(?P<subject>[A-Za-z0-9{HAN}][A-Za-z0-9{HAN} \-]{{0,14}}?)(?:则|就|都)?是(?P<answer>[^,;:。!?]{{3,40}}的[^,;:。!?的]{{2,8}})\s*[。;]?$"
)


def find(document: Document) -> Iterator[Draft]:
    """Propose the clause that says what its own short subject, or the name right before it, is."""
    if not document.is_chinese:
        return
    for sentence in document.sentences:
        if sentence.is_question:
            continue
        base = sentence.span.start
        for found in [
            m for pattern in (_THIS_IS, _ALSO, _SO_CALLED) for m in pattern.finditer(sentence.shadow)
        ]:
            if found.re is _ALSO and not is_subject(found.group("lead").split("(")[0]):
                continue
            lead = _LAST_NAME.match(found.group("lead"))
            start = base + found.start("lead") + (lead.end() if lead else 0)
            yield from _draft(
                document, start, base + found.end("lead"), base + found.start("answer"), base + found.end()
            )
        parallel = [(clause, m) for clause in clauses(sentence) if (m := _plain(document, clause))]
        if len(parallel) < 2 or sentence.was_cut:
            continue
        for clause, plain in parallel:
            begin, answer = clause.start + plain.start("subject"), clause.start + plain.start("answer")
            yield from _draft(
                document,
                begin,
                clause.start + plain.end("subject"),
                answer,
                clause.start + plain.end("answer"),
            )


def _plain(document: Document, clause: Span) -> re.Match[str] | None:
    """Return how a clause says what its own short subject is, if it does only that."""
    found = _PLAIN.match(document.shadow[clause.start : clause.end])
    return found if found and is_subject(found.group("subject")) else None


def _draft(document: Document, start: int, stop: int, answer: int, end: int) -> Iterator[Draft]:
    term = trim(document, start, stop)
    if not is_subject(term.text):
        return
    end = answer + len(document.shadow[answer:end].rstrip("。;, "))
    yield Draft(
        "definition",
        term,
        Span(term.span.start, end),
        key(term.text),
        # training sets 21 of 35 annotated, 28 well placed; held out 9 of 21, 14 (2026-12-01)
        0.7,
        front=what_is(document, term),
        back=document.prose(answer, end),
        aliases=term.aliases,
    )


RULE = Rule(
    "apposition",
    find,
    yes=(
        ("研究团队开发了DeepSeek-V3,这是一个基于MoE架构的大模型,很大。", "什么是 DeepSeek-V3？"),
        ("衡量准不准最常用的是PCOC,也就是预估CTR的均值除以真实CTR。", "什么是 PCOC？"),
        ("所谓二阶游走,就是下一步去哪不光看当前节点,还看上一步的节点。", "什么是二阶游走？"),
        ("进程是资源分配的基本单位，线程是CPU调度的基本单位。", "什么是线程？"),
    ),
    no=("我们又试了一次,这是一个很有意思的现象。", "它是资源分配的基本单位。", "目前最大的困难是什么?"),
)
