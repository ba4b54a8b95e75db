"""The commands that decide: accept and reject drafts, take a decision back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cardsmith.cli.printing import say


def _open_project(context: click.Context, *, settled: bool) -> Any:
    """Return the project; with ``settled``, what a killed writer left is finished or undone first."""
    from cardsmith.decks.project import find_root, read_project
    from cardsmith.writing import settle

    root = context.obj or find_root(Path.cwd())
    if settled:
        settle(root)
    return read_project(root)


def _chooses(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the arguments by which cards are chosen; see ``_choice``."""
    score = click.FloatRange(0, 1)
    for add in reversed(
        [
            click.argument("ids", nargs=-1, metavar="[ID]..."),
            click.option(
                "--article", "articles", multiple=True, metavar="NAME",
                help="Drafts of this deck file: its stem, or topic/stem (repeatable).",
            ),
            click.option(
                "--topic", "topics", multiple=True, metavar="TOPIC", help="Of this topic (repeatable)."
            ),
            click.option(
                "--rule", "rules", multiple=True, metavar="NAME",
                help="That this rule proposed, as the lock has it (repeatable).",
            ),
            click.option("--min", "least", type=score, metavar="SCORE", help="With at least this score, 0 to 1."),
            click.option("--max", "most", type=score, metavar="SCORE", help="With at most this score."),
            click.option("--all", "everything", is_flag=True, help="All drafts that pass the other filters."),
            click.option("--dry-run", is_flag=True, help="Print what would be decided, write nothing."),
        ]
    ):  # fmt: skip
        command = add(command)
    return command


def _choice(given: dict[str, Any]) -> Any:
    """Return which cards are meant; silence means none."""
    from cardsmith.propose.consent import Choice

    if all(value in ((), None) or value is False for value in given.values()):
        message = "say which: ids, or --article, --topic, --rule, --min, --max (all that are given must hold), or --all"
        raise click.UsageError(message)
    del given["everything"]
    return Choice(**given)


def _is_released(project: Any) -> Callable[[str], bool]:
    from cardsmith.decks.project import RELEASED_FILE
    from cardsmith.release.records import have_learners, read_records

    released = read_records(project.file(RELEASED_FILE), settle=True)
    return lambda identity: have_learners(released, identity)


@click.command()
@_chooses
@click.pass_context
def accept(context: click.Context, /, dry_run: bool, **given: Any) -> None:
    """Accept drafts, so that they ship: take the line `draft: true` out of each, and touch no other byte.

    All filters must hold. The ids go to stdout; `cardsmith undo` takes the whole decision back.

    \b
    Example:
      cardsmith accept dpo-reward-9f8e7d             one card
      cardsmith accept --article dpo --min 0.6       the likely ones of an article
      cardsmith accept --rule formula --dry-run      which would that be?
    """
    from cardsmith.propose.consent import accepted

    choice = _choice(given)
    project = _open_project(context, settled=not dry_run)
    decided = accepted(project, choice)
    for _, entry in decided.left:
        say(f"{entry.card.id}: is accepted already", err=True)
    _decide(project, "accept", decided, is_dry=dry_run)


@click.command()
@_chooses
@click.option("--retire", is_flag=True, help="Reject also what learners have: the next release retires it.")
@click.pass_context
def reject(context: click.Context, /, dry_run: bool, retire: bool, **given: Any) -> None:
    """Reject cards: delete them from their decks. What the machine proposed is never proposed again.

    Filters choose among drafts; an id also names a card that is accepted. All filters must hold. The ids go to stdout;
    `cardsmith undo` takes the whole decision back.

    \b
    Example:
      cardsmith reject sd-latent-1a2b3c              one card
      cardsmith reject --max 0.3                     what an editor hardly ever keeps
      cardsmith reject --topic llm --all --dry-run   which would that be?
    """
    from cardsmith.propose.consent import rejected_cards, unremembered

    choice = _choice(given)
    project = _open_project(context, settled=not dry_run)
    decided = rejected_cards(project, choice, _is_released(project), retire=retire)
    forgotten = unremembered(project, decided.cards)
    for _, entry in decided.left:
        say(f"{entry.card.id}: learners have it; name it, with --retire, to reject it", err=True)
    _decide(project, "reject", decided, is_dry=dry_run)
    if forgotten:
        said = f"{len(forgotten)} written by hand, which no lock remembers: `cardsmith extract` may propose the same fact"
        say(said, err=True)


_DONE = {"accept": "accepted", "reject": "rejected"}


def _decide(project: Any, what: str, decided: Any, *, is_dry: bool) -> None:
    """Write a decision, unless it is tried, and print its cards."""
    from cardsmith.decks.undo import write_decision

    if not decided.cards:
        if not decided.left:
            say("no draft is like that", err=True)
        return
    if not is_dry:
        write_decision(project.root, what, (entry.card.id for _, entry in decided.cards), decided.edits)
    for deck, entry in decided.cards:
        say(f"{deck.path}:{entry.mark.line}: {entry.card.id}")
    done = f"would {what}" if is_dry else _DONE[what]
    back = "" if is_dry else "; `cardsmith undo` takes it back"
    say(f"{done} {len(decided.cards)} cards in {len(decided.edits)} articles{back}", err=True)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.pass_context
def undo(context: click.Context, file: Path | None) -> None:
    """Take back the newest decision of `accept` or `reject`, or that of a FILE in .cardsmith/undo/.

    Only where every deck still is as the decision left it; else nothing is written. The last 20 decisions of this clone
    are kept.

    \b
    Example:
      cardsmith undo
      cardsmith undo 2026-12-01T074345.000000Z.json
    """
    from cardsmith.decks.project import find_root
    from cardsmith.decks.undo import take_back

    decision = take_back(context.obj or find_root(Path.cwd()), file)
    for identity in decision.cards:
        say(identity)
    say(f"took back: {decision.what} {len(decision.cards)} cards", err=True)


COMMANDS = (accept, reject, undo)
"""In the order in which they are added."""
