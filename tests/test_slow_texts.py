"""Texts that are slow on purpose: whatever is repeated in whatever field, time grows as the text does, or it is refused."""

import os
import time

import pytest

from cardsmith.anki.limits import MAX_BRACKETS, MAX_FIELD
from cardsmith.anki.notes import make_notes
from cardsmith.checks.base import Context
from cardsmith.checks.table import check_project
from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.project import Project
from cardsmith.errors import CardsmithError
from cardsmith.model import Excerpt, Place, Topics

WORDS = """
[ [a]( [a][ ![ ![a]( ]( [a]:b [^1] [1] [a][b] [[ ]] [](< [a](" *[ [* `[ [` [sound: [sound:a] [ ] [x] * ** *** _ __ *a_ _*a **_
` `` ``` ~~~ ~~ ~ < <a <a> </ <! <!-- --> <? <img <img/src=" <script> <http://a <a@b @ a@b.c http:// https://a. & &amp; &# &#x
&lt; \\ \\( \\) \\(a\\) \\(a a\\) \\[ \\] \\[a\\] $ $$ $a $a$ $$a$$ `$ $` \\begin{ \\begin{a} \\end{a} \\frac{ \\left \\left( \\right)
\\\\ \\text{ \\text{$ { } {{ }} { } {{c1:: {{c1::a}} {{c1::a {{c1::\\( a}} {{c2::{{c1:: c1:: {{c1::a::b}} :: ::: ｛｛c1：： {｛ C1:
: ; . .. ... … …… , ， 。 ； ： ？ ?？ ！ ! ? 、 " ' “ ” ‘ 「 」 《 》 （ ） ( ) (( )) (a a) (a) [(] | || |a| |- |a|b| - -- --- —— – + = == === ->
=> → ⟶ • # ## ### > >> % %% ^ ^^ / // × ÷ ± ≈ ≤ 中 中文 中a 的 和 是 与 或 以及 因为 由于 例如 比如 如： 它 其 这 那 此 本文 上文 下图 如图 该 该方法
我们提 作者 吗 吗? 是否 能否 什么 什么是 哪 哪些 哪几个 几个 多少 为什么 目前 目前最 当前最 最新 最先进 SOTA state-of-the-art 2023 19 20 1 12
1. 1) (1) ① 1、 一、 第一 首先 a A ab Ab AB it they its e.g. forexample is does what how 英文名 标题 star 引用量 下载量 \u3000 \u00a0 \u200b \u0301
e\u0301 \ue000 \ue000\ue001 \ue0000\ue001 \U0001f600 \u200d \u202e \ufe0f \u05d0 arXiv: arXiv:2305.18290 doi:10. 10.1/ sec. eq. ﬁ Ⅳ １ Ａ
"""
BLANKS = ["\n", "\n\n", " ", "  ", "a ", "a  ", " \n", "  \n", "\t", "a\n", "中\n", "> ", "> a\n", "- ", "- a\n", "1. ", "1. a\n", "* ", "    a\n",
          "# ", "# a\n", "```\n", "~~~\n", "===\n", "a\n===\n", "---\n", "a\n---\n", "[a]: b\n", "[^1]: a\n", "a|b\n-|-\n", "|a|\n|-|\n", "。 ", "。\n",
          "吗 ", "吗\n", "? ", "…\n", "... ", "a. ", "a. A", "→ ", " → ", "是 \n", "<a \n", "$ ", "$\n", "\\[\n", "\\(\n", "`\n", "{{c1::\n", "}}\n"]  # fmt: skip
TOKENS = [*dict.fromkeys([*WORDS.split(), *BLANKS])]
FIELDS = ("front", "back", "extra", "cite", "quote", "where", "aka", "text")
SIZES = (6_000, 12_000)
SMALL = 0.25
"""Seconds that need no explanation."""


def deck_of(field, text):
    """A deck file with one card, which has the text in a field."""
    block = "|-\n      x\n" + "\n".join(f"      {line}" for line in f"{text}\ny".split("\n"))
    fields = {"front": "什么是什么？", "back": "甲", "cite": "arXiv:2305.18290"}
    if field == "text":
        fields = {"cite": fields["cite"]}
    if field == "where":
        block = f"\n    a: {block}"
    elif field == "aka":
        block = f"\n    - {block}"
    lines = "".join(f"  {name}: {value}\n" for name, value in (fields | {field: block}).items())
    return f"excerpt: x00000000\ntitle: t\ncards:\n- id: a\n  kind: formula\n{lines}"


FULL = os.environ.get("CARDSMITH_FULL") == "1"
"""Every text in every field; else a quarter of them in each, so that two fields of eight meet each text."""


def seconds(field, token, size, root):
    """Processor time for reading, checking and rendering."""
    text = deck_of(field, token * (size // len(token)))
    source = Excerpt("x00000000", "模型" * 4_000, (), (Place("seeds/a.txt", 1),), truncated=False)
    began = time.process_time()
    try:
        deck = parse_deck(text, "decks/llm/a.yaml")
        project = Project(
            root, Topics(topics={"llm": {"title": "t", "deck": "d", "description": "d"}}), (deck,)
        )
        check_project(Context(project, {source.id: source}, {}, lambda _body: None))
        make_notes(deck)
    except CardsmithError:
        pass
    return time.process_time() - began


def at_rest(field, token, root, tries=5):
    """Seconds at half and at whole length, each the least of several in turn: what a busy machine adds is no growth."""
    pairs = [[seconds(field, token, size, root) for size in SIZES] for _ in range(tries)]
    return min(half for half, _ in pairs), min(whole for _, whole in pairs)


def test_there_are_enough_of_them():
    assert len(TOKENS) * len(FIELDS) >= 200
    assert max(SIZES) < MAX_FIELD


@pytest.mark.parametrize("field", FIELDS)
def test_time_grows_as_the_text_does(root, field):
    slow = []
    for token in TOKENS if FULL else TOKENS[FIELDS.index(field) % 4 :: 4]:
        if seconds(field, token, SIZES[-1], root) > SMALL:
            half, whole = at_rest(field, token, root)
            if (whole > SMALL and whole > 2.6 * half) or whole > 4:
                slow.append((token, round(half, 2), round(whole, 2)))
    assert slow == []


@pytest.mark.parametrize("text", ["[a](", "[", "!["])
def test_brackets_are_bounded_with_an_error_that_says_so(root, text):
    (root / "decks/llm/dpo.yaml").write_text(deck_of("back", text * (MAX_BRACKETS + 1)).replace("excerpt: x00000000\n", ""), encoding="utf-8")  # fmt: skip
    from cardsmith import pipeline
    from cardsmith.decks.project import read_project

    (found,) = [p for p in pipeline.check(read_project(root)) if p.severity == "error"]
    assert (found.code, "251 opening brackets" in found.message, bool(found.hint)) == ("too-long", True, True)
    with pytest.raises(CardsmithError, match="too-long"):
        pipeline.build(read_project(root), (), root / "dist")
