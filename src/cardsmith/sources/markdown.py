r"""Markdown to a tree with exact places: pulldown-cmark reads blocks and inlines, formulas are found before it does.

A formula's ``_``, ``*``, ``|`` and line ends are no markup, and what stands in code is no formula. So the text is read
twice: once for its code, links and pictures, then, with a placeholder for each formula, for everything else. A
placeholder has as many characters as its formula, so all places are those of the text.

See the CommonMark and GFM specifications, and for pulldown-cmark's extensions
https://pulldown-cmark.github.io/pulldown-cmark/specs.html.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import pyromark

from cardsmith.model import Node, NodeKind, Span
from cardsmith.sources.notation import note_formulas
from cardsmith.text.latex import Formula
from cardsmith.text.shadow import HAN, INLINE, placeholders

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_WIKILINKS
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    | pyromark.Options.ENABLE_DEFINITION_LIST
)
_READER = pyromark.Markdown(options=_OPTIONS)

_KINDS: dict[str, NodeKind] = {
    "Heading": "heading", "Paragraph": "paragraph", "List": "list", "Item": "item", "Table": "table",
    "TableHead": "row", "TableRow": "row", "TableCell": "cell", "BlockQuote": "quote", "CodeBlock": "code-block",
    "HtmlBlock": "html-block", "FootnoteDefinition": "footnote", "DefinitionList": "definition-list",
    "DefinitionListTitle": "definition-term", "DefinitionListDefinition": "definition", "MetadataBlock": "metadata",
    "Link": "link", "Image": "picture", "Strong": "strong", "Emphasis": "emphasis", "Strikethrough": "deleted",
    "Text": "text", "Code": "code", "Html": "html", "InlineHtml": "html", "SoftBreak": "soft-break",
    "HardBreak": "hard-break", "Rule": "rule", "FootnoteReference": "footnote-mark", "TaskListMarker": "hidden",
}  # fmt: skip
_INLINES = {
    "text", "formula", "code", "link", "picture", "strong", "emphasis", "highlight", "deleted", "html", "soft-break",
    "hard-break", "footnote-mark", "hidden",
}  # fmt: skip


def parse_markdown(text: str) -> tuple[tuple[Node, ...], tuple[Formula, ...]]:
    """Return the top blocks of a Markdown text and its formulas, both in order; formulas stand in the tree as well.

    Linear in the text but for what pulldown-cmark bounds itself. Any text is Markdown: nothing is refused.
    """
    head = front_matter(text)
    bare = re.sub(r"[^\n]", " ", text[:head]) + _ODD.sub("\ufffd", text[head:])
    opaque = _tree(bare)
    formulas = note_formulas(bare, opaque)
    masked = placeholders(bare, formulas)
    blocks = tuple(_refined(node, bare, masked) for node in _tree(masked))
    metadata = (Node("metadata", Span(0, head)),) if head else ()
    return (*metadata, *blocks), tuple(formulas)


_ODD = re.compile("[\0\ud800-\udfff]")
"""What UTF-8 or CommonMark has no place for."""
_FRONT = re.compile(r"(?P<fence>---|\+\+\+)[ \t]*\n(?:.*\n)*?(?:(?P=fence)|\.\.\.)[ \t]*(?:\n|\Z)")


def front_matter(text: str) -> int:
    """Return how many characters a leading block of YAML (``---``) or TOML (``+++``) takes; 0 when there is none.

    It is taken off before the text is parsed: with pulldown-cmark's own option any later ``---`` would begin one.
    """
    found = _FRONT.match(text)
    return found.end() if found else 0


_DIRECTIVE = re.compile(r"^([ \t]*):(?=[a-z_]+:`)", re.MULTILINE)
"""A role that begins a line: to pulldown-cmark it would begin a definition."""
_LAST_TAG = re.compile(
    r"</(?:p|div|center|figure|table|details|font)>(?=[ \t]*\n[ \t]*[^\s<>])", re.IGNORECASE
)
"""The end of a block of HTML right above text: to CommonMark the text would be HTML up to a blank line."""


DEPTH = 60
"""Of nodes in nodes; what lies deeper hangs on the last of them. No note is nested like that."""


def _tree(text: str) -> list[Node]:
    """Return the top blocks as pulldown-cmark reads them."""
    text = _DIRECTIVE.sub("\\g<1>\ufffc", text)
    text = _LAST_TAG.sub(lambda tag: "\n" + " " * (len(tag.group()) - 1), text)
    place = _characters(text)
    stack: list[tuple[Any, Span, list[Node]]] = [(None, Span(0, len(text)), [])]
    deeper = 0
    for event, bounds in _READER.events_with_range(text):
        span = Span(place(bounds["start"]), place(bounds["end"]))
        if isinstance(event, str):  # an event without a value, such as SoftBreak
            stack[-1][2].append(Node(_KINDS[event], span))
            continue
        name, value = _named(event)
        if name == "Start":
            if deeper or len(stack) > DEPTH:
                deeper += 1
            else:
                stack.append((value, span, []))
        elif name == "End" and deeper:
            deeper -= 1
        elif name == "End":
            tag, own, children = stack.pop()
            stack[-1][2].append(_node(tag, own, children))
        else:
            is_entity = (
                name == "Text" and text.startswith("&", span.start) and len(value) < span.end - span.start
            )
            label = str(value) if is_entity or name == "FootnoteReference" else ""
            stack[-1][2].append(Node(_KINDS[name], span, name=label))
    return stack[0][2]


def _named(value: Mapping[str, Any]) -> tuple[str, Any]:
    ((name, content),) = value.items()
    return name, content


def _characters(text: str) -> Any:
    """Return a function from an offset in bytes of UTF-8 to one in characters."""
    if text.isascii():
        return lambda offset: offset
    starts = [0, *accumulate(len(c.encode("utf-8", "surrogatepass")) for c in text)]
    return lambda offset: bisect_right(starts, offset) - 1


def _node(tag: Any, span: Span, children: Sequence[Node]) -> Node:
    name, value = _named({tag: None} if isinstance(tag, str) else tag)
    kind = _KINDS[name]
    label, level = "", 0
    if kind == "heading":
        level = int(value["level"][1])
    elif kind == "code-block" and isinstance(value, dict):
        label = value["Fenced"].split()[0].strip("{}.") if value["Fenced"].split() else ""
    elif kind in ("link", "picture"):
        label = value["dest_url"]
    elif kind == "list":
        label = str(value or "")
    elif kind == "footnote":
        label = value
    if kind in ("item", "definition", "footnote", "quote"):
        children = list(_with_paragraphs(children))
    return Node(kind, span, tuple(children), label, level)


def _with_paragraphs(children: Sequence[Node]) -> Iterator[Node]:
    """Yield blocks, with a paragraph around inlines that stand in a tight item without one."""
    run: list[Node] = []
    for child in (*children, None):
        if child is not None and child.kind in _INLINES:
            run.append(child)
            continue
        if run:
            yield Node("paragraph", Span(run[0].span.start, run[-1].span.end), tuple(run))
            run = []
        if child is not None:
            yield child


# --- what pulldown-cmark does not read

_CALLOUT = re.compile(r"\[!(?P<type>[^\]\n]{1,60})\][+-]?[ \t]*(?P<title>[^\n]*)")
_SIGN = "，。：；、！？（）“”「」《》【】"
_PIECE = re.compile(
    "(?P<formula>[\ue000\ue001\ue002\ue003]\ue004*)"
    r"|(?P<mark>==)(?=\S)(?P<marked>[^=\n]{1,300}?)(?<=\S)=="  # a highlight, as Obsidian and Typora write it
    r"|(?P<stars>\*\*)(?P<bold>[^*\n]{1,300})\*\*"  # strong beside Han and quotation marks, which CommonMark does not read
    r"|(?P<image>!?)\[(?P<label>[^\[\]\n]{0,100})\]"  # a link to a file whose name has blanks, as Typora writes it
    r"\((?:[^()\n]|\([^()\n]{0,100}\)){1,300}\.[A-Za-z]{2,5}(?:\#[^()\n]{0,100})?\)"
    r"|(?P<hidden>%%[^%\n]{1,500}%%"  # Obsidian's comment
    r"|(?<=\s)\^[A-Za-z0-9-]+(?=\s*$)|^\^[A-Za-z]+-[A-Za-z0-9-]+(?=\s*$)"  # its block id
    r"|\\?\[\\?\^[^\]\s]{1,40}\]"  # a footnote's mark without its footnote
    r"|(?:(?<=\s)|^)\#[^\s#\d!][^\s#]{0,80}(?=\s|$)"  # its tag
    r"|\{:[^}\n]{0,200}\}"  # Kramdown's attributes
    r"|\{%[^%\n]{0,300}%\}|\{\{(?!c\d)[^{}\n]{0,300}\}\}"  # Liquid
    r"|\{@\{|\}@\}"  # the deletions of pytextgen
    r"|[(（]\[-?@[^\[\]\n]{1,200}\][)）]|\[-?@[^\[\]\n]{1,200}\]"  # Pandoc's citations
    r"|^(?:!!!|\?\?\?\+?)[ \t]+[a-z][^\n]*"  # the first line of an admonition of MkDocs
    # stars that are strong to their author: beside Han CommonMark pairs them otherwise, and exporters escape them
    rf"|(?<=[{HAN}{_SIGN}])(?:\\?\*){{2,3}}|(?:\\?\*){{2,3}}(?=\s?[{HAN}{_SIGN}{INLINE}])|^\*\\\*"
    r"|\*\*$|^\*\*(?!\*)|(?<=[a-z])\*\*(?=[\s.,;:)])"
    rf"|^==(?!=)|(?<!=)==$|(?<=[\s{_SIGN}])==(?=[{HAN}])|(?<!=)==(?=[{_SIGN}])"  # a highlight around other markup
    r"|\\(?=[!-/:-@\[-`{-~]|$))"  # what escapes a sign, or breaks the last line of a block
)
_POWER = re.compile(r"(?<![A-Za-z][A-Za-z])(?<=[\w)\]*])<sup>(?=[\w+-]{1,9}</sup>)", re.ASCII | re.IGNORECASE)
"""A superscript that is no footnote: without it ``10<sup>6</sup>`` would be another number."""
_ROLE = re.compile(r":[a-z_]+:$")
"""Of MyST and d2lbook, in front of code: a citation, a label, a tab."""


def _refined(node: Node, text: str, masked: str) -> Node:
    """Return a node with formulas, highlights and hidden pieces inside its texts, and callouts told from quotations."""
    children: list[Node] = []
    for child in _without_roles(_joined(node.children, text), text):
        if child.kind == "text" and not child.name:
            children += _pieces(child, masked)
        elif child.kind == "html" and _POWER.match(text, child.span.start):
            children.append(Node("text", child.span, name="^"))
        else:
            children.append(_refined(child, text, masked))
    done = Node(node.kind, node.span, tuple(children), node.name, node.level)
    if node.kind == "link" and text.startswith("[[", node.span.start):
        return _wiki_link(done)
    if node.kind == "quote" and (found := _CALLOUT.match(text, _first_text(node))):
        title = Node("hidden", Span(found.start(), found.end()))
        return Node(
            "callout",
            node.span,
            (title, *(_behind(child, found.end()) for child in children)),
            found["type"].lower(),
        )
    return done


def _touch(text: Node, following: Node, source: str) -> bool:
    """Tell whether nothing stands between two texts but the backslash that escapes the second's first sign."""
    return source[text.span.end : following.span.start] in ("", "\\")


