"""Cards that the author of a note has already made are taken word for word, and only those: docs/authors-cards.md runs here."""

import json
import re
import time
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cardsmith import open_project, pipeline
from cardsmith.authoring import Authored
from cardsmith.cli.main import main
from cardsmith.errors import CardsmithError
from cardsmith.extract.authored import find_authored
from cardsmith.extract.candidates import extract
from cardsmith.sources.reading import parse_source

PAGE = Path(__file__).parents[1].joinpath("docs", "authors-cards.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(?P<kind>yaml|markdown)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def examples():
    """Yield (settings, note, cards) of the page, in its order."""
    settings = {}
    note = None
    for block in _BLOCK.finditer(PAGE):
        if block["kind"] == "markdown":
            note = block["text"]
        elif note is None:
            settings = yaml.safe_load(block["text"])["authored"]
        else:
            yield pytest.param(settings, note, yaml.safe_load(block["text"]), id=note.strip().split("\n")[0])
            settings, note = {}, None


def extractions(note, name="note.md", **settings):
    return [extract(excerpt, authored=Authored(**settings)) for excerpt in parse_source(note, name)]


def authored(note, name="note.md", **settings):
    found = []
    for extraction in extractions(note, name, **settings):
        for card in extraction.candidates:
            assert card.quote == extraction.excerpt.text[slice(*card.span)]
            if card.is_authored:
                found.append(card)
    return found


def cards(note, name="note.md", **settings):
    return [shown(card) for card in authored(note, name, **settings)]


def shown(card):
    sides = {"text": card.text} if card.text else {"front": card.front, "back": card.back}
    return sides | ({"reverse": True} if card.reverse else {})


@pytest.mark.parametrize(("settings", "note", "wanted"), list(examples()))
def test_an_example_of_the_page_gives_its_cards(settings, note, wanted):
    if "tags" in settings:  # the example of topics.yaml stands before the first note
        settings = {}
    assert cards(note, **settings) == wanted


def test_the_page_names_every_syntax_and_where_it_is_read():
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (\w+)", PAGE.replace("where meant", "tagged"), re.MULTILINE))
    defaults = {name: value for name, value in Authored().model_dump().items() if isinstance(value, str)}
    assert rows == defaults


TAGGED = "---\ntags: flashcards\n---\n"


@pytest.mark.parametrize(
    "note",
    [
        "类型是 std::vector<int> 与 std::map。",
        "status:: done\n\n作者:: [[张三]]",
        "The address fe80::1 is local, ::1 as well.",
        "fn main() -> io::Result<()> and foldr :: (a -> b)",
        "What is `a::b`? See https://example.org/a?b::c",
        "Is it fast? Then std::vector does it.",
        "What remains\n\n?\n\nis unclear.",
        "1 < 2 >> 3 << 4",
        "| Symbol | Meaning |\n|---|---|\n| a | b |\n",
        "Q: nobody answers this\n\nA lone line.",
        "See {{title}} and {{ page.date }}.",
        "```\nQ: in code\nA: in code\n?\n{{c1::x}}\nwhat?::that\n```",
        "A sentence about #card-games and #flashcards in it.",
        "> [!note] Is it?\n> It is.",
    ],
)
def test_what_no_author_meant_as_a_card_is_none(note):
    assert cards(note) == []


@pytest.mark.parametrize(
    "head",
    [
        "---\ntags: flashcards\n---\n",
        "---\ntags: [math, flashcards/deck]\n---\n",
        "---\ntags:\n  - math\n  - '#flashcard/active'\n---\n",
        "#flashcards #math\n\n",
        "Tags: #math #flashcards\n\n",
        "# Cards #flashcards\n\n## Below\n\n",
        "before <!--SR:!2024-01-01,1,230-->\n\n",
    ],
)
def test_a_note_or_heading_with_the_tag_means_cards(head):
    assert cards(head + "capital of France::Paris") == [{"front": "capital of France", "back": "Paris"}]


@pytest.mark.parametrize(
    "line",
    ["capital of France::Paris #card", "#flashcards capital of France::Paris", "capital of France::Paris\n<!--SR:!2024-01-01,1,230-->", "capital of France::Paris\n^1607361487244", "capital of France::Paris\n<!--ID: 1598232346345-->"],
)  # fmt: skip
def test_a_line_can_say_that_it_is_a_card(line):
    other = "the std::vector class\n\n" if "<!--SR" not in line else ""
    assert cards(other + line) == [{"front": "capital of France", "back": "Paris"}]


def test_a_tag_in_code_or_under_another_heading_means_nothing():
    assert cards("```\n#flashcards\n```\n\na::b") == []
    assert cards("# One #flashcards\n\na::b\n\n# Two\n\nc::d") == [{"front": "a", "back": "b"}]


def test_other_tags_can_be_chosen_and_a_syntax_turned_off():
    assert cards("---\ntags: 复习\n---\na::b", tags=["复习"]) == [{"front": "a", "back": "b"}]
    assert cards(TAGGED + "a::b", colons="never") == []
    assert cards("a::b", colons="always") == [{"front": "a", "back": "b"}]
    assert cards("{{c1::a}} b", deletions="never") == []
    assert cards("甲 #q\n乙", marks=["q"]) == [{"front": "甲", "back": "乙"}]


def test_plain_text_holds_cards_as_well():
    note = "Q: 什么是熵？\nA: 不确定性的度量。\n\nThe {{c1::cat}} sat.\n"
    assert cards(note, "note.txt") == [
        {"front": "什么是熵？", "back": "不确定性的度量。"},
        {"text": "The {{c1::cat}} sat."},
    ]


LONG = "很长的答案，" * 60


def test_length_pronouns_and_chatter_do_not_matter():
    found = authored(f"Q: 它？\nA: {LONG}如图，TODO")
    assert [card.back for card in found] == [f"{LONG}如图，TODO"]
    assert found[0].score == 1


def test_traditional_words_and_typography_stay():
    note = TAGGED + "機器學習,AI中的熵::不確定性的度量,也叫Shannon熵"
    assert cards(note) == [{"front": "機器學習,AI中的熵", "back": "不確定性的度量,也叫Shannon熵"}]


def test_no_rule_proposes_from_the_lines_of_an_authors_card():
    sentence = "扩散模型是一种生成模型，它通过逐步加噪来学习数据分布。"
    (free,) = extractions(f"流模型是一种可逆的生成模型，它通过变量替换计算似然。\n\n{sentence}")
    assert len(free.candidates) > 1
    (taken,) = extractions(
        f"流模型是一种可逆的生成模型，它通过变量替换计算似然。\n\nQ: 什么是它？\nA: {sentence}"
    )
    others = [card for card in taken.candidates if not card.is_authored]
    assert others
    assert not any("扩散" in card.quote for card in others)
    assert "authored" in {dropped.reason for dropped in taken.rejected}


def test_a_syntax_that_is_off_leaks_into_no_other_card():
    note = "扩散模型是一种生成模型，它通过{@{加噪}@}来学习数据分布。"
    (extraction,) = extractions(note, textgen="never")
    assert [card.front for card in extraction.candidates] == ["什么是扩散模型？"]
    assert not any("@" in card.back for card in extraction.candidates)


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("{{c1::a b", "cloze-open"),
        ("{{c1::}} b", "cloze-empty"),
        ("{{c0::a}} b", "cloze-empty"),
        ("{{c1::a}} b }} c", "cloze-open"),
        ("{{c1::a}} {{c2::b", "cloze-open"),
        ("START\nBasic\nonly a front\nEND", "empty-side"),
        ("what?::\x01x", "unrepresentable"),
    ],
)
def test_what_can_be_no_card_is_rejected_with_a_reason(note, reason):
    (extraction,) = extractions(note)
    assert not any(card.is_authored for card in extraction.candidates)
    reasons = {dropped.reason for dropped in extraction.rejected if dropped.candidate.is_authored}
    assert reasons == {reason}


