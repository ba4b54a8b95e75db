"""What a report needs and no more: doctor's facts, and what an error of our own looks like."""

import json
import os
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cardsmith.cli import doctor as _doctor  # noqa: F401 - the command hides its module
from cardsmith.cli.main import main
from conftest import DECK, ROOT
from repositories import commit, repository

MODULE = sys.modules["cardsmith.cli.doctor"]


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def told(*arguments):
    done = run(*arguments, "doctor", "--format", "json")
    assert done.exit_code == 0
    return json.loads(done.stdout)


def test_doctor_tells_versions_and_the_state_of_the_project(root):
    found = told()
    assert found["versions"]["Python"] == sys.version.split()[0]
    assert {"cardsmith", "pyyaml", "markdown", "quickjs-ng", "git"} <= found["versions"].keys()
    counted = ("topics", "decks", "cards", "locks", "leftover temporary files")
    assert [found["project"][name] for name in counted] == [2, 1, 3, 0, 0]
    assert found["git"] == {"repository": "no"}
    assert "  cards: 3\n" in run("doctor").stdout


def test_it_tells_of_what_is_broken_by_its_code_and_nothing_else(root):
    repository(root)
    commit(root)
    (root / "decks/llm/dpo.yaml").write_text(DECK.replace("front: DPO", "front: a: DPO"), encoding="utf-8")
    (root / "decks/.lock").mkdir()
    (root / "decks/.lock/x00000000.jsonl").write_text("{", encoding="utf-8")
    (root / "decks/released.json").write_text("{", encoding="utf-8")
    (root / "decks/llm/.dpo.yaml.ab12cd34").write_text("", encoding="utf-8")
    found = told()
    project = found["project"]
    assert project["problems"] == {"yaml-syntax": 1}
    assert (project["decks that cannot be read"], project["locks that cannot be read"]) == (1, 1)
    assert project["released"] == {"problem": "released-shape"}
    assert project["leftover temporary files"] == 1
    assert found["git"]["files changed"] > 0
    assert "DPO" not in run("doctor").stdout


def test_it_is_safe_to_paste(root, monkeypatch):
    monkeypatch.setenv("HOME", str(root.parent))
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_secret")
    said = run("doctor").stdout
    assert f"  folder: ~/{root.name}\n" in said
    for secret in (str(root.parent), "ghp_secret", "奖励", "直接偏好优化", "大语言模型"):
        assert secret not in said


def test_outside_of_a_project_it_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert told()["project"] == {"problem": "no-project"}


def test_it_knows_whether_anki_listens(root, monkeypatch):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        monkeypatch.setattr(MODULE, "ANKI_CONNECT", listener.getsockname())
        assert list(told()["anki"].values()) == ["no"]
        listener.listen()
        assert list(told()["anki"].values()) == ["yes"]


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug_is_told_as_one_and_its_traceback_only_with_debug(root, debug):
    program = (
        "import sys; from cardsmith.decks import project\n"
        "def broken(*_): raise KeyError('a\\n::error::x')\n"
        "project.read_project = broken\n"
        "from cardsmith.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *(["--debug"] if debug else []), "check"],
        cwd=root, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, check=False,
    )  # fmt: skip
    assert done.returncode == 70
    assert "this is a bug in cardsmith: KeyError" in done.stderr.splitlines()[-1]
    assert ("Traceback" in done.stderr) == debug
    assert not any(line.startswith("::") for line in done.stderr.splitlines())


def test_debug_shows_where_a_problem_was_raised(root):
    (root / "decks/topics.yaml").write_text("topics: [", encoding="utf-8")
    assert "Traceback" not in run("check").stderr
    assert "Traceback" in run("--debug", "check").stderr
