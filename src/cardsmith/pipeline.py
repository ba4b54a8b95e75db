"""The stories, top to bottom: extract, check, build, release."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cardsmith.announce import deck_description, release_notes
from cardsmith.assemble import all_notes
from cardsmith.check import check_project
from cardsmith.errors import CardsmithError, Problem
from cardsmith.export import emit_json, emit_tsv
from cardsmith.extract import extract
from cardsmith.files import write_bytes, write_text
from cardsmith.ids import proposed_card_id
from cardsmith.lock import emit_lock, read_lock
from cardsmith.model import Candidate, Card, Excerpt, Extraction
from cardsmith.package import build_package
from cardsmith.project import LEDGER_FILE, LOCK_FOLDER, RELEASED_FILE, Project, chosen_topics
from cardsmith.reconcile import Notice, Plan, reconcile
from cardsmith.records import Record, emit_records, outdated, read_ledger, read_records
from cardsmith.release import Stamped, build_time, stamp, updated_ledger, updated_records, with_retired
from cardsmith.sources import read_sources
from cardsmith.splice import emit_deck, splice
from cardsmith.text import key

OutputFormat = Literal["apkg", "tsv", "json"]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a re-extraction did, or would do, to one article."""

    path: str
    """The deck file, relative to the project."""
    plan: Plan
    text: str
    """The deck file's new text."""
    lock_path: str
    is_new_file: bool

    @property
    def changes(self) -> bool:
        """Tell whether the deck file differs."""
        return bool(self.plan.added or self.plan.refreshed)


def read_excerpts(project: Project, paths: Sequence[Path]) -> list[Excerpt]:
    """Read the excerpts of the given paths, or when none is given of ``seeds/`` and every file that a deck names.

    Raises:
        CardsmithError: a source that cannot be read, or none at all.

    """
    return read_sources(paths or _known_sources(project), project.root)


def _known_sources(project: Project) -> list[Path]:
    named = {deck.source.rpartition(":")[0] or deck.source for deck in project.decks if deck.source}
    files = [project.root / name for name in sorted(named) if (project.root / name).is_file()]
    seeds = project.root / "seeds"
    return [seeds, *files] if seeds.exists() or not files else files


def extract_all(excerpts: Iterable[Excerpt]) -> list[Extraction]:
    """Extract from each excerpt on its own, in order."""
    return [extract(excerpt) for excerpt in excerpts]


def propose(project: Project, extractions: Iterable[Extraction], topics: Sequence[str]) -> list[Proposed]:
    """Return what extraction would write: one item per article whose deck or lock changes. Writes nothing.

    Raises:
        CardsmithError: a deck or lock cannot be read.

    """
    project.whole()
    classify: Callable[[Excerpt], str] | None = None
    taken = {deck.path for deck in project.decks}
    proposed: list[Proposed] = []
    for extraction in _without_repeats(extractions):
        excerpt = extraction.excerpt
        deck = project.deck_of(excerpt.id)
        if excerpt.id in project.topics.ignore or (deck is None and not extraction.candidates):
            continue
        if deck is None:
            from cardsmith.topics import topic_classifier

            classify = classify or topic_classifier(project.topics)
        path, title = (deck.path, deck.title) if deck else _new_home(excerpt, classify, taken)
        topic, article = path.split("/")[1], path.split("/")[-1].removesuffix(".yaml")
        if topic not in topics:
            continue
        taken.add(path)
        lock_path = f"{LOCK_FOLDER}/{excerpt.id}.jsonl"
        lock = read_lock(project.root / lock_path, lock_path)
        plan = reconcile(deck, lock, [_card(candidate, article) for candidate in extraction.candidates])
        place = excerpt.places[0]
        text = (
            splice(deck, plan.refreshed, plan.added)
            if deck
            else emit_deck(excerpt.id, title, f"{place.file}:{place.line}", plan.added)
        )
        if plan.lock != lock:
            proposed.append(Proposed(path, plan, text, lock_path, deck is None))
    return proposed


def write_proposed(project: Project, proposed: Iterable[Proposed]) -> None:
    """Write decks and locks. The lock comes last: if this is interrupted, a card counts as written by hand."""
    for item in proposed:
        if item.changes:
            write_text(project.root / item.path, item.text)
        write_text(project.root / item.lock_path, emit_lock(item.plan.lock))


def notices(proposed: Iterable[Proposed]) -> list[tuple[str, Notice]]:
    """Return what the machine leaves to people, each with its deck file."""
    return [(item.path, notice) for item in proposed for notice in item.plan.notices]


def check(project: Project, excerpts: Sequence[Excerpt]) -> list[Problem]:
    """Return every problem of the project, sorted by place."""
    return check_project(project, {excerpt.id: excerpt for excerpt in excerpts})


@dataclass(frozen=True, slots=True)
class Built:
    """One topic's package."""

    topic: str
    path: Path
    notes: tuple[Stamped, ...]
    size: int
    """Of the package, in bytes."""

    def count(self, status: str) -> int:
        """Return how many notes have a status."""
        return sum(stamped.status == status for stamped in self.notes)

    @property
    def cards(self) -> int:
        """How many cards the notes make."""
        return sum(len(stamped.note.ords) for stamped in self.notes if stamped.status != "retired")


