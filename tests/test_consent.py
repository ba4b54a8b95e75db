"""Consent in bulk: accept, reject and undo decide on what was meant, all of it or nothing, and on no other byte."""

import json
import os
import random

import pytest
from click.testing import CliRunner

from attacks.kills import ARTICLE, MORE, OTHER
from cardsmith.cli.main import main
from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.project import read_project
from cardsmith.decks.undo import MOST, write_decision
from cardsmith.errors import CardsmithError
from cardsmith.propose.consent import Choice, accepted
from cardsmith.propose.lock import read_lock
from conftest import DECK
from repositories import commit, git, repository

MARK = "  draft: true\n"
HAND = "\n- id: by-hand\n  draft: true\n  kind: claim\n  front: f？\n  back: b\n  cite: 手册\n"


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def ids(done):
    """The ids that a decision printed, each after its place."""
    return [line.rpartition(": ")[2] for line in done.stdout.splitlines()]


def texts(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in (root / "decks").rglob("*")
        if path.is_file()
    }


def drafts(root):
    found = {}
    for path in sorted((root / "decks").glob("*/*.yaml")):
        for entry in parse_deck(path.read_text(encoding="utf-8"), "decks/llm/a.yaml").entries:
            if entry.card.draft:
                found[entry.card.id] = path.stem
    return found


def undo_files(root):
    return sorted((root / ".cardsmith/undo").glob("*"))


@pytest.fixture
def project(root):
    """Five drafts in one article, one in another, beside three cards that people wrote."""
    (root / "seeds/sd.md").write_text("# SD\n\n" + "\n".join([MORE, *ARTICLE]) + "\n", encoding="utf-8")
    (root / "seeds/other.md").write_text(OTHER, encoding="utf-8")
    assert run("extract").exit_code == 0
    assert len(drafts(root)) == 6
    return root


@pytest.fixture
def proposals(project):
    """What the locks say, by id."""
    found = {}
    for path in (project / "decks/.lock").iterdir():
        found |= read_lock(path, path.name)
    return found


# --- which cards


@pytest.mark.parametrize("command", ["accept", "reject"])
@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_without_id_or_filter_nothing_is_meant(project, command, options):
    done = run(command, *options)
    assert done.exit_code == 2
    assert "--all" in done.stderr
    assert len(drafts(project)) == 6


def test_filters_choose_by_article_topic_rule_and_score_and_all_must_hold(project, proposals):
    definitions = {i for i, p in proposals.items() if p.rule == "definition"}
    likely = {i for i, p in proposals.items() if p.score >= 0.6}
    assert 1 < len(definitions) < len(likely) < 6
    for arguments, wanted in [
        (["--rule", "definition"], definitions),
        (["--rule", "definition", "--rule", "acronym"], definitions | {i for i, p in proposals.items() if p.rule == "acronym"}),
        (["--min", "0.6"], likely),
        (["--max", "0.599"], proposals.keys() - likely),
        (["--min", "0.6", "--article", "sd"], {i for i in likely if drafts(project)[i] == "sd"}),
        (["--rule", "definition", "--article", "llm/sd"], {i for i in definitions if drafts(project)[i] == "sd"}),
        (["--article", "sd", "--topic", "vision"], set()),
        (["--topic", "llm"], proposals.keys()),
        (["--all"], proposals.keys()),
        (["--all", "--max", "0"], set()),
        ([*proposals, "--rule", "definition"], definitions),
    ]:  # fmt: skip
        before = texts(project)
        for command in ("accept", "reject"):
            done = run(command, "--dry-run", *arguments)
            assert (done.exit_code, set(ids(done))) == (0, set(wanted)), arguments
        assert texts(project) == before
        assert not undo_files(project)
    done = run("accept", "--min", "0.6", "--article", "sd")
    assert drafts(project).keys() == proposals.keys() - set(ids(done))
    assert "`cardsmith undo`" in done.stderr


