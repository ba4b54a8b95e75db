"""Each trap of genanki 0.13.1 stays closed; the lines named are genanki's."""

import io
import json
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from dataclasses import replace

import genanki
import pytest

from ankilab import import_package, profile
from cardsmith.anki.notes import Note
from cardsmith.anki.notetypes import model_time, note_types
from cardsmith.anki.package import StampedNote, build_package


def note(identity="a", **fields):
    filled = {"Id": identity, "Front": "f", "Back": "b", **fields}
    return Note(identity, "llm", is_cloze=False, fields=tuple(filled.items()), tags=("t",), ords=(0,))


def packed(*stamped):
    return build_package("D", "about", [StampedNote(n, mod) for n, mod in stamped])


def tables(package, query):
    with zipfile.ZipFile(io.BytesIO(package)) as archive, closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(archive.read("collection.anki2"))
        return database.execute(query).fetchall()


def test_the_guid_is_of_the_id_and_never_of_the_fields():
    """note.py:120: a typo fixed would make a duplicate without history."""
    assert note(Front="x").guid == note(Front="y").guid == "rsBg0Ziq4vSgfeAf"
    assert note("b").guid != note("a").guid


def test_each_note_has_its_own_time_and_the_note_types_have_theirs():
    """package.py:36: one clock time for everything would wipe the learner's edits."""
    package = packed((note("a"), 100), (note("b"), 200))
    assert tables(package, "select mod from notes order by mod") == [(100,), (200,)]
    (models,) = tables(package, "select models from col")[0]
    assert {model["mod"] for model in json.loads(models).values()} == {model_time()}
    assert tables(package, "select distinct usn from notes") == [(-1,)]


def test_no_temporary_file_is_left_and_none_is_made(tmp_path, monkeypatch):
    """package.py:30: genanki leaves one behind on each write."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    deck = genanki.Deck(1, "D")
    genanki.Package(deck).write_to_file(str(tmp_path / "theirs.apkg"))
    assert len([path for path in tmp_path.iterdir() if path.name != "theirs.apkg"]) == 1
    before = sorted(tmp_path.iterdir())
    packed((note(), 1))
    assert sorted(tmp_path.iterdir()) == before


def test_the_zip_is_deflated_sorted_and_without_a_clock():
    """package.py:46: stored, with the wall clock in it."""
    with zipfile.ZipFile(io.BytesIO(packed((note(), 1)))) as archive:
        assert [member.filename for member in archive.infolist()] == ["collection.anki2", "media"]
        assert {m.date_time for m in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {m.compress_type for m in archive.infolist()} == {zipfile.ZIP_DEFLATED}


def test_both_note_types_are_in_each_package_once_with_all_their_ids():
    """deck.py:62: a model used by two decks is written twice, and ids must be given to stay."""
    (models,) = tables(packed((note(), 1)), "select models from col")[0]
    pairs = json.loads(models, object_pairs_hook=list)
    assert [key for key, _ in pairs] == [str(kind.id) for kind in note_types()]
    for kind, model in zip(note_types(), json.loads(models).values(), strict=True):
        assert [(f["name"], f["id"]) for f in model["flds"]] == list(kind.fields)
        assert [(t["name"], t["id"]) for t in model["tmpls"]] == [(t.name, t.id) for t in kind.templates]


def test_a_card_needs_only_its_front(tmp_path):
    """model.py:53: genanki would require every field that a filter or a condition stands before."""
    path = tmp_path / "p.apkg"
    path.write_bytes(packed((note(Back=""), 1), (replace(note("b", Reverse="1"), ords=(0, 1)), 1)))
    (models,) = tables(path.read_bytes(), "select models from col")[0]
    basic = json.loads(models)[str(note_types()[0].id)]
    assert basic["req"] == [[0, "any", [1]], [1, "all", [2, 3]]]
    with profile(tmp_path / "anki") as collection:
        assert import_package(collection, path)["new"] == 2
        assert collection.card_count() == 3
        assert list(collection.get_empty_cards().notes) == []


def test_a_note_id_is_the_same_in_every_package_and_leaves_room_for_its_cards():
    alone = tables(packed((note("b"), 1)), "select id from notes")
    assert alone[0] in tables(packed((note("a"), 1), (note("b"), 1)), "select id from notes")
    ids = [
        row[0] for row in tables(packed(*((note(f"n{i}"), 1) for i in range(2000))), "select id from notes")
    ]
    assert all(b - a >= 100 for a, b in zip(sorted(ids), sorted(ids)[1:], strict=False))


def test_notes_whose_numbers_collide_still_have_room_for_their_cards(tmp_path):
    """Of these three the hashes agree in what a note id is made of."""
    unlucky = [
        replace(note(name, Reverse="1"), ords=(0, 1)) for name in ("card-78491", "card-256228", "card-353268")
    ]
    package = packed(*((one, 1) for one in unlucky))
    ids = [row[0] for row in tables(package, "select id from notes order by rowid")]
    assert [number - ids[0] for number in ids] == [0, 100, 200]
    (tmp_path / "p.apkg").write_bytes(package)
    with profile(tmp_path / "anki") as collection:
        assert import_package(collection, tmp_path / "p.apkg")["new"] == 3
        assert collection.card_count() == 6


def test_a_package_ships_no_schedule_and_no_preset():
    package = packed((note(), 1))
    assert tables(package, "select count() from revlog") == [(0,)]
    assert tables(package, "select distinct type, queue, reps, lapses, ivl from cards") == [(0, 0, 0, 0, 0)]
    (presets,) = tables(package, "select dconf from col")[0]
    assert list(json.loads(presets)) == ["1"]


@pytest.mark.parametrize("identity", ["a", "dpo-finding", "x80d8d2c6-1"])
def test_a_guid_is_sixteen_safe_characters(identity):
    assert len(note(identity).guid) == 16
    assert note(identity).guid.isascii()
