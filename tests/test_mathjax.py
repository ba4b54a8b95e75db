"""The verdict on a formula: Anki's own MathJax in QuickJS, its list of macros without it, a cache by formula."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardsmith import pipeline
from cardsmith.anki import mathjax
from cardsmith.anki.mathjax import Verdicts, engine, has_engine, instead_of, known_macros, unknown_macro
from cardsmith.anki.structure import CHARACTERS, fault_of, needs
from cardsmith.checks.base import Context
from cardsmith.checks.table import check_project
from cardsmith.decks.project import read_project
from cardsmith.text.latex import find_formulas
from conftest import ROOT

RED = [
    r"\bm{x}",
    r"\argmax_x f(x)",
    r"\mathbbm{1}",
    r"\qty(x)",
    r"\R",
    r"\begin{tabular}{c} x \end{tabular}",
    r"\require{physics} \qty(x)",
]
FINE = [
    r"\boldsymbol{x}", r"\operatorname*{arg\,max}_x f(x)", r"\mathbb{1}", r"x \tag{1}", r"\label{a} x", r"\text{损失 \bm}",
    r"\begin{cases} a & b \\ c & d \end{cases}", r"\begin{aligned} a &= b \\ c &= d \end{aligned}", r"\ce{H2O}",
    r"\newcommand{\R}{\mathbb{R}} x \in \R", r"a \coloneqq b", r"\left\lVert x \right\rVert", r"p(\mathbf{x}\mid y)",
    r"\color{red}{x}", r"\underset{x}{\min}\;\mathcal{L}", r"\cancel{x}", r"\bra{\psi}",
]  # fmt: skip


@pytest.fixture(scope="module")
def judge():
    pytest.importorskip("quickjs")
    return engine()


@pytest.mark.parametrize("body", RED)
def test_what_learners_would_see_in_red_is_found_with_and_without_the_engine(judge, body):
    assert judge(body)
    assert unknown_macro(body)


@pytest.mark.parametrize("body", FINE)
def test_what_anki_typesets_is_let_through_with_and_without_the_engine(judge, body):
    assert judge(body) is None
    assert unknown_macro(body) is None


@pytest.mark.parametrize(
    "body", [r"\frac{a}{b", r"\left( x", r"x^", r"x^a^b", r"\begin{cases} a", "&x", r"\frac12\limits"]
)
def test_the_engine_refuses_what_is_broken(judge, body):
    assert judge(body)


def test_the_list_of_macros_is_what_the_engine_knows(judge):
    """Of all of Anki's packages; those of bussproofs measure what they draw, so the engine goes without it."""
    defined = set()
    proofs = set(str(judge.context.eval("named('bussproofs').join(' ')")).split())
    assert {"{prooftree}", "AxiomC"} < proofs
    for name in set(judge.macros()) - proofs - {"{empheq}"}:
        body = rf"\begin{name} x \end{name}" if name.startswith("{") else rf"\{name} x"
        fault = judge(body) or ""
        if fault not in (rf"Undefined control sequence \{name}", f"Unknown environment '{name[1:-1]}'"):
            defined.add(name)
    assert known_macros() == defined | proofs | {"{empheq}"}


@pytest.mark.parametrize(
    "body",
    [
        r"\begin{alignedat}{2} a &= b \\ c &= d \end{alignedat}",
        r"\begin{split} a &= b \end{split}",
        r"\begin{smallmatrix} a & b \end{smallmatrix}",
        r"\begin{CD} A @>>> B \end{CD}",
        r"\begin{prooftree}\AxiomC{\(A\)}\UnaryInfC{\(B\)}\end{prooftree}",
    ],
)
def test_an_environment_that_only_anki_knows_is_fine(judge, body):
    assert fault_of(body) is None
    assert unknown_macro(body) is None
    assert judge(body) is None


DRAWN = [
    r"\begin{pmatrix}a&b\\c&d\end{pmatrix}", r"f=\begin{cases}a\\bc\end{cases}", r"\begin{aligned}a&=b\\&=c\end{aligned}", r"\sum_{\substack{i<n\\j<m}}x",
    r"a\\[2pt]b", r"\hspace{5px}x", r"\operatorname{log_2} x", r"\text{如果 $x>0$ 则 #1 & 95%_}", r"\color{#ff0000}{x}", r"\begin{split}a&=b\end{split}",
    r"\begin{eqnarray}a&=&b\end{eqnarray}", r"\begin{alignat}{2}a&=b&c&=d\end{alignat}", r"\begin{smallmatrix}a&b\end{smallmatrix}", r"x'^2", r"{}_1^2 x_{i}^{j}",
    r"\sideset{_1^2}{_3^4}\prod", r"\left.\frac ab\right|_{x=0}", r"\big{(}x\bigr\rangle", r"\sqrt[n]{x}", r"\xrightarrow[a]{b}", r"\operatorname*{arg\,max}_x", "", " ",
    r"\frac12", r"\mathop{min}\limits_{\theta}d\tag{1}", r"\matrix{a & b \cr c & d}", r"\bbox[#eee,2pt]{x}", r"x=...", r"\textcolor{red}{x}_1", r"x_\mathrm{a}^b", r"\Big\|x\Big\|",
]  # fmt: skip


