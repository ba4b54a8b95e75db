"""A project with one deck file a section becomes one with one a note: no card, comment, decision or review is lost."""

import shutil

import pytest
from click.testing import CliRunner

from ankilab import import_package, profile, review, reviews
from cardsmith.cli.main import main
from cardsmith.decks.emit import emit_deck
from cardsmith.decks.project import read_project
from cardsmith.decks.topicsfile import with_articles
from cardsmith.errors import CardsmithError
from cardsmith.extract.candidates import extract
from cardsmith.pipeline import build, release
from cardsmith.propose.by_section import layouts
from cardsmith.propose.lock import emit_lock, parse_lock
from cardsmith.propose.migration import Past, migrate
from cardsmith.propose.proposals import offers
from cardsmith.propose.reconcile import reconcile
from cardsmith.release.records import read_records
from cardsmith.sources.reading import parse_source
from cardsmith.writing import Writer
from conftest import TOPICS

NOTE = """# 扩散模型

## 定义

扩散模型是一种生成模型，它通过逐步加噪和去噪来学习数据分布。

## 潜在扩散

LDM(Latent Diffusion Model)是一种在隐空间里加噪和去噪的扩散模型。

## 引导

无分类器引导是一种用同一个网络同时学习有条件和无条件得分的采样方法。

## 广告

RAG(Retrieval-Augmented Generation)是一种先检索再生成的方法。

## 视觉

ViT(Vision Transformer)是一种把图像切成小块再用 Transformer 处理的模型。
"""
NAMES = {"定义": "x45468dbb", "潜在扩散": "ldm", "引导": "guidance", "广告": "rag", "视觉": "vit"}
TOPIC_OF = {"vit": "vision"}
T = 1_790_000_000


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def old(root, monkeypatch):
    """Two releases of a project laid out by section, with every decision that people take."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(T))
    (root / "decks/llm/dpo.yaml").unlink()
    (root / "seeds/扩散 模型.md").write_text(NOTE, encoding="utf-8")
    (note,) = parse_source(NOTE, "seeds/扩散 模型.md")
    for _, section in note.sections:
        name = NAMES[section.headings[-1]]
        place = f"seeds/扩散 模型.md:{section.places[0].line}"
        plan = reconcile(None, {}, offers(extract(section), section.id, name), section.text)
        cards = [card.model_copy(update={"draft": name == "guidance"}) for card in plan.added]
        assert cards
        path = root / f"decks/{TOPIC_OF.get(name, 'llm')}/{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(emit_deck(section.id, f"题：{name}", place, cards), encoding="utf-8")
        lock = root / f"decks/.lock/{section.id}.jsonl"
        lock.parent.mkdir(exist_ok=True)
        lock.write_text(emit_lock(plan.lock, {section.id: section.text}), encoding="utf-8")
    text = TOPICS.replace(
        "    keywords: [attention, dpo]\n", "    keywords: [attention]\n    articles: [zoo, ldm, x45468dbb]\n"
    )
    rag = next(s.id for _, s in note.sections if s.headings[-1] == "广告")
    (root / "decks/topics.yaml").write_text(f"{text}ignore:\n  {rag}: 广告\n", encoding="utf-8")
    (root / "decks/llm/rag.yaml").unlink()  # rejected as a whole, and ignored
    ldm = root / "decks/llm/ldm.yaml"
    said = ldm.read_text(encoding="utf-8").replace("\ncards:\n", "\n# 待核对\ncards:\n\n# 编者按\n")
    said += "\n- id: by-hand\n  kind: claim\n  # 行间\n  front: 甲？\n  back: |-\n    乙\n\n    丙\n  cite: arXiv:2112.10752\n"
    ldm.write_text(said, encoding="utf-8")
    release(read_project(root), root / "out0")
    late = (
        ldm.read_text(encoding="utf-8")
        + "\n- id: late\n  kind: claim\n  front: 丁？\n  back: 戊\n  cite: arXiv:2112.10752\n"
    )
    ldm.write_text(late, encoding="utf-8")
    return root


def entries(root):
    return {
        entry.card.id: (deck, entry) for deck in read_project(root).whole().decks for entry in deck.entries
    }


def hashes(root):
    return {
        s.note.card_id: (s.note.content_hash, s.mod)
        for made in build(read_project(root), (), root / "dist")
        for s in made.notes
    }


def files(root):
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in (root / "decks").rglob("*")
        if path.is_file()
    }


def test_everything_says_what_to_do_before_and_nothing_is_written(old):
    before = files(old)
    for command in (["extract"], ["check"]):
        done = run(*command)
        assert (done.exit_code, "[by-section]" in done.stderr) == (1, True)
    done = run("migrate")
    assert "notes: the decks of a note's sections become one, named by the note" in done.stdout
    assert files(old) == before


def test_the_decks_of_sections_become_the_note_s_and_what_learners_have_stays(old):
    before, was, record = entries(old), hashes(old), (old / "decks/released.json").read_bytes()
    assert run("migrate", "--write").exit_code == 0
    now = entries(old)
    assert now.keys() == before.keys()
    assert {deck.path for deck, _ in now.values()} == {
        "decks/llm/扩散-模型.yaml",
        "decks/vision/扩散-模型.yaml",
    }
    assert {k: v for k, v in hashes(old).items() if k != "late"} == {
        k: v for k, v in was.items() if k != "late"
    }
    assert (old / "decks/released.json").read_bytes() == record
    (deck,) = {d.path: d for d, _ in now.values() if d.topic == "llm"}.values()
    assert (deck.title, deck.source) == ("扩散模型", "seeds/扩散 模型.md:1")
    assert [line for line in deck.text.split("\n") if "#" in line][1:] == [
        "# 待核对",
        "# 编者按",
        "  # 行间",
    ]
    by_hand, late = (now[name][1].card for name in ("by-hand", "late"))
    assert by_hand.released_as == {"article": "ldm", "title": "题：ldm", "source": "seeds/扩散 模型.md:9"}
    assert (late.released_as, late.heading) == ({}, ("潜在扩散",))
    order = [entry.card.id for entry in deck.entries]
    assert order == sorted(order, key=lambda name: [*NAMES.values()].index(before[name][0].article))
    locks = {path.stem for path in (old / "decks/.lock").iterdir()}
    assert locks == {deck.excerpt, *read_project(old).topics.ignore}
    assert read_project(old).topics.topics["llm"].articles == ("zoo", "扩散-模型")


def test_afterwards_nothing_is_proposed_or_migrated_again(old):
    drafts = {name for name, (_, entry) in entries(old).items() if entry.card.draft}
    assert drafts
    run("migrate", "--write")
    after = files(old)
    assert "nothing to migrate" in run("migrate", "--write").stderr
    assert "nothing to propose" in run("extract").stderr
    assert files(old) == after
    assert run("check").exit_code == 0
    assert {name for name, (_, entry) in entries(old).items() if entry.card.draft} == drafts
    note = old / "seeds/扩散 模型.md"
    note.write_text(
        NOTE.replace("逐步加噪和去噪", "一步步加噪和去噪").replace("RAG(", "该RAG("), encoding="utf-8"
    )
    assert "rag" not in run("extract").stdout.lower()
    assert layouts(read_project(old)) == []


def test_a_rejected_card_stays_rejected(old):
    deck, entry = next(pair for pair in entries(old).values() if pair[0].article == "guidance")
    (old / deck.path).write_text(deck.text.partition("\n\n- id")[0] + "\n", encoding="utf-8")
    run("migrate", "--write")
    assert "nothing to propose" in run("extract").stderr
    assert entry.card.id not in entries(old)
    lock = next(
        path for path in (old / "decks/.lock").iterdir() if entry.card.id in path.read_text(encoding="utf-8")
    )
    assert parse_lock(lock.read_text(encoding="utf-8"), "x")[entry.card.id].written.heading == ("引导",)


def test_a_section_that_was_edited_since_comes_along(old):
    note = old / "seeds/扩散 模型.md"
    note.write_text(
        NOTE.replace("同时学习有条件和无条件得分", "一起学习有条件和无条件得分"), encoding="utf-8"
    )
    before = entries(old)
    run("migrate", "--write")
    assert entries(old).keys() == before.keys()
    assert not list((old / "decks/llm").glob("guidance*"))
    done = run("extract")
    assert "1 refreshed" in done.stdout


def test_what_a_kill_left_is_finished_by_running_it_again(old, monkeypatch):
    before = entries(old)
    whole = old.parent / "whole"
    shutil.copytree(old, whole)
    run("--project", str(whole), "migrate", "--write")
    removed = iter(range(100))

    def dies(self, name, text):
        if next(removed) == 1:
            raise KeyboardInterrupt
        return remove(self, name, text)

    remove = Writer.remove
    monkeypatch.setattr(Writer, "remove", dies)
    with pytest.raises(KeyboardInterrupt):
        migrate(read_project(old), past(old))
    monkeypatch.setattr(Writer, "remove", remove)
    run("migrate", "--write")
    assert files(old) == files(whole)
    assert entries(old).keys() == before.keys()


def past(root):
    return Past(read_records(root / "decks/released.json").keys())


def test_no_learner_loses_a_review(old, tmp_path):
    with profile(tmp_path / "learner") as collection:
        for topic in ("llm", "vision"):
            import_package(collection, old / f"out0/{topic}.apkg")
        cards = collection.find_cards("")
        for card in cards:
            review(collection, card, times=2)
        had, notes = reviews(collection), collection.note_count()
        run("migrate", "--write")
        made = release(read_project(old), old / "out1")
        assert [s.note.card_id for built in made.built for s in built.notes if s.status != "unchanged"] == [
            "late"
        ]
        for topic in ("llm", "vision"):
            import_package(collection, old / f"out1/{topic}.apkg")
        assert (reviews(collection), collection.note_count()) == (had, notes + 1)
        assert len(collection.find_cards("is:new")) == 1


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("topics:\n  llm:\n    articles: [a, b] # x\n    title: t\n", None),
        ("topics:\n  llm:\n    articles: [a, b]\n    title: t\n", "topics:\n  llm:\n    articles: [注意力, '3d', 'it''s']\n    title: t\n"),
        ("topics:\n  llm:\n    articles:\n      - a\n      - b\n\n    title: t\n", "topics:\n  llm:\n    articles: [注意力, '3d', 'it''s']\n\n    title: t\n"),
        ("topics:\n  llm:\n    articles:\n    - a\n  b:\n    title: t\n", "topics:\n  llm:\n    articles: [注意力, '3d', 'it''s']\n  b:\n    title: t\n"),
        ("topics:\n  llm:\n    title: t\n", "topics:\n  llm:\n    title: t\n"),
    ],
)  # fmt: skip
def test_a_list_of_articles_is_replaced_and_nothing_else(text, after):
    names = ["注意力", "3d", "it's"]
    if after is None:
        with pytest.raises(CardsmithError, match="card-layout"):
            with_articles(text, "llm", names)
    else:
        assert with_articles(text, "llm", names) == after
