"""Whether the pieces of the quote stand in the answer as they stand there: two that changed places leave a mark.

An answer is cut into the longest pieces that stand in the quote. Where two of them are exchanged and the answer then runs
as the quote does, over both of their edges, the proposer has exchanged them: 从入口到 A 的每条路径都经过 B.
"""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise

from cardsmith.verify.case import Case
from cardsmith.verify.signs import GRAMMAR, clauses

MOST = 16
"""Pieces of one answer that are looked at; more is a paraphrase."""
GAIN = 2
"""Edges that must run as in the quote which did not before."""

_SIGN = re.compile(r"[A-Za-z0-9.+-]*[A-Za-z0-9]|∎.|[\u3400-\u9fff]|[<>=≤≥%]")
Piece = tuple[str, ...]
"""Signs of a text, side by side."""

_JOINED = frozenset("和与及或、,;and")


def pieces_keep_their_places(case: Case) -> Iterator[str]:
    """Find two pieces of the quote that have changed places in the answer."""
    runs = _runs(_signs(case.quote.text))
    pieces = [piece for clause in clauses(case.statement.text) for piece in _pieces(_signs(clause), runs)]
    if not 2 <= len(pieces) <= MOST:
        return
    for one, other in combinations(range(len(pieces)), 2):
        may_change = not _is_list(pieces[one + 1 : other]) and not _is_clause_each(
            pieces[one], pieces[other], case
        )
        if may_change and _fits_better_exchanged(pieces, one, other, runs):
            yield f"{_told(pieces[one])} and {_told(pieces[other])} have changed places"
            return


def _fits_better_exchanged(pieces: list[Piece], one: int, other: int, runs: str) -> bool:
    """Tell whether no edge of two pieces runs as in the quote, and once they are exchanged enough of them do."""
    if pieces[one] == pieces[other] or _says_nothing(pieces[one]) or _says_nothing(pieces[other]):
        return False
    turned = list(pieces)
    turned[one], turned[other] = turned[other], turned[one]
    before, after = _edges(pieces, runs), _edges(turned, runs)
    touched = {edge for at in (one, other) for edge in (at - 1, at) if 0 <= edge < len(pieces) - 1}
    gained = sum(after[edge] for edge in touched)
    return not any(before[edge] for edge in touched) and (
        gained >= GAIN or (gained == len(touched) and all(after))
    )


def _signs(text: str) -> Piece:
    return tuple(sign.casefold() for sign in _SIGN.findall(text))


def _runs(quote: Piece) -> str:
    return "\x00" + "\x00".join(quote) + "\x00"


def _stands(signs: Piece, runs: str) -> bool:
    return "\x00" + "\x00".join(signs) + "\x00" in runs


def _pieces(said: Piece, runs: str) -> list[Piece]:
    """Return the longest pieces from left to right that stand in the quote; what stands nowhere is left out."""
    found: list[Piece] = []
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


def _edges(pieces: list[Piece], runs: str) -> list[bool]:
    """Tell of each edge between two pieces whether it runs as in the quote."""
    return [_stands((*one[-2:], *other[:2]), runs) for one, other in pairwise(pieces)]


def _is_list(between: list[Piece]) -> bool:
    """Tell whether two pieces are only listed, where their order says nothing."""
    signs = [sign for piece in between for sign in piece]
    return len(signs) <= 1 and all(sign in _JOINED for sign in signs) and bool(signs)


def _says_nothing(piece: Piece) -> bool:
    return all(sign in GRAMMAR for sign in piece)


def _is_clause_each(one: Piece, other: Piece, case: Case) -> bool:
    """Tell whether both are whole clauses: told in another order they say the same."""
    whole = [_signs(part) for part in re.split(r"[,，;；。:：\n()→]", case.statement.text)]
    return one in whole and other in whole and min(len(one), len(other)) > 3


def _told(piece: Piece) -> str:
    return "".join(piece)[:20]
