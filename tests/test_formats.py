"""Notes that are no text: what is read of each format, where it stood, and what happens to a file that is none."""

import io
import json
import os
import socket
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from contextlib import suppress
from email.message import EmailMessage

import docx
import nbformat
import pytest
from click.testing import CliRunner
from fpdf import FPDF
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from cardsmith.cli.main import main
from cardsmith.decks.project import read_project
from cardsmith.errors import CardsmithError
from cardsmith.extract.candidates import extract
from cardsmith.pipeline import check
from cardsmith.places import Part, Place, file_of
from cardsmith.propose.excerpts import shown_excerpts
from cardsmith.sources import formats
from cardsmith.sources.formats import FORMATS, derive
from cardsmith.sources.formats.derived import as_markdown
from cardsmith.sources.markdown import parse_markdown
from cardsmith.sources.reading import MAX_BYTES, Remarks, parse_derived, read_sources
from cardsmith.text.latex import find_formulas
from conftest import ROOT

SAYS = "扩散模型是一种生成模型，它通过逐步加噪来学习数据的分布。"


def text_of(raw, name):
    return derive(raw, name).text


def fault(raw, name):
    with pytest.raises(CardsmithError) as raised:
        derive(raw, name)
    (problem,) = raised.value.problems
    assert problem.path == name
    assert problem.hint or problem.code == "source-extra"
    return problem


# --- files of each format


def notebook(*cells, language="python"):
    made = new_notebook(cells=list(cells), metadata={"language_info": {"name": language}})
    return nbformat.writes(made).encode()


def page(body, head="<title>注意力</title>"):
    return f"<html><head>{head}</head><body>{body}</body></html>".encode()


def packed(members, compression=zipfile.ZIP_DEFLATED):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return raw.getvalue()


CONTAINER = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/a.opf"/></rootfiles></container>'


def book(*chapters, besides=None):
    names = [f"c{number}.xhtml" for number in range(len(chapters))]
    items = "".join(f'<item id="{n}" href="{n}" media-type="application/xhtml+xml"/>' for n in names)
    spine = "".join(f'<itemref idref="{n}"/>' for n in names)
    opf = f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{items}</manifest><spine>{spine}</spine></package>'
    wrapped = (
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{c}</body></html>' if not c.startswith("<!") else c
        for c in chapters
    )
    pages = {f"OEBPS/{n}": c for n, c in zip(names, wrapped, strict=True)}
    return packed({"META-INF/container.xml": CONTAINER, "OEBPS/a.opf": opf, **pages, **(besides or {})})


def document(fill):
    made, raw = docx.Document(), io.BytesIO()
    fill(made)
    made.save(raw)
    return raw.getvalue()


def pages(*fills, **settings):
    made = FPDF()
    made.set_compression(settings.get("compress", True))
    made.set_auto_page_break(auto=False)
    if "password" in settings:
        made.set_encryption("owner", settings["password"])
    for fill in fills:
        made.add_page()
        made.set_font("Helvetica", size=10)
        fill(made)
    return bytes(made.output())


def put(made, x, y, said, size=10, font="Helvetica", style=""):
    made.set_font(font, style=style, size=size)
    made.text(x, y, said)


