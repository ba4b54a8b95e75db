"""Files to excerpts: Markdown and plain text (a note each, Markdown with its sections), seed lists (one article a line).

Of what is no text ``formats`` makes Markdown first.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path, PurePosixPath

from cardsmith.authoring import Tagging
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import not_utf8, read_bytes
from cardsmith.ids import excerpt_id
from cardsmith.model import Excerpt, Node, Properties, Section, Span
from cardsmith.places import Part, Place
from cardsmith.sources.encodings import decode
from cardsmith.sources.finding import find_files, name_in
from cardsmith.sources.formats import FORMATS, derive, suffix_of
from cardsmith.sources.formats.derived import Derived
from cardsmith.sources.markdown import parse_markdown
from cardsmith.sources.properties import read_properties
from cardsmith.sources.prose import said
from cardsmith.sources.tagging import note_tagging, tags_of
from cardsmith.text.latex import Formula, find_formulas

TEXTS = (".txt", ".md", ".markdown")
SUFFIXES = (*TEXTS, *FORMATS)
MAX_CHARACTERS = 16_000_000
"""Of one excerpt. Far above any note; a longer line is a mistake (a minified or binary file)."""
MAX_BYTES = 64_000_000
"""Of one file."""

_BANNER = re.compile(r"[A-Z][A-Z ]{3,60}")


@dataclass
class Remarks:
    """What is to be told of notes that were read as far as they go."""

    skipped: list[Problem] = field(default_factory=list)
    """Why a file or folder was not read."""
    encodings: dict[str, str] = field(default_factory=dict)
    """What was read as another encoding than UTF-8, by the file's name."""
    pictures: list[Problem] = field(default_factory=list)
    """Why a picture beside a fact is on no card, at its place."""
    notes: int = 0
    """How many notes, and lines of seed lists, were read; of equal ones one counts."""


def read_sources(
    paths: Iterable[Path],
    root: Path,
    besides: Collection[str] = (),
    remarks: Remarks | None = None,
    suffixes: Sequence[str] = SUFFIXES,
) -> list[Excerpt]:
    """Return the distinct excerpts of files and folders, in the order of their sorted paths and lines.

    Equal excerpts are one, with all their places. Of a folder only files with these ``suffixes`` are read that are not hidden; ``besides`` names
    files, as places do, that have been read already and are passed over. With ``remarks``, which are filled, what cannot be
    read is skipped.

    Raises:
        CardsmithError: every file that cannot be read, with what to do, unless they may be skipped and something else
            was read.

    """
    problems: list[Problem] = []
    encodings: dict[str, str] = {}
    merged: dict[str, Excerpt] = {}
    for path in find_files(paths, root, problems, suffixes):
        name = name_in(path, root)
        if name in besides:
            continue
        try:
            raw = _bytes(path, name)
            if suffix_of(name) in FORMATS:
                excerpts = parse_derived(derive(raw, name), name)
            else:
                text, encoding = _text(raw, name)
                excerpts = parse_source(text, name)
                encodings |= {name: encoding} if encoding != "utf-8" else {}
        except CardsmithError as error:
            problems += error.problems
            continue
        for excerpt in excerpts:
            known = merged.get(excerpt.id)
            merged[excerpt.id] = replace(known, places=known.places + excerpt.places) if known else excerpt
    if problems and (remarks is None or not merged):
        raise CardsmithError(problems)
    if remarks is not None:
        remarks.skipped += problems
        remarks.encodings |= encodings
        remarks.notes += len(merged)
    return list(merged.values())


def _bytes(path: Path, name: str) -> bytes:
    """Return a file's bytes.

    Raises:
        CardsmithError: it cannot be read, or is too large.

    """
    raw = read_bytes(path, name, MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES:,} bytes"
        raise CardsmithError.at(name, "source-too-long", message, "split the file into articles")
    return raw


