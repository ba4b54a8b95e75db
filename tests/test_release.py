"""Stamps: what learners have moves only when content does, and never backwards."""

import time
from dataclasses import replace

import pytest

from cardsmith.anki.notes import Note
from cardsmith.errors import CardsmithError
from cardsmith.release.records import FirstBuilt, Record, emit_records, read_ledger, read_records
from cardsmith.release.stamps import build_time, stamp, updated_records, with_retired


def note(identity="a", back="b"):
    return Note(
        identity, "llm", is_cloze=False, fields=(("Id", identity), ("Back", back)), tags=(), ords=(0,)
    )


def record(of, mod, *, retired=False):
    return Record(hash=of.content_hash, mod=mod, type="basic", topic="llm", retired=retired)


def times(notes, released, ledger, now):
    return [(s.mod, s.status) for s in stamp(notes, released, ledger, now)]


def test_a_new_note_is_of_now_and_stays_so_by_the_ledger():
    assert times([note()], {}, {}, 100) == [(100, "new")]
    assert times([note()], {}, {"a": FirstBuilt(hash=note().content_hash, mod=100)}, 200) == [(100, "new")]


def test_a_released_note_keeps_its_time_whatever_the_clock_says():
    assert times([note()], {"a": record(note(), 50)}, {}, 10) == [(50, "unchanged")]


def test_a_changed_note_is_newer_than_its_release():
    released = {"a": record(note(back="old"), 50)}
    assert times([note()], released, {}, 100) == [(100, "changed")]
    assert times([note()], released, {"a": FirstBuilt(hash=note().content_hash, mod=40)}, 100) == [
        (100, "changed")
    ]
    assert times([note()], released, {}, 50) == [(51, "changed")]


def test_fields_tags_and_the_type_are_what_learners_see_of_a_note():
    hashes = {
        changed.content_hash
        for changed in (
            note(),
            note(back="c"),
            replace(note(), tags=("t",)),
            replace(note(), is_cloze=True),
        )
    }
    assert len(hashes) == 4
    assert replace(note(), topic="vision", was="older").content_hash == note().content_hash


def test_a_clock_behind_the_release_is_refused():
    with pytest.raises(CardsmithError, match="after now"):
        stamp([note()], {"a": record(note(back="old"), 50)}, {}, 40)


def test_a_second_change_in_one_second_is_newer_than_the_first():
    assert times([note()], {}, {"a": FirstBuilt(hash=note(back="old").content_hash, mod=100)}, 100) == [
        (101, "new")
    ]


def test_a_new_card_before_the_last_release_is_refused_too():
    with pytest.raises(CardsmithError, match="the last release was at 50") as raised:
        stamp([note(), note("b"), note("c")], {"a": record(note(), 50)}, {}, 40)
    assert [p.code for p in raised.value.problems] == ["time-order"]


def test_a_record_without_a_hash_is_stamped_anew():
    unsure = record(note(), 50).model_copy(update={"hash": ""})
    assert times([note()], {"a": unsure}, {}, 100) == [(100, "changed")]


def test_a_renamed_card_is_recorded_under_its_first_id_and_keeps_its_guid():
    renamed = Note("b", "llm", is_cloze=False, fields=(("Id", "b"),), tags=(), ords=(0,), was="a")
    assert renamed.guid == note("a").guid
    (only,) = updated_records(stamp([renamed], {"a": record(note(), 50)}, {}, 100), {"llm": "D"}).items()
    assert only == (
        "a",
        Record(hash=renamed.content_hash, mod=100, type="basic", topic="llm", deck="D", id="b"),
    )
    assert with_retired([renamed], {"a": record(note(), 50)}) == [renamed]


def test_a_ledger_mark_in_the_future_is_not_believed():
    assert times([note()], {}, {"a": FirstBuilt(hash=note().content_hash, mod=900)}, 100) == [(100, "new")]


def test_a_released_card_that_is_gone_becomes_a_stub():
    released = {"gone": record(note("gone"), 50)}
    notes = with_retired([note()], released)
    assert [n.card_id for n in notes] == ["a", "gone"]
    (first,) = [s for s in stamp(notes, released, {}, 100) if s.note.card_id == "gone"]
    assert (first.mod, first.status, dict(first.note.fields)) == (
        100,
        "retired",
        {"Id": "gone", "Retired": "1"},
    )


@pytest.mark.parametrize(
    ("value", "code"), [("tomorrow", "bad-time"), ("99999999999", "future-time"), ("", "bad-time")]
)
def test_a_source_date_epoch_that_is_no_past_time_is_refused(monkeypatch, value, code):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(CardsmithError) as raised:
        build_time()
    assert raised.value.problems[0].code == code


def test_source_date_epoch_is_the_time(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert build_time() == 1700000000
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert abs(build_time() - time.time()) < 2


def test_records_are_one_sorted_line_a_card_and_read_back(tmp_path):
    records = {"b": record(note("b"), 2), "a": record(note("a"), 1, retired=True)}
    path = tmp_path / "released.json"
    path.write_text(emit_records(records), encoding="utf-8")
    assert path.read_text().splitlines()[1].startswith('"a": {')
    assert read_records(path) == records
    assert read_records(tmp_path / "none.json") == {}


def test_a_damaged_record_is_an_error_and_a_damaged_ledger_is_only_forgotten(tmp_path):
    (tmp_path / "released.json").write_text('{"a": {"hash": 1}}')
    with pytest.raises(CardsmithError, match="released"):
        read_records(tmp_path / "released.json")
    assert read_ledger(tmp_path / "released.json") == {}
