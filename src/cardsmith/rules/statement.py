"""A statement that is worth a card, as the model judges it, asked in the way its shape suggests."""

import re
from collections.abc import Iterator
from dataclasses import replace

from cardsmith.model import Span
from cardsmith.questions import DEFINING, ask
from cardsmith.rules.base import Draft, Rule
from cardsmith.segment import Document
from cardsmith.terms import Term, fault, trim
from cardsmith.text import HAN, HOLE, OPEN, key
from cardsmith.worth import Stretch, features, models, stretches, subject_span

NO_QUESTION = "no-question"
"""Flag of a card whose question an editor must write: no shape fits the statement."""
THRESHOLD = 0.36
"""Of the model's probability; see the curve that scripts/train_worth.py prints."""


EXPLAINED = 0.15
"""Stretches above this are made into cards, so that ``--explain`` shows what the threshold dropped."""
DEFINES_IF_CUED, DEFINES = 0.35, 0.6
"""Of the other model's probability: with and without a defining shape of sentence."""


def find(document: Document) -> Iterator[Draft]:
    """Propose the likeliest stretches that do not overlap, each as one question."""
    answers: dict[str, str] = {}
    for probability, stretch in chosen(document):
        draft = _draft(document, stretch, probability)
        if draft:
            same = answers.setdefault(draft.anchor, draft.back) == draft.back
            yield draft if same else replace(draft, anchor=f"{draft.anchor} {key(draft.back)}")


def chosen(document: Document) -> list[tuple[float, Stretch]]:
    """Return the stretches that may be worth a card, likeliest first; of two that overlap only the likelier."""
    card = models()["card"]
    rated = [(card.probability(features(document, stretch)), stretch) for stretch in stretches(document)]
    rated.sort(key=lambda pair: (-pair[0], pair[1].span))
    taken: list[tuple[float, Stretch]] = []
    by_sentence: dict[int, list[Span]] = {}
    for probability, stretch in rated:
        if probability < EXPLAINED:
            break
        neighbours = by_sentence.setdefault(stretch.sentence, [])
        if all(stretch.span.overlap(other) == 0 for other in neighbours):
            neighbours.append(stretch.span)
            taken.append((probability, stretch))
    return taken


def _draft(document: Document, stretch: Stretch, probability: float) -> Draft | None:
    span = stretch.span
    shadow = document.shadow[span.start : span.end]
    if HOLE in shadow or OPEN in shadow:
        return None
    introduced = introduced_term(document, span)
    question = ask(document, span)
    term = introduced.text if introduced else question.term if question else ""
    flags: tuple[str, ...] = ()
    if not term:
        subject = subject_span(document, span)
        term = trim(document.shadow, subject.start, subject.end).text
        if fault(term):
            term, flags = document.topic, ("topic-subject",)
    if not term:
        return None
    likely = models()["definition"].probability(features(document, stretch))
    says_so = bool(introduced) or (question is not None and question.shape in DEFINING)
    defines = not flags and likely >= (DEFINES_IF_CUED if says_so else DEFINES)
    asked = question_before(document, stretch)
    if introduced and defines:
        front, answer = (
            (f"什么是{term}？" if document.is_chinese else f"What is {term}?"),
            _without(introduced, span),
        )
    elif asked:
        front, answer = asked, span
    elif question:
        front, answer = question.front, question.answer
    else:
        front, answer = _plain(document, term), span
        flags = (*flags, NO_QUESTION)
    return Draft(
        "definition" if defines else "claim",
        term,
        span,
        key(shadow) if NO_QUESTION in flags else key(front),
        round(probability, 2),
        front=front,
        back=document.prose(answer.start, answer.end),
        aliases=introduced.aliases if introduced else (),
        flags=flags,
    )


_INTRODUCED = re.compile(
    rf"(?:\x1f+|(?<=[「“])|^|(?<=[,:即为作是的个种名]))(?P<term>[A-Za-z0-9{HAN}][A-Za-z0-9{HAN} \-]{{1,24}}?)[\x1f」”]*\s?\((?P<other>[A-Za-z][^()]{{2,50}}|[{HAN}]{{2,10}})\)"
)
_EMPHASISED = re.compile(rf"\x1f(?P<term>[A-Za-z0-9{HAN}][A-Za-z0-9{HAN} \-]{{1,24}}?)\x1f")
_CLAUSE = re.compile(r"通过|[是将以在按就和与了把被对]|可以|需要|使用|的|探索|提出")
"""What a clause before a bracket has and a term has not."""
_NAMES = re.compile(r"(?:称为|称作|叫做|叫作|称之为|即|就是|名为|的)[「“]?$|^$|是(?:一[个种类])?[「“]?$")


def introduced_term(document: Document, span: Span) -> Term | None:
    """Return the one term that a stretch introduces: emphasised or with its other name in brackets, where names stand.

    Names stand at the stretch's beginning or behind 称为, 即 and their kind.
    """
    text = document.shadow[span.start : span.end]
    found = [m for pattern in (_INTRODUCED, _EMPHASISED) for m in pattern.finditer(text)]
    named = [m for m in found if _NAMES.search(text[: m.start("term")].rstrip("\x1f "))]
    if not named or len({m.group("term") for m in found}) > 2:
        return None
    first = named[0]
    end = first.end() if "other" in first.re.groupindex else first.end("term")
    term = trim(document.shadow, span.start + first.start("term"), span.start + end)
    if fault(term.text) or _CLAUSE.search(term.text):
        return None
    return Term(Span(term.span.start, span.start + end), term.text, term.aliases)


def _without(term: Term, span: Span) -> Span:
    """Return the stretch without the term when that stands at its very beginning."""
    return Span(term.span.end, span.end) if term.span.start <= span.start + 2 else span


def question_before(document: Document, stretch: Stretch) -> str:
    """Return the question that stands right before a stretch as one of an interview or heading (Q: …); else empty."""
    if stretch.sentence == 0 or not stretch.first:
        return ""
    before = document.sentences[stretch.sentence - 1]
    if not before.is_question or not before.marker.startswith("Q"):
        return ""
    return document.prose(before.span.start, before.span.end)


def _plain(document: Document, term: str) -> str:
    return f"{term}有什么要点？" if document.is_chinese else f"What is the point about {term}?"


RULE = Rule(
    "statement",
    find,
    yes=(
        (
            "因为 DDPM 的反向过程利用了马尔可夫假设,所以每次都必须在相邻的时间步之间进行去噪,而不能跳过中间步骤。",
            "为什么每次都必须在相邻的时间步之间进行去噪，而不能跳过中间步骤？",
        ),
        (
            "与非参数模型相比,参数模型在处理大型数据集时能够更有效地扩展,但受限于可以表示的分布族。",
            "与非参数模型相比，参数模型有什么不同？",
        ),
    ),
    no=(
        "下面我们先来看一个例子。",
        "大家可以在评论区留言讨论。",
        "那么它是怎么做到的呢?",
        "其形式如下: [公式]",
    ),
)
