"""Commands that are killed, or lose their power, at any of their file operations: the next run makes everything right.

SIGKILL comes right before an operation that changes a name or forces data down; what lies between two of them is
memory. After a loss of power only what was forced down is sure (``crashes``).
"""

import os
import random
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count, islice
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

import processes
from attacks.table import Row, judged, not_run
from cardsmith.cli.main import main
from cardsmith.decks.decisions import card_hash
from cardsmith.decks.deckfile import parse_deck
from cardsmith.review.desk import Desk
from cardsmith.writing import sole_writer
from conftest import DECK, TOPICS

Work = Callable[[], object]
Tree = dict[str, bytes]

ARTICLE = [
    "模型SD是一种基于latent的扩散模型。",
    "它把图像压缩到隐空间，在隐空间里加噪和去噪，最后再解码回像素。",
    "训练时只更新去噪网络，编码器和解码器保持不变，因此显存开销小得多。",
    "采样时先从标准高斯分布取一个隐变量，然后逐步去噪，一般需要二十到五十步。",
    "隐空间的维度比像素空间低得多，所以同样的网络能处理更高的分辨率，训练和采样都更快。",
]
MORE = "MLA(Multihead Latent Attention)从MHA、MQA、GQA到MLA的演变历程。"
OTHER = "# DPO\n\nDPO(Direct Preference Optimization)是一种不需要奖励模型的对齐方法。\n\n![](dpo.gif)\n"
PICTURE = b"GIF89a\1\0\1\0\0\0\0;"
EXTRACT = processes.command("extract")


def decision(name: str) -> Work:
    """Return one decision of a reviewer, or one that is undone at once, as something that a child can do."""

    def do() -> None:
        desk = Desk(Path.cwd())
        what, _, undone = name.partition(", ")
        deck, entry = next(
            (deck, entry) for deck, entry in desk.view.seats() if entry.card.draft == (what == "accept")
        )
        fields = {"edit": ({"back": "任何奖励函数都对应一个最优策略。"},)}
        getattr(desk, what.replace(" ", "_"))(entry.card.id, card_hash(deck, entry), *fields.get(what, ()))
        if undone:
            desk.undo()

    return do


COMMANDS = (
    ("fmt",), ("check",), ("check", "--fix"), ("schema", "--write"), ("build",), ("build", "--format", "tsv"),
    ("build", "--format", "json"), ("release",), ("release", "--retire"), ("preview", "--export", "site"),
)  # fmt: skip
"""Every command that writes into a project that is there; extractions and new projects are judged by more."""

DECISIONS = ("accept", "edit", "back to draft", "reject", "accept, undo", "edit, undo", "reject, undo")


class Worlds(NamedTuple):
    """Projects to begin with; each is copied, never changed."""

    grown: Path
    """Extracted once; since then an article was edited and grew, and another one came."""
    ready: Path
    """All of it proposed and fit for a release, with something for ``fmt``."""
    faulty: Path
    """With something for ``check --fix``."""
    shrunk: Path
    """Released; since then most of its cards were deleted."""

    def of(self, arguments: tuple[str, ...]) -> Path:
        """Return the one in which a command has something to do."""
        one = {
            ("extract",): self.grown,
            ("check", "--fix"): self.faulty,
            ("release", "--retire"): self.shrunk,
        }
        return one.get(arguments, self.ready)


def grown(folder: Path) -> Path:
    """Lay down the first of the worlds, and load all code that children will inherit."""
    root = folder / "grown"
    (root / "decks/llm").mkdir(parents=True)
    (root / "seeds").mkdir()
    (root / "decks/topics.yaml").write_text(TOPICS, encoding="utf-8")
    (root / "decks/llm/dpo.yaml").write_text(DECK, encoding="utf-8")
    source = root / "seeds/sd.md"
    source.write_text("# SD\n\n" + "\n".join(ARTICLE) + "\n", encoding="utf-8")
    for arguments in (["extract"], ["build", "--out", str(folder)], ["check"]):
        done = CliRunner().invoke(main, ["--project", str(root), *arguments])
        if done.exit_code:
            raise RuntimeError(done.output)
    (root / ".cardsmith/ledger.json").unlink()
    new = "\n".join([MORE, *ARTICLE]).replace("基于latent的扩散模型", "在隐空间工作的扩散模型")
    source.write_text("# SD\n\n" + new + "\n", encoding="utf-8")
    (root / "seeds/other.md").write_text(OTHER, encoding="utf-8")
    (root / "seeds/dpo.gif").write_bytes(PICTURE)
    return root


def ready(world: Path) -> Path:
    """Lay down the second beside the first."""
    root = copied(world, world.parent / "ready")
    expect_done(at(root, EXTRACT))
    deck = root / "decks/llm/dpo.yaml"
    deck.write_text(deck.read_text(encoding="utf-8").replace("cards:\n", "cards:\n\n\n"), encoding="utf-8")
    return root


