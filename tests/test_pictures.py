"""Pictures travel: from beside a fact in a note to its draft, its package, the page and the real Anki."""

import builtins
import io
import json
import os
import struct
import threading
import zipfile
import zlib

import pytest
from click.testing import CliRunner
from PIL import Image

from ankilab import import_package, note_by_card_id, profile
from cardsmith.anki.media import MAX_BYTES
from cardsmith.anki.render import render_field
from cardsmith.checks.table import PROJECT_CHECKS
from cardsmith.cli.main import main
from cardsmith.decks.pictures import unused
from cardsmith.decks.project import read_project
from cardsmith.extract.candidates import extract
from cardsmith.model import Candidate, Card, Picture, Place, Span
from cardsmith.pipeline import build
from cardsmith.propose.pictures import WIDEST, Album, Mount
from cardsmith.review.desk import Desk
from cardsmith.review.server import open_server
from cardsmith.sources.picture_files import Finder, LeftOut, Look, look
from cardsmith.sources.reading import parse_source

FACT = "残差连接(Residual Connection)是一种把输入直接加到输出上的结构。"
OTHER = "层归一化(Layer Normalization)是一种对单个样本的所有特征做归一化的方法。"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'


def raster(kind="PNG", size=(60, 30), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, "#4488cc").save(out, kind, **options)
    return out.getvalue()


def noise(kind, size):
    out = io.BytesIO()
    Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3)).save(out, kind)
    return out.getvalue()


def bomb(width, height):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def offered(text):
    """What pictures each fact of a note is offered: addresses by the fact's first signs."""
    (note,) = parse_source(text, "seeds/note.md")
    return {c.quote[:4]: [p.address for p in c.pictures] for c in extract(note).candidates}


def picture_of(text):
    (note,) = parse_source(text, "seeds/note.md")
    ((picture,),) = [c.pictures for c in extract(note).candidates if c.pictures]
    return picture


def lay(root, text=f"# 笔记\n\n## 残差\n{FACT}\n\n![结构](img/a.png)\n", **files):
    """A project with a note and its pictures."""
    (root / "seeds/img").mkdir(exist_ok=True)
    (root / "seeds/note.md").write_text(text, encoding="utf-8")
    for name, content in ({"a.png": raster()} | files).items():
        (root / "seeds/img" / name.replace("__", ".")).write_bytes(content)
    return root


def run(*arguments):
    return CliRunner().invoke(main, list(arguments))


def drafts(root):
    return {entry.card.quote[:4]: entry.card for entry in read_project(root).drafts()}


# --- which picture belongs to a fact


@pytest.mark.parametrize(
    "text",
    [
        f"{FACT}\n\n![](a.png)",
        f"{FACT}\n![](a.png)",
        f"{FACT}如下图所示：\n\n![](a.png)",
        f'{FACT}\n\n<p align="center">\n<img src="a.png" width="300">\n</p>',
        f'{FACT}\n\n<img src="a.png">',
        f"{FACT}\n\n![[a.png|300]]",
        f"{FACT}\n\n[![](a.png)](https://example.org)",
        f"- {FACT}\n\n  ![](a.png)\n- 别的\n",
        f"> {FACT}\n>\n> ![](a.png)",
        f"![](a.png)\n\n{FACT}",
        f"{FACT}图中的箭头把输入绕过两层送到输出，加号是逐元素的和，虚线是形状不同的时候多出来的一个投影，训练时一起更新。\n![](a.png)",
    ],
    ids=[
        "below",
        "next line",
        "pointer",
        "html",
        "img",
        "wiki",
        "link",
        "item",
        "quotation",
        "first thing",
        "pointed at",
    ],
)
def test_a_picture_goes_with_the_fact_right_above_it(text):
    assert offered(f"# 笔记\n\n{text}\n")["残差连接"] == ["a.png"]


