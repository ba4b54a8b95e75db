"""Several clones, one truth: lost ledgers, forks, rebases, merges and two maintainers, with the real git."""

import json
import re
import shutil
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner
from markdown import Markdown

from ankilab import import_package, note_by_card_id, profile
from cardsmith.cli.main import main
from cardsmith.decks.project import read_project
from cardsmith.errors import CardsmithError
from cardsmith.pipeline import build, release
from cardsmith.release.records import read_records
from conftest import DECK

T = 1_790_000_000
RECORD = "decks/released.json"


def git(folder, *arguments, check=True):
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments]
    return subprocess.run(command, cwd=folder, check=check, capture_output=True, text=True).stdout


def edit(folder, old, new):
    path = folder / "decks/llm/dpo.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


@pytest.fixture
def clock(monkeypatch):
    return lambda seconds: monkeypatch.setenv("SOURCE_DATE_EPOCH", str(T + seconds))


@pytest.fixture
def clones(root, tmp_path_factory, clock):
    """Two clones of a project whose first release is at T."""
    git(root, "init", "-q", "-b", "main")
    (root / ".gitignore").write_text("dist/\n.cardsmith/\n")
    clock(0)
    commit(root)
    folder = tmp_path_factory.mktemp("clones")
    for name in "ab":
        git(folder, "clone", "-q", str(root), name)
    return folder / "a", folder / "b"


def commit(folder):
    made = release(read_project(folder))
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "Release decks")
    return made


def mods(folder):
    return {card_id: record.mod - T for card_id, record in read_records(folder / RECORD, settle=True).items()}


def test_a_lost_ledger_moves_only_what_was_not_released(root, clock):
    clock(0)
    release(read_project(root))
    edit(root, "反之亦然", "反过来也成立")
    clock(10)
    build(read_project(root), (), root / "dist")
    shutil.rmtree(root / ".cardsmith")
    clock(20)
    (llm,) = build(read_project(root), (), root / "dist")
    assert {s.note.card_id: s.mod - T for s in llm.notes} == {
        "dpo-finding": 20,
        "dpo-reward": 0,
        "v3-size": 0,
    }


def test_two_maintainers_releasing_the_same_tree_write_the_same_record_and_packages(clones, clock):
    for number, clone in enumerate(clones):
        edit(clone, "反之亦然", "反过来也成立")
        clock(10 + number)
        build(read_project(clone), (), clone / "dist")
        clock(50)
        release(read_project(clone))
    a, b = clones
    assert (a / RECORD).read_bytes() == (b / RECORD).read_bytes()
    assert (a / "dist/llm.apkg").read_bytes() == (b / "dist/llm.apkg").read_bytes()


def test_two_releases_of_one_card_merge_into_a_later_one(clones, clock):
    a, b = clones
    edit(a, "反之亦然", "甲")
    clock(100)
    commit(a)
    edit(b, "反之亦然", "乙")
    clock(200)
    commit(b)
    git(a, "pull", "-q", "--no-rebase", str(b), "main", check=False)
    assert "<<<<<<<" in (a / RECORD).read_text()
    git(a, "checkout", "--ours", "decks/llm/dpo.yaml")
    with pytest.raises(CardsmithError, match="two releases were merged"):
        build(read_project(a), (), a / "dist")
    clock(300)
    commit(a)
    assert mods(a) == {"dpo-finding": 300, "dpo-reward": 0, "v3-size": 0}
    build(read_project(a), (), a / "dist", locked=True)


