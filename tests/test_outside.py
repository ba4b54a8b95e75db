"""A project that a stranger wrote never reads or writes the user's own files, by name or through a link."""

import json

import pytest
from click.testing import CliRunner

from cardsmith.cli.main import main
from cardsmith.files import inside
from conftest import DECK

SECRET = "私钥是一种只有主人知道的数字，它用来给消息签名。绝不外传。"


@pytest.fixture
def secret(root):
    """A file of the user's beside the project, in the words that a lock line claims to know."""
    path = root.parent / "secret.txt"
    path.write_text(SECRET, encoding="utf-8")
    yield path
    path.unlink()


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def everything(root):
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in files)


@pytest.mark.parametrize(
    "named", ["../secret.txt", "{absolute}", "seeds/link.txt", "seeds/folder/secret.txt"]
)
def test_a_source_outside_the_project_is_never_read(root, secret, named):
    """As the attack did it: a deck that names the file, and a lock whose text resembles it."""
    (root / "seeds/link.txt").symlink_to(secret)
    (root / "seeds/folder").symlink_to(secret.parent)
    source = named.format(absolute=secret)
    deck = f"excerpt: x00000001\ntitle: 钥匙\nsource: {source}:1\n\n" + DECK.partition("\n\n")[2]
    (root / "decks/llm/dpo.yaml").write_text(deck, encoding="utf-8")
    (root / "decks/.lock").mkdir()
    claimed = SECRET.replace("绝不外传", "永不外传")
    lock = root / "decks/.lock/x00000001.jsonl"
    lock.write_text(json.dumps({"excerpt": "x00000001", "text": claimed}) + "\n\n", encoding="utf-8")
    outputs = [
        run("check").output,
        run("extract").output,
        run("extract", "--format", "jsonl").output,
        run("preview", "--export", root / "site").output,
    ]
    assert "绝不外传" not in "".join(outputs) + everything(root)
    assert "source-outside" in outputs[0]


def test_a_link_out_of_the_notes_is_named_and_what_the_user_names_is_read(root, secret):
    (root / "seeds/link.md").symlink_to(secret)
    skipped = run("extract", "seeds", "--format", "jsonl")
    assert skipped.exit_code == 0
    assert "    1 skipped: links that leave the folder: seeds/link.md" in skipped.stderr
    assert "绝不外传" not in skipped.output
    named = run("extract", secret, "--format", "jsonl")
    assert named.exit_code == 0
    assert "绝不外传" not in run("extract", secret).output + everything(root)
    assert "copy it into seeds/" in run("extract", secret).output


@pytest.mark.parametrize("folder", ["dist", ".cardsmith", "decks/.lock", "seeds"])
def test_a_folder_that_is_a_link_out_of_the_project_is_not_written_through(root, tmp_path_factory, folder):
    outside = tmp_path_factory.mktemp("outside")
    if folder == "seeds":
        (root / "seeds/notes.txt").rename(outside / "notes.txt")
        (root / "seeds").rmdir()
    (root / folder).symlink_to(outside)
    before = sorted(outside.iterdir())
    (root / "seeds2.md").write_text(
        "# 注意力\n\n注意力是一种加权求和的方法,它按相似度给值加权。\n", encoding="utf-8"
    )
    done = {name: run(*name.split()) for name in ("build", "release", "check", "extract seeds2.md")}
    assert sorted(outside.iterdir()) == before
    assert any("[outside-project]" in result.output for result in done.values())
    assert all(result.exit_code in (0, 1) for result in done.values())
    assert all("Traceback" not in result.output for result in done.values())


def test_a_deck_that_is_a_link_out_of_the_project_is_a_problem_with_its_place(root, secret):
    secret.write_text("title: 别人的\ncards: []\n", encoding="utf-8")
    (root / "decks/llm/other.yaml").symlink_to(secret)
    done = run("check")
    assert done.exit_code == 1
    assert "decks/llm/other.yaml: this lies outside the project [outside-project]" in done.output


def test_links_within_the_project_and_paths_that_are_not_there_yet_are_fine(root):
    (root / "alias").symlink_to(root / "seeds")
    assert inside(root, "alias/notes.txt").is_file()
    assert inside(root, "dist/new/llm.apkg") == root / "dist/new/llm.apkg"
