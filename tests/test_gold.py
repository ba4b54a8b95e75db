"""The quality of extraction is a pinned number that may only rise.

The scores are pinned with a hash of texts and annotations, so that a better score never comes from an easier set.
``scripts/pin_gold.py`` measures and, with ``--write``, pins anew.
"""

import importlib.util
import json

import pytest

from conftest import ROOT

spec = importlib.util.spec_from_file_location("pin_gold", ROOT / "scripts" / "pin_gold.py")
pin_gold = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pin_gold)

PINS = json.loads((ROOT / "tests" / "gold" / "pins.json").read_text())


@pytest.mark.parametrize("name", pin_gold.SETS)
def test_the_score_never_falls(name, capsys):
    out, got = pin_gold.measure(name)
    with capsys.disabled():
        print(f"\n{name}")
        pin_gold.scorer().show(out)
    pinned = PINS[name]
    assert got.pop("sha256") == pinned["sha256"], (
        "texts or annotations changed: read the new table and pin anew"
    )
    assert out["pred_evidence_not_found"] == 0
    assert got.pop("trap_hits") <= pinned["trap_hits"]
    assert {key: (value, pinned[key]) for key, value in got.items() if value + 6e-4 < pinned[key]} == {}
