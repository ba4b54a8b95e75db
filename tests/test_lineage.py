"""An article that is edited upstream keeps its excerpt id, its file and its cards; nothing is forgotten or overwritten."""

import re
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cardsmith.cli.main import main
from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.project import read_project
from cardsmith.model import Candidate, Excerpt, Extraction, Span
from cardsmith.pipeline import check
from cardsmith.places import Place
from cardsmith.propose.lineage import KEPT, descendants
from cardsmith.propose.lock import parse_memory
from cardsmith.propose.run import propose, write_proposed
from cardsmith.sources.likeness import nearest_span, shingles
from cardsmith.sources.reading import read_sources
from conftest import TOPICS

FACTS = [
    "MLA(Multihead Latent Attention)从MHA、MQA、GQA到MLA的演变历程。",
    "模型SD是一种基于latent的扩散模型。",
    "它把图像压缩到隐空间，在隐空间里加噪和去噪，最后再解码回像素。",
    "训练时只更新去噪网络，编码器和解码器保持不变，因此显存开销小得多。",
    "采样时先从标准高斯分布取一个隐变量，然后逐步去噪，一般需要二十到五十步。",
    "隐空间的维度比像素空间低得多，所以同样的网络能处理更高的分辨率，训练和采样都更快。",
    "编码器由感知损失和对抗损失共同训练，重建的图像因此既清晰又不失真，这一步只做一次。",
    "去噪网络的骨架沿用带残差块的卷积网络，时间步经过正弦编码之后加到每个残差块里面去。",
    "文本条件通过交叉注意力注入网络的每一层，无分类器引导用来加强条件的作用。",
]


def run(*arguments):
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def excerpt(text, file="seeds/a.md"):
    from cardsmith.ids import excerpt_id

    return Excerpt(excerpt_id(text), text, (), (Place(file, 1),), truncated=False)


@pytest.fixture
def article(root):
    """A project whose only notes are one Markdown article, extracted; returns how to rewrite it and its deck file."""
    source = root / "seeds" / "sd.md"
    source.write_text("# SD\n\n" + "\n".join(FACTS) + "\n", encoding="utf-8")
    assert run("extract").exit_code == 0
    (deck,) = [p for p in (root / "decks").rglob("*.yaml") if p.name not in ("topics.yaml", "dpo.yaml")]

    def rewrite(old, new):
        text = source.read_text(encoding="utf-8")
        assert old in text
        source.write_text(text.replace(old, new), encoding="utf-8")

    return rewrite, deck


def test_an_article_edited_upstream_keeps_its_id_its_file_and_its_cards(article, root):
    rewrite, deck = article
    before, locks = deck.read_text(encoding="utf-8"), sorted((root / "decks/.lock").iterdir())
    rewrite("最后再解码回像素", "末了把它解码成像素")
    assert "nothing to propose" in run("extract").stderr
    assert deck.read_text(encoding="utf-8") == before
    assert sorted((root / "decks/.lock").iterdir()) == locks
    assert run("check").exit_code == 0


def test_a_note_that_was_rewritten_is_known_by_its_file_and_another_file_is_another_note(article, root):
    rewrite, _ = article
    for fact in FACTS[1:]:
        rewrite(fact, fact[::-1])
    (root / "seeds/sd.md").rename(root / "seeds/other.md")
    assert "decks/llm/other.yaml: " in run("extract").stdout
    assert len(list((root / "decks/.lock").iterdir())) == 2
    (root / "seeds/other.md").rename(root / "seeds/sd.md")
    assert run("extract").exit_code == 0


def test_a_rewritten_note_keeps_its_file(article, root):
    rewrite, deck = article
    for fact in FACTS[2:]:
        rewrite(fact, fact[::-1])
    (root / "seeds/sd.md").write_text("# SD\n\nSD是一种在隐空间里加噪和去噪的生成模型。\n", encoding="utf-8")
    done = run("extract")
    assert f"{deck.relative_to(root).as_posix()}: 1 new drafts" in done.stdout
    assert len(list((root / "decks/.lock").iterdir())) == 1


