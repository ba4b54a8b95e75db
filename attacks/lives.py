"""Random lives: editors with a git history of their own making, and learners in every Anki that is here.

A life is one project. Two editors change, branch, merge, revert and release it through the real command line; three
learners import late, out of order, twice or not at all, with any options, review, edit and clean up. Each card states
a fact (``F0017``) and each gap its number in it (``F0017g2``), through every edit, so that a history that ended up on
another fact is seen. ``python -m attacks.lives --seed N`` lives one life again.
"""

import json
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import yaml
from click.testing import CliRunner

from ankis import IMPORTERS, Importer, Learners, pythons
from anyanki import OPTIONS
from attacks.table import Row
from cardsmith.cli.main import main as cardsmith
from repositories import git, repository

START = 1_700_000_000
"""When a life begins, in seconds since 1970."""
RECORD = "decks/released.json"
ARTICLES = ("decks/llm/a.yaml", "decks/llm/b.yaml", "decks/vision/c.yaml")
TOPICS = """\
topics:
  llm: {title: 大语言模型 0, deck: 'cardsmith::大语言模型', description: 测试}
  vision: {title: 视觉 0, deck: 'cardsmith::视觉', description: 测试}
"""
STUB = "cardsmith::retired"
FACT = re.compile(r"F\d{4}")
GAP = re.compile(r"\{\{c(\d+)::F\d{4}g(\d+)")

Card = dict[str, Any]
Tree = dict[str, list[Card]]
"""Deck files by path, each with its cards as they stand in YAML; a card is one line, as git merges lines."""


class Broken(Exception):  # noqa: N818 - what was promised is
    """Something that no life may bring about."""


# What editors do to a tree. An edit returns whether it found something to do.


def words(rng: random.Random) -> str:
    """Return words that were never there before."""
    return f"{rng.randrange(10**9):09}"


def place(rng: random.Random, tree: Tree, **wanted: bool) -> tuple[list[Card], Card] | None:
    """Return a card that has the wanted keys, and lacks those that are wanted not, with the list that it is in."""
    found = [
        (cards, card)
        for cards in tree.values()
        for card in cards
        if all((key in card) is there for key, there in wanted.items())
    ]
    return rng.choice(found) if found else None


def gap(fact: str, number: int, rng: random.Random) -> str:
    """Return a gap that says which one it is."""
    return f"{{{{c{number}::{fact}g{number} {words(rng)}}}}}"


def fact_of(card: Card) -> str:
    """Return the fact that a card states."""
    (fact,) = set(FACT.findall(card.get("front", "") + card.get("text", "")))
    return fact


def reword(rng: random.Random, tree: Tree) -> bool:
    """Put an answer, a question or a cloze in other words."""
    if found := place(rng, tree):
        card = found[1]
        side = "text" if "text" in card else rng.choice(["front", "back"])
        card[side] = re.sub(r"\d{9}", lambda _: words(rng), card[side])
    return bool(found)


def retag(rng: random.Random, tree: Tree) -> bool:
    """Give a card other tags."""
    if found := place(rng, tree):
        found[1]["tags"] = [f"t{rng.randrange(9)}"]
    return bool(found)


def turn(rng: random.Random, tree: Tree) -> bool:
    """Give a card its reverse, or take it away."""
    found = place(rng, tree, front=True)
    if found and not found[1].pop("reverse", False):
        found[1]["reverse"] = True
    return bool(found)


def move(rng: random.Random, tree: Tree) -> bool:
    """Move a card to any article of any topic."""
    if found := place(rng, tree):
        cards, card = found
        cards.remove(card)
        target = tree.setdefault(rng.choice(ARTICLES), [])
        target.insert(rng.randrange(len(target) + 1), card)
    return bool(found)


def gap_more(rng: random.Random, tree: Tree) -> bool:
    """Add a gap, with a number that was never used in this card."""
    if found := place(rng, tree, text=True):
        card = found[1]
        number = 1 + len(re.findall(r"g\d+", card["text"]))
        card["text"] += f" {gap(fact_of(card), number, rng)}"
    return bool(found)