@pytest.mark.parametrize(
    "text",
    [
        f"{FACT}这样做有许多好处，例如梯度更容易往回传，网络可以更深，训练也更快更稳定，不需要很多技巧也行。\n\n![](a.png)",
        f"{FACT}\n\n一段别的话。\n\n![](a.png)",
        f"一段别的话。\n\n![](a.png)\n\n{FACT}",
        f"{FACT}\n\n## 别的\n\n![](a.png)\n\n话。",
        f"{FACT}\n\n![](a.png) ![](b.png) ![](c.png)",
        f"{FACT}\n\n| 甲 |\n|---|\n| ![](a.png) |",
        f"- {FACT}\n- 别的一项\n\n![](a.png)",
        f"{FACT}\n\n```\n![](a.png)\n```",
        f"{FACT}\n\n![[另一篇笔记]]",
        f"{FACT}\n\n![[talk.mp3]]",
        f"{FACT}\n\n这里 ![](a.png) 是公式。",
        f'{FACT}\n\n<!-- <img src="a.png"> -->',
    ],
    ids=[
        "far",
        "between",
        "another's",
        "section",
        "gallery",
        "table",
        "list",
        "code",
        "note",
        "sound",
        "inline",
        "comment",
    ],
)
def test_better_none_than_a_wrong_one(text):
    assert offered(f"# 笔记\n\n{text}\n")["残差连接"] == []


def test_of_two_facts_around_a_picture_it_goes_with_the_first():
    assert offered(f"# 笔记\n\n{FACT}\n\n![](a.png)\n\n{OTHER}\n") == {"残差连接": ["a.png"], "层归一化": []}


def test_a_formula_that_is_a_picture_is_none():
    tex = "![](https://www.zhihu.com/equation?tex=y%3Dx%2BF%28x%29)"
    assert offered(f"# 笔记\n\n{FACT}\n\n{tex}\n")["残差连接"] == []


@pytest.mark.parametrize(
    ("written", "alt"),
    [
        ("![两层 与一条绕过它们的线](a.png)", "两层 与一条绕过它们的线"),
        ("![[a.png]]", ""),
        ("![[a.png|300]]", ""),
        ("![[a.png|结构|300x200]]", "结构"),
        ("![block-4](a.png)", "block-4"),
        ("![a.png](img/a.png)", ""),
        ('<img alt="结构 &amp; 流" src="a.png">', "结构 & 流"),
        ("![结构](a b.png)", "结构"),
    ],
)
def test_what_a_note_says_that_a_picture_shows_is_kept(written, alt):
    assert picture_of(f"# 笔记\n\n{FACT}\n\n{written}\n").alt == alt


@pytest.mark.parametrize(
    ("beside", "credit"),
    [
        ("![](a.png)\n图源：何恺明，CC BY 4.0", "图源：何恺明，CC BY 4.0"),
        ("![](a.png)\n\n*Source: [He et al.](https://arxiv.org/abs/1512.03385)*", "Source: He et al. https://arxiv.org/abs/1512.03385"),
        ("![](a.png)\n\n© 2015 He", "© 2015 He"),
        ("![](a.png)\n\n来源：何恺明", "来源：何恺明"),
        ("<figure><img src='a.png'><figcaption>Image by He, CC0</figcaption></figure>", "Image by He, CC0"),
        ('![](a.png "Photo by He")', "Photo by He"),
        ("![](a.png)\n\n下一段话说的是别的事情。", ""),
        ("![](a.png)\n\nSources of noise are many.", ""),
    ],
)  # fmt: skip
def test_whose_a_picture_is_goes_with_it(beside, credit):
    assert picture_of(f"# 笔记\n\n{FACT}\n\n{beside}\n").credit == credit


# --- where its file lies


def picture(address, **fields):
    return Picture(address, "", Span(0, 1), **fields)


