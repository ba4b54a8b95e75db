"""Whoever learns in one language meets no word of another: on cards, below decks, in the notes of a release."""

import json
import re
from dataclasses import fields

import pytest
from click.testing import CliRunner

from cardsmith.anki.notes import make_note, note_language
from cardsmith.anki.notetypes import note_types
from cardsmith.anki.sides import render_card
from cardsmith.cli.main import main
from cardsmith.decks.deckfile import parse_deck, parse_topics
from cardsmith.decks.project import read_project
from cardsmith.errors import CardsmithError
from cardsmith.model import KINDS
from cardsmith.pipeline import build, release
from cardsmith.release.assembly import all_notes
from cardsmith.release.records import read_records
from cardsmith.text.language import DEFAULT, LANGUAGES, find_language
from cardsmith.text.messages import CHANGES, MESSAGES
from cardsmith.text.shadow import is_han
from conftest import ROOT


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("DPO 的关键发现是什么？", "zh"),
        ("GAN 的全称？ Generative Adversarial Network", "zh"),
        (r"Fast R-CNN 的 \(\mathrm{smooth}_{L_1}(x)\)：", "zh"),
        ("ViT 的 encoder 输入？ `class token + patch embedding + position embedding`", "zh"),
        ("Why is attention scaled?", "en"),
        ("What does 涌现 mean? An ability that shows only at scale", "en"),
        ("What prints `print('你好，世界，今天天气很好')`?", "en"),
        ("Adam takes {{c1::两个}} moments of the gradient into account, not one", "en"),
        (r"\(x\)", None),
        ("```\nprint('hello')\n```", None),
        ("42", None),
        ("", None),
    ],
)
def test_a_language_is_found_by_its_letters_but_those_of_code_and_formulas(text, language):
    assert find_language(text) == language


def test_the_decks_that_learners_have_are_chinese_and_their_notes_stay_as_released():
    records = read_records(ROOT / "decks/released.json")
    notes = all_notes(read_project(ROOT))
    assert {note.language for note in notes} == {"zh"}
    assert [note.card_id for note in notes if note.content_hash != records[note.identity].hash] == []


def strings(value):
    """Every string in a message's value."""
    if isinstance(value, str):
        return [value]
    return [
        text for item in (value.values() if hasattr(value, "values") else value) for text in strings(item)
    ]


def test_every_language_has_every_word_and_the_same_blanks():
    assert tuple(MESSAGES) == LANGUAGES
    for language, messages in MESSAGES.items():
        assert tuple(messages.kinds) == KINDS
        assert tuple(messages.changes) == CHANGES
        for field in fields(messages):
            own, default = (strings(getattr(m, field.name)) for m in (messages, MESSAGES[DEFAULT]))
            blanks = [[sorted(re.findall(r"\{\w*\}", text)) for text in texts] for texts in (own, default)]
            assert all(own), (language, field.name)
            assert blanks[0] == blanks[1], (language, field.name)
            words = re.sub(r"\{\w*\}|Anki|cardsmith", "", "".join(own))
            assert not re.search(r"[A-Za-z]" if language == "zh" else r"[^\x00-\x7f“”→]", words), field.name


def test_the_style_sheet_has_every_word_of_a_card():
    css = note_types()[0].css
    for language, messages in MESSAGES.items():
        own = "" if language == DEFAULT else f":lang({language})"
        for kind, word in messages.kinds.items():
            assert f'.cs-{kind}{own}::after {{ content: "{word}"; }}' in css
        assert css.count(f'{{ content: "{messages.aka}"; }}') == 1
    assert not re.search(r'content: "[^"]*[\\\n]', css)


CARD = "- {id: a, kind: claim, front: Why?, back: Because, cite: c}\n"
DECK = "title: t\ncards:\n" + CARD
TOPICS = "topics:\n  llm: {title: LLM, deck: LLM, description: d}\n"