SAMPLES = {
    "a.ipynb": notebook(new_markdown_cell(f"# 扩散模型\n\n{SAYS}")),
    "a.html": page(f"<h1>扩散模型</h1><p>{SAYS}</p>"),
    "a.epub": book(f"<h1>扩散模型</h1><p>{SAYS}</p>"),
    "a.docx": document(lambda d: (d.add_heading("扩散模型", 1), d.add_paragraph(SAYS))),
    "a.pdf": pages(
        lambda p: (
            put(p, 20, 20, "Diffusion models", 18),
            put(
                p,
                20,
                40,
                "A diffusion model is a generative model that learns the distribution of data by undoing noise.",
            ),
        )
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_note_of_any_format_gives_cards_whose_quotes_stand_in_it(name, tmp_path):
    (tmp_path / name).write_bytes(SAMPLES[name])
    found = read_sources([tmp_path], tmp_path)
    assert found == read_sources([tmp_path], tmp_path)
    (excerpt,) = found
    assert excerpt.title in ("扩散模型", "Diffusion models")
    assert [section.headings for _, section in excerpt.sections] == [(excerpt.title,)]
    candidates = extract(excerpt).candidates
    assert candidates
    assert all(c.quote == excerpt.text[slice(*c.span)] for c in candidates)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_same_bytes_give_the_same_text_under_any_hash_seed(name, tmp_path):
    (tmp_path / name).write_bytes(SAMPLES[name])
    program = f"from cardsmith.sources.formats import derive; print(derive(open({str(tmp_path / name)!r}, 'rb').read(), {name!r}))"
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1")
    }
    assert said == {f"{derive(SAMPLES[name], name)}\n"}


# --- places


def test_a_place_says_page_cell_or_paragraph_and_a_text_its_line():
    place = Place("a.pdf", 3, 40, (Part(0, "page=2"), Part(10, "page=3")))
    text = "0123456789\n123"
    assert [str(place.at(text, at)) for at in (0, 9, 10, 13)] == ["a.pdf#page=2"] * 2 + ["a.pdf#page=3"] * 2
    assert str(Place("a.md", 3).at("x\ny", 2)) == "a.md:4"


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("a.md:3", "a.md"), ("a.md", "a.md"), ("C#.md:1", "C#.md"), ("a.pdf#page=12", "a.pdf"), ("x#1.ipynb#cell=3", "x#1.ipynb"),
        ("b.epub#chapter=2,paragraph=5", "b.epub"), ("a#part=1", "a#part=1"), ("https://a.org/b", "https://a.org/b"), ("", ""),
    ],
)  # fmt: skip
def test_a_place_as_it_is_shown_names_its_file(source, file):
    assert file_of(source) == file


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.ipynb", notebook(new_markdown_cell("甲"), new_code_cell("x = 1"), new_markdown_cell("乙")), {"甲": "cell=1", "x = 1": "cell=2", "乙": "cell=3"}),
        ("a.html", page("<p>甲</p><ul><li>乙</li></ul>"), {"甲": "paragraph=1", "乙": "paragraph=2"}),
        ("a.epub", book("<p>甲</p>", "<p>乙</p><p>丙</p>"), {"甲": "chapter=1,paragraph=1", "丙": "chapter=2,paragraph=2"}),
        ("a.docx", document(lambda d: [d.add_paragraph(t) for t in ("甲", "", "乙")]), {"甲": "paragraph=1", "乙": "paragraph=2"}),
        ("a.pdf", pages(*(lambda p, t=t: put(p, 20, 50, t) for t in ("First page.", "Second page."))), {"First": "page=1", "Second": "page=2"}),
    ],
)  # fmt: skip
def test_every_character_knows_where_it_stood(name, raw, said):
    derived = derive(raw, name)
    assert [part.start for part in derived.parts] == sorted(part.start for part in derived.parts)
    for excerpt in parse_derived(derived, name):
        (place,) = excerpt.places
        for piece, part in said.items():
            if (at := excerpt.text.find(piece)) >= 0:
                assert str(place.at(excerpt.text, at)) == f"{name}#{part}"
    assert all(piece in derived.text for piece in said)


# --- notebooks


def test_a_notebook_is_its_words_and_its_code_without_what_it_put_out():
    cell = new_code_cell("print('甲')", outputs=[new_output("stream", text="吐出来的")])
    raw = notebook(new_markdown_cell("# 标题"), cell, new_raw_cell("生的"), new_markdown_cell("`x` 与 $y$"))
    assert text_of(raw, "a.ipynb") == "# 标题\n\n```python\nprint('甲')\n```\n\n`x` 与 $y$\n"


def test_a_cell_does_not_run_on_into_the_next():
    raw = notebook(new_markdown_cell("```py\nx = 1"), new_code_cell("s = '```'"), new_markdown_cell(SAYS))
    text = text_of(raw, "a.ipynb")
    blocks, _ = parse_markdown(text)
    assert [block.kind for block in blocks] == ["code-block", "code-block", "paragraph"]


def test_notebooks_of_old_versions_are_read():
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "heading", "level": 2, "source": ["标题"]}, {"cell_type": "markdown", "source": [SAYS]}]}]}  # fmt: skip
    assert text_of(json.dumps(old).encode(), "a.ipynb") == f"## 标题\n\n{SAYS}\n"


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        (b'{\n "cells": [,]\n}', "source-damaged", 2),
        (b"[1, 2]", "source-damaged", 0),
        (b"\x80\x81\xff", "source-damaged", 1),
        (b"[" * 100_000, "source-damaged", 0),
        (notebook(), "source-textless", 0),
    ],
    ids=["no JSON", "a list", "no text", "deep", "empty"],
)
def test_what_is_no_notebook_says_where(raw, code, line):
    problem = fault(raw, "a.ipynb")
    assert (problem.code, problem.line) == (code, line)


