"""Which excerpt a deck rests on today, after its article was edited upstream; the deck's ``excerpt:`` is permanent.

An excerpt's id is a hash of its text, so one mended typo makes another id. The lock remembers the text of the last
extraction; an unknown excerpt that keeps most of its shingles is the same article (Broder, "On the resemblance and
containment of documents", 1997: containment of character shingles).
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import LOCK_FOLDER, Project
from cardsmith.model import Excerpt, Place
from cardsmith.propose.lock import read_memory
from cardsmith.sources.likeness import nearest_span, shingles

KEPT = 0.8
"""Share of the old text's shingles that the new one must hold: one sentence in five may go or change."""


def descendants(
    texts: Mapping[str, Mapping[str, str]], excerpts: Mapping[str, Excerpt]
) -> dict[str, Excerpt]:
    """Return for each known excerpt id the excerpt that it is today; nothing for one that is gone.

    ``texts`` has for each known id what is remembered of it: texts by their own excerpt id. An id that the sources still
    have is itself. Otherwise the best of the excerpts that are not known themselves, one for one, wins; ties go by id,
    so that the result does not depend on any order. Linear in all texts together, common shingles aside.
    """
    found = {known: excerpts[known] for known in texts if known in excerpts}
    old = {
        (known, own_id): shingles(text)
        for known in texts
        if known not in found
        for own_id, text in texts[known].items()
    }
    holders: dict[str, list[tuple[str, str]]] = {}
    for place, runs in old.items():
        for run in runs:
            holders.setdefault(run, []).append(place)
    free = {new: excerpt for new, excerpt in excerpts.items() if new not in texts} if old else {}
    ranked = []
    for new, excerpt in free.items():
        runs = shingles(excerpt.text)
        shared = Counter(place for run in runs for place in holders.get(run, ()))
        for (known, own_id), count in shared.items():
            share = 1.0 if own_id == new else count / len(old[known, own_id])
            if share >= KEPT:
                ranked.append((-share, -count / len(runs), known, new))
    for *_, known, new in sorted(ranked):
        if known not in found and new in free:
            found[known] = free.pop(new)
    return found


def read_lineage(project: Project, excerpts: Iterable[Excerpt]) -> dict[str, Excerpt]:
    """Return for each excerpt id that the project knows the excerpt that it is today; see ``descendants``.

    Known is what has a deck, what is ignored, and what was proposed once: an article whose file somebody deleted was
    rejected as a whole, and stays so when it is edited upstream.

    Raises:
        CardsmithError: the lock of an article that was edited cannot be read.

    """
    today = {excerpt.id: excerpt for excerpt in excerpts}
    locks = {path.stem: path for path in project.file(LOCK_FOLDER).glob("*.jsonl")}
    named = {deck.excerpt for deck in project.decks if deck.excerpt}
    texts: dict[str, dict[str, str]] = {}
    for known in sorted(named | locks.keys() | project.topics.ignore.keys()):
        is_lost = known in locks and known not in today
        texts[known] = (
            read_memory(project.file(locks[known]), f"{LOCK_FOLDER}/{known}.jsonl")[1] if is_lost else {}
        )
    return descendants(texts, today)


@dataclass(frozen=True, slots=True)
class Vanished:
    """A quote that the article no longer has, and what stands there now."""

    entry: Entry
    nearest: str | None
    """The new words; None when nothing resembles the quote."""
    place: Place
    """Where they stand, or where the article begins."""


def vanished_quotes(deck: Deck, excerpt: Excerpt, refreshed: Container[str]) -> list[Vanished]:
    """Return the quotes of a deck that its excerpt of today does not have, without those of refreshed cards."""
    lost = []
    for entry in deck.entries:
        quote = entry.card.quote
        if not quote or quote in excerpt.text or entry.card.id in refreshed:
            continue
        place, span = excerpt.places[0], nearest_span(quote, excerpt.text)
        if span:
            place = Place(place.file, place.line + excerpt.text.count("\n", 0, span.start))
        lost.append(Vanished(entry, excerpt.text[span.start : span.end] if span else None, place))
    return lost
