"""The canonical form: idempotent, every comment kept, nothing else changed; and the fixes that --fix applies."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.emit import emit_deck
from cardsmith.decks.fixes import (
    bold_is_boldsymbol,
    cloze_braces_are_apart,
    cloze_is_half_width,
    dollars_are_ankis,
    fix_deck,
    percent_is_a_sign,
)
from cardsmith.decks.layout import comments_of, format_deck
from cardsmith.decks.project import read_project
from conftest import DECK, ROOT
from test_cli import run
from test_deckfile import cards, tricky

NAME = "decks/llm/a.yaml"


def formatted(text):
    return format_deck(parse_deck(text, NAME))


MESSY = r"""# Kopf
source: "seeds/a.txt:1"
title:   'Titel'   # Herkunft
excerpt: x01234567
cards:
# über a
-   front: >
      gefaltet
      weiter

    id: a  # bleibt
    # über kind
    kind: claim
    back: |
      eins

      # kein Kommentar
    where:
        \(x\): ein x   # warum
    aka:
    - A
    - 'no'
    cite: |- # Quelle
      arXiv:1706.03762


# über b


# noch eins
-   {id: b, kind: claim, front: f, back: b}
# Ende
"""


def test_a_messy_file_becomes_neat_and_keeps_every_comment():
    text = MESSY.replace("-   front", "- front").replace("\n    ", "\n  ")
    neat = formatted(text)
    assert neat != text
    assert formatted(neat) == neat
    assert (
        "- id: a\n  # bleibt\n  # über kind\n  kind: claim\n  front: gefaltet weiter\n  back: |-\n    eins\n\n    # kein"
        in neat
    )
    assert neat.endswith("\n\n# Ende\n")
    assert sorted(comments_of(neat, NAME)) == sorted(comments_of(text, NAME)) == sorted(
        ["# Kopf", "# Herkunft", "# über a", "# bleibt", "# über kind", "# warum", "# Quelle", "# über b", "# noch eins", "# Ende"]
    )  # fmt: skip
    assert neat.startswith(
        "# Kopf\nexcerpt: x01234567\n# Herkunft\ntitle: Titel\nsource: seeds/a.txt:1\n\ncards:\n\n# über a\n"
    )
    assert [e.card for e in parse_deck(neat, NAME).entries] == [
        e.card for e in parse_deck(text, NAME).entries
    ]


def test_fields_come_in_order_and_quotes_go():
    text = "title: 't'\ncards:\n- back: \"b\"\n  front: |\n    f\n  kind: claim\n  id: a\n- id: b\n  kind: claim\n  front: f\n  back: b\n"
    assert formatted(text) == (
        "title: t\n\ncards:\n\n- id: a\n  kind: claim\n  front: f\n  back: b\n\n- id: b\n  kind: claim\n  front: f\n  back: b\n"
    )


def test_other_line_ends_and_indentation():
    text = "title: t\r\ncards:\r\n  - id: a\r\n    kind: claim\r\n    front: f\r\n    back: b\r\n"
    assert (
        formatted(text)
        == "title: t\r\n\r\ncards:\r\n\r\n- id: a\r\n  kind: claim\r\n  front: f\r\n  back: b\r\n"
    )


@pytest.mark.parametrize(
    "text", ["title: t\n", "title: t\ncards: []\n", "# c\ntitle: t\ncards:\n# d\n", DECK]
)
def test_small_files(text):
    neat = formatted(text)
    assert formatted(neat) == neat
    assert comments_of(neat, NAME) == comments_of(text, NAME)


def test_every_deck_here_is_in_canonical_form():
    for deck in read_project(ROOT).decks:
        assert format_deck(deck) == deck.text, deck.path


COMMENT = st.sampled_from(["# 注", "# - id: x", "# a: b", "#"])


@given(st.lists(cards, min_size=1, max_size=3, unique_by=lambda card: card.id), tricky, st.data())
def test_formatting_keeps_every_card_and_comment_and_is_idempotent(some, title, data):
    text = emit_deck("x01234567", title, "seeds/a.txt:1", some)
    lines = text.split("\n")
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines.insert(at, data.draw(st.sampled_from(["", "  ", "    "])) + data.draw(COMMENT | st.just("")))
    scrambled = data.draw(st.booleans())
    text = "\n".join(lines)
    if scrambled:
        text = re.sub(r"(?m)^- (id: .*)\n  (kind: .*)\n", r"- \2  # k\n  \1\n", text)
    try:
        before = parse_deck(text, NAME)
    except Exception:  # noqa: BLE001 - a comment inside a plain value is no YAML, and not the formatter's business
        return
    neat = format_deck(before)
    after = parse_deck(neat, NAME)
    assert [e.card for e in after.entries] == [e.card for e in before.entries]
    assert (after.title, after.excerpt, after.source) == (before.title, before.excerpt, before.source)
    assert sorted(comments_of(neat, NAME)) == sorted(comments_of(text, NAME))
    assert format_deck(after) == neat


@given(st.lists(cards, min_size=1, max_size=3, unique_by=lambda card: card.id), tricky)
def test_what_the_machine_writes_is_canonical(some, title):
    text = emit_deck("x01234567", title, "seeds/a.txt:1", some)
    assert formatted(text) == text


FIXED = [
    (bold_is_boldsymbol, r"设 \(\bm{x}\) 与 \bm", r"设 \(\boldsymbol{x}\) 与 \bm"),
    (bold_is_boldsymbol, r"\[ \bm x + \bmod \]", r"\[ \boldsymbol x + \bmod \]"),
    (dollars_are_ankis, r"设 $g$ 与 $\frac{h}{g}$，价格 $5 到 $6", r"设 \(g\) 与 \(\frac{h}{g}\)，价格 $5 到 $6"),
    (dollars_are_ankis, "$$x_t=a$$", r"\[ x_t=a \]"),
    (dollars_are_ankis, "见\n$$\nx_t=a\n$$\n与 $`b`$", "见\n\\[\nx_t=a\n\\]\n与 \\(b\\)"),
    (dollars_are_ankis, "> $$\n> x\n> $$", "> \\[\n> x\n> \\]"),
    (dollars_are_ankis, "`$A`、`$B`\n```sh\necho $x $y$\n```", "`$A`、`$B`\n```sh\necho $x $y$\n```"),
    (dollars_are_ankis, r"\(\text{如果 $x>0$ 则}\)", r"\(\text{如果 $x>0$ 则}\)"),
    (percent_is_a_sign, r"设 \(p=95%,n=3\)，95%", r"设 \(p=95\%,n=3\)，95%"),
    (percent_is_a_sign, r"\(5%\) \(5\%\) \(\text{5%}\) `\(5%\)`", r"\(5\%\) \(5\%\) \(\text{5%}\) `\(5%\)`"),
    (percent_is_a_sign, "\\[\na &= 95%\n%b\nc % d\n\\]", "\\[\na &= 95\\%\n%b\nc % d\n\\]"),
    (cloze_is_half_width, "共 ｛｛c１：：8｝｝ 个", "共 {{c1::8}} 个"),
    (cloze_is_half_width, "共 {{C2::8}} 个", "共 {{c2::8}} 个"),
    (cloze_is_half_width, "共 {{c1,2::8}} 个", "共 {{c1,2::8}} 个"),
    (cloze_is_half_width, "集合｛a｝与 {{c1::b}}", "集合｛a｝与 {{c1::b}}"),
    (cloze_braces_are_apart, r"\( {{c1::\frac{1}{n_{i}}}} \)", r"\( {{c1::\frac{1}{n_{i} } }} \)"),
    (cloze_braces_are_apart, r"{{c1::\(\frac{1}{n_{i}}\)}}", r"{{c1::\(\frac{1}{n_{i}}\)}}"),
    (cloze_braces_are_apart, r"\( {{c1::\sqrt{2}}} + {{c2::\sqrt{3}}} \)", r"\( {{c1::\sqrt{2} }} + {{c2::\sqrt{3} }} \)"),
]  # fmt: skip


@pytest.mark.parametrize(("fix", "before", "after"), FIXED)
def test_a_fix_changes_only_how_anki_reads(fix, before, after):
    assert fix(before) == after
    assert fix(after) == after


def test_check_fix_mends_in_place_and_keeps_comments(root):
    path = root / "decks/llm/dpo.yaml"
    broken = DECK.replace(r"\beta\log\frac", r"\bm\beta\log\frac", 1).replace(
        "  back: \\[", "  # why\n  back: \\["
    )
    broken = broken.replace("{{c2::37B}}", "{{c２::37B}}")
    path.write_text(broken, encoding="utf-8")
    assert run("check").exit_code == 1
    done = run("check", "--fix")
    assert done.exit_code == 0
    assert "dpo-reward: math-macro in back" in done.stderr
    assert path.read_text(encoding="utf-8") == broken.replace(r"\bm\b", r"\boldsymbol\b").replace("c２", "c2")


WRITTEN = [
    ("back: 设 $x_1$ 与 $$y$$", r"back: 设 \(x_1\) 与 \[ y \]"),
    ('back: "设 $x_1$：甲"', r"back: '设 \(x_1\)：甲'"),
    ('back: "it\'s $x_1$"', 'back: "it\'s $x_1$"'),
    ("back: '设 $x_1$：甲'", r"back: '设 \(x_1\)：甲'"),
    ("back: |-\n    设\n    $$\n    x\n    $$", "back: |-\n    设\n    \\[\n    x\n    \\]"),
    (
        "back: b\n  where:\n    $x$: 甲 $y$\n    $y$: 乙",
        "back: b\n  where:\n    \\(x\\): 甲 \\(y\\)\n    \\(y\\): 乙",
    ),
    (r"back: \(p=95%\)", r"back: \(p=95\%\)"),
]


@pytest.mark.parametrize(("before", "after"), WRITTEN)
def test_a_fix_is_written_as_the_value_is(before, after):
    text = "title: t\ncards:\n- id: a\n  kind: claim\n  front: f\n  cite: c\n  {}\n"
    fixed, _ = fix_deck(parse_deck(text.format(before), NAME))
    assert fixed == text.format(after)


def test_a_quote_is_never_fixed():
    text = "title: t\nexcerpt: x01234567\ncards:\n- id: a\n  kind: claim\n  front: f\n  back: b\n  quote: \\(\\bm x\\)\n"
    assert fix_deck(parse_deck(text, NAME)) == (text, [])


def test_fmt_check_writes_nothing_and_fmt_writes(root):
    path = root / "decks/llm/dpo.yaml"
    path.write_text(DECK.replace("title: 直接偏好优化", "title: '直接偏好优化'"), encoding="utf-8")
    before = path.read_bytes()
    done = run("fmt", "--check")
    assert (done.exit_code, done.stdout, path.read_bytes()) == (1, "decks/llm/dpo.yaml\n", before)
    assert run("fmt").exit_code == 0
    assert path.read_text(encoding="utf-8") == DECK
    assert run("fmt", "--check").exit_code == 0


def test_fmt_leaves_a_file_it_cannot_read_and_says_so(root):
    path = root / "decks/llm/dpo.yaml"
    path.write_text("title: a: b\n", encoding="utf-8")
    done = run("fmt")
    assert (done.exit_code, path.read_text(encoding="utf-8")) == (1, "title: a: b\n")
    assert "decks/llm/dpo.yaml:1:9" in done.stderr


def test_strict_fails_on_warnings(root):
    path = root / "decks/llm/dpo.yaml"
    path.write_text(DECK.replace("DPO 的关键发现是什么？", "DPO 有效吗？"), encoding="utf-8")
    done = run("check")
    assert done.exit_code == 0
    assert "warning: dpo-finding: a yes/no question [yes-no]" in done.stderr
    assert "1 warning" in done.stderr
    assert run("check", "--strict").exit_code == 1
    assert run("check", "--format", "github").stdout.startswith("::warning file=decks/llm/dpo.yaml,line=8,")
