"""What must hold before cards ship: named functions in visible tables, all problems at once.

Each code has a section with a bad and a good example in ``docs/checks.md``, which run as tests.
"""

from collections.abc import Collection, Iterable, Iterator

from cardsmith.checks import (
    deletions,
    fields,
    formulas,
    identity,
    markdown,
    provenance,
    quality,
    released,
    twins,
)
from cardsmith.checks.base import CardCheck, Context, ProjectCheck
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import paused_collector
from cardsmith.errors import RENAMED, SEVERITIES, Problem
from cardsmith.release.assembly import refusals

__all__ = ["CARD_CHECKS", "PROJECT_CHECKS", "SOURCES_NEEDED", "Context", "check_cards", "check_project"]

CARD_CHECKS: tuple[CardCheck, ...] = (
    CardCheck("too-long", fields.fits_a_field),
    CardCheck("yaml-folded", fields.stands_on_its_line),
    CardCheck("bad-tag", fields.tags_are_words),
    CardCheck("text-eaten", markdown.shows_what_was_typed),
    CardCheck("untraced", provenance.is_traced),
    CardCheck("quote-not-verbatim", provenance.quote_is_verbatim),
    CardCheck("quote-without-excerpt", provenance.has_an_excerpt),
    CardCheck("cite-unknown", provenance.cite_can_be_found),
    CardCheck("math-placeholder", formulas.holes_are_filled, only="math"),
    CardCheck("math-macro", formulas.macros_are_known, only="math"),
    CardCheck("math-unsafe", formulas.formulas_are_harmless),
    CardCheck("math-too-new", formulas.macros_are_old_enough, only="math"),
    CardCheck("math", formulas.formulas_are_whole, only="math"),
    CardCheck("math-dollar", formulas.delimiters_are_ankis),
    CardCheck("math-comment", formulas.percents_are_signs, only="math"),
    CardCheck("formula-where", formulas.symbols_are_explained, only="formula"),
    CardCheck("formula-notation", formulas.formula_states_something, only="formula"),
    CardCheck("cloze-none", deletions.deletes_something, only="text"),
    CardCheck("cloze-form", deletions.is_spelt_as_anki_wants),
    CardCheck("cloze-braces", deletions.ends_where_it_is_meant, only="text"),
    CardCheck("cloze-colons", deletions.hint_is_meant, only="text"),
    CardCheck("cloze-moved", deletions.numbers_keep_their_facts, only="text"),
    CardCheck("cloze-gap", deletions.numbers_have_no_gaps, only="text"),
    CardCheck("cloze-gloss", deletions.deletion_is_no_gloss, only="text"),
    CardCheck("id-reused", identity.retired_ids_stay_retired, only="released"),
    CardCheck("topic-changed", identity.topic_stays, only="released"),
    CardCheck("answer-long", quality.answer_is_short, only="front"),
    CardCheck("answer-cut", quality.answer_is_whole, only="front"),
    CardCheck("answer-shown", quality.answer_is_not_shown),
    CardCheck("many-facts", quality.asks_one_thing),
    CardCheck("list-long", quality.list_is_short, only="front"),
    CardCheck("no-subject", quality.front_names_its_subject, only="front"),
    CardCheck("pronoun", quality.stands_alone),
    CardCheck("yes-no", quality.cannot_be_guessed, only="front"),
    CardCheck("undated", quality.is_dated),
    CardCheck("example-only", quality.says_more_than_an_example, only="front"),
    CardCheck("trivia", quality.is_worth_knowing),
)
"""Checks of one card, in the order in which they run; after ``too-long`` the rest is not tried."""

PROJECT_CHECKS: tuple[ProjectCheck, ...] = (
    ProjectCheck("hidden-character", fields.shows_what_it_holds),
    ProjectCheck("source-outside", provenance.sources_lie_inside),
    ProjectCheck("excerpt-missing", provenance.excerpts_are_known),
    ProjectCheck("source-moved", provenance.sources_are_where_they_say),
    ProjectCheck("released-gone", identity.released_ids_stay),
    ProjectCheck("article-renamed", identity.articles_keep_their_names),
    ProjectCheck("after-draft", identity.what_comes_before_ships),
    ProjectCheck("released-future", released.times_have_passed),
    ProjectCheck("released-order", released.times_run_forward),
    ProjectCheck("front-again", twins.fronts_ask_once),
    ProjectCheck("front-twice", twins.same_front_same_answer),
    ProjectCheck("tag-case", fields.tags_have_one_spelling),
    ProjectCheck("media-left", fields.pictures_are_shown),
)
"""Checks of all decks at once, beside what ``refusals`` finds for the builder as well."""


