"""How long the stub of a retired card ships, and what the real Anki's Check Database makes of it meanwhile."""

import json

import pytest

from cardsmith.decks.project import read_project
from cardsmith.pipeline import build, release
from cardsmith.release.records import read_records
from cardsmith.release.retirement import LIFETIME
from conftest import DECK

T = 1_790_000_000
RECORD = "decks/released.json"
WITHOUT = DECK.partition("- id: v3-size")[0]


@pytest.fixture
def releases(root, monkeypatch):
    """A function that makes a release, in which an answer changes, and returns its package and notes."""
    count = iter(range(100))

    def make(text):
        number = next(count)
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(T + number * 86_400))
        (root / "decks/llm/dpo.yaml").write_text(
            text.replace("反之亦然", f"第 {number} 版"), encoding="utf-8"
        )
        return release(read_project(root), root / f"out{number}")

    return make


def stubs(made):
    return [s.note.card_id for built in made.built for s in built.notes if s.status == "retired"]


def imports(made):
    """What a learner does who imports each release on its day."""
    return [
        ["import_package", T + number * 86_400 + 1, str(each.built[0].path)]
        for number, each in enumerate(made)
    ]


def test_a_stub_ships_for_six_releases_after_the_one_that_retired_it_and_its_record_stays(releases, root):
    assert LIFETIME == 6
    releases(DECK)
    shipped = [stubs(releases(WITHOUT)) for _ in range(LIFETIME + 3)]
    assert shipped == [["v3-size"]] * (LIFETIME + 1) + [[], []]
    records = read_records(root / RECORD)
    assert (records["v3-size"].retired, records["v3-size"].release) == (True, 2)
    (llm,) = build(read_project(root), (), root / "dist", locked=True)
    assert (llm.notes[-1].status, llm.path.read_bytes()) == (
        "unchanged",
        (root / "out9/llm.apkg").read_bytes(),
    )


def test_a_release_that_changes_nothing_is_none_and_ages_no_stub(releases, root, monkeypatch):
    releases(DECK)
    releases(WITHOUT)
    before = (root / RECORD).read_bytes()
    for day in range(20, 30):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(T + day * 86_400))
        assert stubs(release(read_project(root))) == ["v3-size"]
    assert (root / RECORD).read_bytes() == before


def test_the_notes_tell_how_long_stubs_ship_and_when_they_end(releases):
    releases(DECK)
    told = [releases(WITHOUT).notes for _ in range(LIFETIME + 3)]
    assert all(f"停用的卡片在此后 {LIFETIME} 次更新里" in notes for notes in told)
    assert ["很久以前停用的 1 张卡片" in notes for notes in told] == [False] * 7 + [True, False]


def test_records_of_before_releases_were_counted_are_read_and_keep_their_bytes(releases, root):
    releases(DECK)
    releases(WITHOUT)
    rows = json.loads((root / RECORD).read_text())
    for row in rows.values():
        del row["release"]
    lines = (f"{json.dumps(card)}: {json.dumps(row, sort_keys=True, ensure_ascii=False)}" for card, row in rows.items())  # fmt: skip
    old = "{\n" + ",\n".join(lines) + "\n}\n"
    (root / RECORD).write_text(old)
    (llm,) = build(read_project(root), (), root / "dist", locked=True)
    assert llm.path.read_bytes() == (root / "out1/llm.apkg").read_bytes()
    release(read_project(root))
    assert (root / RECORD).read_text() == old, "a release that changes nothing leaves them as they are"
    assert [stubs(releases(WITHOUT)) for _ in range(LIFETIME + 1)] == [["v3-size"]] * LIFETIME + [[]]


def test_a_card_restored_after_its_stub_ended_is_back_with_its_history(releases, learners, tmp_path):
    made = [releases(DECK), *(releases(WITHOUT) for _ in range(LIFETIME + 2)), releases(DECK)]
    first, *later = imports(made)
    learners.do(tmp_path / "anki", first, ["answer", "Id:v3-size"])
    *_, blank, notes, history = learners.do(tmp_path / "anki", *later, ["blank"], ["notes"], ["history"])
    (guid,) = [guid for guid, (fields, *_) in notes.items() if fields[0] == "v3-size"]
    assert "671B" in notes[guid][0][1]
    assert blank == []
    assert sorted(history.values()) == [[guid, 0], [guid, 1]]


CLEANING = [["check_database"], ["count", "tag:cardsmith::retired"], ["empty_cards"]]
"""Check Database gives a card to each note that has none; Empty Cards takes it away."""


def test_no_blank_card_grows_once_stubs_have_ended(releases, learners, tmp_path):
    """Three learners over the releases: who has the card, who comes after it was retired, who comes when its stub ended."""
    made = [releases(DECK), *(releases(WITHOUT) for _ in range(LIFETIME + 4))]
    first, *later = imports(made)
    reviewed = [first, ["answer", "Id:v3-size card:1"]]
    lives = {
        "had it": (reviewed, later),
        "never had it": ([], later),
        "came when stubs had ended": ([], later[LIFETIME + 1 :]),
    }
    grown = {}
    for who, (before, after) in lives.items():
        learners.do(tmp_path / who, *before)
        answers = [learners.do(tmp_path / who, each, *CLEANING) for each in after]
        grown[who] = [answer[-2] for answer in answers]
        history, retired, cards = learners.do(
            tmp_path / who, ["history"], ["count", "tag:cardsmith::retired"], ["count"]
        )
        assert (len(history), retired, cards) == (who == "had it", 0, 2)
    assert grown["came when stubs had ended"] == [0, 0, 0]
    assert grown["never had it"] == [1] * (LIFETIME + 1) + [0, 0, 0]
    assert grown["had it"] == [2] + [1] * LIFETIME + [0, 0, 0]