def test_a_bound_is_part_of_what_it_bounds(project, proposals):
    score = min(p.score for p in proposals.values())
    lowest = {i for i, p in proposals.items() if p.score == score}
    assert set(ids(run("accept", "--dry-run", "--max", str(score)))) == lowest
    assert set(ids(run("accept", "--dry-run", "--min", str(score)))) == proposals.keys()


def test_what_is_decided_is_told_with_its_place(project):
    done = run("accept", "--article", "sd", "--rule", "acronym")
    (line,) = done.stdout.splitlines()
    path, number, identity = line.split(":")
    assert (project / path).read_text(encoding="utf-8").split("\n")[int(number) - 1] == f"- id:{identity}"


@pytest.mark.parametrize("command", ["accept", "reject"])
def test_unknown_names_are_all_told_at_once_and_nothing_is_written(project, command):
    known, before = next(iter(drafts(project))), texts(project)
    done = run(command, "nope", known, "never", "--article", "nowhere")
    assert done.exit_code == 1
    for said in ("'nope' [no-card]", "'never' [no-card]", "'nowhere' [no-article]"):
        assert said in done.stderr
    assert run(command, known, "--topic", "nlp").exit_code == 2
    assert texts(project) == before


def test_an_id_that_stands_twice_is_no_name(project):
    other = project / "decks/vision/again.yaml"
    other.parent.mkdir(exist_ok=True)
    other.write_text("title: t\ncards:\n" + HAND + HAND.replace("by-hand", "v3-size"), encoding="utf-8")
    done = run("accept", "v3-size")
    assert "[duplicate-id]" in done.stderr
    assert len(drafts(project)) == 7 + 1


# --- accept


def test_accepting_takes_the_marks_and_no_other_byte(project):
    deck = project / "decks/llm/sd.yaml"
    text = "# mine\r\n" + deck.read_text(encoding="utf-8").replace("\n", "\r\n")
    text = text.replace("draft: true\r\n", "draft: true\r\n  # why?\r\n", 1)
    deck.write_bytes(text.encode())
    assert len(ids(run("accept", "--article", "sd"))) == 5
    assert deck.read_bytes().decode() == text.replace("  draft: true\r\n", "")
    assert run("check").exit_code == 0
    assert "nothing to propose" in run("extract").stderr


def test_an_accepted_card_ships(project):
    (identity,) = ids(run("accept", "--rule", "acronym"))
    assert run("build", "--format", "tsv").exit_code == 0
    assert identity in (project / "dist/llm.tsv").read_text(encoding="utf-8")


def test_what_is_accepted_already_is_told_and_stays(project):
    before = texts(project)
    done = run("accept", "v3-size")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "v3-size: is accepted already" in done.stderr
    assert texts(project) == before


@pytest.mark.parametrize("what", ["braces", "first", "comment"])
def test_layouts_that_cannot_be_spliced_are_all_named_and_nothing_is_written(project, what):
    odd = {
        "braces": "\n- {id: odd-ID, draft: true, kind: claim, front: f, back: b, cite: c}\n",
        "first": "\n- draft: true\n  id: odd-ID\n  kind: claim\n  front: f\n  back: b\n  cite: c\n",
        "comment": "\n- id: odd-ID\n  draft: true # is it?\n  kind: claim\n  front: f\n  back: b\n  cite: c\n",
    }[what]
    deck = project / "decks/llm/dpo.yaml"
    deck.write_text(DECK + odd.replace("ID", "1") + odd.replace("ID", "2"), encoding="utf-8")
    before = texts(project)
    done = run("accept", "--all")
    assert done.exit_code == 1
    for line, number in ((28, 1), (28 + odd.count("\n"), 2)):
        assert f"dpo.yaml:{line}: odd-{number} is laid out" in done.stderr
    assert texts(project) == before
    assert not undo_files(project)


# --- reject


def test_a_rejected_draft_is_gone_for_good(project, proposals):
    rest = proposals.keys() - set(ids(run("reject", "--rule", "definition")))
    assert drafts(project).keys() == rest
    assert "nothing to propose" in run("extract").stderr
    assert drafts(project).keys() == rest


