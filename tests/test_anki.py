"""The real Anki imports what we build, updates only what changed, and keeps every review."""

import html
import json
import re

import pytest
from anki.collection import ImportCsvRequest

from ankilab import import_package, note_by_card_id, profile, review, reviews
from cardsmith import __version__
from cardsmith.decks.project import read_project
from cardsmith.pipeline import build, release
from cardsmith.text.latex import find_formulas
from conftest import DECK, ROOT


def build_at(root, folder, when, monkeypatch, topics=("llm",)):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(when))
    return {built.topic: built for built in build(read_project(root), topics, root / folder)}


def test_every_topic_of_the_repository_goes_into_one_profile(tmp_path):
    project = read_project(ROOT)
    out = tmp_path / "dist"
    before = {path: path.read_bytes() for path in (ROOT / "decks").rglob("*") if path.is_file()}
    built = build(project, (), out)
    assert {path: path.read_bytes() for path in (ROOT / "decks").rglob("*") if path.is_file()} == before
    with profile(tmp_path / "anki") as collection:
        for topic in built:
            counts = import_package(collection, topic.path)
            assert counts == {"new": len(topic.notes), "updated": 0, "duplicate": 0, "conflicting": 0}
        assert sorted(n.name for n in collection.models.all_names_and_ids() if "cardsmith" in n.name) == [
            "cardsmith Basic",
            "cardsmith Cloze",
        ]
        stubs = sum(topic.count("retired") for topic in built)
        assert collection.note_count() - stubs == sum(len(deck.entries) for deck in project.decks) > 0
        assert collection.card_count() == sum(topic.cards for topic in built)
        cards = {entry.card.id: entry.card for deck in project.decks for entry in deck.entries}
        for card_id in collection.find_cards(""):
            card = collection.get_card(card_id)
            front, back = card.question(), card.answer()
            source = cards[card.note()["Id"]]
            front, back = (re.sub(r"<style>.*?</style>", "", side, flags=re.DOTALL) for side in (front, back))
            assert "template" not in (front + back).casefold()
            assert re.sub(r"<[^>]+>|\s", "", front)
            shown = html.unescape(re.sub(r"<[^>]+>", "", front + back))
            for field in (source.front, source.back, source.extra):
                for formula in find_formulas(field or ""):
                    assert formula.body.strip() in shown
        decks = {deck.name for deck in collection.decks.all_names_and_ids()}
        assert {
            topic.deck
            for name, topic in project.topics.topics.items()
            if any(b.topic == name and b.notes for b in built)
        } <= decks


def test_one_edited_card_is_one_update_and_no_review_is_lost(root, tmp_path, monkeypatch):
    first = build_at(root, "v1", 1_790_000_000, monkeypatch)["llm"]
    with profile(tmp_path / "anki") as collection:
        assert import_package(collection, first.path)["new"] == 3
        for card_id in collection.find_cards(""):
            review(collection, card_id)
        size = note_by_card_id(collection, "v3-size")
        size.tags.append("mine")
        size["Extra"] = "learner's own words"
        collection.update_note(size)
        finding = note_by_card_id(collection, "dpo-finding")
        schedule = [
            tuple(row) for row in collection.db.all("select id, due, ivl, reps, queue from cards order by id")
        ]
        assert reviews(collection) == 4

        (root / "decks/llm/dpo.yaml").write_text(DECK.replace("反之亦然", "反过来也成立"), encoding="utf-8")
        second = build_at(root, "v2", 1_790_100_000, monkeypatch)["llm"]
        counts = import_package(collection, second.path)
        assert counts == {"new": 0, "updated": 1, "duplicate": 2, "conflicting": 0}
        finding.load()
        size.load()
        assert "反过来也成立" in finding["Back"]
        assert (size["Extra"], "mine" in size.tags) == ("learner's own words", True)
        assert [
            tuple(r) for r in collection.db.all("select id, due, ivl, reps, queue from cards order by id")
        ] == schedule
        assert reviews(collection) == 4


def test_a_retired_card_is_what_empty_cards_finds(root, tmp_path, monkeypatch):
    first = build_at(root, "v1", 1_790_000_000, monkeypatch)["llm"]
    release(read_project(root))
    text, _, rest = DECK.partition("- id: dpo-reward")
    (root / "decks/llm/dpo.yaml").write_text(
        text + "- id: v3-size" + rest.partition("- id: v3-size")[2], encoding="utf-8"
    )
    second = build_at(root, "v2", 1_790_100_000, monkeypatch)["llm"]
    assert (second.count("retired"), second.count("unchanged")) == (1, 2)
    with profile(tmp_path / "anki") as collection:
        import_package(collection, first.path)
        reward = note_by_card_id(collection, "dpo-reward").id
        assert import_package(collection, second.path) == {
            "new": 0,
            "updated": 1,
            "duplicate": 2,
            "conflicting": 0,
        }
        report = collection.get_empty_cards()
        assert [note.note_id for note in report.notes] == [reward]


