"""Packages for learners: build them from the decks as they are, or release them and record what learners now have."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cardsmith.anki.notes import Note
from cardsmith.anki.package import build_package
from cardsmith.decks.project import LEDGER_FILE, RELEASED_FILE, Project, chosen_topics
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import read_text
from cardsmith.journal import Edit
from cardsmith.release.announcement import deck_description, losing, release_notes, topic_language
from cardsmith.release.assembly import all_notes
from cardsmith.release.exports import emit_json, emit_tsv
from cardsmith.release.history import outdated, told_before
from cardsmith.release.last_cards import last_cards
from cardsmith.release.records import Record, emit_records, last_release, read_ledger, read_records
from cardsmith.release.retirement import mass_retirements, shipped
from cardsmith.release.stamps import Stamped, build_time, stamp, updated_ledger, updated_records, with_retired
from cardsmith.writing import Writer, changed_meanwhile, sole_writer

OutputFormat = Literal["apkg", "tsv", "json"]


@dataclass(frozen=True, slots=True)
class Built:
    """One topic's package; without notes, an old one that was removed because the topic has none any more."""

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


def build_packages(
    project: Project,
    topics: Sequence[str],
    out: Path,
    *,
    locked: bool = False,
    output_format: OutputFormat = "apkg",
    retire: bool = False,
) -> list[Built]:
    """Build the packages of the named topics (all when none is named). Writes nothing under ``decks/``.

    Raises:
        CardsmithError: a deck that cannot be read or rendered, an unknown topic, a named topic without cards, a folder
            that cannot be written; with ``locked``, every card that is not as it was released; without ``retire``, a
            tenth of a topic's released cards or a whole article that learners would lose.

    """
    project.whole()
    names = chosen_topics(project, topics)
    released = read_records(project.file(RELEASED_FILE))
    notes = with_retired(all_notes(project), released)
    if not retire and not locked:
        _refuse_mass_retirement(project, notes, released)
    number = last_release(released) + 1
    as_released = stamp(notes, released, {}, build_time(), number)
    if locked:
        _refuse_unreleased(as_released)
    full = {s.note.topic for s in shipped(as_released)} | {
        deck.topic for deck in project.decks if deck.only(drafts=True).entries
    }
    empty = [name for name in topics if name not in full]
    if empty:
        hint = f"add a card to decks/{empty[0]}/"
        raise CardsmithError(
            Problem(f"decks/{name}", 0, 0, "empty-topic", "there are no cards in it", hint) for name in empty
        )
    with sole_writer(project.root) as writer:  # two builds that stamp one content must give it one time
        ledger = read_ledger(project.file(LEDGER_FILE))
        stamped = stamp(notes, released, ledger, build_time(), number)
        built = write_packages(writer, project, names, stamped, out, output_format)
        if not locked:
            writer.write(LEDGER_FILE, emit_records(updated_ledger(stamped, ledger)))
    return built


@dataclass(frozen=True, slots=True)
class Release:
    """What a release gave to learners."""

    built: list[Built]
    records: Mapping[str, Record]
    notes: str
    """The learners' notes, Markdown."""
    notes_path: Path


def make_release(project: Project, out: Path, *, retire: bool = False) -> Release:
    """Stamp every card as released, build all packages, write the learners' notes; last ``decks/released.json``.

    The stamps depend on the decks, the last releases (git knows them all) and the time, not on this clone's ledger.
    The learners' notes tell what has changed since the committed record, so a release that is run again before it is
    committed says the same.

    Raises:
        CardsmithError: as ``build``.

    """
    project.whole()
    record, root = project.file(RELEASED_FILE), project.root
    text_before = read_text(record, RELEASED_FILE) if record.exists() else None
    released = outdated(read_records(record, settle=True), root)
    before = told_before(record, root)
    notes = with_retired(all_notes(project), released)
    if not retire:
        _refuse_mass_retirement(project, notes, released)
    number = max(last_release(before) + 1, last_release(released))
    stamped = stamp(notes, released, {}, build_time(), number)
    text = release_notes(project.topics, stamped, before, last_cards(root, losing(stamped, before)))
    decks = {name: topic.deck for name, topic in project.topics.topics.items()}
    records = updated_records(stamped, decks)
    with sole_writer(root) as writer:
        writer.require([(RELEASED_FILE, text_before), *((deck.path, deck.text) for deck in project.decks)])
        built = write_packages(writer, project, chosen_topics(project, ()), stamped, out, "apkg")
        writer.write(out / "release-notes.md", text)
        if not writer.change(Edit(RELEASED_FILE, text_before, emit_records(records))):
            raise CardsmithError([changed_meanwhile(RELEASED_FILE)])
    return Release(built, records, text, out / "release-notes.md")


def _refuse_mass_retirement(project: Project, notes: Sequence[Note], released: Mapping[str, Record]) -> None:
    if problems := list(mass_retirements(project, notes, released)):
        raise CardsmithError(problems)


def _refuse_unreleased(stamped: Iterable[Stamped]) -> None:
    hint = "run `cardsmith release`, or build without --locked"
    moved = [s for s in stamped if not s.released]
    if moved:
        raise CardsmithError(
            Problem(RELEASED_FILE, 0, 0, "not-released", f"{s.note.card_id} is {s.status}", hint)
            for s in moved
        )


def write_packages(
    writer: Writer,
    project: Project,
    names: Iterable[str],
    stamped: Sequence[Stamped],
    out: Path,
    output_format: OutputFormat,
    suffix: str = "",
) -> list[Built]:
    """Write ``<topic><suffix>`` for each topic that has notes: all are made before the first is written.

    What an earlier run wrote for a topic that has none any more is removed.
    """
    made, removed = [], []
    for name in names:
        every = [s for s in stamped if s.note.topic == name]
        notes = [s for s in shipped(stamped) if s.note.topic == name]
        topic = project.topics.topics[name]
        path = out / f"{name}{suffix}.{output_format}"
        if not notes:
            removed += [Built(name, path, (), 0)] if path.is_file() else []
            continue
        if output_format == "tsv":
            content = emit_tsv(topic.deck, notes).encode()
        elif output_format == "json":
            content = emit_json(topic.deck, notes).encode()
        else:
            language = topic_language(name, project.topics, every)
            description = deck_description(topic, project.topics.licence, every, language)
            content = build_package(
                topic.deck, description, [s.packed for s in notes], project=project.topics.project or ""
            )
        made.append((Built(name, path, tuple(notes), len(content)), content))
    for built, content in made:
        writer.write(built.path, content)
    for old in removed:
        _remove(old.path)
    return [*(built for built, _ in made), *removed]


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        message = f"cannot remove the package of a topic without notes: {error.strerror}"
        raise CardsmithError.at(str(path), "unwritable", message, "remove it yourself") from None
