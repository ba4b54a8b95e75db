"""What must never ship: each is refused by check and by build alike, or cured on the way and proved in Anki."""

import html
import json
import re

import pytest
from click.testing import CliRunner

from ankilab import import_package, note_by_card_id, profile
from cardsmith.anki.notes import Note
from cardsmith.anki.package import StampedNote, build_package
from cardsmith.cli.main import main
from cardsmith.decks.project import read_project
from cardsmith.errors import CardsmithError
from cardsmith.pipeline import build

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c626001000000050001a5f645400000000049454e44ae426082"
)


def card(body, extra=""):
    return f"title: t\ncards:\n- id: a\n  kind: claim\n{body}\n  cite: arXiv:2305.18290\n{extra}"


def basic(front="LoRA 冻结什么？", back="预训练权重", extra=""):
    values = [value if value.startswith('"') else f"|-\n    {value}" for value in (front, back)]
    return card(f"  front: {values[0]}\n  back: {values[1]}", extra)


REFUSED = {
    "an empty front": (basic(front='"[](#)"'), "renders-empty"),
    "an invisible front": (basic(front='"\\u200b\\u00a0"'), "renders-empty"),
    "an empty back": (basic(back="&nbsp;"), "renders-empty"),
    "a cloze without deletion": (card("  text: nothing"), "cloze-none"),
    "std::map in a cloze": (card('  text: "{{c1::std::map}}"'), "cloze-colons"),
    "full-width digits": (card('  text: "{{c１::x}}"'), "cloze-form"),
    "a field of 10 MB": (basic(back="长" * 10_000_000), "too-long"),
    "U+3000 in a tag": (basic(extra='  tags: ["a\u3000b"]\n'), "bad-tag"),
    "a tab in a tag": (basic(extra='  tags: ["a\\tb"]\n'), "bad-tag"),
    "a line end in a tag": (basic(extra='  tags: ["a\\nb"]\n'), "bad-tag"),
    "Anki's own tag": (basic(extra="  tags: [leech]\n"), "bad-tag"),
    "our own tag": (basic(extra="  tags: [cardsmith::retired]\n"), "bad-tag"),
    "a picture that is not there": (basic(back="![](x.png)", extra="  media: [x.png]\n"), "media-missing"),
    "a picture from the net": (basic(back="![](https://example.org/x.png)"), "media-unlisted"),
    "a picture that is not listed": (basic(back="![](pic.png)"), "media-unlisted"),
    "a picture that is not shown": (basic(extra="  media: [pic.png]\n"), "media-unused"),
    "a file outside": (basic(back="![](x)", extra="  media: [../../../x]\n"), "media-outside"),
    "an absolute path": (basic(back="![](x)", extra="  media: [/etc/passwd]\n"), "media-outside"),
    "a file that is no picture": (basic(back="![](dpo.yaml)", extra="  media: [dpo.yaml]\n"), "media-type"),
    "a cycle": (basic(extra="  after: [a]\n"), "after-cycle"),
    "after nothing": (basic(extra="  after: [gone]\n"), "after-unknown"),
    "escaped control characters": (basic(back='"a\\u0001\\u001fb"'), "yaml-escape"),
    "dollars, although Markdown has them": (basic(back="$a<b$ 与 $$c$$"), "math-dollar"),
    "a formula in code": (basic(back="`\\(x\\)` <b>\\(y\\)"), None),
}


BESIDES = {
    "renders-empty": {"yaml-escape"},
    "bad-tag": {"yaml-escape"},
    "cloze-form": {"cloze-none", "cloze-braces"},
}
"""What ``check`` or the reader says besides: of the escapes by which it is written here, and of what follows from it."""


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_by_check_and_build(root, name):
    text, code = REFUSED[name]
    (root / "decks/llm/dpo.yaml").write_text(text, encoding="utf-8")
    (root / "decks/llm/pic.png").write_bytes(PNG)
    found = CliRunner().invoke(main, ["check", "--format", "json"])
    errors = [row for row in json.loads(found.stdout) if row["severity"] == "error"]
    assert bool(errors) == bool(code)
    accepted = {code, *BESIDES.get(code, ())}
    assert {row["code"] for row in errors} <= accepted
    assert all(row["line"] > 2 and row["hint"] for row in errors)
    if code:
        with pytest.raises(CardsmithError) as raised:
            build(read_project(root), (), root / "dist")
        assert {problem.code for problem in raised.value.problems} <= accepted
        assert not (root / "dist").exists()
    else:
        build(read_project(root), (), root / "dist")