def language_of(deck, topics=TOPICS):
    (entry,) = (read := parse_deck(deck, "decks/llm/a.yaml")).entries
    return note_language(entry.card, read, parse_topics(topics, "decks/topics.yaml"))


def test_file_topic_and_project_say_before_the_text_the_nearest_first():
    project, topic = f"language: zh\n{TOPICS}", TOPICS.replace("title: LLM", "title: LLM, language: zh")
    assert language_of(DECK) == "en"
    assert language_of(DECK, project) == "zh"
    assert language_of(DECK, topic) == "zh"
    assert language_of(DECK, topic.replace("zh", "en").replace("topics:", "language: zh\ntopics:")) == "en"
    assert language_of(f"language: en\n{DECK}", project) == "en"
    assert language_of(f"language: en\n{DECK}", topic) == "en"
    bare = DECK.replace("Why?", "'1'").replace("Because", "'2'")
    assert (language_of(bare), language_of(bare.replace("title: t", "title: 甲")), language_of(bare.replace("title: t", "title: '3'"))) == ("en", "zh", "zh")  # fmt: skip


def test_a_language_that_nobody_has_words_in_is_refused():
    for read, text in ((parse_deck, f"language: de\n{DECK}"), (parse_topics, f"language: de\n{TOPICS}")):
        with pytest.raises(CardsmithError) as caught:
            read(text, "decks/llm/a.yaml")
        assert [problem.code for problem in caught.value.problems] == ["bad-value"]


def note_of(card="", head="title: t\n", topics=TOPICS):
    text = f"{head}cards:\n- {{id: a-b, kind: claim, front: Why?, back: Because, cite: c{card}}}\n"
    deck = parse_deck(text, "decks/llm/a.yaml")
    return make_note(deck.entries[0].card, deck, {}, parse_topics(topics, "decks/topics.yaml"))


def test_spare_fields_hold_breadcrumb_language_and_report_and_the_fourth_is_free():
    topics = f"report: https://example.org/new?card={{id}}&x=1\n{TOPICS}"
    note = note_of(', heading: [A, "<B>", C]', topics=topics)
    assert {name: value for name, value in note.fields if name.startswith("Spare")} == {
        "Spare1": "A › &lt;B&gt; › C",
        "Spare2": "en",
        "Spare3": "https://example.org/new?card=a-b&amp;x=1",
    }
    assert [name for name, _ in note_of(head="title: t\nlanguage: zh\n").fields if "Spare" in name] == []


def test_the_articles_title_is_no_second_time_in_the_breadcrumb():
    assert dict(note_of(", heading: [t, B]").fields)["Spare1"] == "B"
    assert "Spare1" not in dict(note_of(", heading: [t]").fields)
    assert dict(note_of(", heading: [B, t]").fields)["Spare1"] == "B › t"


def test_a_heading_is_judged_as_every_text_that_learners_see():
    with pytest.raises(CardsmithError) as caught:
        note_of(r', heading: ["\\(\\href{x}{y}\\)"]'.replace("\\\\", "\\").replace('"', "'"))
    assert [problem.code for problem in caught.value.problems] == ["math-unsafe"]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/{id}",
        "https://example.org/",
        "https://{id}.example.org/",
        "https://example.org/{id}{id}",
        "https://example.org/{id}/{name}",
        "https://example.org/{id}\"onclick='x'",
        "https://me@example.org/{id}",
        "https://example.org/a b{id}",
        "javascript:{id}",
    ],
)
def test_what_is_no_https_address_of_one_card_is_no_report(address):
    with pytest.raises(CardsmithError) as caught:
        parse_topics(f"report: |-\n  {address}\n{TOPICS}", "decks/topics.yaml")
    assert [problem.code for problem in caught.value.problems] == ["report-link"]


ENGLISH = """topics:
  llm:
    title: Language models
    deck: cardsmith::Language models
    description: How they work
"""
LESSON = """title: Attention
cards:
- {id: why, kind: claim, front: Why is attention scaled?, back: Large logits end the gradient, aka: [x], cite: c}
- {id: gaps, kind: claim, text: 'An {{c1::encoder}} reads and a {{c2::decoder}} writes', cite: c}
- {id: gone, kind: claim, front: What goes?, back: This, cite: c}
"""


