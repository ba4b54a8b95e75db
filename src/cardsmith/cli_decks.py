"""The commands around the curated files: compare them, describe them to editors. ``cli`` adds them to the others."""

import os
import sys
from pathlib import Path

import click


def _root(context: click.Context) -> Path:
    from cardsmith.project import find_root

    named: Path | None = context.obj
    return named or find_root(Path.cwd())


@click.command()
@click.argument("revisions", metavar="[REV[..REV]]", default="HEAD")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "markdown", "html", "json"]),
    default="text",
    help="markdown is GitHub's, with its formulas; html shows the cards as Anki does.",
)
@click.pass_context
def diff(context: click.Context, revisions: str, output_format: str) -> None:
    """Compare decks card by card, word by word, and say what it does to learners.

    Between two revisions (A..B; A...B since they parted), or one (HEAD by default) and the working tree.

    \b
    Example:
      cardsmith diff                                   what did I change?
      cardsmith diff main...HEAD --format markdown     for a pull request
      cardsmith diff v1.2 --format html > diff.html    as Anki shows it
    """
    from cardsmith.difference import read_difference
    from cardsmith.effects import effects

    difference = read_difference(_root(context), revisions)
    found = effects(difference)
    if output_format == "json":
        import json

        from cardsmith.difftext import as_data

        click.echo(json.dumps(as_data(difference, found), ensure_ascii=False, indent=1))
    elif output_format == "markdown":
        from cardsmith.diffmarkdown import emit_markdown

        click.echo(emit_markdown(difference, found), nl=False)
    elif output_format == "html":
        from cardsmith.diffhtml import emit_html

        click.echo(emit_html(difference, found), nl=False)
    else:
        from cardsmith.difftext import emit_text

        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        click.echo(emit_text(difference, found, colour=colour), nl=False, color=colour)


COMMANDS = (diff,)
"""In the order in which they are added."""
