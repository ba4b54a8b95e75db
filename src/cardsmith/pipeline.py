"""The stories, top to bottom: extract, check, build, release."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardsmith.check import check_project
from cardsmith.errors import CardsmithError, Problem
from cardsmith.extract import extract
from cardsmith.files import read_text, write_bytes, write_text
from cardsmith.ids import proposed_card_id
from cardsmith.lineage import Vanished, read_lineage, vanished_quotes
from cardsmith.lock import emit_lock, parse_memory
from cardsmith.model import Candidate, Card, Excerpt, Extraction
from cardsmith.notes import Note, make_notes
from cardsmith.package import build_package
from cardsmith.project import LEDGER_FILE, LOCK_FOLDER, RELEASED_FILE, Project, chosen_topics
from cardsmith.reconcile import Notice, Plan, reconcile
from cardsmith.release import (
    Mark,
    Record,
    Stamped,
    build_time,
    emit_records,
    read_ledger,
    read_records,
    stamp,
    updated_ledger,
    updated_records,
    with_retired,
)
from cardsmith.rules.statement import NO_QUESTION
from cardsmith.sources import read_sources
from cardsmith.splice import emit_deck, splice
from cardsmith.text import key

MAX_PROPOSED_ANSWER = 160
"""Characters; a good answer has 120, and what is longer wants an author, not a reviewer."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a re-extraction did, or would do, to one article."""

    path: str
    """The deck file, relative to the project."""
    plan: Plan
    text: str
    """The deck file's new text."""
    lock_path: str
    lock_text: str
    is_new_file: bool
    vanished: tuple[Vanished, ...] = ()
    remembers_only: bool = False
    """Nothing changes but the machine's memory of the article's text: not worth a word."""

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


