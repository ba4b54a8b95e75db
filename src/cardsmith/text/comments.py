r"""Comments in LaTeX: a ``%`` that nobody escaped hides what follows it on its line, and draws nothing itself."""

import re
from collections.abc import Iterator

from cardsmith.text.latex import CONTROL, TEXT_ARGUMENT

_PERCENT = re.compile(rf"{TEXT_ARGUMENT}|{CONTROL}|%", re.DOTALL)


def mistaken_comments(body: str) -> Iterator[int]:
    r"""Yield the place of each ``%`` that TeX takes for a comment and nobody meant as one: what follows is not drawn.

    A comment that is meant ends with its line, inside the formula, and stands apart from what is before it; no amount does.
    """
    at = 0
    while percent := _PERCENT.search(body, at):
        at = percent.end()
        if percent.group() != "%":
            continue
        line_end = body.find("\n", at)
        before = body[body.rfind("\n", 0, at) + 1 : at - 1]
        behind = body[at:line_end].strip()
        is_amount = before.rstrip()[-1:].isdigit()
        stands_apart = not before[-1:].strip() or before.endswith(r"\\")
        if line_end < 0 or is_amount or (behind and not stands_apart):
            yield at - 1
        else:
            at = line_end
