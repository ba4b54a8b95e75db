"""The commands that make what learners import: build packages, release them. ``cli`` adds them to the others."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import click

from cardsmith.cli.printing import print_problems, say, waiting
from cardsmith.errors import CardsmithError


def _open_project(context: click.Context) -> Any:
    from cardsmith.decks.project import find_root, read_project

    return read_project(context.obj or find_root(Path.cwd()))


RETIRE = click.option(
    "--retire",
    is_flag=True,
    help="Let learners lose more than a tenth of a topic's released cards, or whole articles.",
)


@click.command()
@click.option("--topic", "topics", multiple=True, metavar="TOPIC", help="Only this topic (repeatable).")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write. [default: dist/ in the project]"
)
@click.option("--locked", is_flag=True, help="Fail unless every card is exactly as it was released.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["apkg", "tsv", "json"]),
    default="apkg",
    help="apkg: for File → Import; tsv: Anki's text format, updates what an apkg brought; json: for other tools.",
)
@click.option(
    "--drafts", is_flag=True, help="Only what nobody has accepted yet, as decks of its own, for trying."
)
@RETIRE
@click.pass_context
def build(
    context: click.Context,
    topics: tuple[str, ...],
    out: Path | None,
    locked: bool,
    output_format: Any,
    drafts: bool,
    retire: bool,
) -> None:
    """Build one Anki package a topic: dist/<topic>.apkg. Import it into Anki; later builds update it in place.

    Drafts are left out. With --drafts only they are built, into decks that no release touches: reviews made there do
    not carry over.

    \b
    Example:
      cardsmith build --topic llm
      cardsmith build --out /tmp/decks
      cardsmith build --locked          prove that this is what was released
      cardsmith build --drafts          how would the proposals look?
    """
    from cardsmith import pipeline

    project = _open_project(context)
    if drafts:
        if locked or retire:
            raise click.UsageError(
                "--drafts builds what was never released: it takes no --locked and no --retire"
            )
        _build_trial(project, topics, out, output_format)
        return
    built = pipeline.build(project, topics, out, locked=locked, output_format=output_format, retire=retire)
    _print_built(built)
    _print_waiting(project, topics, built)


def _build_trial(project: Any, topics: tuple[str, ...], out: Path | None, output_format: Any) -> None:
    from cardsmith.release.trial import WARNING, build_trial

    built, problems = build_trial(project, topics, out or project.file("dist"), output_format=output_format)
    print_problems(problems)
    _print_built(built)
    if any(package.notes for package in built):
        say(WARNING, err=True)
    elif not problems:
        say("0 drafts: everything is decided", err=True)


def _print_waiting(project: Any, topics: Collection[str], built: Iterable[Any]) -> None:
    """Say what does not ship because nobody has decided on it."""
    from collections import Counter

    full = {package.topic for package in built if package.notes}
    drafts = Counter(deck.topic for deck in project.decks for e in deck.entries if e.card.draft)
    for topic in (name for name in drafts if name in (topics or drafts)):
        none = "" if topic in full else "0 cards, "
        say(f"{topic}: {none}{waiting(drafts[topic])}", err=bool(topic in full))


def _print_built(packages: Iterable[Any]) -> None:
    for built in packages:
        if not built.notes:
            say(f"{built.path}: removed, the topic {built.topic} has no notes any more")
            continue
        counts = ", ".join(
            f"{built.count(status)} {status}" for status in ("new", "changed", "retired", "unchanged")
        )
        notes = len(built.notes) - built.count("retired")
        say(f"{built.path}: {notes} notes, {built.cards} cards ({counts}), {built.size / 1000:.0f} kB")


@click.command()
@click.option(
    "--branch", metavar="NAME", help="Where releases are made. [default: origin's default branch, else main]"
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where packages go. [default: dist/ in the project]"
)
@RETIRE
@click.pass_context
def release(context: click.Context, branch: str | None, out: Path | None, retire: bool) -> None:
    """Give the decks to learners: check, stamp decks/released.json, build, write dist/release-notes.md.

    Run it on the main branch only, and commit decks/released.json. After a merge of two releases it keeps the later
    line of each card.

    \b
    Example:
      cardsmith release && git add decks/released.json && git commit -m "Release decks"
    """
    from cardsmith import pipeline
    from cardsmith.decks.project import RELEASED_FILE
    from cardsmith.git import require_branch

    project = _open_project(context)
    if not require_branch(project.root, branch):
        unguarded = "nothing guards the branch: no git with a main branch here; keep decks/released.json safe yourself"
        say(unguarded, err=True)
    problems = pipeline.check(project)
    if any(problem.severity == "error" and problem.code != "released-conflict" for problem in problems):
        raise CardsmithError(problems)  # a conflict in the record is what a release settles
    is_first = not project.file(RELEASED_FILE).exists()
    made = pipeline.release(project, out, retire=retire)
    _print_built(made.built)
    _print_waiting(project, (), made.built)
    for built in made.built:
        for item in built.notes:
            if not item.released:
                say(f"{item.status}: {item.note.card_id}")
    say(f"{made.notes_path}: what changes for learners", err=True)
    say(f"{len(made.records)} cards recorded in decks/released.json", err=True)
    if is_first and not project.topics.project:
        from cardsmith.starter.kit import project_name

        name = project_name(project.root, next(iter(project.topics.topics), "cards"))
        say(_UNNAMED.format(name=name), err=True)


_UNNAMED = """\
advice: this project has no name, so a learner who has another nameless project's card with the same id keeps one
note for both: each import replaces the other's text. A name can be given only while nobody has imported anything:
delete decks/released.json, write `project: {name}` at the top of decks/topics.yaml, and release again."""


COMMANDS = (build, release)
"""In the order in which they are added."""
