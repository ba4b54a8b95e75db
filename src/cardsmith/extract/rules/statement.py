"""A statement that is worth a card, as the model judges it, asked in the way its shape suggests."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cardsmith.extract.features import features
from cardsmith.extract.naming import named_term
from cardsmith.extract.questions import LEAD_IN, ask, ask_plainly, what_is
from cardsmith.extract.rules.base import Draft, Rule
from cardsmith.extract.shapes import NAMING
from cardsmith.extract.stretches import Stretch, stretches
from cardsmith.extract.terms import Name, Term, fault, term_at, trim
from cardsmith.extract.worth import models
from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.text.shadow import HAN, HOLE, OPEN, key

NO_QUESTION = "no-question"
"""Flag of a card whose question an editor must write: no shape fits the statement."""
THRESHOLD = 0.2
"""Of the probability that a card of this kind is wanted, chosen on texts left out: see the curve of train_worth.py.

On texts that the model has seen .15 loses .020 of F1, .25 wins .011 and .3 .013, which says nothing of new text.
"""
EXPLAINED = 0.1
"""Stretches above this are made into cards, so that ``--explain`` shows what the threshold dropped."""
SHORTEST_ANSWER = 5
"""Characters that must be left of a statement without the term it begins with."""
MOST_RATED = 300
"""Stretches of one sentence that are weighed against each other; a sentence of more is no prose. 30: the same cards."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A stretch as the model rates it."""

    rating: float
    """Probability that a card of its likelier kind is wanted."""
    stretch: Stretch
    defines: bool
    """It rather says what something is than what holds of it."""


def find(document: Document) -> Iterator[Draft]:
    """Propose the likeliest stretches that do not overlap, each as one question."""
    answers: dict[str, str] = {}
    for choice in chosen(document):
        draft = _draft(document, choice)
        if draft:
            same = answers.setdefault(draft.anchor, draft.back) == draft.back
            yield draft if same else replace(draft, anchor=f"{draft.anchor} {key(draft.back)}")


def chosen(document: Document) -> list[Choice]:
    """Return the stretches that may be worth a card, likeliest first, none overlapping another.

    Of each sentence the set is taken whose ratings above ``THRESHOLD`` sum highest, so that two facts are two cards;
    what is left beside it is added while it is above ``EXPLAINED``.
    """
    by_sentence: dict[int, list[Choice]] = {}
    for stretch in stretches(document):
        choice = _rated(document, stretch)
        if choice.rating >= EXPLAINED:
            by_sentence.setdefault(stretch.sentence, []).append(choice)
    taken = [choice for rated in by_sentence.values() for choice in _best_set(rated)]
    return sorted(taken, key=lambda choice: (-choice.rating, choice.stretch.span))


def _best_set(rated: list[Choice]) -> list[Choice]:
    """Choose by weighted interval scheduling (Kleinberg and Tardos, Algorithm Design, 6.1), then greedily."""
    rated = sorted(rated, key=lambda choice: -choice.rating)[:MOST_RATED]
    by_end: dict[int, list[Choice]] = {}
    for choice in rated:
        by_end.setdefault(choice.stretch.span.end, []).append(choice)
    ends = sorted(by_end)
    best: list[tuple[float, tuple[Choice, ...]]] = [(0.0, ())]
    for end in ends:
        here = best[-1]
        for choice in by_end[end]:
            if choice.rating >= THRESHOLD:
                total, before = best[bisect_right(ends, choice.stretch.span.start)]
                here = max(
                    here, (total + choice.rating - THRESHOLD, (*before, choice)), key=lambda pair: pair[0]
                )
        best.append(here)
    taken = list(best[-1][1])
    for choice in sorted(rated, key=lambda choice: (-choice.rating, choice.stretch.span)):
        if all(choice.stretch.span.overlap(other.stretch.span) == 0 for other in taken):
            taken.append(choice)
    return taken


def _rated(document: Document, stretch: Stretch) -> Choice:
    found = features(document, stretch)
    worth, defines = models().probabilities(found)
    return Choice(worth * max(defines, 1 - defines), stretch, defines > 0.5)