def _joined(nodes: Iterable[Node], text: str) -> list[Node]:
    """Return inlines with one text where several touch: pulldown-cmark parts them at each bracket and escape."""
    joined: list[Node] = []
    for node in nodes:
        last = joined[-1] if joined else None
        is_text = node.kind == "text" and not node.name
        if is_text and last and last.kind == "text" and not last.name and _touch(last, node, text):
            joined[-1] = Node("text", Span(last.span.start, node.span.end))
        else:
            joined.append(node)
    return joined


def _without_roles(nodes: Sequence[Node], text: str) -> Iterator[Node]:
    """Yield inlines with each role and its code hidden; one that has a line for itself breaks the paragraph there."""
    waiting = list(nodes)
    for number, node in enumerate(waiting):
        following = waiting[number + 1] if number + 1 < len(waiting) else None
        is_role = node.kind == "text" and following is not None and following.kind == "code"
        role = _ROLE.search(text, *node.span) if is_role else None
        if role is None or following is None:
            yield node
            continue
        if role.start() > node.span.start:
            yield Node("text", Span(node.span.start, role.start()))
        yield Node("hidden", Span(role.start(), following.span.end))
        begins_line = not text[text.rfind("\n", 0, role.start()) + 1 : role.start()].strip(" >")
        waiting[number + 1] = Node("hidden", Span(following.span.end, following.span.end))
        if begins_line and number + 2 < len(waiting) and waiting[number + 2].kind == "soft-break":
            waiting[number + 2] = replace(waiting[number + 2], kind="hard-break")


