"""What the command line prints: results on stdout, messages on stderr, and nothing of a stranger's that acts there.

Every line goes through here; ``text.terminal`` says what is spelt out. JSON stays JSON, with the same data.
"""

import json
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import click

from cardsmith.errors import Problem
from cardsmith.text.terminal import annotation, no_command, plain_json, spelt


def say(text: object, *, err: bool = False) -> None:
    """Print one line; a line end in it is part of a name and is spelt."""
    click.echo(no_command(spelt(str(text))), err=err)


def say_lines(text: str, *, err: bool = False) -> None:
    """Print lines that end as the text does."""
    click.echo(no_command(spelt(text, lines=True)), err=err, nl=False)


def say_file(text: str) -> None:
    """Print what is meant for a file, such as a page: its writer has escaped what strangers wrote."""
    click.echo(text, nl=False)


def say_colours(text: str, *, colour: bool) -> None:
    """Print lines for the terminal, whose writer has spelt what strangers wrote, and which may have colours."""
    click.echo(text if colour else no_command(text), nl=False, color=colour)


def say_json(data: Any, indent: int | None = None) -> None:
    """Print data as JSON."""
    click.echo(plain_json(json.dumps(data, ensure_ascii=False, indent=indent)))


def say_annotation(severity: str, place: dict[str, object], text: str) -> None:
    """Print an annotation for a GitHub runner."""
    click.echo(annotation(severity, place, text))


def waiting(drafts: int) -> str:
    """Return how many drafts wait, and where they are decided on."""
    return f"{'1 draft waits' if drafts == 1 else f'{drafts} drafts wait'}: cardsmith review"


_BARE = re.compile(r"[\w@%+=:,./-]+")


def typed(*words: str) -> str:
    """Return a command as somebody would type it; letters of any script need no quotes."""
    return " ".join(word if _BARE.fullmatch(word) else shlex.quote(word) for word in words)


def traceback(error: BaseException) -> str:
    """Return where an error came from, for ``--debug``."""
    from traceback import format_exception

    return "".join(format_exception(error))


def print_problems(problems: Iterable[Problem], output_format: str = "text") -> None:
    """Print problems: for people (stderr), as JSON (stdout), or as GitHub annotations (stdout)."""
    problems = list(problems)
    if output_format == "json":
        say_json([{n: getattr(p, n) for n in (*Problem.__slots__, "severity")} for p in problems], 1)
    for p in problems:
        if output_format == "github":
            place = {"file": p.path, "line": p.line, "col": p.column, "title": p.code}
            say_annotation(p.severity, place, f"{p.message} ({p.hint})" if p.hint else p.message)
        elif output_format != "json":
            plain = replace(p, path=spelt(p.path), message=spelt(p.message), hint=spelt(p.hint))
            say_lines(f"{plain}\n", err=True)


@contextmanager
def counted(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show how far something has come, on stderr and only to a person at a terminal.

    What is given takes how many are done of how many; None where nobody looks.
    """
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, of: int) -> None:
            bar.length = max(1, of)
            bar.update(done - bar.pos)

        yield show
