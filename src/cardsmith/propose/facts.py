"""Which fact of an article a card states: its place there, whatever rule, words or model speak of it.

Two cards are one fact when their quotes share more than half of the shorter one, and where both answers stand in the
article, when these do as well: a sentence may give two cards, and none twice. Statements and formulas are told apart;
a formula is itself wherever it is quoted, and of a card without a place in the article its question tells.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cardsmith.model import Candidate, Card, Kind
from cardsmith.sources.likeness import nearest_span
from cardsmith.text.clozes import read_clozes
from cardsmith.text.latex import closed_formulas, normalised
from cardsmith.text.shadow import key

MOST = 0.5
"""Of the shorter of two stretches: what shares more lies in one place."""
OCCURRENCES = 20
"""Of one quote in one article that are looked at."""


@dataclass(frozen=True, slots=True)
class Fact:
    """The place of a fact in an article's text, as offsets in characters."""

    is_formula: bool
    quote: frozenset[int]
    """Empty when the article has nothing like the quote."""
    answer: frozenset[int]
    """Inside the quote; empty when the answer's words are not the quote's."""
    formulas: frozenset[str]
    """What a formula's card answers, as keys under which equal formulas are equal."""
    question: str
    """The front as a key under which equal fronts are equal; empty for a cloze."""

    def share(self, other: "Fact") -> float:
        """Return how much of their place two facts share: 0 when they are two, up to 1."""
        if self.is_formula != other.is_formula:
            return 0.0
        if self.formulas & other.formulas:
            return 1.0
        if not (self.quote and other.quote):
            return float(bool(self.question) and self.question == other.question)
        quote = _share(self.quote, other.quote)
        if quote <= MOST:
            return 0.0
        if self.answer and other.answer:
            return quote * answer if (answer := _share(self.answer, other.answer)) > MOST else 0.0
        return quote


def fact_of(card: Card, article: str) -> Fact:
    """Return the fact that a card states, as far as it can be found in its article's text."""
    answers = [d.answer for d in read_clozes(card.text).deletions] if card.text else [card.back or ""]
    return _fact(card.kind, card.quote or "", card.front or "", answers, article)


def fact_of_candidate(candidate: Candidate, article: str) -> Fact:
    """Return the fact of what the extractor found and may have held back."""
    answers = [candidate.back or candidate.text]
    return _fact(candidate.kind, candidate.quote, candidate.front, answers, article)


def _fact(kind: Kind, quote: str, front: str, answers: Iterable[str], article: str) -> Fact:
    is_formula = kind == "formula"
    answers = list(answers)
    formulas = {normalised(formula.body) for answer in answers for formula in closed_formulas(answer)}
    found = list(_occurrences(quote, article)) if quote else []
    return Fact(
        is_formula,
        frozenset(place for start, end in found for place in range(start, end)),
        frozenset(place for start, end in found for place in _answer(answers, article[start:end], start)),
        frozenset(formulas - {""}) if is_formula else frozenset(),
        key(front),
    )


def _occurrences(quote: str, article: str) -> Iterator[tuple[int, int]]:
    """Yield where a quote stands; when it was edited upstream, what is most like it."""
    at, count = article.find(quote), 0
    while at >= 0 and count < OCCURRENCES:
        yield at, at + len(quote)
        at, count = article.find(quote, at + len(quote)), count + 1
    if not count and (span := nearest_span(quote, article)):
        yield span.start, span.end


def _answer(answers: Iterable[str], quoted: str, offset: int) -> Iterator[int]:
    for line in (line for answer in answers for line in answer.split("\n")):
        if span := nearest_span(line, quoted):
            yield from range(offset + span.start, offset + span.end)


def _share(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0