@pytest.mark.parametrize(
    ("address", "is_name"),
    [
        ("img/a.png", False), ("./img/a.png", False), ("/seeds/img/a.png", False), ("/img/a.png", False),
        ("seeds/img/a.png", False), ("a.png", True), ("A.PNG", True), ("img/a.png", True), ("img\\a.png", False),
        ("img/a.png?raw=true", False), ("img/%61.png", False), ("<img/a.png>", False), ("../seeds/img/a.png", False),
    ],
)  # fmt: skip
def test_a_file_is_found_beside_the_note_above_it_or_by_its_name(root, address, is_name):
    lay(root)
    assert Finder(root).find(picture(address, is_name=is_name), "seeds/note.md") == root / "seeds/img/a.png"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("img/none.png", "picture-missing"), ("img/%00.png", "picture-missing"), ("x" * 5000 + ".png", "picture-missing"),
        ("img", "picture-missing"), ("", "picture-missing"), ("\ud800.png", "picture-missing"),
        ("../../outside.png", "picture-outside"), ("/etc/../../outside.png", "picture-missing"),
        ("file:///etc/a.png", "picture-outside"), ("C:/a.png", "picture-missing"), ("img/link.png", "picture-outside"),
        ("http://example.org/a.png", "picture-remote"), ("//example.org/a.png", "picture-remote"),
        ("HTTPS://example.org/a.png", "picture-remote"), ("data:image/png;base64,AAAA", "picture-unfit"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_project_is_a_fault(root, address, code):
    lay(root)
    (root.parent / "outside.png").write_bytes(raster())
    (root / "seeds/img/link.png").symlink_to(root.parent / "outside.png")
    found = Finder(root).find(picture(address), "seeds/note.md")
    assert isinstance(found, LeftOut)
    assert found.code == code
    assert found.hint


def test_of_two_files_of_one_name_neither_is_taken(root):
    lay(root)
    (root / "seeds/more").mkdir()
    (root / "seeds/more/a.png").write_bytes(raster())
    finder = Finder(root)
    assert (
        finder.find(picture("a.png", is_name=True), "seeds/note.md").message
        == "there are 2 files of that name"
    )
    assert finder.find(picture("more/a.png", is_name=True), "seeds/note.md") == root / "seeds/more/a.png"


def test_a_note_outside_the_project_leads_to_no_file(root, tmp_path_factory):
    note = tmp_path_factory.mktemp("elsewhere") / "note.md"
    assert Finder(root).find(picture("a.png", is_name=True), note.as_posix()).code == "picture-outside"


# --- what its bytes are


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (raster("PNG", (7, 5)), Look(".png", 7, 5)),
        (raster("GIF", (7, 5)), Look(".gif", 7, 5)),
        (raster("JPEG", (7, 5)), Look(".jpg", 7, 5)),
        (raster("JPEG", (7, 5), progressive=True, comment=b"c" * 300), Look(".jpg", 7, 5)),
        (raster("WEBP", (7, 5)), Look(".webp", 7, 5)),
        (raster("WEBP", (7, 5), lossless=True), Look(".webp", 7, 5)),
        (raster("WEBP", (7, 5), exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"), Look(".webp", 7, 5)),
        (DRAWING.encode(), Look(".svg")),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- c -->" + DRAWING.encode(), Look(".svg")),
        (
            DRAWING.replace("<circle", '<a href="https://x.org"><text>x</text></a><circle').encode(),
            Look(".svg"),
        ),
    ],
    ids=["png", "gif", "jpeg", "progressive", "webp", "lossless", "extended", "svg", "prologue", "link"],
)
def test_a_picture_is_known_by_its_bytes(content, seen):
    assert look(content) == seen


def test_an_avif_is_known_by_its_bytes():
    if "AVIF" not in Image.registered_extensions().values():
        pytest.skip("this Pillow writes no AVIF")
    assert look(raster("AVIF", (32, 16))) == Look(".avif", 32, 16)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not a picture", b"\x89PNG\r\n\x1a\n", raster()[:40], b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF....WEBPVP8 ",
        b"\xff\xd8\xff" + b"\xff" * 99, raster("BMP"), raster("TIFF"), b"\0\0\0\x18ftypheic", bomb(50_000, 50_000), bomb(0, 9),
        b"<html></html>", b"<svg xmlns='http://www.w3.org/2000/svg'>", DRAWING.encode("utf-16"),
        *(DRAWING.replace("<circle", f"{bad}<circle").encode() for bad in (
            "<script>alert(1)</script>", "<g onload='x()'/>", "<use href='https://x.org/a.svg#b'/>", "<image href='//x.org/a.png'/>",
            "<a href='javascript:x()'/>", "<a href='java&#115;cript:x()'/>", "<style>@import 'https://x.org/a.css';</style>",
            "<style>circle{fill:url(https://x.org/a)}</style>", "<rect style='fill:url(//x.org/a)'/>", "<rect fill='url(http://x.org/a)'/>",
            "<foreignObject><iframe src='https://x.org'/></foreignObject>", "<set attributeName='href' to='javascript:x()'/>",
        )),
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + DRAWING.encode(), b"<?xml-stylesheet href='https://x.org/a.css'?>" + DRAWING.encode(),
        b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 100_000,
    ],
)  # fmt: skip
def test_what_no_card_can_show_is_a_fault(content):
    found = look(content)
    assert isinstance(found, LeftOut)
    assert found.code == "picture-unfit"
    assert found.hint


