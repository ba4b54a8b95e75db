"""Every rule proposes from its own `yes` examples and stays silent on its `no` examples."""

import re
import sys
from pathlib import Path

import pytest

from cardsmith.extract.candidates import extract
from cardsmith.extract.rules import RULES
from cardsmith.extract.terms import Term
from cardsmith.sources.reading import parse_source
from cardsmith.sources.segments import segment
from cardsmith.text.shadow import key

YES = [(rule, text, wanted) for rule in RULES for text, wanted in rule.yes]
NO = [(rule, text) for rule in RULES for text in rule.no]


def candidates(rule, text):
    (excerpt,) = parse_source(text, "example.txt")
    return extract(excerpt, [rule]).candidates


@pytest.mark.parametrize(("rule", "text", "wanted"), YES, ids=lambda value: getattr(value, "name", None))
def test_a_rule_proposes_the_card_of_its_example(rule, text, wanted):
    proposed = candidates(rule, text)
    assert wanted in [card.front or card.text for card in proposed]
    assert all(card.quote == text[card.span.start : card.span.end] for card in proposed)


@pytest.mark.parametrize(("rule", "text"), NO, ids=lambda value: getattr(value, "name", None))
def test_a_rule_is_silent_on_its_counter_example(rule, text):
    assert [card.front or card.text for card in candidates(rule, text)] == []


EDGES = [
    ("progression", "从GPT到BERT的演变历程很长。", "从GPT、ELMo到BERT的演变历程很长。", "从 GPT 到 BERT 的演变依次经过哪些？"),
    ("listing", "点云的主要任务有分类、分割;", "点云的主要任务有分类、分割、检测;", "点云的主要任务包括哪些？"),
    ("listing", "点云的主要任务有分类、分割、分割;", "点云的主要任务有分类、分割、跟踪;", "点云的主要任务包括哪些？"),
    ("formula", r"维度为 \[d=768\] 。", r"维度为 \[d=h \cdot k\] 。", r"维度：\(d = ?\)"),
    ("definition", "剪枝是一种让人开心的事情。", "剪枝是一种让人开心的方法。", "什么是剪枝？"),
    ("enumeration", "优化器分为两类:一阶、二阶、零阶。", "优化器分为三类:一阶、二阶、零阶。", "优化器分为哪三类？"),
    ("number", "总参数量达到 671B。", "V3的总参数量达到 671B。", "V3 的总参数量达到 {{c1::671B}}"),
    ("key-claim", "PointNet的缺点是很慢。", "PointNet的缺点是不能建模空间分布。", "PointNet 的缺点是什么？"),
    ("apposition", "进程是资源分配的基本单位。", "进程是资源分配的基本单位，线程是CPU调度的基本单位。", "什么是进程？"),
    (
        "acronym",
        "最著名的是LSTM (Long Short Term Memory Network) 和其他。",
        "最著名的是LSTM (Long Short Term Memory) 和其他。",
        "缩写 LSTM 的全称是什么？",
    ),
]  # fmt: skip
"""A rule, a text that falls just short of its phenomenon, one that just shows it, and what is then asked."""


@pytest.mark.parametrize(("rule", "short", "enough", "wanted"), EDGES, ids=[f"{e[0]}: {e[1]}" for e in EDGES])
def test_a_rule_begins_where_its_phenomenon_does(rule, short, enough, wanted):
    (rule,) = (one for one in RULES if one.name == rule)
    assert candidates(rule, short) == ()
    assert wanted in [card.front or card.text for card in candidates(rule, enough)]


def test_every_rule_has_examples_both_ways():
    assert [rule.name for rule in RULES if not rule.yes or not rule.no] == []
    assert len({rule.name for rule in RULES}) == len(RULES)


def drafts(text):
    (excerpt,) = parse_source(text, "example.txt")
    document = segment(excerpt)
    return document, [draft for rule in RULES for draft in rule.find(document)]


@pytest.mark.parametrize("text", [text for _, text, _ in YES])
def test_a_term_is_the_text_at_its_place(text):
    document, found = drafts(text)
    for draft in found:
        if isinstance(draft.term, Term):
            assert key(draft.term.text) in key(document.text[slice(*draft.term.span)])


def test_of_two_formulas_that_look_alike_a_card_shows_the_one_at_its_place():
    _, found = drafts(r"向量\(a\)很短,向量\(b\)指的是衡量各个样本有多重要的权重。")
    assert {(draft.term.prose, draft.front) for draft in found} == {
        (r"向量\(b\)", r"什么是向量\(b\)？"),
        (r"向量\(a\)", r"向量\(a\)有什么特点？"),
    }


def test_the_heading_of_an_item_is_cut_at_its_own_place():
    _, found = drafts("优化分为两步: 1. 求解目标 求解目标得到方向。 1. 更新策略 更新策略得到新的参数。")
    assert {draft.back for draft in found if draft.kind == "enumeration"} == {"1. 求解目标\n2. 更新策略"}


def test_every_prior_stands_beside_what_was_counted():
    counted = re.compile(r"# .*\d+ of \d+ annotated.*\(\d{4}-\d\d-\d\d\)")
    modules = [rule.find.__module__ for rule in RULES if rule.name != "statement"]
    files = [Path(sys.modules[name].__file__) for name in modules]
    assert [path.name for path in files if not counted.search(path.read_text(encoding="utf-8"))] == []