def test_the_release_command_settles_a_conflict_and_no_other_does(clones, clock):
    a, b = clones
    for number, clone in enumerate(clones, 1):
        edit(clone, "反之亦然", "甲乙"[number - 1])
        clock(100 * number)
        commit(clone)
    git(a, "pull", "-q", "--no-rebase", str(b), "main", check=False)
    git(a, "checkout", "--ours", "decks/llm/dpo.yaml")
    clock(300)
    for command in ("check", "build"):
        assert "[released-conflict]" in CliRunner().invoke(main, ["--project", str(a), command]).output
    done = CliRunner().invoke(main, ["--project", str(a), "release"])
    assert (done.exit_code, "changed: dpo-finding" in done.output) == (0, True)
    assert mods(a) == {"dpo-finding": 300, "dpo-reward": 0, "v3-size": 0}
    assert CliRunner().invoke(main, ["--project", str(a), "check"]).exit_code == 0


def test_a_merge_settled_by_hand_in_favour_of_the_earlier_release_is_noticed(clones, clock):
    a, b = clones
    edit(a, "反之亦然", "甲")
    clock(100)
    commit(a)
    edit(b, "反之亦然", "乙")
    clock(200)
    commit(b)
    git(a, "pull", "-q", "--no-rebase", str(b), "main", check=False)
    git(a, "checkout", "--ours", "decks")
    git(a, "commit", "-qam", "Merge")
    assert mods(a)["dpo-finding"] == 100
    clock(300)
    commit(a)
    assert mods(a) == {"dpo-finding": 300, "dpo-reward": 0, "v3-size": 0}


def test_a_merge_settled_by_hand_and_released_before_it_is_committed_is_noticed(clones, clock):
    a, b = clones
    edit(a, "反之亦然", "甲")
    clock(100)
    commit(a)
    edit(b, "反之亦然", "乙")
    clock(200)
    commit(b)
    git(a, "pull", "-q", "--no-rebase", str(b), "main", check=False)
    git(a, "checkout", "--ours", "decks")
    clock(300)
    commit(a)
    assert len(git(a, "rev-list", "--parents", "-n", "1", "HEAD").split()) == 3, "it is the merge"
    assert mods(a) == {"dpo-finding": 300, "dpo-reward": 0, "v3-size": 0}


def test_different_cards_released_in_two_clones_keep_their_times(clones, clock):
    a, b = clones
    edit(a, "反之亦然", "甲")
    clock(100)
    commit(a)
    edit(b, "671B", "671 B")
    clock(200)
    commit(b)
    git(a, "pull", "-q", "--no-rebase", str(b), "main", check=False)
    clock(300)
    release(read_project(a))
    assert mods(a) == {"dpo-finding": 100, "dpo-reward": 0, "v3-size": 200}


def test_a_release_that_was_reverted_is_followed_by_a_newer_one(clones, clock):
    a, _ = clones
    edit(a, "反之亦然", "甲")
    clock(100)
    commit(a)
    git(a, "revert", "--no-edit", "HEAD")
    assert mods(a)["dpo-finding"] == 0
    clock(200)
    commit(a)
    assert mods(a) == {"dpo-finding": 200, "dpo-reward": 0, "v3-size": 0}


def test_a_release_that_was_made_in_a_merge_and_reverted_is_followed_by_a_newer_one(clones, clock):
    a, b = clones
    for number, clone in enumerate(clones, 1):
        edit(clone, "反之亦然", "甲乙"[number - 1])
        clock(100 * number)
        commit(clone)
    git(a, "pull", "-q", "--no-rebase", str(b), "main", check=False)
    git(a, "checkout", "--ours", "decks/llm/dpo.yaml")
    clock(300)
    commit(a)
    git(a, "revert", "-m", "1", "--no-edit", "HEAD")
    assert mods(a)["dpo-finding"] == 100
    commit(a)
    assert mods(a)["dpo-finding"] == 301


