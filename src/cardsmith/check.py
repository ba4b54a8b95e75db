"""What must hold before cards ship: named functions in a visible table, all problems at once."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cardsmith.assemble import all_notes
from cardsmith.deckfile import Deck, Entry
from cardsmith.errors import CardsmithError, Problem
from cardsmith.latex import find_formulas, lint, refusal
from cardsmith.model import Excerpt
from cardsmith.project import Project


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may look at besides the card."""

    project: Project
    excerpts: Mapping[str, Excerpt]


Finding = tuple[str, str, str]
"""Field, message and hint."""
CardCheck = Callable[[Deck, Entry, Context], Iterator[Finding]]


def quote_is_verbatim(deck: Deck, entry: Entry, context: Context) -> Iterator[Finding]:
    """Find a quote that does not stand in its excerpt, character by character."""
    quote = entry.card.quote
    excerpt = context.excerpts.get(deck.excerpt or "")
    if quote and excerpt and quote not in excerpt.text:
        yield (
            "quote",
            "the quote does not stand in the excerpt",
            f"copy it from {deck.source or deck.excerpt}",
        )
    if quote and not deck.excerpt:
        yield "quote", "a quote without an excerpt", "name the file's excerpt, or give a cite instead"


def is_traced(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a card that rests on nothing."""
    if not entry.card.quote and not entry.card.cite:
        yield "id", "neither quote nor cite", "add the quote it rests on, or `cite:` with paper and section"


def math_is_whole(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find formulas that Anki would show broken."""
    for field in ("front", "back", "text", "extra"):
        for formula in find_formulas(getattr(entry.card, field) or ""):
            if formula.kind == "hole":
                yield field, "a placeholder where a formula was", "write the formula, or delete the card"
            elif formula.kind == "open":
                yield field, "a formula is opened and never closed", r"close it with \) or \]"
            elif fault := lint(formula.body) or refusal(formula.body):
                yield field, f"{fault}: {formula.body.strip()[:60]}", "mend the LaTeX"


CARD_CHECKS: dict[str, CardCheck] = {
    "quote-not-verbatim": quote_is_verbatim,
    "untraced": is_traced,
    "math": math_is_whole,
}
"""Checks of one card, by code, in the order in which they run."""


def check_project(project: Project, excerpts: Mapping[str, Excerpt]) -> list[Problem]:
    """Return every problem of a project's decks, sorted by place."""
    context = Context(project, excerpts)
    problems = [*project.problems, *unbuildable(project), *unknown_excerpts(project, excerpts)]
    for deck in project.decks:
        for entry in deck.entries:
            for code, check in CARD_CHECKS.items():
                problems += [
                    Problem(
                        deck.path,
                        *entry.marks.get(field, entry.mark),
                        code,
                        f"{entry.card.id}: {message}",
                        hint,
                    )
                    for field, message, hint in check(deck, entry, context)
                ]
    return sorted(problems)


def unbuildable(project: Project) -> Iterator[Problem]:
    """Find whatever the builder would refuse, by building the notes."""
    try:
        all_notes(project)
    except CardsmithError as error:
        yield from error.problems


def unknown_excerpts(project: Project, excerpts: Mapping[str, Excerpt]) -> Iterator[Problem]:
    """Find a deck whose excerpt is in no source: its quotes cannot be proved."""
    for deck in project.decks:
        if deck.excerpt and deck.excerpt not in excerpts:
            message = f"no source has the excerpt {deck.excerpt}"
            yield Problem(
                deck.path, *deck.marks["excerpt"], "excerpt-missing", message, "restore the source file"
            )
