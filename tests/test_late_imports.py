"""A learner imports an older release after a newer one was released: what each Anki makes of it, and what mends it."""

import pytest

from ankis import NEWEST, Learners, python_of
from anyanki import OPTIONS
from cardsmith.decks.project import read_project
from cardsmith.pipeline import release
from conftest import DECK

T = 1_790_000_000
DAY = 86_400
ALWAYS = OPTIONS[0] | {"update_notes": 1}
OWN = "- id: own\n  kind: claim\n  front: 问\n  back: 答\n  cite: 书\n"
CHANGED = [("dpo-finding", "关键发现"), ("dpo-reward", "重参数化"), ("v3-size", "总参数量")]


def edition(number):
    """The deck with three cards changed, and one that never changes."""
    text = DECK
    for _, words in CHANGED:
        text = text.replace(words, f"{words} {number}")
    return text + "\n" + OWN


@pytest.fixture
def packages(root, monkeypatch):
    """A function that releases texts, one a day, and returns the packages' paths."""

    def make(*texts):
        paths = []
        for day, text in enumerate(texts):
            monkeypatch.setenv("SOURCE_DATE_EPOCH", str(T + day * DAY))
            (root / "decks/llm/dpo.yaml").write_text(text, encoding="utf-8")
            made = release(read_project(root), root / f"out{day}", retire=True)
            paths.append(str(made.built[0].path))
        return paths

    return make


@pytest.fixture
def newest():
    with Learners(python_of(NEWEST.anki), NEWEST) as learners:
        yield learners


def numbers(notes):
    """Which edition of each changed card a learner has."""
    fields = {note[0]: " ".join(note) for note, *_ in notes.values()}
    return [next(n for n in "123" if f"{words} {n}" in fields[card]) for card, words in CHANGED]


def tags(notes):
    return next(tags for note, tags, _ in notes.values() if note[0] == "own")


def late(packages):
    """The first release in its time, with an edit; the second one day late, after the third was released; the third."""
    first, second, third = packages
    edit = ["edit", T + 2, "own", "meine Worte", "mine"]
    imports = [["import_package", T + 2 * DAY + 1, second], ["import_package", T + 2 * DAY + 2, third]]
    return [["import_package", T + 1, first], edit, ["answer", ""], *imports]


def test_a_late_import_silences_what_it_updated_where_it_gives_its_own_time(
    packages, importer, learners, newest, tmp_path
):
    made = packages(*map(edition, (1, 2, 3)))
    *_, second, third, notes = learners.do(tmp_path / "anki", *late(made), ["notes"])
    assert second["updated"] == 3
    assert third["updated"] == (0 if importer.import_time else 3)
    assert numbers(notes) == ["2" if importer.import_time else "3"] * 3
    assert "mine" in tags(notes)
    again = ["import_package", T + 3 * DAY, made[2]]
    assert learners.do(tmp_path / "anki", again)[0]["updated"] == 0
    if not importer.has_options:
        assert newest.do(tmp_path / "anki", again)[0]["updated"] == 0  # a newer Anki alone mends nothing
    able = learners if importer.has_options else newest
    *_, notes, history = able.do(tmp_path / "anki", [*again, ALWAYS], ["notes"], ["history"])
    assert numbers(notes) == ["3"] * 3
    assert "mine" not in tags(notes)  # the price
    assert len(history) == 5


def test_a_later_change_of_a_silenced_card_arrives(packages, learners, tmp_path):
    made = packages(*map(edition, (1, 2, 3, 1)))
    *_, notes = learners.do(
        tmp_path / "anki", *late(made[:3]), ["import_package", T + 3 * DAY + 1, made[3]], ["notes"]
    )
    assert numbers(notes) == ["1"] * 3
    assert "mine" in tags(notes)


def test_a_restored_card_stays_blank_after_a_late_import_that_gives_its_own_time(
    packages, importer, learners, newest, tmp_path
):
    without = edition(1).replace(OWN, "")
    made = packages(edition(1), without, edition(1))
    *_, notes, before, blank = learners.do(
        tmp_path / "anki",
        ["import_package", T + 1, made[0]],
        ["answer", ""],
        *[["import_package", T + 2 * DAY + n, path] for n, path in enumerate(made[1:], 1)],
        ["notes"],
        ["history"],
        ["blank"],
    )
    (own,) = [guid for guid, (_, tags, _) in notes.items() if "cardsmith::retired" in tags] or [None]
    assert blank == ([[own, 0]] if importer.import_time else [])
    again = ["import_package", T + 3 * DAY, made[2], ALWAYS]
    *_, blank, after = newest.do(tmp_path / "anki", again, ["blank"], ["history"])
    assert blank == []
    assert (after, len(after)) == (before, 5)
