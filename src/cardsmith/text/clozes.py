r"""Clozes as Anki reads them, and as their author meant them: the two differ where LaTeX braces meet ``}}``.

Anki takes the first ``}}`` behind ``{{c1::`` as its end and the first ``::`` inside as the start of a hint. A formula
that stands whole in the text is made safe when it is rendered, so only what is left can go wrong.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from cardsmith.text.latex import TOKEN, closed_formulas, pieces
from cardsmith.text.shadow import key

OPENING = re.compile(r"\{\{c([0-9]+)::")
"""How Anki knows a deletion's beginning; the group is its number."""
MARK = r"\{\{c[0-9]+::|\}\}"
"""Where a deletion begins or may end, for use in a regular expression."""
SIGN = re.compile(rf"{OPENING.pattern}|\}}\}}")
"""The same with the number of a beginning as group 1, which an end does not have."""
MISSPELT = re.compile(r"[{｛]\s?[{｛]\s?[cCｃＣ]\s?([\d,，０-９]*)\s?(?:::?|：：?)")
_BRACE = re.compile(rf"{MARK}|{TOKEN.pattern}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Deletion:
    """One ``{{c1::answer::hint}}`` of a text."""

    number: int
    start: int
    """Of its first brace, in characters."""
    inside: int
    """Of its content."""
    end: int
    """Behind its last brace (half-open)."""
    answer: str
    hint: str | None
    """None without ``::``."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A cloze text as Anki reads it."""

    deletions: tuple[Deletion, ...]
    """In the order of their beginnings; they may stand inside one another."""
    unclosed: tuple[int, ...]
    """Offsets of openings without an end."""
    stray: tuple[int, ...]
    """Offsets of ``}}`` that end nothing."""


@lru_cache(maxsize=256)
def read_clozes(text: str) -> Reading:
    """Return the deletions of a text as Anki finds them once it is rendered."""
    masked = mask_whole_formulas(text)
    stack: list[re.Match[str]] = []
    found: list[Deletion] = []
    stray: list[int] = []
    for sign in SIGN.finditer(masked):
        if sign.group(1):
            stack.append(sign)
        elif stack:
            opening = stack.pop()
            content = masked[opening.end() : sign.start()]
            colons = content.find("::") if "{{c" not in content else -1
            cut = opening.end() + colons
            answer = text[opening.end() : cut if colons >= 0 else sign.start()]
            hint = text[cut + 2 : sign.start()] if colons >= 0 else None
            number = int(opening.group(1)[:9])
            found.append(Deletion(number, opening.start(), opening.end(), sign.end(), answer, hint))
        else:
            stray.append(sign.start())
    found.sort(key=lambda deletion: deletion.start)
    return Reading(tuple(found), tuple(opening.start() for opening in stack), tuple(stray))


def mask_whole_formulas(text: str) -> str:
    """Return a text of the same length without the braces and colons of formulas that hold no deletion."""
    if "\\" not in text and "$" not in text:
        return text
    return "".join(
        "\ue004" * len(piece) if formula and not OPENING.search(formula.body) else piece
        for piece, formula in pieces(text, closed_formulas(text))
    )


def cloze_numbers(text: str) -> list[int]:
    """Return the distinct numbers of the deletions that begin in a text, ascending: each is a card."""
    return sorted({int(number) for number in OPENING.findall(text)})


def meant_end(text: str, deletion: Deletion) -> int | None:
    """Return where a deletion ends if its LaTeX braces are balanced: behind the ``}}`` outside of them all.

    None when there is no such place.
    """
    masked = mask_whole_formulas(text)
    depth, nested = 0, 0
    at = deletion.inside
    while sign := _BRACE.search(masked, at):
        token, at = sign.group(), sign.end()
        if token.startswith("{{c"):
            nested += 1
        elif token == "{":
            depth += 1
        elif token == "}}" and depth == 0:
            if nested == 0:
                return sign.end()
            nested -= 1
        elif token in ("}", "}}"):
            depth -= 1
            at = sign.start() + 1
    return None


def without_deletions(text: str, mark: str = "") -> str:
    """Return a text with ``mark`` in place of each deletion that stands in no other."""
    parts, at = [], 0
    for deletion in read_clozes(text).deletions:
        if deletion.start >= at:
            parts += [text[at : deletion.start], mark]
            at = deletion.end
    return "".join([*parts, text[at:]])


def cloze_hashes(text: str) -> dict[str, str]:
    """Return for each number of a cloze text a short hash of what it deletes, whatever its spaces and markup."""
    answers: dict[str, list[str]] = {}
    for deletion in read_clozes(text).deletions:
        answers.setdefault(str(deletion.number), []).append(key(deletion.answer) or deletion.answer.strip())
    return {
        number: hashlib.sha256("\n".join(found).encode("utf-8", "surrogatepass")).hexdigest()[:8]
        for number, found in answers.items()
    }
