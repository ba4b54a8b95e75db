"""The model's weights: what they were made of, that they are what was trained, and that a damaged file says so."""

import hashlib
import os
import re
import shutil
import subprocess
import sys

import pytest

from cardsmith.errors import CardsmithError
from cardsmith.extract.weights import MODELS, emit_weights, parse_weights
from cardsmith.extract.worth import WORTH, models
from conftest import ROOT
from test_gold import pin_gold

WEIGHTS = "7dfaf9f1434c19f178dcce4f5a58960b12b33f154ed94bf7539b475f878c07ec"
"""SHA-256 of the biases and of every weight by name, as ``said`` writes them: change it with a new training only."""

ROWS = {
    "begins 因为": (0.25, 0.0),
    "cue compare": (-1.5, 0.004),
    "says 注意力": (0.0, -0.02),
    "item -": (32.767, -32.768),
}


@pytest.fixture(scope="module")
def shipped():
    return parse_weights(WORTH.read_bytes(), WORTH.name)


def small(rows=ROWS, biases=(-0.404, 1.0)):
    return emit_weights(biases, rows, 7, bytes(range(32)), {"sets": ["甲"]})


def said(weights):
    """A line a model and feature; ``repr`` gives all digits of a number."""
    lines = [f"{name} {bias!r}" for name, bias in zip(MODELS, weights.biases, strict=True)]
    for name, row in weights.items():
        lines += [f"{model} {name} {weight!r}" for model, weight in zip(MODELS, row, strict=True) if weight]
    return "\n".join(sorted(lines))


def test_the_weights_were_trained_on_the_sets_as_they_are(shipped):
    assert shipped.provenance["sets"] == ["seeds", "dev", "notes", "textbook", "voices"]
    assert shipped.head.trained_on == pin_gold.digest(shipped.provenance["sets"]).digest(), (
        "annotations that train have changed: train anew with scripts/train_worth.py"
    )


def test_the_weights_were_trained_by_the_trainer_as_it_is(shipped):
    script = (ROOT / shipped.provenance["script"]).read_text(encoding="utf-8")
    version = int(re.search(r"^VERSION = (\d+)$", script, re.MULTILINE).group(1))
    assert shipped.head.trainer == version, "the trainer has changed: train anew"


def test_every_weight_is_what_was_trained(shipped):
    assert hashlib.sha256(said(shipped).encode()).hexdigest() == WEIGHTS
    rows = dict(shipped.items())
    assert len(rows) == shipped.head.features
    assert {name: models().row(name) for name in rows} == rows


def test_what_is_packed_comes_back_to_the_last_digit():
    weights = parse_weights(small(), "w")
    assert dict(weights.items()) == ROWS
    assert {name: weights.row(name) for name in ROWS} == ROWS
    assert weights.biases == (-0.404, 1.0)
    assert (weights.head.version, weights.head.trainer, weights.head.features) == (1, 7, 4)
    assert weights.head.trained_on == bytes(range(32))
    assert weights.provenance == {"sets": ["甲"]}


def test_many_pages_hold_what_one_holds():
    rows = {f"says {number}": (number / 1000, -number / 1000) for number in range(1000)}
    weights = parse_weights(small(rows), "w")
    assert weights.head.pages > 9
    assert {name: weights.row(name) for name in rows} == rows == dict(weights.items())


@pytest.mark.parametrize("rows", [{}, {"": (0.1, 0.2)}])
def test_a_file_may_hold_next_to_nothing(rows):
    weights = parse_weights(small(rows), "w")
    assert dict(weights.items()) == rows
    assert weights.row("cue") == (0.0, 0.0)


@pytest.mark.parametrize(
    "name",
    ["", "cue", "cue compar", "cue compare ", "ue compare", "Cue compare", "item -\nsays", "\ud800", "ÿ"],
)
def test_only_the_very_name_is_found(name):
    assert parse_weights(small(), "w").row(name) == (0.0, 0.0)


