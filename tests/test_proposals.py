"""Candidates to proposals: each question is asked once, whole cards only, and a new article finds a free place."""

from dataclasses import replace

import pytest

from cardsmith.decks.project import LOCK_FOLDER, read_project
from cardsmith.extract.candidates import extract_all
from cardsmith.model import Candidate, Excerpt, Extraction, Span
from cardsmith.places import Place
from cardsmith.propose.excerpts import read_excerpts
from cardsmith.propose.filing import article_name, free_path
from cardsmith.propose.lineage import read_lineage
from cardsmith.propose.lock import read_memory
from cardsmith.propose.proposals import (
    MAX_PROPOSED_ANSWER,
    is_ready,
    offers,
    proposed_card,
    without_repeats,
)
from cardsmith.propose.reconcile import reconcile
from conftest import ROOT


def excerpt(identity="x01234567", text="剪枝是删去不重要的权重。"):
    return Excerpt(identity, text, (), (Place("seeds/a.txt", 1),), truncated=False)


def candidate(front="什么是剪枝？", back="删去不重要的权重", score=0.5, **fields):
    plain = {
        "excerpt": "x01234567",
        "kind": "definition",
        "term": "剪枝",
        "span": Span(0, 5),
        "quote": "剪枝是删去",
    }
    return Candidate(
        **plain | {"rule": "r", "anchor": "剪枝", "front": front, "back": back, "score": score} | fields
    )


def backs(*extractions):
    return [[c.back for c in extraction.candidates] for extraction in without_repeats(extractions)]


@pytest.mark.parametrize(
    ("scores", "kept"),
    [((0.4, 0.6), [[], ["乙"]]), ((0.6, 0.4), [["甲"], []]), ((0.5, 0.5), [["甲"], []])],
    ids=["the second is better", "the first is better", "both are as good"],
)
def test_of_two_equal_fronts_the_better_stays_else_the_first(scores, kept):
    one, other = (
        Extraction(excerpt(name), (candidate(back=back, score=score),))
        for name, back, score in zip(("x00000001", "x00000002"), "甲乙", scores, strict=True)
    )
    assert backs(one, other) == kept


def test_fronts_are_equal_whatever_their_marks_and_widths():
    fronts = ("什么是 LoRA？", "什么是lora?", "什么是 QLoRA？")
    found = Extraction(excerpt(), tuple(candidate(front, back=front) for front in fronts))
    assert backs(found) == [["什么是 LoRA？", "什么是 QLoRA？"]]


def test_an_answer_that_wants_an_author_is_not_proposed():
    assert is_ready(candidate(back="长" * MAX_PROPOSED_ANSWER))
    assert not is_ready(candidate(back="长" * (MAX_PROPOSED_ANSWER + 1)))
    assert not is_ready(candidate(flags=("no-question",)))


def test_a_line_of_a_seed_list_is_called_by_its_subject_and_takes_no_others_place():
    source = excerpt(text="LoRA 是一种微调方法。LoRA 冻结权重。LoRA 很省显存。")
    assert article_name(source) == ("LoRA", "lora")
    assert free_path("llm", source, "lora", set()) == "decks/llm/lora.yaml"
    assert free_path("llm", source, "lora", {"decks/llm/lora.yaml"}) == "decks/llm/lora-0123.yaml"


def test_a_proposed_id_is_of_the_fact_and_never_of_its_wording():
    ids = {
        proposed_card(candidate(front, back), "x01234567", "pruning").id for front, back in ("甲乙", "丙丁")
    }
    assert len(ids) == 1
    assert proposed_card(candidate(anchor="量化"), "x01234567", "pruning").id not in ids


@pytest.mark.parametrize("article", ["3d", "三维重建"])
def test_an_article_whose_name_makes_no_id_lends_its_excerpts(article):
    assert proposed_card(candidate(), "x01234567", article).id.startswith("x01234567-")


def test_no_fact_of_the_bundled_decks_comes_back_under_other_names():
    """What was rejected or is curated stays so, also when every rule and every id is another one."""
    project = read_project(ROOT)
    excerpts = read_excerpts(project)
    known = {part.id: name for name, parts in read_lineage(project, excerpts).items() for part in parts}
    offered, back = 0, []
    for extraction in without_repeats(extract_all(excerpts)):
        name = known.get(extraction.excerpt.id, extraction.excerpt.id)
        for deck in project.decks_of(name):
            lock, _ = read_memory(project.file(f"{LOCK_FOLDER}/{name}.jsonl"), name)
            fresh = [
                replace(offer, card=offer.card.model_copy(update={"id": f"fresh-{number}"}))
                for number, offer in enumerate(offers(extraction, name, "article"))
            ]
            offered += len(fresh)
            back += reconcile(deck, lock, fresh, extraction.excerpt.text).added
    assert offered > 100
    assert back == []
