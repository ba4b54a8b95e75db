"""The stories, top to bottom: extract, check, build, release."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cardsmith.anki.mathjax import VERDICTS_FILE, Verdicts, has_engine
from cardsmith.anki.package import build_package
from cardsmith.checks.released import read_released
from cardsmith.checks.table import Context, check_project
from cardsmith.decks.emit import emit_deck, splice
from cardsmith.decks.fixes import fix_deck
from cardsmith.decks.layout import format_deck
from cardsmith.decks.project import LEDGER_FILE, LOCK_FOLDER, RELEASED_FILE, Project, chosen_topics
from cardsmith.errors import CardsmithError, Problem
from cardsmith.extract.candidates import extract
from cardsmith.files import is_inside, read_text, write_bytes, write_text
from cardsmith.model import Excerpt, Extraction
from cardsmith.propose.lineage import read_lineage, vanished_quotes
from cardsmith.propose.lock import emit_lock, parse_memory
from cardsmith.propose.proposals import Proposed, card_of, is_ready, new_home, refuse_outside, without_repeats
from cardsmith.propose.reconcile import Plan, reconcile
from cardsmith.release.announcement import deck_description, release_notes
from cardsmith.release.build import all_notes
from cardsmith.release.exports import emit_json, emit_tsv
from cardsmith.release.records import Record, emit_records, outdated, read_ledger, read_records
from cardsmith.release.stamps import Stamped, build_time, stamp, updated_ledger, updated_records, with_retired
from cardsmith.sources.reading import read_sources

OutputFormat = Literal["apkg", "tsv", "json"]


def read_excerpts(project: Project, paths: Sequence[Path]) -> list[Excerpt]:
    """Read the excerpts of the given paths, or when none is given of ``seeds/`` and every file that a deck names.

    A path is the user's own word and may lie anywhere; what a deck names is a stranger's and is read in the project only.

    Raises:
        CardsmithError: a source that cannot be read, or none at all.

    """
    return read_sources(paths or _known_sources(project), project.root)


def _known_sources(project: Project) -> list[Path]:
    named = {deck.source.rpartition(":")[0] or deck.source for deck in project.decks if deck.source}
    paths = (project.root / name for name in sorted(named))
    files = [path for path in paths if is_inside(project.root, path) and path.is_file()]
    seeds = project.file("seeds")
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
        CardsmithError: a deck or lock cannot be read, or a source lies outside the project.

    """
    project.whole()
    extractions = list(extractions)
    refuse_outside(project.root, extractions)
    classify: Callable[[Excerpt], str] | None = None
    taken = {deck.path for deck in project.decks}
    proposed: list[Proposed] = []
    known_as = _known_as(project, [extraction.excerpt for extraction in extractions])
    for extraction in without_repeats(extractions):
        excerpt = extraction.excerpt
        identity = known_as.get(excerpt.id, excerpt.id)
        deck = project.deck_of(identity)
        lock_path = f"{LOCK_FOLDER}/{identity}.jsonl"
        lock_file = project.file(lock_path)
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
            from cardsmith.propose.filing import topic_classifier

            classify = classify or topic_classifier(project.topics)
        path, title = (deck.path, deck.title) if deck else new_home(excerpt, classify, taken)
        topic, article = path.split("/")[1], path.split("/")[-1].removesuffix(".yaml")
        if topic not in topics:
            continue
        taken.add(path)
        cards = [card_of(c, identity, article) for c in extraction.candidates if is_ready(c)]
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
            write_text(project.file(item.path), item.text)
        write_text(project.file(item.lock_path), item.lock_text)


def read_scores(project: Project) -> dict[tuple[str, str], tuple[float, tuple[str, ...]]]:
    """Return score and flags of all that the extractor proposes today, by excerpt id and quote; none without sources."""
    try:
        extractions = extract_all(read_excerpts(project, ()))
    except CardsmithError:
        return {}
    candidates = [candidate for extraction in extractions for candidate in extraction.candidates]
    return {(c.excerpt, c.quote): (c.score, c.flags) for c in sorted(candidates, key=lambda c: c.score)}


def check(project: Project, excerpts: Sequence[Excerpt]) -> list[Problem]:
    """Return every problem of the project, sorted by place. A deck's excerpt may have been edited upstream.

    With the extra ``exact`` Anki's own MathJax judges the formulas; its verdicts are kept in the state folder.
    """
    released, problems = read_released(project.root)
    by_id = {excerpt.id: excerpt for excerpt in excerpts}
    by_id |= read_lineage(project, excerpts)
    verdicts = Verdicts(project.file(VERDICTS_FILE)) if has_engine() else None
    found = check_project(Context(project, by_id, released, verdicts or (lambda _body: None)), problems)
    if verdicts:
        verdicts.save()
    if any(problem.severity == "error" for problem in found):
        return found
    return sorted([*found, *_unbuildable(project)])


def _unbuildable(project: Project) -> list[Problem]:
    """Return whatever the builder would refuse in decks without other errors, by building the notes."""
    try:
        all_notes(project)
    except CardsmithError as error:
        return list(error.problems)
    return []


def fix(project: Project) -> list[str]:
    """Apply the safe fixes to the deck files; return what was changed, one line a card."""
    fixed = []
    for deck in project.decks:
        text, changes = fix_deck(deck)
        if changes:
            write_text(project.file(deck.path), text)
            fixed += [f"{deck.path}: {change}" for change in changes]
    return fixed


def format_decks(project: Project, *, write: bool) -> list[str]:
    """Bring each deck file into its canonical form; return the paths of those that were not."""
    changed = {deck.path: text for deck in project.decks if (text := format_deck(deck)) != deck.text}
    for path, text in changed.items():
        if write:
            write_text(project.file(path), text)
    return list(changed)


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
    released = read_records(project.file(RELEASED_FILE))
    ledger = read_ledger(project.file(LEDGER_FILE))
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
        write_text(project.file(LEDGER_FILE), emit_records(updated_ledger(stamped, ledger)))
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
    out = out or project.file("dist")
    released = outdated(read_records(project.file(RELEASED_FILE), settle=True), project.root)
    notes = with_retired(all_notes(project), released)
    stamped = stamp(notes, released, {}, build_time())
    built = _write_packages(project, chosen_topics(project, ()), stamped, out, "apkg")
    text = release_notes(project.topics, stamped, released)
    write_text(out / "release-notes.md", text)
    decks = {name: topic.deck for name, topic in project.topics.topics.items()}
    records = updated_records(stamped, decks)
    write_text(project.file(RELEASED_FILE), emit_records(records))
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
