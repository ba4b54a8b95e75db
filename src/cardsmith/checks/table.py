"""What must hold before cards ship: named functions in visible tables, all problems at once.

Each code has a section with a bad and a good example in ``docs/checks.md``, which run as tests.
"""

from collections.abc import Iterable, Iterator

from cardsmith.checks import deletions as cloze
from cardsmith.checks import fields as layout
from cardsmith.checks import formulas, identity, provenance, quality, twins
from cardsmith.checks import released as records
from cardsmith.checks.base import CardCheck, Context, ProjectCheck
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import paused_collector
from cardsmith.decks.strict_yaml import Mark
from cardsmith.errors import Problem, Severity

__all__ = ["CARD_CHECKS", "PROJECT_CHECKS", "READING", "SEVERITIES", "Context", "check_project"]

READING: tuple[str, ...] = (
    "unreadable", "not-utf8", "yaml-bom", "yaml-too-long", "yaml-line-end", "yaml-character", "yaml-directive",
    "yaml-depth", "yaml-empty", "yaml-syntax", "yaml-shape", "yaml-key", "yaml-duplicate-key", "yaml-alias",
    "yaml-anchor", "yaml-tag", "yaml-escape", "yaml-comment", "unknown-key", "missing-field", "empty-field",
    "bad-name", "bad-value", "bad-type", "card-shape", "deck-name", "deck-place", "outside-project", "excerpt-twice", "released-shape",
)  # fmt: skip
"""Codes of what is found while files are read (``nodes``, ``deckfile``, ``project``, ``release``); all are errors."""

CARD_CHECKS: tuple[CardCheck, ...] = (
    CardCheck("too-long", "error", layout.fits_a_field),
    CardCheck("yaml-folded", "warning", layout.stands_on_its_line),
    CardCheck("hidden-character", "warning", layout.shows_what_it_holds),
    CardCheck("bad-tag", "error", layout.tags_are_words),
    CardCheck("untraced", "error", provenance.is_traced),
    CardCheck("quote-not-verbatim", "error", provenance.quote_is_verbatim),
    CardCheck("quote-without-excerpt", "error", provenance.has_an_excerpt),
    CardCheck("cite-unknown", "error", provenance.cite_can_be_found),
    CardCheck("math-placeholder", "error", formulas.holes_are_filled, only="math"),
    CardCheck("math-macro", "error", formulas.macros_are_known, only="math"),
    CardCheck("math", "error", formulas.formulas_are_whole, only="math"),
    CardCheck("math-dollar", "error", formulas.delimiters_are_ankis),
    CardCheck("formula-where", "warning", formulas.symbols_are_explained, only="formula"),
    CardCheck("formula-notation", "warning", formulas.formula_states_something, only="formula"),
    CardCheck("cloze-none", "error", cloze.deletes_something, only="text"),
    CardCheck("cloze-form", "error", cloze.is_spelt_as_anki_wants),
    CardCheck("cloze-braces", "error", cloze.ends_where_it_is_meant, only="text"),
    CardCheck("cloze-colons", "error", cloze.hint_is_meant, only="text"),
    CardCheck("cloze-moved", "error", cloze.numbers_keep_their_facts, only="text"),
    CardCheck("cloze-gap", "warning", cloze.numbers_have_no_gaps, only="text"),
    CardCheck("cloze-gloss", "warning", cloze.deletion_is_no_gloss, only="text"),
    CardCheck("note-type-changed", "error", identity.note_type_stays, only="released"),
    CardCheck("id-reused", "warning", identity.retired_ids_stay_retired, only="released"),
    CardCheck("topic-changed", "warning", identity.topic_stays, only="released"),
    CardCheck("answer-long", "warning", quality.answer_is_short, only="front"),
    CardCheck("answer-cut", "warning", quality.answer_is_whole, only="front"),
    CardCheck("answer-shown", "warning", quality.answer_is_not_shown),
    CardCheck("many-facts", "warning", quality.asks_one_thing),
    CardCheck("list-long", "warning", quality.list_is_short, only="front"),
    CardCheck("no-subject", "warning", quality.front_names_its_subject, only="front"),
    CardCheck("pronoun", "warning", quality.stands_alone),
    CardCheck("yes-no", "warning", quality.cannot_be_guessed, only="front"),
    CardCheck("undated", "warning", quality.is_dated),
    CardCheck("example-only", "warning", quality.says_more_than_an_example, only="front"),
    CardCheck("trivia", "warning", quality.is_worth_knowing),
)
"""Checks of one card, in the order in which they run; after ``too-long`` the rest is not tried."""

