"""What learners have now over what they had before: the last two releases of our own decks, in the real Anki."""

import json
import os
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from conftest import ROOT, UPGRADES
from upgrade_runner import OPTIONS

FULL = os.environ.get("CARDSMITH_REQUIRE_ANKI") == "1"
"""All 72 combinations of import options; else the defaults and two others."""
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
def facts(tmp_path_factory):
    releases = git("log", "-n", "2", "--format=%H", "--", RECORD).decode().split()
    if len(releases) < 2:
        pytest.skip("git knows no two releases here (a source archive, or a shallow clone)")
    folder = tmp_path_factory.mktemp("releases")
    new, old = (
        packages(commit, folder / name) for commit, name in zip(releases, ("new", "old"), strict=True)
    )
    chosen = range(len(OPTIONS)) if FULL else (0, 7, len(OPTIONS) - 1)
    base = str(folder / "learner")
    jobs = [{"base": base, "packages": new, "option": option, "imported": 0} for option in chosen]
    plan, answer = folder / "plan.json", folder / "facts.json"
    bases = [{"folder": base, "packages": old, "edited": []}]
    plan.write_text(json.dumps({"bases": bases, "jobs": jobs}), encoding="utf-8")
    runner = Path(__file__).with_name("upgrade_runner.py")
    subprocess.run([sys.executable, str(runner), str(plan), str(answer)], check=True)
    records = [json.loads(git("show", f"{commit}:{RECORD}")) for commit in releases]
    return json.loads(answer.read_text(encoding="utf-8")), *records


def test_no_review_is_lost_and_nothing_is_doubled(facts, request):
    upgrades, *_ = facts
    for fact in upgrades:
        assert fact["reviews"][0] == fact["reviews"][1] > 1000, fact["job"]
        assert fact["histories_lost"] == fact["cards_changed"] == fact["types_added"] == [], fact["job"]
        assert fact["duplicates"] == 0, fact["job"]
    kept = sum(fact["reviews"][1] for fact in upgrades)
    request.config.stash[UPGRADES].append(
        f"last release over the one before: {len(upgrades)} upgrades, {kept} reviews kept"
    )


def test_with_the_defaults_just_what_changed_is_updated(facts):
    upgrades, new, old = facts
    changed = {card for card in new.keys() & old.keys() if new[card]["hash"] != old[card]["hash"]}
    assert set(upgrades[0]["updated"]) == changed
    assert set(upgrades[0]["added"]) == new.keys() - old.keys()
