r"""Formulas in Markdown notes, in every notation that renderers set: what authors, exporters and sites make of LaTeX.

Besides ``\( \)``, ``\[ \]``, ``$ $`` and ``$$ $$`` (see ``text.latex``) there are delimiters whose backslash is escaped,
dollars with blanks inside, bare environments, code between dollars and fences for GitLab and GitHub, and pictures whose
address or description is the LaTeX (Zhihu, CodeCogs). Nothing is a formula that stands in code or in an address.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote

from cardsmith.model import Node, Span
from cardsmith.text.characters import READABLE
from cardsmith.text.code import Code
from cardsmith.text.latex import Formula, find_formulas, without_overlaps, written_as_code
from cardsmith.text.quotations import unquoted

_FLOW = {"paragraph", "list", "quote", "footnote", "definition-list"}
"""Blocks across whose borders a display may run on."""
MAX_OPEN = 20
"""Formulas without an end in one run of blocks; behind them the rest is text."""


def note_formulas(text: str, blocks: Sequence[Node]) -> list[Formula]:
    """Return the formulas of a note in order; they never overlap. ``blocks`` are the note's, read as if it had none.

    Bodies are LaTeX: without the marks of quotations and lists at the beginnings of their lines, and without the
    backslashes that only keep Markdown from reading ``_`` and ``*``.
    """
    drawn, blanks = _by_their_elements(text, blocks)
    bare = _blanked(text, [*blanks, *(Span(f.start, f.end) for f in drawn)])
    found = list(drawn)
    for start, end in _runs(blocks, text):
        found += _in_run(bare, text, start, end)
    return sorted(found, key=lambda formula: formula.start)


def _runs(blocks: Iterable[Node], text: str) -> Iterator[Span]:
    """Yield the stretches inside which a formula must end: blocks in a row, a heading, a row of a table.

    A line of ``=`` or ``-`` inside a display makes what stands above it a heading to Markdown.
    """
    at: int | None = None
    for block in blocks:
        if block.kind in _FLOW or (block.kind == "heading" and text[block.span.start] != "#"):
            at = block.span.start if at is None else at
            stop = block.span.end
            continue
        if at is not None:
            yield Span(at, stop)
            at = None
        if block.kind == "table":
            yield from (row.span for row in block.children)
        elif block.kind in ("heading", "html-block"):
            yield block.span
    if at is not None:
        yield Span(at, min(stop, len(text)))


# --- formulas that are elements of their own

_IN_ADDRESS = re.compile(
    r"(?:zhihu\.com/equation|/equation)\?tex=(?P<tex>[^\"'\s]*)|(?:latex|math)\.codecogs\.com/[a-z.]*(?:latex)?\?(?P<cogs>.*)"
    r"|chart\.(?:googleapis|apis\.google)\.com/chart\?[^\"']*?chl=(?P<chart>[^&\"'\s]*)",
    re.IGNORECASE | re.DOTALL,
)
_PICTURE = re.compile(
    r"!\[(?:\[[^\]\n]{0,100}\]|[^\]\n]){0,100}\]\((?P<to>https?://(?:[^()\s]|\([^()\n]{0,200}\)|(?<=[\w\\{}^_])\s(?=[\w\\{}^_])){1,2000})\)"
)
"""A picture whose address holds what CommonMark allows no address: blanks, braces and backslashes of LaTeX."""
_NOT_READ = re.compile(r"\s*<(?:!--|script\b|style\b|pre\b)", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_IMG = re.compile(r"<img\b[^<>]{0,2000}>", re.IGNORECASE)
_ALT = re.compile(r"\balt\s*=\s*(?P<sign>[\"'])(?P<alt>.*?)(?P=sign)", re.DOTALL | re.IGNORECASE)
_SRC = re.compile(r"\bsrc\s*=\s*(?P<sign>[\"'])(?P<src>.*?)(?P=sign)", re.DOTALL | re.IGNORECASE)


def _by_their_elements(text: str, blocks: Iterable[Node]) -> tuple[list[Formula], list[Span]]:
    """Return the formulas that are code, pictures or tags, and the stretches in which there is no other."""
    found: list[Formula] = []
    blanks: list[Span] = []
    codes: list[Span] = []
    block = 0  # where the last block of HTML ends

    def add(start: int, end: int, body: str) -> None:
        is_alone = not _before(text, start).strip(" >") and not _behind(text, end).strip()
        found.append(Formula(start, end, "display" if is_alone else "inline", body.strip()))

    for node in (node for block in blocks for node in block.walk()):
        start, end = node.span
        if node.kind in ("code", "code-block"):
            formula = written_as_code(text, _code(node, text))
            found += [formula] if formula else []
            if node.name or text[start] in "`~":  # an indented one may be the inside of a display
                codes.append(node.span)
        elif node.kind == "picture":
            if latex := latex_of(node.name):
                add(start, end, latex)
            blanks.append(node.span)
        elif node.kind == "html-block":
            block = end
            whole = _NOT_READ.match(text, start)
            blanks += [node.span] if whole else [Span(*tag.span()) for tag in _TAG.finditer(text, start, end)]
        elif node.kind == "link" or (node.kind == "html" and start >= block):
            last = node.children[-1].span.end if node.children else start
            blanks.append(Span(last, end))
    text = _blanked(text, [*codes, *(Span(f.start, f.end) for f in found)])
    for image in _PICTURE.finditer(text):
        if latex := latex_of(image["to"]):
            add(*image.span(), latex)
    for image in _IMG.finditer(text):
        source, alt = _SRC.search(image.group()), _ALT.search(image.group())
        latex = latex_of(html.unescape(source["src"])) if source else ""
        if alt and ("eeimg" in image.group() or latex):
            latex = html.unescape(alt["alt"])
        if latex.strip():
            add(*image.span(), latex)
    return without_overlaps(found), [*blanks, *codes]


def _code(node: Node, text: str) -> Code:
    """Return code as cards have it: of a block each line is a child, without the marks of quotations and lists."""
    start, end = node.span
    if node.kind == "code":
        return Code(start, end, text[start:end].strip("`"), None)
    return Code(
        start, end, "".join(text[line.span.start : line.span.end] for line in node.children), node.name
    )


def latex_of(address: str) -> str:
    """Return the LaTeX that a picture's address asks a site to draw; empty for any other picture."""
    found = _IN_ADDRESS.search(address)
    if not found:
        return ""
    asked = found["tex"] or found["cogs"] or found["chart"] or ""
    asked = re.sub(
        r"^(?:\\(?:dpi|bg|fn|large|huge|small|inline)\s*(?:\{[^{}]*\})?\s*|%5C(?:dpi|bg|fn|large|inline)(?:%7B\w+%7D)?(?:&space;|%20)*)+",
        "",
        asked,
    )
    return unquote(
        asked.replace("&space;", " ").replace("+", " ") if found["tex"] else asked.replace("&space;", " ")
    ).strip("$ ")


