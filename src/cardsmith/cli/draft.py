"""The command that asks a language model for drafts. ``cli`` adds it to the others."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from cardsmith.cli.notes import print_notices, print_remarks, written
from cardsmith.cli.printing import counted, say

NAME = re.compile(r"[A-Za-z0-9][\w.:/@+-]{0,99}", re.ASCII)
SHARED, OWN = "decks/.answers", ".cardsmith/answers"
"""Where answers are recorded: for everybody who has the project, if there is such a folder, else in this clone."""
SHOWN = 5
"""Reasons that are counted in the total, the most frequent ones."""


def _named(_: click.Context, __: click.Parameter, value: str) -> str:
    if not NAME.fullmatch(value):
        raise click.BadParameter("a model's name has letters, digits and . : / @ + - _ only, at most 100")
    return value


@click.command()
@click.argument("paths", metavar="[NOTES]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--model", required=True, callback=_named, help="The model's name, as the endpoint knows it.")
@click.option(
    "--endpoint", metavar="URL", help="An OpenAI-compatible address, such as http://localhost:11434/v1."
)
@click.option(
    "--topic", "topics", multiple=True, metavar="TOPIC", help="Only notes of this topic (repeatable)."
)
@click.option("--yes", is_flag=True, help="Send without asking first.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent. Send and write nothing.")
@click.option("--explain", is_flag=True, help="Print each card that was refused, with every reason.")
@click.option(
    "--second-look", is_flag=True, help="Ask each question again blindly; refuse what is answered otherwise."
)
@click.option(
    "--max-tokens",
    type=click.IntRange(1),
    metavar="N",
    help="Ask nothing more after about N tokens, read and written.",
)
@click.option("--parallel", type=click.IntRange(1, 4), default=2, show_default=True, help="Requests at once.")
@click.option(
    "--timeout",
    type=click.FloatRange(1, 3600),
    default=300,
    show_default=True,
    help="Seconds that one answer may take.",
)
@click.option("--answers", metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
    help=f"Where answers are recorded and looked up. [default: {SHARED} if there is one, else {OWN}]")  # fmt: skip
@click.option("--requests", metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
    help="Write what nobody has answered into files, for somebody else to answer.")  # fmt: skip
@click.pass_context
def draft(
    context: click.Context,
    paths: tuple[Path, ...],
    model: str,
    endpoint: str | None,
    topics: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    explain: bool,
    second_look: bool,
    max_tokens: int | None,
    parallel: int,
    timeout: float,
    answers: Path | None,
    requests: Path | None,
) -> None:
    """Ask a language model for drafts, and keep what the quotes prove. The only command that uses a network.

    Nothing is sent before you say yes. A key is taken from CARDSMITH_API_KEY only. Answers are recorded, so that what was
    answered is never asked again, and without --endpoint the same drafts come from what is recorded. docs/model.md says more.

    \b
    Example:
      cardsmith draft --model qwen3:8b --endpoint http://localhost:11434/v1 --dry-run
      cardsmith draft notes/raft.md --model qwen3:8b --endpoint http://localhost:11434/v1 --explain
      cardsmith draft --model qwen3:8b          from recorded answers, offline
    """
    from cardsmith import pipeline
    from cardsmith.assistant.asking import Terms
    from cardsmith.assistant.endpoint import endpoint_of
    from cardsmith.assistant.store import write_requests
    from cardsmith.decks.project import find_root, read_project
    from cardsmith.sources.reading import Remarks

    project = read_project(context.obj or find_root(Path.cwd()))
    terms = None
    if endpoint and not dry_run:
        terms = Terms(endpoint_of(endpoint), parallel, timeout, max_tokens or 0)
    folder = answers or (shared if (shared := project.file(SHARED)).is_dir() else project.file(OWN))
    remarks = Remarks()
    with _counted_late("asking") as progress:
        drafted = pipeline.draft(
            project,
            paths,
            topics,
            model=model,
            answers=folder,
            terms=terms,
            consent=_consent(terms, model, yes=yes),
            second_look=second_look,
            write=not dry_run,
            remarks=remarks,
            progress=progress,
        )
    print_remarks(remarks)
    if requests:
        write_requests(requests, drafted.open)
        say(f"{requests}: {_counted(len(drafted.open), 'request')} to answer", err=True)
    if dry_run:
        say(_outlook(drafted.outlook, endpoint or "nowhere yet", model), err=True)
        return
    if explain:
        _print_refused(drafted.judged)
    for item in filter(lambda item: item.changes, drafted.proposed):
        say(written(item))
    print_notices(drafted.proposed)
    _print_totals(drafted)
    if drafted.failed or (drafted.open and not drafted.spent.is_used_up):
        raise click.exceptions.Exit(1)


def _consent(terms: Any, model: str, *, yes: bool) -> Callable[[Any], None]:
    """Return what is called before anything is sent."""

    def ask(outlook: Any) -> None:
        from cardsmith.errors import CardsmithError

        say(_outlook(outlook, terms.endpoint.host, model), err=True)
        if yes:
            return
        if not sys.stdin.isatty():
            message = "nobody is here to say yes, and nothing was sent"
            raise CardsmithError.at("", "no-consent", message, "add --yes once you mean it")
        click.confirm("Send it?", abort=True, err=True)

    return ask


def _outlook(outlook: Any, host: str, model: str) -> str:
    read, write = outlook.tokens
    again = ", second looks included" if outlook.second_look else ""
    return (
        f"to {host}, model {model}: {_counted(len(outlook.requests), 'request')}, {outlook.characters:,} characters, "
        f"about {read:,} tokens to read and {write:,} to write{again}; {outlook.recorded} answered already"
    )


@contextmanager
def _counted_late(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far something has come from its first step on, so that no question stands in the middle of it."""
    with ExitStack() as stack:
        shows: list[Callable[[int, int], None] | None] = []

        def show(done: int, of: int) -> None:
            if not shows:
                shows.append(stack.enter_context(counted(label)))
            if shows[0]:
                shows[0](done, of)

        yield show


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _print_refused(judged: Sequence[Any]) -> None:
    for each in judged:
        claim = each.offer.claim
        for remark in each.refusals:
            say(f"{each.place}: refused: {remark.reason} [{remark.code}]", err=True)
        if each.refusals and claim:
            say(f"  card: {claim.front or claim.text} | {claim.back}", err=True)


