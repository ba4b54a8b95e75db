"""Whether the pieces of the quote stand in the answer as they stand there: two that changed places leave a mark.

An answer is cut into the longest pieces that stand in the quote. Where two of them are exchanged and the answer then runs
as the quote does, over both of their edges, the proposer has exchanged them: 从入口到 A 的每条路径都经过 B.
"""

import re
from collections.abc import Iterator
from itertools import combinations

from cardsmith.verify.case import Case
from cardsmith.verify.signs import GRAMMAR, clauses

MOST = 16
"""Pieces of one answer that are looked at; more is a paraphrase."""
GAIN = 2
"""Edges that must run as in the quote which did not before."""

_SIGN = re.compile(r"[A-Za-z0-9.+-]*[A-Za-z0-9]|∎.|[\u3400-\u9fff]|[<>=≤≥%]")
_JOINED = frozenset("和与及或、,;and")


def pieces_keep_their_places(case: Case) -> Iterator[str]:
    """Find two pieces of the quote that have changed places in the answer."""
    quote = _signs(case.quote.text)
    runs = _runs(quote)
    pieces = [piece for clause in clauses(case.statement.text) for piece in _pieces(_signs(clause), runs)]
    if not 2 < len(pieces) <= MOST and not (len(pieces) == 2):
        return
    before = _edges(pieces, runs)
    for one, other in combinations(range(len(pieces)), 2):
        if _is_list(pieces[one + 1 : other]) or pieces[one] == pieces[other] or _says_nothing(pieces[one]) or _says_nothing(pieces[other]):
            continue
        turned = list(pieces)
        turned[one], turned[other] = turned[other], turned[one]
        after = _edges(turned, runs)
        touched = {edge for at in (one, other) for edge in (at - 1, at) if 0 <= edge < len(pieces) - 1}
        gained = sum(after[edge] - before[edge] for edge in touched)
        if gained >= min(GAIN, len(touched)) and (all(after) or gained >= GAIN) and not any(before[edge] for edge in touched) and not _is_turned_round(pieces, one, other, case):
            yield f"{_told(pieces[one])} and {_told(pieces[other])} have changed places"
            return


def _signs(text: str) -> tuple[str, ...]:
    return tuple(sign.casefold() for sign in _SIGN.findall(text))


def _runs(quote: tuple[str, ...]) -> str:
    return "\x00" + "\x00".join(quote) + "\x00"


def _stands(signs: tuple[str, ...], runs: str) -> bool:
    return "\x00" + "\x00".join(signs) + "\x00" in runs


def _pieces(said: tuple[str, ...], runs: str) -> list[tuple[str, ...]]:
    """Return the longest pieces from left to right that stand in the quote; what stands nowhere is left out."""
    found: list[tuple[str, ...]] = []
    at = 0
    while at < len(said):
        end = at + 1
        if not _stands(said[at:end], runs):
            at += 1
            continue
        while end < len(said) and _stands(said[at : end + 1], runs):
            end += 1
        found.append(said[at:end])
        at = end
    return found


def _edges(pieces: list[tuple[str, ...]], runs: str) -> list[bool]:
    """Tell of each edge between two pieces whether it runs as in the quote."""
    return [_stands((*one[-2:], *other[:2]), runs) for one, other in zip(pieces, pieces[1:], strict=False)]


def _is_list(between: list[tuple[str, ...]]) -> bool:
    """Tell whether two pieces are only listed, where their order says nothing."""
    signs = [sign for piece in between for sign in piece]
    return len(signs) <= 1 and all(sign in _JOINED for sign in signs) and bool(signs)


def _says_nothing(piece: tuple[str, ...]) -> bool:
    return all(sign in GRAMMAR for sign in piece)


def _is_turned_round(pieces: list[tuple[str, ...]], one: int, other: int, case: Case) -> bool:
    """Tell whether whole clauses were told in another order, which changes nothing by itself."""
    clauses = [_signs(part) for part in re.split(r"[,，;；。:：\n()→]", case.statement.text)]
    return pieces[one] in clauses and pieces[other] in clauses and len(pieces[one]) > 3 and len(pieces[other]) > 3


def _told(piece: tuple[str, ...]) -> str:
    return "".join(piece)[:20]

