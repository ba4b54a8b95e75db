"""The commands that decide: accept and reject drafts, take a decision back, bring an old project here."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from cardsmith.cli.printing import say
from cardsmith.errors import CardsmithError


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


@click.command()
@click.option("--write", is_flag=True, help="Do it; without, only print what would change.")
@click.option(
    "--kept",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="What another reviewer kept: the .cardsmith/kept.json of their clone (repeatable).",
)
@click.pass_context
def migrate(context: click.Context, write: bool, kept: tuple[Path, ...]) -> None:
    """Bring a project of an older version here; docs/upgrading.md tells what changes. Running it again does nothing.

    \b
    Example:
      cardsmith migrate                              what would change?
      cardsmith migrate --write && git commit -am "Migrate decks"
      cardsmith migrate --kept kept-elsewhere.json   honour what another reviewer kept
    """
    from cardsmith.propose import migration

    project = _open_project(context, settled=write)
    past = _past(project, kept)
    pending = migration.pending(project, past)
    if not pending:
        say("nothing to migrate", err=True)
        return
    way_back = _way_back(project, is_needed=write)
    if write:
        migration.migrate(project, past)
    for step, articles in pending:
        say(f"{step.name}: {step.says}")
        for path, cards in articles.items():
            say(f"{path}: {cards} cards")
        say(f"{sum(articles.values())} cards in {len(articles)} articles", err=True)
    say(way_back if write else "nothing was written: `cardsmith migrate --write` does it", err=True)


def _past(project: Any, kept: Iterable[Path] = ()) -> Any:
    from cardsmith.decks.project import RELEASED_FILE
    from cardsmith.propose.migration import Past, read_kept
    from cardsmith.release.records import read_records

    released = read_records(project.file(RELEASED_FILE), settle=True)
    return Past(released.keys(), read_kept(project.root, kept))


def _way_back(project: Any, *, is_needed: bool) -> str:
    """Return how to undo a migration; where git could, and would undo more than that, it is refused."""
    from cardsmith.git import uncommitted

    changed = uncommitted(project.root, "decks")
    if changed is None:
        say("there is no git here: the only way back is a copy of decks/, made before", err=True)
        return "to undo: put your copy of decks/ back"
    if changed and is_needed:
        message = f"{len(changed)} files are not committed, so git could not undo a migration"
        raise CardsmithError.at("decks", "uncommitted", message, "commit them, or take them back, first")
    return "to undo: git checkout decks"


def advise_migration(context: click.Context) -> None:
    """Say that cards ship which nobody is known to have read, if there are any."""
    from cardsmith.propose.migration import unread

    with suppress(CardsmithError):  # what cannot be read is for ``check`` to tell
        project = _open_project(context, settled=False)
        cards = sum(len(entries) for _, entries in unread(project, _past(project)))
        if cards:
            say(
                f"{cards} cards carry the machine's words unread: cardsmith migrate makes them drafts",
                err=True,
            )


COMMANDS = (accept, reject, undo, migrate)
"""In the order in which they are added."""