# --- pages

SINGLE = "x_t=\\sqrt{\\alpha_t}x_0"


@pytest.mark.parametrize(
    "drawn",
    [
        f'<span class="ztext-math" data-eeimg="1" data-tex="{SINGLE}"><span><span class="MathJax_Preview"></span>xt=…</span></span>',
        '<img src="https://www.zhihu.com/equation?tex=x_t%3D%5Csqrt%7B%5Calpha_t%7Dx_0" alt="[公式]">',
        f'<img src="a.svg" alt="{SINGLE}" eeimg="1">',
        f'<span class="MathJax_Preview">p</span><span class="MathJax" id="M-Frame">画出来的</span><script type="math/tex" id="M">{SINGLE}</script>',
        f'<span class="MathJax"><math><mi>画</mi></math></span><script type="math/tex">{SINGLE}</script>',
        f'<span class="katex"><span class="katex-mathml"><math><semantics><mrow><mi>x</mi></mrow><annotation encoding="application/x-tex">{SINGLE}</annotation></semantics></math></span><span class="katex-html" aria-hidden="true">x画</span></span>',
        f'<span class="mwe-math-element"><math alttext="{{\\displaystyle {SINGLE}}}"><annotation encoding="application/x-tex">{{\\displaystyle {SINGLE}}}</annotation></math><img src="x.svg" class="mwe-math-fallback-image-inline" alt="{{\\displaystyle {SINGLE}}}"></span>',
        f"\\({SINGLE}\\)",
        f"${SINGLE}$",
        f'<mjx-container jax="SVG"><mjx-math data-latex="{SINGLE}">画</mjx-math></mjx-container>',
        f"<d-math>{SINGLE}</d-math>",
    ],
    ids=["zhihu", "zhihu-image", "ee", "mathjax2", "mathjax2-mathml", "katex", "wikipedia", "delimited", "dollars", "mathjax4", "distill"],
)  # fmt: skip
@pytest.mark.parametrize("around", ["", "<nav><a href=/>首页</a></nav><article>"])
def test_a_formula_comes_back_from_what_a_browser_drew(drawn, around):
    body = f"{around}<h1>加噪</h1><p>扩散模型一步加噪的公式是 {drawn} ，其中的噪声服从标准正态分布。</p><p>{SAYS * 5}</p>"
    (paragraph,) = (line for line in text_of(page(body), "a.html").splitlines() if "一步加噪" in line)
    assert paragraph == rf"扩散模型一步加噪的公式是 \({SINGLE}\) ，其中的噪声服从标准正态分布。"


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<msubsup><mi>x</mi><mi>t</mi><mn>2</mn></msubsup>", "x_{t}^{2}"),
        ("<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac>", r"\frac{a}{b+1}"),
        ("<msqrt><mi>a</mi><mi>b</mi></msqrt><mroot><mi>c</mi><mn>3</mn></mroot>", r"\sqrt{ab}\sqrt[3]{c}"),
        ("<munderover><mo>∑</mo><mn>1</mn><mi>n</mi></munderover><mover><mi>v</mi><mo>→</mo></mover>", r"∑_{1}^{n}\vec{v}"),
        ("<mi>softmax</mi><mtext>若 5%</mtext><mo>{</mo>", r"\mathrm{softmax}\text{若 5\%}\{"),
        ("<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr></mtable>", r"\begin{matrix}a & b\end{matrix}"),
    ],
)  # fmt: skip
def test_mathml_is_written_as_latex(mathml, latex):
    assert rf"\({latex}\)" in text_of(page(f"<p>甲 <math>{mathml}</math> 乙</p>"), "a.html")


@pytest.mark.parametrize(
    "lost",
    [
        "<math><mlongdiv><mn>1</mn></mlongdiv></math>",
        '<mjx-container jax="SVG"><svg/></mjx-container>',
        "<math>" + "<mi>x</mi>" * 3000 + "</math>",
    ],
)
def test_a_formula_that_is_lost_is_a_hole_and_no_card(lost):
    text = text_of(page(f"<p>扩散模型的目标函数是 {lost} 。</p>"), "a.html")
    assert "目标函数是 [公式] 。" in text
    (excerpt,) = parse_derived(
        derive(page(f"<p>扩散模型是一种生成模型，它的目标是 {lost} 。</p>"), "a.html"), "a.html"
    )
    assert extract(excerpt).candidates == ()


