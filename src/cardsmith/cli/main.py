"""The command line: parse, call the pipeline, print, choose the exit code. Nothing else prints, but the other groups.

Exit codes: 0 fine, 1 problems found, 2 wrong usage, 70 a bug of cardsmith. Results go to stdout, messages to stderr.
Everything heavy is imported inside the commands, so that ``--help`` and ``--version`` are immediate.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from cardsmith import __version__
from cardsmith.cli import decisions as cli_decisions
from cardsmith.cli import decks as cli_decks
from cardsmith.cli import packages as cli_packages
from cardsmith.cli import pages as cli_pages
from cardsmith.cli.doctor import doctor
from cardsmith.cli.printing import print_problems, say, say_json, say_lines, traceback, waiting
from cardsmith.errors import CardsmithError

CONTEXT = {"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "CARDSMITH", "max_content_width": 100}
DEBUG = "cardsmith.debug"
"""Where the choice of ``--debug`` is kept for the commands."""
FORMATS = click.Choice(["text", "json", "github"])


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="cardsmith")
@click.option(
    "--project",
    type=click.Path(file_okay=False, path_type=Path),
    help="The project's folder. [default: the nearest one above that holds decks/topics.yaml]",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def main(context: click.Context, project: Path | None, debug: bool) -> None:
    """Turn technical notes into Anki decks that last.

    \b
    Example:
      cardsmith extract            propose cards from seeds/ into decks/
      cardsmith check              find what is wrong with them
      cardsmith build --topic llm  write dist/llm.apkg for Anki
    """
    context.obj = project
    context.meta[DEBUG] = debug


def reports_problems(command: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a command so that problems are printed for people and end in exit code 1 (2 for an unknown topic)."""

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> None:
        is_debug = click.get_current_context().meta.get(DEBUG, False)
        try:
            command(*args, **options)
        except CardsmithError as error:
            if is_debug:
                say_lines(traceback(error), err=True)
            print_problems(error.problems, options.get("output_format", "text"))
            usage = all(problem.code in ("unknown-topic", "no-project") for problem in error.problems)
            raise click.exceptions.Exit(2 if usage else 1) from None
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - a bug is told as one
            if is_debug:
                say_lines(traceback(error), err=True)
            name = type(error).__name__
            say(f"this is a bug in cardsmith: {name}: {error}, run again with --debug", err=True)
            raise click.exceptions.Exit(70) from None

    return wrapped


def _open_project(context: click.Context) -> Any:
    from cardsmith.decks.project import find_root, read_project

    return read_project(context.obj or find_root(Path.cwd()))


@main.command()
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
@click.pass_context
@reports_problems
def extract(
    context: click.Context,
    paths: tuple[Path, ...],
    topics: tuple[str, ...],
    only_check: bool,
    output_format: str,
    explain: bool,
    jobs: int,
) -> None:
    """Propose cards from notes into decks/, as drafts. Never touches what a person wrote, edited, accepted or deleted.

    \b
    Example:
      cardsmith extract                          all of seeds/
      cardsmith extract notes/attention.md       one file
      cardsmith extract --check                  in CI: is everything proposed?
      cardsmith extract notes/ --format jsonl    only print the candidates
    """
    from cardsmith.sources.reading import Remarks

    remarks = Remarks()
    if output_format == "jsonl":
        from cardsmith.extract.candidates import extract_all

        root = Path.cwd() if paths else _open_project(context).root
        _print_candidates(extract_all(_read(paths, root, remarks), jobs), explain=explain)
        _print_remarks(remarks)
        return
    from cardsmith import pipeline
    from cardsmith.propose.proposals import notices

    project = _open_project(context)
    proposed = pipeline.extract(project, paths, topics, jobs=jobs, write=not only_check, remarks=remarks)
    _print_remarks(remarks)
    for item in proposed:
        added, refreshed = len(item.plan.added), len(item.plan.refreshed)
        if item.changes:
            say(f"{item.path}: {added} new drafts, {refreshed} refreshed")
    for path, notice in notices(proposed):
        say(f"{path}: {notice.card}: {_NOTICES[notice.kind]}")
    for item in proposed:
        for lost in item.vanished:
            place = f"{item.path}:{lost.entry.marks['quote'].line}"
            say(f"{place}: {lost.entry.card.id}: the article no longer has its quote")
            near = f"now: {lost.nearest}" if lost.nearest else "nothing there resembles it"
            say(f"  {lost.place.file}:{lost.place.line}: {near}")
    is_silent = all(item.remembers_only for item in proposed)
    if is_silent:
        say("nothing to propose: the decks have it all", err=True)
    cli_decisions.advise_migration(context)
    if only_check and not is_silent:
        raise click.exceptions.Exit(1)


