"""What learners have now over what they had before: the last two releases of our own decks, in the real Anki."""

import json
import os
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from ankis import NEWEST, REQUIRED, environment, python_of
from anyanki import OPTIONS
from conftest import ROOT, UPGRADES

RECORD = "decks/released.json"


def git(*arguments):
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True)
    return done.stdout if done.returncode == 0 else b""


def packages(commit, folder):
    """Build the packages of a commit that released, by today's builder, at the time of that release."""
    folder.mkdir()
    with tarfile.open(fileobj=BytesIO(git("archive", commit, "decks"))) as archive:
        archive.extractall(folder, filter="data")
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    time = {"SOURCE_DATE_EPOCH": str(max(card["mod"] for card in record.values()))}
    command = [sys.executable, "-m", "cardsmith", "--project", str(folder), "build"]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **time})
    return [str(path) for path in sorted((folder / "dist").glob("*.apkg"))]


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    """The packages of the last release and of the one before it, and the records of both."""
    commits = git("log", "-n", "2", "--format=%H", "--", RECORD).decode().split()
    if len(commits) < 2:
        pytest.skip("git knows no two releases here (a source archive, or a shallow clone)")
    folder = tmp_path_factory.mktemp("releases")
    made = [packages(commit, folder / name) for commit, name in zip(commits, ("new", "old"), strict=True)]
    return made, [json.loads(git("show", f"{commit}:{RECORD}")) for commit in commits]


def combinations(importer):
    """All 72 of import options on the newest Anki, three where not every Anki is required; elsewhere the defaults."""
    if importer != NEWEST:
        return (0,)
    return range(len(OPTIONS)) if REQUIRED else (0, 7, len(OPTIONS) - 1)


@pytest.fixture(scope="module")
def facts(request, importer, releases, tmp_path_factory):
    python = python_of(importer.anki)
    (new, old), records = releases
    after_new, after_old = (max(card["mod"] for card in record.values()) + 1 for record in records)
    folder = tmp_path_factory.mktemp("learner")
    base = str(folder / "base")
    jobs = [
        {"base": base, "packages": new, "when": after_new, "option": option}
        for option in combinations(importer)
    ]
    bases = [{"folder": base, "packages": old, "when": after_old, "edited": []}]
    plan, answer = folder / "plan.json", folder / "facts.json"
    plan.write_text(json.dumps({"way": importer.way, "bases": bases, "jobs": jobs}), encoding="utf-8")
    runner = Path(__file__).with_name("upgrade_runner.py")
    subprocess.run([python, str(runner), str(plan), str(answer)], check=True, env=environment())
    upgrades = json.loads(answer.read_text(encoding="utf-8"))
    kept = sum(fact["reviews"][1] for fact in upgrades)
    request.config.stash[UPGRADES].append(
        f"anki {importer}: last release over the one before, {len(upgrades)} upgrades, {kept} reviews kept"
    )
    return upgrades, *records


def test_no_review_is_lost_and_nothing_is_doubled(facts):
    upgrades, *_ = facts
    for fact in upgrades:
        assert fact["reviews"][0] == fact["reviews"][1] > 1000, fact["job"]
        assert fact["histories_lost"] == fact["cards_changed"] == fact["types_added"] == [], fact["job"]
        assert fact["duplicates"] == 0, fact["job"]


def test_with_the_defaults_just_what_changed_is_updated(facts):
    upgrades, new, old = facts
    changed = {card for card in new.keys() & old.keys() if new[card]["hash"] != old[card]["hash"]}
    assert set(upgrades[0]["updated"]) == changed
    assert set(upgrades[0]["added"]) == new.keys() - old.keys()
