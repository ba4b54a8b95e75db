"""Several processes in one project: writes wait for each other, and what people save meanwhile is never overwritten."""

import json
import os
import random
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

import processes
from attacks.kills import ARTICLE
from cardsmith import writing
from cardsmith.cli.main import main
from cardsmith.decks.deckfile import parse_deck
from cardsmith.errors import CardsmithError
from cardsmith.review.desk import Desk
from cardsmith.writing import sole_writer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")

FACTS = "# SD\n\n" + "\n".join(ARTICLE) + "\n"
DECK_PATH = "decks/llm/dpo.yaml"


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def until(holds):
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def holder(root):
    """Another process that holds the lock until it is told to end, or killed; its id."""
    held, done = root / "held", root / "done"

    def hold():
        sys.argv = ["/usr/bin/cardsmith", "release", "--branch", "main"]
        with sole_writer(root):
            held.touch()
            until(done.exists)

    child = processes.start(hold)
    until(held.exists)
    yield child, done
    done.touch()
    with suppress(ChildProcessError):  # the test has waited for it
        processes.wait(child)


# --- one writer at a time


@pytest.mark.parametrize("arguments", [["fmt"], ["schema", "--write"], ["build"], ["release"], ["extract"]])
def test_a_write_that_waits_in_vain_says_who_is_writing(holder, root, monkeypatch, arguments):
    monkeypatch.setattr(writing, "PATIENCE", 0.3)
    (root / "seeds/sd.md").write_text(FACTS, encoding="utf-8")
    before = (root / DECK_PATH).read_text(encoding="utf-8")
    (root / DECK_PATH).write_text(before.replace("cards:\n", "cards:\n\n\n\n"), encoding="utf-8")
    done = run(*arguments)
    assert done.exit_code == 1
    assert "[project-busy]\n  hint: " in done.stderr
    assert f"`cardsmith release --branch main` (process {holder[0]}, since " in done.stderr
    assert not (root / "dist").exists()
    assert run("fmt", "--check").exit_code == 1, "what only reads waits for nobody"
    assert run("check").exit_code == 0


def test_a_write_waits_for_another_and_then_goes_on(holder, root):
    (root / DECK_PATH).write_text(
        (root / DECK_PATH).read_text(encoding="utf-8").replace("cards:\n", "cards:\n\n\n")
    )
    late = processes.start(processes.command("fmt"))
    time.sleep(0.5)
    assert os.waitpid(late, os.WNOHANG) == (0, 0)
    holder[1].touch()
    assert processes.wait(late) == 0
    assert run("fmt", "--check").exit_code == 0


def test_the_lock_of_a_killed_process_is_free_at_once(holder, root):
    os.kill(holder[0], signal.SIGKILL)
    processes.wait(holder[0])
    begun = time.monotonic()
    with sole_writer(root) as writer:
        writer.write("dist/a", "a")
    assert time.monotonic() - begun < 5


def test_the_state_folder_is_ignored_by_git_and_a_link_in_its_place_is_not_followed(root, tmp_path):
    with sole_writer(root):
        assert (root / ".cardsmith/.gitignore").read_text() == "*\n"
    victim = tmp_path.parent / f"{tmp_path.name}-victim"
    victim.write_text("mine")
    (root / ".cardsmith/writing.lock").unlink()
    (root / ".cardsmith/writing.lock").symlink_to(victim)
    with pytest.raises(CardsmithError, match="outside-project"), sole_writer(root):
        pass
    assert victim.read_text() == "mine"
    victim.unlink()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[[1, 2]]",
        "[" * 100_000,
        '[[["seeds/notes.txt", "decks/llm/dpo.yaml", null], ["x", "decks/y", null]]]',
        *(
            f'[[["{name}/cardsmith-x.tmp", "decks/llm/dpo.yaml", null], ["x/cardsmith-x.tmp", "decks/{target}", null]]]'
            for name, target in [
                ("..", "y"),
                ("x", "../../y"),
                ("\\u0000", "y"),
                ("\\ud800", "y"),
                ("x", "\\ud800"),
            ]
        ),
    ],
)
def test_a_journal_that_nobody_here_wrote_moves_nothing(root, text):
    with sole_writer(root):
        pass
    (root / ".cardsmith/journal.json").write_text(text)
    before = (root / DECK_PATH).read_bytes(), (root / "seeds/notes.txt").read_bytes()
    with sole_writer(root):
        pass
    assert ((root / DECK_PATH).read_bytes(), (root / "seeds/notes.txt").read_bytes()) == before
    assert not (root / ".cardsmith/journal.json").exists()