def test_the_layout_is_what_the_module_says():
    """Written out byte by byte, so that another program can read it."""
    parts = [
        "89 77 6f 72 74 68 0d 0a",  # what it is
        "01 00 07 00",  # format 1, trainer 7
        "01 00 00 00 01 00 00 00",  # one feature, one page
        "5e 00 00 00 02 00 00 00",  # 94 bytes, 2 of them provenance
        " ".join(["aa"] * 32),  # the hash of the training data
        "fe ff 03 00",  # the biases -0.002 and 0.003
        "7b 7d",  # {}
        "4e 00 00 00 5e 00 00 00",  # the page from 78 to 94
        "ad 89 06 b2",  # checksum of the head
        "19 4b cc 61",  # checksum of the page
        "01 00 01 00 ff ff",  # one feature: 0.001 and -0.001
        "63 75 65 20 61 ff",  # its name
    ]
    emitted = emit_weights((-0.002, 0.003), {"cue a": (0.001, -0.001)}, 7, b"\xaa" * 32, {})
    assert emitted.hex(" ") == " ".join(parts)


def test_the_same_weights_are_the_same_bytes_in_any_order():
    assert small(dict(reversed(ROWS.items()))) == small()


@pytest.mark.parametrize("row", [(0.0005, 0.0), (0.1 + 0.2, 0.0), (0.0, 32.768), (-32.769, 0.0)])
def test_a_weight_that_would_be_rounded_is_not_packed(row):
    with pytest.raises(ValueError, match="thousandths"):
        small({"cue": row})


def read_all(data):
    return dict(parse_weights(data, "w").items())


def test_a_file_that_ends_early_is_refused_wherever_it_ends():
    data = small()
    for end in range(len(data)):
        with pytest.raises(
            CardsmithError, match=r"w: .*(cut short|should have|no file of weights)"
        ) as caught:
            parse_weights(data[:end], "w")
        assert caught.value.problems[0].hint == "install cardsmith again"
    with pytest.raises(CardsmithError, match=f"have {len(data) + 1} bytes and should have {len(data)}"):
        parse_weights(data + b"\n", "w")


def test_a_changed_byte_is_refused_wherever_it_stands():
    data = small()
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(CardsmithError, match=r"w: this is no file of weights|w: .*these weights"):
            read_all(bytes(changed))


def test_a_damaged_page_is_refused_when_it_is_needed_and_no_other(shipped):
    data = bytearray(WORTH.read_bytes())
    data[-1] ^= 1
    weights = parse_weights(bytes(data), "w")
    told = []
    for name, row in shipped.items():
        try:
            assert weights.row(name) == row
        except CardsmithError as error:
            told.append(str(error))
    assert 1 < len(told) < 200
    assert re.fullmatch(r"w: these weights are damaged between the bytes [\d,]+ and 967,577 .*\n.*", told[0])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"card": {}}', "this is no file of weights"),
        (small().replace(b"\r\n", b"\n", 1), "this is no file of weights"),
        (small()[:8] + b"\x02\x00" + small()[10:], "these weights have format 2, and 1 can be read"),
        (small()[:10] + b"\x08\x00" + small()[12:], "the head of these weights is damaged"),
    ],
)
def test_what_cannot_be_read_says_why(data, message):
    with pytest.raises(CardsmithError, match=f"^w: {message} \\[unreadable\\]"):
        parse_weights(data, "w")


@pytest.mark.parametrize(("damage", "jobs"), [("cut", "1"), ("page", "1"), ("page", "2")])
def test_extract_ends_with_a_message_when_its_weights_are_damaged(tmp_path, damage, jobs):
    shutil.copytree(ROOT / "src" / "cardsmith", tmp_path / "cardsmith")
    path = tmp_path / "cardsmith" / "extract" / "data" / WORTH.name
    data = path.read_bytes()
    path.write_bytes(data[:-1000] if damage == "cut" else data[:99_999] + bytes(len(data) - 99_999))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "cardsmith",
            "extract",
            str(ROOT / "seeds"),
            "--format",
            "jsonl",
            "--jobs",
            jobs,
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 1
    assert re.fullmatch(
        r".*worth\.bin: these weights .* \[unreadable\]\n  hint: install cardsmith again\n", done.stderr
    )