def _text(raw: bytes, name: str) -> tuple[str, str]:
    """Return a note's text, a line end one character, and its encoding.

    Raises:
        CardsmithError: it is no text.

    """
    if (found := decode(raw)) is None:
        if b"\0" in raw[:4096]:
            hint = "take it out of the folder, or give it another ending"
            raise CardsmithError.at(name, "source-binary", "the file is no text", hint)
        raise not_utf8(raw, name)
    text, encoding = found
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def parse_source(text: str, name: str) -> list[Excerpt]:
    """Return the excerpts of a file's text, in order.

    A Markdown file (by its suffix) is one note, with a section for what stands between two headings. A text file with
    banner lines (capitals only) or ellipsis-cut lines is a seed list and gives one excerpt a line; any other is one note.

    Raises:
        CardsmithError: the file is empty, or a line is longer than ``MAX_CHARACTERS``.

    """
    if not text.strip():
        raise CardsmithError.at(
            name, "source-empty", "the file is empty", "delete it, or paste the notes into it"
        )
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_CHARACTERS:
            message = f"the line has {len(line):,} characters; an excerpt may have {MAX_CHARACTERS:,}"
            raise CardsmithError.at(
                name, "source-too-long", message, "split the file into articles", line=number
            )
    if name.lower().endswith((".md", ".markdown")):
        return list(_markdown_note(text, name))
    offsets = [0, *accumulate(len(line) + 1 for line in lines)]
    if _is_seed_list(lines):
        return [
            _plain(line, Place(name, number + 1, offsets[number]))
            for number, line in enumerate(lines)
            if line.strip() and not _BANNER.fullmatch(line.strip())
        ]
    start = next(number for number, line in enumerate(lines) if line.strip())
    whole = "\n".join(lines[start:]).rstrip()
    note = _plain(whole, Place(name, start + 1, offsets[start]), file_title(name))
    return [replace(note, tagging=note_tagging(whole))]


def parse_derived(derived: Derived, name: str) -> list[Excerpt]:
    """Return the note that a file says which is no text, as of Markdown; nothing where it has headings only."""
    return [_with_parts(note, derived.parts) for note in _markdown_note(derived.text, name)]


def _with_parts(excerpt: Excerpt, parts: Sequence[Part]) -> Excerpt:
    """Return an excerpt with those of its file's parts in its places and its sections' that hold it."""
    (place,) = excerpt.places
    end = place.offset + len(excerpt.text)
    low = max(0, bisect_right(parts, place.offset, key=lambda part: part.start) - 1)
    high = bisect_left(parts, end, key=lambda part: part.start)
    held = tuple(Part(max(0, part.start - place.offset), part.name) for part in parts[low:high])
    sections = tuple(Section(start, _with_parts(section, parts)) for start, section in excerpt.sections)
    return replace(excerpt, places=(place._replace(parts=held),), sections=sections)


def _is_seed_list(lines: list[str]) -> bool:
    full = [line.strip() for line in lines if line.strip()]
    cut = sum(line.endswith(("...", "…")) for line in full)
    return any(_BANNER.fullmatch(line) for line in full) or (len(full) > 1 and cut * 2 > len(full))


def _markdown_note(text: str, name: str) -> Iterator[Excerpt]:
    """Yield the note that a Markdown text is, with its sections; nothing where no text stands below any heading."""
    blocks, formulas = parse_markdown(text)
    start = blocks[0].span.end if blocks and blocks[0].kind == "metadata" else 0
    properties = read_properties(text[:start]) if start else Properties()
    tagging = note_tagging(text[start:], properties.tags)
    sections = list(_sections(text, name, blocks, formulas, tagging))
    if not sections:
        return
    begin = _line_start(text, start)
    note = _excerpt(
        text[begin:].rstrip(),
        Place(name, 1 + text.count("\n", 0, begin), begin),
        formulas,
        tagging,
        (),
        [block for block in blocks if block.kind != "metadata"],
    )
    title = properties.title or _only_title(blocks, text, formulas) or file_title(name)
    parts = tuple(Section(section.places[0].offset - begin, section) for section in sections)
    yield replace(note, sections=parts, title=title, properties=properties)


