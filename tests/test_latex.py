"""Formulas in running text: found exactly, judged soundly, in linear time."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardsmith.text.latex import (
    find_formulas,
    left_hand_side,
    lint,
    normalised,
    states_something,
    with_anki_delimiters,
)
from cardsmith.text.shadow import BREAK, DISPLAY, HOLE, INLINE, INSIDE, OPEN, mark_breaks, shadow


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"设 \(x\) 与 \[y\]", [("inline", "x"), ("display", "y")]),
        ("$a_1$ 和 $$b$$", [("inline", "a_1"), ("display", "b")]),
        ("价格 $5 到 $6", []),
        ("价格$5到$6", []),
        ("$ x $ 不是公式", []),
        (r"\$5 与 $x$", [("inline", "x")]),
        ("形式如 [公式] 所示", [("hole", "")]),
        (r"前 \[a=b", [("open", "a=b")]),
        (r"只有 \) 没有开头", []),
        (r"\\(不是公式\\)", []),
        (r"\(a\)\(b\)", [("inline", "a"), ("inline", "b")]),
    ],
)
def test_formulas_are_found(text, found):
    assert [(formula.kind, formula.body) for formula in find_formulas(text)] == found


PIECES = st.sampled_from(
    ["\\(", "\\)", "\\[", "\\]", "$", "$$", "\\", "[公式]", "x", "=", "汉", " ", "\n", "\ue000", "。", "A"]
)


@given(st.lists(PIECES).map("".join))
def test_formulas_never_overlap_and_the_shadow_has_the_same_length(text):
    formulas = find_formulas(text)
    edges = [edge for formula in formulas for edge in (formula.start, formula.end)]
    assert edges == sorted(edges)
    dark = mark_breaks(shadow(text, formulas))
    assert len(dark) == len(text)
    heads = {"inline": INLINE, "display": DISPLAY, "hole": HOLE, "open": OPEN}
    for formula in formulas:
        assert dark[formula.start] == heads[formula.kind]
        assert set(dark[formula.start + 1 : formula.end]) <= {INSIDE}
        assert formula.body in text[formula.start : formula.end]
    assert len(re.findall("[\ue000-\ue003]", dark)) == len(formulas)


def test_a_space_that_stood_for_a_line_end_is_known_by_the_texts_own_typography():
    assert mark_breaks("背景 模型SD是基于latent的 UNet网络").count(BREAK) == 2
    assert mark_breaks("模型 SD 是基于 latent 的网络 背景").count(BREAK) == 1


@pytest.mark.parametrize(
    ("body", "side"),
    [
        (r"x_t=(1-t)x_0+t\varepsilon", "x_t"),
        (r"p(x|y)=\mathcal{N}(x;0,I)", "p(x|y)"),
        (r"L_{\theta}=\mathbb{E}_{z\sim p}[f(z)]", r"L_{\theta}"),
        (r"\sum_{i=1}^n x_i", None),
        (r"\{x=1\}", None),
        (r"x\sim p", "x"),
        (r"\left(a=b\right)", None),
    ],
)
def test_the_left_hand_side_stands_before_the_outermost_relation(body, side):
    assert left_hand_side(body) == side


@pytest.mark.parametrize(
    "body", ["x_t", r"X=(x_1, x_2, ..., x_N)", r"x\in\mathbb{R}^d", "N", r"d=768", "0,1"]
)
def test_a_bare_symbol_states_nothing(body):
    assert not states_something(body)


@pytest.mark.parametrize("body", [r"X=g(Z)", r"\min_\theta d(p,q)", r"\int p(z)f(z)dz", r"r\propto e^{x}"])
def test_a_relation_or_optimum_states_something(body):
    assert states_something(body)


@pytest.mark.parametrize(
    "body", [r"\frac{a}{b", r"a}", r"\begin{cases}a", r"\left( a", "a_", "b^", "a\\", "x = ...", "  "]
)
def test_a_broken_formula_is_named(body):
    assert lint(body)


@pytest.mark.parametrize(
    "body", [r"\{a\}", r"\left.\frac ab\right|", r"a\\", r"x_1,\dots", r"a\_", r"\begin{cases}a\end{cases}"]
)
def test_a_whole_formula_passes(body):
    assert lint(body) is None


def test_a_space_at_the_end_of_a_formula_does_not_escape_its_delimiter():
    text = with_anki_delimiters(r"设 \( x\ \) 与 \( y\\ \)")
    assert text == r"设 \(x\ \) 与 \(y\\\)"
    assert [formula.kind for formula in find_formulas(text)] == ["inline", "inline"]


def test_equal_formulas_have_one_key():
    assert normalised(r"a = b\,c \tag{1}.") == normalised("a=bc")


def test_every_delimiter_becomes_ankis():
    assert with_anki_delimiters("设 $x$ ，$$y=1$$ 与 [公式]") == r"设 \(x\) ，\[ y=1 \] 与 [公式]"