def test_a_note_that_was_renamed_keeps_its_cards(article, root):
    _, deck = article
    before = deck.read_text(encoding="utf-8")
    (root / "seeds/sd.md").rename(root / "seeds/扩散.md")
    assert "nothing to propose" in run("extract").stderr
    done = run("check")
    assert done.exit_code == 0
    assert "the note is seeds/扩散.md:1 now [source-moved]" in done.stderr
    assert deck.read_text(encoding="utf-8") == before


def test_sections_moved_within_a_note_keep_their_cards(root):
    sections = [f"## 第{number}节\n\n{fact}\n" for number, fact in enumerate(FACTS)]
    path = root / "seeds/sd.md"
    path.write_text("# SD\n\n" + "\n".join(sections), encoding="utf-8")
    run("extract")
    (deck,) = (root / "decks/llm").glob("sd.yaml")
    before = deck.read_text(encoding="utf-8")
    path.write_text("# SD\n\n" + "\n".join(reversed(sections)), encoding="utf-8")
    assert "nothing to propose" in run("extract").stderr
    assert run("check").exit_code == 0
    assert deck.read_text(encoding="utf-8") == before


def test_a_note_that_was_split_keeps_its_cards_and_proposes_none_twice(article, root):
    _, deck = article
    entries = parse_deck(deck.read_text(encoding="utf-8"), "decks/llm/sd.yaml").entries
    assert len(entries) > 2
    deck.write_text(deck.read_text(encoding="utf-8").replace("  draft: true\n", ""), encoding="utf-8")
    rejected = entries[-1]
    lines = deck.read_text(encoding="utf-8").split("\n")
    kept = "\n".join(lines[: rejected.first - len(entries) + 1]).rstrip() + "\n"
    deck.write_text(kept, encoding="utf-8")
    (root / "seeds/sd.md").unlink()
    (root / "seeds/one.md").write_text("# 一\n\n" + "\n".join(FACTS[:4]) + "\n", encoding="utf-8")
    (root / "seeds/two.md").write_text("# 二\n\n" + "\n".join(FACTS[4:]) + "\n", encoding="utf-8")
    for arguments in (["extract", "seeds/two.md"], ["extract"], ["extract", "seeds/one.md"]):
        assert "nothing to propose" in run(*arguments).stderr
        assert run("check").exit_code == 0
    assert deck.read_text(encoding="utf-8") == kept
    two = root / "seeds/two.md"
    two.write_text(
        two.read_text(encoding="utf-8") + "\nLoRA是一种冻结预训练权重的微调方法。\n", encoding="utf-8"
    )
    done = run("extract")
    assert "decks/llm/sd.yaml: 1 new drafts" in done.stdout
    (added,) = parse_deck(deck.read_text(encoding="utf-8"), "decks/llm/sd.yaml").entries[-1:]
    assert added.card.heading == ("二",)


def test_small_edits_add_up_without_losing_the_article(article, root):
    rewrite, deck = article
    for fact in FACTS[2:]:
        rewrite(fact, fact[::-1])
        run("extract")
    assert len(list((root / "decks/.lock").iterdir())) == 1
    assert [p for p in (root / "decks").rglob("*.yaml") if p.name not in ("topics.yaml", "dpo.yaml")] == [
        deck
    ]


def test_an_untouched_card_follows_the_article_and_keeps_its_id(article):
    rewrite, deck = article
    ids = re.findall(r"id: (\S+)", deck.read_text(encoding="utf-8"))
    rewrite("基于latent的扩散模型", "在隐空间工作的扩散模型")
    assert "0 new drafts, 1 refreshed" in run("extract").stdout
    text = deck.read_text(encoding="utf-8")
    assert re.findall(r"id: (\S+)", text) == ids
    assert "在隐空间工作的扩散模型" in text


def about_sd(deck):
    """The card whose quote is the sentence about SD."""
    entries = parse_deck(deck.read_text(encoding="utf-8"), "decks/llm/sd.yaml").entries
    return next(entry for entry in entries if "基于latent的扩散模型" in (entry.card.quote or ""))


def insert(deck, at, *lines):
    """Insert lines into a file as an editor does; returns its new text."""
    old = deck.read_text(encoding="utf-8").split("\n")
    deck.write_text("\n".join([*old[:at], *lines, *old[at:]]), encoding="utf-8")
    return deck.read_text(encoding="utf-8")


