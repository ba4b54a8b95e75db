r"""Formulas and texts of strangers: what calls home, hides, redefines or plays never reaches a package."""

import json

import pytest

from ankilab import import_package, note_by_card_id, profile
from attacks.formulas import HARMLESS, PAYLOADS
from attacks.properties import attributes_of, loud
from cardsmith import pipeline
from cardsmith.anki.mathjax import engine, known_macros, macro_table, too_new
from cardsmith.anki.safety import defused, typeset, unsafe, unsafe_in_page, unsafe_in_text
from cardsmith.decks.project import read_project
from cardsmith.errors import CardsmithError
from conftest import ROOT

HEAD = "title: {title}\n\ncards:\n\n"
CITE = "\n  cite: arXiv:1706.03762"


def deck(root, fields, title="注意力"):
    (root / "decks/llm/dpo.yaml").write_text(
        HEAD.format(title=title) + f"- id: card\n  kind: claim\n{fields}{CITE}\n", encoding="utf-8"
    )
    return read_project(root)


def basic(back):
    return f"  front: 注意力是什么？\n  back: |-\n    {back}"


def codes(find, *arguments):
    try:
        found = find(*arguments)
    except CardsmithError as error:
        found = error.problems
    return {problem.code for problem in found if hasattr(problem, "code")}


@pytest.mark.parametrize("body", PAYLOADS)
def test_a_payload_is_refused_wherever_it_stands(body):
    assert unsafe(body)
    assert unsafe_in_text(rf"见 \({body}\)")
    assert unsafe_in_text(rf"\[ a {{ {body} }} \]")


@pytest.mark.parametrize("body", HARMLESS)
def test_what_only_draws_may_ship(body):
    assert unsafe(body) is None


@pytest.mark.parametrize("body", HARMLESS)
def test_what_may_ship_writes_no_attribute_that_fetches_or_links(body):
    pytest.importorskip("quickjs")
    assert loud(attributes_of(body)) == []


ENVIRONMENTS = [name[1:-1] for name, (since, _) in macro_table().items() if name[0] == "{" and since != "-"]
OWN = {
    "array": "{cc}", "subarray": "{c}", "crampedsubarray": "{c}", "spreadlines": "{1em}", "numcases": "{x=}",
    "subnumcases": "{x=}", "empheq": "{align}", **dict.fromkeys(("alignat", "alignat*", "alignedat"), "{2}"),
    **dict.fromkeys(("xalignat", "xalignat*", "xxalignat"), "{2}"),
}  # fmt: skip
"""What an environment cannot do without."""
MARKS = ["url(https://example.org/x)", "color:red;position:fixed", "999em", "url(x)=y"]


def shapes(mark, own):
    """An argument of every shape and in every place where an environment may look for one."""
    for one in (f"[{mark}]", f"{{{mark}}}", f"({mark})", f"[x={mark}]"):
        yield from (one, f"{one}{own}", f"{own}{one}", f"[t]{one}{own}", f"[1em]{one}{own}", f"{own}[t]{one}", f"\n {one}{own}", f"%\n{one}{own}")  # fmt: skip


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_no_environment_that_may_ship_hands_an_argument_on(name):
    """Arguments of every shape reach no attribute as they are, other than as a width of at most 40em."""
    pytest.importorskip("quickjs")
    own = OWN.get(name, "")
    cells = [
        rf"\begin{{{name}}}{own} {cells} \end{{{name}}}" for cells in (r"a & b \\ c & d", r"a \\ b", "x")
    ]
    if name != "prooftree":  # bussproofs measures, and the engine draws nothing
        assert any(attributes_of(body) for body in cells)
    for body in cells:
        assert unsafe(body) is None
    for mark in MARKS:
        for given in dict.fromkeys(shapes(mark, own)):
            body = rf"\begin{{{name}}}{given} a \\ b \end{{{name}}}"
            if unsafe(body) is None:
                found = attributes_of(body) or []
                assert loud(found) == [], body
                assert [value for _, value in found if mark in value] == [], body


def test_every_delimiter_may_ship_and_only_stretches():
    judge = engine()
    listed = judge.context.eval("""JSON.stringify(Array.from(new Set([].concat.apply([],
        MathJax._.input.tex.AllPackages.AllPackages.map(function (name) {
          var lists = MathJax._.input.tex.Configuration.ConfigurationHandler.get(name).handler.delimiter || [];
          return [].concat.apply([], lists.map(function (list) {
            return Array.from(MathJax._.input.tex.MapHandler.MapHandler.getMap(list).map.keys());
          }));
        })))))""")
    delimiters = json.loads(listed)
    assert len(delimiters) > 40
    for sign in delimiters:
        name = sign.lstrip("\\")
        assert not name.isalpha() or macro_table()[name][1] == "draws"
        for body in (rf"\left{sign} x \right{sign}", rf"\bigl{sign}[url(x)]", rf"\middle{sign}"):
            assert unsafe(body) is None
            assert loud(pair for pair in attributes_of(body) or () if pair[1] not in (sign, name)) == []


