r"""Which dollars stand around a formula: Pandoc's rule, and what authors write who leave spaces inside.

Tokens are delimiters of a text in order, as ``text.latex`` finds them.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cardsmith.text.code import Code

_DOLLAR = re.compile(r"\$")
_LATEX = re.compile(r"[\\^_]")
_COMMAND = re.compile(r"\\[A-Za-z]")
_MATHS = re.compile(
    r"[\\^_=<>+\u0370-\u03ff\u2190-\u22ff×÷·]|^\s*(?:[A-Za-z]{1,12}'?|[A-Za-z]\s*\([\w, ()]+\)"
    r"|(?:[A-Za-z](?![A-Za-z])|[\d\s.,:;()\[\]{}|*/!'%-])+)[\s\u200b]*$"
)
"""What stands between dollars with spaces inside and is no price."""
_WORDS = re.compile(r"[\u4e00-\u9fff]|[A-Za-z]{2,} [A-Za-z]{2,}")
_BETWEEN = re.compile(r"[，。、；：！？）]|.*。(?=\s*\S)", re.DOTALL)
_CLAUSES = re.compile(r"[\u4e00-\u9fff]，[\u4e00-\u9fff]")
_LONGEST = 320
"""Characters that a formula with spaces inside its dollars may have."""


def dollar_closer(
    text: str,
    token: re.Match[str],
    tokens: Sequence[re.Match[str]],
    number: int,
    code: Sequence[Code],
    spaced: bool,
) -> re.Match[str] | None:
    """Return the ``$`` that closes the one at ``tokens[number]``, or None when that opens no formula.

    There is none of ``code`` inside. With ``spaced`` there may be spaces inside the dollars when what stands between is no price.
    """
    if number + 1 >= len(tokens) or (not spaced and text[token.end() : token.end() + 1].isspace()):
        return None
    closer = tokens[number + 1]
    while closer.group() in ("\\\\", r"\$", r"\(", r"\)", r"\[", r"\]"):
        number += 1
        if number + 1 >= len(tokens):
            return None
        closer = tokens[number + 1]
    body = text[token.end() : closer.start()]
    held = bisect_left(code, token.end(), key=lambda piece: piece.start)
    behind = text[closer.end() : closer.end() + 1]
    fits = (
        closer.group() == "$"
        and not (r"\(" in body and r"\)" in body)
        and body.strip()
        and not (behind.isdigit() and not (spaced and _COMMAND.search(body)))
        and not _is_between(body)
        and "\n\n" not in body
        and (held == len(code) or code[held].start > closer.start())
    )
    if fits and (body[0].isspace() or body[-1].isspace()):
        before = text[max(0, token.start() - 1) : token.start()]
        is_apart = not re.search(r"[A-Za-z0-9]", before + (behind if body[-1].isspace() else ""))
        is_line = "\n" not in body or r"\begin" in body or not _WORDS.search(body)
        is_formula = (
            len(body) <= _LONGEST and is_line and (is_apart or _LATEX.search(body)) and _MATHS.search(body)
        )
        return closer if spaced and is_formula else None
    return closer if fits else None


def _is_between(body: str) -> bool:
    """Tell the words between two formulas of a Chinese sentence from a formula."""
    return bool(_BETWEEN.match(body) or (_CLAUSES.search(body) and not re.search(r"[\\^_=]", body)))


_SYMBOLS = re.compile(
    r"[^\n\u3001-\u301f\u4e00-\u9fff\uff00-\uff20]*[A-Za-z0-9\\][^\n\u3001-\u301f\u4e00-\u9fff\uff00-\uff20]*"
)
"""What stands in each formula of ``$a$$b$$c$``; between two formulas around a display stand words or a sign."""


def parted(tokens: Sequence[re.Match[str]], text: str) -> Iterator[re.Match[str]]:
    """Yield delimiters, two for each ``$$`` of ``$a$$b$$c$``, where one formula ends and the next begins."""
    at = 0
    while at < len(tokens):
        stop = at + 1
        while stop < len(tokens) and tokens[at].group() == "$" and _may_be_seam(tokens[stop], text):
            stop += 1
        yield tokens[at]
        chain = tokens[at : stop + 1]
        seams = chain[1:-1] if chain[-1].group() == "$" else []
        between = [text[one.end() : other.start()] for one, other in pairwise(chain)]
        fits = _SYMBOLS.fullmatch if len(seams) > 1 else _LINE.fullmatch
        for token in tokens[at + 1 : stop]:
            yield from (
                _DOLLAR.finditer(text, *token.span()) if seams and all(map(fits, between)) else (token,)
            )
        at = stop


_LINE = re.compile(r"[^\n]*")


def _may_be_seam(token: re.Match[str], text: str) -> bool:
    around = text[token.start() - 1] + text[token.end() : token.end() + 1]
    return token.group() == "$$" and not re.search(r"\s", around)
