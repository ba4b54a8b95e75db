r"""Notes as people write them: one tree with exact places, formulas in every notation, nothing else on a card."""

import random
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardsmith.extract.candidates import extract
from cardsmith.model import Span
from cardsmith.sources.markdown import parse_markdown
from cardsmith.sources.reading import parse_source
from cardsmith.sources.segments import segment
from cardsmith.text.latex import find_formulas
from cardsmith.text.raw import raw_mark

D = "扩散模型是一种生成模型，它通过"
E = "来学习数据分布。"


def outline(text):
    """Kind and text of all nodes."""
    nodes, _ = parse_markdown(text)
    return [(node.kind, text[node.span.start : node.span.end]) for top in nodes for node in top.walk()]


def said(text, name="note.md"):
    """What the cards of a note show, and its quotes are verbatim."""
    found = []
    for excerpt in parse_source(text, name):
        place = excerpt.places[0]
        assert text[place.offset : place.offset + len(excerpt.text)] == excerpt.text
        assert text.count("\n", 0, place.offset) + 1 == place.line
        for card in extract(excerpt).candidates:
            assert card.quote == excerpt.text[card.span.start : card.span.end]
            found.append((card.front or card.text, card.back))
    return found


@pytest.mark.parametrize(
    ("text", "kind", "piece"),
    [
        ("# 甲\n\n乙", "heading", "# 甲\n"),
        ("甲\n===\n", "heading", "甲\n===\n"),
        ("- 甲\n- 乙\n", "item", "- 甲\n"),
        ("1. 甲\n   - 乙\n", "list", "- 乙\n"),
        ("|a|b|\n|-|-|\n|1|2|\n", "cell", "1"),
        ("> 甲\n", "quote", "> 甲\n"),
        ("> [!note]+ 甲\n> 乙\n", "callout", "> [!note]+ 甲\n> 乙\n"),
        ("```py\nx\n```\n", "code-block", "```py\nx\n```"),
        ("甲 `乙` 丙", "code", "`乙`"),
        ("甲 **乙** 丙", "strong", "**乙**"),
        ("甲 *乙* 丙", "emphasis", "*乙*"),
        ("甲 ==乙== 丙", "highlight", "==乙=="),
        ("甲 ~~乙~~ 丙", "deleted", "~~乙~~"),
        ("甲 [乙](丙) 丁", "link", "[乙](丙)"),
        ("甲 [[乙|丙]] 丁", "link", "[[乙|丙]]"),
        ("甲 ![乙](丙.png) 丁", "picture", "![乙](丙.png)"),
        ("甲 ![[乙.png|300]] 丁", "picture", "![[乙.png|300]]"),
        ("甲[^1]\n\n[^1]: 乙\n", "footnote", "[^1]: 乙\n"),
        ("甲 $x_t$ 乙", "formula", "$x_t$"),
        ("---\na: b\n---\n甲", "metadata", "---\na: b\n---\n"),
        ("+++\na = 1\n+++\n甲", "metadata", "+++\na = 1\n+++\n"),
        ("术语\n: 定义\n", "definition", ": 定义\n"),
    ],
)
def test_everything_is_in_the_tree_at_its_place(text, kind, piece):
    assert (kind, piece) in outline(text)


def test_a_rule_later_in_a_note_is_no_front_matter():
    found = outline("甲\n\n---\n乙\n---\n\n丙")
    assert {("paragraph", "甲\n"), ("rule", "---\n"), ("paragraph", "丙")} <= set(found)


