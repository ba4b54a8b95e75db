"""Traditional Chinese, character by character, so that every offset stays: read as simplified, answered in kind.

The tables are OpenCC's (see ``vendor/opencc``). A character that has several counterparts gets the first, the likeliest;
words are not considered, since a word table would change lengths.
"""

from functools import lru_cache
from importlib.resources import files

from cardsmith.text.shadow import is_han

SHARE = 0.05
"""Of a text's Han: with more of them traditional, the text is. Simplified text has under 1 %, traditional 25 to 40 %."""


def simplified(text: str) -> str:
    """Return a text of the same length in which traditional characters are simplified."""
    return text.translate(_table("TSCharacters"))


def traditional(text: str) -> str:
    """Return a text of the same length in which simplified characters are traditional."""
    return text.translate(_table("STCharacters"))


def is_traditional(text: str) -> bool:
    """Tell whether a text is written in traditional characters."""
    han = sum(map(is_han, text))
    table = _table("TSCharacters")
    return han > 0 and sum(ord(character) in table for character in text) > SHARE * han


@lru_cache(maxsize=2)
def _table(name: str) -> dict[int, str]:
    path = files("cardsmith") / "vendor" / "opencc" / f"{name}.txt"
    pairs = (line.split()[:2] for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return {ord(one): other for one, other in pairs if one != other and len(one) == len(other) == 1}