def _sections(
    text: str, name: str, blocks: Sequence[Node], formulas: Sequence[Formula], of_note: Tagging
) -> Iterator[Excerpt]:
    """Yield an excerpt for what stands between two headings, with the headings above it and the tags that they bear."""
    by_start = {formula.start: formula for formula in formulas}
    tagging = of_note
    headings: list[tuple[int, str, tuple[str, ...]]] = []
    section: list[Node] = []
    start, line, counted = 0, 1, 0
    for block in (*blocks, Node("heading", Span(len(text), len(text)))):
        if block.kind == "metadata":
            start = block.span.end
        elif block.kind != "heading":
            section.append(block)
        else:
            begin = _line_start(text, start, block.span.start)
            body = text[begin : block.span.start]
            if body.strip():
                line, counted = line + text.count("\n", counted, begin), begin
                above = tuple(title for _, title, _ in headings)
                yield _excerpt(body.rstrip(), Place(name, line, begin), formulas, tagging, above, section)
            title = said(block, text, by_start).strip(" \n:：")
            written = text[slice(*block.span)].rstrip()
            tags = tags_of(written.lstrip("# ")) if "#" in written else ()
            headings = [*(pair for pair in headings if pair[0] < block.level), (block.level, title, tags)]
            in_force = (*of_note.note, *(tag for *_, tags in headings for tag in tags))
            is_underlined = block.level == 2 and written.endswith("--") and "\n" in written
            tagging = Tagging(in_force, tags, of_note.is_scheduled, is_underlined)
            start, section = block.span.end, []


def _line_start(text: str, start: int, end: int | None = None) -> int:
    """Return where the line of the first character that is not blank begins, at ``start`` at the earliest."""
    body = text[start:end]
    begin = start + len(body) - len(body.lstrip())
    return max(start, text.rfind("\n", 0, begin) + 1)


def _only_title(blocks: Sequence[Node], text: str, formulas: Sequence[Formula]) -> str:
    """Return what the note's only first-level heading says; nothing when it has none, or several."""
    tops = [block for block in blocks if block.kind == "heading" and block.level == 1]
    return said(tops[0], text, {f.start: f for f in formulas}).strip() if len(tops) == 1 else ""


_UNNAMED = frozenset(("index", "readme", "main", "note", "notes", "_index", "untitled"))
"""Stems of files that are called by their folder."""
_EXPORTED = re.compile(r"(?<=\S)[ _-]+[0-9a-f]{32}$")
"""What Notion's export puts behind the title of every page."""


def file_title(name: str) -> str:
    """Return what a file's name says that it is about: its stem, or its folder's name where the stem says nothing."""
    path = PurePosixPath(name)
    is_named = path.stem.casefold() not in _UNNAMED or not path.parent.name
    return _EXPORTED.sub("", path.stem if is_named else path.parent.name)


def _plain(text: str, place: Place, title: str = "") -> Excerpt:
    formulas = find_formulas(text)
    return Excerpt(excerpt_id(text), text, tuple(formulas), (place,), _is_cut(text, formulas), title=title)


def _excerpt(
    text: str,
    place: Place,
    formulas: Sequence[Formula],
    tagging: Tagging,
    headings: tuple[str, ...],
    nodes: Iterable[Node],
) -> Excerpt:
    """Return a piece of a Markdown file; formulas and nodes are those of the file."""
    begin, end = place.offset, place.offset + len(text)
    low, high = (bisect_left(formulas, at, key=lambda formula: formula.start) for at in (begin, end))
    own = tuple(_within(formula, begin, len(text)) for formula in formulas[low:high])
    tree = tuple(node.within(begin, end) for node in nodes if node.span.start < end)
    return Excerpt(
        excerpt_id(text),
        text,
        own,
        (place,),
        _is_cut(text, own),
        is_markdown=True,
        headings=headings,
        nodes=tree,
        tagging=tagging,
    )


def _within(formula: Formula, start: int, length: int) -> Formula:
    return replace(formula, start=formula.start - start, end=min(formula.end - start, length))


def _is_cut(text: str, formulas: Sequence[Formula]) -> bool:
    is_open = bool(formulas) and formulas[-1].kind == "open" and formulas[-1].end >= len(text)
    return text.rstrip().endswith(("...", "…")) or is_open
