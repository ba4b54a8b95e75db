r"""Text as GitHub renders Markdown: what strangers wrote is shown as it is, and formulas are typeset.

GitHub typesets ``$`…`$`` in a line and ```` ```math ```` fences, with a MathJax from which it took some macros
(github/markup issue 1688).
"""

import re

from cardsmith.text.latex import closed_formulas, group_end, pieces
from cardsmith.text.terminal import spelt

_SPECIAL = re.compile(r"[@#](?=\w)|\bwww(?=\.)|(?<!\w)-|-(?!\w)|[\\`*_{}\[\]()+!|~$:>#]", re.IGNORECASE)
"""A hyphen inside a word is none of Markdown's."""


def escape(text: str) -> str:
    """Return a text that GitHub shows as it is: no markup, link, image or formula, and nobody is mentioned.

    GitHub looks for mentions, issues and addresses in what is rendered, where an escaped sign is the sign; a comment
    parts it from its name.
    """
    shown = spelt(text, lines=True).replace("&", "&amp;").replace("<", "&lt;")
    return _SPECIAL.sub(_escaped, shown)


def _escaped(sign: re.Match[str]) -> str:
    text, at = sign.string, sign.end()
    is_reference = len(sign.group()) > 1 or (sign.group() in "@#" and text[at : at + 1].isalnum())
    return f"{sign.group()}<!-- -->" if is_reference else f"&#{ord(sign.group())};"


_OPERATOR = re.compile(r"\\operatorname(\*?)\s*(?=\{)")
_PHANTOM = re.compile(r"\\[hv]?phantom\s*(?=\{)")
_RENAMED = {r"\mbox": r"\text", r"\hbox": r"\text", r"\bm": r"\boldsymbol", r"\mathbbm": r"\mathbb"}
_NAME = re.compile(r"\\(?:mbox|hbox|bm|mathbbm)(?![A-Za-z])")


def github_math(body: str) -> str:
    """Return LaTeX with the macros that GitHub refuses replaced by others that look the same, or nearly."""
    body = _NAME.sub(lambda name: _RENAMED[name.group()], body.strip())
    body = _OPERATOR.sub(lambda star: r"\mathop{\mathrm" + ("\x01" if star.group(1) else "\x02"), body)
    while mark := re.search("[\x01\x02]", body):
        end = group_end(body, mark.end())
        after = r"}\limits" if mark.group() == "\x01" else r"}\nolimits"
        body = body[: mark.start()] + body[mark.end() : end] + after + body[end:]
    while phantom := _PHANTOM.search(body):
        end = group_end(body, phantom.end())
        space = "" if phantom.group().startswith(r"\v") else r"\hspace{1em}"
        body = body[: phantom.start()] + space + body[end:]
    return "\n".join(line for line in body.split("\n") if line.strip())


_ACTS = re.compile(r"\\(?:href|url|style|class|cssId|unicode|bbox|require|include|html|data)(?![a-z])|@\w")
"""What is more than mathematics in a formula: addresses, styles, mentions."""


def inline_math(body: str) -> str:
    """Return a formula to stand in a line: typeset, or its source where that holds backticks, addresses or mentions."""
    shown = github_math(body)
    if "`" in shown or not shown or _ACTS.search(body):
        return f"<code>{escape(body)}</code>"
    return f"$`{' '.join(shown.split())}`$"


def one_line(text: str, limit: int) -> str:
    """Return a text in one line, escaped, with its formulas typeset; cut near ``limit`` characters, never in a formula."""
    parts: list[str] = []
    left, text = limit, " ".join(text.split())
    for piece, formula in pieces(text, closed_formulas(text)):
        if len(piece) > left and (formula is None or left < limit):
            cut = piece[:left] if formula is None else ""
            return "".join([*parts, escape(cut), "…"])
        parts.append(escape(piece) if formula is None else inline_math(formula.body))
        left -= len(piece)
    return "".join(parts)
