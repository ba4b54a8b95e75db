"""Extraction on text nobody would write on purpose: exact spans, no crash, the same result every time."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardsmith.extract.candidates import extract
from cardsmith.extract.rules import acronym, key_claim
from cardsmith.extract.stretches import stretch_at
from cardsmith.extract.terms import is_full_form
from cardsmith.extract.worth import explain
from cardsmith.model import Span
from cardsmith.sources.reading import parse_source, read_sources
from cardsmith.sources.segments import segment
from cardsmith.text.latex import find_formulas
from conftest import ROOT

ODD = {
    "unbalanced brackets": "模型(SD是一种「基于latent的扩散模型。它)很好](\\(x。",
    "a megabyte without punctuation": "扩散模型是一种生成模型它通过加噪来学习" * 55_000,
    "only formulas": r"\(x_t=(1-t)x_0\)" * 200,
    "only code": "```python\nx = f(y)\nfor a in b: pass\n```\n" * 50,
    "Japanese": "拡散モデルは、データにノイズを加えることで学習する生成モデルである。これは画像生成に使われる。",
    "zero-width characters": "扩\u200b散\u200d模型\ufeff是一种生成\u2060模型,它通过加噪来学习分布。",
    "private-use characters": "\ue000\ue004模型\ue001是一种\ue003生成模型\x1e\x1f,它通过加噪来学习。",
    "nested delimiters": r"设 \( a \[ b \) c \] 和 $x \(y$ z\) 以及 $$a$b$$ 。",
    "a closing delimiter alone": r"这里只有 \) 和 \] 没有开头,模型是一种扩散模型。",
    "control characters": "模型\x00SD是一种\x07基于latent的\x0b扩散模型。",
    "odd line ends": "模型SD是一种\u2028基于latent的扩散模型。\u2029第二行\x85第三行。",
    "a lone surrogate": "模型SD是一种\ud800扩散模型。",
}


@pytest.mark.parametrize("name", ODD)
def test_odd_text_makes_no_crash_and_no_wrong_span(name):
    text = ODD[name]
    for suffix in ("a.txt", "a.md"):
        for excerpt in parse_source(text, suffix):
            result = extract(excerpt)
            for candidate in [*result.candidates, *(r.candidate for r in result.rejected)]:
                assert candidate.quote == excerpt.text[candidate.span.start : candidate.span.end]
            for candidate in result.candidates:
                assert candidate.front or candidate.text
                assert not any(
                    "\ue000" <= c <= "\ue004" or c in "\x1e\x1f" for c in candidate.front + candidate.back
                )


PIECES = st.sampled_from(
    ["模型", "SD", "是一种", "指的是", ",", "。", ":", "(", ")", "「", "」", r"\(x=1\)", r"\[y=f(x)\]", "[公式]", " ", "\n", "1. ",
     "- ", "分为两类", "A、B", "因为", "所以", "?", "...", "**", "`", "DDPM", "Latent Attention", "**粗**", "e.g. ", "It is a ", "."]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=150, deadline=None)
def test_every_quote_is_the_text_at_its_span(text):
    if not text.strip():
        return
    for excerpt in parse_source(text, "a.md"):
        for candidate in extract(excerpt).candidates:
            assert candidate.quote == excerpt.text[candidate.span.start : candidate.span.end]
            assert candidate.quote.strip()


@pytest.mark.parametrize(
    ("quote", "place"),
    [
        ("剪枝删去不重要的权重", (0, True, True)),
        ("量化用更少的位数,", (1, True, False)),
        ("精度因此会略有下降", (1, False, True)),
        ("用更少的位数", (1, False, False)),
    ],
)
def test_a_quote_is_weighed_as_the_part_of_its_sentence_that_it_is(quote, place):
    text = "剪枝删去不重要的权重。量化用更少的位数,精度因此会略有下降。"
    (excerpt,) = parse_source(text, "a.txt")
    span = Span(text.index(quote), text.index(quote) + len(quote))
    stretch = stretch_at(segment(excerpt), span)
    assert (stretch.sentence, stretch.first, stretch.last) == place
    assert stretch.span == span


def test_a_formula_whose_symbols_yaml_cannot_carry_is_not_proposed():
    text = "# 扩散模型\n\n训练目标是 $L = \\|a - b\\|^2$，其中 $a$ 是噪声，$b$ 是{}时间步。\n"
    found = {sign: extract(parse_source(text.format(sign), "n.md")[0]) for sign in ("", "\x0e")}
    assert [c.where for c in found[""].candidates] == [((r"\(a\)", "噪声"), (r"\(b\)", "时间步"))]
    assert [r.reason for r in found["\x0e"].rejected] == ["unrepresentable"]


def test_the_two_cards_that_were_asked_for_are_proposed():
    candidates = [c for excerpt in read_sources([ROOT / "seeds"], ROOT) for c in extract(excerpt).candidates]
    assert any(
        "任何奖励函数" in c.back and "最优策略" in c.back and c.excerpt == "x80d8d2c6" for c in candidates
    ) or any(
        c.excerpt == "x80d8d2c6"
        and "对于任何奖励函数,都存在一个对应的最优策略" in c.quote
        and "反过来" in c.quote
        for c in candidates
    )
    assert [c.back for c in candidates if c.kind == "progression"] == ["MHA → MQA → GQA → MLA"]


@pytest.mark.parametrize(
    ("claim", "reasons"),
    [
        ("不能对点的空间分布进行建模", []),
        ("它不能对点的空间分布进行建模", ["pronoun-subject"]),
        ("不能对空间分布进行建模,如图1.1所示", ["cross-reference"]),
        ("不能对空间分布进行建模,大家都知道", ["chatter"]),
        ("不能对空间分布进行建模" + "很" * 209, []),
        ("不能对空间分布进行建模" + "很" * 210, ["answer-too-long"]),
    ],
)
def test_a_candidate_is_dropped_with_its_reason(claim, reasons):
    (excerpt,) = parse_source(f"PointNet的缺点是{claim}。", "a.txt")
    found = extract(excerpt, [key_claim.RULE])
    assert [rejected.reason for rejected in found.rejected] == reasons
    assert len(found.candidates) == (0 if reasons else 1)


def test_one_fact_is_one_card_whichever_rules_find_it():
    (excerpt,) = parse_source("FlashAttention的关键创新在于使用在线Softmax的思想来分块计算。", "a.txt")
    found = extract(excerpt)
    assert [card.front for card in found.candidates] == ["FlashAttention 的关键创新是什么？"]
    assert {rejected.reason for rejected in found.rejected} == {"duplicate"}


@pytest.mark.parametrize(
    ("full", "short", "fits"),
    [
        ("Long Short Term Memory", "LSTM", True),
        ("Mixture of Experts", "MoE", True),
        ("Large Language Model", "LLMs", True),
        ("Long Short Term Memory Network", "LSTM", False),
        ("Long Term Memory", "LSTM", False),
        ("Attention", "A", False),
    ],
)
def test_an_abbreviation_fits_where_all_letters_and_all_words_are_used(full, short, fits):
    assert is_full_form(full, short) is fits


def test_candidates_come_in_the_order_of_the_text_and_not_of_the_rules():
    text = "最著名的是LSTM (Long Short Term Memory) 等。检测器的发展是 R-CNN → Fast R-CNN → Faster R-CNN 。"
    (excerpt,) = parse_source(text, "a.txt")
    candidates = extract(excerpt).candidates
    assert [candidate.rule for candidate in candidates] == ["statement", "progression"]
    assert candidates[0].span.start < candidates[1].span.start


def test_spans_share_what_they_have_in_common_and_nothing_where_they_are_apart():
    assert Span(0, 4).overlap(Span(2, 6)) == pytest.approx(2 / 6)
    assert Span(0, 2).overlap(Span(2, 4)) == Span(0, 2).overlap(Span(5, 9)) == 0


def test_what_weighed_most_is_said_first_whether_for_or_against():
    text = "因为注意力把每个词都比较一遍,所以它很慢。"
    (excerpt,) = parse_source(text, "a.txt")
    weights = [weight for _, weight in explain(excerpt, Span(0, len(text)))]
    assert min(weights) < 0 < max(weights)
    assert weights == sorted(weights, key=lambda weight: -abs(weight))


def test_no_formula_of_a_card_is_broken():
    for excerpt in read_sources([ROOT / "seeds"], ROOT):
        for candidate in extract(excerpt).candidates:
            for text in (candidate.front, candidate.back, candidate.text):
                assert all(formula.kind in ("inline", "display") for formula in find_formulas(text))


def test_english_cards_ask_in_english():
    text = "LoRA is a method that freezes the pretrained weights. It is popular. Beam search keeps the k best hypotheses at each step."
    (excerpt,) = parse_source(text, "a.txt")
    fronts = [candidate.front for candidate in extract(excerpt).candidates]
    assert all(front.isascii() for front in fronts)
    assert not any(front.startswith(("What is It", "What does It")) for front in fronts)


def test_an_english_name_stands_in_a_question_as_inside_a_sentence():
    text = "The reward model is a network that scores answers. LoRA is a method that freezes the pretrained weights."
    (excerpt,) = parse_source(text, "a.txt")
    fronts = [candidate.front for candidate in extract(excerpt).candidates]
    assert fronts == ["What is the reward model?", "What is LoRA?"]


def test_the_full_form_of_an_abbreviation_is_no_longer_than_it_must_be():
    (excerpt,) = parse_source("We train it with the Long Short Term Memory (LSTM).", "a.txt")
    assert [c.back for c in extract(excerpt, [acronym.RULE]).candidates] == ["Long Short Term Memory"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_number_of_jobs_and_the_hash_seed_change_nothing(jobs, tmp_path):
    def lines(seed, number):
        command = [
            sys.executable,
            "-m",
            "cardsmith",
            "extract",
            str(ROOT / "seeds"),
            "--format",
            "jsonl",
            "--jobs",
            number,
        ]
        environment = {"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src")}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path
        ).stdout

    assert lines("7", jobs) == lines("0", "1")
