"""Text to HTML: the one place where it becomes an element's content, and the one where it becomes an attribute's value.

See https://html.spec.whatwg.org/multipage/parsing.html: in content ``<`` and ``&`` mean something, in a quoted value
the quotation mark does too.
"""

import html
import re

TAG = re.compile(r"<[^<>]*>")
"""A tag of HTML that was serialised: there ``<`` and ``>`` stand escaped in every value."""


def as_content(text: str) -> str:
    """Return text as the content of an element."""
    return html.escape(text, quote=False)


def as_value(text: str) -> str:
    """Return text as the value of an attribute, to stand between quotation marks of either kind."""
    return html.escape(text, quote=True)
