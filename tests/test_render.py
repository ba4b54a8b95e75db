"""Fields: formulas survive, scripts do not, Chinese lines join, clozes stay whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardsmith.anki.render import render_field, symbol_table, visible_text
from cardsmith.errors import CardsmithError


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("什么是 MLA？", "什么是 MLA？"),
        (r"当 \(a<b\) 且 \(x_1*y_2*z\)", r"当 \(a&lt;b\) 且 \(x_1*y_2*z\)"),
        ("**粗**与_斜_", "<strong>粗</strong>与_斜_"),
        ("第一行；\n第二行", "第一行；第二行"),
        ("first\nsecond", "first\nsecond"),
        ("1. 一\n2. 二", "<ol>\n<li>一</li>\n<li>二</li>\n</ol>"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("[x](javascript:alert(1))", "<a>x</a>"),
        ("p<q and r>s", "p&lt;q and r&gt;s"),
        ("    四个空格", "四个空格"),
        ("", ""),
    ],
)
def test_a_field_renders(text, page):
    assert render_field(text) == page


def test_code_is_highlighted_and_keeps_its_lines():
    page = render_field("```python\nimport x\n\ny = 1\n```")
    assert 'class="codehilite"' in page
    assert 'class="kn"' in page
    assert "<script" not in page


def test_a_table_keeps_its_formulas():
    page = render_field("| a | b |\n|---|---|\n| \\(x|y\\) | 2 |")
    assert "<table>" in page
    assert r"\(x|y\)" in page


def test_latex_in_a_cloze_can_not_end_it():
    page = render_field(r"值为 {{c1::\(\frac{a}{b_{c}}::\)}} 。", cloze=True)
    assert page == r"值为 {{c1::\(\frac{a}{b_{c} }: :\)}} 。"


def test_however_many_braces_end_a_formula_none_of_them_ends_its_cloze():
    page = render_field(r"值为 {{c1::\(x_{a_{b_{c}}}\)}} 。", cloze=True)
    assert page == r"值为 {{c1::\(x_{a_{b_{c} } }\)}} 。"


def test_a_formula_that_nobody_would_see_is_refused():
    with pytest.raises(CardsmithError, match="formula-lost"):
        render_field(r"![\(x\)](a.png)", media={"a.png": "cs-a.png"})


def test_symbols_make_a_table():
    assert symbol_table({r"\(a<b\)": "甲"}) == r"<table><tr><td>\(a&lt;b\)</td><td>甲</td></tr></table>"
    assert symbol_table({}) == ""


PIECES = st.sampled_from(
    [
        r"\(a<b\)",
        r"\[x_1*y*z_2\]",
        r"\(\beta\_{c}\)",
        "汉",
        "字",
        "*",
        "_",
        "`",
        "\n",
        "\n\n",
        "# ",
        "1. ",
        "<b>",
        "&",
        "|",
        " ",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_every_formula_of_the_source_is_visible(text):
    from cardsmith.text.latex import find_formulas

    page = render_field(text)
    for formula in find_formulas(text):
        if formula.kind in ("inline", "display"):
            assert text[formula.start : formula.end] in visible_text(page)
    assert "<b>" not in page
