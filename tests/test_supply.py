"""What we stand on: dependencies with true bounds and licences that let us ship, workflows that fetch only what is pinned."""

import os
import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, distribution

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cardsmith.starter.kit import starter_files
from cardsmith.starter.origin import requirement_of
from conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
FOR_DEVELOPERS = {"attack", "test"}
OPTIONAL = [text for extra in EXTRAS.keys() - FOR_DEVELOPERS for text in EXTRAS[extra]]
RUNTIME = [
    wanted
    for text in (*PROJECT["dependencies"], *sorted(set(OPTIONAL)))
    if (wanted := Requirement(text)).name != "cardsmith"
]
COMMIT = "f" * 40


def pins(name):
    """The versions that a file of requirements pins, by name."""
    found = re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in found}


def test_the_lowest_versions_that_are_tried_are_those_that_are_allowed():
    lowest = pins("tests/lowest.txt")
    assert set(lowest) == {canonicalize_name(wanted.name) for wanted in RUNTIME}
    for wanted in RUNTIME:
        (bound,) = [part.version for part in wanted.specifier if part.operator == ">="]
        version = lowest[canonicalize_name(wanted.name)]
        assert version.split(".")[: bound.count(".") + 1] == bound.split("."), wanted
        assert set(re.sub(rf"^{re.escape(bound)}", "", version)) <= set(".01"), (
            f"{wanted}: {version} is not the first"
        )


def test_the_lock_has_a_version_that_is_allowed_of_all_that_developers_need():
    lock = pins("requirements-dev.lock")
    for text in (*PROJECT["dependencies"], *(text for extra in EXTRAS.values() for text in extra)):
        wanted = Requirement(text)
        if wanted.name == "cardsmith":
            continue
        assert lock[canonicalize_name(wanted.name)] in wanted.specifier, text
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[\w.-]+==)", text)[1:])


def runtime_tree():
    """The distributions that come with the package, over however many steps."""
    found, ahead = {}, [wanted.name for wanted in RUNTIME]
    while ahead:
        name = canonicalize_name(ahead.pop())
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        needed = [Requirement(text) for text in found[name].requires or ()]
        ahead += [n.name for n in needed if n.marker is None or n.marker.evaluate({"extra": ""})]
    return found


def licence_of(found):
    """What a distribution says of its licence: its metadata, else the first line of its licence file."""
    about = found.metadata
    classifiers = [line for line in about.get_all("Classifier") or () if line.startswith("License ::")]
    said = [about["License-Expression"], (about["License"] or "").split("\n")[0], *classifiers]
    if not any(said):
        names = set(about.get_all("License-File") or ())
        said = [file.read_text().split("\n")[0] for file in found.files or () if file.name in names]
    return "; ".join(filter(None, said))


def test_nothing_that_we_ship_with_binds_us_to_the_gpl():
    tree = runtime_tree()
    assert {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]} <= set(tree)
    said = {name: licence_of(found) for name, found in tree.items()}
    assert [name for name, licence in said.items() if not licence] == []
    bound = re.compile(r"\bA?GPL|Affero|(?<!Lesser )General Public", re.IGNORECASE)
    chosen = {
        name: min(licence.split(" OR "), key=lambda one: bool(bound.search(one)))
        for name, licence in said.items()
    }
    assert {name: licence for name, licence in chosen.items() if bound.search(licence)} == {}
    assert bound.search(licence_of(distribution("anki"))), "it would find one: Anki is for tests only"


# --- workflows


WORKFLOWS = {
    path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")
}
WORKFLOWS["the kit's"] = starter_files("llm", "cards-1f3a")[".github/workflows/cards.yml"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_an_action_is_named_by_its_commit_and_tells_its_version(name):
    used = re.findall(r"uses: (.+)", WORKFLOWS[name])
    assert used
    assert [
        line for line in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    ] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_workflow_lets_an_index_choose_what_it_installs_under_our_name_or_ankis(name):
    installed = re.findall(r"pip install (.+)", WORKFLOWS[name])
    assert not any(re.search(r"\bcardsmith\b|\banki(?!==\d)\b", line) for line in installed)


def install_step(requires):
    workflow = yaml.safe_load(starter_files("llm", "cards-1f3a", requires)[".github/workflows/cards.yml"])
    (step,) = [step for step in workflow["jobs"]["cards"]["steps"] if step.get("name") == "Install"]
    return step


ODD = """cardsmith[exact] @ git+https://example.org/a/b@c#egg="x" '$(touch gone)' `touch gone` \\ 卡片: # &"""


@pytest.mark.parametrize("requires", [".", f"cardsmith @ git+https://example.org/a/b@{COMMIT}", ODD])
def test_the_workflow_installs_just_what_was_named(tmp_path, requires):
    step = install_step(requires)
    assert step["env"] == {"CARDSMITH": requires}
    (tmp_path / "python").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "python").chmod(0o755)
    environment = os.environ | step["env"] | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "-e", "-c", step["run"]]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines()[:4] == ["-m", "pip", "install", requires]
    assert not (tmp_path / "gone").exists()


def test_a_workflow_that_does_not_know_what_to_install_says_so_and_stops():
    step = install_step("")
    assert "# fill in what pip installs" in WORKFLOWS["the kit's"]
    command = ["bash", "-e", "-c", step["run"]]
    done = subprocess.run(command, env=os.environ | step["env"], capture_output=True, text=True)
    assert done.returncode != 0
    assert "say in this step what to install" in done.stderr


@pytest.mark.parametrize(
    ("origin", "requirement"),
    [
        ({"url": "file:///home/me/cardsmith", "dir_info": {"editable": True}}, ""),
        ({"url": "file:///tmp/cardsmith-0.1.0-py3-none-any.whl", "archive_info": {"hashes": {"sha256": "ab"}}}, ""),
        (
            {"url": "https://example.org/a/b.git", "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": COMMIT}},
            f"cardsmith @ git+https://example.org/a/b.git@{COMMIT}",
        ),
        (
            {"url": "https://example.org/b.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}, "subdirectory": "py"},
            f"cardsmith @ git+https://example.org/b.git@{COMMIT}#subdirectory=py",
        ),
        (
            {"url": "https://example.org/cardsmith.whl", "archive_info": {"hashes": {"sha256": "ab"}}},
            "cardsmith @ https://example.org/cardsmith.whl#sha256=ab",
        ),
        ({"url": "https://example.org/cardsmith.whl", "archive_info": {}}, "cardsmith @ https://example.org/cardsmith.whl"),
    ],
)  # fmt: skip
def test_what_was_installed_from_elsewhere_is_named_with_its_commit_or_hash(origin, requirement):
    assert requirement_of(origin) == requirement
    assert not requirement or str(Requirement(requirement).url)
