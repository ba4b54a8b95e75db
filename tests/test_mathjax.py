"""The verdict on a formula: Anki's own MathJax in QuickJS, its list of macros without it, a cache by formula."""

import json

import pytest

from cardsmith import pipeline
from cardsmith.anki import mathjax
from cardsmith.anki.mathjax import Verdicts, engine, instead_of, known_macros, unknown_macro
from cardsmith.checks.formulas import fault_of
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


@pytest.mark.parametrize("content", ["", "{", "[]", '{"mathjax-3.2.2/1": {"a": 1}}', '{"another": {}}'])
def test_a_damaged_cache_only_costs_asking_again(tmp_path, content):
    (tmp_path / "v.json").write_text(content)
    assert Verdicts(tmp_path / "v.json").known == {}


def test_a_line_break_before_a_letter_is_no_macro():
    assert unknown_macro(r"\begin{aligned}a\\bc\end{aligned}") is None
    assert unknown_macro(r"a\\\bc") == r"\bc shows red in Anki"
