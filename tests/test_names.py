"""Names and texts of strangers: what acts on a terminal is spelt, what deceives is refused, what is right stays."""

import ast
import json
import os
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cardsmith import pipeline
from cardsmith.cli.main import main
from cardsmith.decks.project import read_project
from cardsmith.errors import CardsmithError, Problem
from cardsmith.text.characters import unseen
from cardsmith.text.names import folded_name, name_fault
from cardsmith.text.terminal import plain_json, spelt
from conftest import DECK, ROOT, TOPICS

EVIL = "a\n::error file=x::fake\x1b[2J\u202e\x9b0m%0A,b:c"


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


# ---- terminals and logs


def test_a_line_end_in_a_file_name_makes_no_workflow_command(root):
    name = "x\n::add-mask::1\n::error title=a,b::fake.yaml"
    (root / "decks/llm" / name).write_text("title: t\ncards: []\n", encoding="utf-8")
    for form in ("github", "text", "json"):
        done = run("check", "--format", form)
        lines = re.split(r"\r\n|\r|\n", done.output)
        assert [line for line in lines if line.lstrip().startswith(("::add-mask", "::error title=a"))] == []
    (line,) = run("check", "--format", "github").stdout.splitlines()
    assert "file=decks/llm/x%0A%3A%3Aadd-mask%3A%3A1%0A%3A%3Aerror title=a%2Cb%3A%3Afake.yaml,line=" in line


def test_every_value_of_an_annotation_is_escaped_as_githubs_toolkit_does(capsys):
    from cardsmith.cli.printing import print_problems

    print_problems([Problem("a%b:c,d\re", 1, 2, "math", "50% off\nnext: a, b")], "github")
    assert (
        capsys.readouterr().out
        == "::error file=a%25b%3Ac%2Cd%0De,line=1,col=2,title=math::50%25 off%0Anext: a, b\n"
    )


@pytest.mark.parametrize("field", ["path", "message", "hint"])
def test_a_problem_never_drives_the_terminal(capsys, field):
    from cardsmith.cli.printing import print_problems

    print_problems([Problem(**{"path": "p", "line": 1, "column": 1, "code": "math", "message": "m", "hint": "h"} | {field: EVIL})])  # fmt: skip
    said = capsys.readouterr().err
    assert said.count("\n") == 2
    assert [c for c in said if not c.isprintable() and c != "\n"] == []
    assert r"a\n::error file=x::fake\x1b[2J\u202e\x9b0m%0A,b:c" in said


def test_json_holds_the_same_data_and_no_character_that_acts():
    text = plain_json(json.dumps([EVIL, "\U000e0041\udcff\x7f"], ensure_ascii=False))
    assert [c for c in text if not c.isprintable()] == []
    assert json.loads(text) == [EVIL, "\U000e0041\udcff\x7f"]


def test_escape_sequences_in_a_seed_do_not_reach_the_terminal(root):
    note = "# 剪枝\x1b]0;owned\x07\n\n剪枝是指删去神经网络中不重要的权重的方法\x1b[2J。\n"
    (root / "seeds/notes.md").write_text(note, encoding="utf-8")
    program = [sys.executable, "-m", "cardsmith"]
    settings = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    for arguments in (["extract", "--format", "jsonl", "--explain"], ["extract"], ["check"], ["build"]):
        done = subprocess.run([*program, *arguments], cwd=root, capture_output=True, env=settings)
        assert b"\x1b" not in done.stdout + done.stderr
        assert b"\x07" not in done.stdout + done.stderr
        assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems hold no such name")
def test_a_file_name_that_is_no_text_is_shown(root):
    with open(os.fsencode(root / "decks/llm") + b"/\xff\x9b.yaml", "wb") as file:  # noqa: PTH123
        file.write(b"title: t\ncards: []\n")
    for form in ("text", "github", "json"):
        done = run("check", "--format", form)
        assert done.exit_code == 1
        assert "udcff" in done.output


def test_only_one_module_prints():
    printing = [
        path.name
        for path in (ROOT / "src/cardsmith/cli").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "click.echo", "click.secho")
    ]
    assert set(printing) == {"printing.py"}


def test_what_people_write_is_shown_as_it_is():
    right = "注意力：“多头” (ε→0) 🏳️‍🌈 می‌خواهم naïve\u3000x"
    assert spelt(right) == right


# ---- names of files


def codes(root):
    return sorted({(p.code, p.severity) for p in pipeline.check(read_project(root))})


