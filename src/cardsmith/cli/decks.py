"""The commands around the curated files: compare them, describe them to editors. ``cli`` adds them to the others."""

import os
import sys
from pathlib import Path
from typing import Literal

import click

from cardsmith.cli.printing import say, say_colours, say_file, say_json, say_lines, typed

_NEXT = (
    ("cardsmith extract", "drafts of cards, which do not ship"),
    ("cardsmith review", "accept, edit or reject each"),
    ("cardsmith build", "a package of what is accepted, for Anki"),
)


def _root(context: click.Context) -> Path:
    from cardsmith.decks.project import find_root

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
    from cardsmith.diff.compare import read_difference
    from cardsmith.diff.effects import effects

    difference = read_difference(_root(context), revisions)
    found = effects(difference)
    if output_format == "json":
        from cardsmith.diff.as_text import as_data

        say_json(as_data(difference, found), 1)
    elif output_format == "markdown":
        from cardsmith.diff.as_markdown import emit_markdown

        say_lines(emit_markdown(difference, found))
    elif output_format == "html":
        from cardsmith.diff.as_html import emit_html

        say_file(emit_html(difference, found))
    else:
        from cardsmith.diff.as_text import emit_text

        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        say_colours(emit_text(difference, found, colour=colour), colour=colour)


@click.command()
@click.argument("name", type=click.Choice(["deck", "topics"]), default="deck")
@click.option(
    "--write",
    is_flag=True,
    help="Write both schemas into decks/, and the line that names them into each deck.",
)
@click.option(
    "--check", "only_check", is_flag=True, help="Exit 1 when a schema in decks/ is missing or out of date."
)
@click.pass_context
def schema(context: click.Context, name: str, write: bool, only_check: bool) -> None:
    """Print the JSON Schema of deck files, by which editors complete and explain keys.

    \b
    Example:
      cardsmith schema             of decks/<topic>/<article>.yaml
      cardsmith schema topics      of decks/topics.yaml
      cardsmith schema --write     decks/deck.schema.json and decks/topics.schema.json
    """
    from cardsmith.decks.schema import DECK_SCHEMA, TOPICS_SCHEMA, schemas

    if not write and not only_check:
        say_file(schemas()[DECK_SCHEMA if name == "deck" else TOPICS_SCHEMA])
        return
    from cardsmith.decks.project import TOPICS_FILE, read_project
    from cardsmith.decks.schema import with_modeline
    from cardsmith.errors import CardsmithError, Problem
    from cardsmith.files import inside, read_text
    from cardsmith.journal import Edit
    from cardsmith.writing import changed_meanwhile, sole_writer

    root = _root(context)
    texts = schemas()
    stale = [path for path, text in texts.items() if _text_of(inside(root, path)) != text]
    if only_check and stale:
        hint = "run `cardsmith schema --write` and commit the result"
        raise CardsmithError(
            Problem(path, 0, 0, "schema-drift", "not what the model says", hint) for path in stale
        )
    if write:
        topics = read_text(inside(root, TOPICS_FILE), TOPICS_FILE)
        headed = {deck.path: (deck.text, "../deck.schema.json") for deck in read_project(root).decks}
        headed[TOPICS_FILE] = (topics, "topics.schema.json")
        edits = [
            Edit(path, text, new)
            for path, (text, name) in headed.items()
            if (new := with_modeline(text, name)) is not None
        ]
        if not stale and not edits:
            return
        with sole_writer(root) as writer:
            for path in stale:
                writer.write(path, texts[path], durable=True)
            changed = [edit.name for edit in edits if not writer.change(edit)]
        for path in [*stale, *(edit.name for edit in edits if edit.name not in changed)]:
            say(path)
        if changed:
            raise CardsmithError(map(changed_meanwhile, changed))


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option(
    "--from",
    "notes",
    type=click.Path(path_type=Path),
    metavar="NOTES",
    help="Your notes, a folder or a file: the project goes around them, or with a FOLDER of its own copies them.",
)
@click.option(
    "--topic", default="notes", show_default=True, help="The first topic's name: its folder under decks/."
)
@click.option(
    "--title",
    default="",
    help="Its title, as learners see it. [default: the name of the notes, or the topic's]",
)
@click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    help="Of the example that is laid down. [default: the title's]",
)
@click.option(
    "--requires",
    metavar="REQ",
    help="What the workflow installs as cardsmith, for pip. [default: what this one was installed from]",
)
def init(
    folder: Path | None,
    notes: Path | None,
    topic: str,
    title: str,
    language: Literal["zh", "en"] | None,
    requires: str | None,
) -> None:
    """Begin a project: around your notes, or with an example; and what a repository needs to review cards.

    What is there already is kept. The result passes `check` and `build` at once.
    It gets a name of its own (`project:` in decks/topics.yaml), which keeps its cards apart from all others'.

    \b
    Example:
      cardsmith init --from my-notes              in the folder of your notes
      cardsmith init my-cards --from my-notes     in a new folder, with copies of them
      cardsmith init my-cards --topic llm --title 大语言模型
      cardsmith init --requires 'cardsmith @ git+https://HOST/OWNER/cardsmith@COMMIT'
    """
    from cardsmith.starter.kit import COPIES, lay_down
    from cardsmith.text.names import fit_title

    if notes and not folder and not notes.is_dir():
        raise click.UsageError("name a folder for the project as well: cardsmith init my-cards --from NOTES")
    root = folder or notes or Path()
    if notes and not title:
        title = fit_title(notes.resolve().stem)
    laid = lay_down(root, topic, requires, title, language, notes)
    copied = [path for path, is_written in laid if path.startswith(f"{COPIES}/") and is_written]
    for path, is_written in laid:
        if path not in copied:
            say(f"{'wrote' if is_written else 'kept '} {root / path}")
    if copied:
        say(f"copied {len(copied)} files of {notes} to {root / COPIES}; from now on these are read", err=True)
    say("next:" if notes else "next: put notes into seeds/, then", err=True)
    here = [] if root.resolve() == Path.cwd() else [(typed("cd", str(root)), "")]
    for command, meaning in (*here, *_NEXT):
        say(f"  {command:<19}{meaning}".rstrip(), err=True)