def test_an_empty_side_is_no_card():
    assert cards(TAGGED + "front only::\n\n:: back only\n\n- q #card\n\nQ: x\nA:\n") == []


def test_words_carry_markdown_code_formulas_and_pictures():
    note = (
        TAGGED
        + "> Why **not** `a::b` in [docs](https://e.org/a::b)?::See ![graph](img/a.png), ![[b c.png|200]], $$x^2$$ and [[Page#part|that]], [it](x.md) %%no%%\n"
    )
    assert cards(note) == [
        {
            "front": "Why **not** `a::b` in [docs](https://e.org/a::b)?",
            "back": r"See ![graph](img/a.png), ![](<b c.png>), \(x^2\) and that, it",
        }
    ]


def test_code_in_an_answer_keeps_its_lines():
    note = "How?\n?\n```python\nfor x in y:\n\n    print(x)  # 甲\n```\n\nOther text."
    assert cards(note) == [{"front": "How?", "back": "```python\nfor x in y:\n\n    print(x)  # 甲\n```"}]


def test_escaped_brackets_make_no_formula():
    assert cards(r"Why \(not the other one\) \[1\]?::so") == [
        {"front": "Why (not the other one) [1]?", "back": "so"}
    ]


def test_a_card_among_the_answers_of_another_is_a_card_of_its_own():
    note = "- outer #card\n\t- inner #card\n\t\t- innermost\n\t- plain\n"
    outer, inner = authored(note)
    assert (outer.front, outer.back, outer.quote) == ("outer", "- inner\n    - innermost\n- plain", "outer")
    assert (inner.front, inner.back) == ("inner", "innermost")


