"""A project on disk: where its decks, locks, records and results are, read as a whole."""

import gc
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cardsmith.decks.deckfile import Deck, Entry, deck_text, parse_deck, parse_topics, read_deck
from cardsmith.decks.names import misnamed
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import inside, read_text
from cardsmith.text.names import name_fault
from cardsmith.topics import Topics

TOPICS_FILE = "decks/topics.yaml"
RELEASED_FILE = "decks/released.json"
LOCK_FOLDER = "decks/.lock"
LEDGER_FILE = ".cardsmith/ledger.json"


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that people have curated, and where it is."""

    root: Path
    topics: Topics
    decks: tuple[Deck, ...]
    """Sorted by path."""
    problems: tuple[Problem, ...] = field(default=())
    """What could not be read; such decks are not in ``decks``."""

    def file(self, name: str | Path) -> Path:
        """Return the path of one of the project's files or folders; see ``inside``.

        Raises:
            CardsmithError: it lies outside the project.

        """
        return inside(self.root, name)

    def decks_of(self, excerpt: str) -> list[Deck]:
        """Return the decks that hold an excerpt's cards, wherever the editor has moved them: one a topic at most."""
        return [deck for deck in self.decks if deck.excerpt == excerpt]

    def drafts(self, topics: Collection[str] | None = None) -> list[Entry]:
        """Return the cards that nobody has decided on, of the named topics or of all, in the order of the files."""
        decks = [deck for deck in self.decks if topics is None or deck.topic in topics]
        return [entry for deck in decks for entry in deck.entries if entry.card.draft]

    def again(self) -> "Project":
        """Return the project as it stands on disk now; a deck that says the same is not parsed again.

        Raises:
            CardsmithError: the topics file cannot be read.

        """
        known = {deck.path: deck for deck in self.decks}

        def read(path: Path, name: str) -> Deck:
            text = deck_text(path, name)
            return known[name] if name in known and known[name].text == text else parse_deck(text, name)

        return read_project(self.root, read)

    def whole(self) -> "Project":
        """Return the project if all of it could be read.

        Raises:
            CardsmithError: every problem there is.

        """
        if self.problems:
            raise CardsmithError(self.problems)
        return self


def find_root(start: Path) -> Path:
    """Return the nearest folder at or above ``start`` that holds ``decks/topics.yaml``.

    Raises:
        CardsmithError: there is none.

    """
    for folder in (start, *start.parents):
        if (folder / TOPICS_FILE).is_file():
            return folder
    raise CardsmithError.at(
        TOPICS_FILE,
        "no-project",
        "no such file here or in any folder above",
        "run this inside a cardsmith project, or name one with --project DIR",
    )


def open_project(start: str | Path = ".") -> Project:
    """Return the project that a folder is in; see ``find_root`` and ``read_project``.

    Raises:
        CardsmithError: there is none, or its topics file cannot be read.

    """
    return read_project(find_root(Path(start).resolve()))


def read_project(root: Path, read: Callable[[Path, str], Deck] = read_deck) -> Project:
    """Read topics and decks; problems in decks are collected, so that the rest stays usable.

    ``read`` reads one deck; a caller that reads again and again may pass one that remembers.

    Raises:
        CardsmithError: the topics file cannot be read.

    """
    with paused_collector():
        return _read_project(root, read)


@contextmanager
def paused_collector() -> Iterator[None]:
    """Keep the garbage collector from searching, again and again, a heap that only grows: reading takes half as long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_project(root: Path, read: Callable[[Path, str], Deck]) -> Project:
    topics = parse_topics(read_text(inside(root, TOPICS_FILE), TOPICS_FILE), TOPICS_FILE)
    decks: list[Deck] = []
    problems: list[Problem] = [*misnamed(root), *_topic_faults(topics)]
    unfit = {problem.path for problem in problems}
    for path in sorted(inside(root, "decks").rglob("*.yaml")):
        name = path.relative_to(root).as_posix()
        if name == TOPICS_FILE or name in unfit:
            continue
        folder = name.split("/")[1:-1]
        if len(folder) != 1 or folder[0] not in topics.topics:
            hint = f"move it to decks/<topic>/, or add the topic to {TOPICS_FILE}: {', '.join(topics.topics)}"
            problems.append(Problem(name, 0, 0, "deck-place", "this folder is no topic", hint))
            continue
        try:
            decks.append(read(inside(root, name), name))
        except CardsmithError as error:
            problems += error.problems
    problems += _repeated_excerpts(decks)
    return Project(root, topics, tuple(decks), tuple(problems))


def chosen_topics(project: Project, names: Iterable[str]) -> list[str]:
    """Return the named topics, or all of them when none is named, in the order of the topics file.

    Raises:
        CardsmithError: every name that is no topic.

    """
    wanted = list(names)
    unknown = [name for name in wanted if name not in project.topics.topics]
    if unknown:
        hint = f"topics are: {', '.join(project.topics.topics)}"
        raise CardsmithError(
            Problem(TOPICS_FILE, 0, 0, "unknown-topic", f"no topic {name!r}", hint) for name in unknown
        )
    return [name for name in project.topics.topics if not wanted or name in wanted]


def _topic_faults(topics: Topics) -> Iterator[Problem]:
    for name in topics.topics:
        if fault := name_fault(name):
            hint = "choose another name: it is the name of a folder and of a package"
            yield Problem(TOPICS_FILE, 0, 0, "file-name", f"the topic {name}: {fault}", hint)
    if topics.inbox and topics.inbox not in topics.topics:
        hint = f"topics are: {', '.join(topics.topics)}"
        yield Problem(TOPICS_FILE, 0, 0, "unknown-topic", f"inbox: no topic {topics.inbox!r}", hint)


def _repeated_excerpts(decks: list[Deck]) -> list[Problem]:
    first: dict[tuple[str, str], str] = {}
    problems = []
    for deck in decks:
        if not deck.excerpt:
            continue
        path = first.setdefault((deck.topic, deck.excerpt), deck.path)
        if path != deck.path:
            mark = deck.marks["excerpt"]
            message = f"the excerpt {deck.excerpt} has a file in this topic already: {path}"
            problems.append(
                Problem(deck.path, *mark, "excerpt-twice", message, "keep the cards in one of the two")
            )
    return problems