PIECES = ["甲", "a_b", "*x*", "`$`", "$x_1$", r"\(y\)", "$$z$$", "\n", "\n\n", "> ", "- ", "1. ", "# ", "|", "[a](b)", "![[c]]", r"\*", "&lt;", "<b>", "😀", "```\n", "==", "[^1]", " "]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@settings(max_examples=400, deadline=None)
def test_children_lie_inside_their_parents_in_order_and_texts_are_the_texts(text):
    nodes, formulas = parse_markdown(text)
    stack = [(Span(0, len(text)), nodes)]
    while stack:
        span, children = stack.pop()
        at = span.start
        for child in children:
            assert at <= child.span.start <= child.span.end <= span.end
            at = child.span.end
            stack.append((child.span, child.children))
    places = [(f.start, f.end) for f in formulas]
    assert all(before[1] <= after[0] for before, after in pairwise(places))
    for note in parse_source(text, "a.md") if text.strip() else ():
        assert len(segment(note).shadow) == len(note.text)
        for start, section in note.sections:
            assert len(segment(section).shadow) == len(section.text)
            assert note.text.startswith(section.text, start)


@pytest.mark.parametrize("mark", ["> ", "- ", "**a *b ", "[a", "~~", "<b>", "| "])
def test_marks_in_marks_a_thousand_deep_are_read(mark):
    assert parse_source(mark * 1000 + D + "加噪" + E, "a.md")


# --- formulas

FORMULAS = {
    r"$x_t$": [("inline", "x_t")],
    r"$ T $ 步": [("inline", "T")],
    r"$ x_t = a $": [("inline", "x_t = a")],
    r"花了 $ 5 和 $ 6 元": [],
    r"花了 $5 和 $6": [],
    r"\\(T\\) 步": [("inline", "T")],
    r"\\[x\_t=a\\]": [("display", "x_t=a")],
    "$`T`$": [("inline", "T")],
    "$`甲`$`乙`$": [("inline", "甲")],
    "```math\na = b\n```": [("display", "a = b")],
    "\\begin{equation}\na = b\n\\end{equation}": [("display", "a = b")],
    "\\begin{align*}\na &= b\n\\end{align*}": [("display", "\\begin{align*}\na &= b\n\\end{align*}")],
    "甲 $$T$$ 乙": [("inline", "T")],
    "$$T$$": [("display", "T")],
    "- $$T$$": [("display", "T")],
    "$$\nT\n$$": [("display", "T")],
    "`$x$` 与 `\\(y\\)`": [],
    r"`\\(T\\)`": [],
    "```sh\necho $a $b\n```": [],
    "~~~\n$x$\n~~~\n\n$y$": [("inline", "y")],
    r"见 \[1\] 与 \[2, 3\]": [],
    r"见 \(see below\)": [],
    r"$v\_{db} + \gamma\_i$": [("inline", r"v_{db} + \gamma_i")],
    r"$$E\[x\]^{\*} = \begin{cases} a \\[2pt] b \end{cases}$$": [("display", r"E[x]^{*} = \begin{cases} a \\[2pt] b \end{cases}")],
    r"约 $\sim$6000 份，$5$6": [("inline", r"\sim")],
    "共$o_c$$\\times$$i_c$个，$x$，$$y$$，$z$": [("inline", b) for b in ("o_c", r"\times", "i_c", "x", "y", "z")],
    r"$\text{a\_b} = 1$": [("inline", r"\text{a\_b} = 1")],
    "> \\(L = a +\n> b\\)": [("inline", "L = a + b")],
    "> \\[\n> x^2\n> \\]": [("display", "x^2")],
    "> > $$\n> > x\n> > $$": [("display", "x")],
    "> $$\n> a\n> > b\n> $$": [("display", "a\n> b")],
    "- > $$\n  > x\n  > $$": [("display", "x")],
    "> \\begin{equation}\n> x\n> \\end{equation}": [("display", "x")],
    "> $`a +\n> b`$": [("inline", "a +\nb")],
    "> ```math\n> a\n> b\n> ```": [("display", "a\nb")],
    "| $|x|$ | b |\n|---|---|\n| $\\max\\{a|b\\}$ | c |": [("inline", "|x|"), ("inline", r"\max\{a|b\}")],
    "$a*b*c$ 与 $a_1 b_2$": [("inline", "a*b*c"), ("inline", "a_1 b_2")],
    "未闭 \\(a = b\n\n下段 \\(c\\)": [("open", "a = b"), ("inline", "c")],
    "![T](https://www.zhihu.com/equation?tex=T)": [("display", "T")],
    "甲 ![[公式]](https://www.zhihu.com/equation?tex=x_t%3Da) 乙": [("inline", "x_t=a")],
    '甲 <img src="https://www.zhihu.com/equation?tex=T" alt="x_1" eeimg="1"/> 乙': [("inline", "x_1")],
    r"甲 ![](https://latex.codecogs.com/gif.latex?v_t=(1-\beta_1)\sum_{i=1}^t) 乙": [("inline", r"v_t=(1-\beta_1)\sum_{i=1}^t")],
    "甲 ![图](a.png) 乙": [],
    "甲 [公式] 乙": [("hole", "")],
    r"[价格 $5](http://a/$b$)": [],
    "$ y = 1 $，而$ z \\in (0,1)$，则$w$": [("inline", "y = 1"), ("inline", r"z \in (0,1)"), ("inline", "w")],
    "步长$ a $、距离$b $。即$ c=1$": [("inline", "a"), ("inline", "b"), ("inline", "c=1")],
    "$ 0.5 $、$ (x, y) $、$ log $ 与 $ 1 − ε $": [("inline", b) for b in ("0.5", "(x, y)", "log", "1 − ε")],
    "价格 $ 5 and $ 6, US$ 7 $ 与 $ $ 与 $的，有$": [],
    "其中 $ f = \\begin{cases}\na \\\\\nb \\end{cases} $。": [("inline", r"f = \begin{cases} a \\ b \end{cases}")],
    "使用$\nL(Y, f(x))\u200b$来表示": [("inline", "L(Y, f(x))")],
    "当$x=0$$f(x)=1$": [("inline", "x=0"), ("inline", "f(x)=1")],
    "$$x$$，$y$，$$z$$": [("inline", "x"), ("inline", "y"), ("inline", "z")],
    "甲 \\[1] 乙 $x$\n\n\\[2] [丙](a)": [("inline", "x")],
    "\\[ x \\in (0, 1] \\]": [("display", r"x \in (0, 1]")],
    "$$\na\n=\nb\n$$\n\n乙 $c$": [("display", "a\n=\nb"), ("inline", "c")],
    "<p>甲 $x$</p>": [("inline", "x")],
    "<pre>甲 $x$</pre>": [],
}  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_found_once_in_every_notation(text):
    _, formulas = parse_markdown(text)
    assert [(f.kind, f.body.strip()) for f in formulas] == FORMULAS[text]