def faulty(world: Path) -> Path:
    """Lay down the third beside the second."""
    root = copied(world, world.parent / "faulty")
    deck = root / "decks/llm/dpo.yaml"
    deck.write_text(deck.read_text(encoding="utf-8").replace(r"\beta\log", r"\bm\beta\log"), encoding="utf-8")
    return root


def shrunk(world: Path) -> Path:
    """Lay down the fourth beside the second."""
    root = copied(world, world.parent / "shrunk")
    expect_done(at(root, processes.command("release")))
    deck = root / "decks/llm/dpo.yaml"
    text = deck.read_text(encoding="utf-8")
    deck.write_text(text[: text.index("- id: dpo-reward")], encoding="utf-8")
    return root


def lay_down(folder: Path) -> Worlds:
    """Lay down all of them."""
    first = grown(folder)
    second = ready(first)
    return Worlds(first, second, faulty(second), shrunk(second))


def expect_done(code: int) -> None:
    """Raise unless a child has done what a world is made of."""
    if code:
        raise RuntimeError(f"exit code {code}")


def at(root: Path, work: Work) -> int:
    """Do something in a child whose folder is the project, on a day that never changes; return its exit code."""

    def do() -> None:
        os.environ["SOURCE_DATE_EPOCH"] = "1790000000"
        os.chdir(root)
        work()

    return processes.run(do)


