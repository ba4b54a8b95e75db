"""docs/checks.md tells the truth: every code has its section there, and the bad and the good example are run here."""

import ast
import re
import shlex
import subprocess

import pytest
from click.testing import CliRunner

from cardsmith import pipeline
from cardsmith.checks import run as running
from cardsmith.checks.table import CARD_CHECKS, PROJECT_CHECKS
from cardsmith.cli.main import main
from cardsmith.decks.emit import FIELD_ORDER
from cardsmith.decks.project import read_project
from cardsmith.errors import RENAMED, SEVERITIES, CardsmithError
from cardsmith.ids import excerpt_id
from cardsmith.text.clozes import cloze_hashes
from conftest import ROOT

PAGE = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
SOURCE = "注意力把查询与每个键比较，再按权重把值加起来。"
HEAD = f"excerpt: {excerpt_id(SOURCE)}\ntitle: 注意力\nsource: seeds/notes.txt:1\n\ncards:\n\n"
HOME = "decks/llm/attention.yaml"
SOUND = {
    "id": "card",
    "kind": "claim",
    "front": "多头注意力为什么要分头？",
    "back": "让每个头关注不同的子空间",
    "cite": "arXiv:1706.03762, sec. 3.2",
}

SECTIONS = {
    code: (severity.lower(), *(re.split(r"^Good:\n", examples, flags=re.MULTILINE) if examples else ("", "")))
    for code, severity, _, examples in re.findall(
        r"^### `([a-z0-9-]+)`\n\*(Error|Warning)\.\* (.+)\n(?:\nBad:\n\n((?:.|\n)*?))?(?=\n##|\Z)", PAGE, re.MULTILINE
    )
}  # fmt: skip
"""Severity, bad and good example of each code."""
IN_FILES = [code for code, (_, bad, _) in SECTIONS.items() if bad and "```sh" not in bad]
IN_SHELL = [code for code, (_, bad, _) in SECTIONS.items() if "```sh" in bad]
WITHOUT = {
    "unfit-character", "changed-on-disk", "project-busy", "card-layout", "uncommitted", "source-extra", "source-locked",
    "picture-missing", "picture-outside", "picture-unfit", "picture-remote", "no-extra",
}  # fmt: skip
"""No file and no command line here brings these about; see test_bad_input, test_decisions, test_writing, test_migration,
test_formats, test_pictures, test_assistant."""


def blocks(section):
    return re.findall(r"```(?:yaml|json|text|sh)( [^\n]*)?\n(.*?)\n```", section, re.DOTALL)


def spelt_out(text):
    """A block with its ‹…› replaced by what they stand for."""
    text = re.sub(r"‹U\+([0-9A-F]{4})›", lambda m: chr(int(m.group(1), 16)), text)
    text = re.sub("‹nothing›|‹a picture›|‹a document›", "", text)
    text = re.sub(r"‹byte ([0-9A-F]{2})›", lambda m: chr(0xDC00 + int(m.group(1), 16)), text)
    text = re.sub(r"‹(.) × (\d+)›", lambda m: m.group(1) * int(m.group(2)), text)
    return re.sub(r"‹hash (.*?)›", lambda m: cloze_hashes(f"{{{{c1::{m.group(1)}}}}}")["1"], text)


def as_file(body):
    """A block without a path: cards, or fields that replace those of a sound card."""
    if body.startswith("- id:"):
        return HEAD + body
    own = re.findall(r"^([a-z]+):", body, re.MULTILINE)
    dropped = {"front", "back"} if "text" in own and "front" not in own else set()
    kept = [f"{name}: {value}" for name, value in SOUND.items() if name not in {*own, *dropped}]
    lines = [*kept, *body.split("\n")]
    lines.sort(key=lambda line: not line.startswith("id:"))
    return HEAD + "- " + "\n  ".join(lines)


def lay_down(root, section):
    """Write an example's files into a project."""
    (root / "decks/llm/dpo.yaml").unlink(missing_ok=True)
    (root / "seeds/notes.txt").write_text(SOURCE, encoding="utf-8")
    found = blocks(section)
    assert found
    for info, body in found:
        path, _, when = (info.strip() or HOME).partition(" ")
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if body == "‹a folder of this name›":
            target.mkdir()
            continue
        if body == "‹a link out of the project›":
            outside = root.parent / "outside.yaml"
            outside.write_text("title: 别人的\ncards: []\n", encoding="utf-8")
            target.symlink_to(outside)
            continue
        text = spelt_out(body if info.strip() else as_file(body)) + "\n"
        target.write_text(text, encoding="utf-8", errors="surrogateescape")
        if when == "committed":
            commit(root)
    if not any(path.strip() in ("", HOME) for path, _ in found) and "json" in section:
        (root / HOME).write_text(as_file("id: card" if '"card"' in section else "id: mha"), encoding="utf-8")


