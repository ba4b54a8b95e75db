"""Drafts of notes that belong to no project: what ``extract`` would write into a new one, held in memory."""

from collections.abc import Sequence
from pathlib import Path

from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.emit import emit_deck
from cardsmith.decks.project import Project
from cardsmith.ids import slugify
from cardsmith.model import Extraction
from cardsmith.propose.filing import article_name, free_path
from cardsmith.propose.pictures import Album, Mount
from cardsmith.propose.proposals import offers, without_repeats
from cardsmith.propose.reconcile import reconcile
from cardsmith.text.names import fit_title, folded_name, name_fault
from cardsmith.topics import Topic, Topics


def trial_project(root: Path, extractions: Sequence[Extraction], title: str, album: Album) -> Project:
    """Return a project with one topic that holds the drafts of all notes, one deck a note; nothing is written.

    ``root`` is where its files would be; the content of its pictures waits in ``album``. A note without a draft has no
    deck.
    """
    title, slug = fit_title(title) or "notes", slugify(title)
    slug = slug if slug[:1].isalpha() and not name_fault(slug) else "notes"
    topic = Topic(title=title, deck=f"cardsmith::{title}", description=title)
    decks, taken = [], set[str]()
    for extraction in without_repeats(extractions):
        note = extraction.excerpt
        name, stem = article_name(note)
        mount = Mount(album, f"decks/{slug}", note.place_at)
        plan = reconcile(None, {}, offers(extraction, note.id, stem, mount), note.text)
        if not plan.added:
            continue
        path = free_path(slug, note, stem, taken)
        taken.add(folded_name(path))
        decks.append(parse_deck(emit_deck(note.id, name, str(note.places[0]), plan.added), path))
    return Project(root, Topics(topics={slug: topic}), tuple(sorted(decks, key=lambda deck: deck.path)))