def copied(root: Path, to: Path) -> Path:
    """Return a fresh copy of a project."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(root, to)
    return to


def tree(root: Path) -> Tree:
    """Return the bytes of every file but those in the state folder."""
    files = (path for path in root.rglob("*") if path.is_file() and ".cardsmith" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def cards(root: Path) -> dict[str, Path]:
    """Return the ids of all cards, each with its deck file."""
    found = {}
    for path in (root / "decks").glob("*/*.yaml"):
        for entry in parse_deck(path.read_text(encoding="utf-8"), "decks/llm/a.yaml").entries:
            found[entry.card.id] = path
    return found


def leftovers(root: Path) -> list[str]:
    """Return what killed runs have left once something was written again."""
    with sole_writer(root):
        pass
    state = root / ".cardsmith"
    kept = (".gitignore", "writing.lock", "ledger.json", "mathjax.json")
    litter = [
        p.name for p in root.rglob("*") if p.name.startswith(("cardsmith-", ".")) and p.suffix == ".tmp"
    ]
    return litter + [
        p.name for p in state.rglob("*") if p.is_file() and p.name not in kept and p.parent.name != "undo"
    ]


def delete(path: Path, identity: str) -> None:
    """Delete a card as an editor does."""
    deck = parse_deck(path.read_text(encoding="utf-8"), "decks/llm/a.yaml")
    entry = next(e for e in deck.entries if e.card.id == identity)
    lines = deck.text.split("\n")
    path.write_text("\n".join(lines[: entry.first - 1] + lines[entry.end :]), encoding="utf-8")


class Point(NamedTuple):
    """One kill, and what was wrong after it."""

    number: int
    """Of the operation before which the command was killed, from 0; the last one is past the end."""
    faults: list[str]


def killed(work: Work, fresh: Callable[[], Path], numbers: Iterable[int]) -> Iterator[tuple[int, Path]]:
    """Kill a command at one operation after the other, each time in a fresh project; the last time it comes through."""
    for number in numbers:
        root = fresh()
        code = at(root, processes.killed_at(work, number))
        yield number, root
        if code != -9:
            return


def differing(here: Tree, *accepted: Tree) -> list[str]:
    """Return a line for each file whose bytes are in none of the accepted trees."""
    names = dict.fromkeys(chain(here, *accepted))
    return [f"{n} is torn" for n in names if here.get(n) not in [tree_.get(n) for tree_ in accepted]]


def wrong(**claims: bool) -> list[str]:
    """Return the names of the claims that do not hold."""
    return [name.replace("_", " ") for name, holds in claims.items() if not holds]


def killed_extractions(world: Path, folder: Path, numbers: Iterable[int]) -> Iterator[Point]:
    """Kill an extraction; the next finishes or undoes it, and what a person deletes in between never comes back."""
    before, old = tree(world), cards(world)
    whole = copied(world, folder / "whole")
    expect_done(at(whole, EXTRACT))
    after, added = tree(whole), cards(whole).keys() - old.keys()
    for number, root in killed(EXTRACT, lambda: copied(world, folder / "project"), numbers):
        faults = differing(tree(root), before, after)
        here = added & cards(root).keys()
        gone = copied(root, folder / "gone")
        faults += wrong(the_next_run_is_done=at(root, EXTRACT) == 0)
        faults += differing(tree(root), after)
        faults += [f"left {name}" for name in leftovers(root)]
        for identity in here:
            delete(cards(gone)[identity], identity)
        faults += wrong(
            the_next_run_after_a_deletion_is_done=at(gone, EXTRACT) == 0,
            just_the_deleted_cards_stay_away=cards(gone).keys() == old.keys() | (added - here),
            one_more_run_is_done=at(gone, EXTRACT) == 0,
            no_deleted_card_comes_back=not here & cards(gone).keys(),
        )
        yield Point(number, faults)


def killed_before_a_merge(world: Path, folder: Path, numbers: Iterable[int]) -> Iterator[Point]:
    """Kill an extraction, and let git change the lock before the next: what both sides proposed is remembered."""
    (name,) = (path.relative_to(world) for path in (world / "decks/.lock").iterdir())
    for number, root in killed(EXTRACT, lambda: copied(world, folder / "project"), numbers):
        lock = root / name
        line = '{"written": {"id": "from-elsewhere", "kind": "claim", "front": "f", "back": "b"}}\n\n'
        lock.write_text(lock.read_text(encoding="utf-8") + line, encoding="utf-8")
        is_done = at(root, EXTRACT) == 0
        text = lock.read_text(encoding="utf-8")
        mine = [identity for identity, path in cards(root).items() if path.stem == "sd"]
        faults = wrong(
            the_next_run_is_done=is_done,
            the_other_side_is_there_once=text.count("from-elsewhere") == 1,
            every_card_is_remembered=all(f'"id": "{identity}"' in text for identity in mine),
        )
        yield Point(number, faults)


def killed_twice(world: Path, folder: Path, pairs: Iterable[tuple[int, int]]) -> Iterator[Point]:
    """Kill an extraction, then the one that was to finish it; a third finishes."""
    before = tree(world)
    whole = copied(world, folder / "whole")
    expect_done(at(whole, EXTRACT))
    after = tree(whole)
    for first, second in pairs:
        root = copied(world, folder / "project")
        at(root, processes.killed_at(EXTRACT, first))
        at(root, processes.killed_at(EXTRACT, second))
        faults = differing(tree(root), before, after)
        faults += wrong(the_third_run_is_done=at(root, EXTRACT) == 0)
        faults += differing(tree(root), after) + [f"left {name}" for name in leftovers(root)]
        yield Point(first * 1_000 + second, faults)


NOTES = "dist/release-notes.md"
"""Of a release that was done, the next tells that nothing changed."""


def killed_commands(world: Path, folder: Path, work: Work, numbers: Iterable[int]) -> Iterator[Point]:
    """Kill a command that is run again afterwards: no file is torn, nothing is left, and it ends as if undisturbed."""
    whole = copied(world, folder / "whole")
    before = tree(whole)
    expect_done(at(whole, work))
    after = tree(whole)
    for number, root in killed(work, lambda: copied(world, folder / "project"), numbers):
        torn = {path: text for path, text in tree(root).items() if not path.startswith("site/cardsmith-")}
        faults = differing(without(torn, NOTES), without(before, NOTES), without(after, NOTES))
        an_hour_later(root)
        faults += wrong(the_next_run_is_done=at(root, work) == 0)
        faults += differing(without(tree(root), NOTES), without(after, NOTES))
        yield Point(number, faults + [f"left {name}" for name in leftovers(root)])


def killed_decisions(world: Path, folder: Path, name: str, numbers: Iterable[int]) -> Iterator[Point]:
    """Kill a reviewer's desk: the decision was taken, was undone, or was not, and where it was not the next takes it."""

    def after(what: str) -> Tree:
        root = copied(world, folder / "whole")
        expect_done(at(root, decision(what)))
        return tree(root)

    before, steps = tree(world), [after(name.partition(", ")[0]), after(name)]
    for number, root in killed(decision(name), lambda: copied(world, folder / "project"), numbers):
        faults = differing(tree(root), before, *steps)
        if tree(root) == before:
            faults += wrong(the_next_takes_it=at(root, decision(name)) == 0) + differing(tree(root), steps[1])
        yield Point(number, faults + [f"left {name}" for name in leftovers(root)])


def an_hour_later(root: Path) -> None:
    """Let pass the time after which a temporary file that needs no lock is known to be a dead process's."""
    for path in [*root.glob("site/cardsmith-*.tmp"), *root.glob(".cardsmith/cardsmith-*.tmp")]:
        os.utime(path, (0, 0))


def without(files: Tree, name: str) -> Tree:
    """Return a tree without one of its files."""
    return {path: content for path, content in files.items() if path != name}


