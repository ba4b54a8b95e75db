"""Which excerpt a deck rests on today, after its article was edited upstream; the deck's own ``excerpt`` never changes.

An excerpt's id is a hash of its text, so one mended typo makes another id. The lock remembers the text of the last
extraction; an unknown excerpt that keeps most of its shingles is the same article (Broder, "On the resemblance and
containment of documents", 1997: containment of character shingles).
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from cardsmith.ids import essence
from cardsmith.lock import read_memory
from cardsmith.model import Excerpt, Span
from cardsmith.project import LOCK_FOLDER, Project

KEPT = 0.8
"""Share of the old text's shingles that the new one must hold: one sentence in five may go or change."""
SHINGLE = 5
"""Characters of a shingle: two or three Chinese words, about one English."""


def shingles(text: str) -> frozenset[str]:
    """Return the runs of ``SHINGLE`` characters of a text; white space and a final ellipsis do not count."""
    bare = essence(text)
    return frozenset(bare[at : at + SHINGLE] for at in range(max(1, len(bare) - SHINGLE + 1)) if bare)


def kept(old: frozenset[str], new: frozenset[str]) -> float:
    """Return the share of the old shingles that the new text holds, between 0 and 1; 0 when there are none."""
    return len(old & new) / len(old) if old else 0.0


def descendants(
    texts: Mapping[str, Mapping[str, str]], excerpts: Mapping[str, Excerpt]
) -> dict[str, Excerpt]:
    """Return for each excerpt id that decks are filed under the excerpt that it is today; nothing for one that is gone.

    ``texts`` has for each such id what is remembered of it: texts by their own excerpt id. An id that the sources still
    have is itself. Otherwise the best of the excerpts that no deck claims, one for one, wins; ties go by id, so that
    the result does not depend on any order.
    """
    found = {known: excerpts[known] for known in texts if known in excerpts}
    lost = [known for known in texts if known not in found]
    free = {new: excerpt for new, excerpt in excerpts.items() if new not in texts}
    if not lost or not free:
        return found
    new_shingles = {new: shingles(excerpt.text) for new, excerpt in free.items()}
    ranked = []
    for known in lost:
        for own_id, text in texts[known].items():
            old = shingles(text)
            for new, found_shingles in new_shingles.items():
                share = 1.0 if own_id == new else kept(old, found_shingles)
                if share >= KEPT:
                    ranked.append((-share, -kept(found_shingles, old), known, new))
    for *_, known, new in sorted(ranked):
        if known not in found and new in free:
            found[known] = free.pop(new)
    return found


def read_lineage(project: Project, excerpts: Iterable[Excerpt]) -> dict[str, Excerpt]:
    """Return for the excerpt id of each deck the excerpt that it is today; see ``descendants``.

    Raises:
        CardsmithError: the lock of an article that was edited cannot be read.

    """
    today = {excerpt.id: excerpt for excerpt in excerpts}
    texts: dict[str, dict[str, str]] = {}
    for deck in project.decks:
        if deck.excerpt:
            name = f"{LOCK_FOLDER}/{deck.excerpt}.jsonl"
            texts[deck.excerpt] = {} if deck.excerpt in today else read_memory(project.root / name, name)[1]
    return descendants(texts, today)


def nearest_span(quote: str, text: str) -> Span | None:
    """Return the stretch of a text that a quote has become, or None when nothing there resembles it.

    The place is where most shingles of the quote stand on one diagonal; within it the edges are the first and the
    last run of three characters in common. Linear in the text.
    """
    size = min(SHINGLE, max(2, len(quote) // 2))
    starts: dict[str, list[int]] = {}
    for at in range(len(quote) - size + 1):
        starts.setdefault(quote[at : at + size], []).append(at)
    votes: Counter[int] = Counter()
    slack = max(8, len(quote) // 3)
    for at in range(len(text) - size + 1):
        for start in starts.get(text[at : at + size], ()):
            votes[(at - start) // slack] += 1
    if not votes:
        return None
    best = max(votes, key=lambda bucket: (votes[bucket] + votes[bucket + 1], -bucket)) * slack
    low, high = max(0, best - slack), best + len(quote) + 3 * slack
    window = text[low:high]
    blocks = SequenceMatcher(None, quote, window, autojunk=False).get_matching_blocks()
    firm = [block for block in blocks if block.size >= min(3, size)]
    if not firm or sum(block.size for block in firm) * 3 < len(quote):
        return None
    start, end = firm[0].b, firm[-1].b + firm[-1].size
    return _to_edges(
        Span(low + start, low + end), text, quote, firm[0].a, len(quote) - firm[-1].a - firm[-1].size
    )


def _to_edges(span: Span, text: str, quote: str, before: int, after: int) -> Span:
    """Widen a span over the characters that replaced the quote's edges, up to the next punctuation."""
    start, end = span
    while before > 0 and start > 0 and not _is_stop(text[start - 1]):
        start, before = start - 1, before - 1
    while after > 0 and end < len(text) and not _is_stop(text[end]):
        end, after = end + 1, after - 1
    if end < len(text) and quote[-1:] == text[end]:
        end += 1
    return Span(start, end)


def _is_stop(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Po", "Pd")
