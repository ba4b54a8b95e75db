"""The Python interface: what docs/api.md shows runs, and what is offered is documented and costs nothing to import."""

import re
import subprocess
import sys

from click.testing import CliRunner

import cardsmith
from cardsmith.cli.main import main
from conftest import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_examples_run_one_after_the_other_in_a_new_project(tmp_path, monkeypatch, capsys):
    assert CliRunner().invoke(main, ["init", str(tmp_path)]).exit_code == 0
    monkeypatch.chdir(tmp_path)
    names = {}
    for example in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(example, "docs/api.md", "exec"), names)
    said = capsys.readouterr().out
    assert "notes.apkg" in said
    assert "keeps history" in said
    assert "[no-project]" in said


def test_every_public_name_can_be_had_and_is_documented():
    assert sorted(cardsmith.__all__) == dir(cardsmith)
    assert all(getattr(cardsmith, name) is not None for name in cardsmith.__all__)
    functions = [name for name in cardsmith.__all__ if name.islower() and name != "__version__"]
    assert [name for name in functions if f"cardsmith.{name}(" not in PAGE] == []
    rooms = {path.parent.name for path in (ROOT / "src/cardsmith").glob("*/__init__.py")}
    assert not rooms & set(cardsmith.__all__)


def test_importing_it_imports_nothing_else():
    program = (
        "import sys, cardsmith; dir(cardsmith); print([m for m in sys.modules if m.startswith('cardsmith.')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