@pytest.mark.parametrize("how", ["deleted", "deleted and committed", "first release reverted"])
def test_a_record_that_is_gone_is_missed_unless_the_project_takes_another_name(clones, clock, how):
    a, _ = clones
    if how.startswith("first"):
        git(a, "checkout", "-q", "--orphan", "alone")
        git(a, "rm", "-q", "--cached", RECORD)
        git(a, "commit", "-qm", "Begin")
        git(a, "add", ".")
        git(a, "commit", "-qm", "Release decks")
        git(a, "branch", "-qM", "alone", "main")
        git(a, "revert", "--no-edit", "HEAD")
    else:
        (a / RECORD).unlink()
    if how.endswith("committed"):
        git(a, "commit", "-qam", "Delete")
    clock(100)
    for command in ("check", "release"):
        done = CliRunner().invoke(main, ["--project", str(a), command])
        assert (done.exit_code, "the record of 3 released cards is gone" in done.output) == (1, True)
    topics = a / "decks/topics.yaml"
    topics.write_text("project: own-way-1f3a\n" + topics.read_text(encoding="utf-8"), encoding="utf-8")
    done = CliRunner().invoke(main, ["--project", str(a), "release"])
    assert (done.exit_code, done.exception) == (0, None), done.output


def line(**changes):
    sound = {"hash": "0f", "mod": T + 5000, "type": "basic", "topic": "llm"}
    return f'"dpo-finding": {json.dumps(sound | changes)}'


UNSOUND = {
    "bad JSON": '"dpo-finding": {"mod": }',
    "a bad escape": line().replace("dpo-f", "\\q"),
    "a mod that is no number": line(mod="z"),
    "a mod that is a list": line(mod=[]),
    "two on a line": f"{line(mod='z')}, {line()}",
    "a far future": line(mod=4_000_000_000),
    "a time that no calendar has": line(mod=10**30),
    "a time before all": line(mod=-(10**30)),
    "an id that no card can have": line().replace("dpo-finding", "Ä"),
    "an id with a quotation mark": line().replace("dpo-finding", r"\""),
    "deep": '"dpo-finding": ' + '{"a": ' * 5000 + "0" + "}" * 5000,
}


@pytest.mark.parametrize("what", [*UNSOUND, "a later second"])
def test_a_branch_that_was_only_fetched_decides_nothing(clones, clock, what):
    a, b = clones
    git(b, "switch", "-qc", "stranger")
    (b / RECORD).write_text("{\n" + UNSOUND.get(what, line()) + "\n}\n")
    git(b, "commit", "-qam", "Help")
    git(a, "fetch", "-q", str(b), "stranger:refs/remotes/stranger/main")
    clock(100)
    done = CliRunner().invoke(main, ["--project", str(a), "release"])
    assert (done.exit_code, done.exception) == (0, None), done.output
    assert mods(a) == {"dpo-finding": 0, "dpo-reward": 0, "v3-size": 0}


@pytest.mark.parametrize("what", UNSOUND)
def test_what_is_no_sound_record_in_the_history_stops_no_release(clones, clock, what):
    a, _ = clones
    sound = (a / RECORD).read_text()
    for text in ("{\n" + UNSOUND[what] + "\n}\n", sound):
        (a / RECORD).write_text(text)
        git(a, "commit", "-qam", "Merge of a stranger")
    edit(a, "671B", "671 B")
    clock(100)
    done = CliRunner().invoke(main, ["--project", str(a), "release"])
    assert (done.exit_code, done.exception) == (0, None), done.output
    assert mods(a) == {"dpo-finding": 0, "dpo-reward": 0, "v3-size": 100}


@pytest.mark.parametrize("what", UNSOUND)
def test_a_record_that_is_not_sound_is_refused_without_a_traceback(clones, what):
    a, _ = clones
    for text in ("{\n%s\n}\n", "{\n<<<<<<< a\n%s\n=======\n>>>>>>> b\n}\n"):
        (a / RECORD).write_text(text % UNSOUND[what])
        for command in ("check", "release"):
            done = CliRunner().invoke(main, ["--project", str(a), command])
            assert done.exit_code == 1
            assert isinstance(done.exception, SystemExit), done.exception
            assert "[released-" in done.output


