"""docs/checks.md tells the truth: every check has a bad and a good example there, and they are run here."""

import re
import subprocess

import pytest

from cardsmith import pipeline
from cardsmith.checks.table import CARD_CHECKS, PROJECT_CHECKS, READING, SEVERITIES
from cardsmith.decks.emit import FIELD_ORDER
from cardsmith.decks.project import read_project
from cardsmith.errors import CardsmithError
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
    code: (severity.lower(), bad, good)
    for code, severity, bad, good in re.findall(
        r"^### `([a-z0-9-]+)`\n\*(Error|Warning)\.\*.*?\nBad:\n\n(.*?)\n\nGood:\n\n(.*?)\n(?=\n#|\Z)", PAGE, re.DOTALL | re.MULTILINE
    )
}  # fmt: skip


def blocks(section):
    return re.findall(r"```(?:yaml|json)( [^\n]*)?\n(.*?)\n```", section, re.DOTALL)


def spelt_out(text):
    """A block with its ‹…› replaced by what they stand for."""
    text = re.sub(r"‹U\+([0-9A-F]{4})›", lambda m: chr(int(m.group(1), 16)), text)
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
    return pipeline.check(project, pipeline.read_excerpts(project, ()))


@pytest.mark.parametrize("code", SECTIONS)
def test_the_bad_example_of_a_check_is_found_at_a_place_with_a_hint(root, code):
    severity, bad, _ = SECTIONS[code]
    lay_down(root, bad)
    found = [problem for problem in problems(root) if problem.code == code]
    assert found
    assert {problem.severity for problem in found} == {severity} == {SEVERITIES[code]}
    assert all(problem.path and problem.message for problem in found)
    whole_file = {
        "unreadable",
        "yaml-empty",
        "yaml-too-long",
        "deck-place",
        "outside-project",
        "released-shape",
        "deck-renamed",
    }
    assert all(problem.line for problem in found) or code in whole_file


@pytest.mark.parametrize("code", SECTIONS)
def test_the_good_example_of_a_check_gives_nothing(root, code):
    lay_down(root, SECTIONS[code][2])
    assert [str(problem) for problem in problems(root)] == []


def test_every_check_is_documented_and_nothing_else():
    assert set(SECTIONS) == set(SEVERITIES)
    assert len(re.findall(r"^### ", PAGE, re.MULTILINE)) == len(SECTIONS)


def test_codes_are_unique_and_every_code_of_the_readers_is_listed():
    codes = [check.code for check in (*CARD_CHECKS, *PROJECT_CHECKS)] + list(READING)
    assert len(codes) == len(set(codes))
    source = "".join(
        (ROOT / "src/cardsmith" / name).read_text()
        for name in ("decks/strict_yaml.py", "decks/deckfile.py", "decks/project.py")
    )
    raised = set(re.findall(r'"((?:yaml|deck|excerpt|bad|card|unknown|missing|empty)-[a-z-]+)"', source))
    assert raised - {"unknown-topic"} <= set(READING)


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
    monkeypatch.setattr(pipeline, "has_engine", lambda: False)
    path = root / "decks/llm/dpo.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(r"\beta\log\frac", r"\bm\beta\log\frac"), encoding="utf-8"
    )
    (found,) = problems(root)
    assert (found.code, found.hint) == ("math-macro", r"write \boldsymbol instead")
    assert not (root / ".cardsmith").exists()