def test_a_page_is_what_it_is_about():
    raw = page(
        f"""<nav><ul><li><a href="/">首页</a></li></ul></nav><article><h1>注意力</h1><p>{SAYS}<br>第二行 <b>重要</b>：O(n<sup>2</sup>)、x<sub>i</sub>。</p>
        <ol><li>甲</li><li>乙<ul><li>丙 <code>a_b*c</code></li></ul></li></ol>
        <pre class="language-py"><code>x = "&lt;a&gt;"\n    y</code></pre>
        <table><tr><th>名</th><th>值</th></tr><tr><td>甲</td><td>1|2</td></tr></table>
        <blockquote><p>引</p></blockquote><dl><dt>词</dt><dd>义</dd></dl><p>价 5$ *x* _y_ [1](b) &lt;b&gt; #tag</p><del>删</del><script>alert(1)</script>
        <p>{SAYS * 3}</p></article><footer>版权所有</footer>"""
    )
    text = text_of(raw, "a.html")
    blocks, _ = parse_markdown(text)
    assert [block.kind for block in blocks] == [
        "heading",
        "paragraph",
        "list",
        "code-block",
        "table",
        "quote",
        "definition-list",
        "paragraph",
        "paragraph",
    ]
    for piece in ("# 注意力\n", "O(n²)、xᵢ", "**重要**", "1. 甲\n2. 乙\n   - 丙 `a_b*c`", 'x = "<a>"\n    y\n```', "| 名 | 值 |\n| --- | --- |\n| 甲 | 1\\|2 |", "> 引", "价 5\\$ \\*x\\*"):  # fmt: skip
        assert piece in text, piece
    for gone in ("首页", "版权", "删", "alert"):
        assert gone not in text


SIGNS = [
    "a",
    "中",
    " ",
    "*",
    "_",
    "`",
    "$",
    "\\",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "#",
    "|",
    "=",
    "~",
    "&amp;",
    "{",
    "}",
    ":",
    "%",
    "-",
    "1.",
]


@pytest.mark.parametrize("seed", range(60))
def test_plain_text_as_markdown_has_no_markup(seed):
    import random

    said = "字" + "".join(random.Random(seed).choices(SIGNS, k=40))
    blocks, formulas = parse_markdown(as_markdown(said))
    kinds = {node.kind for block in blocks for node in block.walk()}
    assert not [f for f in formulas if f.kind != "hole" and "\\\\" not in said]
    assert kinds <= {"paragraph", "text", "hidden", "soft-break"}, (said, kinds)


def test_pages_in_the_encodings_and_archives_that_browsers_write():
    for encoding in ("utf-8", "utf-16", "gb18030"):
        assert SAYS in text_of(page(f"<p>{SAYS}</p>").decode().encode(encoding), "a.htm")
    latin = (
        page("<p>Le modèle à diffusion débruite.</p>", '<meta charset="iso-8859-1">')
        .decode()
        .encode("latin-1")
    )
    assert "modèle à diffusion débruite" in text_of(latin, "a.html")
    message = EmailMessage()
    message.set_content("kein")
    message.add_alternative(page(f"<p>{SAYS}</p>").decode(), subtype="html")
    assert text_of(message.as_bytes(), "a.mhtml") == f"# 注意力\n\n{SAYS}\n"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (page("<div id=app></div><script>render('扩散模型')</script>", ""), "source-textless"),
        (b"", "source-textless"),
        (page('<img src="data:image/png;base64,' + "A" * 12_000_000 + '">', ""), "source-textless"),
    ],
    ids=["one script", "empty", "a picture"],
)  # fmt: skip
def test_a_page_without_text_says_so(raw, code):
    assert fault(raw, "a.html").code == code


@pytest.mark.parametrize(
    "unit",
    ["<div>", "<b>", "<ul><li>", "<table><tr><td>", "<blockquote>", "<math>", "<span class=katex>", "<p>$x", r"\(", "&lol;", "<a ", "<!--", "<h1>a", "<pre>x", "<dl><dd>a", "<sup>1", "<p>*_`[", "<li><a href=x>y</a>"],
)  # fmt: skip
def test_a_hostile_page_takes_time_that_grows_with_it_only(unit):
    def seconds(times):
        begin = time.process_time()
        with suppress(CardsmithError):
            derive(page("<p>甲乙丙丁</p>" + unit * times), "a.html")
        return time.process_time() - begin

    seconds(10)
    short = seconds(2_000)
    assert seconds(16_000) < 8 * max(short, 0.05) * 3


# --- books


