"""The stories, top to bottom: extract, check, build, release, try. What they call lives in the rooms."""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from cardsmith.assistant.asking import Result, Spent, Terms, ask, open_requests
from cardsmith.assistant.packing import cut
from cardsmith.assistant.proving import Judged as Proposal
from cardsmith.assistant.proving import candidates, looked_at, prove, second_looks, whole
from cardsmith.assistant.requests import Outlook, Request
from cardsmith.assistant.store import Store
from cardsmith.checks.run import find_problems, refuse_unshippable
from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.project import Project, chosen_topics
from cardsmith.errors import CardsmithError, Problem
from cardsmith.extract.candidates import extract_all
from cardsmith.files import write_bytes
from cardsmith.model import Excerpt, Extraction
from cardsmith.propose.excerpts import proving_excerpts, read_excerpts, with_known_excerpts
from cardsmith.propose.pictures import Album
from cardsmith.propose.proposals import Proposed
from cardsmith.propose.run import propose, write_proposed
from cardsmith.propose.scope import in_scope
from cardsmith.propose.trial import trial_project
from cardsmith.release.build import Built, OutputFormat, Release, build_packages, make_release
from cardsmith.release.trial import build_trial
from cardsmith.sources.reading import SUFFIXES, Remarks, read_sources
from cardsmith.verify.gate import Judged, judge
from cardsmith.verify.offered import MAX_BYTES, Offered, of_deck, parse_lines
from cardsmith.writing import settle, sole_writer

__all__ = ["build", "check", "draft", "extract", "gate", "release", "try_out"]


class Tried(NamedTuple):
    """What comes out of notes without a project."""

    built: Built
    """The package."""
    page: Path
    notes: int
    """How many were read."""


class Drafted(NamedTuple):
    """What came of asking a model."""

    proposed: list[Proposed]
    judged: list[Proposal]
    """Every card that it proposed, with why it was refused."""
    open: list[Request]
    """What nobody has answered, for lack of an endpoint or of tokens."""
    failed: list[Result]
    """Whose answers were not taken, and why."""
    spent: Spent
    outlook: Outlook


