"""A new project works at once, and its pull-request kit is run here step by step, by the real bash, git, Anki and pre-commit."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cardsmith.cli.main import main
from cardsmith.decks.project import read_project
from cardsmith.starter.kit import ASSETS, starter_files
from cardsmith.text.language import LANGUAGES
from cardsmith.text.shadow import is_han
from conftest import ROOT
from repositories import QUIET, commit, git, repository

WORKFLOW = ".github/workflows/cards.yml"
SCRIPT = ".github/scripts/import_into_anki.py"


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A new project as the current folder."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.chdir(tmp_path)
    assert run("init", "--topic", "llm", "--title", "大语言模型").exit_code == 0
    return tmp_path


def test_a_new_project_passes_check_and_build_at_once(project):
    done = run("check", "--format", "json")
    assert (done.exit_code, done.stdout.strip()) == (0, "[]")
    done = run("build")
    assert done.exit_code == 0
    assert "3 notes, 6 cards (3 new" in done.stdout
    assert run("schema", "--check").exit_code == 0


def test_a_new_project_shows_what_a_draft_is(project):
    """Of its four facts one has no card yet; what is proposed of it waits."""
    assert run("extract").stdout == "decks/llm/spaced-repetition.yaml: 1 new drafts, 0 refreshed\n"
    done = run("check", "--strict")
    assert (done.exit_code, "3 cards in 1 articles: no problems, 1 draft waits" in done.stderr) == (0, True)
    done = run("build")
    assert "3 notes, 6 cards (3 new" in done.stdout
    assert "llm: 1 draft waits" in done.stderr


def test_what_comes_next_is_to_propose_to_decide_and_to_build(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = run("init", "my cards").stderr.splitlines()
    assert lines[1] == "  cd 'my cards'"
    assert [line.split()[:2] for line in lines[2:]] == [
        ["cardsmith", name] for name in ("extract", "review", "build")
    ]
    monkeypatch.chdir(tmp_path / "my cards")
    (tmp_path / "my cards" / "decks" / "topics.yaml").unlink()
    assert "cd " not in run("init").stderr


NOTE = "# RAG\n\nRAG(Retrieval-Augmented Generation)是一种先检索再生成的方法。\n"


@pytest.fixture
def notes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "我的 笔记/.obsidian").mkdir(parents=True)
    (tmp_path / "我的 笔记/子").mkdir()
    (tmp_path / "我的 笔记/.obsidian/plugin.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "我的 笔记/子/rag.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "我的 笔记/README.md").write_text("mine", encoding="utf-8")
    (tmp_path / "我的 笔记/a.png").write_bytes(b"\x89PNG")
    return tmp_path / "我的 笔记"


def walk(done, monkeypatch):
    """Type what ``init`` says comes next, but for the page in the browser, whose decision is taken by a command."""
    commands = [line[2:].split("  ")[0].strip() for line in done.stderr.partition("next:\n")[2].splitlines()]
    assert [shlex.split(command)[:2][-1] for command in commands][1:] == ["extract", "review", "build"]
    for command in commands:
        words = shlex.split(command)
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
        elif words[1] == "review":
            assert run("accept", "--all").exit_code == 0
        else:
            yield run(*words[1:])


def test_a_project_goes_around_the_notes_and_adds_nothing_to_them(notes, monkeypatch):
    before = {path: path.read_bytes() for path in notes.rglob("*") if path.is_file()}
    done = run("init", "--from", str(notes))
    assert done.exit_code == 0, done.output
    extracted, built = walk(done, monkeypatch)
    assert "decks/notes/rag.yaml: 1 new drafts, 0 refreshed, new from 子/rag.md" in extracted.stdout
    assert "1 notes, 1 cards" in built.stdout
    assert {path: path.read_bytes() for path in before} == before
    assert [path.name for path in notes.rglob("*.md")].count("spaced-repetition.md") == 0
    assert sorted(path.name for path in notes.iterdir() if not path.name.startswith(".")) == [
        "README.md",
        "a.png",
        "decks",
        "dist",
        "子",
    ]
    assert "*.md -text" in (notes / ".gitattributes").read_text()
    assert read_project(notes).topics.topics["notes"].title == "我的 笔记"
    assert run("check", "--strict").exit_code == 0


def test_a_project_of_its_own_has_copies_and_says_so(notes, monkeypatch):
    done = run("init", "cards", "--from", str(notes), "--topic", "llm")
    assert f"copied 3 files of {notes} to cards/notes; from now on these are read" in done.stderr
    extracted, built = walk(done, monkeypatch)
    assert "new from notes/子/rag.md" in extracted.stdout
    assert "1 notes, 1 cards" in built.stdout
    assert "notes/** -text" in Path(".gitattributes").read_text()
    assert "`notes/`" in Path("README.md").read_text()
    assert not Path("seeds").exists()


def test_one_note_needs_a_folder_for_its_project(notes, monkeypatch):
    note = notes / "子/rag.md"
    assert run("init", "--from", str(note)).exit_code == 2
    done = run("init", "cards", "--from", str(note))
    extracted, _ = walk(done, monkeypatch)
    assert "new from notes/rag.md" in extracted.stdout
    for odd in ("nowhere", str(notes / ".obsidian")):
        (notes / ".obsidian/plugin.md").unlink(missing_ok=True)
        done = run("init", str(notes.parent / "other"), "--from", odd)
        assert (done.exit_code, "[source-" in done.stderr) == (1, True)
        assert not (notes.parent / "other").exists()


def test_a_project_is_never_begun_twice(project):
    before = {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}
    done = run("init")
    assert (done.exit_code, "project-exists" in done.stderr) == (1, True)
    assert {p: p.read_bytes() for p in project.rglob("*") if p.is_file()} == before


def test_what_is_there_already_is_kept(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    done = run("init", str(tmp_path))
    assert f"kept  {tmp_path / 'README.md'}" in done.stdout
    assert (tmp_path / "README.md").read_text() == "mine"


@pytest.mark.parametrize("name", ["", "Große Modelle", "../x", "9a", "a/b", "LLM"])
def test_a_topic_that_cannot_be_a_folder_is_refused(tmp_path, name):
    done = run("init", str(tmp_path / "new"), "--topic", name)
    assert (done.exit_code, "bad-topic" in done.stderr) == (1, True)
    assert not (tmp_path / "new").exists()


def test_every_asset_is_used_and_no_blank_is_left():
    folder = ROOT / "src" / "cardsmith" / "starter" / "files"
    used = {name.replace("@LANGUAGE@", language) for name in ASSETS.values() for language in LANGUAGES}
    assert used == {path.name for path in folder.iterdir()}
    assert [
        path
        for language in LANGUAGES
        for path, text in starter_files("llm", "cards-1f3a", language=language).items()
        if any(f"@{word}@" in path + text for word in BLANKS)
    ] == []


BLANKS = ("TOPIC", "TITLE", "PROJECT", "EXCERPT", "REQUIRES", "LANGUAGE")


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_is_in_one_language_works_at_once_and_leaves_one_fact(tmp_path, monkeypatch, language):
    monkeypatch.chdir(tmp_path)
    assert run("init", "--language", language).exit_code == 0
    words = "".join(
        path.read_text(encoding="utf-8")
        for path in (
            *tmp_path.glob("seeds/*"),
            *tmp_path.glob("decks/*/*.yaml"),
            tmp_path / "decks/topics.yaml",
        )
    )
    assert any(is_han(sign) for sign in words) == (language == "zh")
    assert (run("check", "--strict").exit_code, run("fmt", "--check").exit_code) == (0, 0)
    assert "3 notes, 6 cards (3 new" in run("build").stdout
    assert "1 new drafts" in run("extract").stdout


def test_the_titles_language_is_the_examples(tmp_path):
    for title, begins in (
        ("大语言模型", "# 间隔重复"),
        ("Large language models", "# Spaced repetition"),
        ("", "# Spaced"),
    ):
        folder = tmp_path / (title or "none")
        done = run("init", str(folder), "--topic", "llm", *(("--title", title) if title else ()))
        assert done.exit_code == 0
        assert (folder / "seeds/spaced-repetition.md").read_text(encoding="utf-8").startswith(begins)
        assert read_project(folder).topics.topics["llm"].deck == f"cardsmith::{title or 'llm'}"


@pytest.mark.parametrize("title", ["a: b", '"a"', "<b>", "[x]", "a::", "x #y", "no\nyes"])
def test_a_title_that_yaml_or_anki_would_read_otherwise_is_refused(tmp_path, title):
    done = run("init", str(tmp_path / "new"), "--title", title)
    assert (done.exit_code, "bad-topic" in done.stderr) == (1, True)
    assert not (tmp_path / "new").exists()


def test_this_repository_uses_the_kit_that_it_gives():
    given = starter_files("llm", "cards-1f3a", ".")
    assert (ROOT / WORKFLOW).read_text(encoding="utf-8") == given[WORKFLOW]
    assert (ROOT / SCRIPT).read_text(encoding="utf-8") == given[SCRIPT]


def test_every_topic_has_a_line_for_its_reviewers():
    owners = (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8")
    assert [t for t in read_project(ROOT).topics.topics if f"/decks/{t}/ " not in owners] == []


# --- the workflow


def steps():
    return yaml.safe_load((ROOT / WORKFLOW).read_text(encoding="utf-8"))["jobs"]["cards"]["steps"]


def test_the_workflow_is_safe_for_forks():
    text = (ROOT / WORKFLOW).read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert set(workflow[True]) == {"pull_request", "push"}, (
        "never pull_request_target: `on` is a YAML boolean"
    )
    assert workflow["permissions"] == {"contents": "read"}
    assert "${{ secrets" not in text
    scripts = "".join(step.get("run", "") for step in steps())
    assert "${{" not in scripts, "nothing that a fork names is pasted into a shell"
    (checkout,) = [step for step in steps() if "checkout" in step.get("uses", "")]
    assert checkout["with"]["persist-credentials"] is False


@pytest.fixture
def pull_request(project, monkeypatch):
    """A new project with a pull request's merge checked out, as GitHub does it; returns how to run a step."""
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)
    tools = project / ".git-tools"
    tools.mkdir()
    (tools / "cardsmith").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cardsmith "$@"\n')
    (tools / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    (project / ".gitignore").write_text("dist/\n.cardsmith/\n.git-tools/\nsummary.md\n")
    repository(project)
    commit(project)
    git(project, "switch", "-q", "-c", "pr")
    deck = project / "decks" / "llm" / "spaced-repetition.yaml"
    deck.write_text(deck.read_text(encoding="utf-8").replace("逐渐变长的间隔复习的学习方法\n  quote", "逐渐变长的间隔来复习\n  quote"), encoding="utf-8")  # fmt: skip

    def merge():
        commit(project)
        git(project, "switch", "-q", "main")
        git(project, "merge", "-q", "--no-ff", "-m", "merge", "pr")

    def step(name):
        (script,) = [step["run"] for step in steps() if step.get("name") == name]
        paths = [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | QUIET | {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(paths),
            "GITHUB_STEP_SUMMARY": str(project / "summary.md"),
        }  # fmt: skip
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
        )

    return merge, step


NAMES = ["The release record changes on main only", "Check", "Show what changes", "Build", "Import into Anki"]


def test_every_step_of_the_workflow_runs(pull_request, project):
    merge, step = pull_request
    merge()
    assert [s["name"] for s in steps() if "run" in s and s["name"] != "Install"] == NAMES
    for name in NAMES:
        done = step(name)
        assert done.returncode == 0, (name, done.stderr)
    assert "llm.apkg: 3 notes\n6 cards, 0 notes with empty cards" in done.stdout
    summary = (project / "summary.md").read_text(encoding="utf-8")
    assert "**`spaced-repetition-definition`** changed: keeps history" in summary
    assert "<ins>来</ins>" in summary
    assert (project / "dist" / "diff.html").read_text(encoding="utf-8").startswith("<!doctype html>")


DRAFT = """
- id: spaced-repetition-interval
  draft: true
  kind: claim
  front: 刚学会的内容何时复习？
  back: {back}
  quote: 刚学会的内容第二天就复习
"""


def test_drafts_are_told_in_a_pull_request_and_fail_nothing(pull_request, project):
    """Whatever is wrong with it, as with half of what a machine proposes."""
    merge, step = pull_request
    deck = project / "decks" / "llm" / "spaced-repetition.yaml"
    text = deck.read_text(encoding="utf-8")
    deck.write_text(text + DRAFT.format(back=r"\(\frac{1}\)"), encoding="utf-8")
    merge()
    for name in NAMES:
        done = step(name)
        assert done.returncode == 0, (name, done.stderr)
        if name == "Check":
            assert "::notice file=decks/llm/spaced-repetition.yaml,line=33," in done.stdout
    assert "llm.apkg: 3 notes" in done.stdout
    summary = (project / "summary.md").read_text(encoding="utf-8")
    assert "1 card changes for learners; 1 changed; 1 new draft to decide" in summary
    assert "**`spaced-repetition-interval`** new draft, line 29" in summary
    assert (
        "| topic | | articles | cards | drafts |\n|---|---|---|---|---|\n| `llm` | 大语言模型 | 1 | 3 | 1 |"
        in summary
    )


def test_a_pull_request_of_nothing_but_drafts_is_green(pull_request, project):
    merge, step = pull_request
    deck = project / "decks" / "llm" / "spaced-repetition.yaml"
    text = deck.read_text(encoding="utf-8")
    head = text[: text.index("- id:")]
    deck.write_text(head + DRAFT.format(back="第二天").lstrip("\n"), encoding="utf-8")
    merge()
    for name in NAMES:
        done = step(name)
        assert done.returncode == 0, (name, done.stderr)
    assert done.stdout == "0 cards, 0 notes with empty cards\n"


def test_a_wrong_card_becomes_an_annotation(pull_request, project):
    merge, step = pull_request
    deck = project / "decks" / "llm" / "spaced-repetition.yaml"
    deck.write_text(
        deck.read_text(encoding="utf-8").replace("quote: 间隔重复是", "quote: 间隔重复为"), encoding="utf-8"
    )
    merge()
    done = step("Check")
    assert done.returncode == 1
    assert "::error file=decks/llm/spaced-repetition.yaml,line=12,col=" in done.stdout


def test_a_pull_request_cannot_touch_the_release_record(pull_request, project):
    merge, step = pull_request
    (project / "decks" / "released.json").write_text("{}\n")
    merge()
    assert step(NAMES[0]).returncode == 1


def test_the_import_step_fails_when_anki_would_not_take_a_package(pull_request, project):
    merge, step = pull_request
    merge()
    assert step("Build").returncode == 0
    shutil.copy(project / "dist" / "llm.apkg", project / "dist" / "again.apkg")
    done = step("Import into Anki")
    assert (done.returncode, "FAULTY" in done.stdout) == (1, True)


# --- pre-commit


def precommit(project, home, *arguments):
    environment = os.environ | QUIET | {
        "PRE_COMMIT_HOME": str(home),
        "PATH": f"{project / '.git-tools'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
    }  # fmt: skip
    command = [sys.executable, "-m", "pre_commit", *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)


def test_pre_commit_stops_a_wrong_card(pull_request, project, tmp_path_factory):
    home = tmp_path_factory.mktemp("pre-commit")
    commit(project)
    assert precommit(project, home, "run", "--all-files").returncode == 0
    deck = project / "decks" / "llm" / "spaced-repetition.yaml"
    deck.write_text(deck.read_text(encoding="utf-8").replace("  front: ", "  frnot: ", 1), encoding="utf-8")
    git(project, "add", "-A")
    done = precommit(project, home, "run")
    assert done.returncode == 1
    assert "unknown-key" in done.stdout


def test_our_hooks_are_a_manifest_that_pre_commit_takes(tmp_path):
    assert precommit(ROOT, tmp_path, "validate-manifest", ".pre-commit-hooks.yaml").returncode == 0
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["cardsmith-check", "cardsmith-fmt"]
    assert all(hook["entry"] == f"cardsmith {hook['id'].removeprefix('cardsmith-')}" for hook in hooks)