def test_numbers_that_the_author_gave_stay():
    assert cards("{{c2::甲}}与{{c1::乙}}，{{c2::丙}}") == [{"text": "{{c2::甲}}与{{c1::乙}}，{{c2::丙}}"}]
    assert cards("{{2::甲}}与{{1::乙}}") == [{"text": "{{c2::甲}}与{{c1::乙}}"}]


def test_formulas_in_and_around_deletions_are_whole():
    note = r"能量 $E$ 等于 {{c1::$\frac{a}{\frac{b}{c}}$}}，其中 {{c2::\(x_{t_{1}}\)}}。"
    assert cards(note) == [
        {"text": r"能量 \(E\) 等于 {{c1::\(\frac{a}{\frac{b}{c}}\)}}，其中 {{c2::\(x_{t_{1}}\)}}。"}
    ]


def test_two_cards_with_one_front_are_two_facts():
    one, two = authored(TAGGED + "性质::甲\n性质::乙\n")
    assert one.anchor != two.anchor


def test_kinds():
    note = "什么是熵？::不确定性\n\nWhat is the capital of France?::Paris\n\n哪些？\n?\n- 甲\n- 乙\n"
    assert [card.kind for card in authored(note)] == ["definition", "claim", "enumeration"]


@pytest.mark.parametrize(
    "piece",
    ["a::", "a:\n\n", "{{a}} ", "STARTI [", "> ", "{{c1::", "{@{", "==a ", "Q: ", "A: b\n", "q\n?\n", "| q | a |\n|-|-|\n", "- a #card\n", "<!--", "[[a", "[a](", "#card ", " \t", "START\n", "> [!card] a\n", "**a", "{{cloze ", "~~~\n", "\\(", "((", "%%", "![", "---\n", " ^a"],
)  # fmt: skip
def test_reading_takes_time_in_proportion(piece):
    def seconds(length):
        (excerpt, *_) = parse_source(TAGGED + "x\n" + piece * (length // len(piece)) + "\nx", "note.md")
        return min(once(excerpt) for _ in range(3))

    def once(excerpt):
        started = time.process_time()
        find_authored(excerpt, Authored())
        return time.process_time() - started

    assert seconds(16_000) < 10 * max(seconds(4_000), 0.05)


def test_jsonl_tells_rule_and_direction(tmp_path, monkeypatch):
    note = tmp_path / "note.md"
    note.write_text(TAGGED + "a:::b", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["extract", "note.md", "--format", "jsonl"], catch_exceptions=False)
    row = json.loads(result.stdout)
    assert (row["rule"], row["front"], row["back"], row["reverse"]) == ("author-line", "a", "b", True)


TOPICS = """topics:
  notes:
    title: Notes
    deck: Notes
    description: Notes.
"""
NOTE = """---
tags: flashcards
---
# Networks

What does a residual connection add?::the input of the block
dropout:::trains many thinned networks at once <!--SR:!2024-01-01,1,230-->

Why is the sky blue?
?
- Rayleigh scattering: $\\sigma\\propto\\lambda^{-4}$
- ![sky](img/sky.png)

| Question | Answer |
|---|---|
| front: yes # no? | `a|b` - it is |

The {{c1::chain rule}} gives
{{c2::gradients}}.
"""


def project(tmp_path, note=NOTE, settings=""):
    for name, text in (("decks/topics.yaml", TOPICS + settings), ("seeds/note.md", note)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def entries(root):
    found = open_project(root)
    return {entry.card.id: entry.card for deck in found.decks for entry in deck.entries}


def test_they_come_as_drafts_with_their_words_and_nothing_is_wrong_with_them(tmp_path):
    root = project(tmp_path)
    pipeline.extract(open_project(root))
    written = entries(root).values()
    assert all(card.draft for card in written)
    assert [(card.front, card.back, card.text, card.reverse) for card in written] == [
        ("What does a residual connection add?", "the input of the block", None, False),
        ("dropout", "trains many thinned networks at once", None, True),
        ("Why is the sky blue?", "- Rayleigh scattering: \\(\\sigma\\propto\\lambda^{-4}\\)\n- ![sky](img/sky.png)", None, False),
        ("front: yes # no?", "`a|b` - it is", None, False),
        (None, None, "The {{c1::chain rule}} gives\n{{c2::gradients}}.", False),
    ]  # fmt: skip
    assert [p for p in pipeline.check(open_project(root)) if p.severity == "error"] == []
    assert pipeline.extract(open_project(root), write=False) == []


def test_a_long_answer_is_drafted_as_well(tmp_path):
    pipeline.extract(open_project(project(tmp_path, f"Q: 为什么？\nA: {LONG}\n")))
    assert [card.back for card in entries(tmp_path).values()] == [LONG.rstrip()]


def test_a_card_carries_the_headings_above_it_but_not_its_own_front(tmp_path):
    note = "# 网络\n\n## 残差\n\nQ: 加什么？\nA: 输入。\n\n## 梯度是什么？ #card\n\n导数。\n"
    assert [card.headings for card in authored(note)] == [("网络", "残差"), ("网络",)]


def test_a_corrected_answer_refreshes_the_draft_and_a_deleted_card_stays_away(tmp_path):
    root = project(tmp_path)
    pipeline.extract(open_project(root))
    before = entries(root)
    (deck,) = open_project(root).decks
    gone = next(entry for entry in deck.entries if entry.card.front == "dropout")
    lines = deck.text.split("\n")
    del lines[gone.first : gone.end]
    (root / deck.path).write_text("\n".join(lines), encoding="utf-8")
    (root / "seeds/note.md").write_text(NOTE.replace("the input of the block", "its input"), encoding="utf-8")
    pipeline.extract(open_project(root))
    after = entries(root)
    assert after.keys() == before.keys() - {gone.card.id}
    assert {card.back for card in after.values()} >= {"its input"}


def test_what_an_author_wrote_twice_is_one_card_and_one_front_may_have_two_answers(tmp_path):
    note = "#flashcards\n\na::b\n\n## One\n\na::b\n\n## Two\n\na::c\n"
    pipeline.extract(open_project(project(tmp_path, note)))
    assert [(card.front, card.back) for card in entries(tmp_path).values()] == [("a", "b"), ("a", "c")]


def test_an_unknown_syntax_is_an_error_with_its_place(tmp_path):
    root = project(tmp_path, settings="authored:\n  colon: always\n  lines: yes\n")
    with pytest.raises(CardsmithError) as caught:
        open_project(root)
    found = [(p.path, p.line, p.code, p.hint) for p in caught.value.problems]
    assert found == [
        ("decks/topics.yaml", 7, "unknown-key", "did you mean colons?"),
        ("decks/topics.yaml", 8, "bad-value", "use 'always', 'tagged' or 'never'"),
    ]


def test_a_project_says_how_its_authors_write_cards(tmp_path, monkeypatch):
    root = project(tmp_path, "a::b\n", "authored:\n  colons: always\n")
    pipeline.extract(open_project(root))
    assert [card.front for card in entries(root).values()] == ["a"]
    monkeypatch.chdir(root)
    result = CliRunner().invoke(
        main, ["extract", "seeds/note.md", "--format", "jsonl"], catch_exceptions=False
    )
    assert json.loads(result.stdout)["front"] == "a"
