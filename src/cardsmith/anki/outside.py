r"""What stands outside while Markdown is read, a token in its place: code and escaped characters.

Everything in code is text. Over escaped characters Python-Markdown spends time by their square.
"""

import re
from collections.abc import Iterator, Sequence

from markdown.preprocessors import Preprocessor

from cardsmith.anki.colours import code_as_html
from cardsmith.text.code import Code
from cardsmith.text.escape import TAG, as_value

_CODE = re.compile("[\ue002\ue003](\\d+)\ue001")
_ALONE = re.compile("<p>(\ue003\\d+\ue001)</p>")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()>#+.!|-])")
_ESCAPED = re.compile("\ue004(\\d+)\ue001")


def with_code_held(text: str, code: Sequence[Code]) -> Iterator[str]:
    """Return the pieces of a text with a token for each of its code: U+E003 begins that of a block."""
    at = 0
    for number, piece in enumerate(code):
        yield text[at : piece.start]
        yield f"{chr(0xE002 if piece.info is None else 0xE003)}{number}\ue001"
        at = piece.end
    yield text[at:]


class Escapes(Preprocessor):
    """Hold characters behind a backslash; tabs are blanks by now, which a token would move."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with a token for each."""
        return [_ESCAPE.sub(lambda escape: f"\ue004{ord(escape.group(1))}\ue001", line) for line in lines]


def restored(page: str, text: str, code: Sequence[Code]) -> str:
    """Return a page with what was held of a text; code in an attribute is what was typed."""

    def typed(token: re.Match[str]) -> str:
        piece = code[int(token.group(1))]
        return as_value(text[piece.start : piece.end])

    page = TAG.sub(lambda tag: _CODE.sub(typed, tag.group()), page)
    page = _ESCAPED.sub(lambda token: as_value(chr(int(token.group(1)))), page)
    page = _ALONE.sub(r"\1\n", page)
    return _CODE.sub(lambda token: code_as_html(code[int(token.group(1))]), page)
