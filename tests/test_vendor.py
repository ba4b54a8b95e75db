"""What others wrote is here unchanged, with its licence and checksum."""

import hashlib

from conftest import ROOT

MATHJAX = ROOT / "src" / "cardsmith" / "vendor" / "mathjax"


def test_mathjax_is_the_file_that_npm_and_anki_ship():
    sums = dict(line.split()[::-1] for line in (MATHJAX / "SHA256SUMS").read_text().splitlines())
    files = {path.relative_to(MATHJAX).as_posix(): path for path in MATHJAX.rglob("*") if path.is_file()}
    found = {f"./{name}": hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert {
        name: value for name, value in found.items() if name not in ("./SHA256SUMS", "./README.md")
    } == sums
    assert "Apache License" in (MATHJAX / "LICENSE").read_text()
