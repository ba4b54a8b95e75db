"""The Markdown of cards shows what GitHub and editors show, and never drops what somebody wrote."""

import html
import re

import cmarkgfm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardsmith.anki.dialect import MAX_DEPTH
from cardsmith.anki.notes import make_note
from cardsmith.anki.render import render_field, visible_text
from cardsmith.decks.deckfile import parse_deck
from cardsmith.errors import CardsmithError


def skeleton(page):
    """The blocks of a page and their words: what two renderers must agree upon."""
    page = re.sub(r"</?(?:thead|tbody|code|em|strong|h1|h2|span|div)\b[^>]*>", "", page)
    page = re.sub(r"<(\w+)(?: (?!start)[^>]*)?( start=[^>]*)?>", r"<\1\2>", page)
    parts = [html.unescape(part) for part in re.split(r"(<[^>]*>)", page)]
    words = [" ".join(part.split()) for part in parts]
    words = [word for word in words if word]
    is_lone = words.count("<p>") == 1 and (words[0], words[-1]) == ("<p>", "</p>")
    return words[1:-1] if is_lone else words


def as_github(text):
    return skeleton(cmarkgfm.github_flavored_markdown_to_html(text))


LIKE_GITHUB = {
    "a list without a blank line": ["steps:\n- one\n- two", "steps:\n* one", "steps:\n+ one\nand on", "steps:\n1. one\n2. two"],
    "a number in the middle of a text": ["made\n2017. then", "made\n\n2017. then", "2) two\n3) three", "a\n10. b\n2. c\n- d"],
    "a table without a blank line": [
        "see\n| a | b |\n|---|---|\n| 1 | 2 |", "see\n\na | b\n-|-\n1 | 2\nend", "- x\n  | a |\n  |---|\n  | 1 |",
        "a\nb\n| c | d |\n|:-:|--|\n| 1 | 2 |\n- x", "| a |\n|---|\n| 1 |\n> q", "| a |\n|---|\n| 1 |\n3. x",
    ],
    "nesting": [
        "- a\n  - b\n  - c\n- d", "1. a\n   - b\n     1. c\n2. d", "- a\n   - b", "- a\n - b", "- a\n    - b", "- a\n\n  b\n- c",
        "- a\n  - b\n\n  - c\n- d", "- a\n\n- b", "- - a\n  - b", "1. a\n  - b", "- a\n* b", "1. a\n2) b", "-\n- a", "- a\n  > q\n- b",
    ],
    "a block of code": [
        "```py\nx\n```", "see\n```\nx\n```\nthen", "- a\n  ```python\n  if a:\n      b\n  ```\n- b", "> ```\n> x\n>\n> y\n> ```\nz", "1. a\n\n   ~~~\n   x\n   ~~~",
        "- ```\n  x\n  ```", "````\n```\n````", "```\nx", "> ```\n> x\ny", '```python {.cls #id key="v"}\nx\n```', "- a\n  - b\n    ```\n    x\n    ```",
        "~~~ js\n- a\n# b\n~~~",
    ],
    "a quotation": ["> a\nb", "> a\n- b", "> - a\n> - b\n>   - c", "> a\n\n> b", "a\n> b", "> > a\n> b", "> a\n# b"],
    "a heading": ["#include vector", "#5 is alive", "# C#", "### a ###", "a\n### b", "####### a", "- # a"],
    "code between backticks": ["`$A`、`$B`", r"`\(` and `$$`", "`` a`b ``", "`a", r"\`a\`", "*a `b* c` d", "| a |\n|---|\n| `x` |", "`a\n\nb`"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in LIKE_GITHUB.items() for text in texts])  # fmt: skip
def test_a_card_shows_what_github_shows(kind, text):
    assert skeleton(render_field(text)) == as_github(text)


