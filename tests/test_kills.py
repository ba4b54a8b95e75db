"""A command that is killed, or loses its power, at any of its file operations: the next run makes everything right."""

import os
import random
import re
import shutil
import sys

import pytest
from click.testing import CliRunner

import processes
from cardsmith.cli.main import main
from cardsmith.decks.deckfile import parse_deck
from cardsmith.writing import sole_writer
from conftest import DECK, TOPICS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs fork and /proc")

ARTICLE = [
    "模型SD是一种基于latent的扩散模型。",
    "它把图像压缩到隐空间，在隐空间里加噪和去噪，最后再解码回像素。",
    "训练时只更新去噪网络，编码器和解码器保持不变，因此显存开销小得多。",
    "采样时先从标准高斯分布取一个隐变量，然后逐步去噪，一般需要二十到五十步。",
    "隐空间的维度比像素空间低得多，所以同样的网络能处理更高的分辨率，训练和采样都更快。",
]
MORE = "MLA(Multihead Latent Attention)从MHA、MQA、GQA到MLA的演变历程。"
OTHER = "# DPO\n\nDPO(Direct Preference Optimization)是一种不需要奖励模型的对齐方法。\n"
EXTRACT = processes.command("extract")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A project that was extracted once; since then an article was edited and grew, and another one came."""
    root = tmp_path_factory.mktemp("world") / "project"
    (root / "decks/llm").mkdir(parents=True)
    (root / "seeds").mkdir()
    (root / "decks/topics.yaml").write_text(TOPICS, encoding="utf-8")
    (root / "decks/llm/dpo.yaml").write_text(DECK, encoding="utf-8")
    source = root / "seeds/sd.md"
    source.write_text("# SD\n\n" + "\n".join(ARTICLE) + "\n", encoding="utf-8")
    here = os.getcwd()
    os.chdir(root)
    for arguments in (
        ["extract"],
        ["build", "--out", str(root.parent)],
        ["check"],
    ):  # here: children inherit what it loads
        assert CliRunner().invoke(main, arguments).exit_code == 0
    os.chdir(here)
    (root / ".cardsmith/ledger.json").unlink()
    new = "\n".join([MORE, *ARTICLE]).replace("基于latent的扩散模型", "在隐空间工作的扩散模型")
    source.write_text("# SD\n\n" + new + "\n", encoding="utf-8")
    (root / "seeds/other.md").write_text(OTHER, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def ready(world):
    """The project with all of it proposed, fit for a release, and a deck that `fmt` has something to do in."""
    root = copied(world, world.parent / "ready")
    assert at(root, EXTRACT) == 0
    deck = root / "decks/llm/dpo.yaml"
    deck.write_text(deck.read_text(encoding="utf-8").replace("cards:\n", "cards:\n\n\n"), encoding="utf-8")
    return root


def at(root, work):
    """Do something in a child whose folder is the project."""

    def do():
        os.chdir(root)
        work()

    return processes.run(do)


def copied(root, to):
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(root, to)
    return to


def tree(root, *folders):
    """The bytes of the files in some folders, or of everything but the state folder."""
    files = [path for folder in folders or ["."] for path in (root / folder).rglob("*") if path.is_file()]
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in files
        if ".cardsmith" not in path.parts
    }


def cards(root):
    """The ids of the machine's cards, each with its deck file."""
    found = {}
    for path in (root / "decks").glob("*/*.yaml"):
        for entry in parse_deck(path.read_text(encoding="utf-8"), "decks/llm/a.yaml").entries:
            found[entry.card.id] = path
    return found


def leftovers(root):
    """What killed runs have left once something was written again."""
    with sole_writer(root):
        pass
    state = root / ".cardsmith"
    kept = (".gitignore", "writing.lock", "ledger.json", "mathjax.json")
    return [
        p.name for p in root.rglob("*") if p.name.startswith(("cardsmith-", ".")) and p.suffix == ".tmp"
    ] + [p.name for p in state.rglob("*") if p.is_file() and p.name not in kept and p.parent.name != "undo"]


def delete(path, identity):
    """Delete a card as an editor does."""
    deck = parse_deck(path.read_text(encoding="utf-8"), "decks/llm/a.yaml")
    entry = next(e for e in deck.entries if e.card.id == identity)
    lines = deck.text.split("\n")
    path.write_text("\n".join(lines[: entry.first - 1] + lines[entry.end :]), encoding="utf-8")


