"""The verifier: named rules in visible tables, each a function with a code, and a verdict on every claim.

Each code has a section with a bad and a good example in ``docs/verifier.md``, which run as tests.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from cardsmith.model import Excerpt, Span
from cardsmith.verify import (
    answer,
    exchange,
    form,
    owners,
    pairs,
    polarity,
    question,
    quote,
    relations,
    shape,
    subject,
)
from cardsmith.verify.case import Case, Seen, locate, made, pieces_of
from cardsmith.verify.claim import Claim, Remark, Verdict
from cardsmith.verify.twins import is_twin


class ShapeRule(NamedTuple):
    """A rule that needs nothing but the claim."""

    code: str
    find: Callable[[Claim], Iterator[str]]


class Rule(NamedTuple):
    """A rule that needs the quote's place."""

    code: str
    find: Callable[[Case], Iterator[str]]


SHAPE_RULES: tuple[ShapeRule, ...] = (
    ShapeRule("shape", shape.has_one_shape),
    ShapeRule("hidden", shape.shows_all_it_holds),
    ShapeRule("markup", shape.holds_no_markup),
    ShapeRule("instruction", shape.obeys_nobody),
)
"""Asked first; after one that refuses nothing else is asked. What ``check`` knows of a card (``form.ASKED``) comes next."""

RULES: tuple[Rule, ...] = (
    Rule("quote-short", quote.says_something),
    Rule("quote-section", quote.is_a_piece),
    Rule("quote-cut", quote.is_not_cut),
    Rule("number", answer.numbers_are_the_quotes),
    Rule("formula", answer.formulas_are_the_quotes),
    Rule("name", answer.names_are_known),
    Rule("word", answer.words_are_known),
    Rule("clause", answer.clauses_are_the_quotes),
    Rule("cloze", answer.clozes_are_the_quotes),
    Rule("where", answer.symbols_are_explained_there),
    Rule("direction", polarity.directions_are_kept),
    Rule("negation", polarity.negations_are_kept),
    Rule("strength", polarity.nothing_is_strengthened),
    Rule("order", answer.lists_keep_their_order),
    Rule("points-outside", question.points_at_nothing_outside),
    Rule("asked-name", question.names_are_near),
    Rule("asked-number", question.numbers_are_near),
    Rule("asked-formula", question.formulas_are_near),
    Rule("asked-words", question.words_are_near),
    Rule("asked-count", question.count_is_kept),
    Rule("subject", subject.subject_governs),
    Rule("measure", subject.subject_is_no_measure),
    Rule("owner", owners.answer_is_the_owners),
    Rule("pair", pairs.pairs_are_kept),
    Rule("exchange", exchange.pieces_keep_their_places),
    Rule("cause", relations.cause_comes_first),
    Rule("comparison", relations.comparisons_keep_their_sides),
    Rule("steps", relations.steps_keep_their_order),
    Rule("condition", relations.conditions_are_kept),
)
"""Asked of every claim whose quote was found, all of them, so that all reasons are told at once."""

NOTES: tuple[Rule, ...] = (
    Rule("quote-long", quote.is_long),
    Rule("condition-dropped", relations.conditions_near_are_kept),
    Rule("hedge-dropped", polarity.hedges_are_kept),
    Rule("restriction-dropped", polarity.restrictions_are_kept),
    Rule("name-from-near", question.name_stands_in_the_quote),
    Rule("subject-unsaid", question.subject_is_named),
    Rule("subject-unknown", question.subject_is_there),
    Rule("new-word", answer.one_word_is_new),
    Rule("new-han", answer.a_word_is_new),
)
"""What code cannot prove either way: told to the reviewer, of claims that passed."""


def verify(claims: Iterable[Claim], excerpts: Sequence[Excerpt]) -> list[Verdict]:
    """Return a verdict on each claim, in order; of two that say the same the first is kept.

    ``excerpts`` is the text that was seen, and all that can prove anything. Nothing is raised, whatever a claim holds.
    """
    seen = pieces_of(excerpts)
    passed: list[Case] = []
    verdicts = []
    for claim in claims:
        verdict, case = _judged(claim, seen)
        if verdict.passed and case:
            twin = next((other for other in passed if is_twin(case, other)), None)
            if twin:
                said = twin.claim.front or twin.claim.text
                verdict = replace(
                    verdict, refusals=(Remark("twin", f"says what another card says: {said[:60]}"),), notes=()
                )
            else:
                passed.append(case)
        verdicts.append(verdict)
    return verdicts


def _judged(claim: Claim, seen: Sequence[Seen]) -> tuple[Verdict, Case | None]:
    if found := tuple(Remark(rule.code, why) for rule in SHAPE_RULES for why in rule.find(claim)):
        return Verdict(claim, found), None
    found = tuple(form.remarks(claim))
    place = locate(claim.quote, seen)
    if place is None:
        missing = Remark(
            "quote-not-verbatim", f"{claim.quote[:60]!r} does not stand in the notes that were seen"
        )
        return Verdict(claim, (missing, *found)), None
    case = made(claim, *place)
    found += tuple(Remark(rule.code, why) for rule in RULES for why in rule.find(case))
    notes: tuple[Remark, ...] = ()
    if case.claim.quote != claim.quote:
        notes = (
            Remark(
                "quote-repaired",
                "white space, width or markup differed; the source's own characters are taken",
            ),
        )
    if not found:
        notes += tuple(Remark(rule.code, why) for rule in NOTES for why in rule.find(case))
    start, end = case.span
    span = Span(case.seen.start + start, case.seen.start + end)
    return Verdict(case.claim, found, notes, case.seen.note, span), case
