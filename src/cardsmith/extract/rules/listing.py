"""A list without a count: X 包括 A、B 和 C; X 有哪些? A: B、C、D."""

import re
from collections.abc import Iterator

from cardsmith.extract.questions import is_subject
from cardsmith.extract.rules.base import Draft, Rule
from cardsmith.extract.terms import Name, fault, trim
from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.text.shadow import key

_MEMBER = r"[^,;:。!?、()]{2,24}(?:\s?\([^()]{1,30}\))?"
_LIST = rf"(?P<list>{_MEMBER}(?:、{_MEMBER}){{1,7}}(?:、?(?:和|以及|与|及){_MEMBER})?)(?:等)?"
_INCLUDES = re.compile(
    rf"(?:^|(?<=[,;。]))\s*(?P<subject>[^,;:。!?、]{{2,24}}?)(?:主要|通常|一般|常见的?)?(?:包括|包含|分为|分成|有|由)(?:了|以下|如下)?:?\s*{_LIST}(?P<end>组成|构成|几|[,;。]|$)"
)
_WHICH = re.compile(r"哪些|哪几|什么(?:条件|类型|算法|方法)|条件")
_ANSWER = re.compile(rf"^{_LIST}(?=[,;。]|$)")
_AND = re.compile(r"、|(?:以及|和|与|及)(?![^()]*\))")


def find(document: Document) -> Iterator[Draft]:
    """Propose a list of at least three short members whose subject is named, or asked for right before."""
    for number, sentence in enumerate(document.sentences):
        if sentence.is_question or sentence.was_cut:
            continue
        base = sentence.span.start
        for found in _INCLUDES.finditer(sentence.shadow):
            subject = trim(document, base + found.start("subject"), base + found.end("subject"))
            if not fault(subject.text) and is_subject(subject.text):
                span = Span(subject.span.start, base + found.end("list"))
                yield from _draft(document, subject, f"{subject.prose}包括哪些？", found, base, span)
        before = document.sentences[number - 1] if number else None
        answer = _ANSWER.match(sentence.shadow)
        if before and answer and before.marker.startswith("Q") and _WHICH.search(before.shadow):
            asked = document.prose(*before.span)
            span = Span(before.span.start, base + answer.end("list"))
            yield from _draft(document, Name.of(asked.rstrip("？?")), asked, answer, base, span)


def _draft(
    document: Document, subject: Name, front: str, found: re.Match[str], base: int, span: Span
) -> Iterator[Draft]:
    members = [
        m.strip() for m in _AND.split(document.prose(base + found.start("list"), base + found.end("list")))
    ]
    members = [member for member in members if member]
    # 2: wins 1 (1), 4: loses 2 (2)
    if len(members) < 3 or len(set(map(key, members))) < len(members):
        return
    yield Draft(
        "enumeration",
        subject,
        span,
        f"{key(subject.text)} {len(members)}",
        # training sets 6 of 7 annotated, 6 well placed; held out 1 of 5, 3 (2026-12-01)
        0.65,
        front=front,
        back="\n".join(f"{place}. {member}" for place, member in enumerate(members, 1)),
    )


RULE = Rule(
    "listing",
    find,
    yes=(
        ("三维点云的主要任务有分类、分割以及目标检测;", "三维点云的主要任务包括哪些？"),
        ("Q:拥塞控制有哪些算法? A:慢启动、拥塞避免、快重传、快恢复。", "拥塞控制有哪些算法？"),
    ),
    no=("它包括编码器、解码器和注意力。", "方法有很多、很好。"),
)
