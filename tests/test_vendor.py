"""What others wrote is here unchanged, with its licence and checksum."""

import hashlib

import pytest

from conftest import ROOT

VENDOR = ROOT / "src" / "cardsmith" / "vendor"


@pytest.mark.parametrize("name", ["mathjax", "opencc"])
def test_a_vendored_folder_holds_what_its_checksums_say(name):
    folder = VENDOR / name
    sums = dict(line.split()[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    found = {f"./{name}": hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    ours = ("./SHA256SUMS", "./README.md")
    assert {name: value for name, value in found.items() if name not in ours} == sums
    assert "Apache License" in (folder / "LICENSE").read_text()


def test_every_vendored_folder_is_looked_at():
    assert sorted(path.name for path in VENDOR.iterdir() if path.is_dir()) == ["mathjax", "opencc"]