def test_a_book_is_read_in_the_order_of_its_spine():
    doctype = (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
    )
    raw = book(
        "<h1>一</h1><p>甲</p>",
        doctype
        + "<html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head><body><h1>二&nbsp;&mdash;</h1><p>乙&amp;丙<a id='x'/></p></body></html>",
    )
    assert text_of(raw, "a.epub") == "# 一\n\n甲\n\n# 二 —\n\n乙&丙\n"


EXPAND = '<!DOCTYPE html [<!ENTITY a "bomb"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'


def test_entities_of_a_book_are_neither_expanded_nor_loaded():
    text = text_of(
        book(f"{EXPAND}<html xmlns='http://www.w3.org/1999/xhtml'><body><p>甲&c;&f;乙</p></body></html>"),
        "a.epub",
    )
    assert text == "甲乙\n"


def lying(raw, path, size):
    """A zip whose directory says another size of a member than its bytes have."""
    at = raw.rindex(path.encode()) - 46
    return raw[: at + 24] + struct.pack("<I", size) + raw[at + 28 :]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"PK\x03\x04 no zip", "source-damaged"),
        (packed({"a.txt": "x"}), "source-damaged"),
        (SAMPLES["a.epub"][:-200], "source-damaged"),
        (packed({"META-INF/container.xml": CONTAINER.replace("OEBPS/a.opf", "../../etc/passwd")}), "source-damaged"),
        (packed({"META-INF/container.xml": b" " * 40_000_000}), "source-too-long"),
        (packed({"META-INF/container.xml": b"\0" * 5_000_000}), "source-too-long"),
        (packed({f"{n}": "" for n in range(10_001)}), "source-too-long"),
        (book("<svg/>"), "source-textless"),
        (book("<p>甲</p>", besides={"META-INF/encryption.xml": '<e><CipherReference xmlns="http://www.w3.org/2001/04/xmlenc#" URI="OEBPS/c0.xhtml"/></e>'}), "source-locked"),
        (lying(SAMPLES["a.epub"], "OEBPS/c0.xhtml", 7), "source-damaged"),
    ],
    ids=["no zip", "no book", "cut", "leads out", "large", "ratio", "many", "pictures", "DRM", "lies"],
)  # fmt: skip
def test_a_book_that_cannot_be_read_says_why(raw, code):
    assert fault(raw, "a.epub").code == code


def test_a_font_that_is_hidden_does_not_lock_a_book():
    hidden = {
        "META-INF/encryption.xml": '<e><CipherReference xmlns="http://www.w3.org/2001/04/xmlenc#" URI="OEBPS/f.otf"/></e>'
    }
    assert text_of(book("<p>甲</p>", besides=hidden), "a.epub") == "甲\n"


# --- documents

OMML = '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:sSub><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sub><m:r><m:t>t</m:t></m:r></m:sub></m:sSub><m:r><m:t>=</m:t></m:r><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/><m:e><m:r><m:t>2</m:t></m:r></m:e></m:rad></m:den></m:f></m:oMath>'


def with_formula(made):
    from lxml import etree

    made.add_heading("扩散模型", 1)
    paragraph = made.add_paragraph("噪声的系数是 ")
    paragraph._p.append(etree.fromstring(OMML))
    paragraph.add_run(" ，它随时间减小。")
    made.add_paragraph("甲", style="List Number")
    made.add_paragraph("乙", style="List Number")
    table = made.add_table(2, 2)
    for number, cell in enumerate("名值甲乙"):
        table.cell(number // 2, number % 2).text = cell


def test_a_document_has_headings_lists_tables_and_formulas():
    text = text_of(document(with_formula), "a.docx")
    assert (
        text
        == "# 扩散模型\n\n噪声的系数是 \\(x_{t}=\\frac{1}{\\sqrt{2}}\\) ，它随时间减小。\n\n1. 甲\n2. 乙\n\n| 名 | 值 |\n| --- | --- |\n| 甲 | 乙 |\n"
    )


def remade(raw, path, change):
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members[path] = change(members[path])
    return packed(members)


def test_a_picture_that_a_document_names_elsewhere_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "socket", None)
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    drawing = '<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill><a:blip xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:link="rId99"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    raw = remade(
        SAMPLES["a.docx"],
        "word/document.xml",
        lambda xml: xml.replace(b"<w:sectPr", drawing.encode() + b"<w:sectPr", 1),
    )
    link = f'<Relationship Id="rId99" TargetMode="External" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="{secret.as_uri()}"/></Relationships>'
    raw = remade(
        raw, "word/_rels/document.xml.rels", lambda xml: xml.replace(b"</Relationships>", link.encode())
    )
    assert text_of(raw, "a.docx") == f"# 扩散模型\n\n{SAYS}\n"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000, "source-locked"),
        (b"Dear all,", "source-damaged"),
        (packed({"word/document.xml": "<a/>"}), "source-damaged"),
        (document(lambda _: None), "source-textless"),
        (remade(SAMPLES["a.docx"], "word/document.xml", lambda xml: EXPAND.replace("html", "w:document").encode() + xml.split(b"?>", 1)[1].replace("扩散".encode(), b"&c;&f;")), "source-damaged"),
        (remade(SAMPLES["a.docx"], "word/document.xml", lambda xml: xml + b" " * 33_000_000), "source-too-long"),
        (remade(SAMPLES["a.docx"], "word/document.xml", lambda xml: xml[:900]), "source-damaged"),
    ],
    ids=["password", "text", "no document", "empty", "entities", "bomb", "cut"],
)  # fmt: skip
def test_a_document_that_cannot_be_read_says_why(raw, code):
    assert fault(raw, "a.docx").code == code


