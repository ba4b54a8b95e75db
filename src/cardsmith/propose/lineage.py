"""Which texts a deck rests on today, after its note was edited, renamed or split; the deck's ``excerpt:`` is permanent.

An excerpt's id is a hash of its text, so one mended typo makes another id. The lock remembers the text of the last
extraction; an unknown text that keeps most of its shingles is the same note (Broder, "On the resemblance and containment
of documents", 1997: containment of character shingles), and several that consist of it are what it was split into. A
note that was rewritten is known by its file.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import LOCK_FOLDER, Project
from cardsmith.model import Card, Excerpt, Section
from cardsmith.places import Place, file_of
from cardsmith.propose.lock import read_memory
from cardsmith.sources.likeness import nearest_span, shingles

KEPT = 0.8
"""Share of the old text's shingles that the new one must hold: one sentence in five may go or change. Also what of a
part's own shingles must come from the text that was split."""
PART = 40
"""Shingles that a part has at least: a line or two stand in many notes."""

Descendants = dict[str, tuple[Excerpt, ...]]
"""What each known excerpt is today: one text, or the parts that it was split into, by their places."""


def descendants(
    texts: Mapping[str, Mapping[str, str]],
    excerpts: Mapping[str, Excerpt],
    files: Mapping[str, str] | None = None,
) -> Descendants:
    """Return for each known excerpt id what it is today; nothing for one that is gone.

    ``texts`` has for each known id what is remembered of it: texts by their own excerpt id, several after a split.
    ``files`` has the file that its deck names. An id that the sources still have is itself. Otherwise the best of the
    excerpts that are not known themselves, one for one, wins, then those that it was split into, then a note in its
    file; ties go by id, so that the result does not depend on any order. Linear in all texts together, common shingles
    aside.
    """
    found: Descendants = {known: (excerpts[known],) for known in texts if known in excerpts}
    lost = {known: remembered for known, remembered in texts.items() if known not in found}
    free = {new: excerpt for new, excerpt in excerpts.items() if new not in texts} if lost else {}
    new_runs = {new: shingles(excerpt.text) for new, excerpt in free.items()}
    old_runs = {
        (known, own): shingles(text) for known, own_texts in lost.items() for own, text in own_texts.items()
    }
    holders: dict[str, list[tuple[str, str]]] = {}
    for owner, runs in old_runs.items():
        for run in runs:
            holders.setdefault(run, []).append(owner)
    shared = {new: Counter(o for run in runs for o in holders.get(run, ())) for new, runs in new_runs.items()}
    ranked = []
    for new, counts in shared.items():
        for (known, own), count in counts.items():
            share = 1.0 if own == new else count / len(old_runs[known, own])
            if share >= KEPT:
                ranked.append((-share, -count / len(new_runs[new]), known, own, new))
    heirs: dict[str, dict[str, Excerpt]] = {}
    for *_, known, own, new in sorted(ranked):
        if own not in heirs.get(known, {}) and new in free:
            heirs.setdefault(known, {})[own] = free.pop(new)
    for known in sorted(lost.keys() - heirs.keys()):
        runs = frozenset().union(*(old_runs[known, own] for own in lost[known]))
        parts = _parts(runs, free, new_runs, (files or {}).get(known, ""))
        if parts:
            heirs[known] = {new: free.pop(new) for new in parts}
    return found | {known: _in_order(own.values()) for known, own in heirs.items()}


def _parts(
    old: frozenset[str], free: Mapping[str, Excerpt], runs: Mapping[str, frozenset[str]], file: str
) -> list[str]:
    """Return the ids of what a text was split into, or of the note that stands in its file now; else nothing."""
    there = [
        new for new, note in free.items() if file and note.title and file in {p.file for p in note.places}
    ]
    parts = [new for new in free if len(runs[new]) >= PART and len(runs[new] & old) >= KEPT * len(runs[new])]
    covered = frozenset().union(*(runs[new] for new in parts)) & old
    is_split = bool(parts) and (bool(there) or len(covered) >= KEPT * len(old))
    return sorted({*parts, *there}) if is_split else sorted(there)[:1]


