"""Notes become a package and a page at once: no project is there before or after, and nothing ships as a card."""

import json
import re
import shutil

import pytest
from click.testing import CliRunner

from ankilab import import_package, profile
from cardsmith.cli.main import main
from cardsmith.release.trial import TAG

NOTE = "# 检索增强\n\n## 定义\n\nRAG(Retrieval-Augmented Generation)是一种先检索再生成的方法。\n"


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def notes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "笔记").mkdir()
    (tmp_path / "笔记/rag.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "笔记/空.md").write_bytes(b"")
    return tmp_path


def test_notes_become_trial_cards_and_a_page_and_nothing_else(notes):
    done = run("try", "笔记")
    assert done.exit_code == 0, done.output
    package, page = (line.partition(": ")[0] for line in done.stdout.splitlines())
    assert (package, page) == ("cardsmith-try/notes-drafts.apkg", "cardsmith-try/index.html")
    assert "1 skipped: empty: 笔记/空.md" in done.stderr
    assert done.stderr.endswith("keep them: cardsmith init --from 笔记\n")
    assert sorted(path.name for path in notes.iterdir()) == ["cardsmith-try", "笔记"]
    assert sorted(path.name for path in (notes / "笔记").iterdir()) == ["rag.md", "空.md"]
    text = (notes / "cardsmith-try/cards.js").read_text(encoding="utf-8")
    data = json.loads(re.fullmatch(r"window.CARDSMITH=(.*);\n", text).group(1))
    assert all(row["draft"] for row in data["index"]["cards"])
    with profile(notes / "learner") as collection:
        import_package(collection, notes / package)
        assert collection.note_count() == len(data["index"]["cards"]) > 0
        assert len(collection.find_notes(f"tag:{TAG}")) == collection.note_count()


def test_trying_twice_updates_and_a_project_nearby_is_not_asked(notes):
    (notes / "decks").mkdir()
    (notes / "decks/topics.yaml").write_text("broken", encoding="utf-8")
    first = run("try", "笔记/rag.md", "--out", "a")
    assert first.stderr.endswith("keep them: cardsmith init my-cards --from 笔记/rag.md\n")
    run("try", "笔记/rag.md", "--out", "b")
    with profile(notes / "learner") as collection:
        for folder in "ab":
            import_package(collection, notes / folder / "rag-drafts.apkg")
        count = collection.note_count()
        import_package(collection, notes / "a/rag-drafts.apkg")
        assert collection.note_count() == count


@pytest.mark.parametrize("title", ["a", "注意力", "con", "9", "x::y", "<b>", "[sound:a]"])
def test_any_folder_makes_a_deck(notes, title):
    folder = notes / title
    shutil.move(notes / "笔记", folder)
    assert run("try", str(folder)).exit_code == 0


def test_notes_that_make_nothing_are_told_and_leave_nothing(notes):
    (notes / "a.md").write_text("今天天气很好。\n", encoding="utf-8")
    done = run("try", "a.md")
    assert (done.exit_code, "[try-nothing]" in done.stderr) == (1, True)
    assert not (notes / "cardsmith-try").exists()
