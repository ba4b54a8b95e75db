"""Lists of words: each has a purpose, none holds a word twice, and of two words that begin alike the longer counts."""

import ast
import re
from itertools import pairwise
from pathlib import Path

from cardsmith.text import lexicon
from cardsmith.text.lexicon import BEFORE_STATEMENT, BEFORE_TERM, CONNECTIVES, one_of

LISTS = {name: value for name, value in vars(lexicon).items() if name[0].isupper() and name.isupper()}


def test_the_longer_of_two_words_that_begin_alike_is_matched():
    leads = re.compile(one_of(CONNECTIVES, BEFORE_STATEMENT))
    assert [leads.match(text).group() for text in ("那么结果", "那结果", "具体地说它", "但是它")] == [
        "那么",
        "那",
        "具体地说",
        "但是",
    ]
    assert re.match(one_of(BEFORE_TERM), "所谓注意力").group() == "所谓"


def test_what_may_not_follow_a_word_is_heeded():
    leads = re.compile(one_of(BEFORE_TERM))
    assert leads.match("即注意力").group() == "即"
    assert leads.match("即时通信") is None


def test_every_list_says_its_purpose():
    body = ast.parse(Path(lexicon.__file__).read_text(encoding="utf-8")).body
    described = {
        node.targets[0].id
        for node, following in pairwise(body)
        if isinstance(node, ast.Assign)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
    }
    assert set(LISTS) - described == set()


def test_no_list_holds_a_word_twice():
    assert {name: words for name, words in LISTS.items() if len(set(words)) < len(words)} == {}
    for leads in (BEFORE_STATEMENT, BEFORE_TERM):
        assert set(CONNECTIVES) & set(leads) == set()


def test_every_list_is_used():
    source = Path(lexicon.__file__).parent.parent
    used = {
        node.id
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    assert set(LISTS) - used == set()
