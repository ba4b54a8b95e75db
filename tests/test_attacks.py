"""The command that runs every attack: a very short run of it, and what it does when a protection is broken."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from attacks import ROOT, __main__, kills, payloads
from attacks.bombs import Bomb, tried
from attacks.table import BEGIN, END, Row, between_markers, emit_table, judged
from cardsmith.anki import render

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork and /proc")


def attack(monkeypatch, rows, *arguments):
    """Run the command with one attack that yields these rows, or raises."""

    def run(_full, _seed, _folder):
        for row in rows:
            if isinstance(row, Exception):
                raise row
            yield row

    monkeypatch.setattr(__main__, "ATTACKS", ("kills",))
    monkeypatch.setattr(kills, "run", run)
    return CliRunner().invoke(__main__.main, arguments)


def test_what_is_not_survived_is_told_with_how_to_repeat_it_and_fails(monkeypatch):
    rows = [judged("good", [None, None]), judged("bad", [None, "at operation 7: a\x1b is torn"], "a note")]
    done = attack(monkeypatch, rows, "--seed", "3")
    assert done.exit_code == 1
    assert "| good | 2 | 2 |" in done.output
    assert "| bad | 2 | 1 |" in done.output
    assert r"NOT SURVIVED bad: 1 of 2" in done.output
    assert r"at operation 7: a\x1b is torn" in done.output
    assert "repeat with --seed 3" in done.output


def test_a_missing_tool_is_a_row_and_fails_the_full_form_only(monkeypatch):
    missing = ModuleNotFoundError("No module named 'atheris'", name="atheris")
    assert attack(monkeypatch, [missing]).exit_code == 0
    done = attack(monkeypatch, [missing], "--full")
    assert done.exit_code == 1
    assert "not run: no atheris" in done.output


def test_an_attack_that_breaks_is_not_survived(monkeypatch):
    done = attack(monkeypatch, [Row("a", 1, 1), RuntimeError("no world")])
    assert done.exit_code == 1
    assert "RuntimeError: no world" in done.output


def test_the_table_stands_between_its_markers():
    table = emit_table([(Row("a|b", 1_000, 1_000), 2.0)], "Today.")
    page = between_markers(f"x\n{BEGIN}\nold\n{END}\ny\n", table)
    assert page == f"x\n{BEGIN}\n{table}{END}\ny\n"
    assert "1,000" in page
    assert BEGIN in (ROOT / "docs/security.md").read_text(encoding="utf-8")


def test_a_very_short_run_of_the_command():
    """In a process of its own, as people type it; the smallest attack stands for the others."""
    done = subprocess.run(
        [sys.executable, "-m", "attacks", "--only", "kills"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "SIGKILL in `extract`" in done.stdout


def test_a_reader_that_takes_quadratic_time_or_dies_or_eats_memory_is_seen():
    def quadratic(text):
        sum(1 for a in text for b in text if a == b)

    def grown(text):
        return len(text * 100_000)

    def dies(_text):
        os._exit(3)

    bombs = [Bomb("good", "a", len), Bomb("slow", "a", quadratic, 6_000), Bomb("dies", "a", dies), Bomb("large", "a", grown)]  # fmt: skip
    found = list(tried([*bombs, Bomb("good", "a", len)]))
    assert [bool(fault) for fault in found] == [False, True, True, True, False]


@pytest.mark.browser
def test_the_pages_of_a_project_leave_the_attacks_own_alone(tmp_path, browser):
    """An exported site has a mathjax.js too, which is set up otherwise than Anki's."""
    watched = payloads.Browser(browser, tmp_path)
    page = (watched.folder / "anki.html").as_uri()
    (tmp_path / "mathjax.js").write_text("window.MathJax = {};", encoding="utf-8")
    opened = watched.page(page)
    assert opened.evaluate("MathJax.config.options.ignoreHtmlClass") == "plain"


@pytest.mark.browser
def test_a_broken_protection_shows_as_markup_that_runs(monkeypatch, tmp_path, browser):
    monkeypatch.setattr(render, "sanitise", lambda page: page)
    monkeypatch.setattr(render, "markdown_to_html", lambda text: text)
    world = payloads.World(tmp_path / "project", {"an element": "甲<img src=x onerror=alert(1)>乙"})
    faults = payloads.pages(world, payloads.Browser(browser, tmp_path), tmp_path, walk=2)
    assert any("onerror" in fault for _, found in faults for fault in found)