_NOTICES = {
    "edited": "was edited; the extractor now proposes something else (run with --format jsonl to see it)",
    "blocked": "has a comment inside or another layout; the extractor would refresh it",
    "withdrawn": "is no longer proposed; keep or delete it",
}


def _read(paths: tuple[Path, ...], root: Path, remarks: Any) -> Any:
    from cardsmith.sources.reading import read_sources

    return read_sources(paths or [root / "seeds"], root, remarks=remarks)


NAMED = 5
"""Files of one fault that are named; the others are counted."""
_SKIPPED = {
    "source-empty": "skipped: empty",
    "source-binary": "skipped: no text",
    "source-too-long": "skipped: too large",
    "source-outside": "skipped: links that leave the folder",
    "source-missing": "skipped: not there",
    "source-none": "skipped: no notes in it",
    "not-utf8": "skipped: in no encoding that we know",
    "unreadable": "skipped: cannot be read",
}


def _print_remarks(remarks: Any) -> None:
    """Say in one table what of the notes was not read, and what as another encoding than UTF-8."""
    by_fault: dict[str, list[str]] = {}
    for problem in remarks.skipped:
        by_fault.setdefault(_SKIPPED[problem.code], []).append(problem.path)
    for name, encoding in remarks.encodings.items():
        by_fault.setdefault(f"read as {encoding.upper()}", []).append(name)
    for fault, paths in by_fault.items():
        more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
        say(f"{len(paths):>5} {fault}: {', '.join(paths[:NAMED])}{more}", err=True)


def _print_candidates(extractions: Iterable[Any], *, explain: bool) -> None:
    from cardsmith.extract.worth import explain as explain_worth

    for extraction in extractions:
        place, text = extraction.excerpt.places[0], extraction.excerpt.text
        rows = [(candidate, None) for candidate in extraction.candidates]
        rows += [(dropped.candidate, dropped.reason) for dropped in extraction.rejected if explain]
        for candidate, reason in rows:
            row = {
                "excerpt": candidate.excerpt,
                "file": place.file,
                "line": place.line,
                "kind": "enumeration" if candidate.kind == "progression" else candidate.kind,
                "ordered": candidate.kind == "progression",
                "term": candidate.term,
                "aliases": candidate.aliases,
                "front": candidate.front,
                "back": candidate.back,
                "text": candidate.text or None,
                "evidence": candidate.quote,
                "span": candidate.span,
                "file_span": [offset + place.offset for offset in candidate.span],
                "quote_line": place.line + text.count("\n", 0, candidate.span.start),
                "quote_column": candidate.span.start - text.rfind("\n", 0, candidate.span.start),
                "rule": candidate.rule,
                "score": candidate.score,
                "flags": candidate.flags,
            }
            if explain:
                row["weighed"] = explain_worth(extraction.excerpt, candidate.span)
            say_json(row | ({"rejected": reason} if reason else {}))


@main.command()
@click.option("--format", "output_format", type=FORMATS, default="text", help="How to print problems.")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--fix", is_flag=True, help="First apply the fixes that cannot change a card's meaning.")
@click.pass_context
@reports_problems
def check(context: click.Context, output_format: str, strict: bool, fix: bool) -> None:
    """Find everything that is wrong with the decks, each with its place and what to do.

    \b
    Example:
      cardsmith check                    errors fail, warnings do not; docs/checks.md explains each code
      cardsmith check --fix
      cardsmith check --format github    annotations on a pull request
    """
    from collections import Counter

    from cardsmith import pipeline
    from cardsmith.decks.tidy import fix_decks

    project = _open_project(context)
    if fix and (fixed := fix_decks(project)):
        for line in fixed:
            say(line, err=True)
        project = _open_project(context)
    nouns = {"error": "error", "warning": "warning", "advice": "remark"}
    problems = sorted(pipeline.check(project), key=lambda problem: [*nouns].index(problem.severity))
    print_problems(problems, output_format)
    counts: Counter[str] = Counter(problem.severity for problem in problems)
    drafts = len(project.drafts())
    cards = sum(len(deck.entries) for deck in project.decks) - drafts
    said = [
        f"{counts[rank]} {noun}{'s' * (counts[rank] != 1)}" for rank, noun in nouns.items() if counts[rank]
    ]
    also = f", {waiting(drafts)}" if drafts else ""
    found = ", ".join(said) or "no problems"
    say(f"{cards} cards in {len(project.decks)} articles: {found}{also}", err=True)
    if counts["error"] or (strict and counts["warning"]):
        raise click.exceptions.Exit(1)


for _command in (
    *cli_packages.COMMANDS,
    *cli_decisions.COMMANDS,
    *cli_decks.COMMANDS,
    *cli_pages.COMMANDS,
    doctor,
):
    _command.callback = reports_problems(_command.callback or _command)
    main.add_command(_command)
