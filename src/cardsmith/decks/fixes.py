r"""Fixes that cannot change what a card says: only how Anki reads it.

They are applied inside the source lines of a value, so comments and every other byte stay; a file that would then not
read back as intended is left alone.
"""

import re
from collections.abc import Callable

from cardsmith.decks.deckfile import Deck, Entry, parse_deck
from cardsmith.errors import CardsmithError
from cardsmith.text.clozes import MISSPELT, OPENING, meant_end, read_clozes
from cardsmith.text.latex import find_formulas, pieces

FIELDS = ("front", "back", "text", "extra")
"""Where fixes apply. A quote is the source's and is never mended."""

_BM = re.compile(r"\\bm(?![A-Za-z])")
_FULL_END = re.compile(r"[}｝][}｝]")


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
    ("math-macro", FIELDS, bold_is_boldsymbol),
    ("cloze-form", ("text",), cloze_is_half_width),
    ("cloze-braces", ("text",), cloze_braces_are_apart),
)
"""The code that a fix answers, the fields it may touch, and the fix: from a value to a value."""


def fix_deck(deck: Deck) -> tuple[str, list[str]]:
    """Return a deck file's text with the safe fixes applied, and what was changed: ``id: code`` each."""
    text, changes = deck.text, []
    for number, entry in enumerate(deck.entries):
        for code, fields, fix in FIXES:
            current = parse_deck(text, deck.path)
            for field in fields:
                mended = _mended(current, current.entries[number], field, fix)
                if mended is not None:
                    text = mended
                    current = parse_deck(text, deck.path)
                    changes.append(f"{entry.card.id}: {code} in {field}")
    return text, changes


def _mended(deck: Deck, entry: Entry, field: str, fix: Callable[[str], str]) -> str | None:
    """Return the file's text with one value fixed, or None when there is nothing to fix or it cannot be done safely."""
    old = getattr(entry.card, field)
    if old is None or (new := fix(old)) == old:
        return None
    lines = deck.text.split("\n")
    row = entry.marks[field].line - 1
    for before, after in zip(old.split("\n"), new.split("\n"), strict=True):
        while row < entry.end and before not in lines[row]:
            row += 1
        if row == entry.end:
            return None
        lines[row] = lines[row].replace(before, after, 1)
        row += 1
    text = "\n".join(lines)
    wanted = [e.card if e is not entry else e.card.model_copy(update={field: new}) for e in deck.entries]
    try:
        cards = [e.card for e in parse_deck(text, deck.path).entries]
    except CardsmithError:
        return None
    return text if cards == wanted else None