def _print_totals(drafted: Any) -> None:
    for result in drafted.failed:
        piece = result.request.pieces[0]
        where = piece.note.place_at(piece.section.start)
        say(f"{where}: this answer was not taken: {result.fault}", err=True)
    refused = [each for each in drafted.judged if each.refusals]
    counts = Counter(remark.code for each in refused for remark in each.refusals)
    reasons = ", ".join(f"{code} {count}" for code, count in counts.most_common(SHOWN))
    why = f" ({reasons}{', …' if len(counts) > SHOWN else ''})" if refused else ""
    say(
        f"{len(drafted.judged)} cards proposed, {len(drafted.judged) - len(refused)} proved, {len(refused)} refused{why}",
        err=True,
    )
    plans = [item.plan for item in drafted.proposed if item.changes]
    added, refreshed = (
        sum(map(len, cards)) for cards in ([p.added for p in plans], [p.refreshed for p in plans])
    )
    say(f"{added} new drafts and {refreshed} refreshed, in {len(plans)} deck files", err=True)
    spent = drafted.spent
    if spent.requests:
        say(
            f"{_counted(spent.requests, 'request')}, {spent.tokens_in:,} tokens read and {spent.tokens_out:,} written",
            err=True,
        )
    if drafted.open:
        reason = (
            "--max-tokens is reached" if spent.is_used_up else "nobody has answered them: name an --endpoint"
        )
        say(f"{_counted(len(drafted.open), 'request')} left: {reason}; run this again to go on", err=True)


COMMANDS = (draft,)
"""In the order in which they are added."""