def test_an_extraction_killed_anywhere_is_finished_or_undone_by_the_next(world, tmp_path):
    before, old = tree(world), cards(world)
    whole = copied(world, tmp_path / "whole")
    assert at(whole, EXTRACT) == 0
    after, added = tree(whole), cards(whole).keys() - old.keys()
    assert len(after.keys() - before.keys()) == 2, "another article with its lock"
    assert len(added) >= 2
    number, code, seen = 0, -9, set()
    while code == -9:
        root = copied(world, tmp_path / "project")
        code = at(root, processes.killed_at(EXTRACT, number))
        torn = tree(root)
        for name, content in torn.items():
            assert content in (before.get(name), after.get(name)), (number, name)
        here = added & cards(root).keys()
        seen.add((torn == before, torn == after, len(here)))
        gone = copied(root, tmp_path / "gone")

        assert at(root, EXTRACT) == 0
        assert tree(root) == after, number
        assert leftovers(root) == [], number

        for identity in here:  # a person deletes what has arrived, before the next run
            delete(cards(gone)[identity], identity)
        assert at(gone, EXTRACT) == 0
        assert cards(gone).keys() == old.keys() | (added - here), number
        assert at(gone, EXTRACT) == 0
        assert not here & cards(gone).keys(), number
        number += 1
    assert code == 0
    assert number > 20
    assert len(seen) > 3, "killed before, between and after the files"


def test_a_merge_between_kill_and_next_run_loses_no_line(world, tmp_path):
    """The lock was changed by git meanwhile: what both sides proposed is remembered."""
    number, code = 0, -9
    while code == -9:
        root = copied(world, tmp_path / "project")
        (lock,) = (root / "decks/.lock").iterdir()
        code = at(root, processes.killed_at(EXTRACT, number))
        line = '{"written": {"id": "from-elsewhere", "kind": "claim", "front": "f", "back": "b"}}\n\n'
        lock.write_text(lock.read_text(encoding="utf-8") + line, encoding="utf-8")
        assert at(root, EXTRACT) == 0
        text = lock.read_text(encoding="utf-8")
        assert text.count("from-elsewhere") == 1, number
        assert all(
            f'"id": "{identity}"' in text for identity, path in cards(root).items() if path.stem == "sd"
        )
        number += 3


@pytest.mark.parametrize("arguments", [["fmt"], ["schema", "--write"], ["build"], ["release"]])
def test_no_killed_command_leaves_a_torn_file_or_litter(ready, tmp_path, arguments):
    work, number, code = processes.command(*arguments), 0, -9
    root = copied(ready, tmp_path / "whole")
    os.environ["SOURCE_DATE_EPOCH"] = "1790000000"
    try:
        before = tree(root)
        assert at(root, work) == 0
        after = tree(root)
        while code == -9:
            root = copied(ready, tmp_path / "project")
            code = at(root, processes.killed_at(work, number))
            torn = {n: c for n, c in tree(root).items() if n != "dist/release-notes.md"}
            assert all(c in (before.get(n), after.get(n)) for n, c in torn.items()), number
            assert at(root, work) == 0
            after.pop(
                "dist/release-notes.md", None
            )  # of a release that was done, the next tells that nothing changed
            assert {n: c for n, c in tree(root).items() if n != "dist/release-notes.md"} == after, number
            assert leftovers(root) == [], number
            number += 2
    finally:
        del os.environ["SOURCE_DATE_EPOCH"]
    assert number > 4


def settled(root):
    """Let the next writer come, and return what it finds."""
    assert leftovers(root) == []
    return tree(root)


@pytest.mark.parametrize("arguments", [["accept", "--all"], ["reject", "--all"]])
def test_a_decision_killed_anywhere_is_made_on_all_decks_or_on_none(ready, tmp_path, arguments):
    work, number, code, seen = processes.command(*arguments), 0, -9, set()
    before, root = tree(ready), copied(ready, tmp_path / "project")
    assert at(root, work) == 0
    after = tree(root)
    assert sum(before[name] != after[name] for name in before) > 1
    while code == -9:
        copied(ready, root)
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


def test_a_decision_whose_taking_back_is_killed_is_taken_back_by_the_next(ready, tmp_path):
    decided, number, code = copied(ready, tmp_path / "decided"), 0, -9
    assert at(decided, processes.command("accept", "--all")) == 0
    before, after, root = tree(ready), tree(decided), tmp_path / "project"
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


def test_a_migration_killed_anywhere_is_finished_by_the_next(ready, tmp_path):
    from test_migration import without_drafts

    old = copied(ready, tmp_path / "old")
    without_drafts(old)
    (path,) = {path for path in cards(old).values() if path.stem == "dpo-da8e"}
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


