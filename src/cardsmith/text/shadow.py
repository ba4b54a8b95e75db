"""Text as the rules see it: a shadow of the same length in which formulas are opaque and widths are one.

The source is never edited. A rule matches on the shadow and cuts its quote out of the source at the same offsets, so
every span is exact by construction. Offsets are in characters (code points), half-open.
"""

import re
import unicodedata
from collections.abc import Iterable

from cardsmith.text.characters import READABLE
from cardsmith.text.latex import Formula, find_formulas, pieces
from cardsmith.text.lexicon import AFTER_LATIN, one_of

INLINE, DISPLAY, HOLE, OPEN = "\ue000", "\ue001", "\ue002", "\ue003"
"""The first character of a formula, by kind, in the shadow."""
INSIDE = "\ue004"
"""Every further character of a formula or hole in the shadow."""

BREAK = "\x1e"
"""A space of the source that stood for a line end; white space to regular expressions."""

INVISIBLE = "\x1f"
"""A character of markup; white space to regular expressions."""

_ANY_FORMULA = re.compile(f"[{INLINE}-{INSIDE}]")

MATH = f"[{INLINE}{DISPLAY}]{INSIDE}*"
"""Regular expression of one whole formula in the shadow."""

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Han characters, for use inside a character class."""

_HEADS = {"inline": INLINE, "display": DISPLAY, "hole": HOLE, "open": OPEN}
_WIDTHS: dict[int, int | str] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ", 0xA0: " ", ord("\t"): " ", ord("\r"): " ", 0x2028: "\n", 0x2029: "\n", 0x85: "\n",
}  # fmt: skip
_WIDTHS |= {code: sign or INVISIBLE for code, sign in READABLE.items()}
_PRIVATE: dict[int, int | str] = dict.fromkeys(range(0xE000, 0xF900), "\ufffd")


def placeholders(text: str, formulas: Iterable[Formula]) -> str:
    """Return a text of the same length with placeholders for its formulas, and for nothing else."""
    return "".join(
        _HEADS[formula.kind] + INSIDE * (len(piece) - 1) if formula else piece
        for piece, formula in pieces(text.translate(_PRIVATE), formulas)
    )


def shadow(text: str, formulas: list[Formula] | tuple[Formula, ...]) -> str:
    """Return a string of the same length for matching: half-width, formulas as private-use characters.

    Private-use characters of the text itself become U+FFFD, so that no input can pose as a formula.
    """
    return placeholders(text.translate(_WIDTHS), formulas)


def mark_breaks(shadowed: str) -> str:
    """Return a shadow in which a space that stood for a line end is ``BREAK``.

    Chinese has no spaces between Han. Between Han and Latin a space is a line end where the text usually has none
    there (tightly set), and typography where it usually has one.
    """
    loose = len(re.findall(rf"[{HAN}] [A-Za-z]|[A-Za-z] [{HAN}]", shadowed))
    tight = len(re.findall(rf"[{HAN}][A-Za-z]|[A-Za-z][{HAN}]", shadowed))
    between = (
        rf"(?<=[{HAN}]) (?=[{HAN}])"
        if loose > tight
        else rf"(?<=[{HAN}]) (?=[{HAN}A-Za-z])|(?<=[A-Za-z0-9]) (?=[{HAN}])(?!{one_of(AFTER_LATIN)})"
    )
    return re.sub(between, BREAK, shadowed)


def holds_formula(phrase: str) -> bool:
    """Tell whether a phrase of a shadow holds a formula, a hole or a piece of one."""
    return _ANY_FORMULA.search(phrase) is not None


def is_han(character: str) -> bool:
    """Tell whether a character is a Han ideograph (of the BMP blocks that notes use)."""
    return (
        "\u3400" <= character <= "\u4dbf"
        or "\u4e00" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
    )


def han_share(text: str) -> float:
    """Return the share of Han among a text's letters, between 0 and 1; 0 for a text without letters."""
    letters = sum(c.isalpha() for c in text)
    return sum(is_han(c) for c in text) / letters if letters else 0.0


_NO_LETTER = re.compile(r"[\W_]+")


def key(phrase: str) -> str:
    """Return what two spellings of one term have in common: casefolded NFKC letters and digits, nothing else."""
    folded = phrase if phrase.isascii() else unicodedata.normalize("NFKC", phrase)
    return _NO_LETTER.sub("", folded.casefold())


_BULLETS = re.compile(r"^(?:[-+*] )+|(?: [-+*])+$")
"""Bullets without an item, and dashes that stood between a term and what it is."""


def tidy(phrase: str) -> str:
    """Return a phrase of a source as it stands on a card: one line, single spaces, no edge punctuation or bullet."""
    line = re.sub(r"\s+", " ", phrase.replace(INVISIBLE, "")).strip(" ,，。、;；:：")
    return _BULLETS.sub("", line)


_FULL = str.maketrans(",;:?!", "，；：？！")
_HALF_WIDTH = re.compile(
    rf"(?<=[{HAN}」』》”])\s?([,;?!]|(?<!:):(?!:))\s?|\s?([,;?!]|(?<!:):(?!:))\s?(?=[{HAN}「『《“])"
)
_UNSPACED = re.compile(rf"(?<=[{HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[{HAN}])")


def in_chinese_typography(text: str) -> str:
    """Return a Chinese sentence as it is printed: full-width marks beside Han, a space between Han and Latin.

    Formulas and the ``::`` of a cloze stay as they are.
    """
    found = pieces(text, find_formulas(text))
    return "".join(piece if formula else _typeset(piece) for piece, formula in found)


def _typeset(text: str) -> str:
    full = _HALF_WIDTH.sub(lambda mark: (mark.group(1) or mark.group(2)).translate(_FULL), text)
    return _UNSPACED.sub(" ", full)
