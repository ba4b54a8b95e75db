"""Packages of drafts, for trying them in Anki: notes and decks of their own, which no release will ever touch.

A trial note's guid lies in a namespace that no project can have, so that neither its text nor its reviews ever meet the
card that the draft becomes. Nothing is recorded: each build stamps anew.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cardsmith.anki.media import read_media
from cardsmith.anki.notes import Note, make_notes
from cardsmith.decks.project import Project, chosen_topics
from cardsmith.errors import CardsmithError, Problem
from cardsmith.release.build import Built, OutputFormat, write_packages
from cardsmith.release.order import introduced
from cardsmith.release.stamps import build_time, stamp
from cardsmith.writing import sole_writer

NAMESPACE = "drafts/"
"""Before the project's name; no name holds a slash."""
TAG = "cardsmith::draft"
SUFFIX = "drafts"
"""Of the deck's name, in brackets, and of the package's, behind a hyphen."""
WARNING = "Drafts for trying: reviews made here do not carry over to the cards that are accepted."


def trial_notes(project: Project) -> tuple[list[Note], list[Problem]]:
    """Return the notes of all drafts in the order of their introduction, and why the others make none."""
    notes: dict[str, Note] = {}
    problems: list[Problem] = []
    for deck in (deck.only(drafts=True) for deck in project.decks):
        media, missing = read_media(deck, project.root)
        lost = {(problem.path, problem.line) for problem in missing}
        problems += missing
        for entry in deck.entries:
            try:
                (note,) = make_notes(replace(deck, entries=(entry,)), media, project.topics)
            except CardsmithError as error:
                found = (p for p in error.problems if not (lost and p.code == "media-unlisted"))
                problems += (replace(problem, is_of_draft=True) for problem in found)
                continue
            name = f"{NAMESPACE}{project.topics.project or ''}"
            notes[note.card_id] = replace(note, project=name, tags=(*note.tags, TAG))
    order = introduced(project.decks, project.topics.topics)
    return [notes[i] for i in order if i in notes], [replace(p, is_of_draft=True) for p in problems]


def build_trial(
    project: Project, topics: Sequence[str], out: Path, *, output_format: OutputFormat = "apkg"
) -> tuple[list[Built], list[Problem]]:
    """Write ``<topic>-drafts.apkg`` for the topics that have drafts; return what was built and what could not be.

    Raises:
        CardsmithError: a deck that cannot be read, an unknown topic, a folder that cannot be written.

    """
    names = chosen_topics(project.whole(), topics)
    notes, problems = trial_notes(project)
    stamped = stamp(notes, {}, {}, build_time())
    with sole_writer(project.root) as writer:
        built = write_packages(writer, _for_trying(project), names, stamped, out, output_format, f"-{SUFFIX}")
    return built, problems


def _for_trying(project: Project) -> Project:
    """Return the project with decks of their own in Anki, whose descriptions say what a review there is worth."""
    topics = {
        slug: topic.model_copy(
            update={"deck": f"{topic.deck} ({SUFFIX})", "description": f"{WARNING} {topic.description}"}
        )
        for slug, topic in project.topics.topics.items()
    }
    named = {"topics": topics, "project": f"{NAMESPACE}{project.topics.project or ''}"}
    return replace(project, topics=project.topics.model_copy(update=named))
