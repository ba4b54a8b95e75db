"""An excerpt as its author's cards are read from it: lines, a shade in which nothing opaque looks like syntax, and words.

Lines are the unit of every tool that takes cards from notes, so they are read here and not the tree: a plain text may
hold cards as well as a Markdown file. All places are offsets in characters of the excerpt's text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cardsmith.authoring import Authored
from cardsmith.model import Excerpt, Span
from cardsmith.sources.tagging import TAG, TAG_LINE, tags_of
from cardsmith.text.clozes import OPENING
from cardsmith.text.code import Code, find_code
from cardsmith.text.latex import Formula, anki_delimited
from cardsmith.text.shadow import INSIDE

Edit = tuple[int, int, str]
"""Start, end, and what stands there on a card."""

_PREFIX = re.compile(
    r"(?P<quote>(?:[ \t]*>)*)(?P<indent>[ \t]*)(?P<marker>(?:[-*+•]|\d{1,3}[.)])(?=[ \t]|$))?[ \t]*(?:\[[ xX]\][ \t]+)?"
)
_TAIL = re.compile(rf"(?:\^[A-Za-z0-9-]+|{TAG}|\[\[card\]\])")
"""A word at a line's end that is none of the author's: a block's id, a tag, Logseq's other way to write one."""
_HEAD_TAGS = re.compile(rf"(?:{TAG}[ \t]+)+(?=\S)")
_ADDRESS = r"\((?:[^()\n]|\([^()\n]{0,200}\)){0,1000}\)"
_IMAGES = "png|jpe?g|gif|webp|avif|svg|bmp"
_HTML = (
    "a|abbr|b|big|br|center|cite|code|dd|del|details|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|iframe|img|ins|kbd|li|mark|ol|p|"
    "pre|q|rp|rt|ruby|s|samp|small|span|strike|strong|sub|summary|sup|table|tbody|td|th|thead|tr|tt|u|ul|var|video"
)
_MARKS = re.compile(
    r"(?P<comment><!--(?:(?!<!--).)*?-->|%%[^%\n]{1,500}%%)"
    rf"|!\[\[(?P<embed>[^\[\]|\n]{{1,300}}\.(?:{_IMAGES}))(?:\\?\|[^\[\]\n]*)?\]\]"
    rf"|(?P<picture>!\[[^\[\]\n]{{0,300}}\]{_ADDRESS})"
    r"|!?\[\[(?P<page>[^\[\]\n]{1,300}?)(?:\\?\|(?P<alias>[^\[\]\n]{1,300}))?\]\]"
    rf"|(?P<open>\[)(?=(?P<label>[^\[\]\n]{{0,300}}(?:\\\[[^\[\]\n]{{0,40}}\\\][^\[\]\n]{{0,300}})?)\](?P<target>{_ADDRESS}))"
    r"|(?P<unsaid>\^?\[\^[^\]\s]{1,40}\]|(?<=[\])])\{:[^}\n]{0,200}\})"  # a footnote's mark, a picture's attributes
    r"|(?P<escaped>\\[()\[\]])"
    rf"|(?P<html></?(?:{_HTML})(?:\s[^<>\n]{{0,500}})?/?>)"
    r"|(?P<address>https?://[^\s<>)\u3000-\uffef]{1,2000})",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
PROPERTY = re.compile(
    r"(?:card-[a-z-]+|id|collapsed|logseq\.[\w.-]+|background-color|created-at|updated-at|deck|direction)::.*"
)
"""What Logseq keeps in a block: no words."""
_WEB = re.compile(r"\(\s*<?(?:https?|mailto):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an excerpt."""

    start: int
    """Of its content: behind the marks of quotations and lists."""
    end: int
    """Of its content: before comments, ids and tags at its end, and blanks."""
    begin: int
    """Of all of it."""
    stop: int
    """Of all of it, before the line end."""
    depth: int
    """Columns before its marker, or before its content when it has none."""
    marker: str
    """Of a list; empty for none."""
    quoted: int
    """How many quotations it stands in."""
    in_code: bool
    """Part of a fenced block."""
    tags: tuple[str, ...]
    """On it, at its beginning or end, without ``#``."""

    @property
    def is_blank(self) -> bool:
        """Tell whether it has no words."""
        return self.start >= self.end and not self.in_code


