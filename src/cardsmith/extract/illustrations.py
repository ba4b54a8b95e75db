"""Which pictures belong to a fact: those on lines of their own right behind the words that state it.

A wrong picture is worse than none. Of what stands beside each other in notes a picture goes with the sentence above it
(it shows what was just said), and with the one below only where nothing stands above: the first thing of a section.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cardsmith.model import Candidate, Picture, Span
from cardsmith.sources.document import Document
from cardsmith.sources.picture_files import is_picture
from cardsmith.sources.pictures import Piece, levels

NEAR = 40
"""Characters between a fact and its picture: room for *as the figure shows:*, not for another fact."""
POINTED = 150
"""The same where what stands between them points at the picture."""
MAX_PICTURES = 2
"""Beside one fact; more are a gallery, of which nobody knows what shows it."""
_POINTS = re.compile(
    r"[如见見下]图|[如见見下]圖|图(?:中|示)|圖(?:中|示)|所示|(?:figure|picture|image|diagram|illustrat\w*|shown?|below)\b",
    re.IGNORECASE,
)


def illustrated(document: Document, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return an excerpt's candidates with the pictures that belong to each."""
    excerpt = document.excerpt
    if not candidates or not any(sign in excerpt.text for sign in ("![", "<img", "<IMG")):
        return list(candidates)
    found = [
        pair
        for number, pieces in enumerate(levels(excerpt.nodes, excerpt.text, document.formula_at))
        for pair in _figures(pieces, is_section=number == 0)
        if all(map(is_picture, pair[1].pictures))
    ]
    return [replace(candidate, pictures=_of(candidate, found, excerpt.text)) for candidate in candidates]


_Figure = tuple[Piece, Piece, bool]
"""What a picture stands beside, the piece of its pictures, and whether it stands above them."""


def _figures(pieces: Sequence[Piece], *, is_section: bool) -> Iterator[_Figure]:
    merged = _merged(pieces)
    for number, piece in enumerate(merged):
        if not piece.pictures or len(piece.pictures) > MAX_PICTURES:
            continue
        if number:
            yield merged[number - 1], piece, True
        elif is_section and len(merged) > 1:
            yield merged[1], piece, False


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with one for pictures that follow each other."""
    merged: list[Piece] = []
    for piece in pieces:
        if piece.pictures and merged and merged[-1].pictures:
            last = merged.pop()
            piece = Piece(Span(last.span.start, piece.span.end), pictures=last.pictures + piece.pictures)  # noqa: PLW2901
        merged.append(piece)
    return merged


def _of(candidate: Candidate, figures: Sequence[_Figure], text: str) -> tuple[Picture, ...]:
    for words, figure, is_above in figures:
        is_inside = candidate.is_authored and candidate.span.holds(figure.span)
        if is_inside or _belong(candidate.span, words, figure, text, is_above=is_above):
            return figure.pictures
    return ()


def _belong(span: Span, words: Piece, figure: Piece, text: str, *, is_above: bool) -> bool:
    """Tell whether a fact is what a piece of words says last before its picture, or first behind it."""
    if not (words.span.start <= span.start < words.span.end if words.is_prose else span.holds(words.span)):
        return False
    if not is_above:
        return words.is_prose and span.start - figure.span.end <= NEAR
    between = text[span.end : figure.span.start]
    room = POINTED if _POINTS.search(between) else NEAR
    return span.end <= figure.span.start and len(between.strip()) <= room