def test_a_deck_saved_between_a_kill_and_the_next_run_stays_as_it_was_saved(ready, tmp_path):
    number, code, finished = 0, -9, 0
    while code == -9:
        root = copied(ready, tmp_path / "project")
        code = at(root, processes.killed_at(processes.command("accept", "--all"), number))
        for path in sorted((root / "decks").glob("*/*.yaml")):
            text = path.read_text(encoding="utf-8")
            if "draft: true" in text:
                path.write_text(text + "# saved\n", encoding="utf-8")
                assert settled(root)[path.relative_to(root).as_posix()] == (text + "# saved\n").encode()
                finished += 1
        number += 3
    assert finished


def laid(root):
    """The files of a new project, whose name has four random digits."""
    return {name: re.sub(rb"(?m)^project: .*$", b"", text) for name, text in tree(root).items()}


def test_a_killed_init_is_finished_by_the_next(tmp_path):
    work, number, code = processes.command("init", "--topic", "llm"), 0, -9
    (tmp_path / "whole").mkdir()
    assert at(tmp_path / "whole", work) == 0
    after = laid(tmp_path / "whole")
    while code == -9:
        root = tmp_path / "project"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        code = at(root, processes.killed_at(work, number))
        is_done = laid(root) == after
        assert at(root, work) == (1 if is_done else 0), number
        assert laid(root) == after, number
        assert at(root, processes.command("check")) == 0
        assert at(root, processes.command("fmt")) == 0
        number += 7
    assert number > 30


# --- loss of power


def crashes(log, root, dice):
    """Every tree that a loss of power may leave behind, of the files that ``log`` touched: (path -> bytes or None).

    What a file holds is sure once it was fsynced; a name is sure once its folder was. Of the changes of names that are
    not sure, any may have come down and any may not; contents that are not sure are empty.
    """
    data, names, sure, unsure = {}, {}, {}, []

    def folders(change):
        return {os.path.dirname(path) for path in change}

    def after(changes):
        return {path: file for change in [sure, *changes] for path, file in change.items()}

    def tree_of(files):
        return {path: None if file is None else data.get(file, b"") for path, file in files.items()}

    for number, (name, path, more) in enumerate(log):
        if name == "fsync" and more is not None:
            data[names.get(path, path)] = more
        elif name == "fsync":
            for change in [c for c in unsure if path in folders(c)]:
                sure.update(change)
                unsure.remove(change)
        elif name == "open":
            if path not in names:
                names[path] = (path, number)
                unsure.append({path: names[path]})
        elif name == "replace":
            names[more] = names.pop(path)
            unsure.append({more: names[more], path: None})
        elif name == "unlink" and path in names:
            del names[path]
            unsure.append({path: None})
        yield tree_of(after([])), number
        for _ in range(3):
            yield tree_of(after([change for change in unsure if dice.random() < 0.5])), number
        yield tree_of(after(unsure)), number


def test_a_loss_of_power_anywhere_leaves_old_or_new_and_the_next_run_finishes(world, tmp_path):
    before = tree(world)
    root = copied(world, tmp_path / "project")
    log = operations_at(root, EXTRACT, tmp_path)
    after = tree(root)
    pristine, seen = copied(world, tmp_path / "pristine"), set()
    for files, number in crashes(log, root, random.Random(0)):
        mine = {p: c for p, c in files.items() if os.path.basename(p) != "writing.lock"}
        if (key := frozenset(mine.items())) in seen:
            continue
        seen.add(key)
        copied(pristine, root)
        for path, content in mine.items():
            if content is not None:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as file:
                    file.write(content)
            elif os.path.exists(path):
                os.unlink(path)
        for name, content in tree(root).items():
            assert content in (before.get(name), after.get(name)), (number, name)
        assert at(root, EXTRACT) == 0, number
        assert tree(root) == after, number
    assert len(seen) > 30


def test_a_loss_of_power_anywhere_in_a_decision_leaves_all_of_it_or_nothing(ready, tmp_path):
    before, root = tree(ready), copied(ready, tmp_path / "project")
    log = operations_at(root, processes.command("accept", "--all"), tmp_path)
    after = tree(root)
    seen, outcomes = set(), set()
    for files, number in crashes(log, root, random.Random(0)):
        mine = {p: c for p, c in files.items() if os.path.basename(p) != "writing.lock"}
        if (key := frozenset(mine.items())) in seen:
            continue
        seen.add(key)
        copied(ready, root)
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


def operations_at(root, work, tmp_path):
    def do():
        os.chdir(root)
        work()

    return processes.operations(do, tmp_path / "log")


@pytest.mark.parametrize(
    "arguments",
    [["extract"], ["accept", "--all"], ["fmt"], ["schema", "--write"], ["release"], ["build"]],
)
def test_decks_locks_and_records_are_forced_down_and_what_can_be_made_again_is_not(
    world, ready, tmp_path, arguments
):
    root = copied(world if arguments == ["extract"] else ready, tmp_path / "project")
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