LINE = 300
"""Characters of a line that are looked at before and behind a formula; keeps time linear in a text of one line."""


def _before(text: str, place: int) -> str:
    """Return the piece of a line before a place."""
    least = max(0, place - LINE)
    return text[max(least, text.rfind("\n", least, place) + 1) : place]


def _behind(text: str, place: int) -> str:
    """Return the piece of a line behind a place."""
    return text[place : place + LINE].partition("\n")[0]


def _blanked(text: str, spans: Iterable[Span]) -> str:
    """Return a text of the same length with blanks in some stretches; line ends stay."""
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if end > at:
            begin = max(at, start)
            parts += [text[at:begin], re.sub(r"[^\n]", " ", text[begin:end])]
            at = end
    return "".join([*parts, text[at:]])


# --- formulas between delimiters

_ESCAPED = re.compile(
    r"\\\\(?P<open>[(\[])(?P<body>(?:(?!\n[ \t>]*\n|\\\\[()\[\]]).){1,2000}?)\\\\(?P<close>[)\]])", re.DOTALL
)
_ENVIRONMENT = re.compile(
    r"\\begin\s*\{(?P<name>equation|align|gather|multline|eqnarray|alignat|flalign|displaymath|math)(?P<star>\*?)\}"
    r"(?P<body>.{0,5000}?)\\end\s*\{(?P=name)(?P=star)\}",
    re.DOTALL,
)
_BARE = {"equation", "displaymath", "math"}
"""Environments that only say that their body is a formula."""


def _in_run(bare: str, text: str, start: int, end: int) -> Iterator[Formula]:
    found: list[Formula] = []
    at = start
    for _ in range(MAX_OPEN):
        piece = _ESCAPED_BRACKET.sub(lambda found: "  " + found.group()[2:], bare[at:end])
        here = find_formulas(piece, spaced=True)
        broken = next((n for n, f in enumerate(here) if _has_no_end(f)), None)
        found += [replace(f, start=f.start + at, end=f.end + at) for f in here[:broken]]
        if broken is None:
            break
        begin = at + here[broken].start
        blank = _BLANK_LINE.search(bare, begin, end)
        at = blank.start() if blank else end
        found.append(Formula(begin, at, "open", bare[begin + 2 : at]))
    found = [f for f in found if not _is_escaped(f, bare)]
    whole = [f for f in found if f.kind != "open"]
    rest = _blanked(bare[start:end], (Span(f.start - start, f.end - start) for f in whole))
    others = list(_otherwise(rest, start)) if "\\" in rest else []
    taken = {place for f in others for place in (f.start, f.end - 1)}
    opened = [f for f in found if f.kind == "open" and taken.isdisjoint(range(f.start, f.end))]
    yield from (_cleaned(f, text) for f in (*whole, *opened, *others))


