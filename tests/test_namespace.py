"""Two projects, one learner: equal ids never meet in the real Anki, and a project's name stays what it was released as."""

import json
import shutil

import pytest
from anki.collection import ImportCsvRequest
from click.testing import CliRunner

from ankilab import import_package, profile, review
from cardsmith.cli.main import main
from cardsmith.decks.project import RELEASED_FILE, TOPICS_FILE, read_project
from cardsmith.errors import CardsmithError
from cardsmith.ids import full_name, guid
from cardsmith.pipeline import build, check, release
from cardsmith.release.records import read_records

T = 1_790_000_000
DECK = "decks/llm/dpo.yaml"
CARDS = ["dpo-finding", "dpo-reward", "v3-size"]


def named(root, name):
    """Give a project a name, another one, or none."""
    path = root / TOPICS_FILE
    text = path.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith("project:")]
    path.write_text("".join([f"project: {name}\n" if name else "", *kept]), encoding="utf-8")


def edit(root, old, new):
    path = root / DECK
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def clock(monkeypatch):
    return lambda seconds: monkeypatch.setenv("SOURCE_DATE_EPOCH", str(T + seconds))


@pytest.fixture(params=[("ours-1f3a", "theirs-0b7c"), ("ours-1f3a", ""), ("", "theirs-0b7c")], ids=repr)
def two(request, root, clock):
    """Two projects with the same cards, released in the same second; at most one has no name."""
    clock(0)
    folders = root / "ours", root / "theirs"
    for folder, name, text in zip(folders, request.param, ("我们", "他们"), strict=True):
        shutil.copytree(root / "decks", folder / "decks")
        named(folder, name)
        edit(folder, "反之亦然", text)
        release(read_project(folder))
    return folders


def state(collection, folder):
    """What a learner has of a project: each note's fields and tags, its cards' decks and reviews, by card id."""
    found = {}
    project = read_project(folder).topics.project or ""
    for card_id in CARDS:
        note_id = collection.db.scalar(
            "select id from notes where guid = ?", guid(full_name(project, card_id))
        )
        note = collection.get_note(note_id)
        cards = [(c.did, c.queue, c.reps, c.due) for c in note.cards()]
        log = collection.db.all(
            "select ease, ivl from revlog where cid in (select id from cards where nid = ?)", note_id
        )
        found[card_id] = (dict(note.items()), note.tags, note.mod, cards, log)
    return found


def counts(new=0, updated=0, duplicate=0):
    return {"new": new, "updated": updated, "duplicate": duplicate, "conflicting": 0}


def test_two_projects_with_equal_ids_never_touch_each_others_notes(two, tmp_path, clock):
    ours, theirs = two
    with profile(tmp_path / "anki") as collection:
        for folder in two:
            assert import_package(collection, folder / "dist/llm.apkg") == counts(new=3)
        assert (collection.note_count(), collection.card_count()) == (6, 8)
        for card_id in collection.find_cards(""):
            review(collection, card_id)
        untouched = state(collection, theirs)
        assert "他们" in untouched["dpo-finding"][0]["Back"]

        edit(ours, "我们", "我们改了")
        clock(100)
        release(read_project(ours))
        assert import_package(collection, ours / "dist/llm.apkg") == counts(updated=1, duplicate=2)
        now = state(collection, ours)
        assert "我们改了" in now["dpo-finding"][0]["Back"]
        assert len(now["dpo-finding"][4]) == 1
        assert state(collection, theirs) == untouched

        text = (ours / DECK).read_text(encoding="utf-8")
        (ours / DECK).write_text(text[: text.index("- id: v3-size")], encoding="utf-8")
        clock(200)
        release(read_project(ours))
        assert import_package(collection, ours / "dist/llm.apkg") == counts(updated=1, duplicate=2)
        assert state(collection, ours)["v3-size"][0]["Retired"] == "1"
        assert state(collection, theirs) == untouched
        (empty,) = collection.get_empty_cards().notes
        assert len(empty.card_ids) == 2

        edit(theirs, "他们", "他们也改了")
        before = state(collection, ours)
        clock(300)
        release(read_project(theirs))
        assert import_package(collection, theirs / "dist/llm.apkg") == counts(updated=1, duplicate=2)
        assert state(collection, ours) == before
        assert collection.db.scalar("select count() from revlog") == 8


def test_ankis_text_format_finds_its_own_projects_notes_too(two, tmp_path):
    with profile(tmp_path / "anki") as collection:
        for folder in two:
            import_package(collection, folder / "dist/llm.apkg")
        before = [state(collection, folder) for folder in two]
        (built,) = build(read_project(two[0]), (), two[0] / "dist", output_format="tsv")
        text = built.path.read_text(encoding="utf-8").replace("我们", "用文本改了")
        built.path.write_text(text, encoding="utf-8")
        metadata = collection.get_csv_metadata(str(built.path), None)
        collection.import_csv(ImportCsvRequest(path=str(built.path), metadata=metadata))
        assert collection.note_count() == 6
        assert "用文本改了" in state(collection, two[0])["dpo-finding"][0]["Back"]
        assert state(collection, two[1]) == before[1]


