r"""Run every attack, print what was tried and what survived: ``python -m attacks``, ``--full`` for all of it."""

import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import click

from attacks import ROOT
from attacks.table import Row, between_markers, emit_table, failures, not_run
from cardsmith import __version__
from cardsmith.text.terminal import spelt

ATTACKS = ("kills", "bombs", "payloads", "lives", "fuzz")
"""Modules of this package; each has ``run(full, seed, folder)``, which yields rows."""
PAGE = ROOT / "docs" / "security.md"


def rows_of(name: str, folder: Path, seed: int, *, full: bool) -> Iterator[Row]:
    """Run one attack; one whose module or tool is missing, or that breaks, is a row that says so."""
    try:
        yield from import_module(f"attacks.{name}").run(full, seed, folder)
    except ImportError as error:
        yield not_run(name, f"no {error.name or error}")
    except Exception as error:  # noqa: BLE001 - whatever it met: the other attacks go on, and the table shows it
        traceback.print_exc()
        yield Row(name, 1, 0, f"broke off\n{type(error).__name__}: {error}")


def timed(rows: Iterator[Row]) -> Iterator[tuple[Row, float]]:
    """Return each row with the seconds that it took."""
    began = time.perf_counter()
    for row in rows:
        yield row, time.perf_counter() - began
        began = time.perf_counter()


@click.command()
@click.option("--full", is_flag=True, help="Everything, instead of a share that takes some minutes.")
@click.option(
    "--only", "names", multiple=True, type=click.Choice(ATTACKS), help="Only this one (repeatable)."
)
@click.option("--seed", default=0, show_default=True, help="Which share the short form takes, and all dice.")
@click.option("--write", is_flag=True, help="Put the table into docs/security.md.")
def main(full: bool, names: tuple[str, ...], seed: int, write: bool) -> None:
    """Run every attack and print what was tried and what survived. Exit 1 when anything did not.

    With --full, exit 1 also when an attack could not be run.
    """
    began, found = time.perf_counter(), []
    for name in names or ATTACKS:
        with tempfile.TemporaryDirectory(prefix=f"attacks-{name}-") as folder:
            for row, seconds in timed(rows_of(name, Path(folder).resolve(), seed, full=full)):
                found.append((row, seconds))
                counts = f"{row.survived:,} of {row.tried:,}" if row.is_run else "–"
                click.echo(
                    spelt(f"{seconds:6.1f} s  {row.attack}: {counts}  {row.note.partition(chr(10))[0]}")
                )
    minutes = (time.perf_counter() - began) / 60
    form = "full" if full else "short"
    when = (
        f"{datetime.now(UTC):%Y-%m-%d}, cardsmith {__version__}, Python {platform.python_version()}: "
        f"the {form} form, seed {seed}, {minutes:.1f} minutes."
    )
    table, rows = emit_table(found, when), [row for row, _ in found]
    click.echo(f"\n{table}")
    if write:
        PAGE.write_text(between_markers(PAGE.read_text(encoding="utf-8"), table), encoding="utf-8")
    lost = list(failures(rows))
    for paragraph in lost:
        click.echo(f"NOT SURVIVED {spelt(paragraph, lines=True)}", err=True)
    if lost:
        click.echo(f"repeat with --seed {seed}{' --full' if full else ''}", err=True)
    sys.exit(bool(lost) or (full and not all(row.is_run for row in rows)))


if __name__ == "__main__":
    main(prog_name="python -m attacks")