_ESCAPED_BRACKET = re.compile(rf"(?<!\\)\\\[[^\\\[\]\n$]{{0,200}}\](?!(?:(?!\\\[)[^\n]){{0,{LINE}}}\\\])")
"""A bracket that only its opening backslash keeps from making a link: ``\\[1]``."""
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")
_SAID = re.compile(r"[^\\^_=<>+*/|{}()-]*|.*[\u4e00-\u9fff].*|.*[A-Za-z]{3,} [A-Za-z]{2,}.*", re.DOTALL)
"""What stands between brackets whose backslashes only keep them from making a link."""


def _has_no_end(formula: Formula) -> bool:
    r"""Tell a formula that runs on, or over a blank line or the next ``\(`` to an end that is not its own."""
    over = formula.kind == "inline" and (r"\(" in formula.body or _BLANK_LINE.search(formula.body))
    return formula.kind == "open" or bool(over)


def _is_escaped(formula: Formula, text: str) -> bool:
    r"""Tell brackets that Markdown shows as brackets (``\[1\]``) from a formula."""
    if formula.kind == "open" or text[formula.start : formula.start + 1] != "\\":
        return False
    if text[formula.start + 1] == "(":
        return (
            "\\" not in formula.body and " " in formula.body.strip() and bool(_SAID.fullmatch(formula.body))
        )
    line = _before(text, formula.start) + _behind(text, formula.end)
    return bool(line.strip(" \t>")) and "\\" not in formula.body and bool(_SAID.fullmatch(formula.body))


def _otherwise(rest: str, offset: int) -> Iterator[Formula]:
    """Yield formulas in the notations that ``find_formulas`` does not know."""
    for pattern in (_ENVIRONMENT, _ESCAPED):
        for found in pattern.finditer(rest):
            place = (offset + found.start(), offset + found.end())
            if pattern is _ENVIRONMENT:
                body = unquoted(rest, *found.span("body" if found["name"] in _BARE else 0))
                yield Formula(*place, "display", body)
            elif found["open"] + found["close"] in ("()", "[]"):
                body = re.sub(r"\\([\\_*])", r"\1", unquoted(rest, *found.span("body")))
                yield Formula(*place, "inline" if found["open"] == "(" else "display", body)
        rest = pattern.sub(lambda found: " " * len(found.group()), rest)


_TEXT_GROUP = re.compile(
    r"\\(?:text(?:bf|it|rm|sf|tt|normal)?|mbox|hbox|operatorname\*?|mathrm|mathtt|verb)\s*\{[^{}]*\}"
)
_FOR_MARKDOWN = re.compile(r"(\\\\)|\\([_*](?=[\w{\\(])|[*\[\]])")
"""A backslash that LaTeX does not need; of two the second begins nothing."""


def _cleaned(formula: Formula, text: str) -> Formula:
    if formula.kind in ("hole", "open"):
        return formula
    body = formula.body.translate(READABLE)
    before = _before(text, formula.start)
    if _FOR_MARKDOWN.search(body):
        kept = _TEXT_GROUP.findall(body)
        pieces = [_FOR_MARKDOWN.sub(r"\1\2", piece) for piece in _TEXT_GROUP.split(body)]
        body = "".join(p + k for p, k in zip(pieces, [*kept, ""], strict=True))
    body = " ".join(body.split()) if formula.kind == "inline" and "\n" in body else body
    is_line = "\n" not in formula.body and text.startswith("$$", formula.start)
    if formula.kind == "display" and is_line and _is_in_a_sentence(before, _behind(text, formula.end)):
        return replace(formula, body=body, kind="inline")
    return replace(formula, body=body)


def _is_in_a_sentence(before: str, behind: str) -> bool:
    """Tell whether words stand beside a formula on its line."""
    begins_item = re.fullmatch(r"[\s>]*(?:[-*+]|\d+[.)])\s+", before)
    return bool((before.strip(" \t>") and not begins_item) or behind.strip(" \t.,;。，；、)"))