def test_all_cards_of_an_article_can_be_rejected_and_its_comments_stay(project):
    deck = project / "decks/llm/sd.yaml"
    head = deck.read_text(encoding="utf-8").partition("\n\n- id")[0]
    deck.write_text(deck.read_text(encoding="utf-8") + "\n# the end\n", encoding="utf-8")
    run("reject", "--article", "sd")
    assert deck.read_text(encoding="utf-8") == head + "\n\n# the end\n"
    assert "nothing to propose" in run("extract").stderr


def test_an_accepted_card_is_rejected_by_its_id_and_by_no_filter(project):
    run("accept", "--rule", "acronym", "--rule", "progression")
    assert set(ids(run("reject", "--all", "--dry-run"))) == drafts(project).keys()
    assert ids(run("reject", "dpo-reward")) == ["dpo-reward"]
    assert "dpo-reward" not in (project / "decks/llm/dpo.yaml").read_text(encoding="utf-8")


def test_what_learners_have_is_rejected_by_its_id_with_retire_only(project):
    assert run("release").exit_code == 0
    draft = next(iter(drafts(project)))
    done = run("reject", "v3-size", "dpo-reward", draft)
    assert done.exit_code == 1
    assert done.stderr.count("[reject-released]") == 2
    assert draft in drafts(project)
    assert ids(run("reject", "v3-size", "--retire")) == ["v3-size"]


def test_a_filter_never_reaches_what_learners_have(project):
    assert run("release").exit_code == 0
    deck = project / "decks/llm/dpo.yaml"
    deck.write_text(DECK.replace("- id: v3-size\n", "- id: v3-size\n" + MARK), encoding="utf-8")
    done = run("reject", "--all", "--retire")
    assert "v3-size: learners have it" in done.stderr
    assert drafts(project).keys() == {"v3-size"}
    assert ids(run("accept", "--all")) == ["v3-size"], "which mends it"


def test_what_no_lock_remembers_is_told(project):
    deck = project / "decks/llm/sd.yaml"
    deck.write_text(deck.read_text(encoding="utf-8") + HAND, encoding="utf-8")
    assert "1 written by hand" in run("reject", "by-hand").stderr
    assert "by hand" not in run("reject", "--article", "sd").stderr
    assert "by hand" not in run("reject", "dpo-reward").stderr, "no machine reads that article"


def test_a_draft_that_no_lock_knows_has_no_score_and_no_rule(project):
    deck = project / "decks/llm/sd.yaml"
    deck.write_text(deck.read_text(encoding="utf-8") + HAND, encoding="utf-8")
    for option, count in ((["--min", "0"], 6), (["--max", "1"], 6), (["--rule", "unknown"], 0)):
        done = run("reject", "--dry-run", *option)
        assert (done.exit_code, len(ids(done))) == (0, count), option
        assert "by-hand" not in ids(done), option
    assert "by-hand" in ids(run("reject", "--dry-run", "--all"))


# --- undo


@pytest.mark.parametrize("command", ["accept", "reject"])
def test_a_decision_is_taken_back_whole_and_by_the_byte(project, command):
    before = texts(project)
    done = run(command, "--all")
    assert texts(project) != before
    back = run("undo")
    assert (back.exit_code, back.stdout.split()) == (0, ids(done))
    assert texts(project) == before
    assert not undo_files(project)
    assert "[no-undo]" in run("undo").stderr


def test_decisions_are_taken_back_the_newest_first_or_the_one_named(project):
    states = [texts(project)]
    for rule in ("acronym", "progression", "definition"):
        assert ids(run("accept", "--rule", rule))
        states.append(texts(project))
    first, second, third = undo_files(project)
    done = run("undo", second.name)
    assert done.exit_code == 1, "a later decision changed its deck"
    assert "decks/llm/sd.yaml: the file was changed since the decision" in done.stderr
    assert texts(project) == states[3]
    for state, named in ((states[2], [str(third)]), (states[1], []), (states[0], [first.name])):
        assert run("undo", *named).exit_code == 0
        assert texts(project) == state


