"""What of a Markdown tree is said, as a shadow: the rules read sentences in it, and cards are spelt from it.

A shadow has the text's length, so every offset holds. Blocks that are no prose are line ends, markup is ``INVISIBLE``,
the inside of code cannot end a sentence or make a formula, a picture is a hole.
"""

import re
from collections.abc import Iterable, Mapping

from cardsmith.model import Node, Span
from cardsmith.text.latex import Formula, anki_delimited
from cardsmith.text.markup import mask_marks
from cardsmith.text.shadow import HOLE, INSIDE, INVISIBLE, is_han

_UNSAID = {"heading", "table", "code-block", "rule", "footnote", "metadata"}
"""Blocks that are not read as sentences."""
_TAG = re.compile(
    r"<!--(?:(?!<!--).)*?-->|<(script|style|rt|rp)\b(?:(?!<\1\b).)*?</\1\s*>|</?[A-Za-z][^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_SILENT_TAG = re.compile(r"<(rt|rp)\b", re.IGNORECASE)
LONGEST_MARKUP = 200
"""Characters of markup between two Han over which a line end is looked through; keeps time linear."""
_BULLET = re.compile(r"[ \t>]*[-*+•][ \t]+[^\W\d_]")
"""An item to its author, to Markdown a line of the paragraph: it stands too far in, or a blank that does not break."""
_IN_CODE, _ALL_CODE = re.compile(r"[^\w`]"), re.compile(r"[^`]")
_ADDRESS = re.compile(r"https?://[^\s<>\u3000-\uffef]{1,2000}", re.ASCII)
LONGEST_NAME = 32
"""Characters of code whose words are read: longer code is a statement of another language."""


def prose_shadow(plain: str, nodes: Iterable[Node]) -> str:
    """Return the shadow of a Markdown text, given the one in which only formulas are opaque."""
    out = ["\n"] * len(plain)
    for node in nodes:
        _block(node, plain, out)
    return "".join(out)


def said(node: Node, text: str, formulas: Mapping[int, Formula]) -> str:
    """Return what a heading or paragraph says: no markup, its formulas in Anki's delimiters; ``formulas`` by their start."""
    parts: list[str] = []
    for child in node.children:
        piece = text[child.span.start : child.span.end]
        if child.kind == "text":
            parts.append(child.name or piece)
        elif child.kind == "code":
            parts.append(piece.strip("`"))
        elif child.kind == "formula":
            parts.append(anki_delimited(formulas[child.span.start]))
        elif child.kind in ("soft-break", "hard-break"):
            parts.append(" ")
        elif child.kind not in ("hidden", "picture", "html", "deleted", "footnote-mark"):
            parts.append(said(child, text, formulas))
    return "".join(parts)


def _put(out: list[str], span: Span, text: str) -> None:
    out[span.start : span.end] = text


def _hole(length: int) -> str:
    """Return what stands for a picture or an address: a sentence around one is not understood without it."""
    return HOLE + INSIDE * (length - 1)


def _hide(out: list[str], span: Span) -> None:
    _put(out, span, INVISIBLE * (span.end - span.start))


def _block(node: Node, plain: str, out: list[str]) -> None:
    if node.kind in _UNSAID:
        return
    if node.kind == "html-block":
        inside = plain[node.span.start : node.span.end]
        said = mask_marks(_TAG.sub(lambda tag: re.sub(r"[^\n]", INVISIBLE, tag.group()), inside))
        _put(out, node.span, said)
    elif node.kind in ("paragraph", "definition-term"):
        _paragraph(node, plain, out)
    elif not _is_link_list(node):
        for child in node.children:
            if node.kind == "item" and child is node.children[0]:
                mark = re.sub(r"[>\\]", " ", plain[node.span.start : child.span.start])
                _put(out, Span(node.span.start, child.span.start), mark)
            _block(child, plain, out)


def _is_link_list(node: Node) -> bool:
    """Tell a list of links, such as a table of contents or of references: what a link is called states nothing."""
    if node.kind != "list" or not node.children:
        return False
    return all(map(_is_link, node.children))


def _is_link(item: Node) -> bool:
    said = [
        node
        for block in item.children
        for node in block.children
        if node.kind not in ("hidden", "soft-break", "list", "item")
    ]
    return bool(said) and said[0].kind == "link" and sum(n.span.end - n.span.start for n in said[1:]) < 12


def _names_links(paragraph: Node, plain: str) -> bool:
    """Tell a paragraph of links with no word between them, as in a list of references: ``[1] [title](address)``."""
    others = [node for node in paragraph.children if node.kind != "link"]
    return len(others) < len(paragraph.children) and all(
        node.kind in ("soft-break", "hard-break", "hidden")
        or (node.kind == "text" and not re.search(r"[^\W\d_]", plain[node.span.start : node.span.end]))
        for node in others
    )


def _paragraph(node: Node, plain: str, out: list[str]) -> None:
    start, end = node.span
    end = start + len(plain[start:end].rstrip("\n"))
    if all(
        child.kind in ("picture", "soft-break", "hard-break", "hidden", "html") for child in node.children
    ) or _names_links(node, plain):
        return
    _hide(out, Span(start, end))
    _inlines(node.children, plain, out)
    for place in range(start, end):  # between Han a line end says nothing; elsewhere it is a space
        if out[place] == " " and plain[place] == "\n":
            before, behind = _said(out, place, -1, start), _said(out, place, 1, end)
            if is_han(before) and is_han(behind):
                out[place] = INVISIBLE


def _said(out: list[str], place: int, step: int, limit: int) -> str:
    """Return the nearest character that is said before or behind a place, or a blank at the paragraph's end."""
    place += step
    limit = max(limit, place - LONGEST_MARKUP) if step < 0 else min(limit, place + LONGEST_MARKUP)
    while place != limit and out[place : place + 1] == [INVISIBLE]:
        place += step
    return out[place] if 0 <= place < len(out) and place != limit else " "


def _inlines(nodes: Iterable[Node], plain: str, out: list[str]) -> None:
    silent = False
    for node in nodes:
        start, end = node.span
        if node.kind == "html":
            silent = bool(_SILENT_TAG.match(plain, start))
        elif silent or node.kind in ("hidden", "deleted", "footnote-mark"):
            continue
        elif node.kind == "text" and node.name:  # an entity is the character that it stands for
            _put(out, node.span, node.name[0] + INVISIBLE * (end - start - 1))
        elif node.kind in ("text", "formula"):
            _put(out, node.span, _ADDRESS.sub(lambda address: _hole(len(address.group())), plain[start:end]))
        elif node.kind == "code":
            is_name = end - start <= LONGEST_NAME
            _put(out, node.span, (_IN_CODE if is_name else _ALL_CODE).sub("_", plain[start:end]))
        elif node.kind == "picture":
            _put(out, node.span, _hole(end - start))
        elif node.kind in ("soft-break", "hard-break"):
            out[start] = "\n" if node.kind == "hard-break" or _BULLET.match(plain, end) else " "
        else:
            _inlines(node.children, plain, out)
