"""What ``diff`` says about learners is what happens in the real Anki: new cards, retired cards, conflicts, kept reviews."""

import re
import time

import pytest

from ankilab import import_package, profile, review, reviews
from cardsmith.decks.project import RELEASED_FILE, read_project
from cardsmith.diff.compare import compare
from cardsmith.diff.effects import effects
from cardsmith.errors import CardsmithError
from cardsmith.pipeline import build, release
from cardsmith.release.build import build_packages
from conftest import DECK

PATH = "decks/llm/dpo.yaml"
CLOZE = "  text: DeepSeek-V3 总参数量 {{c1::671B}}，每个 token 激活 {{c2::37B}}\n"
CITE = "  cite: arXiv:2305.18290, sec. 4\n"
MARK = "  draft: true\n"
DRAFT = f"\n- id: neu\n{MARK}  kind: claim\n  front: f\n  back: b\n  cite: 书\n"
CASES = {
    "other words": [("反之亦然", "反过来也成立")],
    "a new cloze": [(CLOZE, CLOZE.replace("token", "{{c3::token}}"))],
    "a cloze less": [(CLOZE, CLOZE.replace("{{c2::37B}}", "37B"))],
    "another number": [(CLOZE, CLOZE.replace("c2", "c3"))],
    "reverse on": [(CITE, "  reverse: true\n" + CITE)],
    "another note type": [(CLOZE, "  front: 多少参数？\n  back: 671B\n")],
    "a card removed": [(DECK[DECK.index("\n- id: v3-size") :], "")],
    "a card added": [(DRAFT, DRAFT + "\n- id: eigen\n  kind: claim\n  front: f\n  back: b\n  cite: 书\n")],
    "nothing learners see": [(CITE, CITE + "  after: [v3-size]\n")],
    "a draft accepted": [(MARK, "")],
    "a draft accepted with other words": [(MARK, ""), ("front: f", "front: F")],
    "a draft accepted with a reverse": [(MARK + "  kind: claim\n", "  kind: claim\n  reverse: true\n")],
    "a draft rejected": [(DRAFT, "")],
    "a draft changed": [("front: f", "front: F")],
    "a new draft": [(DRAFT, DRAFT + DRAFT.replace("neu", "neuer"))],
    "a released card made a draft": [("- id: v3-size\n", "- id: v3-size\n" + MARK)],
}


REFUSED = {"type-conflict": "note-type-changed", "draft-released": "draft-released"}
"""The effects that no build makes true, with the error that stops it."""


def texts(root):
    names = ("decks/topics.yaml", PATH, RELEASED_FILE)
    return {name: (root / name).read_text(encoding="utf-8") for name in names}


def empty_cards(collection):
    return {c for note in collection.get_empty_cards().notes for c in note.card_ids}


@pytest.mark.parametrize("case", CASES)
def test_what_is_said_is_what_happens(root, tmp_path, monkeypatch, case):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(time.time()) - 1000))
    (root / PATH).write_text(DECK + DRAFT, encoding="utf-8")
    release(read_project(root))
    before = texts(root)
    (first,) = build(read_project(root), ["llm"], tmp_path / "v1")
    text = DECK + DRAFT
    for old, new in CASES[case]:
        text = new.join(text.rsplit(old, 1))
    (root / PATH).write_text(text, encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(time.time()) - 500))
    difference = compare(texts(root), before)
    (found,) = effects(difference).values()
    said = " ".join(effect.text for effect in found)
    refused = REFUSED.get(found[0].code)
    if refused:
        with pytest.raises(CardsmithError, match=refused):
            build(read_project(root), ["llm"], tmp_path / "v2")
        return
    (second,) = build_packages(read_project(root), ["llm"], tmp_path / "v2")  # also a number that moves

    with profile(tmp_path / "anki") as collection:
        import_package(collection, first.path)
        cards = set(collection.find_cards(""))
        for card in cards:
            review(collection, card)
        log = import_package(collection, second.path)
        fresh = set(collection.find_cards("")) - cards
        empty = empty_cards(collection)
        history = reviews(collection)

    assert history == len(cards), "no review is lost"
    assert log["conflicting"] == 0
    assert len(empty) == sum(int(n) for n in re.findall(r"retires (\d+) card", said)) + said.count(
        "history moves"
    )
    new = sum(int(n or 1) for n in re.findall(r"(?:(\d+) )?new card", said))
    assert len(fresh) == new + said.count("history moves")
    is_old_text = re.fullmatch(
        r"nothing: .*|keeps history; learners see no change|(?:new card|2 new cards)", said
    )
    assert (log["updated"] == 0) == bool(is_old_text)
