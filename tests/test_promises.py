"""What a release promised for good is kept, or the change is refused where it stands."""

import pytest

from cardsmith.decks.project import read_project
from cardsmith.errors import CardsmithError
from cardsmith.pipeline import build, check, release
from conftest import DECK, TOPICS


@pytest.fixture
def released(root, monkeypatch):
    """A project of which v1 was released."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    release(read_project(root))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790100000")
    return root


def write(root, deck=DECK, topics=TOPICS):
    (root / "decks/llm/dpo.yaml").write_text(deck, encoding="utf-8")
    (root / "decks/topics.yaml").write_text(topics, encoding="utf-8")


def problems(root):
    with pytest.raises(CardsmithError) as raised:
        build(read_project(root), (), root / "dist")
    return told(raised.value.problems)


def told(found):
    return [(str(p).split(": ")[0], p.code, p.hint) for p in found]


CLOZE = DECK.replace(
    "  front: DPO 的关键发现是什么？\n  back: |-\n    任何奖励函数都对应一个最优策略；\n    反之亦然。\n",
    "  text: DPO 的发现：{{c1::任何奖励函数}}\n",
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"deck": CLOZE},
            (
                "decks/llm/dpo.yaml:6:7",
                "note-type-changed",
                "keep its shape, or make a new card with a new id",
            ),
        ),
        (
            {"deck": DECK.replace("id: dpo-finding", "id: dpo-core\n  was: dpo-found")},
            (
                "decks/llm/dpo.yaml:7:8",
                "was-unknown",
                "a card that nobody has can change its id without was:",
            ),
        ),
        (
            {"deck": DECK.replace("id: dpo-finding", "id: dpo-core\n  was: v3-size")},
            ("decks/llm/dpo.yaml:24:3", "duplicate-id", "give the newer card another id"),
        ),
        (
            {"topics": TOPICS.replace("deck: cardsmith::大语言模型", "deck: LLM")},
            (
                "decks/topics.yaml",
                "deck-renamed",
                "write deck: cardsmith::大语言模型 again; the title may change",
            ),
        ),
    ],
)
def test_a_broken_promise_is_refused_and_check_says_so_once_and_in_the_same_words(released, change, expected):
    write(released, **change)
    assert expected in problems(released)
    assert told(check(read_project(released), ())).count(expected) == 1


def test_a_topic_that_was_released_can_not_go(released):
    (released / "decks/llm/dpo.yaml").unlink()
    (released / "decks/llm").rmdir()
    start, end = TOPICS.index("  llm:"), TOPICS.index("  vision:")
    (released / "decks/topics.yaml").write_text(
        TOPICS[:start].replace("inbox: llm\n", "") + TOPICS[end:], encoding="utf-8"
    )
    assert ("decks/topics.yaml", "topic-gone", "keep it: its cards are retired through it") in problems(
        released
    )


def test_a_second_renaming_must_name_the_first_id(released, monkeypatch):
    write(released, DECK.replace("id: dpo-finding", "id: dpo-core\n  was: dpo-finding"))
    release(read_project(released))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790200000")
    write(released, DECK.replace("id: dpo-finding", "id: dpo-heart\n  was: dpo-core"))
    assert problems(released) == [("decks/llm/dpo.yaml:7:8", "was-renamed", "write was: dpo-finding")]
    write(released, DECK.replace("id: dpo-finding", "id: dpo-core"))
    assert problems(released) == [("decks/llm/dpo.yaml:6:3", "was-missing", "add was: dpo-finding")]
    write(released, DECK.replace("id: dpo-finding", "id: dpo-heart\n  was: dpo-finding"))
    (llm,) = build(read_project(released), ("llm",), released / "dist")
    assert (llm.count("changed"), llm.count("retired"), llm.count("unchanged")) == (1, 0, 2)


def test_an_unreleased_card_changes_shape_freely(root):
    write(root)
    build(read_project(root), (), root / "dist")
    write(root, CLOZE)
    assert build(read_project(root), (), root / "dist")[0].count("new") == 3


def test_a_named_topic_without_cards_is_an_error_and_others_are_left_out(root):
    with pytest.raises(CardsmithError, match="there are no cards in it"):
        build(read_project(root), ("vision",), root / "dist")
    assert [built.topic for built in build(read_project(root), (), root / "dist")] == ["llm"]


def test_locked_finds_a_card_that_is_gone(released):
    write(released, DECK[: DECK.index("- id: v3-size")])
    with pytest.raises(CardsmithError, match="v3-size is retired"):
        build(read_project(released), (), released / "dist", locked=True)
    release(read_project(released))
    assert build(read_project(released), (), released / "dist", locked=True)[0].count("retired") == 1