def test_a_decision_is_kept_where_one_of_its_decks_was_changed_since(project):
    run("reject", "--all")
    after = texts(project)
    deck = project / "decks/llm/other.yaml"
    deck.write_text(deck.read_text(encoding="utf-8") + "\n# mine\n", encoding="utf-8")
    done = run("undo")
    assert done.exit_code == 1
    assert "decks/llm/other.yaml: the file was changed" in done.stderr
    assert "sd.yaml" not in done.stderr
    assert texts(project) == after | {"decks/llm/other.yaml": deck.read_bytes()}
    assert len(undo_files(project)) == 1
    deck.write_bytes(after["decks/llm/other.yaml"])
    assert run("undo").exit_code == 0


def test_the_last_twenty_decisions_are_kept(project):
    for _ in range(MOST // 2 + 1):
        run("accept", "sd-e3c136")
        deck = project / "decks/llm/sd.yaml"
        deck.write_text(
            deck.read_text(encoding="utf-8").replace("- id: sd-e3c136\n", "- id: sd-e3c136\n" + MARK),
            encoding="utf-8",
        )
        run("accept", "sd-mha-dc80a5")
        deck.write_text(
            deck.read_text(encoding="utf-8").replace("- id: sd-mha-dc80a5\n", "- id: sd-mha-dc80a5\n" + MARK),
            encoding="utf-8",
        )
    kept = undo_files(project)
    assert len(kept) == MOST
    assert json.loads(kept[-1].read_text(encoding="utf-8"))["cards"] == ["sd-mha-dc80a5"]


DECK_BEFORE = "title: t\ncards: []\n"


def hostile(**changes):
    change = {"path": "decks/llm/dpo.yaml", "before": DECK_BEFORE, "after": DECK} | changes
    return json.dumps({"what": "accept", "cards": ["a"], "changes": [change]})


HOSTILE = {
    "empty": "",
    "no JSON": "{",
    "deep": "[" * 100_000,
    "a list": "[]",
    "no change": '{"what": "accept", "cards": [], "changes": []}',
    "more than there is": hostile(mode="0777"),
    "a number for a text": hostile(before=1),
    "half a character": hostile().replace("title: t", "\\ud800"),
    "no deck before": hostile(before="#!/bin/sh\n"),
    **{
        f"the path {path}": hostile(path=path)
        for path in (
            "../victim", "/etc/passwd", "decks/../victim.yaml", "decks/../../victim.yaml", "decks/topics.yaml",
            "decks/.lock/a.yaml", "decks/llm/.yaml", "decks/llm/../a.yaml", "decks/llm/a.yml", "decks/llm/a\0.yaml",
            "decks\\llm\\dpo.yaml", "seeds/llm/notes.yaml", "decks/llm/con.yaml", "",
        )
    },
    "one path twice": hostile().replace('"changes": [', '"changes": [' + hostile()[hostile().index("[{") + 1 : -2] + ", "),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_an_undo_file_that_no_decision_left_is_refused(root, what):
    folder = root / ".cardsmith/undo"
    folder.mkdir(parents=True)
    (folder / "2026.json").write_text(HOSTILE[what], encoding="utf-8")
    before = texts(root)
    done = run("undo")
    assert (done.exit_code, "[undo-file]\n  hint: " in done.stderr) == (1, True), done.output
    assert texts(root) == before
    assert "[no-undo]" in run("undo", "nowhere.json").stderr


def test_a_sound_undo_file_from_elsewhere_is_used_and_stays(root):
    path = root / "elsewhere.json"
    path.write_text(hostile(), encoding="utf-8")
    assert run("undo", str(path)).exit_code == 0
    assert (root / "decks/llm/dpo.yaml").read_text(encoding="utf-8") == DECK_BEFORE
    assert path.exists()


def test_undo_follows_no_link_out_of_the_project(root, tmp_path_factory):
    victim = tmp_path_factory.mktemp("victim") / "dpo.yaml"
    victim.write_text(DECK, encoding="utf-8")
    (root / "decks/llm/dpo.yaml").unlink()
    (root / "decks/llm/dpo.yaml").symlink_to(victim)
    (root / "elsewhere.json").write_text(hostile(), encoding="utf-8")
    done = run("undo", "elsewhere.json")
    assert "[outside-project]" in done.stderr
    assert victim.read_text(encoding="utf-8") == DECK


def test_any_history_of_decisions_is_taken_back_step_by_step(project):
    dice = random.Random(0)
    states = [texts(project)]
    while waiting := sorted(drafts(project)):
        run(dice.choice(["accept", "reject"]), dice.choice(waiting))
        states.append(texts(project))
    assert len(states) == 7
    for state in reversed(states[:-1]):
        assert run("undo").exit_code == 0
        assert texts(project) == state


# --- what others save meanwhile


def test_a_deck_that_is_saved_while_it_is_decided_stops_the_whole_decision(project):
    decided = accepted(read_project(project), Choice())
    assert len(decided.edits) == 2
    deck = project / decided.edits[1].name
    deck.write_text(deck.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    before = texts(project)
    with pytest.raises(CardsmithError) as caught:
        write_decision(project, "accept", [], decided.edits)
    assert [problem.code for problem in caught.value.problems] == ["changed-on-disk"]
    assert texts(project) == before
    assert not undo_files(project)


@pytest.mark.parametrize("number", [0, 1])
def test_a_deck_that_is_saved_in_the_midst_of_the_writing_stays_and_is_told(project, monkeypatch, number):
    """Before the first deck is put in place nothing is decided; after it, the rest is, and can be taken back."""
    before, replace, saved = texts(project), os.replace, []
    names = ["decks/llm/other.yaml", "decks/llm/sd.yaml"]

    def save_first(source, target):
        is_deck = str(target).endswith(".yaml")
        if not saved and str(target).endswith(("journal.json", names[0])[number]):
            replace(source, target)
            with (project / names[number]).open("ab") as file:
                file.write(b"# mine\n")
            saved.append(target)
            return
        assert not (is_deck and str(target).endswith(names[number])), "never over what was saved"
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", save_first)
        done = run("accept", "--all")
    assert saved
    assert (done.exit_code, f"{names[number]}: the file was changed" in done.stderr) == (1, True)
    assert (project / names[number]).read_bytes() == before[names[number]] + b"# mine\n"
    assert len(undo_files(project)) == number
    if number:
        assert (project / names[0]).read_bytes() != before[names[0]]
        assert run("undo").exit_code == 0
    assert texts(project) == before | {names[number]: before[names[number]] + b"# mine\n"}


# --- a team


def test_two_clones_see_each_others_decisions_after_one_pull(project, tmp_path_factory):
    repository(project)
    (project / ".gitignore").write_text("dist/\n.cardsmith/\n")
    commit(project)
    folder = tmp_path_factory.mktemp("clones")
    for name in "ab":
        git(folder, "clone", "-q", str(project), name)
    a, b = folder / "a", folder / "b"
    taken = ids(run("--project", str(a), "accept", "--rule", "acronym", "--rule", "definition"))
    rejected = ids(run("--project", str(b), "reject", "--rule", "progression"))
    assert (len(taken), len(rejected)) == (3, 1)
    for clone in (a, b):
        commit(clone)
    git(b, "pull", "-q", "--no-rebase", str(a), "main")
    git(a, "pull", "-q", str(b), "main")
    assert texts(a) == texts(b)
    assert drafts(a).keys() == drafts(project).keys() - {*taken, *rejected}
    for clone in (a, b):
        assert "nothing to propose" in run("--project", str(clone), "extract").stderr
        assert git(clone, "status", "--porcelain") == (0, "")
    done = run("--project", str(a), "undo")
    assert (done.exit_code, "[changed-on-disk]" in done.stderr) == (1, True), (
        "the other's decision stands in its deck"
    )
