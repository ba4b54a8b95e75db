"""How like two texts are, and what a quote has become in an edited one.

Character shingles need no word boundaries, so they serve every script (Broder, "On the resemblance and containment of
documents", 1997).
"""

import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

from cardsmith.ids import essence
from cardsmith.model import Span

SHINGLE = 5
"""Characters of a shingle: two or three Chinese words, about one English."""


def shingles(text: str) -> frozenset[str]:
    """Return the runs of ``SHINGLE`` characters of a text; white space and a final ellipsis do not count."""
    bare = essence(text)
    return frozenset(bare[at : at + SHINGLE] for at in range(max(1, len(bare) - SHINGLE + 1)) if bare)


_GRAM = 6
"""Characters of a quote's pieces: shorter ones occur by chance, longer ones miss a quote with many typing errors."""
_SLACK = 40
"""Letters that may have been left out or added before the piece by which a quote is found."""


def nearest_span(quote: str, text: str) -> Span | None:
    """Return the stretch of a text that is most like a quote, or None when less than half of it is there.

    Widths, white space and punctuation do not count in the search, so that re-typed quotes are found at once.
    """
    letters, places = _letters(text)
    wanted, _ = _letters(quote)
    if not wanted or not letters:
        return None
    at = letters.find(wanted)
    if at >= 0:
        return _widened(text, places[at], places[at + len(wanted) - 1] + 1, quote)
    votes: dict[int, int] = {}
    for number in range(0, max(1, len(wanted) - _GRAM + 1), max(1, len(wanted) // 200)):
        found = letters.find(wanted[number : number + _GRAM])
        if found >= 0:
            votes[found - number] = votes.get(found - number, 0) + 1
    if not votes:
        return None
    start = max(0, max(votes, key=lambda offset: votes[offset]) - _SLACK)
    window = letters[start : start + min(len(wanted), 2000) + 2 * _SLACK]
    blocks = SequenceMatcher(None, wanted[:2000], window, autojunk=False).get_matching_blocks()
    matched = [block for block in blocks if block.size > 2]
    if sum(block.size for block in matched) * 2 < min(len(wanted), 2000):
        return None
    first, last = matched[0].b, matched[-1].b + matched[-1].size
    return _widened(text, places[start + first], places[start + last - 1] + 1, quote)


def _widened(text: str, start: int, end: int, quote: str) -> Span:
    """Return a span with the punctuation at its end that the quote ends in as well."""
    if quote[-1:] and not quote[-1].isalnum() and end < len(text) and not text[end].isalnum():
        end += 1
    if quote[:1] and not quote[0].isalnum() and start and not text[start - 1].isalnum():
        start -= 1
    return Span(start, end)


@lru_cache(maxsize=64)
def _letters(text: str) -> tuple[str, list[int]]:
    """Return a text's letters and digits, folded, and the offset of each in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for folded in unicodedata.normalize("NFKC", character).casefold():
            if folded.isalnum():
                letters.append(folded)
                places.append(place)
    return "".join(letters), places