def test_a_document_that_declares_entities_is_not_handed_on():
    raw = remade(
        SAMPLES["a.docx"],
        "word/styles.xml",
        lambda xml: b"<!DOCTYPE a [<!ENTITY a 'b'>]>" + xml.split(b"?>", 1)[1],
    )
    assert "declares entities" in fault(raw, "a.docx").message


# --- PDF


LEFT = [
    "Attention compares each query with all the",
    "keys and adds up the values by their simi-",
    "larity. It needs no recurrence and so it is",
    "easy to compute in parallel on a machine.",
]
RIGHT = [
    "The cost of attention grows with the square",
    "of the length, so that long texts are dear.",
    "Many have tried to make it cheaper than it",
    "was by attending to a part of it only.",
]


@pytest.mark.parametrize("by_rows", [False, True])
def test_two_columns_are_read_one_after_the_other(by_rows):
    def fill(made):
        rows = (
            [(20, 40 + 5 * n, said) for n, said in enumerate(LEFT)],
            [(110, 40 + 5 * n, said) for n, said in enumerate(RIGHT)],
        )
        order = [cell for row in zip(*rows, strict=True) for cell in row] if by_rows else [*rows[0], *rows[1]]
        for cell in order:
            put(made, *cell)

    text = text_of(pages(fill), "a.pdf")
    assert "up the values by their similarity. It needs no recurrence" in text
    assert text.index("in parallel on a machine.") < text.index("The cost of attention")


def test_furniture_goes_and_a_sentence_runs_on_over_the_page():
    def fill(number):
        def draw(made):
            put(made, 20, 12, "Journal of Results 2020")
            put(made, 100, 285, str(number))
            words = ("one", "two", "three", "four", "five", "six", "seven")
            for line, word in enumerate(words):
                put(
                    made,
                    20,
                    40 + 5 * line,
                    f"line {word} of page {'abc'[number - 1]} goes on to the next one without an end",
                )

        return draw

    text = text_of(pages(*map(fill, (1, 2, 3))), "a.pdf")
    assert "Journal" not in text
    assert not any(sign.isdigit() for sign in text)
    assert "line seven of page a goes on to the next one without an end line one of page b" in text


def test_headings_lists_and_lists_of_works():
    def fill(made):
        put(made, 20, 20, "On attention", 20)
        put(made, 20, 40, "1 Introduction", 10, style="B")
        put(made, 20, 50, "Attention has two costs that everybody pays in the end:")
        put(made, 25, 60, "\x95 time, which grows with the square")
        put(made, 25, 70, "\x95 memory, which does so too")
        put(made, 20, 30, "L e t t e r s o n e b y o n e")
        put(made, 20, 80, "References", 14)
        put(made, 20, 90, "[1] A. Author. A title that states a thing. 2019.")

    assert (
        text_of(pages(fill), "a.pdf")
        == "# On attention\n\n### 1 Introduction\n\nAttention has two costs that everybody pays in the end:\n\n- time, which grows with the square\n- memory, which does so too\n"
    )


def test_a_formula_is_a_hole_and_its_indices_are_gone():
    def fill(made):
        put(made, 20, 40, "The loss is ")
        put(made, 20 + made.get_string_width("The loss is "), 40, "ab", font="Symbol")
        put(made, 45, 41, "t", 6)
        put(made, 48, 40, "and it falls with 10")
        put(made, 48 + made.get_string_width("and it falls with 10"), 38.5, "5", 6)

    assert "The loss is [公式] and it falls with 10⁵" in text_of(pages(fill), "a.pdf")