PROJECT_CHECKS: tuple[ProjectCheck, ...] = (
    ProjectCheck("duplicate-id", "error", identity.ids_are_unique),
    ProjectCheck("source-outside", "error", provenance.sources_lie_inside),
    ProjectCheck("excerpt-missing", "error", provenance.excerpts_are_known),
    ProjectCheck("released-gone", "warning", identity.released_ids_stay),
    ProjectCheck("deck-renamed", "error", identity.decks_keep_their_names),
    ProjectCheck("article-renamed", "warning", identity.articles_keep_their_names),
    ProjectCheck("released-future", "error", records.times_have_passed),
    ProjectCheck("released-order", "error", records.times_run_forward),
    ProjectCheck("front-again", "warning", twins.fronts_ask_once),
    ProjectCheck("front-twice", "warning", twins.same_front_same_answer),
)
"""Checks of all decks at once."""

_CHECKS: tuple[CardCheck | ProjectCheck, ...] = (*CARD_CHECKS, *PROJECT_CHECKS)
_READ: dict[str, Severity] = dict.fromkeys((*READING, "allow-unknown"), "error")

SEVERITIES: dict[str, Severity] = {
    **_READ, **{check.code: check.severity for check in _CHECKS}, "allow-unused": "warning",
}  # fmt: skip
"""Every code, and whether it fails a check or only warns; only warnings of cards can be allowed."""


def check_project(context: Context, problems: Iterable[Problem] = ()) -> list[Problem]:
    """Return every problem of a project's decks, sorted by place; ``problems`` are those found while reading."""
    with paused_collector():
        return _check_project(context, problems)


def _check_project(context: Context, problems: Iterable[Problem]) -> list[Problem]:
    by_card: dict[int, list[Problem]] = {}
    found = [*context.project.problems, *problems]
    for check in PROJECT_CHECKS:
        for located in check.find(context):
            problem = Problem(
                located.path, *located.mark, check.code, located.message, located.hint, check.severity
            )
            (by_card.setdefault(id(located.entry), []) if located.entry else found).append(problem)
    for deck in context.project.decks:
        for entry in deck.entries:
            of_card = [*by_card.get(id(entry), ()), *_card_problems(deck, entry, context)]
            found += _without_allowed(deck, entry, of_card) if entry.card.allow else of_card
    return sorted(found)


def _card_problems(deck: Deck, entry: Entry, context: Context) -> Iterator[Problem]:
    card = entry.card
    has = {"", "text" if card.is_cloze else "front", card.kind}
    has |= {"math"} if formulas.may_hold_math(entry) else set()
    has |= {"released"} if card.identity in context.released else set()
    for check in CARD_CHECKS:
        if check.only not in has:
            continue
        for finding in check.find(deck, entry, context):
            mark = entry.marks.get(finding.field, entry.mark)
            message = f"{entry.card.id}: {finding.message}"
            yield Problem(deck.path, *mark, check.code, message, finding.hint, check.severity)
            if check.code == "too-long":
                return


def _without_allowed(deck: Deck, entry: Entry, problems: list[Problem]) -> list[Problem]:
    """Return a card's problems without the warnings that it allows, and what is wrong with its ``allow:``."""
    kept = [p for p in problems if p.severity == "error" or p.code not in entry.card.allow]
    silenced = {problem.code for problem in problems if problem.severity == "warning"}
    for code in entry.card.allow:
        mark: Mark = entry.marks.get(f"allow.{code}", entry.mark)
        if SEVERITIES.get(code) != "warning":
            what = "an error, which no card can allow" if code in SEVERITIES else "no check's code"
            hint = "see docs/checks.md for the warnings"
            kept.append(
                Problem(deck.path, *mark, "allow-unknown", f"{entry.card.id}: {code} is {what}", hint)
            )
        elif code not in silenced:
            message = f"{entry.card.id}: it allows {code}, which it does not need"
            kept.append(Problem(deck.path, *mark, "allow-unused", message, "delete the line", "warning"))
    return kept