def _first_text(node: Node) -> int:
    return node.children[0].span.start if node.children else node.span.start


def _behind(node: Node, start: int) -> Node:
    """Return a node without what of it stands before a place."""
    if node.span.start >= start:
        return node
    kept = tuple(_behind(child, start) for child in node.children if child.span.end > start)
    return Node(node.kind, Span(min(start, node.span.end), node.span.end), kept, node.name, node.level)


def _wiki_link(node: Node) -> Node:
    """Return a wiki link that shows its name: of ``[[path/name#part]]`` neither path nor part are said."""
    label = node.children[0] if len(node.children) == 1 else None
    if label is None or label.kind != "text" or label.span.end - label.span.start != len(node.name):
        return node
    start, end = label.span
    head = node.name.partition("#")[0].rstrip()
    start += head.rfind("/") + 1
    end = label.span.start + len(head) if head else end
    return Node("link", node.span, (Node("text", Span(start, end)),), node.name)


def _pieces(node: Node, masked: str) -> Iterator[Node]:
    """Yield the pieces of a text: formulas, highlights, what is not said, and text between them."""
    start, end = node.span
    at = 0
    for found in _PIECE.finditer(masked[start:end]):
        if found.start() > at:
            yield Node("text", Span(start + at, start + found.start()))
        span = Span(start + found.start(), start + found.end())
        if found["formula"]:
            yield Node("formula", span)
        elif found["mark"] or found["stars"]:
            inner = Node("text", Span(span.start + 2, span.end - 2))
            yield Node("highlight" if found["mark"] else "strong", span, tuple(_pieces(inner, masked)))
        elif found["image"]:
            yield Node("picture", span)
        elif found["label"]:
            label = Node("text", Span(start + found.start("label"), start + found.end("label")))
            yield Node("link", span, tuple(_pieces(label, masked)))
        else:
            yield Node("hidden", span)
        at = found.end()
    if start + at < end:
        yield Node("text", Span(start + at, end))