class Page:
    """An excerpt that may hold its author's cards."""

    def __init__(self, excerpt: Excerpt, settings: Authored) -> None:
        self.excerpt = excerpt
        self.text = excerpt.text
        self.settings = settings
        self._code = find_code(self.text)
        self._taken: set[int] = set()

    # --- what is opaque

    @cached_property
    def _formulas(self) -> list[Formula]:
        closed = (f for f in self.excerpt.formulas if f.kind in ("inline", "display"))
        return [formula for formula in closed if not OPENING.search(formula.body)]

    @cached_property
    def shade(self) -> str:
        """The text, at equal length, with code, formulas, pictures, links' targets and comments opaque."""
        shade = list(self.text)
        for start, end in self._opaque():
            for at in range(start, end):
                if shade[at] != "\n":
                    shade[at] = INSIDE
        return "".join(shade)

    def _opaque(self) -> Iterator[tuple[int, int]]:
        yield from ((code.start, code.end) for code in self._code)
        yield from ((formula.start, formula.end) for formula in self._formulas)
        for found in _MARKS.finditer(self.text):
            if found["open"]:
                yield found.span("target")
            elif not (found["escaped"] or found["unsaid"]):
                yield found.span()

    # --- lines

    @cached_property
    def lines(self) -> list[Line]:
        """All lines, in order."""
        fences = [code for code in self._code if code.info is not None]
        lines: list[Line] = []
        begin = 0
        for piece in self.text.split("\n"):
            lines.append(_line(self.text, begin, begin + len(piece), fences))
            begin += len(piece) + 1
        return lines

    def line_at(self, offset: int) -> int:
        """Return the index of the line that an offset stands in."""
        return max(0, bisect_right(self.lines, offset, key=lambda line: line.begin) - 1)

    def run_from(self, number: int) -> int:
        """Return the index behind the last line of the run of lines with words that a line stands in."""
        while number < len(self.lines) and not self.lines[number].is_blank:
            number += 1
        return number

    def run_to(self, number: int) -> int:
        """Return the index of the first line of the run of free lines with words that ends before a line."""
        while number > 0 and not self.lines[number - 1].is_blank and self.is_free(self.lines[number - 1]):
            number -= 1
        return number

    # --- where cards are meant

    @cached_property
    def is_tagged(self) -> bool:
        """Cards are meant all over the excerpt."""
        tagging = self.excerpt.tagging
        return tagging.is_scheduled or self.has_tag(tagging.note)

    def has_tag(self, tags: Iterable[str]) -> bool:
        """Tell whether one of the tags says that cards are meant."""
        return any(_is_below(tag, known) for tag in tags for known in self.settings.tags)

    def mark_of(self, tags: Iterable[str]) -> str:
        """Return the tag that makes a card of the block that bears it; empty for none."""
        return next((tag for tag in tags for known in self.settings.marks if _is_mark(tag, known)), "")

    def is_meant(self, when: str, line: Line) -> bool:
        """Tell whether a syntax that is read ``when`` is read in a line."""
        if when != "tagged":
            return when == "always"
        on_line = self.has_tag(line.tags) or bool(self.mark_of(line.tags))
        return self.is_tagged or on_line or self._is_kept(line)

    def _is_kept(self, line: Line) -> bool:
        """Tell whether a tool has left its mark on a line or right below: its schedule, or the id that it gave the card."""
        below = self.text.find("\n", line.stop + 1)
        near = self.text[line.end : below if below >= 0 else len(self.text)]
        return bool(_KEPT.match(near))

    # --- what is taken

    def claim(self, start: int, end: int) -> None:
        """Take a stretch for a card: no other rule reads its lines."""
        self._taken.update(range(self.line_at(start), self.line_at(max(start, end - 1)) + 1))

    def is_free(self, line: Line) -> bool:
        """Tell whether no card has taken a line."""
        return self.line_at(line.begin) not in self._taken

    @property
    def claimed(self) -> tuple[Span, ...]:
        """The lines that are taken, in order."""
        return tuple(
            Span(self.lines[number].begin, self.lines[number].stop) for number in sorted(self._taken)
        )

    # --- words

    @cached_property
    def _edits(self) -> list[Edit]:
        found = [(formula.start, formula.end, anki_delimited(formula)) for formula in self._formulas]
        inside = [(code.start, code.end, "") for code in self._code] + found
        inside.sort()
        found += [edit for edit in self._marks() if not _is_inside(edit, inside)]
        for line in self.lines:
            if line.quoted:
                mark = re.compile(rf"(?:[ \t]*>){{{line.quoted}}} ?").match(self.text, line.begin)
                found += [(line.begin, mark.end(), "")] if mark else []
            if not line.in_code:
                found += [(line.end, line.stop, "")] if line.end < line.stop else []
                if tags := _HEAD_TAGS.match(self.text, line.start, line.stop):
                    found.append((line.start, tags.end(), ""))
                if PROPERTY.match(self.text, line.start, line.stop):
                    found.append((max(0, line.begin - 1), line.stop, ""))
        return sorted(set(found), key=lambda edit: (edit[0], -edit[1]))

    def _marks(self) -> Iterator[Edit]:
        for found in _MARKS.finditer(self.text):
            start, end = found.span()
            if found["embed"]:
                yield start, end, f"![]({_address(found['embed'])})"
            elif found["page"]:
                shown = found["alias"] or found["page"].rpartition("/")[2].partition("#")[0] or found["page"]
                yield start, end, shown.strip("\\")
            elif found["open"] and not _WEB.match(found["target"]):
                yield start, end, ""
                yield end + len(found["label"]), found.end("target"), ""
            elif found["html"]:
                yield start, end, "\n" if found["html"].lower().startswith("<br") else ""
            elif found["comment"] or found["unsaid"]:
                yield start, end, ""
            elif found["escaped"] and self.excerpt.is_markdown:
                yield start, end, found["escaped"][1]

    def words(self, start: int, end: int, extra: Iterable[Edit] = ()) -> str:
        """Return what the author wrote from start to end as a card's Markdown, with further edits made first."""
        first = bisect_left(self._edits, start, key=lambda edit: edit[0])
        last = bisect_left(self._edits, end, key=lambda edit: edit[0])
        edits = sorted(
            [
                *((s, e, 1, new) for s, e, new in self._edits[first:last]),
                *((s, e, 0, new) for s, e, new in extra),
            ]
        )
        parts: list[str] = []
        at = start
        for begin, stop, _, new in edits:
            if begin >= at and stop <= end:
                parts += [self.text[at:begin], new]
                at = stop
        parts.append(self.text[at:end])
        return _dedented("".join(parts))

    def trimmed(self, start: int, end: int) -> Span:
        """Return a stretch without the blanks at its edges, and without what is no words at the end of its last line."""
        if start < end:
            last = self.lines[self.line_at(end - 1)]
            end = min(end, last.end) if last.end > start and not last.in_code else end
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip())
        return Span(start, max(start, start + len(piece.strip())))