CURED = {
    "a decomposed accent": ("Poincare\u0301", "Poincar\u00e9"),
    "a script": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "a handler": ('"<img src=x onerror=alert(1)>"', "<img src=x onerror=alert(1)>"),
    "a comparison in math": (r"\(a<b\) and p<q", r"\(a<b\) and p<q"),
    "braces of a template": ("{{front}} {{FrontSide}}", "{{front}} {{FrontSide}}"),
}


@pytest.mark.parametrize("name", CURED)
def test_is_cured_and_arrives_in_anki(root, tmp_path, name):
    text, shown = CURED[name]
    (root / "decks/llm/dpo.yaml").write_text(basic(back=text), encoding="utf-8")
    assert CliRunner().invoke(main, ["check"]).exit_code == 0
    (llm,) = build(read_project(root), (), root / "dist")
    with profile(tmp_path / "anki") as collection:
        import_package(collection, llm.path)
        note = note_by_card_id(collection, "a")
        answer = note.cards()[0].answer()
    assert html.unescape(note["Back"]) == shown
    assert "<script>alert" not in answer
    assert "<img" not in answer


def test_a_lone_surrogate_never_gets_past_the_yaml(root):
    (root / "decks/llm/dpo.yaml").write_bytes(basic(back='"\\ud800"').encode())
    found = CliRunner().invoke(main, ["check", "--format", "json"])
    assert found.exit_code == 1
    assert json.loads(found.stdout)[0]["line"] > 2


def test_a_picture_in_a_quote_is_left_out(root):
    text = basic(extra="  quote: |-\n    见 ![图一](https://example.org/x.png) 与 [sound:a.mp3]\n")
    (root / "decks/llm/dpo.yaml").write_text(text, encoding="utf-8")
    (llm,) = build(read_project(root), (), root / "dist")
    assert dict(llm.notes[0].note.fields)["Quote"] == "见 图一 与"


@pytest.mark.parametrize("unfit", ["a\x1fb", "\ud800"])
def test_the_package_is_the_last_gate(unfit):
    note = Note("a", "llm", is_cloze=False, fields=(("Id", "a"), ("Front", unfit)), tags=(), ords=(0,))
    with pytest.raises(CardsmithError, match="unfit-character"):
        build_package("D", "", [StampedNote(note, 1)])


def test_one_guid_is_never_in_a_package_twice():
    note = Note("a", "llm", is_cloze=False, fields=(("Id", "a"), ("Front", "f")), tags=(), ords=(0,))
    with pytest.raises(CardsmithError, match="duplicate-id"):
        build_package("D", "", [StampedNote(note, 1), StampedNote(note, 2)])


def test_two_pictures_of_one_name_and_new_content_under_an_old_name_all_arrive(root, tmp_path):
    folder = root / "decks/llm"
    for sub, content in (("x", PNG), ("y", PNG + b"\0")):
        (folder / sub).mkdir()
        (folder / sub / "图.png").write_bytes(content)
    text = basic(back="![甲](x/图.png) ![乙](y/图.png)", extra='  media: ["x/图.png", "y/图.png"]\n')
    (folder / "dpo.yaml").write_text(text, encoding="utf-8")
    assert CliRunner().invoke(main, ["check"]).exit_code == 0
    (llm,) = build(read_project(root), (), root / "dist")
    with profile(tmp_path / "anki") as collection:
        import_package(collection, llm.path)
        names = re.findall(r'src="([^"]+)"', note_by_card_id(collection, "a")["Back"])
        assert len(set(names)) == 2
        assert [(tmp_path / "anki/collection.media" / name).read_bytes() for name in names] == [
            PNG,
            PNG + b"\0",
        ]

        (folder / "x/图.png").write_bytes(PNG + b"new")
        (llm,) = build(read_project(root), (), root / "dist")
        assert import_package(collection, llm.path)["updated"] == 1
        names = re.findall(r'src="([^"]+)"', note_by_card_id(collection, "a")["Back"])
        assert (tmp_path / "anki/collection.media" / names[0]).read_bytes() == PNG + b"new"


def test_a_picture_that_is_listed_not_shown_and_not_there_is_one_problem(root):
    text = basic(extra="  media: [x.png]\n")
    (root / "decks/llm/dpo.yaml").write_text(text, encoding="utf-8")
    for command in ("check", "build"):
        found = CliRunner().invoke(main, [command])
        assert found.exit_code == 1
        assert found.exception is None or isinstance(found.exception, SystemExit)
        assert "no file x.png" in found.output
