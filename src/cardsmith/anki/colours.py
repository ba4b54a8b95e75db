"""Code in colours, in which the deletions of a cloze stay whole: colours end before a sign and begin anew behind it."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from io import StringIO

from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Text, _TokenType
from pygments.util import ClassNotFound

from cardsmith.text.clozes import SIGN
from cardsmith.text.code import Code
from cardsmith.text.escape import as_content


def code_as_html(code: Code) -> str:
    """Return code as HTML, a block in colours; deletions in it stay whole, and colours know nothing of them."""
    if code.info is None:
        return f"<code>{as_content(code.content.expandtabs(4))}</code>"
    plain, signs = _without_signs(code.content.strip("\n").expandtabs(4))
    formatter = HtmlFormatter(cssclass="codehilite", wrapcode=True)
    page = StringIO()
    formatter.format(_with_signs(_lexer(code.info).get_tokens(plain), signs), page)
    return page.getvalue().strip()


_LANGUAGE = re.compile(r"[\w#+.-]+")


def _lexer(info: str) -> Lexer:
    name = _LANGUAGE.search(info)
    try:
        return get_lexer_by_name(name.group().strip(".") if name else "text", stripnl=False)
    except ClassNotFound:
        return get_lexer_by_name("text", stripnl=False)


_SIGN = re.compile(rf"{SIGN.pattern}|::")
_MAY_FOLLOW = {"{{c": {"::", "}}", "{{c"}, "::": {"}}", "{{c"}, "}}": {"{{c"}}


def _without_signs(code: str) -> tuple[str, deque[tuple[int, str]]]:
    """Return code without the signs of its deletions and hints, and each sign with its place in what is left."""
    parts: list[str] = []
    signs: deque[tuple[int, str]] = deque()
    may_follow = {"{{c"}
    at = length = 0
    for sign in _SIGN.finditer(code):
        if sign.group()[:3] not in may_follow:
            continue
        may_follow = _MAY_FOLLOW[sign.group()[:3]]
        parts.append(code[at : sign.start()])
        length += len(parts[-1])
        signs.append((length, sign.group()))
        at = sign.end()
    return "".join([*parts, code[at:]]), signs


def _with_signs(
    tokens: Iterable[tuple[_TokenType, str]], signs: deque[tuple[int, str]]
) -> Iterator[tuple[_TokenType, str]]:
    at = 0
    for kind, value in tokens:
        left = value
        while signs and signs[0][0] <= at + len(left):
            place, sign = signs.popleft()
            yield kind, left[: place - at]
            yield Text, sign
            left, at = left[place - at :], place
        yield kind, left
        at += len(left)
