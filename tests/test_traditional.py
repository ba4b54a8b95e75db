"""Traditional Chinese is read like simplified and answered in its own characters."""

import json

import pytest

from cardsmith.extract.candidates import extract
from cardsmith.sources.reading import parse_source
from cardsmith.text.traditional import is_traditional, simplified, traditional
from conftest import ROOT

SEEDS = json.loads((ROOT / "tests" / "gold" / "seeds_texts.json").read_text())


def cards(text):
    (excerpt,) = parse_source(text, "note.txt")
    return extract(excerpt).candidates


def test_a_traditional_definition_becomes_a_traditional_card():
    (card,) = cards("在大型語言模型中,幻覺(Hallucination)通常指模型生成不實、虛構、不一致或無意義的內容。")
    assert card.front == "什麼是幻覺？"
    assert card.back == "模型生成不實、虛構、不一致或無意義的內容"
    assert card.quote.startswith("幻覺(Hallucination)")


def test_lengths_never_change():
    every = "".join(map(chr, range(0x4E00, 0x9FFF)))
    assert len(simplified(every)) == len(traditional(every)) == len(every)


def test_the_share_tells_traditional_from_simplified():
    assert [entry["id"] for entry in SEEDS if is_traditional(entry["text"])] == []
    assert [entry["id"] for entry in SEEDS if not is_traditional(traditional(entry["text"]))] == []


def test_naming_words_are_read_in_both_scripts():
    (card,) = cards("把訓練時隨機丟棄一部分神經元輸出的正則化方法稱為隨機失活(Dropout)。")
    assert card.kind == "definition"
    assert card.front == "什麼是隨機失活？"


INVERTIBLE = [entry for entry in SEEDS if simplified(traditional(entry["text"])) == entry["text"]]


def test_most_seeds_come_back_unchanged():
    assert len(INVERTIBLE) > 30


@pytest.mark.parametrize("entry", INVERTIBLE, ids=lambda entry: entry["id"])
def test_the_same_places_are_found_in_both_scripts(entry):
    written = traditional(entry["text"])
    here, there = cards(entry["text"]), cards(written)
    assert [(card.span, card.kind) for card in there] == [(card.span, card.kind) for card in here]
    assert all(card.quote == written[card.span.start : card.span.end] for card in there)
