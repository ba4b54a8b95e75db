"""cardsmith turns technical notes into Anki decks that last.

These names are the Python interface (``docs/api.md``); what they need is imported when one of them is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cardsmith.anki.sides import CardSides, render_card
    from cardsmith.decks.project import Project, open_project
    from cardsmith.diff.compare import Difference
    from cardsmith.diff.compare import read_difference as compare_revisions
    from cardsmith.diff.effects import Effect
    from cardsmith.diff.effects import effects as effects_on_learners
    from cardsmith.errors import CardsmithError, Problem
    from cardsmith.extract.candidates import extract as extract_candidates
    from cardsmith.model import Candidate, Card, Excerpt, Extraction
    from cardsmith.pipeline import build as build_packages
    from cardsmith.pipeline import check as check_project
    from cardsmith.pipeline import extract as propose_cards
    from cardsmith.propose.proposals import Proposed
    from cardsmith.release.build import Built
    from cardsmith.sources.reading import read_sources

__version__ = "0.1.0"

_HOMES = {
    "open_project": "decks.project:open_project",
    "read_sources": "sources.reading:read_sources",
    "extract_candidates": "extract.candidates:extract",
    "propose_cards": "pipeline:extract",
    "check_project": "pipeline:check",
    "build_packages": "pipeline:build",
    "render_card": "anki.sides:render_card",
    "compare_revisions": "diff.compare:read_difference",
    "effects_on_learners": "diff.effects:effects",
    "Built": "release.build:Built",
    "Candidate": "model:Candidate",
    "Card": "model:Card",
    "CardSides": "anki.sides:CardSides",
    "CardsmithError": "errors:CardsmithError",
    "Difference": "diff.compare:Difference",
    "Effect": "diff.effects:Effect",
    "Excerpt": "model:Excerpt",
    "Extraction": "model:Extraction",
    "Problem": "errors:Problem",
    "Project": "decks.project:Project",
    "Proposed": "propose.proposals:Proposed",
}
"""Each public name with the module that it lives in and its name there; none is a room's, which would hide it."""

__all__ = [
    "Built",
    "Candidate",
    "Card",
    "CardSides",
    "CardsmithError",
    "Difference",
    "Effect",
    "Excerpt",
    "Extraction",
    "Problem",
    "Project",
    "Proposed",
    "__version__",
    "build_packages",
    "check_project",
    "compare_revisions",
    "effects_on_learners",
    "extract_candidates",
    "open_project",
    "propose_cards",
    "read_sources",
    "render_card",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(f"{__name__}.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
