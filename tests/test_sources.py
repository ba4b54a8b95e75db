"""Files to excerpts: the seeds exactly, other files sensibly, bad files with a place and a hint."""

import hashlib
from collections import Counter

import pytest
from click.testing import CliRunner

from cardsmith.cli.main import main
from cardsmith.errors import CardsmithError
from cardsmith.ids import excerpt_id
from cardsmith.sources.reading import Remarks, parse_source, read_sources
from conftest import ROOT

SEED_SHA256 = {
    "000_1d97448ebd3e87da.txt": "2dee772a48cb081c42a13173d6da127dabd371a1ba1bf3e3227bfb91fce27673",
    "001_12033a57a37026d2.txt": "19f5695f3f509b73bcfe49433e044af6bead40d3c2756aa383da88f968d55c2a",
    "002_9c25c388c7a678c4.txt": "f26b0a3d281bf739b1b72549bfdc1c3340fa60648a760d5576e081a71677971a",
    "003_995e545f86c1d488.txt": "5a78c683a36861a203a8f139d978b0998db4a9a3613108888dc4e8fed2fef304",
    "004_5eb30f12f99be7e9.txt": "d9f83693ea35779b11b4fe519cf56e83a9d6ba7476d8caf4949cb94ab28088b4",
}


@pytest.fixture(scope="module")
def excerpts():
    return read_sources([ROOT / "seeds"], ROOT)


def test_the_seeds_are_byte_exact():
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (ROOT / "seeds").glob("*.txt")
    }
    assert found == SEED_SHA256


def test_59_article_lines_are_44_excerpts_with_all_their_places(excerpts):
    assert (len(excerpts), sum(len(excerpt.places) for excerpt in excerpts)) == (44, 59)
    for excerpt in excerpts:
        for file, line, *_ in excerpt.places:
            assert (ROOT / file).read_text(encoding="utf-8").split("\n")[line - 1] == excerpt.text


def test_an_excerpt_id_ignores_white_space_and_the_final_ellipsis():
    assert excerpt_id("自注意力 机制...") == excerpt_id("自注意力机制…") == excerpt_id("自注意力机制\n")
    assert excerpt_id("自注意力机制") != excerpt_id("自注意机制")


def test_the_dpo_excerpt_has_the_documented_id(excerpts):
    assert [e.id for e in excerpts if "直接偏好优化" in e.text] == ["x80d8d2c6"]


def test_formulas_holes_and_truncation_are_marked(excerpts):
    kinds = Counter(formula.kind for excerpt in excerpts for formula in excerpt.formulas)
    assert kinds == {"inline": 35, "display": 7, "hole": 5, "open": 2}
    assert all(excerpt.truncated for excerpt in excerpts)
    for excerpt in excerpts:
        for formula in excerpt.formulas:
            assert formula.body in excerpt.text[formula.start : formula.end]


def test_markdown_gives_a_note_with_its_sections_and_their_headings():
    text = "intro\n\n# 注意力\n\n正文一\n\n## 多头\n\n正文二\n\n```\n# no heading\n```\n\n# 卷积\n\n正文三\n"
    (note,) = parse_source(f"---\ntopic: llm\n---\n\n{text}", "seeds/notes.md")
    assert (note.title, note.properties.topic, note.places[0].line) == ("seeds", "llm", 5)
    assert note.text == text.rstrip()
    found = [section.excerpt for section in note.sections]
    assert [(e.headings, e.places[0].line) for e in found] == [
        ((), 5),
        (("注意力",), 9),
        (("注意力", "多头"), 13),
        (("卷积",), 21),
    ]
    assert found[2].text == "正文二\n\n```\n# no heading\n```"
    for start, section in note.sections:
        assert note.text.startswith(section.text, start)
        assert note.place_at(start) == section.places[0]
    at = note.text.index("no heading")
    assert note.place_at(at) == ("seeds/notes.md", 16, at + note.places[0].offset, ())


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("甲", "a/注意力.md", "注意力"),
        ("# 注意力\n\n甲", "a/b.md", "注意力"),
        ("# 甲\n\n甲\n\n# 乙\n\n乙", "a/b.md", "b"),
        ("---\ntitle: 注意力\n---\n# 甲\n\n甲", "a/b.md", "注意力"),
        ("甲", "attention/README.md", "attention"),
        ("甲", "注意力 0f8fad5bd9cb469fa16570867728950e.md", "注意力"),
        ("甲", "a 0f8fad5bd9cb469fa16570867728950e/README.md", "a"),
        ("甲", "0f8fad5bd9cb469fa16570867728950e.md", "0f8fad5bd9cb469fa16570867728950e"),
        ("甲", "README.md", "README"),
        ("甲乙", "a/b.txt", "b"),
    ],
)
def test_a_note_is_called_what_it_calls_itself_else_by_its_file(text, name, title):
    (note,) = parse_source(text, name)
    assert note.title == title


