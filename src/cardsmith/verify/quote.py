"""Whether a quote can carry a card: long enough to prove something, short enough to be looked at, not cut by its source."""

import re
from collections.abc import Iterator

from cardsmith.text.shadow import HAN
from cardsmith.verify.case import Case

SHORTEST = 3
"""Han, Latin words, numbers and signs of formulas: fewer state nothing."""
LONGEST = 800
"""Characters: what is longer is a section and proves a whole of which the card is any part."""
LONG = 400
"""Characters of a quote that a reviewer has to search for its proof."""

_UNIT = re.compile(rf"[{HAN}]|[A-Za-z]+|\d+(?:\.\d+)?|\\[A-Za-z]+")
_ENDS = re.compile(r"[。！？.!?；;」』”\"')）]\s*$")


def says_something(case: Case) -> Iterator[str]:
    """Find a quote of a word or two: it proves that a word stands there, and no statement."""
    if len(_UNIT.findall(case.claim.quote)) < SHORTEST:
        yield f"the quote {case.claim.quote[:30]!r} states nothing: quote what proves the answer"


def is_a_piece(case: Case) -> Iterator[str]:
    """Find a quote of a whole section."""
    if len(case.claim.quote) > LONGEST:
        yield f"the quote has {len(case.claim.quote)} characters, at most {LONGEST}: quote what proves the answer"


def is_not_cut(case: Case) -> Iterator[str]:
    """Find a quote at the end of a text that was cut there: its last words may say the opposite once it goes on."""
    excerpt = case.document.excerpt
    rest = excerpt.text[case.span.end :].strip(" .…\n")
    if (
        excerpt.truncated
        and not rest
        and not _ENDS.search(excerpt.text[: case.span.end].rstrip(" .…\n") + " ")
    ):
        last = case.claim.quote.rstrip(" .…\n")
        if not _ENDS.search(last):
            yield f"the notes are cut off behind {last[-12:]!r}: leave this fact"


def is_long(case: Case) -> Iterator[str]:
    """Note a quote in which the proof has to be searched for."""
    if LONG < len(case.claim.quote) <= LONGEST:
        yield f"{len(case.claim.quote)} characters"