def commit(root):
    for arguments in (["init", "-q"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "t"]):  # fmt: skip
        subprocess.run(["git", *arguments], cwd=root, check=True)


def problems(root):
    try:
        project = read_project(root)
    except CardsmithError as error:  # the topics file itself
        return list(error.problems)
    try:
        return pipeline.check(project)
    except CardsmithError as error:  # the notes, or what was proposed from them
        return list(error.problems)


@pytest.mark.parametrize("code", IN_FILES)
def test_the_bad_example_of_a_check_is_found_at_a_place_with_a_hint(root, code):
    severity, bad, _ = SECTIONS[code]
    lay_down(root, bad)
    found = [problem for problem in problems(root) if problem.code == code]
    assert found
    assert {problem.severity for problem in found} == {severity}
    assert all(problem.path and problem.message for problem in found)
    whole_file = {
        "unreadable",
        "yaml-empty",
        "yaml-too-long",
        "deck-place",
        "outside-project",
        "file-name",
        "released-shape",
        "released-conflict",
        "deck-renamed",
        "project-renamed",
        "topic-gone",
        "media-left",
    }
    assert all(problem.line for problem in found) or code in whole_file


@pytest.mark.parametrize("code", IN_FILES)
def test_the_good_example_of_a_check_gives_nothing(root, code):
    lay_down(root, SECTIONS[code][2])
    assert [str(problem) for problem in problems(root)] == []


def run(root, example, monkeypatch):
    """Run an example's lines, each of which must succeed but the last; return what that one did."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "t")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "t@t")
    ((_, script),) = blocks(example)
    done = None
    for line in script.split("\n"):
        assert done is None or done.exit_code == 0, done.output
        words = shlex.split(line)
        settings = dict(word.split("=", 1) for word in words if re.match("[A-Z_]+=", word))
        words = words[len(settings) :]
        if words[0] == "cardsmith":
            done = CliRunner().invoke(main, words[1:], env=settings)
            assert done.exception is None or isinstance(done.exception, SystemExit)
        elif words[0] == "cd":
            monkeypatch.chdir(words[1])
        else:
            subprocess.run(words, check=True)
    return done


@pytest.mark.parametrize("code", IN_SHELL)
def test_the_bad_command_of_a_section_ends_in_its_code_and_a_hint(root, code, monkeypatch):
    done = run(root, SECTIONS[code][1], monkeypatch)
    assert done.exit_code == (2 if code in ("no-project", "unknown-topic") else 1)
    assert set(re.findall(r"\[([a-z-]+)\]\n  hint: .", done.stderr)) == {code}


@pytest.mark.parametrize("code", IN_SHELL)
def test_the_good_command_of_a_section_succeeds(root, code, monkeypatch):
    done = run(root, SECTIONS[code][2], monkeypatch)
    assert (done.exit_code, "[" in done.stderr) == (0, False)


CODE_AT = {
    "CardCheck": (0, 1), "ProjectCheck": (0, 1), "CardsmithError.at": (1, 2), "document.report": (1, 2), "Problem": (1, 4), "LeftOut": (0, 1),
}  # fmt: skip
"""Among which arguments of a call its code is (half-open); before ``Problem``'s stand line and column, or ``*mark``."""