def test_a_formula_of_a_text_that_stands_between_others_keeps_its_place():
    text = "甲 $a$ 乙 `$b$` 丙 \\\\(c\\\\) 丁\n\n> $d$\n\n| $|e|$ |\n|-|\n"
    _, formulas = parse_markdown(text)
    assert [text[f.start : f.end] for f in formulas] == ["$a$", "\\\\(c\\\\)", "$d$", "$|e|$"]
    text = "$x$，$$y$$，$z$"
    _, formulas = parse_markdown(text)
    assert [text[f.start : f.end] for f in formulas] == ["$x$", "$$y$$", "$z$"]


# --- what cards say

SAYS = {
    "a formula in a picture's address": (D + "![T](https://www.zhihu.com/equation?tex=T) 步加噪" + E, r"它通过\(T\) 步加噪"),
    "dollars with blanks": (D + "$ T $ 步加噪" + E, r"它通过\(T\) 步加噪"),
    "a display in a sentence": (D + "$$T$$ 步加噪" + E, r"它通过\(T\) 步加噪"),
    "lines broken between Han": ("扩散模型是一种生成模型，它通过加\n噪来学习数据分\n布。", "它通过加噪来学习数据分布"),
    "lines broken between Han in a quotation": ("> 扩散模型是一种生成模型，它通过加\n> 噪来学习数据分\n> 布。", "它通过加噪来学习数据分布"),
    "escaped marks": (D + r"\*加噪\* " + E, "它通过*加噪* 来学习"),
    "a wiki link to a part": ("[[扩散模型#定义]]是一种生成模型，它通过加噪" + E, "一种生成模型"),
    "a wiki link with a path": ("[[a/b/扩散模型]]是一种生成模型，它通过加噪" + E, "一种生成模型"),
    "a callout of any type": ("> [!key-point]\n> " + D + "加噪" + E, "它通过加噪"),
    "a long tag": ('<span style="color:red;font-weight:bold;background-color:rgb(255,255,0);border:1px solid #000">扩散模型</span>是一种生成模型，它通过加噪' + E, "它通过加噪"),
    "ruby": ("<ruby>扩散<rt>kuòsàn</rt></ruby>模型是一种生成模型，它通过加噪" + E, "它通过加噪"),
    "a line inside a paragraph tag": (f"<p>{D}加噪{E}</p>", "它通过加噪"),
    "details": (f"<details>\n<summary>答案</summary>\n\n{D}加噪{E}\n\n</details>", "它通过加噪"),
    "TOML front matter": (f'+++\ntitle = "扩散模型"\n+++\n{D}加噪{E}', "它通过加噪"),
    "Liquid and Kramdown": ("{% raw %}\n" + D + "加噪" + E + "\n{: .red}\n{% endraw %}", "它通过加噪"),
    "radicals and soft hyphens": ("扩散模型是⼀种⽣成模型，它通过加\u00ad噪来学习\u200b数据分布。", "一种生成模型，它通过加噪来学习数据分布"),
    "an emoji of several": ("👨‍💻扩散模型是一种生成模型，它通过加噪" + E, "它通过加噪"),
    "an entity": (D + "&lt;eos&gt; 与加噪" + E, "它通过<eos> 与加噪"),
    "code with marks": (D + "`a.b(c); d*e*` 加噪" + E, "它通过`a.b(c); d*e*` 加噪"),
    "strong that CommonMark pairs otherwise": (D + "将**特征（层）**的表示，与**网络（CNN）**的表示弄混" + E, "它通过将特征（层）的表示，与网络（CNN）的表示弄混"),
    "stars that an exporter escaped": (r"- \*\*扩散模型 \*\*是一种生成模型\*\*，\*\*它通过加噪" + E, "它通过加噪"),
    "a highlight around strong": (D + "==**加噪**==" + E, "它通过加噪来学习"),
    "text right below a tag": (f'<div>\n<img src="a.png">\n</div>\n**扩散模型**是一种生成模型，它通过加噪{E}', "它通过加噪"),
    "a link to a file with blanks": (D + "[加噪](../a b/加噪(一).md)" + E, "它通过加噪来学习"),
    "a list in a quotation": (f">1. 甲\n>\t- {D}加噪{E}", "它通过加噪"),
    "a footnote's mark that an exporter escaped": (D + r"加噪 [\^2\]" + E, "它通过加噪"),
    "Liquid in a sentence": (D + '加噪 {{ "ho2020" | cite }}' + E, "它通过加噪"),
    "stars around other marks": (D + "**`加噪`(x)**与 **_去噪_**s" + E, "它通过`加噪`(x)与 去噪 s 来学习"),
    "an item that is none to Markdown": (D + "加噪\n-\u00a0另一个项目" + E, "它通过加噪"),
    "a break of the last line": (D + "加噪\\", "它通过加噪"),
    "an admonition of MkDocs": (f'??? note "解法"\n    {D}加噪{E}', "它通过加噪"),
    "a block's id behind its anchor": (D + '加噪。 <a id="^ref-1"></a>^ref-1', "它通过加噪"),
    "a citation of Pandoc": (D + "加噪（[@ho2020, 第 3 页]）" + E, "它通过加噪来学习"),
    "a power": (D + "对 10<sup>6</sup> 步加噪<sup>1</sup>" + E, "它通过对 10^6 步加噪 1 来学习"),
    "an ampersand in code": (D + "`a && b` 加噪" + E, "它通过`a && b` 加噪"),
    "a role of another dialect": (D + "加噪 :cite:`Ho.2020` " + E, "它通过加噪"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAYS)
def test_a_card_says_what_its_author_saw(name):
    text, wanted = SAYS[name]
    found = said(text)
    assert [front for front, _ in found] == ["什么是扩散模型？"]
    assert wanted in found[0][1]
    assert not raw_mark(found[0][1])
    assert "项目" not in found[0][1]


SILENT = {
    "dollars in code": "缺点是 `$HOME` 与 `$PATH` 的取值不同。",
    "a picture inside the sentence": D + "![[图.png|300]] 步加噪" + E,
    "a list of links": "- [扩散模型是一种生成模型](http://a)\n- [流模型是一种生成模型](http://b)\n",
    "an address": "- Paper: https://arxiv.org/abs/2305.18290\n- 扩散模型：<http://a.org/b>\n",
    "a paragraph of links": "\\[1] [扩散模型是一种生成模型](http://a)\n[流模型是一种生成模型](http://b)\n",
    "a sentence in code": "- `二叉树的根节点到叶子节点的所有路径是一种递归结构，它通过回溯来得到结果，而且每条路径都要复制`\n",
    "code in a fence": f"```\n{D}加噪{E}\n```\n",
    "code in a fence in a list": f"- 甲\n\n  ```\n  {D}加噪{E}\n  ```\n",
    "a comment": f"<!-- {D}加噪{E} -->\n",
    "front matter": f"---\ndescription: {D}加噪{E}\n---\n甲\n",
    "a script": f"<script>\n{D}加噪{E}\n</script>\n",
}


@pytest.mark.parametrize("name", SILENT)
def test_what_is_no_prose_makes_no_card(name):
    assert said(SILENT[name]) == []


RAW = {
    "a command of LaTeX": D + r"\textbf{加噪}" + E,
    "a dollar without a partner": D + "$G 与 $x_t$ 加噪" + E,
    "half a display": D + "E(C)$$ 加噪" + E,
    "a tree": f"src/\n├── a.py 是一种生成模型，它通过加噪{E}\n",
    "a tag whose brackets are escaped": r"\<font size=3\>扩散模型\</font\>是一种生成模型，它通过加噪" + E,
    "subscripts of Pandoc": D + "X~s~ 与 Y~t~ 加噪" + E,
}


@pytest.mark.parametrize("name", RAW)
@pytest.mark.parametrize("file", ["a.md", "a.txt"])
def test_what_nobody_read_stands_on_no_card(name, file):
    excerpts = parse_source(RAW[name], file)
    assert [c.front for excerpt in excerpts for c in extract(excerpt).candidates] == []


@pytest.mark.parametrize(
    "shown",
    [
        "> 甲", "- 甲", "## 甲", "**甲", "甲**", "*甲 乙", "Time__ (a)", "[甲](b)", "[[甲|乙]]", r"甲\_乙", "甲 | 乙 | 丙", "|---|",
        "&nbsp;甲", "x &lt", "甲^[乙]", "甲 [@ho2020]", "<br/>甲", "甲 --> 乙", "==甲==", "甲 %% 乙", "{{ 甲 }}", "{#tab:a}", '甲" %} 乙', "2^n^", "甲 ---- 乙", "::: 甲", "[^1]",
        r"\(x\) 与 $y", "甲 ^ref-1",
    ],
)  # fmt: skip
def test_a_raw_mark_is_seen(shown):
    assert raw_mark(shown)


@pytest.mark.parametrize(
    "shown",
    [
        r"甲 \(a_{1} \\ **b**\) 乙", "`**a**`", "A* 搜索", "2*(n-1) 与 x*y", "构造函数 __init__ 中", "dp[i][j] = dp[i-1][j] + 1", "a == b",
        "|E| 是边数，|V|", "P(Y|X)", "x > 0", "A&B 与 a &c", "价格 $5", "java.util.Map#putAll", "ValueNode<FuncGraph>", "<eos>", "1. 甲\n2. 乙",
        "参数量 {{c1::671B}}，激活 {{c2::37B}}", r"是 '\n' 字符", "10^6", "约 ~3 个", "甲——乙 A--B",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_mark_is_none(shown):
    assert raw_mark(shown) is None


@pytest.mark.parametrize(
    "text",
    ["$`T`$", "甲 $`a_b`$ 乙", "a$`T`$b", "$`甲`$`乙`$", "`$T$`", "```math\na = b\n```", "> ```math\n> a\n> ```", "> $$\n> a\n> > b\n> $$",
     "> $`a +\n> b`$", "- > $$\n  > x\n  > $$", "> \\[\n> x^2\n> \\]"],
)  # fmt: skip
def test_cards_and_notes_read_formulas_in_code_and_quotations_alike(text):
    note = [(f.start, f.end, f.kind, f.body.strip()) for f in parse_markdown(text)[1]]
    assert note == [(f.start, f.end, f.kind, f.body.strip()) for f in find_formulas(text)]


def test_a_setext_heading_begins_a_section_and_headings_are_said_without_markup():
    (note,) = parse_source("甲\n\n**扩散** `模型` $x_t$\n====\n\n乙\n", "a.md")
    first, second = (section.excerpt for section in note.sections)
    assert (first.headings, second.headings) == ((), (r"扩散 模型 \(x_t\)",))


def test_an_equation_without_delimiters_ends_before_its_legend():
    assert ("leakrelu = ?", "leakrelu=max(k*x,0)") in said("leakrelu=max(k*x,0)其中k是leak系数")


def test_radicals_are_searchable_and_quotes_verbatim():
    (found,) = said("⽅向导数是⼀种变化率，它沿给定的⽅向来度量函数。")
    assert found == ("什么是方向导数？", "一种变化率，它沿给定的方向来度量函数")


def test_no_note_of_random_pieces_leaks_a_placeholder():
    dice = random.Random(0)
    for _ in range(300):
        text = "".join(dice.choice([*PIECES, D, E, "是一种", "，", "。"]) for _ in range(25))
        for front, back in said(text) if text.strip() else ():
            assert not re.search("[\ue000-\ue005\x1e\x1f]", front + back)


@pytest.mark.parametrize("text", ["甲\n\x1d", "((\n\x1d", "\x1d\n1\x1d", "甲\\(\x1d", "#\r#\x15#"])
def test_what_a_section_ends_in_is_no_part_of_its_tree(text):
    for excerpt in parse_source(text.replace("\r", "\n"), "a.md"):
        assert len(segment(excerpt).shadow) == len(excerpt.text)
        assert all(node.span.end <= len(excerpt.text) for top in excerpt.nodes for node in top.walk())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "`torch.nn.Linear(a, b)` 是一种线性层，它把输入乘以权重再加上偏置。",
            "什么是`torch.nn.Linear(a, b)`？",
        ),
        ("`f.x` 有三个部分：`a.b`、`c.d`、`e_f`。", "1. `a.b`\n2. `c.d`\n3. `e_f`"),
        ("`a_b` 是一种优化方法，它把动量加到梯度上。另一个是 `a.b` 。", "什么是`a_b`？"),
    ],
)
def test_code_stands_on_cards_as_it_was_written(text, shown):
    assert any(shown in front + back for front, back in said(text))