def test_new_cards_are_learnt_in_the_order_that_after_asks_for(root, tmp_path, monkeypatch):
    cards = "".join(
        f"- {{id: {name}, kind: claim, front: {name}, back: b, cite: c{after}}}\n"
        for name, after in (
            ("mla", ", after: [gqa]"),
            ("gqa", ", after: [mqa]"),
            ("mqa", ", after: [mha]"),
            ("mha", ""),
            ("last", ""),
        )
    )
    (root / "decks/llm/attention.yaml").write_text("title: t\ncards:\n" + cards, encoding="utf-8")
    built = build_at(root, "v1", 1_790_000_000, monkeypatch)["llm"]
    with profile(tmp_path / "anki") as collection:
        import_package(collection, built.path)
        collection.decks.select(collection.decks.id("cardsmith::大语言模型"))
        queue = [
            collection.get_card(entry.card.id).note()["Id"]
            for entry in collection.sched.get_queued_cards(fetch_limit=50).cards
        ]
    assert queue == ["mha", "mqa", "gqa", "mla", "last", "dpo-finding", "dpo-reward", "v3-size", "v3-size"]


def test_a_stub_is_invisible_to_who_never_had_the_card_and_comes_back_to_both(root, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    release(read_project(root), root / "v1")
    (root / "decks/llm/dpo.yaml").write_text(DECK.partition("- id: v3-size")[0], encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790100000")
    release(read_project(root), root / "v2")
    (root / "decks/llm/dpo.yaml").write_text(DECK, encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790200000")
    release(read_project(root), root / "v3")
    with profile(tmp_path / "new") as collection:
        import_package(collection, root / "v2/llm.apkg")
        assert (collection.card_count(), list(collection.get_empty_cards().notes)) == (2, [])
        assert import_package(collection, root / "v3/llm.apkg")["updated"] == 1
        assert (collection.card_count(), list(collection.get_empty_cards().notes)) == (4, [])
        assert "671B" in note_by_card_id(collection, "v3-size").cards()[0].answer()


def test_the_text_format_updates_what_a_package_brought(root, tmp_path, monkeypatch):
    package = build_at(root, "v1", 1_790_000_000, monkeypatch)["llm"]
    (root / "decks/llm/dpo.yaml").write_text(
        DECK.replace("反之亦然", "反过来也\\(a<b\\)成立"), encoding="utf-8"
    )
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790100000")
    (text,) = build(read_project(root), ("llm",), root / "v2", output_format="tsv")
    assert text.path.read_text(encoding="utf-8").splitlines()[2] == "#guid column:1"
    with profile(tmp_path / "anki") as collection:
        import_package(collection, package.path)
        for card_id in collection.find_cards(""):
            review(collection, card_id)
        metadata = collection.get_csv_metadata(str(text.path), None)
        log = collection.import_csv(ImportCsvRequest(path=str(text.path), metadata=metadata)).log
        assert (len(log.new), collection.note_count(), reviews(collection)) == (0, 3, 4)
        assert note_by_card_id(collection, "dpo-finding")["Back"].endswith(r"反过来也\(a&lt;b\)成立。")
        assert note_by_card_id(collection, "v3-size").tags == ["cardsmith::llm::dpo"]


def test_json_has_all_that_a_package_carries(root, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    (made,) = build(read_project(root), ("llm",), root / "v1", output_format="json")
    data = json.loads(made.path.read_text(encoding="utf-8"))
    assert data["deck"] == "cardsmith::大语言模型"
    assert [(n["id"], n["notetype"], n["mod"], n["status"]) for n in data["notes"]][2] == (
        "v3-size", "cardsmith Cloze", 1_790_000_000, "new",
    )  # fmt: skip


def test_a_deck_says_what_it_is_where_from_and_how_old(root, tmp_path, monkeypatch):
    topics = (root / "decks/topics.yaml").read_text(encoding="utf-8")
    (root / "decks/topics.yaml").write_text("licence: CC BY 4.0\n" + topics, encoding="utf-8")
    built = build_at(root, "v1", 1_790_000_000, monkeypatch)["llm"]
    with profile(tmp_path / "anki") as collection:
        import_package(collection, built.path)
        description = collection.decks.by_name("cardsmith::大语言模型")["desc"]
    assert description == (
        "<b>大语言模型</b><br>测试<br><br>3 条笔记，1 个来源 · 许可：CC BY 4.0 · 版本 2026-09-21 · "
        f"由 cardsmith {__version__} 制作"
    )


@pytest.mark.parametrize("field", ["<script>alert(1)</script>", r"\(a<b\)", "{{front}}", "a :: b"])
def test_hostile_text_is_shown_as_text(root, tmp_path, monkeypatch, field):
    deck = f"title: t\ncards:\n- id: a\n  kind: claim\n  front: f\n  back: |-\n    {field}\n  cite: arXiv:1\n"
    (root / "decks/llm/dpo.yaml").write_text(deck, encoding="utf-8")
    built = build_at(root, "v1", 1_790_000_000, monkeypatch)["llm"]
    with profile(tmp_path / "anki") as collection:
        import_package(collection, built.path)
        (card_id,) = collection.find_cards("")
        answer = collection.get_card(card_id).answer()
        assert field in html.unescape(re.sub(r"<[^>]+>", "", answer.replace("<script", "&lt;script.raw")))
