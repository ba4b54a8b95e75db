"""Random lives go well in every Anki that is here, and one that goes wrong is seen and can be lived again."""

import re
from collections import Counter
from contextlib import ExitStack

import pytest

from ankis import NEWEST
from attacks.lives import fault, open_ankis
from cardsmith.anki.notes import Note


@pytest.fixture(scope="module")
def ankis():
    with ExitStack() as stack:
        yield open_ankis(stack)


@pytest.mark.parametrize("seed", [8, 12])
def test_a_life_goes_well(ankis, tmp_path, seed):
    counts = Counter()
    assert fault(seed, tmp_path, ankis, counts) is None
    assert min(counts[name] for name in ("releases", "conflicts", "imports", "reviews")) > 1


def test_a_card_that_loses_its_first_name_is_seen_in_the_life_that_renames_one(ankis, tmp_path, monkeypatch):
    monkeypatch.setattr(Note, "identity", property(lambda note: note.card_id))
    newest = {str(NEWEST): ankis[str(NEWEST)]}
    told = fault(0, tmp_path, newest, Counter())
    assert re.match(r"python -m attacks\.lives --seed 0: F\d{4} was \S+ and is ", told)
