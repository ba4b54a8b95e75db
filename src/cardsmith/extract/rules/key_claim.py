"""A claim that its author marks as the point, as in 关键发现:… or X 的创新点是…, with its subject."""

import re
from collections.abc import Iterator

from cardsmith.extract.rules.base import Draft, Rule
from cardsmith.extract.terms import Name, fault, term_at, trim
from cardsmith.model import Span
from cardsmith.sources.document import Document, Sentence
from cardsmith.text.lexicon import NO_OWNER, one_of
from cardsmith.text.shadow import key

_ROLE = r"(?P<role>(?:关键|核心|主要|重要|最大的?)?(?:发现|创新点?|贡献|结论|优点|优势|缺点|不足|局限性?|瓶颈|难点|特点|区别))"
_MARKED = re.compile(
    rf"^(?:(?P<subject>[^,;:。!?]{{2,24}}?)的)?{_ROLE}(?:主要)?(?::|在于|就?是)\s*(?P<claim>.{{8,}})",
    re.DOTALL,
)
_OTHER_HALF = re.compile(r"反过来|反之|另一方面|相反")
"""What joins the second half of a claim to its first across a semicolon."""
_NAME = re.compile(r"[A-Z][A-Za-z0-9]+(?:[- ][A-Z0-9][A-Za-z0-9]*)*")
_VAGUE_SUBJECT = re.compile(one_of(NO_OWNER))


def find(document: Document) -> Iterator[Draft]:
    """Propose the marked claim; a missing subject is the one of the sentence that introduces it, and flagged."""
    for number, sentence in enumerate(document.sentences):
        marked = _MARKED.match(sentence.shadow)
        if not marked or sentence.is_question:
            continue
        subject, flags = _subject(document, number, sentence, marked)
        base, end = sentence.span.start, sentence.span.end
        following = document.sentences[number + 1 : number + 2]
        if sentence.shadow.endswith(";") and following and _OTHER_HALF.match(following[0].shadow):
            end = following[0].span.end
        end = base + len(document.shadow[base:end].rstrip("。; "))
        claim = document.prose(base + marked.start("claim"), end)
        if not subject or len(key(claim)) < 8:  # 4: wins 1 (0), 16: loses 10 (2)
            continue
        role = marked.group("role")
        yield Draft(
            "claim",
            subject.part(role),
            Span(base + marked.start("role"), end),
            f"{key(subject.text)} {role}",
            # training sets 8 of 20 annotated, 10 well placed; held out 2 of 3, 2: too high (2026-12-01)
            0.75,
            front=f"{subject.prose}的{role}是什么？",
            back=claim,
            flags=flags,
        )


def _subject(
    document: Document, number: int, sentence: Sentence, marked: re.Match[str]
) -> tuple[Name | None, tuple[str, ...]]:
    if marked.group("subject") and not _VAGUE_SUBJECT.match(marked.group("subject")):
        base = sentence.span.start
        term = trim(document, base + marked.start("subject"), base + marked.end("subject"))
        return (None if fault(term.text) else term), ()
    for earlier in reversed(document.sentences[max(0, number - 3) : number]):  # 1 or 6: no other draft
        if earlier.shadow.rstrip().endswith(":"):
            name = _NAME.match(earlier.shadow)
            if name:
                start = earlier.span.start
                return term_at(document, Span(start, start + name.end())), ("resolved-subject",)
    return Name.of(document.topic) if document.topic else None, ("topic-subject",)


RULE = Rule(
    "key-claim",
    find,
    yes=(
        (
            "DPO发现了一个数学上的捷径: 1. 关键发现:对于任何奖励函数,都存在一个对应的最优策略;",
            "DPO 的关键发现是什么？",
        ),
        ("PointNet很快。PointNet的缺点是不能对点的空间分布进行建模。", "PointNet 的缺点是什么？"),
    ),
    no=("缺点:计算量比较大,训练很慢。", "关键发现是什么呢?"),
)