def extract_all(excerpts: Iterable[Excerpt], jobs: int = 1) -> list[Extraction]:
    """Extract from each excerpt on its own, in order, in as many processes as there are jobs."""
    waiting = list(excerpts)
    if jobs < 2 or len(waiting) < 2:
        return [extract(excerpt) for excerpt in waiting]
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs) as workers:
        return list(workers.map(extract, waiting, chunksize=max(1, len(waiting) // (4 * jobs))))


def propose(project: Project, extractions: Iterable[Extraction], topics: Sequence[str]) -> list[Proposed]:
    """Return what extraction would write: one item per article whose deck or lock changes. Writes nothing.

    An article that was edited upstream stays with its deck, under the excerpt id that the deck names.

    Raises:
        CardsmithError: a deck or lock cannot be read.

    """
    project.whole()
    classify: Callable[[Excerpt], str] | None = None
    taken = {deck.path for deck in project.decks}
    proposed: list[Proposed] = []
    extractions = list(extractions)
    known_as = _known_as(project, [extraction.excerpt for extraction in extractions])
    for extraction in _without_repeats(extractions):
        excerpt = extraction.excerpt
        identity = known_as.get(excerpt.id, excerpt.id)
        deck = project.deck_of(identity)
        lock_path = f"{LOCK_FOLDER}/{identity}.jsonl"
        lock_file = project.root / lock_path
        remembered = read_text(lock_file, lock_path) if lock_file.exists() else ""
        lock, texts = parse_memory(remembered, lock_path)
        seen = {excerpt.id: excerpt.text}
        if identity in project.topics.ignore or (deck is None and remembered):
            text = emit_lock(lock, seen)
            if text != remembered:
                plan = Plan({}, (), dict(lock), ())
                proposed.append(Proposed(lock_path, plan, "", lock_path, text, False, remembers_only=True))
            continue
        if deck is None and not any(map(is_ready, extraction.candidates)):
            continue
        if deck is None:
            from cardsmith.topics import topic_classifier

            classify = classify or topic_classifier(project.topics)
        path, title = (deck.path, deck.title) if deck else _new_home(excerpt, classify, taken)
        topic, article = path.split("/")[1], path.split("/")[-1].removesuffix(".yaml")
        if topic not in topics:
            continue
        taken.add(path)
        cards = [_card(c, identity, article) for c in extraction.candidates if is_ready(c)]
        plan = reconcile(deck, lock, cards)
        place = excerpt.places[0]
        text = (
            splice(deck, plan.refreshed, plan.added)
            if deck
            else emit_deck(excerpt.id, title, f"{place.file}:{place.line}", plan.added)
        )
        was_edited = deck is not None and texts not in ({}, seen)
        lost = tuple(vanished_quotes(deck, excerpt, plan.refreshed)) if deck and was_edited else ()
        lock_text = emit_lock(plan.lock, seen)
        if lock_text != remembered:
            is_quiet = plan.lock == lock and not lost
            proposed.append(Proposed(path, plan, text, lock_path, lock_text, deck is None, lost, is_quiet))
    return proposed


def is_ready(candidate: Candidate) -> bool:
    """Tell whether a candidate is a whole card that a reviewer can judge; others are only printed by ``jsonl``."""
    return NO_QUESTION not in candidate.flags and len(candidate.back or candidate.text) <= MAX_PROPOSED_ANSWER


def _known_as(project: Project, excerpts: list[Excerpt]) -> dict[str, str]:
    """Return the permanent id of each excerpt that the project knows, by the excerpt's id of today.

    Which article a text descends from is judged among all the sources, also when only some are extracted.
    """
    sources = [path for path in _known_sources(project) if path.exists()]
    try:
        known = read_sources(sources, project.root)
    except CardsmithError:  # sources that nobody asked to read do not stop those that somebody did
        known = []
    return {excerpt.id: name for name, excerpt in read_lineage(project, [*known, *excerpts]).items()}


def write_proposed(project: Project, proposed: Iterable[Proposed]) -> None:
    """Write decks and locks. The lock comes last: if this is interrupted, a card counts as written by hand."""
    for item in proposed:
        if item.changes:
            write_text(project.root / item.path, item.text)
        write_text(project.root / item.lock_path, item.lock_text)


def read_scores(project: Project) -> dict[tuple[str, str], tuple[float, tuple[str, ...]]]:
    """Return score and flags of all that the extractor proposes today, by excerpt id and quote; none without sources."""
    try:
        extractions = extract_all(read_excerpts(project, ()))
    except CardsmithError:
        return {}
    candidates = [candidate for extraction in extractions for candidate in extraction.candidates]
    return {(c.excerpt, c.quote): (c.score, c.flags) for c in sorted(candidates, key=lambda c: c.score)}


def notices(proposed: Iterable[Proposed]) -> list[tuple[str, Notice]]:
    """Return what the machine leaves to people, each with its deck file."""
    return [(item.path, notice) for item in proposed for notice in item.plan.notices]


def check(project: Project, excerpts: Sequence[Excerpt]) -> list[Problem]:
    """Return every problem of the project, sorted by place. A deck's excerpt may have been edited upstream."""
    by_id = {excerpt.id: excerpt for excerpt in excerpts}
    return check_project(project, by_id | read_lineage(project, excerpts))


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


def build(project: Project, topics: Sequence[str], out: Path, *, locked: bool = False) -> list[Built]:
    """Build the packages of the named topics (all when none is named). Writes nothing under ``decks/``.

    Raises:
        CardsmithError: a deck that cannot be read or rendered, an unknown topic, a folder that cannot be written;
            with ``locked``, every card that is not as it was released.

    """
    project.whole()
    names = chosen_topics(project, topics)
    stamped, ledger = _stamped(project, locked=locked)
    packages = [(name, [s for s in stamped if s.note.topic == name]) for name in names]
    built = []
    for name, notes in packages:
        topic = project.topics.topics[name]
        content = build_package(topic.deck, topic.description, [s.packed for s in notes])
        path = out / f"{name}.apkg"
        write_bytes(path, content)
        built.append(Built(name, path, tuple(notes), len(content)))
    if not locked:
        write_text(project.root / LEDGER_FILE, emit_records(ledger))
    return built


def release(project: Project) -> tuple[list[Stamped], dict[str, Record]]:
    """Stamp every card as released: writes ``decks/released.json`` and returns what learners will get."""
    project.whole()
    stamped, _ = _stamped(project)
    records = updated_records(stamped)
    write_text(project.root / RELEASED_FILE, emit_records(records))
    return stamped, records


def _stamped(project: Project, *, locked: bool = False) -> tuple[list[Stamped], dict[str, Mark]]:
    released = read_records(project.root / RELEASED_FILE)
    ledger = read_ledger(project.root / LEDGER_FILE)
    stamped = stamp(with_retired(all_notes(project), released), released, ledger, build_time())
    if locked:
        moved = [s for s in stamped if s.status in ("new", "changed") or s.note.card_id not in released]
        if moved:
            hint = "run `cardsmith release`, or build without --locked"
            raise CardsmithError(
                Problem(RELEASED_FILE, 0, 0, "not-released", f"{s.note.card_id} is {s.status}", hint)
                for s in moved
            )
    return stamped, updated_ledger(stamped, ledger)


def all_notes(project: Project) -> list[Note]:
    """Return the notes of all decks, in the order of their paths.

    Raises:
        CardsmithError: every card that cannot be rendered.

    """
    notes: list[Note] = []
    problems: list[Problem] = []
    for deck in project.decks:
        try:
            notes += make_notes(deck, project.topics.topics[deck.topic])
        except CardsmithError as error:
            problems += error.problems
    if problems:
        raise CardsmithError(problems)
    return notes


def _new_home(
    excerpt: Excerpt, classify: Callable[[Excerpt], str] | None, taken: set[str]
) -> tuple[str, str]:
    from cardsmith.topics import article_name

    title, slug = article_name(excerpt)
    topic = classify(excerpt) if classify else "llm"
    path = f"decks/{topic}/{slug}.yaml"
    return (f"decks/{topic}/{slug}-{excerpt.id[1:5]}.yaml" if path in taken else path), title


def _card(candidate: Candidate, excerpt: str, article: str) -> Card:
    name = next((n for n in (candidate.term, *candidate.aliases) if n.isascii()), "")
    return Card(
        id=proposed_card_id(article, excerpt, candidate.kind, candidate.anchor, name),
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
