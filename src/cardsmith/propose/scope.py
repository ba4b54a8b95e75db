"""Which notes may get a draft at all, before anybody is asked about them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cardsmith.decks.project import LOCK_FOLDER, Project
from cardsmith.model import Excerpt
from cardsmith.propose.excerpts import refuse_outside
from cardsmith.propose.filing import filer
from cardsmith.propose.lineage import ignored_sections, read_lineage


def in_scope(
    project: Project, notes: Sequence[Excerpt], known: Iterable[Excerpt], topics: Sequence[str]
) -> Iterator[Excerpt]:
    """Yield the notes whose drafts ``propose`` would write, without the sections that make no cards.

    Left out is what is ignored, what belongs to none of the topics, and what was rejected as a whole. ``known`` are all
    the excerpts that the project rests on.

    Raises:
        CardsmithError: a note lies outside the project, or a lock cannot be read.

    """
    refuse_outside(project.root, notes)
    known = list(known)
    homes = {part.id: identity for identity, parts in read_lineage(project, known).items() for part in parts}
    ignored = ignored_sections(project, known)
    file = filer(project.topics)
    for note in notes:
        identity = homes.get(note.id, note.id)
        decks = project.decks_of(identity)
        if identity in project.topics.ignore or note.id in project.topics.ignore:
            continue
        if not decks and project.file(f"{LOCK_FOLDER}/{identity}.jsonl").exists():
            continue
        filed = None if decks else file(note)
        if (decks[0].topic if decks else filed.topic if filed else "") not in topics:
            continue
        sections = tuple(section for section in note.sections if section.excerpt.id not in ignored)
        if sections or not note.sections:
            yield replace(note, sections=sections)