BLOCKS = st.sampled_from(
    ["foo\n", "bar\n", "- a\n", "- b\n", "* s\n", "  - c\n", "   - d\n", "1. x\n", "2. y\n", "   1. n\n", "   more\n", "  more\n", "\n",
     "> q\n", "> - l\n", "```py\nx\n```\n", "  ```\n  y\n  ```\n", "> ~~~\n> k\n> ~~~\n", "# h\n", "#i\n", "\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(BLOCKS, min_size=1, max_size=4).map(lambda parts: "".join(parts).strip("\n")))
def test_blocks_in_any_order_are_those_of_github(text):
    assert skeleton(render_field(text)) == as_github(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("| a | b |\n|---|---|\n| [[x|y]] | 2 |", "<td>[[x|y]]</td>\n<td>2</td>"),
        ("| a | b |\n|---|---|\n| [[x\\|y]] | 2 |", "<td>[[x|y]]</td>\n<td>2</td>"),
        ("| a | b |\n|---|---|\n| `x|y` | 2 |", "<td><code>x|y</code></td>\n<td>2</td>"),
        ("| a | b |\n|---|---|\n| 1 | 2 | 3 | 4 |", "<td>2 | 3 | 4</td>"),
        ("a | b\n-|-\n | 2 | 3", "<td>2 | 3</td>"),
        ("[^1]: see below\n\ntrue[^1]", "<p>[^1]: see below</p>"),
        ("[注]: 见下文", "[注]: 见下文"),
        ("#include <vector>", "#include &lt;vector&gt;"),
        ("#", "#"),
        ("*", "*"),
        ("-", "-"),
        ("1.", "1."),
        ("- a\n" * 3 + "  " * 99 + "- b", "- b"),
    ],
)
def test_nothing_is_dropped(text, kept):
    assert kept in render_field(text)


def test_a_definition_that_something_refers_to_is_one():
    assert (
        render_field("[a][x]，[x]\n\n[x]: http://e.com")
        == '<a href="http://e.com">a</a>，<a href="http://e.com">x</a>'
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`$A`、`$B`", r"<code>$A</code>、<code>$B</code>"),
        (r"`\(x\)` 与 \(x\)", r"<code>\(x\)</code> 与 \(x\)"),
        ("路径 `$HOME`，$x$ 与 `$y`", r"路径 <code>$HOME</code>，\(x\) 与 <code>$y</code>"),
        ("`[公式]`", "<code>[公式]</code>"),
        ("$`x_1`$", r"\(x_1\)"),
        ("```math\nx^2\n```", r"\[ x^2 \]"),
        ("$5 `a` 与 6$", "$5 <code>a</code> 与 6$"),
    ],
)
def test_code_comes_before_formulas(text, shown):
    assert render_field(text) == shown


@pytest.mark.parametrize("fence", ["```sh\n{}\n```", "> ```sh\n> {}\n> ```", "- a\n  ~~~\n  {}\n  ~~~"])
def test_dollars_in_a_block_of_code_are_code(fence):
    page = render_field(fence.format(r"echo $A $B \(x\)"))
    assert r"echo $A $B \(x\)" in visible_text(page)


@pytest.mark.parametrize(
    "text", ["> \\[\n> x^2\n> \\]", "> $$\n> x^2\n> $$", "> > \\[x^2\n> > \\]", "> - \\[\n>   x^2\\]", "> a\n> \\[\n>x^2\\]"]
)  # fmt: skip
def test_a_formula_in_a_quotation_holds_none_of_its_marks(text):
    page = render_field(text)
    assert re.search(r"\\\[\s*x\^2\s*\\\]", page)
    assert "&gt;" not in page


def cloze(text):
    text = "\n".join(f"    {line}" for line in text.split("\n"))
    deck = parse_deck(
        f"title: t\ncards:\n- id: a\n  kind: claim\n  cite: 手册\n  text: |-\n{text}\n", "decks/llm/a.yaml"
    )
    return dict(make_note(deck.entries[0].card, deck, {}).fields)["Text"]


@pytest.mark.parametrize(
    ("language", "code", "plain"),
    [
        ("python", "def f(x): return {{c1::x + 1}}", "def f(x): return x + 1"),
        ("js", "a = {b: {c: 1}}; {{c1::delete}} a.b", "a = {b: {c: 1}}; delete a.b"),
        (
            "python",
            "for {{c1::i::a name}} in {{c2::range}}(3):\n    pass",
            "for i::a name in range(3):\n    pass",
        ),
        ("", "x = {{c1::1}}", "x = 1"),
        ("c++ {.cls}", "int m{{c1::ain}}() {}", "int main() {}"),
    ],
)
def test_a_deletion_may_stand_in_code_of_any_language(language, code, plain):
    page = cloze(f"```{language}\n{code}\n```")
    shown = visible_text(page)
    assert shown.strip() == code
    assert re.sub(r"\{\{c\d::|\}\}(?!; )", "", shown).strip() == plain
    for inside in re.findall(r"\{\{c\d::(.*?)\}\}", page):
        assert inside.count("<span") == inside.count("</span")


def test_a_name_in_code_that_would_be_a_hint_is_told():
    with pytest.raises(CardsmithError, match="cloze-colons"):
        cloze("```cpp\n{{c1::std::vector}} v;\n```")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"\*a\* \\ \> \a", r"*a* \ &gt; \a"),
        (r"1\. a" + "\n" + r"\- b", "1. a\n- b"),
        (r"`\*` \`a\`", r"<code>\*</code> `a`"),
        (r"[a\]](http://e.com/b\)c)", '<a href="http://e.com/b)c">a]</a>'),
        ("\\*\tb", "*  b"),
        ("\ue00442\\*", "\ue00442*"),
    ],
)
def test_an_escaped_character_is_itself(text, shown):
    assert render_field(text) == shown


def test_lists_and_quotations_are_bounded_in_depth():
    for deep in ("- " * 300 + "a", "> " * 300 + "a", "> - " * 150 + "a", "1. " * 300 + "a"):
        page = render_field(deep)
        assert page.count("<ul>") + page.count("<ol>") + page.count("<blockquote>") <= MAX_DEPTH
        assert "a" in visible_text(page)
