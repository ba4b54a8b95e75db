"""What a stranger looks for in a repository is there, and names what exists: forms, workflows, hooks, records, links."""

import os
import re
import subprocess
import sys
import tomllib
from string import punctuation

import pytest
import yaml

from cardsmith.cli.main import main
from conftest import ROOT

GITHUB = ROOT / ".github"
FORMS = sorted(path.name for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
WORKFLOWS = sorted(path.name for path in (GITHUB / "workflows").glob("*.yml"))
PAGES = sorted(
    path
    for pattern in ("*.md", ".github/*.md", "docs/**/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
)
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
TOOLS = {"python", "pip", "pytest", "ruff", "mypy", "pre-commit", "git", "mkdir", "test"}
"""What a contributor has beside cardsmith itself."""


def load(*names):
    return yaml.safe_load(ROOT.joinpath(*names).read_text(encoding="utf-8"))


def known(command):
    """Tell whether a command line starts a tool or script of ours, or a command that cardsmith has."""
    tool, *arguments = command.split()
    if tool.startswith("scripts/"):
        return os.access(ROOT / tool, os.X_OK)
    return tool in TOOLS or (tool == "cardsmith" and arguments[0] in {*main.commands, "--version"})


# --- issue forms and the template of pull requests


@pytest.mark.parametrize("name", FORMS)
def test_an_issue_form_is_one_that_github_takes(name):
    form = load(".github", "ISSUE_TEMPLATE", name)
    assert set(form) == {"name", "description", "body"}
    assert {item["type"] for item in form["body"]} <= {"markdown", "input", "textarea", "dropdown", "checkboxes"}  # fmt: skip
    asked = [item for item in form["body"] if item["type"] != "markdown"]
    ids = [item["id"] for item in asked]
    labels = [item["attributes"]["label"] for item in asked]
    assert len(set(ids)) == len(ids)
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(r"[a-z-]+", identity) for identity in ids)
    assert all(item["attributes"]["options"] for item in asked if item["type"] in ("dropdown", "checkboxes"))
    assert any(item.get("validations", {}).get("required") for item in asked)


def test_there_is_a_form_for_a_card_a_proposal_and_a_bug():
    assert FORMS == ["bad-proposal.yml", "bug.yml", "wrong-card.yml"]
    assert load(".github", "ISSUE_TEMPLATE", "config.yml") == {"blank_issues_enabled": True}


@pytest.mark.parametrize(
    "path",
    [*(GITHUB / "ISSUE_TEMPLATE").iterdir(), GITHUB / "pull_request_template.md", ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md"],
    ids=lambda path: path.name,
)  # fmt: skip
def test_what_a_page_for_contributors_names_exists(path):
    quoted = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL))  # fmt: skip
    files = [
        name for name in quoted if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?|[\w-]+\.(md|toml|json|yaml)", name)
    ]
    assert [name for name in files if not (ROOT / name).exists()] == []
    commands = [part for name in quoted for part in name.split(" && ") if part.split(" ")[0] in {"cardsmith", *TOOLS}]  # fmt: skip
    assert [command for command in commands if " " in command and not known(command)] == []


# --- workflows and hooks


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_reads_only_and_keeps_no_secret(name):
    text = (GITHUB / "workflows" / name).read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert set(workflow[True]) == {"pull_request", "push"}, (
        "never pull_request_target: `on` is a YAML boolean"
    )
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets" not in re.sub(r"#.*", "", text)
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"] <= 60
        (checkout,) = [step for step in job["steps"] if "checkout" in step.get("uses", "")]
        assert checkout["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_runs_commands_that_exist(name):
    scripts = [step["run"] for job in load(".github", "workflows", name)["jobs"].values() for step in job["steps"] if "run" in step]  # fmt: skip
    for script in scripts:
        assert "${{" not in script, "nothing that a fork names is pasted into a shell"
        assert subprocess.run(["bash", "-n"], input=script.encode(), capture_output=True).returncode == 0
        assert [line for line in script.splitlines() if not known(line)] == []
        named = re.findall(r"(?:\.github|decks|scripts|tests)/[\w./-]+\.\w+", script)
        assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_tests_run_actions_of_which_the_content_is_known():
    actions = [step["uses"] for step in load(".github", "workflows", "test.yml")["jobs"]["test"]["steps"] if "uses" in step]  # fmt: skip
    assert [action for action in actions if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action)] == []


def test_the_tests_run_on_every_python_that_we_support():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = [line.split(" :: ")[-1] for line in project["classifiers"] if ":: Python :: 3." in line]
    job = load(".github", "workflows", "test.yml")["jobs"]["test"]
    assert job["strategy"]["matrix"]["python"] == stated
    assert project["requires-python"] == f">={stated[0]}"


def test_the_tests_demand_what_the_gate_demands():
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8").partition("set -x\n")[2].splitlines()
    jobs = load(".github", "workflows", "test.yml")["jobs"].values()
    steps = [step for job in jobs for step in job["steps"]]
    ran = [line for step in steps for line in step.get("run", "").splitlines()]
    assert [line for line in gate if line not in ran] == []
    assert "pytest" in ran


def test_our_own_hooks_are_those_that_we_give_and_the_gates_of_style():
    (own,) = load(".pre-commit-config.yaml")["repos"]
    hooks = {hook["id"]: hook for hook in own["hooks"]}
    assert list(hooks) == ["ruff", "ruff-format", "mypy", "cardsmith-check", "cardsmith-fmt"]
    assert [hook["entry"] for hook in hooks.values() if not known(hook["entry"] + " .")] == []
    for given in load(".pre-commit-hooks.yaml"):
        assert hooks[given["id"]].items() >= {k: given[k] for k in ("entry", "files", "pass_filenames")}.items()  # fmt: skip


def test_pre_commit_takes_our_configuration(tmp_path):
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(ROOT / ".pre-commit-config.yaml")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# --- pages


def anchors(path):
    """The names under which GitHub links to a page's headings."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    marks = punctuation.replace("-", "").replace("_", "")
    titles = (title.lower() for title in re.findall(r"^#+ (.*)", text, re.MULTILINE))
    return {title.translate(str.maketrans(" ", "-", marks)) for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_link_leads_somewhere(page):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
@pytest.mark.parametrize("link", ["docs/architecture.md", "docs/decisions/README.md", "SECURITY.md"])
def test_who_begins_to_read_is_led_to_the_plans_of_the_house(page, link):
    assert f"]({link})" in (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_what_and_what_follows(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    status = next(line for line in lines if line.startswith("- Status: accepted"))
    parts = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    today = ["Today"] if status.endswith("accepted, not yet built") else []
    assert parts == ["Context", "Decision", "Consequences", *today]
    assert len(lines) <= 40


def test_the_index_of_decisions_lists_each():
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\d+)\]\((.*?)\) \| (.*?) \| ([\d-]+) \| (.*?) \|$", index, re.MULTILINE)
    assert [name for _, name, *_ in rows] == [path.name for path in DECISIONS]
    for (number, _, title, date, status), path in zip(rows, DECISIONS, strict=True):
        assert path.name.startswith(f"{int(number):02}-")
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. {title}\n\n- Date: {date}")
        assert status.endswith("not yet built") == ("not yet built" in text.partition("##")[0])
