"""A development in order: 从 A、B、C 到 D, A → B → C."""

import re
from collections.abc import Iterator

from cardsmith.extract.rules.base import Draft, Rule
from cardsmith.extract.terms import Name, trim
from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.text.shadow import HAN, key

_STEP = rf"[A-Za-z0-9{HAN}][A-Za-z0-9{HAN}\-+./ ]{{0,24}}?"
_FROM_TO = re.compile(
    rf"从(?P<first>{_STEP})(?P<middle>(?:、{_STEP}){{1,8}}|)(?:、|,)?(?:再)?到(?P<last>{_STEP})的(?P<noun>演变|演进|发展|进化|变迁|历程|改进)(?:历程|过程)?"
)
_ARROW = r"\s?(?:→|->|⇒|➔)\s?"
_ARROWS = re.compile(rf"(?P<steps>{_STEP}(?:{_ARROW}{_STEP}){{1,6}}{_ARROW}[A-Za-z0-9{HAN}\-+./ ]{{1,24}})")


def find(document: Document) -> Iterator[Draft]:
    """Propose each chain of three or more steps; the front asks for the order."""
    for found in _FROM_TO.finditer(document.shadow):
        steps = [found.group("first"), *found.group("middle").split("、"), found.group("last")]
        yield from _draft(
            [step.strip() for step in steps if step.strip()], Span(*found.span()), found.group("noun")
        )
    for found in _ARROWS.finditer(document.shadow):
        first, *others = re.split(_ARROW, found.group("steps"))
        term = trim(document, found.start(), found.start() + len(first))
        name = re.split(r"[是为](?=[ A-Za-z])", term.text)[-1].strip()
        yield from _draft([name, *(step.strip() for step in others)], Span(*found.span()), "演变")


def _draft(steps: list[str], span: Span, noun: str) -> Iterator[Draft]:
    # two steps are no order to learn; 4: loses 3 (2)
    if len(steps) < 3 or len(set(map(key, steps))) < len(steps) or not all(map(key, steps)):
        return
    yield Draft(
        "progression",
        Name.of(f"{'、'.join(steps[:-1])}到{steps[-1]}"),
        span,
        " ".join(map(key, steps)),
        # training sets 3 of 5 annotated, 4 well placed; held out none (2026-12-01)
        0.9,
        front=f"从 {steps[0]} 到 {steps[-1]} 的{noun}依次经过哪些？",
        back=" → ".join(steps),
        aliases=tuple(steps),
    )


RULE = Rule(
    "progression",
    find,
    yes=(
        ("本文梳理从MHA、MQA、GQA到MLA的演变历程。", "从 MHA 到 MLA 的演变依次经过哪些？"),
        (
            "检测器的发展是 R-CNN → Fast R-CNN → Faster R-CNN 。",
            "从 R-CNN 到 Faster R-CNN 的演变依次经过哪些？",
        ),
    ),
    no=("从北京到上海的距离很远。", "不管是DDPM→DDIM还是其他。"),
)
