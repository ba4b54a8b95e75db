"""Break the code on purpose, one place at a time, and see its tests go red: what no test notices is no promise.

    python scripts/mutate.py [--only ROOM] [--list]

``mutations.toml`` is a fixed list: a text that occurs once in a file of ``src/cardsmith``, what it becomes, what it
promises, and the tests that must go red. Each is tried in a copy of the tree that is thrown away, two at a time, after
the same tests have been seen green there. Exits 1 when more than one in twenty goes unnoticed. Needs Chromium for the
room ``review``, and some five minutes of two cores.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = Path(__file__).with_name("mutations.toml")
SOURCE = Path("src/cardsmith")
AT_ONCE = 2
MOST_SECONDS = 180
"""For the tests of one mutation; one that makes them run for ever is noticed as well."""
LEAST = 0.95
"""Share of the mutations that must be noticed: 57 of 60."""
SURE = {"CI": "true", "CARDSMITH_REQUIRE_BROWSER": "1"}
"""With ``CI`` Hypothesis draws the same examples each time and sets no deadline; without Chromium nothing is skipped."""
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", ".cardsmith", "dist"
)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One place of the code and how it is broken."""

    file: str
    """Relative to ``src/cardsmith``."""
    old: str
    new: str
    promise: str
    """What holds as long as the old text stands there."""
    tests: tuple[str, ...]
    """Files or node ids, relative to ``tests``."""

    @property
    def room(self):
        """The folder it stands in, or the module's name where it stands in none; the rules have a room of their own."""
        return (
            "rules" if self.file.startswith("extract/rules/") else self.file.split("/")[0].removesuffix(".py")
        )


def read_mutations(table=TABLE):
    """Return the fixed list."""
    rows = tomllib.loads(table.read_text(encoding="utf-8"))["mutation"]
    return [Mutation(**row | {"tests": tuple(row["tests"])}) for row in rows]


def faults(root, mutations):
    """Return one line for each mutation whose old text does not stand in its file exactly once."""
    found = []
    for mutation in mutations:
        path = root / SOURCE / mutation.file
        count = path.read_text(encoding="utf-8").count(mutation.old) if path.is_file() else 0
        if count != 1:
            found.append(
                f"{mutation.file}: {count} times instead of once: {mutation.old!r} ({mutation.promise})"
            )
    return found


@contextmanager
def copied(root):
    """Lend a copy of a tree."""
    with tempfile.TemporaryDirectory(prefix="cardsmith-mutate-", ignore_cleanup_errors=True) as folder:
        yield shutil.copytree(root, Path(folder) / "tree", ignore=LEFT_OUT)


def run(tree, tests, seconds):
    """Run tests of a tree on its own code; return pytest's exit code, below 0 when it crashed or did not end, and output."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", *(f"tests/{test}" for test in tests)]
    environment = {**os.environ, "PYTHONPATH": str(tree / "src"), "PYTEST_ADDOPTS": "", **SURE}
    with subprocess.Popen(  # noqa: S603 - our own tests
        command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return -1, ""
    return process.returncode, said


def unnoticed(root, mutation):
    """Return why nothing goes red when a tree is broken in one place, or None when something does."""
    with copied(root) as tree:
        path = tree / SOURCE / mutation.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
        code, said = run(tree, mutation.tests, MOST_SECONDS)
    if code == 1 or code < 0:
        return None
    return "its tests stay green" if code == 0 else f"no test runs any more: {said.strip().splitlines()[-1]}"


def red_at_first(root, mutations):
    """Return what pytest says of the tests in the tree as it is when they are not green; empty when they are."""
    tests = sorted({test for mutation in mutations for test in mutation.tests})
    tests = [test for test in tests if "::" not in test or test.partition("::")[0] not in tests]
    with copied(root) as tree, ThreadPoolExecutor(AT_ONCE) as workers:
        parts = [part for number in range(AT_ONCE) if (part := tests[number::AT_ONCE])]
        runs = list(workers.map(lambda part: run(tree, part, 10 * MOST_SECONDS), parts))
    return "\n".join(said for code, said in runs if code)


def show(mutation, reason):
    """Print a mutation that nothing notices, and why."""
    print(
        f"{mutation.file}: {mutation.promise}\n  {mutation.old.strip()!r}\n  {mutation.new.strip()!r}\n  {reason}"
    )


def main():
    """List the mutations or try them, print the table and what goes unnoticed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", metavar="ROOM", help="one room: text, sources, extract, rules, decks, …")
    parser.add_argument("--list", action="store_true", help="print the mutations and try none")
    options = parser.parse_args()
    mutations = [m for m in read_mutations() if options.only in (None, m.room)]
    broken = faults(ROOT, mutations) if mutations else [f"no room {options.only}"]
    if broken:
        sys.exit("\n".join(broken))
    if options.list:
        for mutation in mutations:
            print(f"{mutation.room:9} {mutation.file}: {mutation.promise}")
        return
    if said := red_at_first(ROOT, mutations):
        sys.exit(f"{said}\nthese tests are red, or gone, before anything is broken")
    with ThreadPoolExecutor(AT_ONCE) as workers:
        reasons = list(workers.map(lambda mutation: unnoticed(ROOT, mutation), mutations))
    tried, noticed = Counter(m.room for m in mutations), Counter()
    for mutation, reason in zip(mutations, reasons, strict=True):
        noticed[mutation.room] += reason is None
        if reason:
            show(mutation, reason)
    print("| room | mutations | noticed |\n|---|---|---|")
    print(*(f"| {room} | {count} | {noticed[room]} |" for room, count in tried.items()), sep="\n")
    print(f"{noticed.total()} of {tried.total()} mutations are noticed")
    sys.exit(noticed.total() < LEAST * tried.total())


if __name__ == "__main__":
    main()
