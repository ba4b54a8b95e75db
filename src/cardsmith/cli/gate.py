"""The command that holds cards of anybody against their notes. ``cli`` adds it to the others."""

import sys
from pathlib import Path
from typing import Any

import click

from cardsmith.cli.printing import say, say_annotation, say_json


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.argument("notes", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="json: one list of all verdicts; github: annotations of what is refused.",
)
@click.option("--explain", is_flag=True, help="Print every reason, and what a reviewer should look at.")
@click.pass_context
def gate(
    context: click.Context, file: Path, notes: tuple[Path, ...], output_format: str, explain: bool
) -> None:
    """Let only cards pass that their quotes prove, whoever made them: JSON lines, or a deck file.

    A line is {"source": "notes/raft.md", "quote": …, "front": …, "back": …} or has "text" with {{c1::…}} instead of both.
    Cards that pass go to stdout as JSON lines, with the source's own characters for their quotes; what is refused goes to
    stderr, and the exit code is 1. docs/verifier.md explains each code.

    \b
    Example:
      cardsmith gate cards.jsonl > proved.jsonl
      cardsmith gate cards.jsonl notes/raft.md --explain
      my-generator notes/ | cardsmith gate - --format github
    """
    from cardsmith import pipeline
    from cardsmith.files import read_text

    project = None if notes else _project(context)
    name = "-" if str(file) == "-" else file.as_posix()
    text = _stdin() if name == "-" else read_text(file, name)
    judged = pipeline.gate(text, name, project, notes, root=context.obj)
    if output_format == "json":
        say_json([_as_data(each) for each in judged], 1)
    for each in judged if output_format != "json" else ():
        place = f"{name}:{each.offered.number}"
        if not each.refusals:
            if output_format == "text":
                say_json(each.as_data())
            for note in each.verdict.notes if explain and each.verdict else ():
                say(f"{place}: note: {note.reason} [{note.code}]", err=True)
            continue
        shown = each.refusals if explain else each.refusals[:1]
        for refusal in shown:
            if output_format == "github":
                where = {"file": name, "line": each.offered.number, "title": refusal.code}
                say_annotation("error", where, refusal.reason)
            else:
                say(f"{place}: refused: {refusal.reason} [{refusal.code}]", err=True)
        if explain and output_format == "text" and each.offered.claim:
            claim = each.offered.claim
            say(f"  card: {claim.front or claim.text} | {claim.back}", err=True)
        elif len(each.refusals) > 1 and output_format == "text" and not explain:
            say(f"  and {len(each.refusals) - 1} more: --explain prints them", err=True)
    refused = sum(bool(each.refusals) for each in judged)
    say(f"{len(judged) - refused} of {len(judged)} cards pass, {refused} refused", err=True)
    if refused:
        raise click.exceptions.Exit(1)


def _project(context: click.Context) -> Any:
    from cardsmith.decks.project import find_root, read_project

    return read_project(context.obj or find_root(Path.cwd()))


def _stdin() -> str:
    from cardsmith.errors import CardsmithError
    from cardsmith.verify.offered import MAX_BYTES

    raw = sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise CardsmithError.at("-", "not-utf8", "what was piped in is not UTF-8", "send UTF-8") from None


def _as_data(judged: Any) -> dict[str, Any]:
    """Return a verdict for other programs."""
    found: dict[str, Any] = {"line": judged.offered.number, "passed": not judged.refusals}
    found["refusals"] = [refusal._asdict() for refusal in judged.refusals]
    found["notes"] = [note._asdict() for note in judged.verdict.notes] if judged.verdict else []
    return found | ({"card": judged.as_data()} if not judged.refusals else {})


COMMANDS = (gate,)
"""In the order in which they are added."""
