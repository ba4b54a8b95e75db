"""The excerpts that a project rests on: those of ``seeds/`` and of every file that a deck names."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from cardsmith.decks.project import LOCK_FOLDER, Project
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import is_inside
from cardsmith.model import Excerpt
from cardsmith.places import Part, Place, file_of
from cardsmith.propose.lock import read_memory
from cardsmith.propose.patterns import matches
from cardsmith.sources.finding import files_below
from cardsmith.sources.formats import FORMATS, suffix_of
from cardsmith.sources.reading import SUFFIXES, TEXTS, Remarks, read_sources


def read_excerpts(
    project: Project, paths: Sequence[Path] = (), remarks: Remarks | None = None
) -> list[Excerpt]:
    """Read the excerpts of the given paths, or when none is given those that the project rests on.

    A path is the user's own word and may lie anywhere; what a deck names is a stranger's and is read in the project only.
    What cannot be read is skipped; ``remarks`` tell of it.

    Raises:
        CardsmithError: nothing can be read.

    """
    told = Remarks() if remarks is None else remarks
    return read_sources(paths or _known_sources(project), project.root, remarks=told)


def proving_excerpts(project: Project) -> list[Excerpt]:
    """Return the excerpts in which the quotes of a project are proved: those that it rests on.

    A file that is no text is not read where the lock remembers what was made of it: the proof needs no extra, and no
    new version of a library can break it.

    Raises:
        CardsmithError: nothing can be read, or a lock cannot.

    """
    return _proving(project, ())


def shown_excerpts(project: Project) -> list[Excerpt]:
    """Return the excerpts that a project rests on, each quote at its very place: files are read where they can be.

    Raises:
        CardsmithError: nothing can be read, or a lock cannot.

    """
    kept = {excerpt.id: excerpt for excerpt in _remembered(project)}
    try:
        read = read_excerpts(project)
    except CardsmithError:
        if not kept:
            raise
        read = []
    files = {place.file for excerpt in read for place in excerpt.places}
    return [*read, *(excerpt for excerpt in kept.values() if excerpt.places[0].file not in files)]


def with_known_excerpts(project: Project, excerpts: Iterable[Excerpt]) -> list[Excerpt]:
    """Return all excerpts that the project rests on, and some that were just read, none read twice.

    Sources that nobody asked to read do not stop those that somebody did: they are left out where they cannot be read.
    """
    excerpts = list(excerpts)
    read = {place.file for excerpt in excerpts for place in excerpt.places}
    try:
        return [*_proving(project, read), *excerpts]
    except CardsmithError:
        return excerpts


def _proving(project: Project, besides: Collection[str]) -> list[Excerpt]:
    remembered = {excerpt.id: excerpt for excerpt in _remembered(project)}.values()
    kept = [excerpt for excerpt in remembered if excerpt.places[0].file not in besides]
    files = {excerpt.places[0].file for excerpt in kept}
    named = {project.root / file_of(deck.source or "") for deck in project.decks}
    sources = [
        path
        for path in _known_sources(project)
        if path.exists() and (path in named or suffix_of(path.name) not in FORMATS)
    ]
    try:
        read = read_sources(sources, project.root, {*besides, *files}, Remarks(), TEXTS)
    except CardsmithError:
        if not kept:
            raise
        read = []
    return [*read, *kept]


def _remembered(project: Project) -> Iterator[Excerpt]:
    """Yield what decks rest on of files that are no text, as it was when it was last extracted."""
    for deck in project.decks:
        file = file_of(deck.source or "")
        path = project.root / file
        if not deck.excerpt or suffix_of(file) not in FORMATS or not is_inside(project.root, path):
            continue
        name = f"{LOCK_FOLDER}/{deck.excerpt}.jsonl"
        _, texts = read_memory(project.file(name), name) if path.is_file() else ({}, {})
        if texts:  # two after a merge: a quote stands in what either branch saw
            part = Part(0, (deck.source or "")[len(file) + 1 :])
            text = "\n\n".join(texts.values())
            places = (Place(file, 1, 0, (part,)),)
            yield Excerpt(deck.excerpt, text, (), places, truncated=False, is_markdown=True, title=deck.title)


def _known_sources(project: Project) -> list[Path]:
    named = {file_of(deck.source) for deck in project.decks if deck.source}
    paths = (project.root / name for name in sorted(named))
    files = [path for path in paths if is_inside(project.root, path) and path.is_file()]
    files += _matching(project)
    seeds = project.file("seeds")
    return [seeds, *files] if seeds.exists() or not files else files


def _matching(project: Project) -> list[Path]:
    """Return the notes that ``sources:`` of the topics name; hidden folders and the decks themselves hold none."""
    patterns = [pattern for topic in project.topics.topics.values() for pattern in topic.sources]
    notes = (
        path.relative_to(project.root).as_posix()
        for path in (files_below(project.root, project.root) if patterns else ())
        if path.name.lower().endswith(SUFFIXES) and not path.name.startswith(".")
    )
    return [project.root / note for note in sorted(notes) if any(matches(note, each) for each in patterns)]


def refuse_outside(root: Path, excerpts: Iterable[Excerpt]) -> None:
    """Keep decks provable: what they rest on lies in the project, so that everybody who has the one has the other.

    Raises:
        CardsmithError: every source outside the project.

    """
    named = {place.file for excerpt in excerpts for place in excerpt.places[:1]}
    hint = "copy it into seeds/; with --format jsonl the candidates are only printed"
    problems = [
        Problem(name, 0, 0, "source-outside", "this note lies outside the project", hint)
        for name in sorted(named)
        if not is_inside(root, root / name)
    ]
    if problems:
        raise CardsmithError(problems)
