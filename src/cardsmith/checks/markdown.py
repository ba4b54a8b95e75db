"""Markdown that shows something else than what was typed: marks that nobody meant as such are not on the card."""

import re
from collections.abc import Iterator

from cardsmith.checks.base import Context, Finding
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.text.code import without_code
from cardsmith.text.latex import closed_formulas, pieces

_NOT_SHOWN = {"quote", "cite", "tags", "aka", "released_as", "heading"}
_MARKS = frozenset("\\*_#>-+.)")

_ONLY_LINE = re.compile(
    r"\s*(?:(?P<item>(?:[-+*]|\d{1,9}[.)]) +\S.*)|(?P<heading>#{1,6} +[^\s#].*)|(?P<quotation>>.*)|(?P<rule>[-*_](?: *[-*_]){2,} *))"
)
_NAME = re.compile(r"(?<![\w\\])__[A-Za-z]\w*?__(?!\w)", re.ASCII)
_PRODUCT = re.compile(r"[A-Za-z0-9)\]]\*[A-Za-z0-9(][^*\n]*\*")
_WORD = re.compile(r"[!-~]+")
_ESCAPE = re.compile(r"\\(.)")
_DRIVE = re.compile(r"[A-Za-z]:\\(?!\\)")


def shows_what_was_typed(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find marks of Markdown that were hardly meant as such, and say how to write what was."""
    for name, value in entry.pieces:
        if name in _NOT_SHOWN or _MARKS.isdisjoint(value):
            continue
        bare = "".join(
            "∎" if formula else without_code(piece)
            for piece, formula in pieces(value, closed_formulas(value))
        )
        if fault := _fault(bare):
            yield Finding(name, *fault)


def _fault(text: str) -> tuple[str, str] | None:
    if only := _ONLY_LINE.fullmatch(text):
        sign = (text.split() or [""])[0]
        escaped = f"{sign[:-1]}\\{sign[-1]}" if sign[0].isdigit() else f"\\{sign}"
        return (
            f"Markdown makes a {only.lastgroup} of it: {text.strip()[:40]}",
            f"write {escaped} to show the sign",
        )
    if name := _NAME.search(text):
        return f"Markdown makes {name.group()} bold and drops its underscores", f"write `{name.group()}`"
    if product := _PRODUCT.search(text):
        return f"Markdown drops the stars of {product.group()[:40]}", r"write \* or put it into backticks"
    for word in _WORD.finditer(text):
        behind = _ESCAPE.findall(word.group())
        is_literal = any(sign.isalnum() for sign in behind) or _DRIVE.match(word.group())
        if is_literal and not all(sign.isalnum() for sign in behind):
            return f"Markdown drops backslashes of {word.group()[:40]}", f"write `{word.group()}`"
    return None