def draft(
    project: Project,
    paths: Sequence[Path] = (),
    topics: Sequence[str] = (),
    *,
    model: str,
    answers: Path,
    terms: Terms | None = None,
    consent: Callable[[Outlook], None] | None = None,
    second_look: bool = False,
    write: bool = True,
    remarks: Remarks | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Drafted:
    """Go from notes to requests, answers of a model, cards that their quotes prove, and drafts in the decks.

    Only what no answer is recorded for in the folder ``answers`` is asked, at the endpoint of ``terms`` and after ``consent``,
    which raises to stop it; without ``terms`` nothing is sent. Else as ``extract``: the same identities, the same files,
    nothing of a person's is touched.

    Raises:
        CardsmithError: as ``extract``; the endpoint answers nobody, or the folder cannot be written.

    """
    chosen = chosen_topics(project, topics)
    remarks = Remarks() if remarks is None else remarks
    project.whole()
    if write:
        with sole_writer(project.root):  # finishes what was killed, and keeps git out of .cardsmith
            pass
    excerpts = read_excerpts(project, paths, remarks)
    known = with_known_excerpts(project, excerpts) if paths else excerpts
    notes = list(in_scope(project, excerpts, known, chosen))
    store, spent = Store(answers), Spent(terms.max_tokens if terms else 0)
    requests = store.plan(model, cut(notes))
    waiting = tuple(open_requests(requests, store))
    open_keys = {request.key for request in waiting}
    recorded = sum(request.key not in open_keys for request in requests)
    outlook = Outlook(len(notes), waiting, recorded, second_look)
    if waiting and terms and consent:
        consent(outlook)
    families = ask(requests, store, terms, spent, progress)
    judged, results = prove(families), [result for family in families for result in family]
    if second_look:
        looks = second_looks(judged)
        again = [request for request, _ in looks]
        if terms and consent and not waiting and (late := tuple(open_requests(again, store))):
            consent(Outlook(len(notes), late, len(requests), second_look=False))
        seen = [result for result, *_ in ask(again, store, terms, spent, progress)]
        judged = looked_at(judged, zip([own for _, own in looks], seen, strict=True))
        results += seen
    judged = list(map(whole, judged))
    found = candidates(judged)
    extractions = [Extraction(note, tuple(found[note.id])) for note in excerpts if note.id in found]

    def decide(project: Project) -> list[Proposed]:
        return propose(project, extractions, chosen, known, remarks, complete=False)

    proposed = decide(project)
    return Drafted(
        write_proposed(project, proposed, decide) if write and proposed else proposed,
        judged,
        [result.request for result in results if result.is_open],
        [result for result in results if result.fault],
        spent,
        outlook,
    )


def extract(
    project: Project,
    paths: Sequence[Path] = (),
    topics: Sequence[str] = (),
    *,
    jobs: int = 1,
    write: bool = True,
    remarks: Remarks | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Proposed]:
    """Go from notes to excerpts, candidates, and what is new in ``decks/<topic>/<note>.yaml``.

    Reads ``seeds/``, what ``sources:`` names and what decks rest on when no path is given; all topics when none is named.
    Returns one item per note whose deck or lock changes; with ``write`` false nothing is written. ``progress`` is told,
    again and again, how many notes of how many are done.

    Decks and locks are read again right before they are written; where somebody saved one meanwhile, its article is
    decided again, so that nobody's words are overwritten.

    Notes that cannot be read are skipped; ``remarks`` tell of them.

    Raises:
        CardsmithError: no source can be read, no note belongs to any topic, or a deck or lock cannot, an unknown topic, a file that cannot be written, another
            process that writes in the project.

    """
    chosen = chosen_topics(project, topics)
    remarks = Remarks() if remarks is None else remarks
    if write:
        settle(project.root)
    excerpts = read_excerpts(project, paths, remarks)
    known = with_known_excerpts(project, excerpts) if paths else excerpts
    extractions = extract_all(excerpts, jobs, progress, project.topics.authored)

    def decide(project: Project) -> list[Proposed]:
        return propose(project, extractions, chosen, known, remarks)

    proposed = decide(project)
    if not proposed and (
        nowhere := [problem for problem in remarks.skipped if problem.code == "note-nowhere"]
    ):
        raise CardsmithError(nowhere)
    return write_proposed(project, proposed, decide) if write and proposed else proposed


def check(project: Project, excerpts: Sequence[Excerpt] | None = None) -> list[Problem]:
    """Find every problem of a project, sorted by place; ``excerpts`` are those it rests on, where they were read.

    Raises:
        CardsmithError: a source that cannot be read.

    """
    return find_problems(project, proving_excerpts(project) if excerpts is None else excerpts)


def gate(
    text: str, name: str, project: Project | None, notes: Sequence[Path] = (), *, root: Path | None = None
) -> list[Judged]:
    """Go from cards that anybody offers to a verdict on each; no network, no model, nothing is written.

    ``text`` is a deck file's when ``name`` ends in ``.yaml`` or ``.yml``, else JSON lines. Cards are held against ``notes``, else against
    what the project rests on and the notes that they name in it. Without a project ``root`` is where names begin.

    Raises:
        CardsmithError: notes that cannot be read, a deck file that is none.

    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return judge([Offered(1, None, f"the file has more than {MAX_BYTES:,} bytes: nothing was read")], ())
    is_deck = name.endswith((".yaml", ".yml"))
    offers = list(of_deck(parse_deck(text, name)) if is_deck else parse_lines(text))
    if notes or project is None:
        return judge(offers, read_sources(notes, project.root if project else root or Path.cwd()))
    excerpts = proving_excerpts(project)
    read = {place.file for excerpt in excerpts for place in excerpt.places}
    named = {offer.source for offer in offers if offer.claim and offer.source} - read
    inside = [name for name in sorted(named) if _is_note(project, name)]
    if inside:
        excerpts += read_sources([project.file(name) for name in inside], project.root, read, Remarks())
    return judge(offers, excerpts, unread=named.difference(inside))


def _is_note(project: Project, name: str) -> bool:
    """Tell whether a stranger's word names a note that lies in the project."""
    try:
        path = project.file(name)
        return path.suffix.lower() in SUFFIXES and path.is_file()
    except (CardsmithError, OSError, ValueError):
        return False


def build(
    project: Project,
    topics: Sequence[str] = (),
    out: Path | None = None,
    *,
    locked: bool = False,
    output_format: OutputFormat = "apkg",
    retire: bool = False,
) -> list[Built]:
    """Go from cards to notes to ``dist/<topic>.apkg``, for all topics when none is named; see ``build_packages``.

    Cards with errors that need no sources are refused first, see ``refuse_unshippable``.
    """
    refuse_unshippable(project.whole(), chosen_topics(project, topics))
    return build_packages(
        project,
        topics,
        out or project.file("dist"),
        locked=locked,
        output_format=output_format,
        retire=retire,
    )


def release(project: Project, out: Path | None = None, *, retire: bool = False) -> Release:
    """Stamp what learners get from now on and go to its packages, notes and record; see ``make_release``."""
    refuse_unshippable(project.whole(), chosen_topics(project, ()))
    return make_release(project, out or project.file("dist"), retire=retire)


def try_out(
    paths: Sequence[Path],
    out: Path,
    *,
    jobs: int = 1,
    remarks: Remarks | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tried:
    """Go from notes to a package of trial cards and a page that shows them, in ``out``; no project is needed or made.

    The cards are what ``extract`` would write as drafts, under guids of trials.

    Raises:
        CardsmithError: no note can be read, nothing in them makes a card, or ``out`` cannot be written.

    """
    from cardsmith.review.page import static_site
    from cardsmith.review.view import View

    remarks = Remarks() if remarks is None else remarks
    excerpts = read_sources(paths, Path.cwd(), remarks=remarks)
    extractions = extract_all(excerpts, jobs, progress)
    title = paths[0].resolve().stem if len(paths) == 1 else "notes"
    with tempfile.TemporaryDirectory(prefix="cardsmith-") as folder:
        album = Album(_common_folder(paths), remarks.pictures)
        project = trial_project(Path(folder).resolve(), extractions, title, album)
        if not project.decks:
            message = f"nothing in {remarks.notes} notes makes a card"
            hint = "`cardsmith extract NOTES --format jsonl --explain` shows what was rejected, and why"
            raise CardsmithError.at(str(paths[0]), "try-nothing", message, hint)
        for name, content in album.content.items():
            write_bytes(project.root / name, content)
        out.mkdir(parents=True, exist_ok=True)
        (built,), _ = build_trial(project, (), out.resolve())
        view = View(project, list(project.topics.topics), (), {excerpt.id: excerpt for excerpt in excerpts})
        for name, content in static_site(view).items():
            write_bytes(out / name, content)
    return Tried(built, out / "index.html", remarks.notes)


def _common_folder(paths: Sequence[Path]) -> Path:
    """Return the folder in which notes without a project find their pictures: this one, or that of all of them."""
    here = Path.cwd().resolve()
    folders = [path.resolve() if path.is_dir() else path.resolve().parent for path in paths]
    if all(folder.is_relative_to(here) for folder in folders):
        return here
    return Path(os.path.commonpath(folders))
