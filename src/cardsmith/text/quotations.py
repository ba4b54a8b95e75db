"""Quotations in Markdown: the marks before the lines of what is quoted are no part of it."""

import re

MARK = r"(?:[ \t]*>)"
"""Of one quotation around a line, for use in a regular expression."""
AHEAD = r"(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t])))*+"
"""What stands before the text of a line: the marks of the quotations and lists around it; for use in a regular expression."""
_AHEAD = re.compile(AHEAD)


def unquoted(text: str, start: int, end: int) -> str:
    """Return a stretch of a text; if it begins in a quotation, without the marks before its further lines.

    Of those it takes as many as stand before the first, so that a formula may have a ``>`` at the beginning of a line.
    """
    body = text[start:end]
    if "\n" not in body or ">" not in body:
        return body
    line = text.rfind("\n", 0, start) + 1
    depth = text.count(">", line, _AHEAD.match(text, line, start).end())  # type: ignore[union-attr] # it matches always
    return re.sub(rf"\n(?:{MARK}[ \t]?){{1,{depth}}}", "\n", body) if depth else body