def killed_inits(folder: Path, numbers: Iterable[int]) -> Iterator[Point]:
    """Kill the beginning of a project: the next one finishes it, and it passes ``check`` and ``fmt``."""
    work = processes.command("init", "--topic", "llm")

    def fresh() -> Path:
        root = folder / "project"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        return root

    root = fresh()
    expect_done(at(root, work))
    after = laid(root)
    for number, root in killed(work, fresh, numbers):
        is_done = laid(root) == after
        faults = wrong(the_next_run_finishes=at(root, work) == (1 if is_done else 0))
        faults += differing(laid(root), after)
        faults += wrong(
            check_passes=at(root, processes.command("check")) == 0,
            fmt_passes=at(root, processes.command("fmt")) == 0,
        )
        yield Point(number, faults)


def laid(root: Path) -> Tree:
    """Return the files of a new project, whose name has four random digits."""
    return {name: re.sub(rb"(?m)^project: .*$", b"", text) for name, text in tree(root).items()}


# --- loss of power

Operation = tuple[str, str, str | bytes | None]


def operations_at(root: Path, work: Work, folder: Path) -> list[Operation]:
    """Do something in a project; return its file operations in order."""

    def do() -> None:
        os.environ["SOURCE_DATE_EPOCH"] = "1790000000"
        os.chdir(root)
        work()

    return processes.operations(do, folder / "log")


def crashes(log: list[Operation], dice: random.Random) -> Iterator[tuple[dict[str, bytes | None], int]]:
    """Return every tree that a loss of power may leave behind, of the files that ``log`` touched: (path -> bytes or None).

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


def power_cuts(world: Path, folder: Path, work: Work, dice: random.Random) -> Iterator[Point]:
    """Cut the power: decks, locks and records are old or new, and the next run ends as if nothing had been."""
    pristine = copied(world, folder / "pristine")
    root = copied(world, folder / "project")
    before = tree(root)
    log = operations_at(root, work, folder)
    after, seen = tree(root), set()
    for files, number in crashes(log, dice):
        mine = {p: c for p, c in files.items() if not p.endswith("/writing.lock")}
        if (key := frozenset(mine.items())) in seen:
            continue
        seen.add(key)
        copied(pristine, root)
        for path, content in mine.items():
            if content is not None:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                Path(path).write_bytes(content)
            else:
                Path(path).unlink(missing_ok=True)
        faults = differing(durable(tree(root)), durable(before), durable(after))
        faults += wrong(the_next_run_is_done=at(root, work) == 0)
        faults += differing(without(tree(root), NOTES), without(after, NOTES))
        yield Point(number, faults)


def durable(files: Tree) -> Tree:
    """Return what may not be torn by a loss of power: all that cannot be made again."""
    return {
        name: text for name, text in files.items() if name.startswith("decks/") and not name.endswith(".tmp")
    }


POWERED = (("extract",), ("fmt",), ("check", "--fix"), ("schema", "--write"), ("release",), ("build",))


def run(full: bool, seed: int, folder: Path) -> Iterator[Row]:
    """Kill at every operation, or in the short form at a share of them that the seed chooses."""
    if not hasattr(os, "fork") or not Path("/proc/self/fd").is_dir():
        yield not_run("kills", "needs fork and /proc")
        return
    dice = random.Random(seed)

    def share(every: int) -> Iterable[int]:
        return count() if full else count(dice.randrange(every), every)

    worlds = lay_down(folder / "worlds")
    yield _row("SIGKILL in `extract`", killed_extractions(worlds.grown, folder, share(12)))
    yield _row("SIGKILL in `extract`, then a merge", killed_before_a_merge(worlds.grown, folder, share(18)))
    most = len(operations_at(copied(worlds.grown, folder / "project"), EXTRACT, folder))
    pairs = [(dice.randrange(most), dice.randrange(most)) for _ in range(120 if full else 4)]
    yield _row("SIGKILL in `extract`, twice", killed_twice(worlds.grown, folder, pairs))
    for arguments in COMMANDS:
        work, name = processes.command(*arguments), " ".join(arguments)
        yield _row(f"SIGKILL in `{name}`", killed_commands(worlds.of(arguments), folder, work, share(8)))
    yield _row("SIGKILL in `init`", killed_inits(folder / "new", share(60)))
    for name in DECISIONS:
        yield _row(f"SIGKILL in `review`: {name}", killed_decisions(worlds.ready, folder, name, share(11)))
    for arguments in POWERED:
        cuts = power_cuts(worlds.of(arguments), folder, processes.command(*arguments), dice)
        yield _row(f"loss of power in `{' '.join(arguments)}`", cuts if full else islice(cuts, 0, 60, 10))


def _row(attack: str, points: Iterable[Point]) -> Row:
    faults = (f"at operation {p.number}: {'; '.join(p.faults)}" if p.faults else None for p in points)
    return judged(attack, faults)
