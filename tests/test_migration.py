"""An old project's way here: what nobody read becomes drafts, once; what somebody decided stays decided."""

import json
import re
import shutil

import pytest
from click.testing import CliRunner

from attacks.kills import ARTICLE, MORE, OTHER
from cardsmith.cli.main import main
from cardsmith.decks.decisions import card_hash
from cardsmith.decks.deckfile import parse_deck
from cardsmith.propose.lock import UNKNOWN, parse_lock
from conftest import DECK, ROOT
from repositories import commit, git, repository
from test_consent import drafts, ids, texts

SD = "decks/llm/sd.yaml"
ADVICE = "carry the machine's words unread: cardsmith migrate makes them drafts"


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def entries(root, path=SD):
    deck = parse_deck((root / path).read_text(encoding="utf-8"), path)
    return deck, {entry.card.id: entry for entry in deck.entries}


def locks(root):
    found = {}
    for path in (root / "decks/.lock").iterdir():
        found |= parse_lock(path.read_text(encoding="utf-8"), path.name)
    return found


def edit(root, old, new, path=SD):
    text = (root / path).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (root / path).write_text(text.replace(old, new), encoding="utf-8")


def without_drafts(root):
    """Bring a project to where versions without drafts left it: no marks, no rule and no score in a lock."""
    for path in (root / "decks").glob("*/*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("  draft: true\n", ""), encoding="utf-8")
    for path in (root / "decks/.lock").iterdir():
        text = re.sub(r', "rule": "[^"]+", "score": [\d.]+', "", path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def new(root):
    """Six proposals in two articles, all drafts."""
    (root / "seeds/sd.md").write_text("# SD\n\n" + "\n".join([MORE, *ARTICLE]) + "\n", encoding="utf-8")
    (root / "seeds/other.md").write_text(OTHER, encoding="utf-8")
    assert run("extract").exit_code == 0
    assert len(drafts(root)) == 6
    return root


@pytest.fixture
def proposed(new):
    """What the locks of today say of them."""
    return locks(new)


@pytest.fixture
def old(new, proposed):
    """The same project as a version without drafts left it."""
    without_drafts(new)
    assert not drafts(new)
    assert not any(known.rule for known in locks(new).values())
    return new


def test_a_dry_run_counts_by_article_and_writes_nothing(old):
    before = texts(old)
    done = run("migrate")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1:] == ["decks/llm/other.yaml: 1 cards", f"{SD}: 5 cards"]
    assert "6 cards in 2 articles" in done.stderr
    assert "nothing was written" in done.stderr
    assert texts(old) == before


def test_what_nobody_read_becomes_drafts_and_the_locks_say_what_proposed_it(old, proposed):
    edit(old, "cards:\n", "# 编者的话\ncards:\n")
    before = texts(old)
    assert run("migrate", "--write").exit_code == 0
    assert drafts(old).keys() == proposed.keys()
    assert locks(old) == proposed, "rule and score are today's"
    for name, text in texts(old).items():
        if ".lock" not in name:
            assert text.replace(b"  draft: true\n", b"") == before[name]
    assert run("check").exit_code == 0
    assert "nothing to propose" in run("extract").stderr


def test_a_deck_keeps_its_line_ends(old):
    path = old / SD
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    text = path.read_bytes()
    run("migrate", "--write")
    assert path.read_bytes().count(b"\r\n  draft: true\r\n") == 5
    assert path.read_bytes().replace(b"  draft: true\r\n", b"") == text


def test_edited_kept_written_and_released_cards_stay(old):
    edit(old, "什么是模型 SD？", "模型 SD 是什么？")
    deck, found = entries(old)
    kept = {"sd-mla-ac5dd6": card_hash(deck, found["sd-mla-ac5dd6"]), "sd-mha-dc80a5": "0123456789abcdef"}
    (old / ".cardsmith/kept.json").write_text(json.dumps(kept))
    shutil.move(old / "decks/llm/other.yaml", old / "hidden.yaml")
    text = (old / SD).read_text(encoding="utf-8")
    edit(old, text[text.index("- id: sd-4a970d") : text.index("- id: sd-24386c")], "")
    edit(old, text[text.index("- id: sd-mha-dc80a5") : text.index("- id: sd-e3c136")], "")
    assert run("release").exit_code == 0, "with what is left: three of the machine's and three by hand"
    (old / SD).write_text(text, encoding="utf-8")
    shutil.move(old / "hidden.yaml", old / "decks/llm/other.yaml")
    run("migrate", "--write")
    assert drafts(old).keys() == {"sd-4a970d", "sd-mha-dc80a5", "other-dpo-33771b"}


def test_each_reason_to_stay_is_one(old):
    """One reason a card, so that none hides behind another."""
    edit(old, "什么是模型 SD？", "模型 SD 是什么？")
    deck, found = entries(old)
    kept = {"sd-mla-ac5dd6": card_hash(deck, found["sd-mla-ac5dd6"]), "sd-mha-dc80a5": "0123456789abcdef"}
    (old / ".cardsmith/kept.json").write_text(json.dumps(kept))
    (old / "decks/released.json").write_text(
        '{\n"sd-4a970d": {"hash": "0f", "mod": 1790000000, "type": "basic", "topic": "llm"}\n}\n'
    )
    run("migrate", "--write")
    assert drafts(old).keys() == {"sd-24386c", "sd-mha-dc80a5", "other-dpo-33771b"}


def test_what_another_reviewer_kept_is_honoured(old, tmp_path_factory):
    deck, found = entries(old)
    hers = tmp_path_factory.mktemp("hers") / "kept.json"
    hers.write_text(json.dumps({"sd-e3c136": card_hash(deck, found["sd-e3c136"])}))
    (old / ".cardsmith/kept.json").write_text('{"sd-e3c136": "0123456789abcdef"}')
    assert f"{SD}: 4 cards" in run("migrate", "--kept", str(hers)).stdout
    assert f"{SD}: 5 cards" in run("migrate").stdout


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, '"a"'])
def test_a_list_of_kept_cards_that_is_none_is_told(old, text):
    (old / ".cardsmith/kept.json").write_text(text)
    done = run("migrate", "--write")
    assert (done.exit_code, "[kept-file]" in done.stderr) == (1, True)
    assert not drafts(old)