@pytest.fixture
def english(root, monkeypatch):
    """An English project, released once, in which a card was retired, one changed and a deletion taken out."""
    (root / "decks/topics.yaml").write_text(ENGLISH, encoding="utf-8")
    deck = root / "decks/llm/dpo.yaml"
    deck.write_text(LESSON, encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    release(read_project(root))
    deck.write_text(
        LESSON[: LESSON.index("- {id: gone")].replace("{{c2::decoder}}", "decoder").replace("end", "stop"),
        encoding="utf-8",
    )
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790100000")
    return root


def test_an_english_project_tells_its_learners_nothing_in_chinese(english):
    notes = release(read_project(english), retire=True).notes
    assert notes.splitlines()[:5] == [
        "# Update of 2026-09-22",
        "",
        "## Language models (`llm.apkg`)",
        "",
        "### Revised 2",
    ]
    assert "### Deletions taken out 1" in notes
    assert "### Retired 1" in notes
    (built,) = build(read_project(english), (), english / "dist", output_format="json", retire=True)
    told = notes + json.dumps(json.loads(built.path.read_text(encoding="utf-8")), ensure_ascii=False)
    for card in ("why", "gaps"):
        told += "".join(side.front + side.back for side in render_card(read_project(english), card))
    assert not any(is_han(sign) for sign in told)
    assert release(read_project(english)).notes == "# Update of 2026-09-22\n\nNothing has changed.\n"


def test_a_chinese_project_tells_its_learners_nothing_in_english(root, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    notes = release(read_project(root)).notes
    own = notes.replace("Anki", "").replace("`llm.apkg`", "")
    theirs = {"DPO", "DeepSeek", "V3", "B", "token", "r", "x", "y"}
    assert set(re.findall(r"[A-Za-z]\w*", own)) <= theirs
    assert "「文件 → 导入」" in notes


def test_a_project_of_two_languages_tells_each_in_a_part_of_its_own(root, monkeypatch):
    (root / "decks/vision").mkdir()
    (root / "decks/vision/b.yaml").write_text(LESSON, encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    notes = release(read_project(root)).notes
    chinese, english = notes.split("# Update of 2026-09-21\n")
    assert chinese.startswith("# 更新 2026-09-21\n")
    assert "`llm.apkg`" in chinese
    assert "`vision.apkg`" in english
    assert "Anki is told of a retired card" in english
    topics = root / "decks/topics.yaml"
    topics.write_text("language: zh\n" + topics.read_text(encoding="utf-8"), encoding="utf-8")
    text = "language: en\n" + LESSON.replace("end the", "stop the")
    (root / "decks/vision/b.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790100000")
    assert release(read_project(root)).notes.startswith(
        "# 更新 2026-09-22\n\n## 视觉（`vision.apkg`）\n\n### 修订 1\n"
    )


def test_the_choice_of_init_is_every_language():
    (option,) = [o for o in main.commands["init"].params if o.name == "language"]
    assert tuple(option.type.choices) == LANGUAGES


def test_diff_tells_that_language_or_report_changed(root):
    from repositories import commit, repository

    repository(root)
    commit(root)
    topics = root / "decks/topics.yaml"
    topics.write_text(
        "language: en\nreport: https://example.org/{id}\n" + topics.read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    deck = root / "decks/llm/dpo.yaml"
    deck.write_text(
        deck.read_text(encoding="utf-8").replace("title:", "language: zh\ntitle:"), encoding="utf-8"
    )
    told = CliRunner().invoke(main, ["diff"], catch_exceptions=False).stdout
    for words in ("language:  → en", "report:  → https://example.org/{id}", "dpo.yaml: language:  → zh"):
        assert words in told
    assert "every note is updated" in told
