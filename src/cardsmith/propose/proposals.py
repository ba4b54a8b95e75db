"""Candidates to proposals: which are whole cards, what id they get, what one note's plan writes."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cardsmith.extract.rules.statement import NO_QUESTION
from cardsmith.ids import proposed_card_id
from cardsmith.model import Candidate, Card, Excerpt, Extraction, Rejected
from cardsmith.propose.facts import Fact, fact_of_candidate
from cardsmith.propose.lineage import Vanished
from cardsmith.propose.pictures import Mount
from cardsmith.propose.reconcile import Notice, Offer, Plan
from cardsmith.text.shadow import key

MAX_PROPOSED_ANSWER = 160
"""Characters; a good answer has 120, and what is longer wants an author, not a reviewer."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a re-extraction did, or would do, to one article."""

    path: str
    """The deck file, relative to the project."""
    plan: Plan
    text: str
    """The deck file's new text."""
    lock_path: str
    lock_text: str
    deck_before: str | None
    """The deck file's text that this rests on; None for a new file, or where there is no deck to write."""
    lock_before: str | None
    vanished: tuple[Vanished, ...] = ()
    remembers_only: bool = False
    """Nothing changes but the machine's memory of the article's text: not worth a word."""
    note: str = ""
    """The file of the note."""
    filed: str = ""
    """Why a new deck file is in its topic; empty for one that was there."""
    media: Mapping[str, bytes] = field(default_factory=dict)
    """Pictures of its cards that are not there yet, by their paths relative to the project."""

    @property
    def changes(self) -> bool:
        """Tell whether the deck file differs."""
        return bool(self.plan.added or self.plan.refreshed)


def notices(proposed: Iterable[Proposed]) -> list[tuple[str, Notice]]:
    """Return what the machine leaves to people, each with its deck file."""
    return [(item.path, notice) for item in proposed for notice in item.plan.notices]


def is_ready(candidate: Candidate) -> bool:
    """Tell whether a candidate is a whole card that a reviewer can judge; others are only printed by ``jsonl``."""
    is_short = len(candidate.back or candidate.text) <= MAX_PROPOSED_ANSWER
    return candidate.is_authored or (NO_QUESTION not in candidate.flags and is_short)


def proposed_card(candidate: Candidate, excerpt: str, article: str) -> Card:
    """Return a candidate as a card with its proposed id; ``excerpt`` is the article's permanent excerpt id."""
    name = next((n for n in (candidate.term, *candidate.aliases) if n.isascii()), "")
    return Card(
        id=proposed_card_id(article, excerpt, candidate.kind, candidate.anchor, name),
        kind=candidate.kind,
        front=candidate.front or None,
        back=candidate.back or None,
        text=candidate.text or None,
        reverse=candidate.reverse,
        where=dict(candidate.where),
        quote=candidate.quote,
        by=candidate.by or None,
    )


def offers(
    extraction: Extraction,
    excerpt: str,
    article: str,
    mount: Mount | None = None,
) -> list[Offer]:
    """Return what of an extraction is ready, as cards with their proposed ids; ``mount`` puts their pictures on them.

    Two sections of a note may say different things of one name: the second one's id goes by its quote as well.
    """
    found: dict[str, Offer] = {}
    for candidate in filter(is_ready, extraction.candidates):
        heading = below_the_title(candidate.headings, extraction.excerpt)
        card = proposed_card(candidate, excerpt, article)
        if (
            card.id in found
            and found[card.id].card.quote != card.quote
            and (card.kind != "definition" or candidate.is_authored)
        ):
            again = replace(candidate, anchor=f"{candidate.anchor}\n{candidate.quote}")
            card = proposed_card(again, excerpt, article)
        card = card.model_copy(update={"heading": heading})
        card = mount.on(card, candidate) if mount else card
        found.setdefault(card.id, Offer(card, candidate.rule, round(candidate.score, 3)))
    return list(found.values())


def below_the_title(headings: Sequence[str], note: Excerpt) -> tuple[str, ...]:
    """Return the headings that a card carries: those above it, without the note's title, which its deck has."""
    named = tuple(filter(None, headings))
    return named[1:] if named and key(named[0]) == key(note.title) else named


def held_back(extraction: Extraction) -> Iterator[Fact]:
    """Yield the facts that were found and are not offered."""
    waiting = (c for c in extraction.candidates if not is_ready(c))
    for candidate in (*waiting, *(rejected.candidate for rejected in extraction.rejected)):
        yield fact_of_candidate(candidate, extraction.excerpt.text)


def without_repeats(extractions: Iterable[Extraction]) -> list[Extraction]:
    """Return the extractions with each question asked once: of equal fronts the better card stays, else the first.

    The others are rejected. What authors wrote stays, unless it was written twice.
    """
    extractions = list(extractions)
    best: dict[str, Candidate] = {}
    written: dict[tuple[str, str], Candidate] = {}
    for extraction in extractions:
        for candidate in extraction.candidates:
            front = key(candidate.front or candidate.text)
            if candidate.is_authored:
                written.setdefault((candidate.front or candidate.text, candidate.back), candidate)
            if front not in best or candidate.score > best[front].score:
                best[front] = candidate
    kept = {id(c) for c in best.values() if not c.is_authored} | set(map(id, written.values()))
    return [
        Extraction(
            e.excerpt,
            tuple(c for c in e.candidates if id(c) in kept),
            (*e.rejected, *(Rejected(c, "front-again") for c in e.candidates if id(c) not in kept)),
        )
        for e in extractions
    ]


def without_sections(extraction: Extraction, ignored: Container[str]) -> Extraction:
    """Return an extraction without what stands in sections that make no cards; it is rejected."""

    def is_ignored(candidate: Candidate) -> bool:
        return extraction.excerpt.section_at(candidate.span.start).excerpt.id in ignored

    gone = tuple(candidate for candidate in extraction.candidates if is_ignored(candidate))
    if not gone:
        return extraction
    kept = tuple(candidate for candidate in extraction.candidates if candidate not in gone)
    return Extraction(
        extraction.excerpt, kept, (*extraction.rejected, *(Rejected(c, "ignored") for c in gone))
    )