def raw_pdf(*objects):
    """A PDF of these objects; the first is its catalog."""
    raw = b"%PDF-1.7\n"
    places = []
    for number, said in enumerate(objects, 1):
        places.append(len(raw))
        raw += b"%d 0 obj\n%s\nendobj\n" % (number, said)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        raw
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, len(raw))
    )


def stream(content, about=b""):
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), about, content)


HEAD = b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
FONT = b"/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
"""Forms that draw forms: ten times ten times …"""
DEEP = [
    stream(b"/X Do " * 10 if level < 9 else b"BT /F 9 Tf (bomb) Tj ET " * 10, b"/Type /XObject /Subtype /Form /Resources << %s /XObject << /X %d 0 R >> >>" % (FONT, level + 6))
    for level in range(10)
]  # fmt: skip
LAUGHS = raw_pdf(
    *HEAD,
    b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << %s /XObject << /X 5 0 R >> >> >>" % FONT,
    stream(b"/X Do"),
    *DEEP,
)
FLATE = zlib.compress(b"BT /F 9 Tf (a) Tj ET " * 10_000_000, 9)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"%PDF-1.7 and no more", "source-damaged"),
        (b"", "source-damaged"),
        (SAMPLES["a.pdf"][:300], "source-damaged"),
        (pages(lambda p: p.rect(10, 10, 50, 50)), "source-textless"),
        (pages(lambda p: put(p, 20, 20, "secret"), password="1234"), "source-locked"),
        (raw_pdf(HEAD[0], b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"), "source-damaged"),
    ],
    ids=["no PDF", "empty", "cut", "pictures", "password", "circle"],
)
def test_a_pdf_that_cannot_be_read_says_why(raw, code):
    assert fault(raw, "a.pdf").code == code


def test_a_pdf_that_anybody_may_read_needs_no_password():
    assert "open" in text_of(pages(lambda p: put(p, 20, 20, "open to all"), password=""), "a.pdf")


@pytest.mark.parametrize(
    "raw",
    [LAUGHS, raw_pdf(*HEAD, b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << %s >> >>" % FONT, stream(FLATE, b"/Filter /FlateDecode"))],
    ids=["forms in forms", "a large stream"],
)  # fmt: skip
def test_a_pdf_that_unfolds_without_end_is_given_up(raw, monkeypatch):
    monkeypatch.setattr("cardsmith.sources.formats.pdf.MAX_OPERATIONS", 20_000)
    assert fault(raw, "a.pdf").code in ("source-too-long", "source-damaged")


# --- extras


def test_a_format_without_its_extra_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "find_spec", lambda _: None)
    for name, raw in SAMPLES.items():
        problem = fault(raw, name)
        assert problem.code == "source-extra"
        assert f"pip install 'cardsmith[{FORMATS[name[1:]].extra}]'" in problem.message
        (tmp_path / name).write_bytes(raw)
    (tmp_path / "b.md").write_text(f"# 扩散\n\n{SAYS}\n", encoding="utf-8")
    remarks = Remarks()
    assert len(read_sources([tmp_path], tmp_path, remarks=remarks)) == 1
    assert len(remarks.skipped) == len(SAMPLES)


def test_nothing_of_a_format_is_imported_before_a_file_of_it_is_read():
    program = "import cardsmith.sources.reading, cardsmith.propose.excerpts, sys; print([m for m in ('lxml', 'trafilatura', 'mammoth', 'pypdf', 'nbformat') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        == "[]\n"
    )


@pytest.mark.parametrize(("extra", "name"), [(FORMATS[name[1:]].extra, name) for name in SAMPLES])
def test_a_format_needs_just_what_its_extra_brings(extra, name, tmp_path):
    others = {m for form in FORMATS.values() for m in form.needs} - set(FORMATS[name[1:]].needs)
    (tmp_path / name).write_bytes(SAMPLES[name])
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({sorted(others)!r}))\n"
        "from cardsmith.sources.formats import derive\n"
        f"assert derive(open({str(tmp_path / name)!r}, 'rb').read(), {name!r}).text"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# --- in a project