def _draft(document: Document, choice: Choice) -> Draft | None:
    span = choice.stretch.span
    shadow = document.shadow[span.start : span.end]
    if HOLE in shadow or OPEN in shadow:
        return None
    named = named_term(document, span) if choice.defines else None
    introduced = named or introduced_term(document, span)
    question = ask(document, span) or ask_plainly(document, span)
    term = introduced or (question.term if question else None)
    flags: tuple[str, ...] = ()
    if not term:
        flags = ("topic-subject",)
        term = Name.of(document.topic) if document.topic else _first_name(document, span)
    asked = question_before(document, choice.stretch)
    called = (
        question
        and question.shape == "called"
        and question.term
        and key(question.term.text) == key(term.text)
    )
    if question and called and choice.defines and not asked:
        front, answer = what_is(document, term), question.answer
    elif introduced and choice.defines:
        front, answer = what_is(document, term), _without(document, introduced, span)
    elif asked:
        front, answer = asked, span
    elif question and choice.defines and question.term and question.shape in NAMING:
        front, answer = what_is(document, question.term), question.answer
    elif question:
        front, answer = question.front, question.answer
    else:
        front, answer = _plain(document, term.prose), span
        flags = (*flags, NO_QUESTION)
    return Draft(
        "definition" if choice.defines else "claim",
        term,
        span,
        key(shadow) if NO_QUESTION in flags else key(front),
        round(choice.rating, 2),
        front=front,
        back=document.prose(answer.start, answer.end),
        aliases=introduced.aliases if introduced else (),
        flags=flags,
    )


_A_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9-]+(?: [A-Z][A-Za-z0-9-]+)*|[{HAN}]{{2,8}}", re.ASCII)


def _first_name(document: Document, span: Span) -> Name:
    """Return the first Latin name of a stretch, else its first Han phrase, else its beginning: what an editor looks for."""
    names = list(_A_NAME.finditer(document.shadow, span.start, span.end))
    first = next((name for name in names if name.group()[0].isupper()), next(iter(names), None))
    if first:
        return term_at(document, Span(*first.span()))
    return Name.of(document.prose(span.start, min(span.end, span.start + 8)))  # enough to find the place by


_INTRODUCED = re.compile(
    rf"(?:\x1f+|(?<=[「“])|^|(?<=[,:即为作是的个种名]))(?P<term>[A-Za-z0-9{HAN}][A-Za-z0-9{HAN} \-]{{1,24}}?)[\x1f」”]*\s?\((?P<other>[A-Za-z][^()]{{2,50}}|[{HAN}]{{2,10}})\)"
)
_EMPHASISED = re.compile(rf"\x1f(?P<term>[A-Za-z0-9{HAN}][A-Za-z0-9{HAN} \-]{{1,24}}?)\x1f")
_CLAUSE = re.compile(r"通过|[是将以在按就和与了把被对]|可以|需要|使用|的|探索|提出")
"""What a clause before a bracket has and a term has not."""
_NAMES = re.compile(r"(?:称为|称作|叫做|叫作|称之为|即|就是|名为|的)[「“]?$|^$|是(?:一[个种类])?[「“]?$")


def introduced_term(document: Document, span: Span) -> Term | None:
    """Return the one term that a stretch introduces: emphasised or with its other name in brackets, where names stand.

    Names stand at the stretch's beginning or behind 称为, 即 and their kind. The term's span takes in the bracket.
    """
    text = document.shadow[span.start : span.end]
    found = [m for pattern in (_INTRODUCED, _EMPHASISED) for m in pattern.finditer(text)]
    named = [m for m in found if _NAMES.search(text[: m.start("term")].rstrip("\x1f "))]
    if (
        not named or len({m.group("term") for m in found}) > 2
    ):  # a list of names introduces none; 1 and 3 do the same
        return None
    first = named[0]
    end = first.end() if "other" in first.re.groupindex else first.end("term")
    term = trim(document, span.start + first.start("term"), span.start + end)
    if fault(term.text) or _CLAUSE.search(term.text):
        return None
    return replace(term, span=Span(term.span.start, span.start + end))


def _without(document: Document, term: Term, span: Span) -> Span:
    """Return the stretch without the term when that stands at its very beginning and is no one's owner (X 的…)."""
    if term.span.start > span.start + LEAD_IN or document.shadow.startswith("的", term.span.end):
        return span
    naming = _SAID.match(document.shadow, term.span.end, span.end)
    return Span(naming.end(), span.end) if naming and span.end - naming.end() > SHORTEST_ANSWER else span


_SAID = re.compile(
    r"\s*(?:\([^()]*\))?[\s,\x1f]*(?:说的就?是|也就是说?|指的是|就?是指|就是|即|:|=|is|means|refers to)?[\s,:\x1f]*"
)
"""What stands between a term and what it is said to be."""


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
            "与 BERT 相比,GPT 只能看到左边的词,所以更适合生成。",
            "与 BERT 相比，GPT 有什么不同？",
        ),
    ),
    no=(
        "下面我们先来看一个例子。",
        "大家可以在评论区留言讨论。",
        "那么它是怎么做到的呢?",
        "其形式如下: [公式]",
    ),
)
