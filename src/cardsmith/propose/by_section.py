"""Projects in which each section of a note has a deck file of its own, as before a note was one (decision 14).

They are known by decks and locks that name the excerpt of a section. Moving them together keeps every card as it is
written, with its comments, and what learners have of it: its id, and by ``released_as:`` the name, title and source
that its note carries.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from cardsmith.decks.decisions import amended
from cardsmith.decks.deckfile import Deck, parse_deck
from cardsmith.decks.emit import emit_deck
from cardsmith.decks.project import LOCK_FOLDER, TOPICS_FILE, Project
from cardsmith.decks.schema import MODELINE
from cardsmith.decks.topicsfile import with_articles
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import read_text
from cardsmith.journal import Edit
from cardsmith.model import Card, Excerpt
from cardsmith.propose.excerpts import read_excerpts
from cardsmith.propose.filing import article_name, free_path
from cardsmith.propose.lineage import KEPT, descendants
from cardsmith.propose.lock import Proposal, emit_lock, parse_memory, read_memory
from cardsmith.propose.proposals import below_the_title
from cardsmith.sources.likeness import shingles
from cardsmith.sources.reading import Remarks
from cardsmith.text.names import folded_name


@dataclass(frozen=True, slots=True)
class Seat:
    """A section with the deck that it has had, and its lock."""

    section: Excerpt
    known: str
    """The excerpt's id by which deck and lock know it."""
    deck: Deck | None
    """None where the whole deck was rejected."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A note whose sections have decks or locks of their own."""

    note: Excerpt
    seats: tuple[Seat, ...]
    """In the order of the note."""


def old_layout(project: Project, excerpts: Iterable[Excerpt]) -> list[Problem]:
    """Return the problem of a project in which decks name excerpts of sections, as the sources have them today."""
    excerpts = list(excerpts)
    sections = {section.id for note in excerpts for _, section in note.sections} - {e.id for e in excerpts}
    decks = [deck for deck in project.decks if deck.excerpt in sections]
    if not decks:
        return []
    message = f"{len(decks)} deck files are of sections of notes, as before a note was one deck file"
    hint = "`cardsmith migrate` shows what becomes of them, `cardsmith migrate --write` does it"
    return [Problem(decks[0].path, *decks[0].marks["excerpt"], "by-section", message, hint)]


def layouts(project: Project) -> list[Layout]:
    """Return the notes whose sections have decks of their own; none in a project that has been brought here.

    Raises:
        CardsmithError: a lock cannot be read.

    """
    try:
        notes = read_excerpts(project, (), Remarks())
    except CardsmithError:
        return []
    if not old_layout(project, notes):
        return []
    places = {
        section.id: (note, start, section) for note in reversed(notes) for start, section in note.sections
    }
    decks = {deck.excerpt: deck for deck in project.decks if deck.excerpt}
    locks = {path.stem for path in project.file(LOCK_FOLDER).glob("*.jsonl")}
    known = (decks.keys() | locks) - {note.id for note in notes} - project.topics.ignore.keys()
    found: dict[str, list[tuple[int, Seat]]] = {}
    for name, section in _sections_of(project, known, notes, {s.id: s for _, _, s in places.values()}):
        note, start, _ = places[section.id]
        found.setdefault(note.id, []).append((start, Seat(section, name, decks.get(name))))
    return [
        Layout(note, tuple(seat for _, seat in sorted(found[note.id], key=lambda pair: pair[0])))
        for note in notes
        if note.id in found
    ]


def _sections_of(
    project: Project, known: Iterable[str], notes: Sequence[Excerpt], sections: dict[str, Excerpt]
) -> Iterator[tuple[str, Excerpt]]:
    """Yield each known excerpt id that is, or was before it was edited, a section's."""
    wholes = [shingles(note.text) for note in notes]
    texts = {}
    for name in sorted(known):
        lock = f"{LOCK_FOLDER}/{name}.jsonl"
        remembered = {} if name in sections else read_memory(project.file(lock), lock)[1]
        runs = frozenset().union(*map(shingles, remembered.values()))
        if not any(runs and len(whole & runs) >= KEPT * len(whole) for whole in wholes):
            texts[name] = remembered  # else it is a note's, which was edited since it was brought here
    for name, parts in descendants(texts, sections).items():
        yield name, parts[0]


