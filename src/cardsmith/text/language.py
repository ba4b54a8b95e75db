"""The language of what a learner reads, found by its letters: code and formulas are in none."""

import re
from typing import Literal, get_args

from cardsmith.text.code import without_code
from cardsmith.text.latex import find_formulas, pieces
from cardsmith.text.shadow import HAN

Language = Literal["zh", "en"]
"""As BCP 47 and the ``lang`` attribute of HTML have it; ``messages`` has words in each."""
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "zh"
"""Of what has no letters; a note's field for its language is empty in it, as in every note of before."""

CHINESE = 0.08
"""Share of Chinese signs among letters and Chinese marks from which a card is Chinese: 「GAN 的全称？」 with three English
words for an answer has .1, an English card that asks for one Chinese word .04. Of the 564 cards of our own decks the
lowest has .14. A whole note is another matter (``Document.is_chinese``)."""

_CHINESE_SIGN = re.compile(f"[{HAN}，。、；：？！「」『』《》（）]")
_CLOZE = re.compile(r"\{\{c\d+::")


def find_language(*texts: str) -> Language | None:
    """Return the language of some texts taken together, or None if they have no letters."""
    text = without_code(" ".join(texts))
    prose = "".join(piece for piece, formula in pieces(text, find_formulas(text)) if not formula)
    prose = _CLOZE.sub("", prose)
    chinese = len(_CHINESE_SIGN.findall(prose))
    others = sum(sign.isalpha() for sign in _CHINESE_SIGN.sub("", prose))
    if not chinese and not others:
        return None
    return "zh" if chinese / (chinese + others) >= CHINESE else "en"
