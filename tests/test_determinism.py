"""Same inputs, same bytes: under every hash seed, in every file order."""

import json
import os
import random
import shutil
import subprocess
import sys
import zipfile

from cardsmith.extract.candidates import extract
from cardsmith.sources.reading import read_sources
from conftest import ROOT

RELEASED = json.loads((ROOT / "decks" / "released.json").read_text(encoding="utf-8"))
SINCE = max(record["mod"] for record in RELEASED.values()) + 1
"""A second after the last release: what has changed since then cannot be older."""


def test_two_builds_are_the_same_bytes_under_different_hash_seeds(tmp_path):
    packages = []
    for seed in ("0", "1", "4242"):
        out = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": str(SINCE)}
        project = tmp_path / f"project-{seed}"
        shutil.copytree(ROOT / "decks", project / "decks")
        command = [sys.executable, "-m", "cardsmith", "--project", str(project), "build", "--out", str(out)]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        packages.append({path.name: path.read_bytes() for path in sorted(out.glob("*.apkg"))})
    assert packages[0] == packages[1] == packages[2]
    assert {name.removesuffix(".apkg") for name in packages[0]} == {
        path.parent.name for path in (ROOT / "decks").glob("*/*.yaml")
    }


def test_a_package_is_deflated_and_has_no_clock_in_its_zip(tmp_path):
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(SINCE)}
    shutil.copytree(ROOT / "decks", tmp_path / "decks")
    command = [sys.executable, "-m", "cardsmith", "--project", str(tmp_path), "build", "--topic", "llm"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    with zipfile.ZipFile(tmp_path / "dist" / "llm.apkg") as archive:
        members = archive.infolist()
    assert [member.filename for member in members] == ["collection.anki2", "media"]
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {member.compress_type for member in members} == {zipfile.ZIP_DEFLATED}


def test_extraction_does_not_depend_on_the_order_of_files():
    files = sorted((ROOT / "seeds").glob("*.txt"))
    shuffled = files[:]
    random.Random(7).shuffle(shuffled)
    one, other = ([extract(e) for e in read_sources(order, ROOT)] for order in (files, shuffled))
    assert one == other
