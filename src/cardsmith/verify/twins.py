"""Whether two claims of one answer are one card."""

from cardsmith.text.shadow import key
from cardsmith.verify.case import Case
from cardsmith.verify.signs import content

SAME_PLACE = 0.6
"""Of the shorter quote that both share."""
SAME_ANSWER = 0.75
"""Of the shorter answer's signs that both share, and half of the longer one's."""


def is_twin(one: Case, other: Case) -> bool:
    """Tell whether two cards ask the same, or rest on one place and answer the same."""
    if _asked(one) == _asked(other):
        return True
    if one.seen is not other.seen:
        return False
    shared = min(one.span.end, other.span.end) - max(one.span.start, other.span.start)
    shorter = min(one.span.end - one.span.start, other.span.end - other.span.start)
    if shared <= SAME_PLACE * shorter:
        return False
    mine, yours = content(one.answer.text), content(other.answer.text)
    both = len(mine & yours)
    return (
        bool(both)
        and both >= SAME_ANSWER * min(len(mine), len(yours))
        and both > 0.5 * max(len(mine), len(yours))
    )


def _asked(case: Case) -> str:
    return key(case.claim.front or case.claim.text)
