"""New notes are filed where their owner would look, and their files are named by them; two tokenizers agree."""

import json
import re

import pytest

from cardsmith.decks.project import read_project
from cardsmith.propose.excerpts import read_excerpts
from cardsmith.propose.filing import Filed, article_name, file_stem, filer, free_path
from cardsmith.propose.patterns import matches
from cardsmith.sources.reading import parse_source, read_sources
from cardsmith.text.names import folded_name, name_fault
from cardsmith.topics import Topics
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
    file = filer(read_project(ROOT).topics)
    right = sum(
        file(excerpt).topic == topics[excerpt.text] for excerpt in read_sources([ROOT / "seeds"], ROOT)
    )
    assert right >= 41
    if tokenizer == "jieba":
        assert (tmp_path / "cardsmith").stat().st_mode & 0o077 == 0


def note(text="今天天气很好。", file="notes/天气.md"):
    (found,) = parse_source(text, file)
    return found


def topics(**also):
    zoo, art = (
        TOPIC | {"title": "动物园"},
        TOPIC | {"sources": ["notes/art", "*.txt"], "keywords": ["softmax"]},
    )
    return Topics.model_validate({"topics": {"zoo": zoo, "art": art}} | also)


@pytest.mark.parametrize(
    ("text", "file", "topic", "why"),
    [
        ("---\ntopic: zoo\ntags: [art]\n---\n正文", "notes/art/a.md", "zoo", "its front matter: topic zoo"),
        ("---\ntopic: 动物园\n---\n正文", "a.md", "zoo", "its front matter: topic 动物园"),
        ("---\ntags: [x, ml/zoo]\n---\n正文", "notes/art/a.md", "zoo", "its tag ml/zoo"),
        ("注意力", "notes/art/b/a.md", "art", "sources: notes/art"),
        ("注意力", "b/c.txt", "art", "sources: *.txt"),
        ("softmax 是什么", "a.md", "art", "its words: softmax"),
        ("今天天气很好。", "a.md", None, None),
        ("---\ntopic: nowhere\n---\n今天天气很好。", "a.md", None, None),
    ],
)
def test_who_says_it_most_plainly_files_a_note(text, file, topic, why):
    filed = filer(topics())(note(text, file))
    assert (filed and filed.topic, filed and filed.why) == (topic, why)


def test_what_nothing_speaks_for_goes_into_the_inbox_and_never_into_the_first_topic():
    assert filer(topics())(note()) is None
    assert filer(topics(inbox="art"))(note()) == Filed("art", "nothing says where it belongs")
    named = Topics.model_validate({"topics": dict.fromkeys(("zoo", "inbox"), TOPIC)})
    assert filer(named)(note()).topic == "inbox"
    only = Topics.model_validate({"topics": {"zoo": TOPIC}})
    assert filer(only)(note()) == Filed("zoo", "the only topic")


def test_of_two_places_the_narrower_one_decides():
    wide, narrow = TOPIC | {"sources": ["."]}, TOPIC | {"sources": ["notes/art"]}
    file = filer(Topics.model_validate({"topics": {"zoo": wide, "art": narrow}}))
    assert [file(note(file=name)).topic for name in ("notes/art/a.md", "notes/b.md")] == ["art", "zoo"]


def test_what_is_hidden_or_ours_is_no_note_wherever_sources_point(root):
    path = root / "decks/topics.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("    keywords: [attention, dpo]", "    sources: [.]"),
        encoding="utf-8",
    )
    for name in (".a.md", ".b/c.md", "dist/d.md", "decks/llm/e.md", "f/dist/g.md", "h.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"正文 {name}", encoding="utf-8")
    found = {excerpt.places[0].file for excerpt in read_excerpts(read_project(root))}
    assert {name for name in found if name.endswith(".md")} == {"f/dist/g.md", "h.md"}


def test_an_inbox_is_a_topic(root):
    path = root / "decks/topics.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("inbox: llm", "inbox: lmm"), encoding="utf-8")
    (problem,) = read_project(root).problems
    assert (problem.code, problem.hint) == ("unknown-topic", "topics are: llm, vision")


@pytest.mark.parametrize(
    ("pattern", "file", "is_meant"),
    [
        ("notes", "notes/a.md", True),
        ("notes/", "notes/b/a.md", True),
        ("./notes", "notes/a.md", True),
        ("notes", "notes2/a.md", False),
        ("notes/*attention*", "notes/x/self-attention.md", True),
        ("notes/a.md", "notes/a.md", True),
        (".", "a.md", True),
        ("*.md", "b/a.md", True),
        ("Notes", "notes/a.md", False),
    ],
)
def test_a_pattern_means_a_folder_a_file_or_several(pattern, file, is_meant):
    assert matches(file, pattern) == is_meant


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("注意力机制", "注意力机制"),
        ("Attention is all you need", "Attention-is-all-you-need"),
        ("a: b/c? *d* | e", "a-b-c-d-e"),
        ("CON", "note-CON"),
        ("nul.v2", "note-nul.v2"),
        ("  ..  ", ""),
        ("a\u200bb\u202ec", "abc"),
        ("e\u0301", "é"),
        ("مذكرة", "مذكرة"),
        ("很" * 300, "很" * 60),
        ("#tag & {x}%", "tag-x"),
    ],
)
def test_a_file_is_named_by_its_note_on_every_system(name, stem):
    assert file_stem(name) == stem
    assert not stem or name_fault(f"{stem}-1234.yaml") is None


def test_two_notes_of_one_name_are_told_apart_by_their_folders():
    taken = set()
    paths = []
    for file in ("ml/nlp/index.md", "ml/NLP/a.md", "ml/cv/A.md", "dl/cv/a.md", "dl/cv/a.md"):
        found = note(f"甲{file}", file)
        paths.append(free_path("zoo", found, article_name(found)[1], taken))
        taken.add(folded_name(paths[-1]))
    assert paths[:4] == [f"decks/zoo/{name}.yaml" for name in ("nlp", "a", "cv-A", "dl-cv-a")]
    assert re.fullmatch(r"decks/zoo/a-[0-9a-f]{4}\.yaml", paths[4])


def test_an_article_is_named_by_its_subject():
    names = {excerpt.id: article_name(excerpt) for excerpt in read_sources([ROOT / "seeds"], ROOT)}
    assert names["xde706a90"] == ("FlashAttention", "flashattention")
    assert all(slug and title for title, slug in names.values())
