"""A tree that holds only part of the decks retires nothing, and many cards are retired by an explicit word alone."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from cardsmith.cli.main import main
from cardsmith.decks.project import read_project
from cardsmith.pipeline import release
from cardsmith.release.records import read_records
from repositories import commit, git, repository

NOBODY = 65534


def cards(prefix, count):
    rows = (
        f"- {{id: {prefix}-{n}, kind: claim, front: {prefix} 第 {n} 问？, back: 答 {n}, cite: '10.1000/{n}'}}\n"
        for n in range(count)
    )
    return f"title: {prefix}\ncards:\n{''.join(rows)}"


@pytest.fixture
def released(root, monkeypatch):
    """A project in git whose 25 cards in four articles have been released and committed."""
    (root / "decks/llm/dpo.yaml").unlink()
    (root / "decks/vision").mkdir()
    for name, count in {"llm/a": 12, "llm/b": 9, "llm/one": 1, "vision/c": 3}.items():
        (root / f"decks/{name}.yaml").write_text(cards(name.split("/")[1], count), encoding="utf-8")
    (root / ".gitignore").write_text("dist/\n.cardsmith/\n")
    repository(root)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    release(read_project(root))
    commit(root)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790100000")
    return root


def a_link(root):
    (root / "decks/llm").rename(root / "elsewhere")
    (root / "decks/llm").symlink_to("../elsewhere", target_is_directory=True)


def decks_a_link(root):
    (root / "decks").rename(root / "elsewhere")
    (root / "decks").symlink_to("elsewhere", target_is_directory=True)


def a_file_for_a_folder(root):
    (root / "decks/llm").rename(root / "elsewhere")
    (root / "decks/llm").write_text("")


def a_linked_file(root):
    (root / "decks/vision/c.yaml").rename(root / "elsewhere.yaml")
    (root / "decks/vision/c.yaml").symlink_to("../../elsewhere.yaml")


def a_dangling_file(root):
    (root / "decks/vision/c.yaml").unlink()
    (root / "decks/vision/c.yaml").symlink_to("../../nothing.yaml")


def sparse(root):
    git(root, "sparse-checkout", "set", "--cone", "decks/vision", "seeds")


def sparse_index(root):
    git(root, "sparse-checkout", "set", "--cone", "--sparse-index", "decks/vision", "seeds")


def one_file_skipped(root):
    git(root, "update-index", "--skip-worktree", "decks/llm/one.yaml")
    (root / "decks/llm/one.yaml").unlink()


def one_file_assumed(root):
    git(root, "update-index", "--assume-unchanged", "decks/llm/one.yaml")
    (root / "decks/llm/one.yaml").unlink()


def a_submodule(root):
    _, head = git(root, "rev-parse", "HEAD")
    git(root, "rm", "-rq", "--cached", "decks/vision", "seeds")
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{head.strip()},decks/vision")
    (root / "decks/vision/c.yaml").unlink()


@pytest.mark.parametrize(
    "partial",
    [a_link, decks_a_link, a_file_for_a_folder, a_linked_file, a_dangling_file, sparse, sparse_index,
     one_file_skipped, one_file_assumed, a_submodule],
)  # fmt: skip
@pytest.mark.parametrize("command", ["release", "build", "check"])
def test_a_tree_that_is_not_whole_is_refused_and_nothing_is_retired(released, partial, command):
    record = (released / "decks/released.json").read_bytes()
    packages = {path: path.read_bytes() for path in (released / "dist").iterdir()}
    partial(released)
    options = [] if command == "check" else ["--retire"]
    done = CliRunner().invoke(main, ["--project", str(released), command, *options])
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit)
    code = "unreadable" if partial is a_dangling_file and command == "build" else "partial-tree"
    assert f"[{code}]\n  hint: " in done.stderr
    assert {path: path.read_bytes() for path in (released / "dist").iterdir()} == packages
    if partial is not decks_a_link:
        assert (released / "decks/released.json").read_bytes() == record


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another")
@pytest.mark.parametrize("command", ["release", "build"])
def test_a_folder_that_cannot_be_listed_is_refused(released, command):
    """As another account than root, which may read everything; pytest's own folders are root's alone."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        Path(folder).chmod(0o755)
        shutil.copytree(released, root)
        for path in (root, *root.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        (root / "decks/llm").chmod(0o700)
        program = (
            "import os, cardsmith.pipeline, cardsmith.git; from cardsmith.cli.main import main\n"
            f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
            f"main(['--project', {str(root)!r}, {command!r}, '--retire'])"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "decks/llm: the topic's folder cannot be read: Permission denied [partial-tree]" in done.stderr


def drop(root, name, *ids):
    path = root / f"decks/{name}.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not any(f"id: {identity}," in line for identity in ids)]
    path.write_text("".join(kept), encoding="utf-8")


def run(root, *words):
    return CliRunner().invoke(main, ["--project", str(root), *words])


LOSSES = {
    "more than a tenth": (lambda root: drop(root, "llm/a", "a-0", "a-1", "a-2"),
        ["decks/llm: 3 of 22 released cards would be retired: a-0, a-1, a-2 [mass-retirement]"]),
    "an article's file": (lambda root: (root / "decks/llm/one.yaml").unlink(),
        ["decks/llm/one.yaml: all 1 released cards would be retired: one-0 [mass-retirement]"]),
    "a topic": (lambda root: (root / "decks/vision/c.yaml").unlink(),
        ["decks/vision: 3 of 3 released cards would be retired: c-0, c-1, c-2 [mass-retirement]",
         "decks/vision/c.yaml: all 3 released cards would be retired: c-0, c-1, c-2 [mass-retirement]"]),
    "an article's cards": (lambda root: drop(root, "vision/c", "c-0", "c-1", "c-2"),
        ["decks/vision: 3 of 3 released cards would be retired: c-0, c-1, c-2 [mass-retirement]",
         "decks/vision/c.yaml: all 3 released cards would be retired: c-0, c-1, c-2 [mass-retirement]"]),
}  # fmt: skip


@pytest.mark.parametrize("what", LOSSES)
@pytest.mark.parametrize("command", ["release", "build"])
def test_many_cards_are_retired_only_by_an_explicit_word(released, what, command):
    lose, told = LOSSES[what]
    lose(released)
    record = (released / "decks/released.json").read_bytes()
    done = run(released, command)
    assert done.exit_code == 1
    assert [line for line in done.stderr.splitlines() if "[mass-" in line] == told
    assert "--retire" in done.stderr
    assert (released / "decks/released.json").read_bytes() == record
    done = run(released, command, "--retire")
    assert done.exit_code == 0, done.stderr
    if command == "release":
        assert run(released, "release").exit_code == 0, "they are retired now: no further word is needed"


@pytest.mark.parametrize(
    "lose",
    [
        lambda root: drop(root, "llm/a", "a-0", "b-1"),
        lambda root: (drop(root, "llm/a", "a-0"), drop(root, "llm/b", "b-1")),
        lambda root: drop(root, "llm/one", "one-0"),
        lambda root: drop(root, "vision/c", "c-1"),
        lambda root: (root / "decks/llm/b.yaml").rename(root / "decks/vision/b.yaml"),
        lambda root: (root / "decks/llm/b.yaml").rename(root / "decks/llm/z.yaml"),
    ],
    ids=["one", "two of 22", "the only one of an article", "one of three", "moved to a topic", "renamed"],
)
def test_few_cards_are_retired_and_all_are_moved_without_a_word(released, lose):
    lose(released)
    done = run(released, "build")
    assert done.exit_code == 0, done.stderr
    done = run(released, "release")
    assert done.exit_code == 0, done.stderr


def test_an_emptied_topics_old_package_goes_with_a_word_and_nothing_else_does(root, monkeypatch):
    (root / "decks/vision").mkdir()
    (root / "decks/vision/c.yaml").write_text(cards("c", 2), encoding="utf-8")
    dist = root / "dist"
    assert run(root, "build").exit_code == 0
    (dist / "other.apkg").write_bytes(b"not ours")
    (root / "decks/vision/c.yaml").unlink()
    done = run(root, "build")
    assert done.exit_code == 0
    assert f"{dist / 'vision.apkg'}: removed, the topic vision has no notes any more" in done.stdout
    assert sorted(path.name for path in dist.iterdir()) == ["llm.apkg", "other.apkg"]
    assert "removed" not in run(root, "build").stdout


@pytest.mark.parametrize(
    ("begun", "is_guarded"), [([], False), (["-b", "main"], True), (["-b", "trunk"], False)]
)
def test_a_release_says_when_nothing_guards_its_branch(root, begun, is_guarded):
    if begun:
        git(root, "init", "-q", *begun)
        commit(root)
    done = run(root, "release")
    assert done.exit_code == 0
    assert ("nothing guards the branch" not in done.stderr) == is_guarded


def test_a_stub_and_its_record_outlive_a_topic_that_was_retired_whole(released):
    (released / "decks/vision/c.yaml").unlink()
    assert run(released, "release", "--retire").exit_code == 0
    records = read_records(released / "decks/released.json")
    assert {records[f"c-{n}"].retired for n in range(3)} == {True}
    assert Path(released / "dist/vision.apkg").exists()
