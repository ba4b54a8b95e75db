r"""Fixes that cannot change what a card says: only how Anki reads it.

They are applied inside the source lines of a value, so comments and every other byte stay; a file that would then not
read back as intended is left alone.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from cardsmith.decks.deckfile import Deck, Entry, parse_deck
from cardsmith.errors import CardsmithError
from cardsmith.text.clozes import MISSPELT, OPENING, meant_end, read_clozes
from cardsmith.text.comments import mistaken_comments
from cardsmith.text.latex import (
    Formula,
    anki_delimited,
    closed_formulas,
    find_formulas,
    is_in_dollars,
    pieces,
)

FIELDS = ("front", "back", "text", "extra", "where")
"""Where fixes apply; of ``where`` to symbols and meanings. A quote is the source's and is never mended."""

_BM = re.compile(r"\\bm(?![A-Za-z])")
_FULL_END = re.compile(r"[}｝][}｝]")


def dollars_are_ankis(value: str) -> str:
    r"""Return a text whose formulas stand between ``\( \)`` and ``\[ \]`` instead of dollars, line for line."""

    def spelt(piece: str, formula: Formula) -> str:
        if "\n" not in piece:
            return anki_delimited(formula)
        length = 2 if piece.startswith(("$$", "$`")) else 1
        opener, closer = (r"\[", r"\]") if formula.kind == "display" else (r"\(", r"\)")
        return f"{opener}{piece[length:-length]}{closer}"

    found = pieces(value, closed_formulas(value))
    return "".join(
        spelt(piece, formula) if formula and is_in_dollars(piece, formula) else piece
        for piece, formula in found
    )


def percent_is_a_sign(value: str) -> str:
    r"""Return a text whose formulas have ``\%`` in place of a ``%`` that TeX would take for a comment."""

    def spelt(piece: str) -> str:
        body = piece[2:-2]
        for at in reversed([*mistaken_comments(body)]):
            body = f"{body[:at]}\\{body[at:]}"
        return f"{piece[:2]}{body}{piece[-2:]}"

    found = pieces(value, closed_formulas(value))
    return "".join(spelt(piece) if formula and piece[0] == "\\" else piece for piece, formula in found)


def bold_is_boldsymbol(value: str) -> str:
    r"""Return a text whose formulas have ``\boldsymbol`` in place of ``\bm``, which Anki shows red."""
    found = pieces(value, find_formulas(value))
    return "".join(_BM.sub(r"\\boldsymbol", piece) if formula else piece for piece, formula in found)


def cloze_is_half_width(value: str) -> str:
    """Return a text whose clozes have half-width braces, digits and colons, and a small c."""
    if not any(not OPENING.fullmatch(found.group()) for found in MISSPELT.finditer(value)):
        return value

    def spelt(found: re.Match[str]) -> str:
        number = found.group(1)
        if not number.isdigit() or int(number) == 0:
            return found.group()
        return f"{{{{c{int(number)}::"

    return _FULL_END.sub(lambda end: "}}" if "｝" in end.group() else end.group(), MISSPELT.sub(spelt, value))


def cloze_braces_are_apart(value: str) -> str:
    """Return a text in which no ``}}`` of LaTeX ends a cloze: ``} }``."""
    for deletion in reversed(read_clozes(value).deletions):
        end = meant_end(value, deletion)
        if end is None or end == deletion.end:
            continue
        inside = value[deletion.inside : end - 2]
        while "}}" in inside:
            inside = inside.replace("}}", "} }")
        value = value[: deletion.inside] + inside + (" " if inside.endswith("}") else "") + value[end - 2 :]
    return value


FIXES: tuple[tuple[str, tuple[str, ...], Callable[[str], str]], ...] = (
    ("math-dollar", FIELDS, dollars_are_ankis),
    ("math-comment", FIELDS, percent_is_a_sign),
    ("math-macro", FIELDS, bold_is_boldsymbol),
    ("cloze-form", ("text",), cloze_is_half_width),
    ("cloze-braces", ("text",), cloze_braces_are_apart),
)
"""The code that a fix answers, the fields it may touch, and the fix: from a value to a value."""


class Edit(NamedTuple):
    """What stands in a field and what shall."""

    field: str
    before: str
    after: str


def fix_deck(deck: Deck) -> tuple[str, list[str]]:
    """Return a deck file's text with the safe fixes applied, and what was changed: ``id: code`` each."""
    current, changes = deck, []
    for number, entry in enumerate(deck.entries):
        for code, fields, fix in FIXES:
            for field in fields:
                if mended := _mended(current, current.entries[number], field, fix):
                    current = mended
                    changes.append(f"{entry.card.id}: {code} in {field}")
    return current.text, changes


def _mended(deck: Deck, entry: Entry, field: str, fix: Callable[[str], str]) -> Deck | None:
    """Return the deck with one field fixed, or None when there is nothing to fix or it cannot be done safely."""
    old = getattr(entry.card, field)
    new: str | dict[str, str]
    if isinstance(old, str):
        new = fix(old)
        edits = [Edit(field, old, new)]
    else:
        pairs = (old or {}).items()
        new = {fix(symbol): fix(meaning) for symbol, meaning in pairs}
        edits = [Edit(f"where.{pair[0]}", text, fix(text)) for pair in pairs for text in pair]
    if all(edit.before == edit.after for edit in edits):
        return None
    wanted = [e.card if e is not entry else e.card.model_copy(update={field: new}) for e in deck.entries]
    for text in (_replaced(deck, entry, edits), _replaced(deck, entry, _in_single_quotes(edits))):
        try:
            mended = parse_deck(text, deck.path) if text else None
        except CardsmithError:
            continue
        if mended and [e.card for e in mended.entries] == wanted:
            return mended
    return None


def _in_single_quotes(edits: list[Edit]) -> list[Edit]:
    """Return the edits with other quotation marks: between double ones stands no LaTeX."""
    return [Edit(edit.field, f'"{edit.before}"', f"'{edit.after}'") for edit in edits]


def _replaced(deck: Deck, entry: Entry, edits: list[Edit]) -> str | None:
    """Return the deck's text with values replaced in their lines, or None where one does not stand as it is read."""
    lines = deck.text.split("\n")
    for edit in edits:
        row = entry.marks[edit.field].line - 1
        for before, after in zip(edit.before.split("\n"), edit.after.split("\n"), strict=True):
            while row < entry.end and before not in lines[row]:
                row += 1
            if row == entry.end:
                return None
            lines[row] = lines[row].replace(before, after, 1)
            row += 1
    return "\n".join(lines)
