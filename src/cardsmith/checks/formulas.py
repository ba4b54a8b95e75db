"""Formulas as learners will see them."""

import re
from collections.abc import Iterator
from functools import lru_cache

from cardsmith.anki.mathjax import instead_of, too_new, unknown_macro
from cardsmith.anki.safety import UNSAFE_HINT, unsafe, unsafe_in_text
from cardsmith.anki.structure import excess
from cardsmith.checks.base import Context, Finding
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.text.clozes import OPENING, without_deletions
from cardsmith.text.code import without_code
from cardsmith.text.comments import mistaken_comments
from cardsmith.text.latex import (
    Formula,
    closed_formulas,
    find_formulas,
    is_in_dollars,
    pieces,
    states_something,
    with_anki_delimiters,
)

_DOLLARS = re.compile(r"(?<![\\$])\$(?![\s\d])[^$\n]*[\\_^=][^$\n]*\$|\$\$")
_NO_MATH = {"quote", "cite", "tags", "aka", "released_as", "heading"}
_MAY_BE_MATH = re.compile(r"[\\$\[【]")


def formulas_are_whole(_deck: Deck, entry: Entry, context: Context) -> Iterator[Finding]:
    """Find formulas that are never closed or that Anki's MathJax does not draw."""
    for name, formula in _formulas(entry):
        if formula.kind == "open":
            yield Finding(name, "a formula is opened and never closed", r"close it with \) or \]")
            continue
        shown = _shown(formula)
        fault = _fault(formula, context)
        if fault and (excess(shown) or not unknown_macro(shown)):
            yield Finding(name, f"{fault}: {formula.body.strip()[:60]}", instead_of(fault))


def macros_are_known(_deck: Deck, entry: Entry, context: Context) -> Iterator[Finding]:
    r"""Find control sequences that Anki's MathJax does not know: they show red."""
    for name, formula in _formulas(entry):
        shown = _shown(formula)
        if not excess(shown) and (fault := unknown_macro(shown)) and _fault(formula, context):
            yield Finding(name, f"{fault}: {formula.body.strip()[:60]}", instead_of(fault))


def _fault(formula: Formula, context: Context) -> str | None:
    """Say why learners would not see a formula; the judge is not asked of what may not ship, or would keep it busy."""
    if formula.kind not in ("inline", "display"):
        return None
    shown = _shown(formula)
    return excess(shown) or (None if unsafe(shown) else context.judge(shown))


def formulas_are_harmless(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find formulas that MathJax draws and no learner should get: they call home, hide or redefine."""
    for name, value in entry.pieces:
        if "\\" in value and (fault := unsafe_in_text(with_anki_delimiters(value), cloze=name == "text")):
            yield Finding(name, fault, UNSAFE_HINT)


def macros_are_old_enough(_deck: Deck, entry: Entry, context: Context) -> Iterator[Finding]:
    """Find control sequences that the oldest Anki of ``anki:`` in the topics file does not know."""
    if not (oldest := context.project.topics.anki):
        return
    for name, formula in _formulas(entry):
        if formula.kind in ("inline", "display") and (fault := too_new(_shown(formula), oldest)):
            yield Finding(name, fault, "write it with older commands, or raise `anki:` in decks/topics.yaml")


def holes_are_filled(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a placeholder such as ``[公式]`` that an exporter left where a formula was."""
    for name, formula in _formulas(entry):
        if formula.kind == "hole":
            yield Finding(name, "a placeholder where a formula was", "write the formula, or delete the card")


def delimiters_are_ankis(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    r"""Find formulas in dollar signs, which are not Anki's, and dollar signs that look like one and are none."""
    for name, value in entry.pieces:
        if "$" not in value or name in ("quote", "cite"):
            continue
        found = [*pieces(value, closed_formulas(value))]
        inside = next((piece for piece, formula in found if is_in_dollars(piece, formula)), None)
        if inside:
            hint = r"write \( … \), or \[ … \] for a display; `check --fix` does"
            yield Finding(name, f"{' '.join(inside.split())[:60]}: a formula in dollar signs", hint)
        elif _DOLLARS.search("".join(" " if formula else without_code(piece) for piece, formula in found)):
            yield Finding(name, "Anki shows `$` as text", r"write \( … \), or \[ … \] for a display")


def percents_are_signs(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    r"""Find a bare ``%`` in a formula: TeX takes it and what follows for a comment."""
    for name, formula in _formulas(entry):
        for at in mistaken_comments(formula.body):
            lost = formula.body[at:].split("\n")[0]
            yield Finding(
                name, f"{lost[:40]} is a comment to TeX and not shown", r"write \%; `check --fix` does"
            )
            break


def symbols_are_explained(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a formula card that does not say what its symbols mean."""
    if not entry.card.where:
        hint = "add `where:` with each symbol and its meaning"
        yield Finding("back", "a formula whose symbols are not explained", hint)


def formula_states_something(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    r"""Find a formula card whose answer only introduces notation, such as ``X=(x_1,\dots,x_N)``."""
    answer = entry.card.back or entry.card.text or ""
    bodies = [f.body for f in find_formulas(answer) if f.kind in ("inline", "display")]
    if bodies and not any(map(states_something, bodies)):
        field = "back" if entry.card.back else "text"
        yield Finding(
            field, "the formula names something and states nothing", "ask for what holds, or delete it"
        )


def may_hold_math(entry: Entry) -> bool:
    """Tell whether a card can hold a formula or the hole of one at all."""
    return any(_MAY_BE_MATH.search(value) for _, value in entry.pieces)


def _formulas(entry: Entry) -> tuple[tuple[str, Formula], ...]:
    """Return the formulas and holes of a card, each with its field's name."""
    return _formulas_in(entry.pieces)


@lru_cache(maxsize=16)
def _formulas_in(pieces: tuple[tuple[str, str], ...]) -> tuple[tuple[str, Formula], ...]:
    return tuple(
        (name, formula)
        for name, value in pieces
        if name not in _NO_MATH and _MAY_BE_MATH.search(value)
        for formula in find_formulas(value)
    )


def _shown(formula: Formula) -> str:
    """Return a formula's body as MathJax meets it: a deletion inside is dots on the front and its answer on the back."""
    if not OPENING.search(formula.body):
        return formula.body
    return without_deletions(formula.body, "[...]")
