r"""What strangers write stays text wherever it leaves: in a learner's Anki, on every page, in every file we write.

Each payload stands in every field of a card and in everything that a project says of itself; each output is parsed as
a browser parses it, and then a real Chromium loads the pages.
"""

import json
import re
from html.parser import HTMLParser

import cmarkgfm
import pytest
from click.testing import CliRunner
from cmarkgfm.cmark import Options

from ankilab import import_package, profile
from attacks.payloads import ATTRIBUTES, ELEMENTS
from attacks.texts import STRANGERS as PAYLOADS
from cardsmith.anki.render import render_field
from cardsmith.cli.main import main
from cardsmith.decks.project import read_project
from cardsmith.diff.as_html import emit_html
from cardsmith.diff.compare import compare
from cardsmith.diff.effects import effects
from cardsmith.release.build import build_packages
from cardsmith.review import page as site
from cardsmith.review.desk import Desk
from conftest import TOPICS


class Parsed(HTMLParser):
    """The elements of a page that a card may not have, and addresses that run something."""

    def __init__(self, page):
        super().__init__()
        self.faults = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in ELEMENTS:
            self.faults.append(tag)
        for name, value in attrs:
            if name not in ATTRIBUTES:
                self.faults.append(f"{tag} {name}")
            scheme = re.match(r"[\s\x00-\x20]*([a-z][a-z0-9+.-]*):", value or "", re.IGNORECASE)
            if (
                name in ("href", "src")
                and scheme
                and scheme.group(1).lower() not in ("http", "https", "mailto", "data")
            ):
                self.faults.append(f"{tag} {name}={value}")


def faults(page):
    return Parsed(page).faults


def indented(text, columns=4):
    return "|-\n" + "\n".join(" " * columns + line for line in text.split("\n"))


def deck(payload, picture="![图](figure.png)"):
    """A deck whose every text is the payload: a card with front and back, and a cloze; pictures where they may be."""
    prose = payload.replace("![", "[")
    text, media = indented(prose), "  media: [figure.png]\n" if picture else ""
    shown = f"{payload if picture else prose}\n\n{picture}".strip()
    return f"""\
title: {indented(prose, 2)}
source: {indented(f"https://e.com/{prose}".replace(chr(10), " "), 2)}
cards:
- id: one
  kind: formula
  front: {text}
  back: {indented(shown)}
  extra: {text}
  cite: {text}
  quote: {text}
  aka:
    - {indented(prose, 6)}
  where:
    ? {indented(prose, 6)}
    : {indented(prose, 6)}
{media}- id: two
  kind: claim
  text: {indented("{{c1::答案}} " + shown)}
  cite: {text}
{media}"""


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360000002000154a24f5d0000000049454e44ae426082"
)


def lay_down(root, payload):
    topics = TOPICS.replace("title: 大语言模型", f"title: {indented(payload, 6)}")
    topics = topics.replace("description: 测试", f"description: {indented(payload, 6)}", 1)
    (root / "decks/topics.yaml").write_text(f"licence: {indented(payload, 2)}\n{topics}", encoding="utf-8")
    (root / "decks/llm/figure.png").write_bytes(PNG)
    (root / "decks/llm/dpo.yaml").write_text(deck(payload), encoding="utf-8")


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_output_turns_a_strangers_text_into_markup(root, tmp_path, name):
    """Package (as the real Anki renders it), its descriptions, JSON, text, the diff page, the preview's data."""
    payload = PAYLOADS[name]
    lay_down(root, payload)
    project = read_project(root)
    for output_format in ("apkg", "json", "tsv"):
        build_packages(project, (), tmp_path / "out", output_format=output_format)
    with profile(tmp_path / "anki") as collection:
        import_package(collection, tmp_path / "out/llm.apkg")
        shown = [collection.get_card(i).render_output() for i in collection.find_cards("")]
        pages = {f"card {n}": side.question_text + side.answer_text for n, side in enumerate(shown)}
        pages["deck"] = collection.decks.by_name("cardsmith::大语言模型")["desc"]
    notes = json.loads((tmp_path / "out/llm.json").read_text(encoding="utf-8"))["notes"]
    pages |= {f"{note['id']} {field}": page for note in notes for field, page in note["fields"].items()}
    assert len(pages) > 15
    static = site.static_site(Desk(root).view)
    cards = json.loads(static["cards.js"].decode().removeprefix("window.CARDSMITH=").rstrip(";\n"))["cards"]
    pages |= {
        f"preview {i} {face}": f["front"] + f["back"]
        for i, card in cards.items()
        for face, f in enumerate(card["faces"])
    }
    assert {where: found for where, page in pages.items() if (found := faults(page))} == {}