def _in_order(excerpts: Iterable[Excerpt]) -> tuple[Excerpt, ...]:
    return tuple(sorted(excerpts, key=lambda excerpt: (excerpt.places[0], excerpt.id)))


def as_one(parts: Sequence[Excerpt]) -> Excerpt:
    """Return the parts of a note as one text, each a section of it or more, so that every place stays its own."""
    if len(parts) == 1:
        return parts[0]
    sections = [
        Section(at + start, section)
        for at, part in zip(starts(parts), parts, strict=True)
        for start, section in part.sections or [Section(0, part)]
    ]
    text = _GAP.join(part.text for part in parts)
    return replace(parts[0], text=text, formulas=(), nodes=(), sections=tuple(sections))


def starts(parts: Iterable[Excerpt]) -> list[int]:
    """Return where each part begins in the text that they make together."""
    return [0, *accumulate(len(part.text) + len(_GAP) for part in parts)][:-1]


_GAP = "\n\n"


def read_lineage(project: Project, excerpts: Iterable[Excerpt]) -> Descendants:
    """Return for each excerpt id that the project knows what it is today; see ``descendants``.

    Known is what has a deck, what is ignored, and what was proposed once: a note whose deck file somebody deleted was
    rejected as a whole, and stays so when it is edited upstream.

    Raises:
        CardsmithError: the lock of a note that was edited cannot be read.

    """
    today = {excerpt.id: excerpt for excerpt in excerpts}
    locks = {path.stem: path for path in project.file(LOCK_FOLDER).glob("*.jsonl")}
    files = {deck.excerpt: file_of(deck.source) for deck in project.decks if deck.excerpt and deck.source}
    named = {deck.excerpt for deck in project.decks if deck.excerpt}
    texts: dict[str, dict[str, str]] = {}
    for known in sorted(named | locks.keys() | project.topics.ignore.keys()):
        is_lost = known in locks and known not in today
        texts[known] = (
            read_memory(project.file(locks[known]), f"{LOCK_FOLDER}/{known}.jsonl")[1] if is_lost else {}
        )
    return descendants(texts, today, files)


def moved_away(project: Project, lineage: Descendants) -> list[tuple[str, Card]]:
    """Return the cards, and the proposals that were rejected, whose quotes their note no longer has, by its permanent id.

    Their passage may stand in another note now. Only a note that was edited can have lost one.

    Raises:
        CardsmithError: the lock of a note that was edited cannot be read.

    """
    found = []
    for known, parts in lineage.items():
        if [part.id for part in parts] == [known]:
            continue
        text = as_one(parts).text
        lock = f"{LOCK_FOLDER}/{known}.jsonl"
        cards = {p.written.id: p.written for p in read_memory(project.file(lock), lock)[0].values()}
        cards |= {entry.card.id: entry.card for deck in project.decks_of(known) for entry in deck.entries}
        found += [(known, card) for card in cards.values() if card.quote and card.quote not in text]
    return found


def ignored_sections(project: Project, excerpts: Iterable[Excerpt]) -> frozenset[str]:
    """Return the ids of sections that make no cards, also of those that were edited since somebody ignored them."""
    sections = {section.id: section for note in excerpts for _, section in note.sections}
    texts = {}
    for name in project.topics.ignore:
        lock = f"{LOCK_FOLDER}/{name}.jsonl"
        texts[name] = {} if name in sections else read_memory(project.file(lock), lock)[1]
    return frozenset(part.id for parts in descendants(texts, sections).values() for part in parts)


def known_excerpts(project: Project, excerpts: Sequence[Excerpt]) -> dict[str, Excerpt]:
    """Return what decks may rest on, by the id that they name: the excerpts as they are read and as they were known.

    Raises:
        CardsmithError: as ``read_lineage``.

    """
    return {e.id: e for e in excerpts} | {
        k: as_one(parts) for k, parts in read_lineage(project, excerpts).items()
    }


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
        span = nearest_span(quote, excerpt.text)
        place = excerpt.place_at(span.start) if span else excerpt.places[0]
        lost.append(Vanished(entry, excerpt.text[span.start : span.end] if span else None, place))
    return lost