def test_a_rebase_over_another_release_stamps_only_what_it_changes(clones, clock):
    a, b = clones
    edit(a, "671B", "671 B")
    clock(100)
    commit(a)
    edit(b, "反之亦然", "乙")
    git(b, "commit", "-qam", "Edit")
    git(b, "pull", "-q", "--rebase", str(a), "main")
    clock(200)
    commit(b)
    assert mods(b) == {"dpo-finding": 200, "dpo-reward": 0, "v3-size": 100}


def test_a_fork_that_releases_later_updates_what_learners_have_from_upstream(clones, clock, tmp_path):
    upstream, fork = clones
    edit(upstream, "反之亦然", "甲")
    clock(100)
    commit(upstream)
    edit(fork, "反之亦然", "乙")
    clock(200)
    commit(fork)
    with profile(tmp_path / "anki") as collection:
        import_package(collection, upstream / "dist/llm.apkg")
        counts = import_package(collection, fork / "dist/llm.apkg")
        assert counts == {"new": 0, "updated": 1, "duplicate": 2, "conflicting": 0}
        assert "乙" in note_by_card_id(collection, "dpo-finding")["Back"]
        assert import_package(collection, upstream / "dist/llm.apkg")["updated"] == 0


def test_equal_times_with_different_contents_are_stamped_anew(clones, clock):
    a, b = clones
    clock(100)
    edit(a, "反之亦然", "甲")
    commit(a)
    edit(b, "反之亦然", "乙")
    commit(b)
    git(a, "pull", "-q", "--no-rebase", str(b), "main", check=False)
    git(a, "checkout", "--theirs", "decks/llm/dpo.yaml")
    clock(100)
    commit(a)
    assert mods(a)["dpo-finding"] == 101


def test_without_git_a_release_works_as_well(root, clock, monkeypatch):
    monkeypatch.setenv("PATH", "")
    clock(0)
    assert len(release(read_project(root)).records) == 3


def test_the_notes_for_learners_say_what_changed(root, clock):
    clock(0)
    assert "### 新增 3" in release(read_project(root)).notes
    edit(root, "反之亦然", "反过来也成立")
    path = root / "decks/llm/dpo.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("- id: v3-size")[0], encoding="utf-8")
    clock(100)
    made = release(read_project(root))
    assert made.notes == (root / "dist/release-notes.md").read_text(encoding="utf-8")
    assert made.notes.splitlines()[:9] == [
        "# 更新 2026-09-21",
        "",
        "## 大语言模型（`llm.apkg`）",
        "",
        "### 修订 1",
        "",
        "- DPO 的关键发现是什么？",
        "",
        "### 停用 1",
    ]
    assert "空白卡片" in made.notes
    path.write_text(DECK, encoding="utf-8")
    clock(200)
    assert "### 恢复 1" in release(read_project(root)).notes
    assert "没有变化" in release(read_project(root)).notes


def notes_of(folder, **options):
    return release(read_project(folder), **options).notes.splitlines()


def test_a_release_run_again_before_it_is_committed_says_the_same(clones, clock):
    """As after a crash between record and commit, also with the packages and notes lost."""
    a, _ = clones
    edit(a, "反之亦然", "反过来也成立")
    clock(100)
    first = notes_of(a)
    assert "### 修订 1" in first
    record = (a / RECORD).read_bytes()
    shutil.rmtree(a / "dist")
    clock(200)
    assert notes_of(a) == first
    assert (a / RECORD).read_bytes() == record
    edit(a, "671B", "671 B")
    clock(300)
    assert "### 修订 2" in notes_of(a)
    assert {r.release for r in read_records(a / RECORD).values()} == {1, 2}, "still the second release"
    git(a, "commit", "-qam", "Release")
    assert "没有变化。" in notes_of(a)