def test_a_vanished_quote_is_reported_once_with_what_stands_there_now(article):
    rewrite, deck = article
    edited = insert(deck, about_sd(deck).end, "  extra: 编者的话")
    rewrite("SD是一种基于latent的扩散模型", "SD是一种基于隐空间的扩散模型")
    done = run("extract")
    assert f"{deck.name}:{about_sd(deck).marks['quote'].line}: {about_sd(deck).card.id}: " in done.stdout
    now = next(line for line in done.stdout.splitlines() if line.startswith("  seeds/sd.md:4: now: "))
    assert "SD是一种基于隐空间的扩散模型" in now
    assert deck.read_text(encoding="utf-8") == edited
    assert "its quote" not in run("extract").stdout
    done = run("check")
    assert done.exit_code == 0
    assert f"draft: {about_sd(deck).card.id}: the quote" in done.stderr
    deck.write_text(edited.replace("  draft: true\n", ""), encoding="utf-8")
    done = run("check")
    assert done.exit_code == 1
    assert "quote-not-verbatim" in done.stderr
    assert "excerpt-missing" not in done.stderr


def test_withdrawn_proposals_and_blocked_refreshes_are_reported_once(article):
    rewrite, deck = article
    before = insert(deck, about_sd(deck).first + 1, "  # 待核对")
    rewrite("基于latent的扩散模型", "在隐空间工作的扩散模型")
    rewrite("MLA(Multihead Latent Attention)从MHA、MQA、GQA到MLA的演变历程", "此处删去")
    done = run("extract")
    assert "has a comment inside or another layout" in done.stdout
    assert "is no longer proposed" in done.stdout
    assert deck.read_text(encoding="utf-8") == before
    assert "nothing to propose" in run("extract").stderr


def test_an_old_lock_without_a_text_works_and_learns_it_in_silence(article, root):
    (lock,) = (root / "decks/.lock").iterdir()
    lines = [line for line in lock.read_text(encoding="utf-8").splitlines() if '"written"' in line]
    lock.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert run("extract", "--check").exit_code == 0
    assert '{"excerpt"' not in lock.read_text(encoding="utf-8")
    assert "nothing to propose" in run("extract").stderr
    assert '{"excerpt"' in lock.read_text(encoding="utf-8")


def test_a_similar_article_elsewhere_is_not_taken_for_the_one_that_still_stands(article, root):
    _, deck = article
    before = deck.read_text(encoding="utf-8")
    (root / "notes").mkdir()
    copy = "# SD\n\n" + "\n".join(FACTS).replace("二十到五十步", "十步") + "\n"
    (root / "notes" / "sd.md").write_text(copy, encoding="utf-8")
    run("extract", "notes")
    assert deck.read_text(encoding="utf-8") == before


