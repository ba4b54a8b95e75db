"""A project's notes: every card rendered, with its media, in the order in which learners meet them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cardsmith.anki.media import read_media
from cardsmith.anki.notes import Note, make_notes
from cardsmith.decks.project import RELEASED_FILE, Project
from cardsmith.decks.unseen import deceiving_characters
from cardsmith.errors import CardsmithError, Problem
from cardsmith.release.order import broken_order, introduced
from cardsmith.release.promises import broken_promises, repeated_ids
from cardsmith.release.records import Record, read_records
from cardsmith.release.wholeness import missing_parts


def refusals(project: Project, released: Mapping[str, Record]) -> Iterator[Problem]:
    """Find why no build may ship, before any card is rendered: parts missing, identities, promises, order, untrue texts."""
    yield from missing_parts(project)
    yield from repeated_ids(project.decks)
    yield from broken_promises(project.decks, project.topics, released)
    yield from broken_order(project.decks)
    yield from deceiving_characters(project)


def all_notes(project: Project) -> list[Note]:
    """Return the notes of all cards that ship, in the order of their introduction.

    Raises:
        CardsmithError: every card that cannot ship: an identity twice, a promise of a release broken, a cycle in
            ``after``, media that are missing, a field that cannot be rendered.

    """
    released = read_records(project.file(RELEASED_FILE), settle=True)
    problems = [problem for problem in refusals(project, released) if problem.severity == "error"]
    notes: dict[str, Note] = {}
    for deck in (deck.only(drafts=False) for deck in project.decks):
        media, missing = read_media(deck, project.root)
        problems += missing
        try:
            own = make_notes(deck, media, project.topics)
            made = (replace(note, project=project.topics.project or "") for note in own)
            notes |= {note.card_id: note for note in made}
        except CardsmithError as error:
            problems += (p for p in error.problems if not (missing and p.code == "media-unlisted"))
    if problems:
        raise CardsmithError(problems)
    order = introduced(project.decks, project.topics.topics)
    return [notes[card_id] for card_id in order if card_id in notes]