def test_every_name_has_a_verdict_and_every_refusal_a_reason():
    for name, (since, verdict) in macro_table().items():
        assert since in ("2.7", "3.1", "3.2", "-"), name
        assert verdict in (
            "draws",
            "colour",
            "code",
            "box",
            "plain",
            "notation",
            "name",
            "count",
            "align",
            "size",
        ) or (verdict.startswith("no: ") and len(verdict) > 15), name
        if since == "-":
            assert verdict.startswith("no: "), name


@pytest.mark.parametrize(
    "back",
    [
        r"\(\href{https://example.org}{x}\)",
        r"\\(\style{background:url(https://example.org)}{x}\\)",
        r"&#92;(\style{background:url(https://example.org)}{x}&#92;)",
        r"**\\(** \class{cloze}{x} \\)",
    ],
)
def test_check_and_build_refuse_what_mathjax_would_find_in_the_field(root, back):
    project = deck(root, basic(back))
    assert "math-unsafe" in codes(pipeline.check, project)
    assert "math-unsafe" in codes(pipeline.build, project)
    assert not (root / "dist").exists()


@pytest.mark.parametrize(
    "text",
    [
        r"\(\le{{c1::t}}\x=x\)",
        r"\(\unicode {{c1::{x41}::url(https://example.org)}}{x42}\)",
        r"\({{c1::a::\style}}{background:url(https://example.org)}{x}\)",
        r"\(\{{c1::style}}{background:red}{x}\)",
        r"\(a{{c1::b}}\)\(\{{c2::href}}{x}{y}\)",
    ],
)
def test_a_cloze_does_not_put_together_what_is_refused(text):
    assert unsafe_in_text(text, cloze=True)
    assert unsafe_in_page(text, cloze=True)


def test_mathjax_finds_a_formula_up_to_the_end_outside_of_braces():
    assert list(typeset(r"a \(b {\)} c\) d \[e\] \\(f\) \(g")) == [r"b {\)} c", "e", "f"]


def test_code_is_not_typeset():
    assert unsafe_in_page(r"<code>\(\href{a}{b}\)</code>") is None


def test_build_and_release_list_all_errors_that_need_no_sources(root):
    fields = basic(r"\(\frac{a}{b\) 与 \(\bm{x}\) 与 \(\style{a}{b}\)") + "\n  tags: [a b]"
    project = deck(root, fields)
    expected = {"math", "math-macro", "math-unsafe", "bad-tag"}
    assert codes(pipeline.build, project) == expected
    assert codes(pipeline.release, project) == expected
    assert not (root / "dist").exists()


def test_build_does_not_ask_for_sources(root):
    (root / "decks/llm/dpo.yaml").write_text(
        HEAD.format(title="注意力") + "- id: card\n  kind: claim\n  front: 注意力是什么？\n  back: 加权平均\n"
    )
    project = read_project(root)
    assert codes(pipeline.check, project) == {"untraced"}
    assert pipeline.build(project)


def test_a_topic_that_is_not_built_does_not_stop_another(root):
    deck(root, basic("加权平均"))
    (root / "decks/vision").mkdir()
    text = HEAD.format(title="图像") + f"- id: other\n  kind: claim\n{basic(r'$x_1$')}{CITE}\n"
    (root / "decks/vision/image.yaml").write_text(text, encoding="utf-8")
    project = read_project(root)
    assert codes(pipeline.build, project, ["vision"]) == {"math-dollar"}
    assert pipeline.build(project, ["llm"])


ACTS = [
    "[anki:tts lang=en_US]hi[/anki:tts]", "[anki:tts\n    lang=en_US]hi[/anki:tts]", "[latex]a[/latex]",
    "[LaTeX]a[/LATEX]", "[$]a[/$]", "[$$]a[/$$]", r"\([sound:x.mp3]\)", "`[sound:x.mp3]`", r"\([anki:tts lang=en_US]a[/anki:tts]\)",
    r"\([latex]a[/latex]\)", "[[sound:x.mp3]](https://example.org)", "[a](https://example.org/[anki:tts lang=en_US]hi[/anki:tts])",
    "**[latex]a**[/latex]",
]  # fmt: skip
CLOZES = [
    r"\({{c1::[}}sound:x.mp3]\)", r"\([so{{c1::und:x.mp3}}]\)", "{{c1::a::sound:x.mp3}}", r"\({{c1::a::sound:x.mp3}}\)",
    "{{c1::a::anki:tts lang=en_US]hi[/anki:tts}}", "{{c1::a::latex]b[/latex}}", "{{c1::a::$]b[/$}}", r"\(a{{c1::b::$$]c[/$$}}\)",
    "{{c1::[latex]a}}[/latex]", "{{c1::a::b[latex}} x {{c1::c::d[/latex}}",
    "{{c1::a::[**l**atex}} x {{c1::c::[/latex}}",
    "{{c1::注意力::latex}} 与 {{c1::加权平均::/latex}}",
    r"\\([s**o**und:{{c1::x}}.mp3]\\)", r"{{c1::a::**l**atex]b[/latex}}",
]  # fmt: skip