def gap_less(rng: random.Random, tree: Tree) -> bool:
    """Make a gap plain words; the others keep their numbers."""
    found = place(rng, tree, text=True)
    gaps = list(re.finditer(r"\{\{c\d+::(.*?)\}\}", found[1]["text"])) if found else []
    if len(gaps) < 2:
        return False
    gap, card = rng.choice(gaps), found[1]
    card["text"] = card["text"][: gap.start()] + gap[1] + card["text"][gap.end() :]
    return True


def reorder(rng: random.Random, tree: Tree) -> bool:
    """Put the cards of an article in another order."""
    rng.shuffle(rng.choice(list(tree.values())))
    return True


EDITS: Mapping[Callable[[random.Random, Tree], bool], int] = {
    reword: 8,
    retag: 2,
    turn: 2,
    move: 3,
    gap_more: 2,
    gap_less: 2,
    reorder: 1,
}
"""With how often each is chosen."""


def renumber(rng: random.Random, tree: Tree) -> bool:
    """Let two gaps change places, which ``check`` must refuse."""
    found = place(rng, tree, text=True)
    numbers = re.findall(r"\{\{c(\d+)::", found[1]["text"]) if found else []
    if len(set(numbers)) < 2:
        return False
    a, b = rng.sample(sorted(set(numbers)), 2)
    swapped = {f"{{{{c{a}::": f"{{{{c{b}::", f"{{{{c{b}::": f"{{{{c{a}::"}
    found[1]["text"] = re.sub(r"\{\{c\d+::", lambda at: swapped.get(at[0], at[0]), found[1]["text"])
    return True


def in_one_place(tree: Tree) -> bool:
    """Keep each fact and each id once, as an editor does after a merge; returns whether one was there twice."""
    seen: set[str] = set()
    is_mended = False
    for cards in tree.values():
        for card in list(cards):
            own = {fact_of(card), card["id"], card.get("was", card["id"])}
            if seen & own:
                cards.remove(card)
                is_mended = True
            seen |= own
    return is_mended


# What is released.


@dataclass(frozen=True)
class Note:
    """A note in a package."""

    content: tuple[list[str], list[str]]
    """Fields and tags."""
    mod: int
    numbers: frozenset[int]
    """Of its cards."""

    @property
    def is_stub(self) -> bool:
        """Tell whether its card was retired."""
        return STUB in self.content[1]

    @property
    def facts(self) -> set[str]:
        """The facts that it states."""
        return set(FACT.findall(" ".join(self.content[0])))


@dataclass(frozen=True)
class Published:
    """A release as learners download it."""

    number: int
    commit: str
    time: int
    packages: tuple[Path, ...]
    notes: Mapping[str, Note]
    """By guid."""
    is_complete: bool
    """All releases before it are in its history, so it is the newest for everybody."""


def read_package(path: Path, folder: Path) -> dict[str, Note]:
    """Return the notes of a package by guid, without any of our code."""
    with zipfile.ZipFile(path) as archive:
        database = sqlite3.connect(archive.extract("collection.anki2", folder))
    try:
        cards: dict[int, set[int]] = {}
        for note, number in database.execute("select nid, ord from cards"):
            cards.setdefault(note, set()).add(number)
        return {
            guid: Note((fields.split("\x1f"), tags.split()), mod, frozenset(cards.get(note, ())))
            for note, guid, fields, tags, mod in database.execute(
                "select id, guid, flds, tags, mod from notes"
            )
        }
    finally:
        database.close()


@dataclass
class Learner:
    """A learner's profile in one Anki, and what must stay in it."""

    importer: Importer
    anki: Learners
    profile: Path
    rng: random.Random
    reviews: dict[str, list[Any] | None] = field(default_factory=dict)
    """Each review with the guid and number of its card; None once Empty Cards has removed it."""
    edited: set[str] = field(default_factory=set)


