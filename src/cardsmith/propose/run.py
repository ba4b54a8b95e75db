"""From extractions to what is written: each note's deck and lock, decided here and written last.

Thinking takes its time, and people save their decks meanwhile: what an article was decided on is compared with the files
right before they are written, and where it differs the article is decided again.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from cardsmith.authoring import Authored
from cardsmith.decks.deckfile import Deck
from cardsmith.decks.emit import emit_deck, splice
from cardsmith.decks.project import LOCK_FOLDER, Project
from cardsmith.errors import CardsmithError, Problem
from cardsmith.extract.candidates import extract, extract_all, together
from cardsmith.files import read_text
from cardsmith.journal import Edit
from cardsmith.model import Card, Excerpt, Extraction
from cardsmith.propose.by_section import old_layout
from cardsmith.propose.excerpts import read_excerpts, refuse_outside
from cardsmith.propose.facts import fact_of
from cardsmith.propose.filing import article_name, filer, free_path
from cardsmith.propose.lineage import (
    Descendants,
    as_one,
    ignored_sections,
    moved_away,
    read_lineage,
    starts,
    vanished_quotes,
)
from cardsmith.propose.lock import emit_lock, parse_memory
from cardsmith.propose.pictures import Album, Mount
from cardsmith.propose.proposals import (
    Proposed,
    held_back,
    is_ready,
    offers,
    without_repeats,
    without_sections,
)
from cardsmith.propose.reconcile import Offer, Plan, reconcile
from cardsmith.sources.reading import Remarks
from cardsmith.text.names import folded_name
from cardsmith.writing import Writer, changed_meanwhile, sole_writer

ATTEMPTS = 5
"""How often an article is decided again whose files change while it is decided."""
PAUSE = 0.1
"""Seconds before that: whoever saves at this moment is done by then."""


def propose(
    project: Project,
    extractions: Sequence[Extraction],
    topics: Sequence[str],
    known: Iterable[Excerpt],
    remarks: Remarks | None = None,
    *,
    complete: bool = True,
) -> list[Proposed]:
    """Return what extraction would write: one item per note whose deck or lock changes. Writes nothing.

    A note that was edited, renamed or split upstream stays with its deck, under the excerpt id that the deck names;
    which one that is is judged among ``known``, all the excerpts that the project rests on, also when only some are
    extracted. ``remarks`` tell of notes that belong to no topic. ``complete`` says that the extractions are all that rules
    find in their notes; a model's are not, see ``reconcile``.

    Raises:
        CardsmithError: a deck or lock cannot be read, a source lies outside the project, or the decks are laid out by
            section still.

    """
    project.whole()
    refuse_outside(project.root, [extraction.excerpt for extraction in extractions])
    known = list(known)
    if old := old_layout(project, known):
        raise CardsmithError(old)
    lineage = read_lineage(project, known)
    desk = _Desk(project, topics, remarks, moved_away(project, lineage), complete=complete)
    ignored = ignored_sections(project, known)
    own = without_repeats(without_sections(extraction, ignored) for extraction in extractions)
    by_article = _by_article(own, lineage, project.topics.authored if complete else None)
    return [item for identity, article in by_article if (item := desk.propose(identity, article))]


def _by_article(
    extractions: Iterable[Extraction], lineage: Descendants, authored: Authored | None
) -> Iterator[tuple[str, Sequence[Extraction]]]:
    """Yield each article's permanent excerpt id and what was extracted of it: of all its parts when of one.

    Parts that were not extracted are now, or without ``authored`` have nothing.
    """

    def extracted(part: Excerpt) -> Extraction:
        if part.id in waiting:
            return waiting.pop(part.id)
        return extract(part, authored=authored) if authored else Extraction(part, ())

    waiting = {extraction.excerpt.id: extraction for extraction in extractions}
    whole = {part.id: (identity, parts) for identity, parts in lineage.items() for part in parts}
    for name in list(waiting):
        if name in waiting:
            identity, parts = whole.get(name, (name, (waiting[name].excerpt,)))
            yield identity, [extracted(part) for part in parts]


class _Desk:
    """One run over a project: what is decided on one note is known when the next one is filed."""

    def __init__(
        self,
        project: Project,
        topics: Sequence[str],
        remarks: Remarks | None,
        moved: Sequence[tuple[str, Card]],
        *,
        complete: bool,
    ) -> None:
        self._project, self._topics, self._remarks, self._moved = project, topics, remarks, moved
        self._is_complete = complete
        self._file = filer(project.topics)
        self._album = Album(project.root, remarks.pictures if remarks else [])
        self._taken = {folded_name(deck.path) for deck in project.decks}

    def propose(self, identity: str, parts: Sequence[Extraction]) -> Proposed | None:
        """Return what is to be written of one note, if anything is."""
        project, excerpts = self._project, [part.excerpt for part in parts]
        article = as_one(excerpts)
        extraction = together(zip(starts(excerpts), parts, strict=True), article)
        decks = project.decks_of(identity)
        deck = decks[0] if decks else None
        lock_path = f"{LOCK_FOLDER}/{identity}.jsonl"
        lock_file = project.file(lock_path)
        before = read_text(lock_file, lock_path) if lock_file.exists() else None
        lock, texts = parse_memory(before or "", lock_path)
        seen = {excerpt.id: excerpt.text for excerpt in excerpts}
        note = article.places[0].file
        if identity in project.topics.ignore or (deck is None and before):
            text = emit_lock(lock, seen)
            plan = Plan({}, (), dict(lock), ())
            silent = Proposed(
                lock_path, plan, "", lock_path, text, None, before, remembers_only=True, note=note
            )
            return silent if text != (before or "") else None
        if deck is None and not any(map(is_ready, extraction.candidates)):
            return None
        home = (deck.path, deck.title, "") if deck else self._new_home(article)
        if home is None or home[0].split("/")[1] not in self._topics:
            return None
        path, title, why = home
        self._taken.add(folded_name(path))
        folder, name = path.removesuffix(".yaml").rsplit("/", 1)
        mount = Mount(self._album, folder, article.place_at)
        plan = reconcile(
            deck,
            lock,
            self._not_moved(offers(extraction, identity, name, mount), identity, article.text),
            article.text,
            held_back(extraction),
            [entry for other in decks[1:] for entry in other.entries],
            complete=self._is_complete,
        )
        text = (
            splice(deck, plan.refreshed, plan.added)
            if deck
            else emit_deck(identity, title, str(article.places[0]), plan.added)
        )
        was_edited = deck is not None and texts not in ({}, seen)
        lost = tuple(vanished_quotes(deck, article, plan.refreshed)) if deck and was_edited else ()
        lock_text = emit_lock(plan.lock, seen)
        media = self._media(folder, deck, plan)
        if lock_text == (before or "") and not media:
            return None
        return Proposed(
            path,
            plan,
            text,
            lock_path,
            lock_text,
            deck.text if deck else None,
            before,
            lost,
            remembers_only=plan.lock == lock and not lost and not media,
            note=note,
            filed=why,
            media=media,
        )

    def _media(self, folder: str, deck: Deck | None, plan: Plan) -> dict[str, bytes]:
        """Return the pictures that cards of a deck will list and that are not there."""
        entries = deck.entries if deck else ()
        kept = [entry.card for entry in entries if entry.card.id not in plan.refreshed]
        cards = (*kept, *plan.refreshed.values(), *plan.added)
        names = {f"{folder}/{name}" for card in cards for name in card.media}
        return {name: self._album.content[name] for name in sorted(names & self._album.content.keys())}

    def _not_moved(self, offered: list[Offer], identity: str, text: str) -> list[Offer]:
        """Return what is offered of a note without what came with a passage from another one, whose deck has it."""
        came = [
            fact_of(card, text)
            for home, card in self._moved
            if home != identity and (card.quote or "") in text
        ]
        if not came:
            return offered
        return [offer for offer in offered if not any(fact_of(offer.card, text).share(fact) for fact in came)]

    def _new_home(self, note: Excerpt) -> tuple[str, str, str] | None:
        """Return path and title of a new deck file and why it lies there; None for a note of no topic."""
        filed = self._file(note)
        if filed is None:
            if self._remarks:
                hint = "add `inbox: TOPIC` to decks/topics.yaml, or `topic:` to the note's front matter"
                message = "nothing says which topic it belongs to"
                self._remarks.skipped.append(
                    Problem(note.places[0].file, 0, 0, "note-nowhere", message, hint)
                )
            return None
        title, stem = article_name(note)
        return free_path(filed.topic, note, stem, self._taken), title, filed.why


def write_proposed(
    project: Project, proposed: Sequence[Proposed], decide: Callable[[Project], Sequence[Proposed]]
) -> list[Proposed]:
    """Write decks and locks and return what was written; ``decide`` proposes again from the project as it is by then.

    Raises:
        CardsmithError: a file cannot be written, or is saved by others again and again (``changed-on-disk``).

    """
    done: list[Proposed] = []
    with sole_writer(project.root) as writer:
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE)
                project = project.again()
                proposed = decide(project)
            is_written = _write(writer, proposed)
            done += [item for item, is_done in zip(proposed, is_written, strict=True) if is_done]
            if all(is_written):
                return done
    stale = [item.path for item, is_done in zip(proposed, is_written, strict=True) if not is_done]
    raise CardsmithError(map(changed_meanwhile, stale))


def _write(writer: Writer, proposed: Sequence[Proposed]) -> list[bool]:
    """Write what rests on files that are still the same; tell of each item whether it was written."""
    locks = [Edit(item.lock_path, item.lock_before, item.lock_text) for item in proposed]
    groups = [
        [
            *([Edit(item.path, item.deck_before, item.text)] if item.changes else []),
            lock,
            *(Edit(name, None, content) for name, content in item.media.items()),
        ]
        for item, lock in zip(proposed, locks, strict=True)
        if item.changes or item.media
    ]
    written = iter(writer.change_groups(groups))
    return [
        all(next(written)) if item.changes or item.media else writer.change(lock)
        for item, lock in zip(proposed, locks, strict=True)
    ]


def read_scores(project: Project) -> dict[tuple[str, str], tuple[float, tuple[str, ...]]]:
    """Return score and flags of all that the extractor proposes today, by excerpt id and quote; none without sources."""
    try:
        extractions = extract_all(read_excerpts(project, ()), authored=project.topics.authored)
    except CardsmithError:
        return {}
    candidates = [candidate for extraction in extractions for candidate in extraction.candidates]
    return {(c.excerpt, c.quote): (c.score, c.flags) for c in sorted(candidates, key=lambda c: c.score)}
