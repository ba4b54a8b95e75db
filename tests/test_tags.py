"""Tags that differ in capital letters: what the real Anki makes of them, and what `check` says."""

import pytest

from ankilab import import_package, note_by_card_id, profile
from cardsmith import pipeline
from cardsmith.decks.project import read_project


def lay_down(root, *tags):
    cards = (
        f"- id: card-{number}\n  kind: claim\n  front: 第{number}层之后是什么？\n  back: 第{number}次归一化\n"
        f"  cite: arXiv:1706.03762, sec. {number}\n  tags: ['{tag}']\n"
        for number, tag in enumerate(tags, 1)
    )
    (root / "decks/llm/dpo.yaml").write_text("title: 归一化\ncards:\n" + "".join(cards), encoding="utf-8")
    return read_project(root)


@pytest.mark.parametrize(("own", "shown"), [(None, "LLM"), ("lLm", "lLm"), ("Llm::Alt", "LLM")])
def test_anki_shows_one_spelling_the_learners_own_if_there_is_one(root, tmp_path, own, shown):
    (built,) = pipeline.build(lay_down(root, "LLM", "llm", "llm::x"))
    with profile(tmp_path / "anki") as collection:
        if own:
            note = collection.new_note(collection.models.by_name("Basic"))
            note["Front"], note.tags = "mine", [own]
            collection.add_note(note, 1)
        import_package(collection, built.path)
        tags = [note_by_card_id(collection, f"card-{number}").tags[1] for number in (1, 2, 3)]
        assert tags == [shown, shown, f"{shown}::x"]
        found = [len(collection.find_notes(f"tag:{spelling}")) for spelling in ("llm", "LLM", "lLm")]
        assert found == [4 if own else 3] * 3


def test_the_rarer_spelling_is_told_with_its_place_and_can_be_allowed(root):
    assert pipeline.check(lay_down(root, "LLM", "LLM", "nlp", "LLM::RoPE")) == []
    found = pipeline.check(lay_down(root, "llm", "LLM", "LLM::rope", "LLM::RoPE", "LLM::RoPE"))
    assert [(problem.code, problem.line, problem.column, problem.hint) for problem in found] == [
        ("tag-case", 8, 10, "write LLM"),
        ("tag-case", 20, 10, "write LLM::RoPE"),
    ]
    path = root / "decks/llm/dpo.yaml"
    text = path.read_text(encoding="utf-8")
    allowed = "tags: ['llm']\n  allow:\n    tag-case: 模型的名字\n"
    path.write_text(text.replace("tags: ['llm']\n", allowed), encoding="utf-8")
    assert [problem.hint for problem in pipeline.check(read_project(root))] == ["write LLM::RoPE"]
