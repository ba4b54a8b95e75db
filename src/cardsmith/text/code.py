"""Code in Markdown: fenced blocks wherever they stand, and spans between backticks, as GitHub finds them.

Linear in the length of the text. See https://spec.commonmark.org/0.31.2/ (code spans, fenced code blocks).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cardsmith.text.quotations import AHEAD, MARK

_FENCE = re.compile(
    rf"^(?P<ahead>{AHEAD}[ \t]*+)"
    r"(?P<mark>`{3,}+(?=[^`\n]*$)|~{3,}+)(?P<info>[^\n]*)$",
    re.MULTILINE,
)
_BREAK = re.compile(
    rf"\n(?=[ \t]*+{MARK}*+[ \t]*+(?:\n|\Z|[-+*][ \t]|\d{{1,9}}[.)][ \t]|#{{1,6}}[ \t]|\|))|(?P<run>`++)"
)
"""A run of backticks, or the end of the block that a code span cannot leave."""


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of a text that is code."""

    start: int
    """In characters; of a block the first backtick or tilde."""
    end: int
    """Half-open; of a block the end of its last line."""
    content: str
    """What is shown: of a block without the marks of the lists and quotations that it stands in."""
    info: str | None
    """What stands behind the opening fence; None for a span."""


def find_code(text: str) -> list[Code]:
    """Return the code of a text in order; pieces never overlap. A fence that is never closed runs to the end."""
    if "`" not in text and "~~~" not in text:
        return []
    found: list[Code] = []
    at = 0
    while opening := _FENCE.search(text, at):
        found += _spans(text, at, opening.start("mark"))
        found.append(_block(text, opening))
        at = found[-1].end
    found += _spans(text, at, len(text))
    return found


def without_code(text: str) -> str:
    """Return a text with a space in place of each piece of code."""
    parts, at = [], 0
    for code in find_code(text):
        parts += [text[at : code.start], " "]
        at = code.end
    return "".join([*parts, text[at:]])


def _block(text: str, opening: re.Match[str]) -> Code:
    ahead, mark = opening["ahead"], opening["mark"]
    quotes = re.compile(rf"{MARK}{{{ahead.count('>')}}}")
    margin = re.compile(f"[ \t]{{0,{len(ahead[ahead.rfind('>') + 1 :])}}}")
    closing = re.compile(rf"[ \t]*{re.escape(mark)}{re.escape(mark[0])}*[ \t]*")
    lines: list[str] = []
    end = opening.end()
    while end < len(text):
        line_end = text.find("\n", end + 1)
        line_end = len(text) if line_end < 0 else line_end
        line = text[end + 1 : line_end]
        quoted = quotes.match(line)
        if not quoted:
            break
        end = line_end
        line = line[quoted.end() :]
        if closing.fullmatch(line):
            break
        lines.append(margin.sub("", line, count=1))
    return Code(opening.start("mark"), end, "\n".join(lines), opening["info"].strip())


def _spans(text: str, start: int, end: int) -> Iterator[Code]:
    """Yield the spans of a stretch without blocks: a run of backticks, closed by the next run of that length."""
    signs = list(_BREAK.finditer(text, start, end))
    nearest: dict[int, re.Match[str]] = {}
    closers: list[re.Match[str] | None] = []
    for sign in reversed(signs):
        if not sign["run"]:
            nearest = {}
        closers.append(nearest.get(len(sign.group()) - _is_escaped(text, sign.start())))
        if sign["run"]:
            nearest[len(sign.group())] = sign
    at = start
    for opener, closer in zip(signs, reversed(closers), strict=True):
        if closer and opener["run"] and opener.start() >= at:
            at = closer.end()
            first = opener.start() + _is_escaped(text, opener.start())
            yield Code(first, at, text[opener.end() : closer.start()].strip(), None)


def _is_escaped(text: str, at: int) -> bool:
    behind = text[:at] if at < 64 else text[at - 64 : at]
    return (len(behind) - len(behind.rstrip("\\"))) % 2 == 1
