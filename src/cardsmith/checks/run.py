"""Every check of a project in one go: the tables, the judge of formulas, and what only building would find."""

from collections.abc import Collection, Sequence

from cardsmith.anki.mathjax import VERDICTS_FILE, Verdicts, has_engine
from cardsmith.anki.structure import fault_of
from cardsmith.checks.released import read_released
from cardsmith.checks.table import Context, check_cards, check_project
from cardsmith.decks.project import Project
from cardsmith.errors import CardsmithError, Problem
from cardsmith.model import Excerpt
from cardsmith.propose.by_section import old_layout
from cardsmith.propose.lineage import known_excerpts
from cardsmith.release.assembly import all_notes
from cardsmith.release.trial import trial_notes


def find_problems(project: Project, excerpts: Sequence[Excerpt]) -> list[Problem]:
    """Return every problem of the project, sorted by place. A deck's excerpt may have been edited upstream.

    With the extra ``exact`` Anki's own MathJax judges the formulas; its verdicts are kept in the state folder.
    """
    released, problems = read_released(project.root)
    if old := old_layout(project, excerpts):
        return old
    by_id = known_excerpts(project, excerpts)
    verdicts = Verdicts(project.file(VERDICTS_FILE)) if has_engine() else None
    found = check_project(Context(project, by_id, released, verdicts or fault_of), problems)
    if verdicts:
        verdicts.save()
    if any(problem.severity == "error" for problem in found):
        return found
    places = {(problem.path, problem.line, problem.column, problem.code) for problem in found}
    of_drafts = (p for p in trial_notes(project)[1] if (p.path, p.line, p.column, p.code) not in places)
    return sorted([*found, *_unbuildable(project), *of_drafts])


def refuse_unshippable(project: Project, topics: Collection[str]) -> None:
    """Refuse to ship cards with errors that need no sources to be found, whoever has skipped ``check``.

    MathJax is not started: where ``check`` has kept its verdict that counts, elsewhere the formula's structure.

    Raises:
        CardsmithError: all of them, with what the builder would refuse besides.

    """
    released, _ = read_released(project.root)
    kept = Verdicts(project.file(VERDICTS_FILE)) if has_engine() else None
    judge = kept.kept(fault_of) if kept else fault_of
    if found := check_cards(Context(project, {}, released, judge), topics):
        places = {(problem.path, problem.line, problem.column, problem.code) for problem in found}
        also = (p for p in _unbuildable(project) if (p.path, p.line, p.column, p.code) not in places)
        raise CardsmithError([*found, *also])


def _unbuildable(project: Project) -> list[Problem]:
    """Return whatever the builder would refuse in decks without other errors, by building the notes."""
    try:
        all_notes(project)
    except CardsmithError as error:
        return list(error.problems)
    return []
