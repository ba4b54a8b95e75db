"""The Ankis that people run: what is a fact of each one's importer, and the Pythons that have them.

``CARDSMITH_ANKIS`` names the Pythons, as in ``2.1.54=/path/to/python:24.11=/path/to/python``; the newest is our own.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

REQUIRED = os.environ.get("CARDSMITH_REQUIRE_ANKI") == "1"
"""Whether every Anki must be there, and everything is run on it."""


@dataclass(frozen=True)
class Importer:
    """One way for a package into one version of Anki."""

    anki: str
    way: str
    import_time: bool = False
    """An updated note gets the time of the import, not the package's."""

    def __str__(self):
        return f"{self.anki} {self.way}"

    @property
    def has_options(self):
        return self.way == "with_options"


NEWEST = Importer("newest", "with_options")
IMPORTERS = {
    str(importer): importer
    for importer in (
        NEWEST,
        Importer("24.11", "with_options", import_time=True),
        Importer("24.11", "in_python"),
        Importer("2.1.66", "without_options", import_time=True),
        Importer("2.1.54", "in_python"),
    )
}
"""Each importer that Anki has had since 2.1.54; 24.11 is the last that gives an updated note the import's time."""


def pythons():
    """The interpreter of each Anki that is there, by version."""
    named = os.environ.get("CARDSMITH_ANKIS", "")
    others = dict(entry.split("=", 1) for entry in named.split(":") if entry)
    return {"newest": sys.executable} | {anki: path for anki, path in others.items() if Path(path).exists()}


def python_of(anki):
    """The interpreter of an Anki; skipped with the reason where there is none, unless one is required."""
    path = pythons().get(anki)
    if path is None:
        reason = f"no Anki {anki}: CARDSMITH_ANKIS names no Python that has it"
        if REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def environment():
    """What another Python may inherit of ours."""
    return {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SOURCE_DATE_EPOCH")
    }


class Learners:
    """Learners in one Anki, through one of its importers: a process of its own that opens their profiles."""

    def __init__(self, python, importer):
        runner = Path(__file__).with_name("learner_runner.py")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        self._process = subprocess.Popen(
            [python, str(runner), importer.way],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.communicate()
        self._errors.close()

    def do(self, profile, *steps):
        """Open a profile (a folder), do the steps there, close it; returns what each step answered."""
        self._process.stdin.write(json.dumps([str(profile), steps]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            self._errors.seek(0)
            raise RuntimeError(f"this Anki broke in {steps}: {self._errors.read().decode()[-3000:]}")
        return json.loads(answer)
