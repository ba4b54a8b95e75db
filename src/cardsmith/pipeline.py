"""The stories, top to bottom: extract, check, build, release. What they call lives in the rooms."""

from collections.abc import Callable, Sequence
from pathlib import Path

from cardsmith.checks.run import find_problems, refuse_unshippable
from cardsmith.decks.project import Project, chosen_topics
from cardsmith.errors import CardsmithError, Problem
from cardsmith.extract.candidates import extract_all
from cardsmith.model import Excerpt
from cardsmith.propose.excerpts import read_excerpts, with_known_excerpts
from cardsmith.propose.proposals import Proposed
from cardsmith.propose.run import propose, write_proposed
from cardsmith.release.build import Built, OutputFormat, Release, build_packages, make_release
from cardsmith.sources.reading import Remarks
from cardsmith.writing import settle

__all__ = ["build", "check", "extract", "release"]


def extract(
    project: Project,
    paths: Sequence[Path] = (),
    topics: Sequence[str] = (),
    *,
    jobs: int = 1,
    write: bool = True,
    remarks: Remarks | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Proposed]:
    """Go from notes to excerpts, candidates, and what is new in ``decks/<topic>/<note>.yaml``.

    Reads ``seeds/``, what ``sources:`` names and what decks rest on when no path is given; all topics when none is named.
    Returns one item per note whose deck or lock changes; with ``write`` false nothing is written. ``progress`` is told,
    again and again, how many notes of how many are done.

    Decks and locks are read again right before they are written; where somebody saved one meanwhile, its article is
    decided again, so that nobody's words are overwritten.

    Notes that cannot be read are skipped; ``remarks`` tell of them.

    Raises:
        CardsmithError: no source can be read, no note belongs to any topic, or a deck or lock cannot, an unknown topic, a file that cannot be written, another
            process that writes in the project.

    """
    chosen = chosen_topics(project, topics)
    remarks = Remarks() if remarks is None else remarks
    if write:
        settle(project.root)
    excerpts = read_excerpts(project, paths, remarks)
    known = with_known_excerpts(project, excerpts) if paths else excerpts
    extractions = extract_all(excerpts, jobs, progress)

    def decide(project: Project) -> list[Proposed]:
        return propose(project, extractions, chosen, known, remarks)

    proposed = decide(project)
    if not proposed and (
        nowhere := [problem for problem in remarks.skipped if problem.code == "note-nowhere"]
    ):
        raise CardsmithError(nowhere)
    return write_proposed(project, proposed, decide) if write and proposed else proposed


def check(project: Project, excerpts: Sequence[Excerpt] | None = None) -> list[Problem]:
    """Find every problem of a project, sorted by place; ``excerpts`` are those it rests on, where they were read.

    Raises:
        CardsmithError: a source that cannot be read.

    """
    return find_problems(project, read_excerpts(project) if excerpts is None else excerpts)


def build(
    project: Project,
    topics: Sequence[str] = (),
    out: Path | None = None,
    *,
    locked: bool = False,
    output_format: OutputFormat = "apkg",
    retire: bool = False,
) -> list[Built]:
    """Go from cards to notes to ``dist/<topic>.apkg``, for all topics when none is named; see ``build_packages``.

    Cards with errors that need no sources are refused first, see ``refuse_unshippable``.
    """
    refuse_unshippable(project.whole(), chosen_topics(project, topics))
    return build_packages(
        project,
        topics,
        out or project.file("dist"),
        locked=locked,
        output_format=output_format,
        retire=retire,
    )


def release(project: Project, out: Path | None = None, *, retire: bool = False) -> Release:
    """Stamp what learners get from now on and go to its packages, notes and record; see ``make_release``."""
    refuse_unshippable(project.whole(), chosen_topics(project, ()))
    return make_release(project, out or project.file("dist"), retire=retire)