def test_migrating_again_does_nothing(old):
    run("migrate", "--write")
    before = texts(old)
    for arguments in ([], ["--write"]):
        done = run("migrate", *arguments)
        assert (done.exit_code, done.stdout, done.stderr) == (0, "", "nothing to migrate\n")
    assert texts(old) == before


def test_what_is_accepted_since_is_never_a_draft_again(old):
    run("migrate", "--write")
    assert len(ids(run("accept", "--all"))) == 6
    assert run("migrate").stderr == "nothing to migrate\n"
    edit(old, "title: SD\n", "title: SD\n\n")
    assert run("migrate", "--write").stderr == "nothing to migrate\n"
    assert not drafts(old)


def test_a_new_projects_accepted_cards_are_never_drafts_again(new):
    run("accept", "--all")
    assert run("migrate", "--write").stderr == "nothing to migrate\n"
    assert ADVICE not in run("extract").stderr


def test_a_rejected_card_that_somebody_brings_back_later_is_accepted(old):
    """Also where its article has nothing else to migrate."""
    before = texts(old)
    run("reject", "sd-e3c136", "other-dpo-33771b")
    run("migrate", "--write")
    run("accept", "--all")
    for name in (SD, "decks/llm/other.yaml"):
        (old / name).write_bytes(before[name])
    assert run("migrate").stderr == "nothing to migrate\n"


def test_what_nothing_proposes_today_has_an_unknown_rule(old):
    path = old / "seeds/sd.md"
    path.write_text(path.read_text(encoding="utf-8").replace(MORE, "没有缩写。"), encoding="utf-8")
    run("migrate", "--write")
    unknown = {i for i, known in locks(old).items() if known.rule == UNKNOWN}
    assert unknown == {"sd-mla-ac5dd6", "sd-mha-dc80a5"}
    assert all(locks(old)[i].score is None for i in unknown)
    assert set(ids(run("accept", "--dry-run", "--rule", "unknown"))) == unknown
    scored = ids(run("accept", "--dry-run", "--min", "0"))
    assert len(scored) == 4
    assert not unknown & set(scored)


