"""New articles are filed by their words; two tokenizers agree."""

import json

import pytest

from cardsmith.decks.project import read_project
from cardsmith.model import Topics
from cardsmith.propose.filing import article_name, topic_classifier
from cardsmith.sources.reading import parse_source, read_sources
from conftest import ROOT

TOPIC = {"title": "题", "deck": "D", "description": "测试", "keywords": ["注意力"]}


@pytest.mark.parametrize("tokenizer", ["rjieba", "jieba"])
def test_most_articles_are_filed_where_a_reader_would_look(tokenizer, monkeypatch, tmp_path):
    if tokenizer == "jieba":
        monkeypatch.setattr("cardsmith.text.tokenizer.find_spec", lambda _name: None)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    topics = {
        row["text"]: gold["topic"]
        for row in json.loads((ROOT / "tests/gold/seeds_texts.json").read_text())
        for gold in map(json.loads, (ROOT / "tests/gold/seeds.jsonl").read_text().splitlines())
        if gold["id"] == row["id"]
    }
    classify = topic_classifier(read_project(ROOT).topics)
    right = sum(classify(excerpt) == topics[excerpt.text] for excerpt in read_sources([ROOT / "seeds"], ROOT))
    assert right >= 41
    if tokenizer == "jieba":
        assert (tmp_path / "cardsmith").stat().st_mode & 0o077 == 0


def test_the_first_topic_takes_what_no_keyword_speaks_for():
    classify = topic_classifier(Topics.model_validate({"topics": dict.fromkeys(("zoo", "art"), TOPIC)}))
    (excerpt,) = parse_source("今天天气很好。", "a.txt")
    assert classify(excerpt) == "zoo"


def test_an_article_is_named_by_its_subject():
    names = {excerpt.id: article_name(excerpt) for excerpt in read_sources([ROOT / "seeds"], ROOT)}
    assert names["xde706a90"] == ("FlashAttention", "flashattention")
    assert all(slug and title for title, slug in names.values())