def test_a_lock_follows_its_deck_though_people_have_moved_the_folder_away(root):
    """A process was killed between deck and lock; before the next write the topic was given another name."""
    with sole_writer(root):
        (root / ".cardsmith/staged/cardsmith-lock.tmp").write_text("lock\n")
        steps = [[".cardsmith/staged/cardsmith-deck.tmp", DECK_PATH, None]]
        steps += [[".cardsmith/staged/cardsmith-lock.tmp", "decks/.lock/llm/dpo.jsonl", None]]
        (root / ".cardsmith/journal.json").write_text(json.dumps([steps]))
    (root / "decks/llm").rename(root / "decks/models")
    with sole_writer(root):
        pass
    assert (root / "decks/.lock/llm/dpo.jsonl").read_text() == "lock\n"
    assert not (root / ".cardsmith/journal.json").exists()


def test_another_device_gets_its_temporary_file_beside_the_target(root):
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == root.stat().st_dev:
        pytest.skip("no second file system here")
    target = shared / f"cardsmith-test-{os.getpid()}"
    with sole_writer(root) as writer:
        writer.write(target, "a")
    assert target.read_text() == "a"
    target.unlink()


# --- what an editor saves


def saved(path, text, *, in_place):
    """Save a file as one of the two kinds of editors does."""
    if in_place:
        path.write_text(text, encoding="utf-8")
    else:
        beside = path.with_suffix(".swp")
        beside.write_text(text, encoding="utf-8")
        beside.rename(path)


@pytest.fixture
def article(root):
    """A project whose one article was extracted; its deck file, and how to change the article."""
    source = root / "seeds/sd.md"
    source.write_text(FACTS, encoding="utf-8")
    assert run("extract").exit_code == 0
    assert run("build").exit_code == 0  # children inherit what it loads
    (deck,) = [path for path in (root / "decks/llm").glob("*.yaml") if path.name != "dpo.yaml"]
    words = ["基于latent的", "在隐空间工作的"]

    def rewrite(number):
        text = FACTS.replace(words[0], words[number % 2])
        source.write_text(text, encoding="utf-8")
        return words[number % 2]

    return deck, rewrite


def test_a_save_before_any_operation_of_an_extraction_survives(article):
    """Each try saves the deck right before another operation of the command, but for the rename that replaces it."""
    deck, rewrite = article
    tries, code = 0, None
    while code is None:
        count, word, mark = iter(range(10**6)), rewrite(tries + 1), f"# gespeichert {tries}"

        def see(name, arguments, count=count, mark=mark, tries=tries):
            if next(count) == tries and not (name == "replace" and str(arguments[1]).endswith(deck.name)):
                saved(deck, f"{mark}\n{deck.read_text(encoding='utf-8')}", in_place=tries % 2)

        before = deck.read_text(encoding="utf-8")
        assert processes.run(processes.tapped(processes.command("extract"), see)) == 0
        text = deck.read_text(encoding="utf-8")
        if mark not in text and tries > 20:
            code = 0
        assert word in text, "and what was to be proposed is in the deck too"
        assert [line for line in before.splitlines() if line.startswith("#")] == [
            line for line in text.splitlines() if line.startswith("#") and line != mark
        ]
        tries += 1
    lost = [n for n in range(tries - 1) if f"# gespeichert {n}\n" not in text]
    assert len(lost) <= 1, "the one that was left out"


def test_no_save_of_an_editor_is_lost_while_extractions_run(article, root):
    """As the attack did it, which lost 6 of 19: an editor saves at any moment while the command runs."""
    deck, rewrite = article
    dice, marks = random.Random(1), []
    for number in range(19):
        rewrite(number + 1)
        child = processes.start(processes.command("extract"))
        time.sleep(dice.random() * 0.2)
        marks.append(f"# gespeichert {number}")
        saved(deck, f"{marks[-1]}\n{deck.read_text(encoding='utf-8')}", in_place=number % 2)
        assert processes.wait(child) == 0
    text = deck.read_text(encoding="utf-8")
    assert [mark for mark in marks if f"{mark}\n" not in text] == []
    assert run("extract", "--check").exit_code == 0