def together(
    project: Project, found: Sequence[Layout], released: Collection[str]
) -> tuple[list[list[Edit]], list[tuple[str, str]]]:
    """Return what to write, in groups whose first file decides, and then which files to take away, with their texts.

    Raises:
        CardsmithError: a card whose layout cannot take a field; a file that cannot be read.

    """
    old = {seat.deck.path: seat.deck for layout in found for seat in layout.seats if seat.deck}
    taken = {folded_name(deck.path) for deck in project.decks if deck.path not in old}
    groups: list[list[Edit]] = []
    names: dict[str, dict[str, str]] = {}
    for layout in found:
        edits, lock = [], _lock(project, layout, released)
        topics = sorted({seat.deck.topic for seat in layout.seats if seat.deck})
        for topic in topics:
            seats = [seat for seat in layout.seats if seat.deck and seat.deck.topic == topic]
            deck = next((deck for deck in project.decks_of(layout.note.id) if deck.topic == topic), None)
            title, stem = article_name(layout.note)
            path = deck.path if deck else free_path(topic, layout.note, stem, taken)
            taken.add(folded_name(path))
            names.setdefault(topic, {}).update(
                (seat.deck.article, _stem(path)) for seat in seats if seat.deck
            )
            before = deck or old.get(path)
            after = _one_deck(layout.note, deck, title, path, seats, released)
            edits.append(Edit(path, before.text if before else None, after))
        groups.append([edit for edit in (*edits, lock) if edit.before != edit.after])
    written = {edit.name for group in groups for edit in group}
    gone = [(path, deck.text) for path, deck in old.items() if path not in written]
    gone += [
        (name, read_text(project.file(name), name))
        for layout in found
        for seat in layout.seats
        if (name := f"{LOCK_FOLDER}/{seat.known}.jsonl") not in written and project.file(name).exists()
    ]
    groups = [group for group in groups if group]
    if topics_edit := _topics(project, names):
        groups.append([topics_edit])
    return groups, gone


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".yaml")


def _one_deck(
    note: Excerpt, deck: Deck | None, title: str, path: str, seats: Sequence[Seat], released: Collection[str]
) -> str:
    """Return the text of a note's deck: the one that it has, then the cards of its sections as they are written."""
    text = deck.text if deck else emit_deck(note.id, title, str(note.places[0]), ())
    here = {entry.card.id for entry in deck.entries} if deck else set()
    cards = [entry.card for entry in deck.entries] if deck else []
    for seat in seats:
        if seat.deck is None:
            continue
        moved = _moved(seat.deck, seat.section, note, released, _stem(path))
        fresh = [entry.card for entry in moved.entries if entry.card.id not in here]
        if fresh:  # else a step that was killed has brought them already
            text = text.rstrip("\n") + "\n\n" + _body(moved)
            cards += [entry.card for entry in moved.entries]
    if [entry.card for entry in parse_deck(text, path).entries] != cards:
        hint = "run `cardsmith fmt` on the deck files of this note's sections, then migrate again"
        raise CardsmithError.at(path, "card-layout", "the sections' cards cannot be put together", hint)
    return text


def _moved(deck: Deck, section: Excerpt, note: Excerpt, released: Collection[str], stem: str) -> Deck:
    """Return a section's deck with what its cards take along into the note's."""
    now = {"article": stem, "title": article_name(note)[0], "source": str(note.places[0])}
    then = {"article": deck.article, "title": deck.title, "source": deck.source or ""}
    differs = {name: value for name, value in then.items() if value and value != now[name]}
    for number in range(len(deck.entries)):
        entry = deck.entries[number]
        if entry.card.identity not in released:
            update: dict[str, object] = {"heading": below_the_title(section.headings, note)}
        elif entry.card.released_as:
            continue
        else:
            update = {"released_as": differs}
        deck = amended(deck, entry, entry.card.model_copy(update=update))
    return deck


def _body(deck: Deck) -> str:
    """Return a deck's cards as they are written, with the comments above and between them, from the first column."""
    lines = deck.text.replace("\r\n", "\n").rstrip("\n").split("\n")
    at = next(number for number, line in enumerate(lines, 1) if line.startswith("cards:"))
    head = [line for line in lines[: at - 1] if line.startswith("#") and not line.startswith(MODELINE)]
    body = [line[min(deck.indent, len(line) - len(line.lstrip(" "))) :] for line in lines[at:]]
    while body and not body[0].strip():
        del body[0]
    return "\n".join([*head, *body]) + "\n"


def _lock(project: Project, layout: Layout, released: Collection[str]) -> Edit:
    name = f"{LOCK_FOLDER}/{layout.note.id}.jsonl"
    before = read_text(project.file(name), name) if project.file(name).exists() else None
    proposals = dict(parse_memory(before or "", name)[0])
    for seat in layout.seats:
        old = f"{LOCK_FOLDER}/{seat.known}.jsonl"
        heading = below_the_title(seat.section.headings, layout.note)
        for identity, known in read_memory(project.file(old), old)[0].items():
            is_theirs = known.written.identity in released
            proposals.setdefault(identity, known if is_theirs else _headed(known, heading))
    return Edit(name, before, emit_lock(proposals, {layout.note.id: layout.note.text}))


def _headed(known: Proposal, heading: tuple[str, ...]) -> Proposal:
    def headed(card: Card) -> Card:
        return card.model_copy(update={"heading": heading})

    return replace(
        known, written=headed(known.written), latest=headed(known.latest) if known.latest else None
    )


def _topics(project: Project, names: dict[str, dict[str, str]]) -> Edit | None:
    """Return ``topics.yaml`` with each note once in ``articles:``, where the first of its sections was; None if unchanged."""
    before = read_text(project.file(TOPICS_FILE), TOPICS_FILE)
    after = before
    for slug, renamed in names.items():
        old = project.topics.topics[slug].articles
        new = [name for name, _ in groupby(renamed.get(name, name) for name in old)]
        new = list(dict.fromkeys(new))
        if new != list(old):
            after = with_articles(after, slug, new)
    return Edit(TOPICS_FILE, before, after) if after != before else None