def build(
    project: Project,
    topics: Sequence[str],
    out: Path,
    *,
    locked: bool = False,
    output_format: OutputFormat = "apkg",
) -> list[Built]:
    """Build the packages of the named topics (all when none is named). Writes nothing under ``decks/``.

    Raises:
        CardsmithError: a deck that cannot be read or rendered, an unknown topic, a named topic without cards, a folder
            that cannot be written; with ``locked``, every card that is not as it was released.

    """
    project.whole()
    names = chosen_topics(project, topics)
    released = read_records(project.root / RELEASED_FILE)
    ledger = read_ledger(project.root / LEDGER_FILE)
    stamped = stamp(with_retired(all_notes(project), released), released, ledger, build_time())
    if locked:
        _refuse_unreleased(stamped)
    empty = [name for name in topics if not any(s.note.topic == name for s in stamped)]
    if empty:
        hint = f"add a card to decks/{empty[0]}/"
        raise CardsmithError(
            Problem(f"decks/{name}", 0, 0, "empty-topic", "there are no cards in it", hint) for name in empty
        )
    built = _write_packages(project, names, stamped, out, output_format)
    if not locked:
        write_text(project.root / LEDGER_FILE, emit_records(updated_ledger(stamped, ledger)))
    return built


@dataclass(frozen=True, slots=True)
class Release:
    """What a release gave to learners."""

    built: list[Built]
    records: Mapping[str, Record]
    notes: str
    """The learners' notes, Markdown."""
    notes_path: Path


def release(project: Project, out: Path | None = None) -> Release:
    """Stamp every card as released, build all packages, write the learners' notes; last ``decks/released.json``.

    The stamps depend on the decks, the last releases (git knows them all) and the time, not on this clone's ledger.

    Raises:
        CardsmithError: as ``build``.

    """
    project.whole()
    out = out or project.root / "dist"
    released = outdated(read_records(project.root / RELEASED_FILE, settle=True), project.root)
    notes = with_retired(all_notes(project), released)
    stamped = stamp(notes, released, {}, build_time())
    built = _write_packages(project, chosen_topics(project, ()), stamped, out, "apkg")
    text = release_notes(project.topics, stamped, released)
    write_text(out / "release-notes.md", text)
    decks = {name: topic.deck for name, topic in project.topics.topics.items()}
    records = updated_records(stamped, decks)
    write_text(project.root / RELEASED_FILE, emit_records(records))
    return Release(built, records, text, out / "release-notes.md")


def _refuse_unreleased(stamped: Iterable[Stamped]) -> None:
    hint = "run `cardsmith release`, or build without --locked"
    moved = [s for s in stamped if not s.released]
    if moved:
        raise CardsmithError(
            Problem(RELEASED_FILE, 0, 0, "not-released", f"{s.note.card_id} is {s.status}", hint)
            for s in moved
        )


def _write_packages(
    project: Project, names: Iterable[str], stamped: Sequence[Stamped], out: Path, output_format: OutputFormat
) -> list[Built]:
    """Write the package of each topic that has notes: all are made before the first is written."""
    made = []
    for name in names:
        notes = [s for s in stamped if s.note.topic == name]
        topic = project.topics.topics[name]
        if not notes:
            continue
        if output_format == "tsv":
            content = emit_tsv(topic.deck, notes).encode()
        elif output_format == "json":
            content = emit_json(topic.deck, notes).encode()
        else:
            description = deck_description(topic, project.topics.licence, notes)
            content = build_package(topic.deck, description, [s.packed for s in notes])
        made.append((Built(name, out / f"{name}.{output_format}", tuple(notes), len(content)), content))
    for built, content in made:
        write_bytes(built.path, content)
    return [built for built, _ in made]


def _new_home(
    excerpt: Excerpt, classify: Callable[[Excerpt], str] | None, taken: set[str]
) -> tuple[str, str]:
    from cardsmith.topics import article_name

    title, slug = article_name(excerpt)
    topic = classify(excerpt) if classify else "llm"
    path = f"decks/{topic}/{slug}.yaml"
    return (f"decks/{topic}/{slug}-{excerpt.id[1:5]}.yaml" if path in taken else path), title


def _card(candidate: Candidate, article: str) -> Card:
    name = next((n for n in (candidate.term, *candidate.aliases) if n.isascii()), "")
    return Card(
        id=proposed_card_id(article, candidate.excerpt, candidate.kind, candidate.anchor, name),
        kind=candidate.kind,
        front=candidate.front or None,
        back=candidate.back or None,
        text=candidate.text or None,
        where=dict(candidate.where),
        quote=candidate.quote,
    )


def _without_repeats(extractions: Iterable[Extraction]) -> list[Extraction]:
    """Return the extractions with each question asked once: of equal fronts the better card stays, else the first."""
    extractions = list(extractions)
    best: dict[str, Candidate] = {}
    for extraction in extractions:
        for candidate in extraction.candidates:
            front = key(candidate.front or candidate.text)
            if front not in best or candidate.score > best[front].score:
                best[front] = candidate
    kept = set(map(id, best.values()))
    return [
        Extraction(e.excerpt, tuple(c for c in e.candidates if id(c) in kept), e.rejected)
        for e in extractions
    ]