def sides(payload):
    """Two states of a project in which everything differs, with the payload on both sides."""

    def texts(words):
        topics = TOPICS.replace("title: 大语言模型", f"title: {indented(words, 6)}")
        topics = topics.replace("description: 测试", f"description: {indented(words, 6)}", 1)
        return {
            "decks/topics.yaml": topics,
            "decks/llm/dpo.yaml": deck(words, picture=""),
        }

    return texts(payload), texts(f"{payload}\n另外")


def diff_page(payload):
    old, new = sides(payload)
    difference = compare(new, old)
    return emit_html(difference, effects(difference))


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_diff_page_holds_no_markup_of_a_stranger(name):
    body = diff_page(PAYLOADS[name]).rpartition('<body class="plain">')[2]
    assert "cannot be rendered" not in body
    assert faults(body.removesuffix("</body></html>\n")) == []


RUN = """() => { window.ran = []; window.alert = (...a) => window.ran.push(a.join()); }"""


@pytest.mark.browser
def test_no_page_runs_a_strangers_script_in_a_real_browser(root, tmp_path, browser):
    """The exported preview, card by card with its back shown, and the diff page, focused through."""
    ran = []
    for number, payload in enumerate(PAYLOADS.values()):
        lay_down(root, payload)
        done = CliRunner().invoke(main, ["preview", "--export", str(tmp_path / f"site{number}")])
        assert done.exit_code == 0, done.output
        (tmp_path / f"{number}.html").write_text(diff_page(payload), encoding="utf-8")
        for page_path in (tmp_path / f"site{number}/index.html", tmp_path / f"{number}.html"):
            page = browser.new_page()
            page.add_init_script(f"({RUN})()")
            page.goto(page_path.as_uri())
            page.wait_for_load_state()
            if page_path.name == "index.html":
                page.wait_for_selector("body[data-ready]")
                page.click("[data-do=sheet]")
                page.wait_for_selector(".pv-view .pv-card")
            for _ in range(12):
                page.keyboard.press("Tab")
            ran += page.evaluate("window.ran")
            page.close()
    assert ran == []


@pytest.mark.parametrize("title", ["<img src=//example.org/x>", "@octocat", "[x](http://e.com)", "a | b"])
def test_a_topics_title_is_text_in_the_table_of_stats(root, title):
    topics = root / "decks/topics.yaml"
    topics.write_text(TOPICS.replace("title: 大语言模型", f"title: '{title}'"), encoding="utf-8")
    table = CliRunner().invoke(main, ["stats", "--format", "markdown"]).output
    page = cmarkgfm.github_flavored_markdown_to_html(table, Options.CMARK_OPT_UNSAFE)
    assert not re.search(r"<(?:a|img)\b|@octocat", page)
    assert page.count("<td") == page.count("<tr") * 4 - 4


@pytest.mark.parametrize("sign", ["<", ">", '"', "\t", "&lt;b>"])
def test_a_decks_name_that_anki_would_read_as_html_is_refused_with_its_place(root, sign):
    topics = root / "decks/topics.yaml"
    topics.write_text(
        TOPICS.replace("deck: cardsmith::大语言模型", f"deck: cardsmith::大{sign}模型"), encoding="utf-8"
    )
    for command in ("check", "build", "preview"):
        done = CliRunner().invoke(main, [command])
        assert done.exit_code == 1
        assert "topics.yaml:6:11" in done.output
        assert "[deck-name]" in done.output


def test_a_formula_in_an_address_is_read_as_markdown_reads_it():
    assert (
        render_field(r"见 \(b\)，[维基](http://e.com/A_\(b\))")
        == r'见 \(b\)，<a href="http://e.com/A_(b)">维基</a>'
    )


def test_a_deletion_that_ends_in_an_address_is_refused(root):
    (root / "decks/llm/dpo.yaml").write_text(
        "title: t\ncards:\n- id: one\n  kind: claim\n  text: '{{c1::甲 [图](http://e.com/}}乙)'\n  cite: 手册第一版\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(main, ["build"])
    assert done.exit_code == 1
    assert "a deletion begins or ends in a link's address" in done.output


@pytest.mark.browser
def test_the_diff_page_draws_formulas_on_cards_and_nowhere_else(tmp_path, browser):
    """A title is not what safety judges: a formula there, with a thousand million columns, ended the tab."""
    endless = r"\(\begin{alignat}{999999999} x \end{alignat}\)"
    old, new = sides(r"甲 \(x\)")
    path = "decks/llm/dpo.yaml"
    new[path] = new[path].replace("title: |-\n", f"title: |-\n  {endless}\n", 1)
    difference = compare(new, old)
    (tmp_path / "diff.html").write_text(emit_html(difference, effects(difference)), encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "diff.html").as_uri())
    page.wait_for_selector(".card mjx-container")
    assert "alignat" in page.inner_text("body")
    assert page.evaluate("[...document.querySelectorAll('mjx-container')].every(e => e.closest('.card'))")
    page.close()
