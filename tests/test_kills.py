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
from attacks.kills import EXTRACT, copied, operations_at

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


@pytest.mark.parametrize("arguments", [["extract"], ["fmt"], ["schema", "--write"], ["release"], ["build"]])
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
        if name.startswith("decks/") or name == ".cardsmith/journal.json":
            assert (is_forced, is_named) == (True, True), name
        else:
            assert not is_forced, name