def check_project(context: Context, problems: Iterable[Problem] = ()) -> list[Problem]:
    """Return every problem of a project's decks, sorted by place; ``problems`` are those found while reading."""
    with paused_collector():
        return _check_project(context, problems)


SOURCES_NEEDED = frozenset({"untraced", "quote-not-verbatim", "quote-without-excerpt", "cite-unknown"})
"""Errors about what a card rests on: `check` asks for them, beside the notes."""
_BEFORE_SHIPPING = tuple(
    check for check in CARD_CHECKS if SEVERITIES[check.code] == "error" and check.code not in SOURCES_NEEDED
)


def check_cards(context: Context, topics: Collection[str]) -> list[Problem]:
    """Return the errors that can be found without sources of the topics' cards that ship, sorted by place."""
    return sorted(
        problem
        for deck in context.project.decks
        if deck.topic in topics
        for entry in deck.only(drafts=False).entries
        for problem in _card_problems(deck, entry, context, _BEFORE_SHIPPING)
    )


def _check_project(context: Context, problems: Iterable[Problem]) -> list[Problem]:
    by_card: dict[int, list[Problem]] = {}
    found = [*context.project.problems, *problems, *refusals(context.project, context.released)]
    for check in PROJECT_CHECKS:
        for located in check.find(context):
            is_of_draft = bool(located.entry and located.entry.card.draft)
            text = (located.message, located.hint)
            problem = Problem(located.path, *located.mark, check.code, *text, is_of_draft=is_of_draft)
            (by_card.setdefault(id(located.entry), []) if located.entry else found).append(problem)
    for deck in context.project.decks:
        for entry in deck.entries:
            of_card = [*by_card.get(id(entry), ()), *_card_problems(deck, entry, context)]
            found += _without_allowed(deck, entry, of_card) if entry.card.allow else of_card
    return sorted(found)


def _card_problems(
    deck: Deck, entry: Entry, context: Context, checks: Iterable[CardCheck] = CARD_CHECKS
) -> Iterator[Problem]:
    card = entry.card
    has = {"", "text" if card.is_cloze else "front", card.kind}
    has |= {"math"} if formulas.may_hold_math(entry) else set()
    has |= {"released"} if card.identity in context.released else set()
    for check in checks:
        if check.only not in has:
            continue
        for finding in check.find(deck, entry, context):
            mark = entry.marks.get(finding.field, entry.mark)
            message = f"{entry.card.id}: {finding.message}"
            yield Problem(deck.path, *mark, check.code, message, finding.hint, is_of_draft=card.draft)
            if check.code == "too-long":
                return


def _without_allowed(deck: Deck, entry: Entry, problems: list[Problem]) -> list[Problem]:
    """Return a card's problems without the warnings that it allows, and what is wrong with its ``allow:``."""
    allowed = {RENAMED.get(code, code) for code in entry.card.allow}
    kept = [p for p in problems if p.severity == "error" or p.code not in allowed]
    silenced = {problem.code for problem in problems if problem.severity != "error"}
    for written in entry.card.allow:
        code = RENAMED.get(written, written)
        place = (deck.path, *entry.marks.get(f"allow.{written}", entry.mark))
        if code != written:
            message = f"{entry.card.id}: {written} is called {code} now"
            kept.append(Problem(*place, "allow-renamed", message, f"write {code}"))
        if SEVERITIES.get(code) != "warning":
            what = "an error, which no card can allow" if code in SEVERITIES else "no check's code"
            hint = "see docs/checks.md for the warnings"
            kept.append(Problem(*place, "allow-unknown", f"{entry.card.id}: {code} is {what}", hint))
        elif code not in silenced:
            message = f"{entry.card.id}: it allows {written}, which it does not need"
            kept.append(Problem(*place, "allow-unused", message, "delete the line"))
    return kept