def test_a_passage_that_moved_to_another_note_is_not_proposed_again_and_check_says_where_it_stands(
    article, root
):
    rewrite, deck = article
    moved = FACTS[1]
    identity = about_sd(deck).card.id
    deck.write_text(deck.read_text(encoding="utf-8").replace("  draft: true\n", ""), encoding="utf-8")
    rewrite(moved + "\n", "")
    (root / "seeds/other.md").write_text(
        f"# 其他\n\n{moved}\n\nLoRA是一种冻结预训练权重的微调方法。\n", encoding="utf-8"
    )
    assert "decks/llm/other.yaml: 1 new drafts" in run("extract").stdout
    done = run("check")
    assert f"{identity}: the quote stands in another note, seeds/other.md:3" in done.stderr
    entry, text = about_sd(deck), deck.read_text(encoding="utf-8").split("\n")
    lines = text[entry.first : entry.end]
    deck.write_text("\n".join([*text[: entry.first], *text[entry.end :]]), encoding="utf-8")
    other = root / "decks/llm/other.yaml"
    other.write_text(other.read_text(encoding="utf-8") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert run("check").exit_code == 0
    assert "nothing to propose" in run("extract").stderr


def test_each_text_goes_to_one_deck_and_the_closer_one_wins():
    old, other = "".join(FACTS), "".join(FACTS[:5])
    texts = {"x00000001": {"x00000001": old}, "x00000002": {"x00000002": other}}
    near = excerpt(old.replace("二十", "三十"))
    assert ids(descendants(texts, {near.id: near})) == {"x00000001": [near.id]}
    exact = excerpt(other.replace("二十", "三十") + "完")
    both = {near.id: near, exact.id: exact}
    assert ids(descendants(texts, both)) == {"x00000001": [near.id], "x00000002": [exact.id]}


def ids(found):
    return {known: [part.id for part in parts] for known, parts in found.items()}


@pytest.mark.parametrize(("held", "is_same"), [(84, True), (83, False)])
def test_an_article_is_the_same_while_four_fifths_of_it_stand(held, is_same):
    old = "".join(map(chr, range(0x4E00, 0x4E00 + 104)))  # a hundred runs of five characters
    new = excerpt(old[:held])
    found = descendants({"x00000001": {"x00000001": old}}, {new.id: new})
    assert found == ({"x00000001": (new,)} if is_same else {})


def test_an_article_rejected_as_a_whole_stays_rejected_when_it_is_edited_upstream(article, root):
    rewrite, deck = article
    deck.unlink()
    rewrite("因此显存开销小得多", "于是显存省下许多")
    assert "nothing to propose" in run("extract").stderr
    rewrite("二十到五十步", "十步")
    assert "nothing to propose" in run("extract").stderr
    assert not deck.exists()
    assert len(list((root / "decks/.lock").iterdir())) == 1


def test_an_ignored_article_stays_ignored_when_it_is_edited_upstream(article, root):
    rewrite, deck = article
    (lock,) = (root / "decks/.lock").iterdir()
    deck.unlink()
    lock.unlink()
    topics = root / "decks/topics.yaml"
    topics.write_text(
        topics.read_text(encoding="utf-8") + f"ignore:\n  {lock.stem}: 广告\n", encoding="utf-8"
    )
    assert "nothing to propose" in run("extract").stderr
    rewrite("因此显存开销小得多", "于是显存省下许多")
    assert "nothing to propose" in run("extract").stderr
    assert run("check").exit_code == 0


def test_a_rejected_card_stays_rejected_though_file_and_article_have_changed(article, root):
    rewrite, deck = article
    entry = about_sd(deck)
    lines = deck.read_text(encoding="utf-8").split("\n")
    del lines[entry.first : entry.end]
    renamed = root / "decks" / "vision" / "latent-diffusion.yaml"
    renamed.parent.mkdir(exist_ok=True)
    renamed.write_text("\n".join(lines), encoding="utf-8")
    deck.unlink()
    rewrite("SD是一种基于latent的扩散模型", "SD是一种基于隐空间的扩散模型")
    run("extract")
    assert renamed.read_text(encoding="utf-8") == "\n".join(lines)


@pytest.mark.parametrize(
    ("quote", "text", "now"),
    [
        ("训练时只更新去噪网络", "首先，训练时仅更新去噪网络。", "训练时仅更新去噪网络"),
        (
            "a latent diffusion model",
            "SD is a latent space diffusion model.",
            "a latent space diffusion model",
        ),
        ("完全没有的一句话", "训练时只更新去噪网络，编码器不变。", None),
    ],
)
def test_the_nearest_span_is_what_the_quote_became(quote, text, now):
    span = nearest_span(quote, text)
    assert (span and text[span.start : span.end]) == now


def kept(old, new):
    """The share of the old shingles that the new text holds."""
    return len(old & new) / len(old) if old else 0.0


@given(st.text("abcd。 ", max_size=60), st.text("abcd。 ", max_size=200))
@settings(deadline=None)
def test_the_nearest_span_lies_in_the_text(quote, text):
    span = nearest_span(quote, text)
    assert span is None or 0 <= span.start < span.end <= len(text)


@given(st.text("甲乙丙丁abc ", max_size=80), st.text("甲乙丙丁abc ", max_size=80))
@settings(deadline=None)
def test_shares_of_shingles_are_shares(one, other):
    assert 0 <= kept(shingles(one), shingles(other)) <= 1
    assert kept(shingles(one), shingles(one + other)) >= 0 if one.split() else True
    assert not shingles(one) or kept(shingles(one), shingles(one)) == 1


# --- random histories: the article is edited upstream, editors edit, the machine extracts again

SENTENCES = [f"{a}的{b}是{c}，这句话有足够的长度{a}{c}{b}。" for a, b, c in zip("甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉", "金木水火土日月星云风", strict=True)]  # fmt: skip
edits = st.one_of(
    st.tuples(st.just("upstream"), st.integers(0, 9)),
    st.tuples(st.just("swap"), st.integers(0, 8)),
    st.tuples(st.just("edit"), st.integers(0, 9)),
    st.tuples(st.just("delete"), st.integers(0, 9)),
    st.tuples(st.just("extract"), st.just(0)),
)


def proposals(source):
    """One card for each sentence, anchored in its first character, as an extractor would."""
    candidates = []
    for number, sentence in enumerate(source.text.split("\n")):
        start = source.text.index(sentence)
        candidates.append(
            Candidate(
                excerpt=source.id, kind="claim", term=sentence[0], span=Span(start, start + len(sentence)),
                quote=sentence, rule="r", anchor=SENTENCES[number][0], front=f"{sentence[:2]}怎样？", back=sentence,
            )
        )  # fmt: skip
    return Extraction(source, tuple(candidates))


@given(st.lists(edits, max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_upstream_history_loses_an_article_or_a_persons_word(history):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "seeds").mkdir()
        (root / "decks" / "llm").mkdir(parents=True)
        (root / "decks" / "topics.yaml").write_text(TOPICS, encoding="utf-8")
        sentences, said, rejected, edited = list(SENTENCES), "", set(), {}

        def extract():
            (root / "seeds" / "a.md").write_text("\n".join(sentences), encoding="utf-8")
            source = excerpt("\n".join(sentences))
            project = read_project(root)
            proposed = propose(project, [proposals(source)], ["llm", "vision"], [source])
            write_proposed(project, proposed, lambda _: [])
            again = read_project(root)
            assert all(
                p.code == "quote-not-verbatim" for p in check(again, read_sources([root / "seeds"], root))
            )
            assert propose(again, [proposals(source)], ["llm", "vision"], [source]) == []

        extract()
        (first,) = (root / "decks/.lock").iterdir()
        deck = read_project(root).decks[0]
        path, ids, said = root / deck.path, {e.card.id for e in deck.entries}, "\n".join(sentences)
        for step, (action, at) in enumerate([*history, ("extract", 0)]):
            if action == "upstream":
                sentences[at] = sentences[at][:-2] + f"{step}。"
            elif action == "swap":
                sentences[at], sentences[at + 1] = sentences[at + 1], sentences[at]
            elif action == "extract":
                if kept(shingles(said), shingles("\n".join(sentences))) < KEPT:
                    return
                extract()
                said = "\n".join(sentences)
            else:
                text = path.read_text(encoding="utf-8")
                entries = read_project(root).decks[0].entries
                if at >= len(entries):
                    continue
                entry, lines = entries[at], text.split("\n")
                if action == "edit":
                    line = next(n for n in range(entry.first, entry.end) if lines[n].startswith("  front:"))
                    lines[line] = f"  front: 编者 {step}"
                    edited[entry.card.id] = f"编者 {step}"
                else:
                    del lines[entry.first : entry.end]
                    rejected.add(entry.card.id)
                    edited.pop(entry.card.id, None)
                path.write_text("\n".join(lines), encoding="utf-8")
            assert list((root / "decks/.lock").iterdir()) == [first], "one article, one memory"
            (deck,) = read_project(root).decks
            assert deck.excerpt == first.stem, "the file's excerpt id is permanent"
            cards = {e.card.id: e.card for e in deck.entries}
            assert set(cards) == ids - rejected, "no card is lost, doubled or brought back"
            assert {i: cards[i].front for i in edited} == edited, "no editor is overwritten"
        remembered = parse_memory(first.read_text(encoding="utf-8"), "lock")[1]
        assert list(remembered.values()) == ["\n".join(sentences)]