@pytest.mark.parametrize(
    ("head", "properties"),
    [
        (
            "---\ntopic: llm\ntags: [ml/llm, '#注意力']\naliases: MHA\n---\n",
            ("llm", ("ml/llm", "注意力"), ("MHA",)),
        ),
        ("---\ntags: ml, llm\n---\n", ("", ("ml", "llm"), ())),
        ('+++\ntopic = "llm"\ntags = ["a"]\n+++\n', ("llm", ("a",), ())),
        ("---\ntags:\n  - a\n  - [b]\n---\n", ("", ("a",), ())),
        ("---\ntopic: [\n---\n", ("", (), ())),
        ("---\n" + "[" * 2000 + "\n---\n", ("", (), ())),
        ("---\n- a\n---\n", ("", (), ())),
        ("---\ntopic: &a !!python/name:os.system\nb: *a\n---\n", ("", (), ())),
        ("---\n" + "x: y\n" * 10_000 + "topic: llm\n---\n", ("", (), ())),
    ],
)
def test_front_matter_says_what_it_can_and_harms_nothing(head, properties):
    (note,) = parse_source(f"{head}正文\n", "a.md")
    found = note.properties
    assert (found.topic, found.tags, found.aliases) == properties
    assert note.text == "正文"


def test_plain_text_is_one_excerpt():
    (excerpt,) = parse_source("\n第一行。\n第二行。\n", "notes.txt")
    assert (excerpt.text, excerpt.places[0].line, excerpt.truncated) == ("第一行。\n第二行。", 2, False)


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "source-empty", 0),
        (b" \n\n", "source-empty", 0),
        ("好\n很好 ".encode() + "坏".encode("gb18030") + b"\n", "not-utf8", 2),
        (b"\x89PNG\r\n\0\0", "source-binary", 0),
        (b"x" * 50_000_000, "source-too-long", 1),
    ],
    ids=["empty", "blank", "half gb18030", "a picture", "50 MB line"],
)
def test_a_bad_file_is_one_problem_with_place_and_hint(tmp_path, content, code, line):
    (tmp_path / "bad.txt").write_bytes(content)
    with pytest.raises(CardsmithError) as raised:
        read_sources([tmp_path], tmp_path)
    (problem,) = raised.value.problems
    assert (problem.path, problem.code, problem.line) == ("bad.txt", code, line)
    assert problem.hint


def test_all_bad_files_are_reported_at_once(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt").write_bytes(b"\xff")
    with pytest.raises(CardsmithError) as raised:
        read_sources([tmp_path, tmp_path / "none.txt"], tmp_path)
    assert [problem.path for problem in raised.value.problems] == ["a.txt", "b.txt", "none.txt"]


NOTE = "# 注意力\n\n注意力把查询与每个键比较，再按权重把值加起来。\r\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"]
)
def test_a_note_is_read_whatever_its_editor_wrote(tmp_path, encoding):
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(encoding, "")
    (tmp_path / "a.md").write_bytes(f"{mark}{NOTE}".encode(encoding))
    remarks = Remarks()
    (excerpt,) = read_sources([tmp_path], tmp_path, remarks=remarks)
    assert excerpt.text == NOTE.replace("\r\n", "").strip()
    assert list(remarks.encodings) == ([] if encoding.startswith("utf-8") else ["a.md"])


def test_bytes_that_happen_to_be_gb18030_are_no_note(tmp_path):
    latin = "Le modèle à diffusion est entraîné à débruiter des données.\n" * 3
    (tmp_path / "a.md").write_bytes(latin.encode("latin-1"))
    with pytest.raises(CardsmithError, match="not-utf8"):
        read_sources([tmp_path], tmp_path)


def test_a_folder_is_read_as_far_as_it_goes(tmp_path):
    (tmp_path / "good.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "empty.md").write_bytes(b"")
    (tmp_path / "picture.md").write_bytes(b"\0" * 100)
    (tmp_path / "odd.txt").write_bytes(b"\xff")
    remarks = Remarks()
    assert len(read_sources([tmp_path], tmp_path, remarks=remarks)) == 1
    told = {(problem.path, problem.code) for problem in remarks.skipped}
    assert told == {("empty.md", "source-empty"), ("picture.md", "source-binary"), ("odd.txt", "not-utf8")}
    (tmp_path / "good.md").unlink()
    with pytest.raises(CardsmithError):
        read_sources([tmp_path], tmp_path, remarks=Remarks())


def test_what_is_hidden_in_a_folder_is_no_note_unless_it_is_named(tmp_path):
    for name in (".obsidian/a.md", "b/.trash/c.md", ".d.md", "e.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{NOTE}{name}", encoding="utf-8")
    assert [e.places[0].file for e in read_sources([tmp_path], tmp_path)] == ["e.md"]
    assert len(read_sources([tmp_path / ".obsidian", tmp_path / ".d.md"], tmp_path)) == 2


def test_extract_sums_up_what_it_skipped(root):
    (root / "seeds/gbk.md").write_bytes(NOTE.encode("gbk"))
    for number in range(7):
        (root / f"seeds/empty{number}.md").write_bytes(b"")
    for arguments in (["extract"], ["extract", "seeds", "--format", "jsonl"]):
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, done.output
        empty = (
            "seeds/empty0.md, seeds/empty1.md, seeds/empty2.md, seeds/empty3.md, seeds/empty4.md and 2 more"
        )
        assert f"    7 skipped: empty: {empty}" in done.stderr
        assert "    1 read as GB18030: seeds/gbk.md" in done.stderr
    assert CliRunner().invoke(main, ["check"]).exit_code == 0
