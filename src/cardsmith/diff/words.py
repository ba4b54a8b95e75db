"""Which words of a text changed: a diff of Chinese and English words in which formulas and markup are whole.

Myers-like matching by the standard library's ``difflib``; runs too short to read as kept are joined to their changes.
"""

import re
from collections import Counter
from collections.abc import Callable
from difflib import Match, SequenceMatcher
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from cardsmith.text.clozes import MARK
from cardsmith.text.latex import find_formulas, pieces
from cardsmith.text.shadow import HAN

MAX_STEPS = 1_000_000
"""Equal pairs of words that matching may look at (a twentieth of a second): it takes cubic time for texts that strangers
choose. What takes more is marked as a whole."""

Sign = Literal["=", "-", "+"]
"""Kept, deleted, inserted."""


class Run(NamedTuple):
    """A stretch of text that was kept, deleted or inserted."""

    mark: Sign
    text: str


_PIECE = re.compile(rf"[{HAN}]+|[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*|{MARK}|::|\s+|.", re.DOTALL)
_HAN_RUN = re.compile(rf"[{HAN}]+")


def words(text: str) -> list[str]:
    """Return a text cut into words, marks of a cloze, spaces and whole formulas; joined they are the text."""
    found: list[str] = []
    for piece, formula in pieces(text, find_formulas(text)):
        found += [piece] if formula else _cut(piece)
    return found


def _cut(text: str) -> list[str]:
    found: list[str] = []
    for piece in _PIECE.findall(text):
        if _HAN_RUN.fullmatch(piece) and len(piece) > 1:
            found += _cutter()(piece)
        else:
            found.append(piece)
    return found


@lru_cache(maxsize=1)
def _cutter() -> Callable[[str], list[str]]:
    from cardsmith.text.tokenizer import tokenizer

    return tokenizer()


def word_runs(old: str, new: str) -> list[Run]:
    """Return the runs that lead from the old text to the new one: joined without ``+`` they are the old, without ``-`` the new."""
    return token_runs(words(old), words(new))


class _TooManyStepsError(Exception):
    """Matching would take too long."""


class _Bounded(SequenceMatcher[str]):
    """Matching that gives up after ``MAX_STEPS``."""

    def __init__(self, old: list[str], new: list[str]) -> None:
        super().__init__(None, old, new, autojunk=False)
        equals = Counter(new)
        self._before = list(accumulate((equals[word] for word in old), initial=0))
        self._spent = 0

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> Match:
        """Return the longest match, having counted the pairs that are looked at.

        Raises:
            _TooManyStepsError: all in all they were too many.

        """
        self._spent += self._before[-1 if ahi is None else ahi] - self._before[alo]
        if self._spent > MAX_STEPS:
            raise _TooManyStepsError
        return super().find_longest_match(alo, ahi, blo, bhi)


def token_runs(old: list[str], new: list[str]) -> list[Run]:
    """Return the runs between two texts that are cut into tokens already; see ``word_runs``.

    Only what lies between their common beginning and their common end is matched.
    """
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    here, there = old[start : len(old) - end], new[start : len(new) - end]
    first, last = old[:start], old[len(old) - end :]
    return _joined([Run("=", "".join(first)), *_changes(here, there), Run("=", "".join(last))])


def _common(old: list[str], new: list[str]) -> int:
    """Return how many tokens two texts begin with alike."""
    shorter = min(len(old), len(new))
    return next((at for at in range(shorter) if old[at] != new[at]), shorter)


def _changes(old: list[str], new: list[str]) -> list[Run]:
    """Return the runs between two texts that neither begin nor end alike."""
    try:
        steps = _Bounded(old, new).get_opcodes()
    except _TooManyStepsError:
        return [Run("-", "".join(old)), Run("+", "".join(new))]
    runs: list[Run] = []
    for step, a, b, c, d in steps:
        if step == "equal" and not _is_filler(old[a:b]):
            runs.append(Run("=", "".join(old[a:b])))
        else:
            runs += [Run("-", "".join(old[a:b])), Run("+", "".join(new[c:d]))]
    return runs


def _is_filler(kept: list[str]) -> bool:
    """Tell whether a kept run between two changes is only a space or a mark, which reads worse than one change."""
    return all(not any(c.isalnum() for c in word) for word in kept) and len("".join(kept)) < 3


def _joined(runs: list[Run]) -> list[Run]:
    """Return the runs without empty ones; neighbours of one mark are one, deletions before insertions."""
    result: list[Run] = []
    waiting = {"-": "", "+": ""}
    for run in [*runs, Run("=", "")]:
        if run.mark != "=":
            waiting[run.mark] += run.text
            continue
        result += [Run(mark, waiting[mark]) for mark in ("-", "+") if waiting[mark]]
        waiting = {"-": "", "+": ""}
        if run.text and result and result[-1].mark == "=":
            result[-1] = Run("=", result[-1].text + run.text)
        elif run.text:
            result.append(run)
    return result