@click.command()
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 when something would change."
)
@click.pass_context
def fmt(context: click.Context, only_check: bool) -> None:
    """Bring the deck files into canonical form: field order, blocks, blank lines. Keeps every comment and word.

    \b
    Example:
      cardsmith fmt
      cardsmith fmt --check    in CI: is everything formatted?
    """
    from cardsmith.decks.project import read_project
    from cardsmith.decks.tidy import format_decks

    project = read_project(_root(context))
    changed = format_decks(project, write=not only_check)
    for path in changed:
        say(path)
    project.whole()
    if only_check and changed:
        raise click.exceptions.Exit(1)


@click.command()
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="How to print.",
)
@click.pass_context
def stats(context: click.Context, output_format: str) -> None:
    """Count articles, cards and drafts by topic, and cards by kind.

    \b
    Example:
      cardsmith stats --format json
      cardsmith stats --format markdown    the table of the README
    """
    from collections import Counter

    from cardsmith.decks.project import read_project
    from cardsmith.model import KINDS
    from cardsmith.text.github import one_line

    project = read_project(_root(context)).whole()
    rows = []
    for topic in project.topics.topics:
        decks = [deck for deck in project.decks if deck.topic == topic]
        kinds = Counter(e.card.kind for deck in decks for e in deck.only(drafts=False).entries)
        drafts = sum(entry.card.draft for deck in decks for entry in deck.entries)
        counts = {"articles": len(decks), "cards": kinds.total(), "drafts": drafts}
        rows.append({"topic": topic} | counts | {kind: kinds[kind] for kind in KINDS})
    if output_format == "json":
        say_json(rows)
        return
    if output_format == "markdown":
        counted = ["articles", "cards"] + ["drafts"] * any(row["drafts"] for row in rows)
        say(f"| topic | | {' | '.join(counted)} |")
        say(f"|---|---|{'---|' * len(counted)}")
        for row in rows:
            title = one_line(project.topics.topics[str(row["topic"])].title, 100)
            say(f"| `{row['topic']}` | {title} | {' | '.join(str(row[name]) for name in counted)} |")
        return
    head = list(rows[0]) if rows else []
    say("  ".join(f"{name:>11}" for name in head))
    for row in rows:
        say("  ".join(f"{value:>11}" for value in row.values()))


COMMANDS = (init, diff, schema, fmt, stats)
"""In the order in which they are added."""