@pytest.mark.parametrize("arguments", [["fmt"], ["check", "--fix"], ["schema", "--write"]])
def test_a_save_while_a_deck_is_mended_survives(root, arguments):
    deck = root / DECK_PATH
    text = (
        deck.read_text(encoding="utf-8")
        .replace("cards:\n", "cards:\n\n\n")
        .replace("任何", r"\(\bm x\) 任何")
    )
    for tries in range(12):
        deck.write_text(text, encoding="utf-8")
        count = iter(range(10**6))

        def see(name, arguments, count=count, tries=tries):
            if next(count) == tries and not (name == "replace" and str(arguments[1]).endswith("dpo.yaml")):
                saved(deck, "# gespeichert\n" + text, in_place=tries % 2)
                (root / "saved").touch()

        (root / "saved").unlink(missing_ok=True)
        code = processes.run(processes.tapped(processes.command(*arguments), see))
        assert code in (0, 1)
        assert not (root / "saved").exists() or "# gespeichert" in deck.read_text(encoding="utf-8"), tries


def test_two_extractions_at_once_do_what_one_does(article, root):
    deck, rewrite = article
    for number in range(6):
        word = rewrite(number + 1)
        children = [processes.start(processes.command("extract")) for _ in range(3)]
        assert [processes.wait(child) for child in children] == [0, 0, 0]
        assert deck.read_text(encoding="utf-8").count(word) >= 1
        assert run("extract", "--check").exit_code == 0


def test_builds_at_once_keep_each_others_times(root):
    children = [processes.start(processes.command("build")) for _ in range(3)]
    assert [processes.wait(child) for child in children] == [0, 0, 0]
    ledger = json.loads((root / ".cardsmith/ledger.json").read_text())
    assert {row["mod"] for row in ledger.values()} == {min(row["mod"] for row in ledger.values())}


# --- two reviews


def hash_of(desk, identity):
    return next(row["hash"] for row in desk.index(is_review=True)["cards"] if row["id"] == identity)


def test_two_reviews_add_up(root):
    """Each process decides on a card of its own in one file, all at once: none of the decisions is lost."""
    path = root / DECK_PATH
    before = path.read_text(encoding="utf-8")
    cards = [entry.card.id for entry in parse_deck(before, DECK_PATH).entries]
    path.write_text(before.replace("  kind:", "  draft: true\n  kind:"), encoding="utf-8")
    desk = Desk(root)
    assert {entry.card.id for _, entry in desk.view.seats() if entry.card.draft} == set(cards)

    def deciding(identity):
        def do():
            for _ in range(10):
                desk.accept(identity, hash_of(desk, identity))
                desk.back_to_draft(identity, hash_of(desk, identity))
            desk.accept(identity, hash_of(desk, identity))

        return do

    children = [processes.start(deciding(identity)) for identity in cards]
    assert [processes.wait(child) for child in children] == [0] * len(cards)
    assert path.read_text(encoding="utf-8") == before
    assert desk.refresh()
    assert not any(entry.card.draft for _, entry in desk.view.seats()), "and an open page learns of it"


def test_undo_takes_back_only_what_is_still_as_it_was_left(root):
    path = root / DECK_PATH
    draft = path.read_text(encoding="utf-8").replace("  kind:", "  draft: true\n  kind:")
    path.write_text(draft, encoding="utf-8")
    one, other = Desk(root), Desk(root)
    one.accept("dpo-finding", hash_of(one, "dpo-finding"))
    accepted = path.read_text(encoding="utf-8")
    assert accepted == draft.replace("  draft: true\n", "", 1)
    other.refresh()
    other.edit("dpo-finding", hash_of(other, "dpo-finding"), {"back": "Jede Belohnung hat ihre Strategie."})
    with pytest.raises(CardsmithError) as raised:
        one.undo()
    assert [problem.code for problem in raised.value.problems] == ["changed-on-disk"]
    assert "Jede Belohnung" in path.read_text(encoding="utf-8")
    other.undo()
    assert path.read_text(encoding="utf-8") == accepted
    one.undo()
    assert path.read_text(encoding="utf-8") == draft