def test_the_numbers_of_notes_cards_and_decks_are_a_projects_own(two, tmp_path):
    found = []
    for number, folder in enumerate(two):
        with profile(tmp_path / str(number)) as collection:
            import_package(collection, folder / "dist/llm.apkg")
            found.append({*collection.find_notes(""), *collection.find_cards("")})
    assert found[0] & found[1] == set()


def test_a_guid_without_a_project_is_as_ever_and_full_names_never_meet():
    assert guid(full_name("", "a")) == "rsBg0Ziq4vSgfeAf"
    assert guid(full_name("ours-1f3a", "a")) == "1kaG8VjgUSgGXw9_"
    assert full_name("a", "b-c") != full_name("a-b", "c")


@pytest.mark.parametrize(("was", "now"), [("ours-1f3a", "other-1f3a"), ("ours-1f3a", ""), ("", "ours-1f3a")])
def test_the_name_of_a_released_project_is_never_changed(root, clock, was, now):
    named(root, was)
    clock(0)
    release(read_project(root))
    before = (root / RELEASED_FILE).read_bytes(), (root / "dist/llm.apkg").read_bytes()
    named(root, now)
    for command in ("check", "build", "release"):
        done = CliRunner().invoke(main, [command])
        assert done.exit_code == 1
        assert "[project-renamed]" in done.output
        assert "every card twice" in done.output
        assert (f"write `project: {was}` again" if was else "take `project:` out again") in done.output
    assert ((root / RELEASED_FILE).read_bytes(), (root / "dist/llm.apkg").read_bytes()) == before
    named(root, was)
    assert "project-renamed" not in {problem.code for problem in check(read_project(root))}
    build(read_project(root), (), root / "dist", locked=True)


def test_before_the_first_release_a_name_may_be_given_and_changed(root, clock):
    clock(0)
    for name in ("", "one-1111", "two-2222"):
        named(root, name)
        build(read_project(root), (), root / "dist")
    assert release(read_project(root)).records["v3-size"].project == "two-2222"


def test_a_record_from_before_names_existed_reads_as_that_of_a_nameless_project(root, clock):
    clock(0)
    release(read_project(root))
    assert "project" not in (root / RELEASED_FILE).read_text(encoding="utf-8")
    assert {record.project for record in read_records(root / RELEASED_FILE).values()} == {""}


def test_a_record_of_two_names_is_refused_whatever_the_project_is_called(root, clock):
    named(root, "ours-1f3a")
    clock(0)
    release(read_project(root))
    record = json.loads((root / RELEASED_FILE).read_text(encoding="utf-8"))
    record["v3-size"]["project"] = "other-2222"
    (root / RELEASED_FILE).write_text(json.dumps(record), encoding="utf-8")
    for name in ("ours-1f3a", "other-2222"):
        named(root, name)
        with pytest.raises(CardsmithError, match="project-renamed"):
            build(read_project(root), (), root / "dist")


@pytest.mark.parametrize("name", ["Ours", "9a", "a/b", "a b", "-a", "ä", "''", "a\u00ad"])
def test_a_name_that_is_no_slug_is_refused_at_its_place(root, name):
    named(root, name)
    with pytest.raises(CardsmithError) as caught:
        read_project(root)
    assert [(p.path, p.line) for p in caught.value.problems] == [(TOPICS_FILE, 1)]


def test_the_first_release_of_a_nameless_project_says_what_a_name_would_do(root, clock):
    clock(0)
    first = CliRunner().invoke(main, ["release"])
    assert first.exit_code == 0
    assert "advice: this project has no name" in first.stderr
    clock(1)
    assert "advice" not in CliRunner().invoke(main, ["release"]).stderr
    (root / RELEASED_FILE).unlink()
    name = first.stderr.split("`project: ")[1].split("`")[0]
    named(root, name)
    done = CliRunner().invoke(main, ["release"])
    assert (done.exit_code, "advice" in done.stderr) == (0, False)


@pytest.mark.parametrize(
    ("folder", "stem"),
    [
        ("my-cards", "my-cards"),
        ("My Cards", "my-cards"),
        ("卡片", "llm"),
        ("2026", "llm"),
        ("x" * 90, "x" * 40),
    ],
)
def test_init_gives_a_project_a_name_of_its_own(tmp_path, folder, stem):
    names = []
    for number in "ab":
        home = tmp_path / number / folder
        assert CliRunner().invoke(main, ["init", str(home), "--topic", "llm"]).exit_code == 0
        names.append(read_project(home).topics.project)
    assert [name.rpartition("-")[0] for name in names] == [stem, stem]
    assert all(len(name.rpartition("-")[2]) == 4 for name in names)