def cards_of(root, tmp_path, project):
    (built,) = pipeline.build(project)
    with profile(tmp_path / "profile") as collection:
        import_package(collection, built.path)
        for card in note_by_card_id(collection, "card").cards():
            output = card.render_output()
            latex = [
                collection._backend.extract_latex(text=text, svg=False, expand_clozes=False).latex
                for text in (output.question_text, output.answer_text)
            ]
            yield output, latex


@pytest.mark.parametrize("text", ACTS)
@pytest.mark.parametrize("field", ["back", "quote", "cite", "extra", "aka", "where", "title"])
def test_anki_neither_plays_nor_speaks_nor_typesets_what_a_text_says(root, tmp_path, text, field):
    line = text.replace("\n    ", " ")
    fields = basic(text if field == "back" else "加权平均")
    fields += {"aka": f"\n  aka: ['{line}']", "where": f"\n  where:\n    x: '{line}'"}.get(field, "")
    fields += f"\n  {field}: |-\n    {text}" if field in ("quote", "extra") else ""
    project = deck(root, fields, f"'{line}'" if field == "title" else "注意力")
    if field == "cite":
        path = root / "decks/llm/dpo.yaml"
        path.write_text(
            path.read_text(encoding="utf-8").replace("arXiv:1706.03762", f"'{line}'"), encoding="utf-8"
        )
        project = read_project(root)
    assert project.problems == ()
    if "media-unlisted" in codes(pipeline.build, project) or (
        "$" in text and field not in ("quote", "cite", "title")
    ):
        return
    for output, latex in cards_of(root, tmp_path, project):
        assert (output.question_av_tags, output.answer_av_tags) == ([], [])
        assert [list(found) for found in latex] == [[], []]
        assert "latex-" not in output.answer_text
        assert "[anki:play" not in output.answer_text


@pytest.mark.parametrize("text", CLOZES)
def test_no_cloze_makes_anki_play_or_typeset(root, tmp_path, text):
    project = deck(root, f"  text: '{text}'")
    assert project.problems == ()
    if codes(pipeline.build, project) == {"math-dollar"}:
        return
    for output, _ in cards_of(root, tmp_path, project):
        assert (output.question_av_tags, output.answer_av_tags) == ([], [])
        assert "latex-" not in output.question_text + output.answer_text


def test_a_sound_that_ships_is_played(root, tmp_path):
    (root / "decks/llm/a.mp3").write_bytes(b"ID3")
    project = deck(root, basic("听 [sound:a.mp3] 与 `[sound:b.mp3]`".replace("`[sound:b.mp3]`", r"\([sound:b.mp3]\)")) + "\n  media: [a.mp3]")  # fmt: skip
    for output, _ in cards_of(root, tmp_path, project):
        assert [tag.filename[:5] for tag in output.answer_av_tags] == ["cs-a-"]


def test_what_is_defused_looks_the_same():
    assert defused("a [b] [sound:x] [LaTeX]") == "a [b] &#91;sound:x] &#91;LaTeX]"
    assert defused("[sound:cs-a.mp3][sound:b]", ["cs-a.mp3"]) == "[sound:cs-a.mp3]&#91;sound:b]"


@pytest.mark.parametrize("name", [r"a [sound:x]", r"a [anki:tts lang=x]", "[LaTeX]", "[$]", r"a\(x\)"])
def test_the_name_of_a_deck_is_none_of_it(root, name):
    path = root / "decks/topics.yaml"
    text = path.read_text(encoding="utf-8").replace("cardsmith::大语言模型", f"'{name}'")
    path.write_text(text, encoding="utf-8")
    assert codes(read_project, root) == {"deck-name"}


@pytest.mark.parametrize(
    ("body", "fails_in"),
    [
        (r"a \coloneqq b", ["2.1.26", "2.1.35", "2.1.36", "2.1.49"]),
        (r"\mathclap{x}", ["2.1.26", "2.1.35", "2.1.36", "2.1.49"]),
        (r"\cancel{x}", ["2.1.26", "2.1.35"]),
        (r"\begin{dcases} a \end{dcases}", ["2.1.26", "2.1.35", "2.1.36", "2.1.49"]),
        (r"\frac{a}{b} \text{\coloneqq}", []),
    ],
)
def test_a_name_is_judged_by_the_mathjax_of_the_oldest_anki(body, fails_in):
    versions = ["2.1.26", "2.1.35", "2.1.36", "2.1.49", "2.1.50", "2.1.66", "23.10", "25.2.1"]
    assert [version for version in versions if too_new(body, version)] == fails_in


def test_every_formula_of_the_decks_sets_in_every_anki_and_may_ship():
    for one in read_project(ROOT).decks:
        for entry in one.entries:
            for name, value in entry.card.texts():
                if name not in ("quote", "cite"):
                    assert unsafe_in_text(value, cloze=name == "text") is None
                    assert [b for b in typeset(value) if too_new(b, "2.1.26")] == []


def test_the_names_that_no_mathjax_of_ankis_knows_are_not_known():
    assert "require" not in known_macros()
    assert unsafe(r"\require{html}")
