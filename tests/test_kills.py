"""A command that is killed, or loses its power, at any of its file operations: the next run makes everything right.

Here with a share of the points; ``python -m attacks --only kills --full`` tries all of them.
"""

import os
import random
import sys
from itertools import count

import pytest

import processes
from attacks import kills
from attacks.kills import EXTRACT, at, cards, copied, crashes, leftovers, operations_at, tree

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork and /proc")


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    return kills.lay_down(tmp_path_factory.mktemp("worlds"))


def whole(points, least):
    """All points are survived, and there are as many as there must be at least."""
    points = list(points)
    assert [point for point in points if point.faults] == []
    assert len(points) >= least


def test_an_extraction_killed_anywhere_is_finished_or_undone_by_the_next(worlds, tmp_path):
    whole(kills.killed_extractions(worlds.grown, tmp_path, count()), 20)


def test_a_merge_between_kill_and_next_run_loses_no_line(worlds, tmp_path):
    whole(kills.killed_before_a_merge(worlds.grown, tmp_path, count(0, 3)), 8)


@pytest.mark.parametrize("arguments", [("fmt",), ("schema", "--write"), ("build",), ("release",)])
def test_no_killed_command_leaves_a_torn_file_or_litter(worlds, tmp_path, arguments):
    work = processes.command(*arguments)
    whole(kills.killed_commands(worlds.ready, tmp_path, work, count(0, 2)), 3)


def test_a_killed_init_is_finished_by_the_next(tmp_path):
    whole(kills.killed_inits(tmp_path, count(0, 7)), 5)


def test_a_loss_of_power_anywhere_leaves_old_or_new_and_the_next_run_finishes(worlds, tmp_path):
    whole(kills.power_cuts(worlds.grown, tmp_path, EXTRACT, random.Random(0)), 30)


def settled(root):
    """Let the next writer come, and return what it finds."""
    assert leftovers(root) == []
    return tree(root)


@pytest.mark.parametrize("arguments", [["accept", "--all"], ["reject", "--all"]])
def test_a_decision_killed_anywhere_is_made_on_all_decks_or_on_none(worlds, tmp_path, arguments):
    work, number, code, seen = processes.command(*arguments), 0, -9, set()
    before, root = tree(worlds.ready), copied(worlds.ready, tmp_path / "project")
    assert at(root, work) == 0
    after = tree(root)
    assert sum(before[name] != after[name] for name in before) > 1
    while code == -9:
        copied(worlds.ready, root)
        code = at(root, processes.killed_at(work, number))
        torn = tree(root)
        assert all(torn[name] in (before[name], after[name]) for name in before), number
        found, undo = settled(root), list((root / ".cardsmith/undo").glob("*"))
        assert found in (before, after), number
        assert len(undo) == (found == after), "what is decided can be taken back"
        seen.add((torn == before, torn == after, found == after))
        assert at(root, processes.command("undo")) == (0 if undo else 1)
        assert tree(root) == before, number
        number += 1
    assert number > 20
    assert (False, False, True) in seen, "killed between two decks, then finished"


def test_a_decision_whose_taking_back_is_killed_is_taken_back_by_the_next(worlds, tmp_path):
    decided, number, code = copied(worlds.ready, tmp_path / "decided"), 0, -9
    assert at(decided, processes.command("accept", "--all")) == 0
    before, after, root = tree(worlds.ready), tree(decided), tmp_path / "project"
    while code == -9:
        copied(decided, root)
        code = at(root, processes.killed_at(processes.command("undo"), number))
        assert settled(root) in (before, after), number
        left = list((root / ".cardsmith/undo").glob("*"))
        assert at(root, processes.command("undo")) == (0 if left else 1)
        assert tree(root) == before, number
        assert not list((root / ".cardsmith/undo").glob("*"))
        number += 1
    assert number > 20


def test_a_migration_killed_anywhere_is_finished_by_the_next(worlds, tmp_path):
    from test_migration import without_drafts

    old = copied(worlds.ready, tmp_path / "old")
    without_drafts(old)
    (path,) = {path for path in cards(old).values() if path.stem == "other"}
    path.write_text(path.read_text(encoding="utf-8").partition("\n\n- id")[0] + "\n", encoding="utf-8")
    work, number, code, seen = processes.command("migrate", "--write"), 0, -9, set()
    before, root = tree(old), copied(old, tmp_path / "project")
    assert at(root, work) == 0
    after = tree(root)
    assert sum(before[name] != after[name] for name in before) == 3, (
        "a deck with its lock, and the lock of a rejected card"
    )
    while code == -9:
        copied(old, root)
        code = at(root, processes.killed_at(work, number))
        torn = tree(root)
        assert all(torn[name] in (before[name], after[name]) for name in before), number
        seen.add((torn == before, torn == after))
        assert at(root, work) == 0
        assert settled(root) == after, number
        number += 1
    assert seen == {(True, False), (False, False), (False, True)}


def test_a_deck_saved_between_a_kill_and_the_next_run_stays_as_it_was_saved(worlds, tmp_path):
    number, code, finished = 0, -9, 0
    while code == -9:
        root = copied(worlds.ready, tmp_path / "project")
        code = at(root, processes.killed_at(processes.command("accept", "--all"), number))
        for path in sorted((root / "decks").glob("*/*.yaml")):
            text = path.read_text(encoding="utf-8")
            if "draft: true" in text:
                path.write_text(text + "# saved\n", encoding="utf-8")
                assert settled(root)[path.relative_to(root).as_posix()] == (text + "# saved\n").encode()
                finished += 1
        number += 3
    assert finished


def test_a_loss_of_power_anywhere_in_a_decision_leaves_all_of_it_or_nothing(worlds, tmp_path):
    before, root = tree(worlds.ready), copied(worlds.ready, tmp_path / "project")
    log = operations_at(root, processes.command("accept", "--all"), tmp_path)
    after = tree(root)
    seen, outcomes = set(), set()
    for files, number in crashes(log, random.Random(0)):
        mine = {p: c for p, c in files.items() if os.path.basename(p) != "writing.lock"}
        if (key := frozenset(mine.items())) in seen:
            continue
        seen.add(key)
        copied(worlds.ready, root)
        for path, content in mine.items():
            if content is not None:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(content)
            elif os.path.exists(path):
                os.unlink(path)
        found = settled(root)
        assert found in (before, after), number
        outcomes.add(found == after)
    assert outcomes == {False, True}
    assert len(seen) > 20


@pytest.mark.parametrize(
    "arguments",
    [["extract"], ["accept", "--all"], ["fmt"], ["schema", "--write"], ["release"], ["build"]],
)
def test_decks_locks_and_records_are_forced_down_and_what_can_be_made_again_is_not(
    worlds, tmp_path, arguments
):
    root = copied(worlds.of(tuple(arguments)), tmp_path / "project")
    log = operations_at(root, processes.command(*arguments), tmp_path)
    moves = [(number, path, more) for number, (name, path, more) in enumerate(log) if name == "replace"]
    assert moves
    for number, staged, target in moves:
        is_forced = ("fsync", staged) in [entry[:2] for entry in log[:number]]
        is_named = ("fsync", os.path.dirname(target)) in [entry[:2] for entry in log[number:]]
        name = os.path.relpath(target, root)
        if name.startswith(("decks/", ".cardsmith/undo/")) or name == ".cardsmith/journal.json":
            assert (is_forced, is_named) == (True, True), name
        else:
            assert not is_forced, name
