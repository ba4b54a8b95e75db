"""YAML that says something else than it seems to, beyond what the reader of the files refuses, and tags."""

import re
from collections.abc import Iterator
from functools import lru_cache

from cardsmith.checks.base import Context, Finding
from cardsmith.decks.deckfile import Deck, Entry

MAX_FIELD = 20_000
"""Characters of one field: far above any card, far below what makes Anki slow."""

_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufffd]")
_BAD_TAG = re.compile(r"[\s\u3000\"*]|^:|:$|:::")


def fits_a_field(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a field that is no card's: a whole file pasted in, or a quotation mark that was never closed."""
    for name, value in entry.pieces:
        if len(value) > MAX_FIELD:
            hint = f"a field has at most {MAX_FIELD:,}; is this a whole file?"
            yield Finding(name, f"{name} has {len(value):,} characters", hint)


def stands_on_its_line(deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a plain or quoted value that goes on over lines: YAML makes its line ends spaces."""
    if entry.end - entry.first <= len(entry.card.model_fields_set):
        return
    lines = _lines(deck.text)[entry.first : entry.end]
    margin = entry.mark.column - 1
    for name, mark in entry.marks.items():
        row = mark.line - 1 - entry.first
        if "." in name or not name or not 0 <= row < len(lines) - 1:
            continue
        begins, following = lines[row][mark.column - 1 : mark.column], lines[row + 1]
        ahead = lines[row][: mark.column - 1]
        indent = len(following) - len(following.lstrip(" "))
        is_inline = begins not in "|>[{-?" and ahead.strip().endswith(f"{name}:")
        if is_inline and indent > margin and not following.lstrip(" ").startswith("#"):
            hint = "write it as a `|-` block (`cardsmith fmt` does)"
            yield Finding(name, "the value goes on over lines, which YAML joins with spaces", hint)


def shows_what_it_holds(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find characters that nobody sees (zero width, direction marks) and U+FFFD, where text was lost."""
    for name, value in entry.pieces:
        if name not in ("quote", "where") and (hidden := _HIDDEN.search(value)):
            message = f"the invisible or lost character U+{ord(hidden.group()):04X}"
            yield Finding(name, f"{message} at character {hidden.start() + 1}", "delete it")


def tags_are_words(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a tag that Anki would split or change: white space, quotation marks, stray colons."""
    for tag in entry.card.tags:
        if _BAD_TAG.search(tag):
            yield Finding(
                "tags", f"Anki would split or change the tag {tag!r}", "join its words with - or ::"
            )


@lru_cache(maxsize=2)
def _lines(text: str) -> list[str]:
    return text.split("\n")
