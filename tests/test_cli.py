"""The command line as people use it: results on stdout, problems with a place and a hint, exit codes, no traceback."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cardsmith.cli.main import main, print_problems
from cardsmith.errors import Problem
from conftest import DECK, ROOT


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


SEED = (
    "模型SD是一种基于latent的扩散模型。MLA(Multihead Latent Attention)从MHA、MQA、GQA到MLA的演变历程。后文..."
)


@pytest.fixture
def seeded(root):
    (root / "seeds" / "notes.txt").write_text(f"BANNER LINE\n{SEED}\n", encoding="utf-8")
    return root


def test_extract_check_build_from_nothing(seeded):
    done = run("extract", "--check")
    assert (
        done.exit_code,
        list((seeded / "decks/.lock").glob("*")) if (seeded / "decks/.lock").exists() else [],
    ) == (1, [])
    done = run("extract")
    assert done.exit_code == 0
    assert "new drafts, 0 refreshed" in done.stdout
    assert run("extract", "--check").exit_code == 0
    assert run("check").exit_code == 0
    done = run("build")
    assert done.exit_code == 0
    assert (seeded / "dist" / "llm.apkg").exists()
    with_cards = {path.parent.name for path in (seeded / "decks").glob("*/*.yaml")}
    assert {path.stem for path in (seeded / "dist").glob("*.apkg")} == with_cards
    assert "notes" in done.stdout


def test_an_editor_is_never_overwritten_from_the_command_line(seeded):
    run("extract")
    (path,) = [p for p in (seeded / "decks").rglob("*.yaml") if p.name not in ("topics.yaml", "dpo.yaml")]
    edited = path.read_text(encoding="utf-8").replace(
        "MHA → MQA → GQA → MLA", "MHA → MQA → GQA → MLA（DeepSeek-V2）"
    )
    moved = path.parent.parent / "vision" / "renamed.yaml"
    moved.parent.mkdir(exist_ok=True)
    path.unlink()
    moved.write_text(edited, encoding="utf-8")
    done = run("extract")
    assert moved.read_text(encoding="utf-8") == edited
    assert "nothing to propose" in done.stderr
    assert not path.exists()


def test_notes_outside_seeds_are_known_by_the_decks_that_name_them(root):
    (root / "notes").mkdir()
    (root / "notes" / "sd.md").write_text("# SD\n\nSD是一种基于latent的扩散模型。\n", encoding="utf-8")
    assert "1 new" in run("extract", "notes").stdout
    assert run("check").exit_code == 0
    assert "nothing to propose" in run("extract", "--check").stderr


def test_extract_as_json_lines_writes_nothing_and_has_every_key(seeded):
    before = sorted(seeded.rglob("*"))
    done = run("extract", "seeds/notes.txt", "--format", "jsonl", "--explain")
    assert done.exit_code == 0
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    keys = [
        "excerpt",
        "file",
        "line",
        "kind",
        "term",
        "aliases",
        "front",
        "back",
        "text",
        "evidence",
        "span",
        "rule",
        "score",
        "flags",
    ]
    assert rows
    for row in rows:
        assert set(keys) <= set(row)
        assert SEED[slice(*row["span"])] == row["evidence"]
        file = (seeded / row["file"]).read_text(encoding="utf-8")
        assert file[slice(*row["file_span"])] == row["evidence"]
        line = file.split("\n")[row["quote_line"] - 1]
        assert line[row["quote_column"] - 1 :].startswith(row["evidence"].split("\n")[0])
        assert (row["file"], row["line"]) == ("seeds/notes.txt", 2)
    assert sorted(seeded.rglob("*")) == before


def test_release_then_locked_build(root):
    assert run("build", "--locked").exit_code == 1
    assert not (root / "dist").exists()
    done = run("release")
    assert done.exit_code == 0
    assert "new: dpo-finding" in done.stdout
    assert run("build", "--locked").exit_code == 0
    record = (root / "decks/released.json").read_bytes()
    (root / "decks/llm/dpo.yaml").write_text(DECK.replace("反之亦然", "反过来也成立"), encoding="utf-8")
    done = run("build", "--locked")
    assert done.exit_code == 1
    assert "dpo-finding is changed" in done.stderr
    assert (root / "decks/released.json").read_bytes() == record


def test_two_builds_without_a_release_are_the_same_by_the_ledger(root):
    run("build")
    first = (root / "dist/llm.apkg").read_bytes()
    ledger = json.loads((root / ".cardsmith/ledger.json").read_text())
    assert set(ledger) == {"dpo-finding", "dpo-reward", "v3-size"}
    run("build")
    assert (root / "dist/llm.apkg").read_bytes() == first


def test_stats_counts_cards(root):
    rows = json.loads(run("stats", "--format", "json").stdout)
    assert rows[0] == {
        "topic": "llm", "articles": 1, "cards": 3, "drafts": 0, "definition": 0, "formula": 1, "claim": 2, "enumeration": 0, "progression": 0,
    }  # fmt: skip
    assert "llm" in run("stats").stdout


def test_problems_come_for_people_machines_and_github(root):
    (root / "decks/llm/dpo.yaml").write_text(DECK.replace("  cite: arXiv:2412.19437\n", ""), encoding="utf-8")
    text = run("check")
    assert text.exit_code == 1
    assert text.stderr.startswith(
        "decks/llm/dpo.yaml:23:7: v3-size: neither quote nor cite [untraced]\n  hint: "
    )
    (row,) = json.loads(run("check", "--format", "json").stdout)
    assert (row["path"], row["line"], row["code"]) == ("decks/llm/dpo.yaml", 23, "untraced")
    assert run("check", "--format", "github").stdout.startswith(
        "::error file=decks/llm/dpo.yaml,line=23,col=7,title=untraced::"
    )


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


BAD = {
    "unknown topic": (None, ["build", "--topic", "nlp"], 2, "decks/topics.yaml: no topic 'nlp'"),
    "missing deck folder": ("remove", ["build"], 2, "decks/topics.yaml: no such file here"),
    "syntax error": (
        ("decks/llm/dpo.yaml", "title: a: b\n"),
        ["build"],
        1,
        "decks/llm/dpo.yaml:1:9: not valid YAML",
    ),
    "unknown key": (
        ("decks/llm/dpo.yaml", DECK.replace("cite: arXiv:2412", "cites: x")),
        ["build"],
        1,
        "decks/llm/dpo.yaml:26:",
    ),
    "duplicate id": (
        ("decks/llm/two.yaml", DECK),
        ["check"],
        1,
        "decks/llm/two.yaml:6:3: the id dpo-finding stands at",
    ),
    "not UTF-8": (
        ("decks/llm/dpo.yaml", b"title: \xb0\xa1\n"),
        ["build"],
        1,
        "decks/llm/dpo.yaml:1:8: not UTF-8",
    ),
    "bad source": (("seeds/notes.txt", b"\xff"), ["extract"], 1, "seeds/notes.txt:1:1: not UTF-8"),
    "empty source": (("seeds/notes.txt", ""), ["extract"], 1, "seeds/notes.txt: the file is empty"),
    "missing source": (None, ["extract", "nowhere.txt"], 1, "nowhere.txt: no such file or folder"),
    "folder that is no topic": (
        ("decks/nlp/a.yaml", DECK),
        ["check"],
        1,
        "decks/nlp/a.yaml: this folder is no topic",
    ),
    "unwritable output": (("taken", "a file"), ["build", "--out", "taken"], 1, "cannot write the file"),
    "damaged release record": (("decks/released.json", "{"), ["build"], 1, "decks/released.json: "),
    "unclosed formula": (
        ("decks/llm/dpo.yaml", DECK.replace(" \\]", "")),
        ["check"],
        1,
        "a formula is opened and never closed",
    ),
    "cloze without a deletion": (
        ("decks/llm/dpo.yaml", DECK.replace("{{c", "{c")),
        ["check"],
        1,
        "no deletion",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_message_with_a_place_and_a_hint(root, case):
    change, arguments, code, message = BAD[case]
    if change == "remove":
        (root / "decks/topics.yaml").unlink()
    elif change:
        write(root / change[0], change[1])
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    done = subprocess.run(
        [sys.executable, "-m", "cardsmith", *arguments],
        capture_output=True, text=True, cwd=root, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert {path: text for path, text in after.items() if ".cardsmith" not in path.parts} == before


def test_a_project_is_found_from_any_folder_inside_it(root, monkeypatch):
    monkeypatch.chdir(root / "decks" / "llm")
    assert json.loads(run("stats", "--format", "json").stdout)[0]["cards"] == 3


def test_an_annotation_for_github_is_one_line(capsys):
    print_problems([Problem("a.yaml", 1, 2, "untraced", "90 %\r\nand more", "do it")], "github")
    said = "::error file=a.yaml,line=1,col=2,title=untraced::90 %25%0Aand more (do it)\n"
    assert capsys.readouterr().out == said


def test_a_deck_with_errors_is_never_released(root):
    (root / "decks/llm/dpo.yaml").write_text(DECK.replace("  cite: arXiv:2412.19437\n", ""), encoding="utf-8")
    done = run("release")
    assert (done.exit_code, "[untraced]" in done.stderr) == (1, True)
    assert not (root / "decks/released.json").exists()
    assert not (root / "dist").exists()


def test_an_option_that_does_not_exist_is_wrong_usage(root):
    assert run("build", "--colour").exit_code == 2


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_help_with_an_example(command):
    shown = run(command, "--help").stdout
    assert "Example:" in shown
    assert f"cardsmith {command}" in shown
