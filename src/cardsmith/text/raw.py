r"""Raw marks: markup of a note that nobody has read, as it would stand on a card.

Notes are written for more renderers than are known here, and their authors mistype. What looks like markup and is no
formula and no code is better no card than one with ``**`` or half a formula on it. Linear in the length of the text.
"""

import re

from cardsmith.text.code import without_code
from cardsmith.text.latex import find_formulas, pieces

_TAGS = (
    "a|b|i|u|p|s|em|br|hr|li|ol|ul|td|th|tr|big|code|del|div|font|h[1-6]|iframe|img|ins|kbd|mark|pre|small|span|strong|sub|"
    "summary|sup|table|tbody|thead|center|details|video"
)
_CLOZE = re.compile(r"\{\{c\d+::|\}\}")
_NAME = re.compile(r"(?<!\w)__[A-Za-z]\w*?__(?!\w)", re.ASCII)
"""A name of Python or CUDA, which is no strong text."""
_RAW = re.compile(
    r"\*\*|(?<![^\s(（])\*(?=[^\s*)])"  # strong, and what begins emphasis
    r"|(?<=\w)__(?!\w)"  # the end of strong
    r"|!\[|\]\(|(?<![\w\[])\[\[[^\[\],]+\]\]|\[\^|\^\[|\[-?@"  # pictures, links, footnotes, citations
    r"|\\(?=[^A-Za-z0-9\s])|\\[A-Za-z]{2,}\s*\{"  # escapes, commands of LaTeX
    r"|\$\$"  # half a formula
    r"|^\s*\|\s|\s\|\s*$|\s\|\s[^|]*\s\|\s|\|[ \t]*:?-{2,}"  # rows of tables
    rf"|</?(?:{_TAGS})\b[^<>]*>|<[A-Za-z][\w-]*\s[^<>]*>|<!--|-->|&(?:[a-z]{{2,8}};|#\d+;|(?:lt|gt|amp|nbsp)\b)"  # HTML
    "|::"  # a directive, a container, a card as Obsidian's plugins have it
    r"|[\u2502-\u257f]|[|+`]--"  # drawings of trees and tables
    r"|==[^\s=](?:[^=\n]*[^\s=])?==|~~|%%|\{\{|\}\}|\{[#%@:]|[#%@]\}"  # highlights, deletions, comments, templates, attributes
    r"|(?<=\s)\^[A-Za-z][\w-]*$"  # the id of a block
    r"|\w\^[\w+-]{1,9}\^|\w~[\w+-]{1,9}~"  # superscripts and subscripts of Pandoc
    r"|-{4,}",  # an arrow or a rule
    re.ASCII,
)
_BLOCK = re.compile(r"\s*(?:>|#{1,6}\s|[-+*]\s|`{3}|~{3})")
"""What to Markdown would be a quotation, a heading, a list or a fence at the beginning of a card."""


def raw_mark(shown: str) -> str | None:
    """Return the first raw mark in a front, a back or the text of a cloze; None when there is none."""
    if block := _BLOCK.match(shown):
        return block.group().strip()
    formulas = find_formulas(shown)
    bare = "".join(" " if formula else piece for piece, formula in pieces(shown, formulas))
    bare = _NAME.sub("", without_code(bare))
    if "{{c" in bare:
        bare = _CLOZE.sub("", bare)
    if found := _RAW.search(bare):
        return found.group()
    return "$" if formulas and "$" in bare else None  # beside formulas a dollar has lost its partner
