"""The README tells the truth: its commands run, its card stands in the decks."""

import importlib.util
import re
import shlex
import shutil

import pytest
from click.testing import CliRunner

from cardsmith.cli.main import main
from cardsmith.decks.emit import emit_card
from cardsmith.decks.project import read_project
from conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.split("#")[0].strip()
    for block in BLOCKS
    for line in block.splitlines()
    if line.startswith("cardsmith ")
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy")
    for name in ("seeds", "decks"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_runs(copy, command, monkeypatch):
    monkeypatch.chdir(copy)
    done = CliRunner().invoke(main, shlex.split(command)[1:], catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_the_first_block_is_the_two_commands():
    assert BLOCKS[0].splitlines() == [
        "pip install . && cardsmith build --topic llm",
        "pip install '.[test]' && pytest",
    ]


def test_the_card_of_the_readme_stands_in_the_decks():
    (shown,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    cards = [entry.card for deck in read_project(ROOT).decks for entry in deck.entries]
    assert shown in [emit_card(card) for card in cards]


def test_the_table_of_decks_is_what_stats_prints(monkeypatch):
    monkeypatch.chdir(ROOT)
    table = CliRunner().invoke(main, ["stats", "--format", "markdown"], catch_exceptions=False).stdout
    assert f"<!-- cardsmith stats --format markdown -->\n{table}" in README


def test_every_importance_3_item_of_the_seeds_is_covered_by_a_card():
    spec = importlib.util.spec_from_file_location("coverage_script", ROOT / "scripts" / "coverage.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.uncovered(3) == (92, [])


def test_every_command_is_in_the_readme():
    assert [name for name in main.commands if f"cardsmith {name}" not in README] == []
