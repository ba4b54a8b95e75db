"""Markup in a shadow: what is no prose becomes white space of the same length, so that rules see only sentences.

Code, tables, images, directives and HTML become line ends; emphasis marks, link targets and citation roles become
``INVISIBLE``, which regular expressions take for white space. Nothing is removed, so every offset holds.
"""

import re

from cardsmith.text.shadow import HAN, INLINE, INSIDE, INVISIBLE, is_han

_BLOCKS = re.compile(
    r"^[ \t]*(?P<fence>```++|~~~++)[^\n]*\n.*?(?:^[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)"  # fenced code
    r"|^[ \t]*\|[^\n]*$"  # a row of a table
    r"|^[ \t]*(?:>[ \t]*)+\[![A-Za-z]+\][^\n]*$"  # the first line of a callout
    r"|<!--(?:(?!<!--|-->).){0,20000}?-->"  # a comment
    r"|^[ \t]*\[\^?[^\]\n]{1,60}\]:[^\n]*$"  # where a link or a footnote goes
    r"|^[ \t]*:[a-z_]+:[^\n]*$"  # a directive line, such as :label:`x`
    r"|^[ \t]*<[a-z/!][^\n]*>[ \t]*$"  # a line of HTML
    r"|^[ \t]*(?:[-*_][ \t]*){3,}$"  # a rule
    r"|^#{1,6}[ \t][^\n]*$"  # a heading
    r"|!\[[^\]\n]{0,300}\]\([^)\n]{0,1000}\)",  # an image
    re.MULTILINE | re.DOTALL,
)
_INLINE = re.compile(
    r"\*\*\*?|(?<![A-Za-z0-9_])__(?=\S)|(?<=\S)__(?![A-Za-z0-9_])"  # strong
    rf"|(?<![*\w])\*(?=[^\s*])|(?<=[^\s*])\*(?![*A-Za-z0-9])|(?<=[{HAN}])\*(?=[^\s*])"  # emphasis
    r"|:[a-z]+:`[^`\n]*`"  # a role, such as :cite:`x`
    r"|</?[A-Za-z][^<>\n]{0,80}>|<!--(?:(?!<!--)[^\n]){0,2000}?-->"  # a tag, a comment
    r"|\[\^[^\]\n]{1,40}\]"  # a footnote's mark
    r"|%%[^%\n]{1,500}%%|(?<=\s)\^[\w-]+(?=\s*$)"  # Obsidian's comment and block id
    r"|~~[^~\n]{1,200}~~"  # struck out
    r"|(?<!\!)\[(?=[^\]\n]{1,80}\]\()|\]\((?:[^()\n]|\([^()\n]{0,200}\)){0,1000}\)"  # a link's brackets and target
    r"|^[ \t]*(?:>[ \t]?)+"  # a quotation's mark
    r"|\[\[(?:[^\]|\n]{1,80}\|)?(?=[^\]\n]{1,80}(?:\]\]|$))|(?<=[^\[\n])\]\](?![(\]])"  # a wiki link's brackets and target
    r"|==(?=[^\s=])|(?<=[^\s=])==(?![=\w])"  # highlight
    r"|(?:^|(?<=\s))#[^\s#\d!][^\s#]*(?=\s|$)",  # a tag
    re.MULTILINE,
)
_SOFT_BREAK = re.compile(
    rf"(?<=[A-Za-z0-9{HAN},、)\]'{INSIDE}{INVISIBLE}])\n(?![ \t]*(?:[-*+•]|\d+[.)])\s)(?=[A-Za-z0-9{HAN}(\[{INLINE}{INVISIBLE}'])"
)


def mask_markup(shadow: str) -> str:
    """Return the shadow of a plain text, of the same length, without what looks like markup in it.

    A line end inside a sentence is a space: that of a long line, or of one that ends in a comma.
    """
    masked = _BLOCKS.sub(lambda m: "\n" * len(m.group()), shadow)
    masked = mask_marks(masked)
    return _SOFT_BREAK.sub(lambda m: " " if _goes_on(masked, m.start()) else "\n", masked)


def mask_marks(shadow: str) -> str:
    """Return a shadow of the same length in which emphasis, link targets, roles and tags are ``INVISIBLE``."""
    return _INLINE.sub(lambda m: INVISIBLE * len(m.group()), shadow)


def without_marks(text: str) -> str:
    """Return a piece of a source that holds no formula without emphasis, link targets, roles and tags."""
    return _INLINE.sub("", text)


def _goes_on(text: str, line_end: int) -> bool:
    """Tell whether a line was wrapped: it ends in a comma, or fills 60 columns (Han count two)."""
    line = text[text.rfind("\n", 0, line_end) + 1 : line_end]
    return line.endswith((",", "、")) or len(line) + sum(map(is_han, line)) >= 60