def test_extract_names_pages_and_check_proves_quotes_without_the_extra(root, monkeypatch):
    for name, raw in SAMPLES.items():
        (root / "seeds" / name).write_bytes(raw)
    done = CliRunner().invoke(main, ["extract"])
    assert done.exit_code == 0, done.output
    sources = {
        file_of(deck.source): deck for deck in read_project(root).decks if "seeds/a." in (deck.source or "")
    }
    assert sources
    for name, deck in sources.items():
        assert deck.source.startswith(f"{name}#")
    project = read_project(root)
    shown = {excerpt.places[0].file: excerpt for excerpt in shown_excerpts(project)}
    assert (
        str(shown["seeds/a.docx"].place_at(shown["seeds/a.docx"].text.index(SAYS)))
        == "seeds/a.docx#paragraph=2"
    )
    monkeypatch.setattr(formats, "find_spec", lambda _: None)
    assert {excerpt.text for excerpt in shown_excerpts(project)} == {e.text for e in shown.values()}
    codes = {problem.code for problem in check(read_project(root))}
    assert not codes & {"excerpt-missing", "quote-not-verbatim", "source-extra"}
    (name, deck), *_ = sources.items()
    path = root / deck.path
    quote = deck.entries[0].card.quote
    path.write_text(path.read_text(encoding="utf-8").replace(quote, "改" + quote[1:]), encoding="utf-8")
    assert "quote-not-verbatim" in {problem.code for problem in check(read_project(root))}
    (root / name).unlink()
    assert "excerpt-missing" in {problem.code for problem in check(read_project(root))}


def test_extract_tells_in_one_table_what_it_could_not_read_and_reads_the_rest(root):
    seeds = root / "seeds"
    (seeds / "book.epub").write_bytes(packed({"META-INF/container.xml": b"\0" * 5_000_000}))
    (seeds / "locked.pdf").write_bytes(pages(lambda p: put(p, 20, 20, "x"), password="1"))
    (seeds / "scan.pdf").write_bytes(pages(lambda p: p.rect(1, 1, 9, 9)))
    (seeds / "note.ipynb").write_bytes(b'{\n"cells": [,]}')
    (seeds / "app.html").write_bytes(page("<script>x</script>", ""))
    with (seeds / "huge.pdf").open("wb") as file:
        file.truncate(2_000_000_000)
    (seeds / "circle.md").symlink_to("circle2.md")
    (seeds / "circle2.md").symlink_to("circle.md")
    (seeds / "loop").symlink_to(seeds, target_is_directory=True)
    (seeds / "good.md").write_text(f"# 扩散\n\n{SAYS}\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["extract", "seeds", "--format", "jsonl"])
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert "seeds/good.md" in {row["file"] for row in rows}
    for name, said in {
        "book.epub": "unfolds to more than 200 times its size",
        "locked.pdf": "has a password",
        "scan.pdf": "hold no text, only pictures",
        "note.ipynb:2": "no JSON",
        "app.html": "a script writes it",
        "huge.pdf": f"more than {MAX_BYTES:,} bytes",
        "circle.md": "not there",
    }.items():
        (line,) = (line for line in done.stderr.splitlines() if f"seeds/{name}" in line)
        assert said in line


def test_candidates_of_a_page_have_its_place_and_no_line(root):
    (root / "seeds/a.html").write_bytes(SAMPLES["a.html"])
    done = CliRunner().invoke(main, ["extract", "seeds/a.html", "--format", "jsonl"])
    (row, *_) = (json.loads(line) for line in done.stdout.splitlines())
    assert (row["file"], row["place"], row["line"], row["file_span"]) == (
        "seeds/a.html",
        "seeds/a.html#paragraph=2",
        None,
        None,
    )


def test_what_a_browser_and_jupyter_keep_beside_a_note_is_no_note(tmp_path):
    (tmp_path / "p.html").write_bytes(SAMPLES["a.html"])
    for name in ("p_files/ad.html", ".ipynb_checkpoints/a.ipynb", "my_files/b.html"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(
            page(f"<p>{name} 是一个很好的例子。</p>") if name.endswith("html") else SAMPLES["a.ipynb"]
        )
    found = read_sources([tmp_path], tmp_path)
    assert {place.file for excerpt in found for place in excerpt.places} == {"p.html", "my_files/b.html"}


def test_the_page_of_formats_names_every_extra_and_ending():
    text = (ROOT / "docs/formats.md").read_text(encoding="utf-8")
    for ending, form in FORMATS.items():
        assert f"`{ending}`" in text
        assert f"`[{form.extra}]`" in text


def test_formulas_in_text_are_found_where_they_are_written_back():
    text = text_of(page(r"<p>其中 \(a&lt;b\) 与 \[c_1\]</p>"), "a.html")
    assert [f.body for f in find_formulas(text)] == ["a<b", "c_1"]