@pytest.mark.parametrize("body", DRAWN)
def test_what_mathjax_draws_is_no_error_with_or_without_it(judge, body):
    assert judge(body) is None
    assert fault_of(body) is None


BROKEN = [
    r"\frac{a}{b", r"a}", r"\frac{a}", r"\sqrt", r"{\frac12\sqrt}", r"\left( x", r"\left( x \right", r"\left x \right)", r"\big", r"x^", r"{x_}", r"x_1_2", r"x^a^b", r"x^{a}_{b}^{c}", r"x_\alpha_b",
    r"x^2'", r"\begin{cases} a", r"\begin{cases} a \end{array}", "a & b", r"\left( a & b \right)", r"\right)", "# 1", r"a\^b", r"x_ ^2", r"\text{a} \mathbf", r"a \\bm{x}\bm{x}",
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN)
def test_what_is_broken_is_found_with_and_without_it(judge, body):
    assert judge(body)
    assert fault_of(body)


PARTS = st.sampled_from(
    [
        *[r"x", r"a", r"1", r"_", r"^", r"{", r"}", r"_2", r"^2", r"_{i}", r"^{j}", r"'", r"&", r"\\", r"\left", r"\right", r"(", r")", r"[", r"]", r"|", r"\{", r"\}", r"\frac", r"\sqrt", r"\text{_}", r"\mathbf", r"\alpha", r"\sum", r"\limits", r"\,", r"\prime", r"\big"],
        *[r"\overset", r"\color{red}", r"\textcolor{red}", r"*", r"#", r"~", r"$", r"\binom", r"\operatorname", r"\underbrace", r"\over", r"\quad", r"\rm", r"\xrightarrow", r"\middle", r"\vert", r"\hspace"],
        *[r"{x}", r"{y_1}", r"\hline", r"\not", r"\mathop", r"\substack", r"\nonumber", r"\displaystyle", r"\langle", r"\ce{_}", r"\bbox[#eee]", r"\label{_}", r"\cancel", r"\sideset", r"\tag{_}"],
        *[r"\begin{aligned}", r"\end{aligned}", r"\begin{cases}", r"\end{cases}", r"\begin{array}{cc}", r"\end{array}"], " ", "\n",
    ]
)  # fmt: skip


@settings(max_examples=2000, deadline=None)
@given(st.lists(PARTS, max_size=7), st.sampled_from(["", " "]))
def test_there_is_no_false_error_without_it(judge, parts, between):
    body = between.join(parts)
    assert fault_of(body) is None or judge(body) is not None


def test_the_list_of_needs_is_what_the_engine_says(judge):
    names = sorted(
        name for name in known_macros() if not name.startswith("{") and name not in ("begin", "end")
    )
    asked = judge.context.get("needs")(" ".join(names)).split("\n")
    asked += [f"{name}\tdelimiter" for name in judge.context.get("delimiters")().split()]
    assert [f"{name}\t{what}" for name, what in needs().items()] == asked


def test_the_list_of_characters_is_what_the_engine_knows(judge):
    asked = {chr(code) for code in range(9, 128) if not chr(code).isalpha()} - {"\x0b", "\x0c"}
    known = {sign for sign in asked if "Undefined" not in (judge(f"\\{sign}") or "")}
    assert {sign for sign in known if sign.isprintable() or sign.isspace()} == CHARACTERS


@pytest.mark.parametrize("deep", [r"\begin{matrix} \end{matrix}", "{ }", r"\sqrt{ }", r"\left( \right)"])
def test_a_formula_that_is_too_deep_does_not_end_the_process(judge, deep):
    left, right = deep.split(" ")
    for depth in (300, 1_000, 4_000):
        judge(left * depth + "x" + right * depth)
    assert judge("{" * 4_000 + "x" + "}" * 4_000) == "too deeply nested for MathJax"
    assert judge("x") is None


def test_a_definition_in_one_formula_does_not_reach_the_next(judge):
    assert judge(r"\newcommand{\own}{x} \own") is None
    assert judge(r"\own") == r"Undefined control sequence \own"