def texts(nodes):
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def raised():
    """Every code that the source spells out: in a call, as a constant, or at the head of what a helper returns."""
    for path in sorted((ROOT / "src" / "cardsmith").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (at := CODE_AT.get(ast.unparse(node.func))):
                yield from texts(node.args[slice(*at)])[:1]
            elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "Final":
                yield from texts([node.value])
            elif isinstance(node, ast.FunctionDef) and re.search("Code|Fault", ast.unparse(node.returns)):
                tuples = [inner for inner in ast.walk(node) if isinstance(inner, ast.Tuple)]
                yield from (code for each in tuples for code in texts(each.elts[:1]))


def test_every_code_that_is_raised_is_in_the_table_and_has_a_section():
    assert set(raised()) == set(SEVERITIES)
    assert {code: severity for code, (severity, *_) in SECTIONS.items()} == SEVERITIES
    assert len(re.findall(r"^### ", PAGE, re.MULTILINE)) == len(SECTIONS)
    assert {code for code, (_, bad, _) in SECTIONS.items() if not bad} == WITHOUT


def test_a_code_is_never_given_another_meaning():
    checked = [check.code for check in (*CARD_CHECKS, *PROJECT_CHECKS)]
    assert len(checked) == len(set(checked))
    assert not RENAMED.keys() & SEVERITIES.keys()
    assert set(RENAMED.values()) <= SEVERITIES.keys()


def test_every_finding_function_says_what_it_finds():
    for check in (*CARD_CHECKS, *PROJECT_CHECKS):
        assert (check.find.__doc__ or "").startswith("Find ")


def test_a_reason_silences_a_warning_and_never_an_error(root):
    deck = root / "decks/llm/dpo.yaml"
    text = deck.read_text(encoding="utf-8")
    asked = text.replace("front: DPO 的关键发现是什么？", "front: DPO 有效吗？")
    deck.write_text(asked, encoding="utf-8")
    assert [p.code for p in problems(root)] == ["yes-no"]
    reason = "  allow:\n    yes-no: 有意为之\n"
    deck.write_text(asked.replace("sec. 4\n", f"sec. 4\n{reason}"), encoding="utf-8")
    assert problems(root) == []
    deck.write_text(text.replace("sec. 4\n", "sec. 4\n  allow:\n    untraced: 不必\n").replace("  cite: arXiv:2305.18290, sec. 4\n", ""), encoding="utf-8")  # fmt: skip
    assert sorted(p.code for p in problems(root)) == ["allow-unknown", "untraced"]


def test_a_warning_allowed_under_a_former_code_stays_allowed(root, monkeypatch):
    monkeypatch.setitem(RENAMED, "polar-question", "yes-no")
    deck = root / "decks/llm/dpo.yaml"
    text = deck.read_text(encoding="utf-8").replace("DPO 的关键发现是什么？", "DPO 有效吗？")
    reason = "  allow:\n    polar-question: 有意为之\n"
    deck.write_text(text.replace("sec. 4\n", f"sec. 4\n{reason}"), encoding="utf-8")
    assert [(p.code, p.line, p.hint) for p in problems(root)] == [("allow-renamed", 14, "write yes-no")]


def test_allow_is_a_field_that_is_written_last_and_only_when_used():
    assert FIELD_ORDER[-1] == "allow"


def test_problems_are_sorted_by_place(root):
    path = root / "decks/llm/dpo.yaml"
    path.write_text(re.sub(r"  cite: .*\n", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    places = [(p.path, p.line, p.column) for p in problems(root)]
    assert len(places) == 3
    assert places == sorted(places)


def test_a_release_remembers_what_identity_checks_need(root):
    """Cloze numbers swapped, the deck renamed, the file renamed: each is found against a real release."""
    pipeline.release(read_project(root))
    assert problems(root) == []
    path = root / "decks/llm/dpo.yaml"
    text = path.read_text(encoding="utf-8")
    swapped = (
        text.replace("{{c1::671B}}", "{{c9::671B}}").replace("{{c2::", "{{c1::").replace("{{c9::", "{{c2::")
    )
    path.write_text(swapped, encoding="utf-8")
    assert [p.code for p in problems(root)] == ["cloze-moved", "cloze-moved"]
    path.write_text(text.replace("{{c1::671B}}", "{{c1::672B}}"), encoding="utf-8")
    assert problems(root) == []
    path.rename(path.with_name("direct.yaml"))
    topics = root / "decks/topics.yaml"
    topics.write_text(topics.read_text(encoding="utf-8").replace("cardsmith::视觉", "视觉"), encoding="utf-8")
    assert [p.code for p in problems(root)] == ["article-renamed"]
    topics.write_text(
        topics.read_text(encoding="utf-8").replace("::大语言模型", "::语言模型"), encoding="utf-8"
    )
    assert [p.code for p in problems(root)] == ["article-renamed", "deck-renamed"]


def test_a_fact_that_is_deleted_twice_has_not_moved(root):
    path = root / "decks/llm/dpo.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("37B", "671B"), encoding="utf-8")
    pipeline.release(read_project(root))
    assert "cloze-moved" not in [p.code for p in problems(root)]


def test_a_check_without_the_exact_extra_still_judges(root, monkeypatch):
    monkeypatch.setattr(running, "has_engine", lambda: False)
    path = root / "decks/llm/dpo.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(r"\beta\log\frac", r"\bm\beta\log\frac"), encoding="utf-8"
    )
    (found,) = problems(root)
    assert (found.code, found.hint) == ("math-macro", r"write \boldsymbol instead")
    assert not (root / ".cardsmith").exists()
