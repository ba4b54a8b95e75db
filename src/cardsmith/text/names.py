"""Names of files that Windows, macOS and Linux can all hold, and hold apart; and of decks that Anki leaves as they are.

See https://learn.microsoft.com/windows/win32/fileio/naming-a-file.
"""

import re
import unicodedata

from cardsmith.text.characters import unseen
from cardsmith.text.terminal import spelt

_RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE
)
_NO_NAME = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f-\x9f\ud800-\udfff]')
MAX_NAME = 200
"""Bytes of UTF-8 in a file's name: 255 on every system, less what temporary files add."""


def name_fault(name: str) -> str | None:
    """Return why a file cannot have this name on Windows, macOS and Linux alike; None when it can."""
    if found := _NO_NAME.search(name):
        return f"its name holds {spelt(found.group())}"
    if hidden := next(unseen(name), None):
        return f"its name holds the invisible character {hidden.name}"
    if _RESERVED.fullmatch(name):
        return f"{name.partition('.')[0]} is a device on Windows"
    if name != name.strip() or name.endswith("."):
        return "its name begins or ends with a blank or ends with a full stop, which Windows drops"
    if name != unicodedata.normalize("NFC", name):
        return "its name is not in NFC: two systems would spell it differently"
    if len(name.encode()) > MAX_NAME:
        return f"its name has more than {MAX_NAME} bytes"
    return None


_NO_DECK = re.compile(
    r'[<>"\x00-\x1f\x7f-\x9f\u2028\u2029]|^\s|\s$|(?:^|::)\s*(?:::|$)|\\[(\[]|\[/?(?i:sound:|anki:|latex\]|\$\$?\])'
)


def unfit_for_a_deck(name: str) -> str | None:
    """Return what in a deck's name Anki would read as HTML, a formula or a sound, or change; None when nothing."""
    found = _NO_DECK.search(name)
    return found.group() if found else None


def fit_title(name: str) -> str:
    """Return what of a folder's or file's name can be the title of a deck; empty when it has no letter."""
    plain = " ".join("".join(sign if sign.isalnum() or sign in "-_." else " " for sign in name).split())
    return plain.strip("-_. ") if any(sign.isalpha() for sign in plain) else ""


def folded_name(name: str) -> str:
    """Return what two names share that are one file on Windows or macOS."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
