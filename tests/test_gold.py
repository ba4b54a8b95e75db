"""The quality of extraction is a pinned number that may only rise.

The scores are pinned with a hash of texts and annotations, so that a better score never comes from an easier set.
To raise a pin: run this test, read the table it prints, and write the new figures into tests/gold/pins.json.
"""

import hashlib
import importlib.util
import json

import pytest

from cardsmith.extract import extract
from cardsmith.sources import parse_source
from conftest import ROOT

GOLD = ROOT / "tests" / "gold"
PINS = json.loads((GOLD / "pins.json").read_text())


def scorer():
    spec = importlib.util.spec_from_file_location("score", GOLD / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def predictions(texts):
    for identity, text in texts.items():
        for excerpt in parse_source(text, PINS_SUFFIX.get(identity[0], "note.txt")):
            for candidate in extract(excerpt).candidates:
                assert candidate.quote in text
                yield {
                    "excerpt": identity,
                    "kind": "enumeration" if candidate.kind == "progression" else candidate.kind,
                    "term": candidate.term,
                    "evidence": candidate.quote,
                }


PINS_SUFFIX = {"d": "note.md"}
"""Texts whose id begins with this letter are Markdown."""


@pytest.mark.parametrize("name", sorted(PINS))
def test_the_score_never_falls(name, capsys):
    score = scorer()
    rows = score.read_jsonl(GOLD / f"{name}.jsonl")
    texts = {row["id"]: row["text"] for row in json.loads((GOLD / f"{name}_texts.json").read_text())}
    out, _ = score.score(rows, texts, list(predictions(texts)))
    with capsys.disabled():
        print(f"\n{name}")
        score.show(out)
    pinned = PINS[name]
    digest = hashlib.sha256(
        (GOLD / f"{name}.jsonl").read_bytes() + (GOLD / f"{name}_texts.json").read_bytes()
    )
    assert digest.hexdigest()[:16] == pinned["sha256"], (
        "texts or annotations changed: read the new table and pin anew"
    )
    assert out["pred_evidence_not_found"] == 0
    total = out["kinds"]["all"]["lenient"]
    got = {
        "precision": total["precision"],
        "recall": total["recall"],
        "recall_imp3": total["recall_imp3"],
        "formula_recall": out["kinds"]["formula"]["lenient"]["recall"],
    }
    fallen = {key: (value, pinned[key]) for key, value in got.items() if value + 5e-4 < pinned[key]}
    assert fallen == {}
    assert out["trap_hits"] <= pinned["trap_hits"]
