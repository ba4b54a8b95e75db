"""The commands that read notes: ``extract`` and ``try``."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cardsmith.cli.decisions import advise_migration
from cardsmith.cli.printing import counted, say, say_json, typed


def _open_project(context: click.Context) -> Any:
    from cardsmith.decks.project import find_root, read_project

    return read_project(context.obj or find_root(Path.cwd()))


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--topic", "topics", multiple=True, metavar="TOPIC", help="Only articles of this topic (repeatable)."
)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 when something would change."
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    help="jsonl: write nothing, print each candidate as one JSON object a line.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="With jsonl: print rejected candidates too, each with its reason, and what weighed.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help="How many processes to use.")
@click.option("--quiet", is_flag=True, help="Print only what needs somebody: no table, no total.")
@click.pass_context
def extract(
    context: click.Context,
    paths: tuple[Path, ...],
    topics: tuple[str, ...],
    only_check: bool,
    output_format: str,
    explain: bool,
    jobs: int,
    quiet: bool,
) -> None:
    """Propose cards from notes into decks/, as drafts. Never touches what a person wrote, edited, accepted or deleted.

    \b
    Example:
      cardsmith extract                          seeds/, and what `sources:` of the topics names
      cardsmith extract notes/attention.md       one file
      cardsmith extract --check                  in CI: is everything proposed?
      cardsmith extract notes/ --format jsonl    only print the candidates
    """
    from cardsmith.sources.reading import Remarks

    remarks = Remarks()
    if output_format == "jsonl":
        from cardsmith.extract.candidates import extract_all

        root = Path.cwd() if paths else _open_project(context).root
        found = extract_all(_read(paths, root, remarks), jobs, authored=_authored(context))
        _print_candidates(found, root, explain=explain)
        print_remarks(remarks)
        return
    from cardsmith import pipeline

    project = _open_project(context)
    with counted("extracting") as progress:
        proposed = pipeline.extract(
            project, paths, topics, jobs=jobs, write=not only_check, remarks=remarks, progress=progress
        )
    print_remarks(remarks)
    if not quiet:
        for item in (item for item in proposed if item.changes or item.media):
            say(written(item))
    print_notices(proposed)
    is_silent = all(item.remembers_only for item in proposed)
    if is_silent:
        say("nothing to propose: the decks have it all", err=True)
    elif not quiet:
        say(_total(remarks.notes, proposed), err=True)
    advise_migration(context)
    if only_check and not is_silent:
        raise click.exceptions.Exit(1)


def written(item: Any) -> str:
    """Return what was written of a note, in a line."""
    filed = f", new from {item.note} ({item.filed})" if item.filed else ""
    pictures = f", {len(item.media)} pictures" if item.media else ""
    return f"{item.path}: {len(item.plan.added)} new drafts, {len(item.plan.refreshed)} refreshed{pictures}{filed}"


def _total(notes: int, proposed: Sequence[Any]) -> str:
    plans = [item.plan for item in proposed if item.changes]
    added, refreshed = (
        sum(map(len, cards)) for cards in ([p.added for p in plans], [p.refreshed for p in plans])
    )
    return f"{notes} notes read: {added} new drafts and {refreshed} refreshed, in {len(plans)} deck files"


def print_notices(proposed: Sequence[Any]) -> None:
    """Say what the machine leaves to people."""
    from cardsmith.propose.proposals import notices

    for path, notice in notices(proposed):
        say(f"{path}: {notice.card}: {_NOTICES[notice.kind]}")
    for item in proposed:
        for lost in item.vanished:
            place = f"{item.path}:{lost.entry.marks['quote'].line}"
            say(f"{place}: {lost.entry.card.id}: the note no longer has its quote")
            near = f"now: {lost.nearest}" if lost.nearest else "nothing there resembles it"
            say(f"  {lost.place}: {near}")


_NOTICES = {
    "edited": "was edited; the extractor now proposes something else (run with --format jsonl to see it)",
    "blocked": "has a comment inside or another layout; the extractor would refresh it",
    "withdrawn": "is no longer proposed; keep or delete it",
}


def _authored(context: click.Context) -> Any:
    """Return how the authors of this project's notes write cards; outside of projects how most do."""
    from cardsmith.authoring import Authored
    from cardsmith.errors import CardsmithError

    try:
        return _open_project(context).topics.authored
    except CardsmithError as error:
        if all(problem.code == "no-project" for problem in error.problems):
            return Authored()
        raise


def _read(paths: tuple[Path, ...], root: Path, remarks: Any) -> Any:
    from cardsmith.sources.reading import read_sources

    return read_sources(paths or [root / "seeds"], root, remarks=remarks)


NAMED = 5
"""Files of one fault that are named; the others are counted."""
_SKIPPED: Mapping[str, str] = {
    "source-empty": "skipped: empty",
    "source-binary": "skipped: no text",
    "source-outside": "skipped: links that leave the folder",
    "source-missing": "skipped: not there",
    "source-none": "skipped: no notes in it",
    "note-nowhere": "skipped: belongs to no topic",
    "not-utf8": "skipped: in no encoding that we know",
    "unreadable": "skipped: cannot be read",
}
"""Faults of one word; of any other the table says what it is and what to do."""
_LEFT_OUT = {
    "picture-missing": "left out: pictures not found",
    "picture-outside": "left out: pictures outside the project",
    "picture-unfit": "left out: pictures that no card can show",
    "picture-remote": "left out: pictures on the net (save them beside the note)",
}