_KEPT = re.compile(r"[^\S\n]*(?:\n[ \t>]*)?(?:<!--SR:|<!--ID:[ \t]*\d|\^\d{13}\b|\^q-\w)")


def _line(text: str, begin: int, stop: int, fences: list[Code]) -> Line:
    at = bisect_right(fences, begin, key=lambda code: text.rfind("\n", 0, code.start) + 1) - 1
    in_code = at >= 0 and begin < fences[at].end
    prefix: re.Match[str] = _PREFIX.match(text, begin, stop)  # type: ignore[assignment] # it matches always
    quoted = prefix["quote"].count(">")
    depth = len(prefix["indent"].expandtabs(4))
    if in_code:
        return Line(prefix.end("quote"), stop, begin, stop, depth, "", quoted, True, ())
    whole = text[begin:stop]
    if TAG_LINE.fullmatch(whole):
        return Line(stop, stop, begin, stop, depth, prefix["marker"] or "", quoted, False, tags_of(whole))
    start = prefix.end()
    end = _end_of_words(text, start, stop)
    head = _HEAD_TAGS.match(text, start, end)
    tags = tags_of(text[end:stop]) + (tags_of(head.group()) if head else ())
    tags += ("card",) if "[[card]]" in text[end:stop] else ()
    return Line(
        head.end() if head else start, end, begin, stop, depth, prefix["marker"] or "", quoted, False, tags
    )


def _end_of_words(text: str, start: int, stop: int) -> int:
    """Return where the comments, anchors, block ids and tags at a line's end begin, and the blanks before them."""
    while True:
        stop = start + len(text[start:stop].rstrip())
        if text.endswith(("-->", "</a>"), start, stop):
            opener = "<!--" if text[stop - 2] == "-" else '<a id="'
            at = text.rfind(opener, start, stop)
        else:
            at = max(text.rfind(sign, start, stop) for sign in " \t>") + 1
            at = at if _TAIL.fullmatch(text, max(at, start), stop) else -1
        if at < 0:
            return stop
        stop = max(at, start)


def _is_below(tag: str, known: str) -> bool:
    tag, known = tag.casefold(), known.casefold().lstrip("#")
    return tag == known or tag.startswith(known + "/")


REVERSED = re.compile(r"[-/](?:reversed?|bidirectional)$", re.IGNORECASE)
"""How a mark ends that asks for both directions."""


def _is_mark(tag: str, known: str) -> bool:
    return _is_below(REVERSED.sub("", tag), known) and not tag.casefold().endswith(("spaced", "reminder"))


def _is_inside(edit: Edit, others: list[Edit]) -> bool:
    at = bisect_right(others, edit[0], key=lambda other: other[0]) - 1
    return at >= 0 and edit[0] < others[at][1]


def _address(name: str) -> str:
    return f"<{name}>" if " " in name or "(" in name else name


def _dedented(words: str) -> str:
    """Return words without trailing blanks, blank edges and the indentation that all lines but the first share."""
    lines = [
        re.sub(r"^[ \t]+", lambda blank: blank.group().expandtabs(4), line.rstrip())
        for line in words.split("\n")
    ]
    while lines and not lines[0].strip():
        lines.pop(0)
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line]
    margin = min(indents, default=0)
    if lines and (own := len(lines[0]) - len(lines[0].lstrip())):
        margin = min(margin, own) if indents else own
        lines[0] = lines[0][margin:]
    lines = [line if number == 0 else line[margin:] for number, line in enumerate(lines)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).rstrip())
