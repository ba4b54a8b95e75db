"""What a card rests on: a quote that stands verbatim in its excerpt, or a work that can be found."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from cardsmith.checks.base import Context, Finding, Located
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.files import is_inside
from cardsmith.places import file_of
from cardsmith.sources.likeness import nearest_span

_ARXIV = re.compile(r"arXiv:\s?(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?!\d)", re.IGNORECASE)
_DOI = re.compile(r"(?:doi:|https?://doi\.org/)?\s?10\.\d{4,9}/\S+", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/]+\.[^\s/]+\S*", re.IGNORECASE)
_IDENTIFIER = re.compile(r"^\s*(?:arxiv|doi|https?\b)", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"todo|tbd|fixme|xxx|论文|原文|同上|待补|未知|unknown|paper|the paper|see above|\W*", re.IGNORECASE
)


def quote_is_verbatim(deck: Deck, entry: Entry, context: Context) -> Iterator[Finding]:
    """Find a quote that does not stand in its excerpt, character by character."""
    quote = entry.card.quote
    excerpt = context.excerpts.get(deck.excerpt or "")
    if not quote or not excerpt or quote in excerpt.text:
        return
    source = deck.source or deck.excerpt
    if other := next((e for e in context.excerpts.values() if quote in e.text), None):
        place = other.place_at(other.text.index(quote))
        hint = f"move the card to the deck file of that note, or change its quote to what {source} has"
        yield Finding("quote", f"the quote stands in another note, {place}", hint)
        return
    span = nearest_span(quote, excerpt.text)
    if span is None:
        hint = f"copy it from {source}, or give a cite instead"
        yield Finding("quote", "the quote does not stand in the excerpt, nor anything like it", hint)
        return
    nearest = excerpt.text[slice(*span)]
    message = f"the quote is not verbatim: {differences(quote, nearest)}"
    yield Finding("quote", message, f"{source} has: {nearest if len(nearest) < 300 else nearest[:300] + '…'}")


def has_an_excerpt(deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a quote in a file that names no excerpt to look it up in."""
    if entry.card.quote and not deck.excerpt:
        hint = "add `excerpt:` to the file, or give a cite instead"
        yield Finding("quote", "a quote without an excerpt", hint)


def is_traced(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a card that rests on nothing."""
    if not entry.card.quote and not entry.card.cite:
        hint = "add the quote it rests on, or `cite:` with paper and section"
        yield Finding("id", "neither quote nor cite", hint)


def cite_can_be_found(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a cite that is no arXiv id, DOI, URL or title."""
    cite = entry.card.cite
    if not cite or _ARXIV.search(cite) or _DOI.search(cite) or _URL.search(cite):
        return
    letters = sum(character.isalpha() for character in cite)
    if _IDENTIFIER.match(cite) or _NO_TITLE.fullmatch(cite.strip()) or letters < 4:
        hint = "write for example `arXiv:2305.18290, sec. 4`, a DOI, a URL, or the title with its year"
        yield Finding("cite", f"nobody can find {cite!r}", hint)


def sources_lie_inside(context: Context) -> Iterator[Located]:
    """Find a deck whose source lies outside the project: it is not read, whoever wrote its name there."""
    root = context.project.root
    for deck in context.project.decks:
        name = file_of(deck.source or "")
        if name and not _URL.match(name) and not is_inside(root, root / name):
            hint = "copy the note into seeds/ and name it there"
            yield Located(
                deck.path, deck.marks["source"], f"the source {name} lies outside the project", hint
            )


def sources_are_where_they_say(context: Context) -> Iterator[Located]:
    """Find a deck whose note has another name by now: learners are told where it was."""
    for deck in context.project.decks:
        note = context.excerpts.get(deck.excerpt or "")
        if note is None or not deck.source or _URL.match(deck.source):
            continue
        parts = [note, *(section for _, section in note.sections)]
        files = {place.file for part in parts for place in part.places}
        if files and file_of(deck.source) not in files:
            now = str(note.places[0])
            hint = f"write `source: {now}`; cards that show a quote change for learners"
            yield Located(deck.path, deck.marks["source"], f"the note is {now} now", hint)


def excerpts_are_known(context: Context) -> Iterator[Located]:
    """Find a deck whose excerpt is in no source: its quotes cannot be proved."""
    for deck in context.project.decks:
        if deck.excerpt and deck.excerpt not in context.excerpts:
            message = f"no source has the excerpt {deck.excerpt}"
            yield Located(deck.path, deck.marks["excerpt"], message, "restore the source file")


def differences(quote: str, nearest: str) -> str:
    """Say in one line which characters of a quote differ from the source: the first, and how many more."""
    codes = SequenceMatcher(None, quote[:2000], nearest[:2000], autojunk=False).get_opcodes()
    changed = [code for code in codes if code[0] != "equal"]
    if not changed:
        return "its end differs"
    _, i, j, k, m = changed[0]
    more = f", and {len(changed) - 1} more places" if len(changed) > 1 else ""
    if i == j:
        return f"{_named(nearest[k:m])} is missing at character {i + 1}{more}"
    if k == m:
        return f"{_named(quote[i:j])} at character {i + 1} is not in the source{more}"
    return f"{_named(quote[i:j])} at character {i + 1} is {_named(nearest[k:m])} in the source{more}"


def _named(piece: str) -> str:
    shown = piece if len(piece) <= 20 else piece[:20] + "…"
    return f"{shown!r} (U+{ord(piece):04X})" if len(piece) == 1 else repr(shown)
