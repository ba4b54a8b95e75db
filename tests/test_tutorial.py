"""The tutorials are walked as they stand, in both languages: each command, each line that it is said to print."""

import re
import shlex

import pytest
from click.testing import CliRunner

from ankilab import import_package, profile
from cardsmith.cli.main import main
from conftest import ROOT

STEP = re.compile(r"```(md|console)(?: ([^\n]+))?\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("name", ["tutorial.md", "tutorial.zh.md"])
def test_a_tutorial_leads_from_a_folder_of_notes_to_cards_in_anki(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = []
    here = tmp_path
    for kind, file, text in STEP.findall((ROOT / "docs" / name).read_text(encoding="utf-8")):
        if kind == "md":
            (here / file).parent.mkdir(exist_ok=True)
            (here / file).write_text(text, encoding="utf-8")
            continue
        for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, *said = block.splitlines()
            words = shlex.split(command)
            ran.append(words[1])
            if words[0] == "cd":
                here = here / words[1]
                monkeypatch.chdir(here)
                continue
            done = CliRunner().invoke(main, words[1:], catch_exceptions=False)
            assert done.exit_code == 0, done.output
            for line in said:
                assert line in done.output.splitlines()
    assert {"try", "init", "extract", "reject", "accept", "check", "build"} < set(ran)
    with profile(tmp_path / "learner") as collection:
        import_package(collection, here / "dist/notes.apkg")
        assert collection.note_count() >= 2