UNFIT = ["con", "NUL.tar", "aux", "COM1", "lpt¹", "a?b", 'a"b', "a*b", "a<b", "a|b", "a:b", "a\\b", "a\x1bb", "a\nb", " a", "a\u202eb", "a\u200bb", "e\u0301", "长" * 70]  # fmt: skip


@pytest.mark.parametrize("name", UNFIT, ids=ascii)
def test_a_deck_file_that_not_every_system_can_hold_is_refused(root, name):
    (root / f"decks/llm/{name}.yaml").write_text("title: t\ncards: []\n", encoding="utf-8")
    assert codes(root) == [("file-name", "error")]
    assert run("build").exit_code == 1
    assert not (root / "dist").exists()


@pytest.mark.parametrize("name", ["a.", "a ", "con.txt", "Prn"])
def test_any_file_or_folder_beside_the_decks_is_looked_at(root, name):
    (root / "decks/llm" / name).mkdir()
    assert codes(root) == [("file-name", "error")]


@pytest.mark.parametrize("name", ["a b", "a\u3000b", "a\u00a0b", "a\tb"])
def test_a_deck_file_named_with_blanks_would_be_several_tags(root, name):
    (root / f"decks/llm/{name}.yaml").write_text(DECK, encoding="utf-8")
    (root / "decks/llm/dpo.yaml").unlink()
    assert codes(root) == [("file-name", "error")]


@pytest.mark.parametrize("pair", [("a", "A"), ("straße", "strasse"), ("é", "É")], ids=ascii)
def test_names_that_are_one_file_on_windows_and_macos(root, pair):
    for name in pair:
        (root / f"decks/llm/{name}.yaml").write_text("title: t\ncards: []\n", encoding="utf-8")
    assert codes(root) == [("file-name", "error")]
    assert folded_name(pair[0]) == folded_name(pair[1])


def test_pictures_that_differ_only_in_case_are_told(root):
    for name in ("a.png", "A.png"):
        (root / "decks/llm" / name).write_bytes(b"x")
    assert codes(root) == [("file-name", "error")]


def test_a_listed_picture_outside_of_decks_has_a_name_for_every_system(root):
    (root / "img").mkdir()
    (root / "img/con.png").write_bytes(b"x")
    text = DECK.replace("反之亦然。\n", "反之亦然。![](../../img/con.png)\n  media: [../../img/con.png]\n")
    (root / "decks/llm/dpo.yaml").write_text(text, encoding="utf-8")
    assert ("file-name", "error") in codes(root)


def test_a_topic_is_no_device(root):
    (root / "decks/topics.yaml").write_text(TOPICS.replace("vision:", "con:"), encoding="utf-8")
    assert codes(root) == [("file-name", "error")]
    assert run("init", "new", "--topic", "nul").exit_code == 1


def test_an_article_called_like_a_device_gets_another_name(root):
    (root / "seeds/notes.md").write_text(
        "# AUX\n\nAUX是一种辅助损失的方法，用来稳定训练。\n", encoding="utf-8"
    )
    assert run("extract").exit_code == 0
    assert run("check").exit_code == 0


@pytest.mark.parametrize(
    "name", ["attention", "注意力", "a.b", "console", "com10", "x-1", "naïve", "auxiliary"]
)
def test_plain_names_are_right(name):
    assert name_fault(f"{name}.yaml") is None


# ---- characters that nobody sees

DECEIVES = {
    "an override": "\u202eabc\u202c",
    "an isolate": "\u2066abc\u2069",
    "tags": "abc\U000e0068\U000e0069",
    "selectors": "a\ufe00\ufe01\U000e0100",
    "tags behind a flag": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e0041\U000e007f",
}
HIDES = [
    "a\u200bb",
    "a\u200db",
    "中\u200c文",
    "a\u00adb",
    "a\u2060b",
    "a\ufe0fb",
    "\u3164x",
    "a\u200eb",
    "x\ufffd",
    "a\u2800",
]
RIGHT = {
    "Persian": "می\u200cخواهم",
    "Persian at a word's end": "ه\u200d.ق",
    "Hindi": "क्\u200dष क्\u200cष",
    "Sinhala": "ශ්\u200dරී",
    "Bengali": "র\u200d্যাব",
    "a family": "👨\u200d👩\u200d👧",
    "a rainbow flag": "🏳\ufe0f\u200d🌈",
    "a skin tone": "👩🏽\u200d💻",
    "a keycap": "1\ufe0f\u20e3",
    "a heart": "❤\ufe0f",
    "a flag of a country's part": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "a form of a Chinese character": "葛\U000e0100",
    "a direction mark in Hebrew": "שלום\u200f (x)",
    "Chinese, Greek and signs": "注意力 ε→∅\ufe00 𝒙",
}
FIELDS = [
    "front",
    "back",
    "extra",
    "cite",
    "title",
    "aka",
    "tags",
    "where",
    "symbol",
    "allow",
    "comment",
    "text",
]
HEADS = [
    "title: 大语言模型",
    "deck: cardsmith::大语言模型",
    "description: 测试",
    "keywords: [attention",
    "topics:",
]


