"""Which characters a text may hold, and which of them its readers cannot see."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# Scripts whose letters join or stack, so that a joiner between them is spelling: Arabic to NKo, the Indic scripts to
# Tibetan, Myanmar, Khmer, Mongolian, Balinese, Arabic's presentation forms.
_JOINING = (
    "\u0600-\u07ff\u0840-\u08ff\u0900-\u0fff\u1000-\u109f\u1780-\u18af\u1b00-\u1b7f\ufb50-\ufdff\ufe70-\ufefc"
)
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_EMOJI = "\u00a9\u00ae\u203c\u2049\u20e3\u2122-\u2bff\u3030\u303d\u3297\u3299\ufe0f\U0001f000-\U0001faff"
_HAN = "\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"

_RIGHT = re.compile(
    f"(?<=[{_JOINING}])\u200c(?=[{_JOINING}])"  # Persian, Urdu, Indic: a join that must not be
    f"|(?<=[{_JOINING}])\u200d"  # one that must be, also at a word's end
    f"|(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}])"  # one picture of several
    f"|(?<=[{_EMOJI}0-9#*])\ufe0f(?![{_SELECTORS}])|(?<=[{_EMOJI}])\ufe0e(?![{_SELECTORS}])"  # emoji or text
    f"|(?<=[{_HAN}])[{_SELECTORS}](?![{_SELECTORS}])"  # which form of a Chinese character
    "|(?<=\u2205)\ufe00|(?<=[\u1800-\u18af])[\u180b-\u180d\u180f]"
    "|(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"  # the flags of Scotland, Wales …
)
"""Characters that nobody sees, where spelling needs them; see https://www.unicode.org/reports/tr51/ and UTS 55."""

_DECEIVING = re.compile(f"[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]|[{_SELECTORS}]{{2,}}")
_HIDDEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u2800\u3164\ufff9-\ufffd"
    f"\uffa0\U0001d173-\U0001d17a{_SELECTORS}]"
)
_DIRECTION = re.compile("[\u061c\u200e\u200f]")
_ANY = re.compile("|".join(each.pattern for each in (_DECEIVING, _HIDDEN, _DIRECTION)))


class Unseen(NamedTuple):
    """A character that a reader cannot see."""

    at: int
    """0-based, in characters."""
    name: str
    """Such as ``U+202E``."""
    deceives: bool
    """Whether the text reads otherwise than it is, or carries a text of its own; else it is only in the way."""


def unseen(text: str) -> Iterator[Unseen]:
    """Return the characters of a text that nobody sees and no spelling needs, in their order.

    What deceives: bidi embeddings, overrides and isolates (the text is read in another order), tags and runs of
    variation selectors (a text inside the text). What does not: zero width, fillers, marks of direction, U+FFFD.
    """
    if not _ANY.search(text):
        return
    right = {at for found in _RIGHT.finditer(text) for at in range(*found.span())}
    deceiving = {found.start() for found in _DECEIVING.finditer(text)} - right
    hidden = {found.start() for found in _HIDDEN.finditer(text)} - right
    if not _RTL.search(text):
        hidden |= {found.start() for found in _DIRECTION.finditer(text)}
    for at in sorted(deceiving | hidden):
        yield Unseen(at, f"U+{ord(text[at]):04X}", at in deceiving)


def _readable() -> dict[int, str | None]:
    odd = [
        *range(0x2E80, 0x2FE0),
        *range(0xF900, 0xFB00),
        *range(0xFF10, 0xFF1A),
        *range(0xFF21, 0xFF3B),
        *range(0xFF41, 0xFF5B),
    ]
    usual = {code: unicodedata.normalize("NFKC", chr(code)) for code in odd}
    silent: dict[int, str | None] = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))
    return silent | {code: sign for code, sign in usual.items() if len(sign) == 1 and sign != chr(code)}


READABLE = _readable()
"""For ``str.translate``: Kangxi radicals and other doubles of characters as everybody types them, so that a search on
the card finds them; soft hyphens and blanks of no width are nothing. They come out of PDFs and web pages."""


def representable(value: str) -> bool:
    """Tell whether YAML can carry a text unchanged: no control characters, lone surrogates or odd line ends."""
    return not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]", value
    ) and (value == value.rstrip("\n") and bool(value.strip()))