def _told(problem: Any) -> str:
    """Return what is wrong with a picture; one on the net needs no reason."""
    if problem.code == "picture-remote":
        return f"{problem.path}:{problem.line}"
    return f"{problem.path}:{problem.line} ({problem.message}; {problem.hint})"


def print_remarks(remarks: Any) -> None:
    """Say in one table what of the notes was not read, and what as another encoding than UTF-8."""
    by_fault: dict[str, list[str]] = {}
    for problem in remarks.skipped:
        to_do = problem.hint and f"; {problem.hint}"
        fault = _SKIPPED.get(problem.code) or f"skipped: {problem.message}{to_do}"
        place = f"{problem.path}:{problem.line}" if problem.line else problem.path
        by_fault.setdefault(fault, []).append(place)
    for name, encoding in remarks.encodings.items():
        by_fault.setdefault(f"read as {encoding.upper()}", []).append(name)
    for problem in remarks.pictures:
        by_fault.setdefault(_LEFT_OUT[problem.code], []).append(_told(problem))
    for fault, paths in by_fault.items():
        more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
        say(f"{len(paths):>5} {fault}: {', '.join(paths[:NAMED])}{more}", err=True)
    if nowhere := next((problem for problem in remarks.skipped if problem.code == "note-nowhere"), None):
        say(f"      {nowhere.hint}", err=True)


def _path(found: Any, root: Path) -> str | None:
    """Return where a picture's file is in the project; None for one that was not found."""
    return found.relative_to(root).as_posix() if isinstance(found, Path) else None


def _print_candidates(extractions: Iterable[Any], root: Path, *, explain: bool) -> None:
    from cardsmith.extract.worth import explain as explain_worth
    from cardsmith.model import Span
    from cardsmith.sources.picture_files import Finder

    finder = Finder(root)
    for extraction in extractions:
        place, text = extraction.excerpt.places[0], extraction.excerpt.text
        rows = [(candidate, None) for candidate in extraction.candidates]
        rows += [(dropped.candidate, dropped.reason) for dropped in extraction.rejected if explain]
        for candidate, reason in rows:
            row = {
                "excerpt": candidate.excerpt,
                "file": place.file,
                "line": None if place.parts else place.line,
                "place": str(place.at(text, candidate.span.start)),
                "kind": "enumeration" if candidate.kind == "progression" else candidate.kind,
                "ordered": candidate.kind == "progression",
                "term": candidate.term,
                "aliases": candidate.aliases,
                "front": candidate.front,
                "back": candidate.back,
                "text": candidate.text or None,
                "reverse": candidate.reverse,
                "evidence": candidate.quote,
                "span": candidate.span,
                "file_span": None if place.parts else [offset + place.offset for offset in candidate.span],
                "quote_line": None if place.parts else place.line + text.count("\n", 0, candidate.span.start),
                "quote_column": candidate.span.start - text.rfind("\n", 0, candidate.span.start),
                "rule": candidate.rule,
                "pictures": [
                    {
                        "path": _path(finder.find(picture, place.file), finder.root),
                        "address": picture.address,
                        "alt": picture.alt,
                        "credit": picture.credit,
                        "line": extraction.excerpt.place_at(picture.span.start).line,
                    }
                    for picture in candidate.pictures
                ],
                "score": candidate.score,
                "flags": candidate.flags,
            }
            if explain:
                start, section = extraction.excerpt.section_at(candidate.span.start)
                row["weighed"] = explain_worth(section, Span(*(offset - start for offset in candidate.span)))
            say_json(row | ({"rejected": reason} if reason else {}))


@click.command("try")
@click.argument("notes", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cardsmith-try"),
    show_default=True,
    help="Where package and page go.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help="How many processes to use.")
def try_(notes: tuple[Path, ...], out: Path, jobs: int) -> None:
    """See what cards notes make: a package for Anki and a page for the browser. No project, nothing to set up.

    \b
    Example:
      cardsmith try attention.md
      cardsmith try my-notes/ --out trial
    """
    from cardsmith import pipeline
    from cardsmith.sources.reading import Remarks

    remarks = Remarks()
    with counted("extracting") as progress:
        tried = pipeline.try_out(notes, out, jobs=jobs, remarks=remarks, progress=progress)
    print_remarks(remarks)
    cards = len(tried.built.notes)
    say(
        f"{out / tried.built.path.name}: {cards} trial cards from {tried.notes} notes; Anki's File → Import takes it"
    )
    say(f"{tried.page}: the same cards in the browser")
    folder = [] if notes[0].is_dir() else ["my-cards"]
    begin = typed("cardsmith", "init", *folder, "--from", str(notes[0]))
    say(f"keep them: {begin}", err=True)


COMMANDS = (extract, try_)
"""In the order in which they are added."""