def test_without_its_sources_a_project_is_migrated_all_the_same(old):
    shutil.rmtree(old / "seeds")
    run("migrate", "--write")
    assert len(drafts(old)) == 6
    assert {known.rule for known in locks(old).values()} == {UNKNOWN}


def test_the_bundled_decks_have_nothing_to_migrate(tmp_path, monkeypatch):
    for name in ("seeds", "decks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    before = texts(tmp_path)
    for arguments in ([], ["--write"]):
        assert run("migrate", *arguments).stderr == "nothing to migrate\n"
    assert texts(tmp_path) == before


def test_extract_advises_to_migrate_as_long_as_there_is_something_to(old):
    assert f"6 cards {ADVICE}\n" in run("extract").stderr
    assert f"6 cards {ADVICE}\n" in run("extract", "--check").stderr
    run("migrate", "--write")
    assert ADVICE not in run("extract").stderr
    without_drafts(old)
    (old / "decks/released.json").write_text("{")
    assert run("extract").exit_code == 0, "a damaged record is for others to tell"


def test_a_lock_that_two_branches_wrote_keeps_the_rule_that_either_names(old):
    name = next(path.name for path in (old / "decks/.lock").iterdir() if "sd-mla" in path.read_text("utf-8"))
    before = (old / "decks/.lock" / name).read_text(encoding="utf-8")
    run("migrate", "--write")
    run("accept", "--all")
    after = (old / "decks/.lock" / name).read_text(encoding="utf-8")
    for text in (before + after, after + before, f"<<<<<<< a\n{before}=======\n{after}>>>>>>> b\n"):
        (old / "decks/.lock" / name).write_text(text, encoding="utf-8")
        assert run("migrate").stderr == "nothing to migrate\n"
        assert all(known.rule for known in locks(old).values())
        assert locks(old)["sd-mla-ac5dd6"].score is not None


# --- git


def test_git_can_undo_it_and_is_asked_first_whether_it_could(old):
    repository(old)
    (old / ".gitignore").write_text("dist/\n.cardsmith/\n")
    commit(old)
    edit(old, "模型 SD", "模型  SD")
    (old / "decks/llm/mine.yaml").write_text(DECK.replace("- id: ", "- id: my-"), encoding="utf-8")
    before = texts(old)
    done = run("migrate", "--write")
    assert (done.exit_code, texts(old)) == (1, before)
    assert "decks: 2 files are not committed" in done.stderr
    assert "[uncommitted]" in done.stderr
    assert run("migrate").exit_code == 0
    commit(old)
    done = run("migrate", "--write")
    assert (done.exit_code, "to undo: git checkout decks" in done.stderr) == (0, True)
    assert texts(old) != before
    git(old, "checkout", "decks")
    assert texts(old) == before


def test_without_git_it_says_that_a_copy_is_the_only_way_back(old):
    for arguments in ([], ["--write"]):
        assert "the only way back is a copy of decks/" in run("migrate", *arguments).stderr
    assert len(drafts(old)) == 6


def test_a_team_migrates_in_one_clone(old, tmp_path_factory):
    repository(old)
    (old / ".gitignore").write_text("dist/\n.cardsmith/\n")
    (old / ".gitattributes").write_text((ROOT / ".gitattributes").read_text())
    commit(old)
    folder = tmp_path_factory.mktemp("clones")
    for name in "ab":
        git(folder, "clone", "-q", str(old), name)
    a, b = folder / "a", folder / "b"
    (b / "seeds/more.md").write_text(
        "# RAG\n\nRAG(Retrieval-Augmented Generation)是一种先检索再生成的方法。\n"
    )
    assert "cards carry" in run("--project", str(b), "extract").stderr
    commit(b)
    assert run("--project", str(a), "migrate", "--write").exit_code == 0
    commit(a)
    git(b, "pull", "-q", "--no-rebase", str(a), "main")
    assert drafts(b).keys() > drafts(a).keys()
    assert run("--project", str(b), "migrate", "--write").stderr == "nothing to migrate\n"
    assert ids(run("--project", str(b), "accept", "--article", "sd"))
    commit(b)
    git(a, "pull", "-q", str(b), "main")
    assert texts(a) == texts(b)
    assert run("--project", str(a), "migrate").stderr == "nothing to migrate\n"
