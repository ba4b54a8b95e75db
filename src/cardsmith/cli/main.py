"""The command line: parse, call the pipeline, print, choose the exit code. Nothing else prints, but the other groups.

Exit codes: 0 fine, 1 problems found, 2 wrong usage, 70 a bug of cardsmith. Results go to stdout, messages to stderr.
Everything heavy is imported inside the commands, so that ``--help`` and ``--version`` are immediate.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from cardsmith import __version__
from cardsmith.cli import decisions as cli_decisions
from cardsmith.cli import decks as cli_decks
from cardsmith.cli import draft as cli_draft
from cardsmith.cli import gate as cli_gate
from cardsmith.cli import notes as cli_notes
from cardsmith.cli import packages as cli_packages
from cardsmith.cli import pages as cli_pages
from cardsmith.cli.doctor import doctor
from cardsmith.cli.printing import print_problems, say, say_lines, traceback, waiting
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
      cardsmith extract            propose cards from notes into decks/
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
    from cardsmith.decks.pictures import sweep_unused
    from cardsmith.decks.tidy import fix_decks

    project = _open_project(context)
    if fix and (fixed := [*fix_decks(project), *(f"{name}: deleted" for name in sweep_unused(project))]):
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
    *cli_notes.COMMANDS,
    *cli_draft.COMMANDS,
    *cli_packages.COMMANDS,
    *cli_decisions.COMMANDS,
    *cli_decks.COMMANDS,
    *cli_pages.COMMANDS,
    *cli_gate.COMMANDS,
    doctor,
):
    _command.callback = reports_problems(_command.callback or _command)
    main.add_command(_command)