# --- how it comes into the deck


def mounted(root, *pictures, **fields):
    """A card with pictures of a note, and the album that they came through."""
    album = Album(root)
    candidate = Candidate(
        "x00000000", "claim", "t", Span(0, 1), "q", "r", "a", "f", "b", pictures=pictures, **fields
    )
    card = Card(id="a", kind="claim", front=candidate.front, back=candidate.back)
    return Mount(album, "decks/llm", lambda _: Place("seeds/note.md", 7)).on(card, candidate), album


def shown(root, name, content):
    lay(root, **{name.replace(".", "__"): content})
    return mounted(root, picture(f"img/{name}"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_wide_picture_is_made_as_wide_as_a_card_needs(root, kind):
    _, album = shown(root, f"a.{kind.lower()}", raster(kind, (WIDEST * 2, 400)))
    (content,) = album.content.values()
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size) == (kind, (WIDEST, 200))


def test_a_small_picture_keeps_its_bytes(root):
    on_it, album = shown(root, "Netz Übersicht.png", content := raster(size=(WIDEST, 9)))
    ((path, kept),) = album.content.items()
    assert kept == content
    assert path == f"decks/llm/{on_it.media[0]}"
    assert on_it.media[0].startswith("media/netz-ubersicht-")


def test_a_drawing_of_one_colour_with_a_palette_and_a_photo_on_its_side_survive_scaling(root):
    palette = io.BytesIO()
    Image.new("P", (WIDEST * 2, 10), 0).save(palette, "PNG", transparency=0)
    exif = Image.Exif()
    exif[0x0112] = 6
    side = raster("JPEG", (WIDEST * 2, 40), exif=exif)
    for name, content in (("p.png", palette.getvalue()), ("s.jpg", side)):
        (made,) = shown(root, name, content)[1].content.values()
        with Image.open(io.BytesIO(made)) as picture:
            assert picture.width <= WIDEST
            assert name != "s.jpg" or picture.height > picture.width


def test_a_picture_that_stays_too_large_is_a_fault(root):
    moving = io.BytesIO()
    frames = [Image.frombytes("RGB", (900, 900), os.urandom(2_430_000)).convert("P") for _ in range(9)]
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    assert len(moving.getvalue()) > MAX_BYTES
    on_it, album = shown(root, "a.gif", moving.getvalue())
    assert on_it.media == ()
    assert [(p.path, p.line, p.code) for p in album.faults] == [("seeds/note.md", 7, "picture-unfit")]


def test_without_pillow_a_picture_stays_as_it_is_or_the_fault_names_the_extra(root, monkeypatch):
    wide, heavy = raster(size=(WIDEST * 2, 9)), noise("PNG", (1600, 1200))
    assert len(heavy) > MAX_BYTES
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name == "PIL":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert list(shown(root, "wide.png", wide)[1].content.values()) == [wide]
    (fault,) = shown(root, "heavy.png", heavy)[1].faults
    assert "cardsmith[pictures]" in fault.hint


def test_a_file_that_is_there_is_not_made_again(root):
    on_it, album = shown(root, "a.png", raster(size=(WIDEST * 2, 9)))
    (root / "decks/llm/media").mkdir()
    (root / "decks/llm" / on_it.media[0]).write_bytes(b"made by another Pillow")
    again, album = shown(root, "a.png", raster(size=(WIDEST * 2, 9)))
    assert again == on_it
    assert album.content == {}


HOSTILE = ["a]b[c", "](http://x.org)", "![x](y)", "{{c1::x}}", r"\(x\) \[y\]", "$w$", "<img src=x onerror=alert(1)>", "`a` *b* _c_",
           "# h", "1. x", "- x", "x\u2028y\x07", "a|b", "[sound:a.mp3]", "&lt;b&gt;", "~~x~~"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_strangers_words_at_a_picture_stay_words(root, text):
    lay(root)
    stranger = picture("img/a.png")._replace(alt=text, credit=text)
    on_it, _ = mounted(root, stranger)
    page = render_field(on_it.extra, media={on_it.media[0]: "cs-a.png"})
    head, _, tail = page.partition("</p>")
    assert head.startswith('<p><img alt="')
    assert head.endswith('" src="cs-a.png">')
    said = tail.strip().removeprefix("<p>").removesuffix("</p>")
    assert "<" not in said
    assert not any(sign in said for sign in (r"\(", r"\[", "{{", "[sound:"))


# --- from note to deck


def test_a_draft_gets_its_picture_with_its_words_and_the_file_is_written_with_the_deck(root):
    lay(
        root,
        f"# 笔记\n\n{FACT}\n\n![结构](img/a.png)\n图源：何恺明，CC BY 4.0\n\n## 又\n{OTHER}\n\n![](img/a.png)\n",
    )
    done = run("extract")
    assert done.exit_code == 0
    first, second = drafts(root)["残差连接"], drafts(root)["层归一化"]
    (name,) = first.media
    assert first.extra == f"![结构]({name})\n\n图源：何恺明，CC BY 4.0"
    assert second.media == first.media, "one file for one picture"
    assert [path.name for path in (root / "decks/llm/media").iterdir()] == [name.removeprefix("media/")]
    assert (root / "decks/llm" / name).read_bytes() == raster()
    assert run("check").exit_code == 0
    assert "nothing to propose" in run("extract", "--check").output
    text = next((root / "decks/llm").glob("seeds*.yaml")).read_text(encoding="utf-8")
    assert "nothing" not in run("fmt").output
    assert next((root / "decks/llm").glob("seeds*.yaml")).read_text(encoding="utf-8") == text


def test_what_is_left_out_is_told_with_its_line_and_the_rest_goes_on(root):
    bad = {
        "none.png": "not found", "../../away.png": "outside the project", "https://x.org/a.png": "on the net",
        "img/broken.png": "no card can show", "img/bomb.png": "50,000 × 50,000", "img/evil.svg": "script",
    }  # fmt: skip
    names = ["甲", "乙", "丙", "丁", "戊", "己"]
    facts = [
        FACT.replace("残差连接(Residual Connection)", f"模块{n}(Module{n})").replace("输入", f"输入{n}")
        for n in names
    ]
    pieces = [
        f"## 节{n}\n{fact}\n\n![]({address})\n" for n, fact, address in zip(names, facts, bad, strict=True)
    ]
    lay(
        root,
        "# 笔记\n\n" + "\n".join(pieces),
        broken__png=b"x", bomb__png=bomb(50_000, 50_000),
        evil__svg=DRAWING.replace("<circle", "<script/><circle").encode(),
    )  # fmt: skip
    done = run("extract")
    assert done.exit_code == 0
    assert len(drafts(root)) == len(bad)
    assert not any(card.media or card.extra for card in drafts(root).values())
    lines = (root / "seeds/note.md").read_text(encoding="utf-8").split("\n")
    for address, told in bad.items():
        line = 1 + next(number for number, text in enumerate(lines) if address in text)
        assert f"seeds/note.md:{line}" in done.output
        assert told in done.output
    assert not (root / "decks/llm/media").exists()


def test_a_draft_of_which_only_the_picture_changes_is_refreshed_and_an_accepted_card_is_not(root):
    lay(root)
    run("extract")
    old = drafts(root)["残差连接"]
    (root / "seeds/img/a.png").write_bytes(raster(size=(50, 50)))
    assert "1 refreshed, 1 pictures" in run("extract").output
    new = drafts(root)["残差连接"]
    assert new.id == old.id
    assert new.media != old.media
    run("accept", "--all")
    (root / "seeds/img/a.png").write_bytes(raster(size=(40, 40)))
    run("extract")
    (card,) = [e.card for d in read_project(root).decks for e in d.entries if e.card.id == new.id]
    assert card.media == new.media
    assert (root / "decks/llm" / card.media[0]).exists()


def test_a_picture_that_no_card_shows_any_more_is_told_and_swept_and_comes_back_with_its_draft(root):
    lay(root)
    run("extract")
    (name,) = drafts(root)["残差连接"].media
    path = root / "decks/llm" / name
    mine = path.with_name("mine.png")
    mine.write_bytes(raster())
    run("reject", drafts(root)["残差连接"].id)
    assert unused(read_project(root)) == [f"decks/llm/{name}"]
    assert (
        f"decks/llm/{name}: warning: no card shows this picture any more [media-left]" in run("check").output
    )
    assert "pictures that no card shows: 1" in run("doctor").output
    assert f"decks/llm/{name}: deleted" in run("check", "--fix").output
    assert not path.exists()
    assert mine.exists(), "what people put there is theirs"
    run("undo")
    assert drafts(root)["残差连接"].media == (name,)
    done = run("extract")
    assert "1 pictures" in done.output
    assert path.read_bytes() == raster()


def test_no_picture_is_swept_while_a_deck_cannot_be_read(root):
    lay(root)
    run("extract")
    deck = next((root / "decks/llm").glob("seeds*.yaml"))
    deck.write_text(deck.read_text(encoding="utf-8") + "- broken", encoding="utf-8")
    run("check", "--fix")
    assert len(list((root / "decks/llm/media").iterdir())) == 1


def test_two_decks_of_one_run_may_bring_the_same_picture(root):
    lay(root)
    other = f"# 别的\n\n{OTHER}\n\n![](img/a.png)\n"
    (root / "seeds/other.md").write_text(other, encoding="utf-8")
    done = run("extract")
    assert done.exit_code == 0
    assert drafts(root)["残差连接"].media == drafts(root)["层归一化"].media
    assert list((root / ".cardsmith").rglob("*.tmp")) == []
    assert run("check").exit_code == 0


def test_candidates_tell_their_pictures(root):
    lay(root, f"# 笔记\n\n{FACT}\n\n![结构](img/a.png)\n© 何\n\n## 又\n{OTHER}\n\n![](img/none.png)\n")
    rows = [
        json.loads(line) for line in run("extract", "--format", "jsonl", "seeds/note.md").stdout.splitlines()
    ]
    told = {row["term"]: row["pictures"] for row in rows}
    assert told == {
        "残差连接": [
            {"path": "seeds/img/a.png", "address": "img/a.png", "alt": "结构", "credit": "© 何", "line": 5}
        ],
        "层归一化": [{"path": None, "address": "img/none.png", "alt": "", "credit": "", "line": 11}],
    }


def test_a_check_of_the_table_finds_what_is_left():
    assert "media-left" in {check.code for check in PROJECT_CHECKS}


# --- to the learner


def test_the_real_anki_shows_it(root, tmp_path):
    text = f'# 笔记\n\n{FACT}\n\n![结构](img/a.png)\n图源：何恺明\n\n## 又\n{OTHER}\n\n<img src="img/d.svg" alt="图">\n'
    lay(root, text, d__svg=DRAWING.encode())
    run("extract")
    run("accept", "--all")
    (built,) = build(read_project(root), ("llm",), tmp_path / "dist")
    with zipfile.ZipFile(built.path) as package:
        names = json.loads(package.read("media")).values()
    with profile(tmp_path / "anki") as collection:
        import_package(collection, built.path)
        kept = {path.name: path.read_bytes() for path in (tmp_path / "anki/collection.media").iterdir()}
        assert {name: kept[name] for name in names} == {
            name: DRAWING.encode() if name.endswith(".svg") else raster() for name in names
        }
        assert len(names) == 2
        for card in read_project(root).decks[-1].entries:
            note = note_by_card_id(collection, card.card.id)
            (name,) = [name for name in names if name in note["Extra"]]
            (number,) = note.card_ids()
            page = collection.get_card(number).answer()
            assert f'src="{name}"' in page
        assert '<img alt="结构"' in note_by_card_id(collection, drafts_ids(root)[0])["Extra"]


def drafts_ids(root):
    return [e.card.id for d in read_project(root).decks for e in d.entries if e.card.media]


@pytest.mark.browser
def test_pages_show_it_with_and_without_a_server(root, tmp_path, browser):
    lay(
        root,
        f'# 笔记\n\n{FACT}\n\n![结构](img/a.png)\n\n## 又\n{OTHER}\n\n<img src="img/d.svg" alt="图">\n',
        d__svg=DRAWING.encode(),
    )
    run("extract")
    assert run("preview", "--export", str(tmp_path / "site")).exit_code == 0
    server, _ = open_server(Desk(root), "preview", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for address in ((tmp_path / "site/index.html").as_uri(), server.url):
            page = browser.new_page()
            page.goto(address)
            page.wait_for_selector("body[data-ready]")
            page.click('[data-do="sheet"]')
            page.wait_for_selector("img", state="attached")
            page.evaluate("Promise.all([...document.images].map(picture => picture.decode()))")
            page.close()
    finally:
        server.stop()


def test_trying_notes_out_shows_their_pictures(root, tmp_path, monkeypatch):
    lay(root)
    before = sorted(root.rglob("*"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert run("try", str(root / "seeds/note.md"), "--out", str(elsewhere / "out")).exit_code == 0
    (name,) = (elsewhere / "out/media").iterdir()
    assert name.read_bytes() == raster()
    (package,) = (elsewhere / "out").glob("*.apkg")
    with zipfile.ZipFile(package) as members:
        assert list(json.loads(members.read("media")).values()) == [name.name]
    assert sorted(path for path in root.rglob("*") if elsewhere not in (path, *path.parents)) == before


def test_a_picture_in_the_words_of_an_author_is_shown_there(root):
    text = (
        "# 笔记\n\nQ: 什么是残差连接？ ![问](img/a.png)\nA: 把输入直接加到输出上\n![结构](img/a.png)\n\n"
        "话。\n\nQ: 什么是归一化？\nA: 减去均值 ![](img/none.png) 再除以标准差\n"
    )
    lay(root, text)
    done = run("extract")
    cards = {card.front[:6]: card for card in (e.card for e in read_project(root).drafts())}
    (name,) = cards["什么是残差连"].media
    assert cards["什么是残差连"].front == f"什么是残差连接？ ![问]({name})"
    assert cards["什么是残差连"].back == f"把输入直接加到输出上\n![结构]({name})"
    assert cards["什么是残差连"].extra is None
    assert (root / "decks/llm" / name).read_bytes() == raster()
    assert cards["什么是归一化"].media == ()
    assert "seeds/note.md:9 (img/none.png: there is no such file" in done.output


def test_a_picture_that_an_author_wrote_in_html_comes_onto_the_answer_side(root):
    lay(
        root,
        '# 笔记\n\nQ: 什么是残差连接？\nA: 把输入直接加到输出上\n<img src="img/a.png" alt="结构">\n\n话。\n',
    )
    run("extract")
    (card,) = [entry.card for entry in read_project(root).drafts() if entry.card.media]
    assert card.extra == f"![结构]({card.media[0]})"
