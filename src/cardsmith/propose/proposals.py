"""Candidates to proposals: which are whole cards, what id and home they get, what one article's plan writes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cardsmith.extract.rules.statement import NO_QUESTION
from cardsmith.ids import proposed_card_id
from cardsmith.model import Candidate, Card, Excerpt, Extraction, Rejected
from cardsmith.propose.facts import Fact, fact_of_candidate
from cardsmith.propose.lineage import Vanished
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

    @property
    def changes(self) -> bool:
        """Tell whether the deck file differs."""
        return bool(self.plan.added or self.plan.refreshed)


def notices(proposed: Iterable[Proposed]) -> list[tuple[str, Notice]]:
    """Return what the machine leaves to people, each with its deck file."""
    return [(item.path, notice) for item in proposed for notice in item.plan.notices]


def is_ready(candidate: Candidate) -> bool:
    """Tell whether a candidate is a whole card that a reviewer can judge; others are only printed by ``jsonl``."""
    return NO_QUESTION not in candidate.flags and len(candidate.back or candidate.text) <= MAX_PROPOSED_ANSWER


def new_home(excerpt: Excerpt, classify: Callable[[Excerpt], str] | None, taken: set[str]) -> tuple[str, str]:
    """Return the path of a new article's deck file and its title; ``taken`` are the paths that others have."""
    from cardsmith.propose.filing import article_name

    title, slug = article_name(excerpt)
    topic = classify(excerpt) if classify else "llm"
    path = f"decks/{topic}/{slug}.yaml"
    return (f"decks/{topic}/{slug}-{excerpt.id[1:5]}.yaml" if path in taken else path), title


def proposed_card(candidate: Candidate, excerpt: str, article: str) -> Card:
    """Return a candidate as a card with its proposed id; ``excerpt`` is the article's permanent excerpt id."""
    name = next((n for n in (candidate.term, *candidate.aliases) if n.isascii()), "")
    return Card(
        id=proposed_card_id(article, excerpt, candidate.kind, candidate.anchor, name),
        kind=candidate.kind,
        front=candidate.front or None,
        back=candidate.back or None,
        text=candidate.text or None,
        where=dict(candidate.where),
        quote=candidate.quote,
    )


def offers(extraction: Extraction, excerpt: str, article: str) -> list[Offer]:
    """Return what of an extraction is ready, as cards with their proposed ids."""
    ready = filter(is_ready, extraction.candidates)
    return [Offer(proposed_card(c, excerpt, article), c.rule, round(c.score, 3)) for c in ready]


def held_back(extraction: Extraction) -> Iterator[Fact]:
    """Yield the facts that were found and are not offered."""
    waiting = (c for c in extraction.candidates if not is_ready(c))
    for candidate in (*waiting, *(rejected.candidate for rejected in extraction.rejected)):
        yield fact_of_candidate(candidate, extraction.excerpt.text)


def without_repeats(extractions: Iterable[Extraction]) -> list[Extraction]:
    """Return the extractions with each question asked once: of equal fronts the better card stays, else the first.

    The others are rejected.
    """
    extractions = list(extractions)
    best: dict[str, Candidate] = {}
    for extraction in extractions:
        for candidate in extraction.candidates:
            front = key(candidate.front or candidate.text)
            if front not in best or candidate.score > best[front].score:
                best[front] = candidate
    kept = set(map(id, best.values()))
    return [
        Extraction(
            e.excerpt,
            tuple(c for c in e.candidates if id(c) in kept),
            (*e.rejected, *(Rejected(c, "front-again") for c in e.candidates if id(c) not in kept)),
        )
        for e in extractions
    ]