def test_a_release_killed_at_any_write_says_the_same_when_it_is_run_again(clones, clock, tmp_path):
    """A real SIGKILL right before each file is put in place; the packages and notes are whole afterwards."""
    a, _ = clones
    edit(a, "反之亦然", "反过来也成立")
    clock(100)
    git(a, "clone", "-q", str(a), str(tmp_path / "calm"))
    edit(tmp_path / "calm", "反之亦然", "反过来也成立")
    wanted = notes_of(tmp_path / "calm")
    for write in range(1, 4):
        program = (
            "import os, signal, sys\n"
            "from cardsmith.cli.main import main\n"
            "replace, count = os.replace, iter(range(1, 9))\n"
            f"die = lambda: os.kill(os.getpid(), signal.SIGKILL)\n"
            f"os.replace = lambda *names: die() if next(count) == {write} else replace(*names)\n"
            f"main(['--project', {str(a)!r}, 'release'])"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True)
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        assert notes_of(a) == wanted
        git(a, "checkout", "-q", "--", RECORD)


HOSTILE = "<script>alert(1)</script> <img src=x onerror=alert(2)> @everyone #1 [点我](http://e.com) www.e.com `x` <!-- y"


def test_what_people_write_is_only_text_in_the_notes_for_learners(clones, clock):
    a, _ = clones
    topics = a / "decks/topics.yaml"
    title = "|-\n      " + HOSTILE + " & <b> ![](http://e.com/p.png)"
    topics.write_text(topics.read_text().replace("title: 大语言模型", f"title: {title}"))
    front = "front: |-\n    " + HOSTILE + r" \(a<b\)？"
    edit(a, "front: DPO 的关键发现是什么？", front)
    edit(a, "{{c2::37B}}", "37B @someone")
    clock(100)
    text = "\n".join(notes_of(a))
    assert "$`a<b`$" in text
    assert re.findall(r"@\w|#\d|www\.|://", re.sub(r"&#\d+;", "", text)) == []
    page = Markdown().convert(text)
    assert set(re.findall(r"<([^/!>]*)>", page)) == {"h1", "h2", "h3", "ul", "li", "p", "code"}
    assert set(re.findall(r"<code>(.*?)</code>", page)) == {"llm.apkg", "a&lt;b"}


def test_a_retired_card_is_told_by_its_question_and_a_removed_cloze_by_its_words(clones, clock):
    a, _ = clones
    path = a / "decks/llm/dpo.yaml"
    text = path.read_text(encoding="utf-8").replace("{{c2::37B}}", "37B")
    path.write_text(
        text[: text.index("- id: dpo-reward")] + text[text.index("- id: v3-size") :], encoding="utf-8"
    )
    git(a, "commit", "-qam", "Retire, as a pull request does before the release")
    clock(100)
    told = notes_of(a)
    at = told.index("### 删去的填空 1")
    assert told[at + 2] == "- DeepSeek-V3 总参数量 671B，每个 token 激活 37B（c2：37B）"
    at = told.index("### 停用 1")
    assert told[at + 2] == "- DPO 的重参数化：$`r(x,y) = ?`$"


def test_a_retired_card_that_git_does_not_know_is_told_by_its_id(root, clock):
    clock(0)
    release(read_project(root))
    path = root / "decks/llm/dpo.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("- id: v3-size")[0], encoding="utf-8")
    clock(100)
    assert "- v3-size" in notes_of(root)


def test_a_card_that_moves_to_another_topic_says_where_it_was(root, clock):
    clock(0)
    release(read_project(root))
    path = root / "decks/llm/dpo.yaml"
    head, _, size = path.read_text(encoding="utf-8").partition("- id: v3-size")
    path.write_text(head, encoding="utf-8")
    (root / "decks/vision").mkdir()
    (root / "decks/vision/v3.yaml").write_text("title: t\ncards:\n- id: v3-size" + size, encoding="utf-8")
    clock(100)
    made = release(read_project(root))
    assert [built.topic for built in made.built] == ["llm", "vision"]
    assert "### 移入 1" in made.notes
    assert "DeepSeek-V3 总参数量 671B，每个 token 激活 37B（原在「大语言模型」" in made.notes
    assert sum(built.count("retired") for built in made.built) == 0
