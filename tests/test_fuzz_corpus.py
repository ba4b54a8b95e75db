"""Every input that the fuzzer found worth keeping goes through its reader: what was once a fault stays mended."""

import pytest

from attacks import fuzz
from attacks.properties import TARGETS


@pytest.mark.parametrize("name", fuzz.NAMES)
def test_what_must_hold_holds_of_every_input_that_was_found(name, tmp_path):
    found = fuzz.inputs(name)
    assert len(found) > 5
    for number, data in enumerate(found):
        folder = tmp_path / str(number)
        folder.mkdir()
        TARGETS[name](data, folder)


def test_there_is_a_corpus_for_every_reader_and_it_stays_small():
    assert tuple(TARGETS) == fuzz.NAMES
    assert {path.stem for path in fuzz.CORPUS.iterdir()} == set(TARGETS)
    assert sum(path.stat().st_size for path in fuzz.CORPUS.iterdir()) < 300_000


def test_an_input_that_breaks_a_property_or_takes_long_is_a_fault(monkeypatch):
    def broken(data, folder):
        (folder / "left behind").write_bytes(data)
        assert not data

    assert fuzz.fault(broken, b"") == ""
    assert fuzz.fault(broken, b"x").startswith("AssertionError in broken (test_fuzz_corpus.py:")
    monkeypatch.setattr(fuzz, "SLOW", 0.0)
    assert fuzz.fault(broken, b"") == "takes 0 seconds"


def test_an_input_comes_out_of_the_corpus_as_it_went_in(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz, "CORPUS", tmp_path)
    found = [b"", b"\xff\x00\n", "题\u2028😀".encode(), "\udcff".encode("utf-8", "surrogatepass")]
    fuzz.pack("deck", found)
    assert fuzz.inputs("deck") == sorted(found)
    assert (tmp_path / "deck.jsonl").read_bytes().isascii()


def test_a_real_fuzzer_runs_and_counts(tmp_path):
    pytest.importorskip("atheris")
    row = fuzz.fuzzed("deck", 2, 1, tmp_path)
    assert row.tried > len(fuzz.inputs("deck"))
    assert (row.survived, row.note) == (row.tried, "")