def test_a_hint_says_what_to_write():
    assert instead_of(unknown_macro(r"\bm{x}")) == r"write \boldsymbol instead"
    assert instead_of("Missing close brace") == "mend the LaTeX"


def test_a_formula_that_would_exhaust_a_parser_is_refused_before_it():
    assert "nested" in fault_of("{" * 900 + "x" + "}" * 900)
    assert "nested" in fault_of(r"\left(" * 100 + "x" + r"\right)" * 100)
    assert "nested" in fault_of(r"\begin{array}{c}" * 61 + "x" + r"\end{array}" * 61)
    assert "at most 2,000" in fault_of("," * 2_001)
    assert fault_of(r"\leftarrow" * 100) is None


def test_every_formula_of_the_decks_is_fine_in_anki(judge):
    seen = 0
    for deck in read_project(ROOT).decks:
        for entry in deck.entries:
            for name, value in entry.card.texts():
                for formula in find_formulas(value) if name in ("front", "back") else ():
                    if formula.kind in ("inline", "display"):
                        seen += 1
                        assert judge(formula.body) is None, (deck.path, formula.body)
    assert seen


def test_verdicts_are_kept_by_formula_so_that_a_second_run_starts_no_engine(root, monkeypatch):
    pytest.importorskip("quickjs")
    project = read_project(root)
    assert pipeline.check(project) == []
    kept = json.loads((root / mathjax.VERDICTS_FILE).read_text())
    assert len(next(iter(kept.values()))) == 4

    def no_engine():
        raise AssertionError("the engine was started again")

    monkeypatch.setattr(mathjax, "engine", no_engine)
    assert pipeline.check(project) == []


def test_a_verdict_is_a_problem_of_the_card(root):
    pytest.importorskip("quickjs")
    path = root / "decks/llm/dpo.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(r"\(r(x,y) = ?\)", r"\(r\limits = ?\)"), encoding="utf-8"
    )
    project = read_project(root)
    (found,) = pipeline.check(project)
    assert (found.code, found.line, r"\limits is allowed only on operators" in found.message) == (
        "math",
        16,
        True,
    )


def test_with_the_engine_its_verdict_is_the_only_one(root, monkeypatch):
    pytest.importorskip("quickjs")
    path = root / "decks/llm/dpo.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(r"\(r(x,y) = ?\)", r"\(x_1_2\)"), encoding="utf-8"
    )
    monkeypatch.setattr(mathjax, "engine", lambda: lambda _body: None)
    assert pipeline.check(read_project(root)) == []


def test_what_was_kept_counts_and_of_others_the_structure(tmp_path):
    verdicts = Verdicts(tmp_path / "v.json")
    verdicts.known = {mathjax._key("x"): "red", mathjax._key("x_1_2"): ""}
    judge = verdicts.kept(fault_of)
    assert [bool(judge(body)) for body in ("x", "x_1_2", "y_1_2", "y")] == [True, False, True, False]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"mathjax-3.2.2/2": {"a": 1}}', '{"another": {}}'])
def test_a_damaged_cache_only_costs_asking_again(tmp_path, content):
    (tmp_path / "v.json").write_text(content)
    assert Verdicts(tmp_path / "v.json").known == {}


def test_a_line_break_before_a_letter_is_no_macro():
    assert unknown_macro(r"\begin{aligned}a\\bc\end{aligned}") is None
    assert unknown_macro(r"a\\\bc") == r"\bc shows red in Anki"


def test_the_judge_is_asked_for_no_formula_that_may_not_ship(root):
    """`alignat` of 999,999,999 columns keeps MathJax busy for minutes."""
    deck = root / "decks/llm/dpo.yaml"
    endless = r"\\begin{alignat}{999999999} x \\end{alignat}".replace("\\\\", "\\")
    deck.write_text(
        deck.read_text(encoding="utf-8").replace("任何奖励函数都对应一个最优策略；", rf"\({endless}\)"),
        encoding="utf-8",
    )
    asked = []
    project = read_project(root)
    found = check_project(Context(project, {}, {}, asked.append))
    assert "math-unsafe" in {problem.code for problem in found}
    assert asked
    assert not [body for body in asked if "alignat" in body]


@pytest.mark.skipif(not has_engine(), reason="needs the extra exact")
def test_a_formula_that_keeps_the_engine_busy_is_refused_and_the_next_is_judged(monkeypatch):
    monkeypatch.setattr(mathjax, "PATIENCE", 1)
    judge = mathjax.engine()
    assert "still busy" in judge(r"\begin{alignat}{999999999} x \end{alignat}")
    assert judge("x^2") is None