def with_text(field, sign):
    """The small deck with a text in one of its fields."""
    places = {
        "front": ("关键发现", "关键{}发现"), "back": ("反之亦然", "反之{}亦然"), "text": ("每个 token", "每个{}token"),
        "title": ("title: 直接", "title: 直接{}"), "cite": ("sec. 4", "sec. 4{}"), "comment": ("编者的话", "编者{}的话"),
        "where": ("惩罚强度", "惩罚{}强度"), "symbol": (": 配分", "{}: 配分"),
        "extra": ("sec. 4\n", "sec. 4\n  extra: 见{}此\n"), "aka": ("sec. 4\n", "sec. 4\n  aka: [甲{}乙]\n"),
        "tags": ("sec. 4\n", "sec. 4\n  tags: [甲{}乙]\n"),
        "allow": ("sec. 4\n", "sec. 4\n  allow:\n    yes-no: 甲{}乙\n"),
    }  # fmt: skip
    old, new = places[field]
    assert old in DECK
    return DECK.replace(old, new.format(sign), 1)


@pytest.mark.parametrize("field", FIELDS)
def test_what_deceives_is_an_error_wherever_people_read(root, field):
    (root / "decks/llm/dpo.yaml").write_text(with_text(field, "\u202e"), encoding="utf-8")
    found = [p for p in pipeline.check(read_project(root)) if p.severity == "error"]
    assert {p.code for p in found} <= {"misleading-character", "cite-unknown"}
    assert all(p.line and p.column for p in found)
    with pytest.raises(CardsmithError, match="misleading-character"):
        pipeline.build(read_project(root), (), root / "dist")


@pytest.mark.parametrize("sign", DECEIVES.values(), ids=DECEIVES)
def test_every_way_to_deceive_is_known(sign):
    assert any(found.deceives for found in unseen(f"关注{sign}不同"))


@pytest.mark.parametrize("head", HEADS)
def test_what_deceives_is_an_error_in_the_topics_file(root, head):
    path = root / "decks/topics.yaml"
    text = TOPICS.replace(head, head + "\u202e", 1) if head != "topics:" else "# \u2066x\n" + TOPICS
    path.write_text(text, encoding="utf-8")
    found = [(p.path, p.code) for p in pipeline.check(read_project(root))]
    assert ("decks/topics.yaml", "misleading-character") in found
    with pytest.raises(CardsmithError, match="misleading-character"):
        pipeline.build(read_project(root), (), root / "dist")


@pytest.mark.parametrize("text", HIDES, ids=ascii)
def test_what_is_only_in_the_way_is_known(text):
    assert [found.deceives for found in unseen(text)] == [False]


@pytest.mark.parametrize("field", ["title", "where", "aka", "tags", "extra", "allow"])
def test_it_is_a_warning_in_every_field(root, field):
    (root / "decks/llm/dpo.yaml").write_text(with_text(field, "\u200b"), encoding="utf-8")
    assert ("hidden-character", "warning") in codes(root)


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_what_spelling_needs_is_right(text):
    assert list(unseen(text)) == []


@pytest.mark.parametrize("sign", ["\u202e", "\u200b"], ids=ascii)
def test_a_quote_tells_of_what_its_source_holds_as_a_warning(root, sign):
    from cardsmith.ids import excerpt_id

    source = f"注意力把查询与{sign}每个键比较，再按权重把值加起来。"
    (root / "seeds/notes.txt").write_text(source, encoding="utf-8")
    deck = f"excerpt: {excerpt_id(source)}\ntitle: 注意力\nsource: seeds/notes.txt:1\ncards:\n- id: a\n  kind: claim\n  front: 注意力怎样使用查询？\n  back: 与键比较\n  quote: {source}\n"
    (root / "decks/llm/dpo.yaml").write_text(deck, encoding="utf-8")
    assert codes(root) == [("hidden-character", "warning")]
    (root / "decks/llm/dpo.yaml").write_text(deck.replace("quote: 注", "quote: 住"), encoding="utf-8")
    assert ("quote-not-verbatim", "error") in codes(root)
