"""The commands that open pages: see the cards, and decide on them. ``cli`` adds them to the others."""

from pathlib import Path
from typing import Any

import click

from cardsmith.cli.printing import say

PORT = 4777
"""Where the page is unless another port is named."""

_TOPIC = click.option(
    "--topic", "topics", multiple=True, metavar="TOPIC", help="Only this topic (repeatable)."
)
_PORT = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Of 127.0.0.1; 0: any free one.",
)


@click.command()
@_TOPIC
@_PORT
@click.option(
    "--since", metavar="REV", help="Mark what changed since this revision, old and new side by side."
)
@click.option(
    "--export",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write a static site instead; it works without a server.",
)
@click.pass_context
def preview(
    context: click.Context, topics: tuple[str, ...], port: int, since: str | None, folder: Path | None
) -> None:
    """Show the cards in the browser as learners will see them; a saved file shows at once.

    \b
    Example:
      cardsmith preview --topic llm
      cardsmith preview --since main                    what did I change?
      cardsmith preview --since main --export site      for a pull request: open site/index.html
    """
    desk = _desk(context, topics, since)
    if folder is None:
        _serve(desk, "preview", port)
        return
    from cardsmith.files import write_bytes
    from cardsmith.review.page import static_site

    files = static_site(desk.view)
    for name, content in files.items():
        write_bytes(folder / name, content)
    size = sum(map(len, files.values()))
    cards = list(desk.view.seats())
    drafts = sum(entry.card.draft for _, entry in cards)
    told = f" ({drafts} of them drafts, which do not ship)" if drafts else ""
    say(f"{folder / 'index.html'}: {len(cards)} cards{told}, {size / 1000:.0f} kB")


@click.command()
@_TOPIC
@_PORT
@click.option("--since", metavar="REV", help="Begin with the cards that changed since this revision.")
@click.pass_context
def review(context: click.Context, topics: tuple[str, ...], port: int, since: str | None) -> None:
    """Decide on drafts in the browser: accept, edit or reject. Each decision is written into its file at once.

    Accepting takes the line `draft: true` out of the card, so that it ships; an edit accepts as well, and rejecting
    deletes the card. Cards with problems wait beside the drafts. Quit whenever you like: what was decided is in the
    files; commit them.

    \b
    Example:
      cardsmith extract && cardsmith review --topic llm
    """
    desk = _desk(context, topics, since)
    from cardsmith.propose.run import read_scores

    desk.set_scores(read_scores(desk.view.project))
    _serve(desk, "review", port)


def _desk(context: click.Context, topics: tuple[str, ...], since: str | None) -> Any:
    from cardsmith.decks.project import find_root
    from cardsmith.review.desk import Desk

    return Desk(context.obj or find_root(Path.cwd()), topics, since)


def _serve(desk: Any, mode: str, port: int) -> None:
    from cardsmith.review.server import open_server

    server, is_wanted = open_server(desk, mode, port)
    if not is_wanted:
        say(f"port {port} is in use; another is free", err=True)
    say(f"{mode}: {server.url}  (Ctrl-C ends it)")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("", err=True)
    finally:
        server.stopping.set()
        server.server_close()


COMMANDS = (preview, review)
"""In the order in which they are added."""