class Life:
    """One project with its editors and learners; whatever they do is judged at once."""

    def __init__(self, seed: int, folder: Path, ankis: Mapping[str, Learners]) -> None:
        self.rng = random.Random(seed)
        self.folder = folder
        self.now = START
        self.facts = iter(range(10_000))
        self.lost: list[Card] = []
        self.known: dict[str, Any] = {}
        """What the editor at work knows to be released, by first id."""
        self.published: list[Published] = []
        self.guids: dict[str, str] = {}
        """Of each fact."""
        self.is_tampered = False
        """A release was reverted, or its record settled by hand, so what is unchanged may get a new time."""
        self.log: list[str] = []
        self.counts: Counter[str] = Counter()
        self.learners = [self._learner(seed, number, ankis) for number in range(3)]
        self.editors = [folder / "a", folder / "b"]
        self._found()

    def _learner(self, seed: int, number: int, ankis: Mapping[str, Learners]) -> Learner:
        """Return a learner with draws of their own, so that the editors live alike whichever Ankis are here."""
        rng = random.Random(f"{seed} {number}")
        name = rng.choice(sorted(ankis))
        return Learner(IMPORTERS[name], ankis[name], self.folder / f"learner{number}", rng)

    def live(self, steps: int) -> None:
        """Go through so many steps."""
        deeds = {
            self.edit: 8,
            self.release: 5,
            self.merge: 3,
            self.branch: 2,
            self.revert: 1,
            self.build: 2,
            self.refused: 1,
            self.imports: 9,
            self.study: 6,
            self.write: 2,
            self.clean: 2,
        }
        for _ in range(steps):
            self.now += self.rng.choice([1, 60, 3_600, 86_400, 30 * 86_400])
            self.rng.choices(list(deeds), list(deeds.values()))[0]()
        for editor in self.editors:
            self.merge(editor)
        self.release(self.editors[1])
        for learner in self.learners:
            self.imports(learner, newest=True)

    # Editors.

    def _found(self) -> None:
        first, second = self.editors
        (first / "decks").mkdir(parents=True)
        (first / "decks/topics.yaml").write_text(TOPICS, encoding="utf-8")
        (first / "seeds").mkdir()
        (first / "seeds/notes.txt").write_text("模型很多。\n", encoding="utf-8")
        (first / ".gitignore").write_text("dist/\n.cardsmith/\n", encoding="utf-8")
        tree: Tree = {path: [] for path in ARTICLES}
        for path in [*ARTICLES, *ARTICLES, *ARTICLES]:
            tree[path].append(self._new_card())
        repository(first)
        self._write(first, tree)
        self._commit(first, "Found the project")
        git(self.folder, "clone", "-q", "a", "b")
        if not self.release(first):
            raise Broken(self.log[-1])
        self.merge(second)

    def _new_card(self) -> Card:
        fact = f"F{next(self.facts):04}"
        card: Card = {"id": f"c{fact[1:]}", "kind": "claim", "cite": "arXiv:2305.18290, sec. 4"}
        if self.rng.random() < 0.4:
            gaps = " ".join(gap(fact, number, self.rng) for number in (1, 2))
            return card | {"text": f"事实 {fact} {words(self.rng)} {gaps}"}
        return card | {"front": f"事实 {fact} {words(self.rng)} 是什么？", "back": f"答 {words(self.rng)}"}

    def _say(self, *what: object) -> None:
        self.log.append(f"{self.now - START:>10} " + " ".join(map(str, what)))

    def _read(self, editor: Path) -> Tree:
        return {
            path: yaml.load((editor / path).read_text(encoding="utf-8"), yaml.CSafeLoader)["cards"]
            for path in ARTICLES
            if (editor / path).exists()
        }

    def _record(self, editor: Path) -> dict[str, Any]:
        try:
            return json.loads((editor / RECORD).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    def _write(self, editor: Path, tree: Tree) -> None:
        for name, cards in tree.items():
            path = editor / name
            if not cards:
                path.unlink(missing_ok=True)
                continue
            title = f"title: 文章 {path.stem}"
            if path.exists():
                title = path.read_text(encoding="utf-8").splitlines()[0]
            lines = [title, "cards:", *(f"- {json.dumps(card, ensure_ascii=False)}" for card in cards)]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _commit(self, editor: Path, message: str) -> None:
        git(editor, "add", "-A")
        git(editor, "commit", "-q", "--allow-empty", "-m", message)

    def _run(self, editor: Path, *arguments: str) -> tuple[int, str]:
        """Run our command; it may refuse, but never break."""
        done = CliRunner(env={"SOURCE_DATE_EPOCH": str(self.now)}).invoke(
            cardsmith, ["--project", str(editor), *arguments]
        )
        if done.exit_code not in (0, 1):
            raise Broken(f"cardsmith {' '.join(arguments)} ended with {done.exit_code}:\n{done.output}")
        self.counts["commands"] += 1
        return done.exit_code, done.output

    def edit(self, editor: Path | None = None) -> None:
        """Change some cards, add, delete or bring back one, or give another title, and commit."""
        editor = editor or self.rng.choice(self.editors)
        tree = self._read(editor)
        self.known = self._record(editor)
        for _ in range(self.rng.choice([1, 1, 2, 5])):
            own = {self._add: 4, self._delete: 3, self._restore: 2, self._rename: 3}
            deed = self.rng.choices([*EDITS, *own], [*EDITS.values(), *own.values()])[0]
            self._say(editor.name, deed.__name__, deed(self.rng, tree))
        self._write(editor, tree)
        if self.rng.random() < 0.1:
            self._retitle(editor)
        self._commit(editor, "Edit")

    def _add(self, rng: random.Random, tree: Tree) -> bool:
        cards = tree.setdefault(rng.choice(ARTICLES), [])
        cards.insert(rng.randrange(len(cards) + 1), self._new_card())
        return True

    def _delete(self, rng: random.Random, tree: Tree) -> bool:
        if sum(map(len, tree.values())) < 4:
            return False
        cards, card = place(rng, tree)  # type: ignore[misc] # there are some
        cards.remove(card)
        self.lost.append(card)
        return True

    def _rename(self, rng: random.Random, tree: Tree) -> bool:
        """Another id for a card that learners have; ``was`` names the first."""
        cards = [
            card for cards in tree.values() for card in cards if card.get("was", card["id"]) in self.known
        ]
        if cards:
            card = rng.choice(cards)
            card.setdefault("was", card["id"])
            card["id"] = f"n{words(rng)}"
        return bool(cards)

    def _restore(self, rng: random.Random, tree: Tree) -> bool:
        present = {fact_of(card) for cards in tree.values() for card in cards}
        absent = [card for card in self.lost if fact_of(card) not in present]
        if absent:
            tree.setdefault(rng.choice(ARTICLES), []).append(dict(rng.choice(absent)))
        return bool(absent)

    def _retitle(self, editor: Path) -> None:
        path = self.rng.choice(
            [editor / "decks/topics.yaml", *(editor / name for name in self._read(editor))]
        )
        text = path.read_text(encoding="utf-8")
        path.write_text(
            re.sub(r"(title: \S+).*?(,|\n)", rf"\1 {words(self.rng)}\2", text, count=1), encoding="utf-8"
        )
        self._say(editor.name, "retitle", path.name)

    def branch(self) -> None:
        """Edit on a branch and on main, then merge or rebase the branch."""
        editor = self.rng.choice(self.editors)
        git(editor, "switch", "-q", "-c", "topic")
        self.edit(editor)
        git(editor, "switch", "-q", "main")
        if self.rng.random() < 0.7:
            self.edit(editor)
        self._settle(editor, "merge", "-q", "--no-ff", "--no-edit", "topic")
        git(editor, "branch", "-q", "-D", "topic")

    def merge(self, editor: Path | None = None) -> None:
        """Pull what the other editor has."""
        editor = editor or self.rng.choice(self.editors)
        (other,) = {*self.editors} - {editor}
        self._settle(editor, "pull", "-q", "--no-rebase", "--no-edit", str(other), "main")

    def _settle(self, editor: Path, *command: str) -> None:
        """Merge, and settle conflicts: decks for one side, the record by a release or by hand."""
        before = git(editor, "rev-parse", "HEAD")[1].strip()
        code, _ = git(editor, *command, check=False)
        conflicts = git(editor, "diff", "--name-only", "--diff-filter=U")[1].split()
        self._say(editor.name, *command[:1], code, conflicts)
        for path in conflicts:
            if path == RECORD and self.rng.random() < 0.8:
                continue
            self.counts["conflicts"] += 1
            self.is_tampered |= path == RECORD
            side = self.rng.choice(["--ours", "--theirs"])
            self._say(editor.name, "settles", path, side)
            if git(editor, "checkout", side, "--", path, check=False)[0]:
                git(editor, "rm", "-q", "--cached", "--", path)
                (editor / path).unlink(missing_ok=True)
        tree = self._read(editor)
        in_one_place(tree)
        self._write(editor, tree)
        record = editor / RECORD
        is_open = record.exists() and "<<<<<<<" in record.read_text(encoding="utf-8")
        self.counts["records merged"] += is_open
        if (is_open or (code and self.rng.random() < 0.3)) and self.release(editor):
            return
        if is_open:
            git(editor, "reset", "-q", "--hard", before)
        elif code or git(editor, "status", "--porcelain")[1]:
            self._commit(editor, "Merge")

    def revert(self) -> None:
        """Take back the last commit."""
        editor = self.rng.choice(self.editors)
        parents = git(editor, "rev-list", "--parents", "-n", "1", "HEAD")[1].split()[1:]
        mainline = ("-m", "1") if len(parents) > 1 else ()
        code, _ = git(editor, "revert", "--no-edit", *mainline, "HEAD", check=False)
        if code:
            git(editor, "revert", "--abort", check=False)
        self.is_tampered = True
        self._say(editor.name, "revert", code)

    def build(self) -> None:
        """Build without a release; the ledger remembers it."""
        editor = self.rng.choice(self.editors)
        self._say(editor.name, "build", self._run(editor, "build", "--retire")[0])

    def refused(self) -> None:
        """Let gaps change places; nobody may release that."""
        editor = self.rng.choice(self.editors)
        tree = self._read(editor)
        told = " ".join(" ".join(note.content[0]) for note in self._newest_of(editor).values())
        known = {
            path: [
                card
                for card in cards
                if all(own in told for own in re.findall(r"\{\{c\d+::.*?\}\}", card.get("text", "")))
            ]
            for path, cards in tree.items()
        }
        if renumber(self.rng, known):
            self._write(editor, tree)
            code, output = self._run(editor, "check")
            self._say(editor.name, "renumber", code)
            if code == 0:
                raise Broken(f"gaps changed places and nobody said so:\n{output}")
            git(editor, "checkout", "-q", "--", "decks")

    def _newest_of(self, editor: Path) -> Mapping[str, Note]:
        """Return the notes of the last release that an editor's main branch has."""
        ancestors = set(git(editor, "rev-list", "HEAD")[1].split())
        return next((made.notes for made in reversed(self.published) if made.commit in ancestors), {})

    def release(self, editor: Path | None = None) -> bool:
        """Release and publish; returns whether that was possible. A refusal must name its problem."""
        editor = editor or self.rng.choice(self.editors)
        retire: tuple[str, ...] = self.rng.choice([(), ("--retire",)])
        for _ in range(4):
            code, output = self._run(editor, "release", *retire)
            codes = sorted(set(re.findall(r"\[([a-z]+-[a-z-]+)\]", output))) if code else []
            if not self._mend(editor, codes):
                break
            retire = ("--retire",)
        self._say(editor.name, "release", code, *codes)
        if code:
            self.counts["refused"] += 1
            if not codes:
                raise Broken(f"refused without a problem:\n{output}")
            self.counts.update(f"refused: {problem}" for problem in codes)
            return False
        self._commit(editor, "Release decks")
        commit = git(editor, "rev-parse", "HEAD")[1].strip()
        folder = self.folder / "releases" / str(len(self.published))
        folder.mkdir(parents=True)
        packages = [Path(shutil.copy(path, folder)) for path in sorted((editor / "dist").glob("*.apkg"))]
        notes: dict[str, Note] = {}
        for path in packages:
            found = read_package(path, folder)
            if notes.keys() & found.keys():
                raise Broken("a note is in two packages")
            notes |= found
        ancestors = set(git(editor, "rev-list", "HEAD")[1].split())
        is_complete = all(other.commit in ancestors for other in self.published)
        made = Published(len(self.published), commit, self.now, tuple(packages), notes, is_complete)
        self._judge_release(made, ancestors)
        self.published.append(made)
        self._say("  published", made.number, "complete" if is_complete else "")
        self.counts["releases"] += 1
        return True

    def _mend(self, editor: Path, codes: list[str]) -> bool:
        """Do what the refusal of a release asks for; returns whether there was something to do."""
        tree = self._read(editor)
        is_mended = in_one_place(tree)
        known = self._record(editor)
        for cards in tree.values():
            for card in [card for card in cards if card.get("was", "") not in {"", *known}]:
                cards.remove(card)
                is_mended |= "was-unknown" in codes
        if is_mended:
            self._write(editor, tree)
        if "released-order" in codes:
            had = ("--full-history", "--diff-filter=AM")  # a merge may have taken the side without it
            commits = git(editor, "log", "-n", "2", *had, "--format=%H", "--", RECORD)[1].split()
            is_there = git(editor, "cat-file", "-e", f"HEAD:{RECORD}", check=False)[0] == 0
            git(editor, "checkout", "-q", commits[-1 if is_there else 0], "--", RECORD)
            is_mended = True
        return is_mended or "mass-retirement" in codes

    def _judge_release(self, made: Published, ancestors: set[str]) -> None:
        for guid, note in made.notes.items():
            if note.mod > self.now + 5:  # a merge of equal times is a second later
                raise Broken(f"{guid} has a time that has not come")
            for fact in note.facts:
                if self.guids.setdefault(fact, guid) != guid:
                    raise Broken(f"{fact} was {self.guids[fact]} and is {guid}")
            if len(note.facts) != (0 if note.is_stub else 1):
                raise Broken(f"{guid} states {note.facts}")
            for earlier in self.published:
                old = earlier.notes.get(guid)
                if (
                    old
                    and earlier.commit in ancestors
                    and old.content != note.content
                    and old.mod >= note.mod
                ):
                    raise Broken(
                        f"{guid} changed since release {earlier.number}, but its time did not: {old} {note}"
                    )
        last = self.published[-1] if self.published else made
        if made.is_complete and last.is_complete and not self.is_tampered:
            for guid in made.notes.keys() & last.notes.keys():
                if (
                    made.notes[guid].content == last.notes[guid].content
                    and made.notes[guid] != last.notes[guid]
                ):
                    raise Broken(f"{guid} is as it was, but has another time: learners' edits would be lost")
        if len({fact for note in made.notes.values() for fact in note.facts}) != sum(
            not note.is_stub for note in made.notes.values()
        ):
            raise Broken("a fact has two notes")

    # Learners.

    def imports(self, learner: Learner | None = None, *, newest: bool = False) -> None:
        """Import a release: mostly the newest, sometimes any other, one topic of it, or the same again."""
        learner = learner or self.rng.choice(self.learners)
        if not self.published:
            return
        release = self.published[-1]
        if not newest and learner.rng.random() < 0.3:
            release = learner.rng.choice(self.published)
        packages = list(release.packages)
        if not newest and learner.rng.random() < 0.15:
            packages = [learner.rng.choice(packages)]
        options = OPTIONS[0]
        if learner.importer.has_options and learner.rng.random() < 0.3:
            options = learner.rng.choice(OPTIONS)
        if newest:
            options = OPTIONS[0]
        for path in packages * learner.rng.choice([1, 1, 1, 2]):
            self._import(learner, release, path, options)

    def _import(self, learner: Learner, release: Published, path: Path, options: dict[str, Any]) -> None:
        self._say(
            learner.profile.name,
            learner.importer,
            "imports",
            release.number,
            path.name,
            *(options.values() if options != OPTIONS[0] else ()),
        )
        before, counts, after, history, types, blank = learner.anki.do(
            learner.profile,
            ["notes"],
            ["import_package", self.now, str(path), options],
            ["notes"],
            ["history"],
            ["types"],
            ["blank"],
        )
        self.counts["imports"] += 1
        self._judge_history(learner, history, after)
        if odd := [name for name in types if name.startswith("cardsmith") and name not in NOTE_TYPES]:
            raise Broken(f"note types {odd}")
        if counts["conflicting"]:
            raise Broken(f"{counts['conflicting']} notes conflict")
        package = read_package(path, self.folder)
        always, never = options["update_notes"] == 1, options["update_notes"] == 2
        for guid, note in package.items():
            if guid not in after:
                raise Broken(f"{guid} did not arrive")
            fields, tags, _ = after[guid]
            is_new = (fields, tags) == note.content
            if guid in before:
                *old, mod = before[guid]
                is_due = not never and (always or note.mod > mod)
                if is_due and not is_new and not (always and note.mod == mod):
                    raise Broken(f"the new text of {guid} did not arrive: {after[guid]} {note}")
                if not is_due and [fields, tags] != old:
                    raise Broken(f"{guid} was overwritten: {old} {after[guid]}")
                if (
                    release.is_complete
                    and release is self.published[-1]
                    and not never
                    and not is_new
                    and not learner.importer.import_time
                    and guid not in learner.edited
                ):
                    raise Broken(f"a learner of the newest has an older text of {guid}: {after[guid]} {note}")
                if is_due:
                    learner.edited.discard(guid)
            elif not is_new:
                raise Broken(f"{guid} came as {after[guid]}")
            for number in note.numbers if is_new else ():
                if [guid, number] in blank:
                    raise Broken(f"card {number} of {guid} is blank")

    def _judge_history(self, learner: Learner, history: dict[str, list[Any]], notes: dict[str, Any]) -> None:
        """No review is lost or moved; each fact has one note, and each card of it its own number."""
        for review, card in learner.reviews.items():
            if review not in history:
                raise Broken(f"a review of {card} is lost")
            if card is not None and history[review] != card:
                raise Broken(f"a review of {card} is now one of {history[review]}")
        self.counts["reviews"] += len(history) - len(learner.reviews)
        learner.reviews |= {review: card for review, card in history.items() if review not in learner.reviews}
        held: dict[str, str] = {}
        for guid, (fields, tags, _) in notes.items():
            note = Note((fields, tags), 0, frozenset())
            for fact in note.facts:
                if self.guids[fact] != guid or held.setdefault(fact, guid) != guid:
                    raise Broken(f"{fact} is in {guid} and should be in {self.guids[fact]}")
            if len(note.facts) != (0 if note.is_stub else 1):
                raise Broken(f"a learner's {guid} states {note.facts}")
            for number, own in GAP.findall(fields[1]):
                if number != own:
                    raise Broken(f"gap {own} of {guid} has become c{number}")
        if len({fields[0] for fields, tags, _ in notes.values() if STUB not in tags}) != len(held):
            raise Broken("two notes have one id")

    def study(self) -> None:
        """Answer some cards."""
        learner = self.rng.choice(self.learners)
        notes = self._notes(learner)
        chosen = learner.rng.sample(sorted(notes), min(len(notes), 4))
        queries = [f'"Id:{notes[guid][0][0]}"' for guid in chosen]
        *_, history, after = learner.anki.do(
            learner.profile, *[["answer", query] for query in queries], ["history"], ["notes"]
        )
        self._say(learner.profile.name, "studies", len(queries))
        self._judge_history(learner, history, after)

    def write(self) -> None:
        """Write something of one's own into a note."""
        learner = self.rng.choice(self.learners)
        notes = {g: n for g, n in self._notes(learner).items() if STUB not in n[1]}
        if notes:
            guid = learner.rng.choice(sorted(notes))
            learner.anki.do(
                learner.profile, ["edit", self.now, notes[guid][0][0], words(learner.rng), "mine"]
            )
            learner.edited.add(guid)
            self._say(learner.profile.name, "writes", guid)

    def clean(self) -> None:
        """Check Database, or Empty Cards, which may take only what is blank."""
        learner = self.rng.choice(self.learners)
        step = learner.rng.choice(["check_database", "empty_cards"])
        blank, _, history, notes = learner.anki.do(learner.profile, ["blank"], [step], ["history"], ["notes"])
        self._say(learner.profile.name, step, len(blank))
        if step == "empty_cards":
            gone = [review for review, card in learner.reviews.items() if card in blank]
            learner.reviews |= dict.fromkeys(gone)
        self._judge_history(learner, history, notes)

    def _notes(self, learner: Learner) -> dict[str, Any]:
        (notes,) = learner.anki.do(learner.profile, ["notes"])
        return notes


NOTE_TYPES = ("cardsmith Basic", "cardsmith Cloze")


def fault(seed: int, folder: Path, ankis: Mapping[str, Learners], counts: Counter[str]) -> str | None:
    """Live one life; returns what went wrong and the last steps before it, or None."""
    life = None
    try:
        life = Life(seed, folder / str(seed), ankis)
        life.live(40)
    except Exception as error:  # noqa: BLE001 - whatever it met is what we want to see
        told = str(error) if isinstance(error, Broken) else traceback.format_exc()
        return "\n".join(
            [f"python -m attacks.lives --seed {seed}: {told}", *(life.log[-12:] if life else ())]
        )
    finally:
        if life:
            counts += life.counts
    shutil.rmtree(folder / str(seed))
    return None


def run(full: bool, seed: int, folder: Path) -> Iterator[Row]:
    """Live 200 lives, or a few; each has a seed of its own, counted from the given one."""
    lives = 200 if full else 12
    with ExitStack() as stack:
        ankis = open_ankis(stack)
        counts: Counter[str] = Counter()
        faults = [
            found for number in range(seed, seed + lives) if (found := fault(number, folder, ankis, counts))
        ]
    what = ", ".join(f"{counts[name]:,} {name}" for name in ("releases", "conflicts", "imports", "reviews"))
    yield Row(
        "random lives", lives, lives - len(faults), "\n".join([f"{what}; Anki {', '.join(ankis)}", *faults])
    )


def open_ankis(stack: ExitStack) -> dict[str, Learners]:
    """Start every Anki that is here, by the name of its importer, until the stack is left."""
    here = pythons()
    return {
        name: stack.enter_context(Learners(here[importer.anki], importer))
        for name, importer in IMPORTERS.items()
        if importer.anki in here
    }


@click.command()
@click.option("--seed", type=int, required=True, help="Which life.")
@click.option("--lives", type=int, default=1, help="How many, from this one on.")
def replay(seed: int, lives: int) -> None:
    """Live single lives again; their Ankis are those that CARDSMITH_ANKIS names."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        ankis = open_ankis(stack)
        counts: Counter[str] = Counter()
        faults = [fault(number, Path(folder), ankis, counts) for number in range(seed, seed + lives)]
    print(", ".join(f"{number:,} {name}" for name, number in sorted(counts.items())))
    print("\n\n".join(found for found in faults if found))
    sys.exit(any(faults))


if __name__ == "__main__":
    replay()
