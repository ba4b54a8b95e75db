"""New cards come in a sensible order: what a card builds on first, then articles, then position."""

import pytest

from cardsmith.decks.deckfile import parse_deck
from cardsmith.release.order import broken_order, introduced
from cardsmith.topics import Topic


def deck(path, *cards):
    """A deck whose cards are given as ``id`` or ``id < other, other``."""
    lines = ["title: t", "cards:"]
    for card in cards:
        card_id, _, after = card.partition(" < ")
        lines += [f"- id: {card_id}", "  kind: claim", "  front: f", "  back: b", "  cite: c"]
        lines += [f"  after: [{after}]"] if after else []
    return parse_deck("\n".join(lines) + "\n", f"decks/{path}.yaml")


def order(*decks, articles=()):
    topics = {
        name: Topic(title="t", deck=name, description="d", articles=articles if name == "llm" else ())
        for name in ("llm", "vision")
    }
    return " ".join(introduced(decks, topics))


@pytest.mark.parametrize(
    ("decks", "expected"),
    [
        ([("llm/b", "x", "y"), ("llm/a", "z")], "z x y"),
        ([("llm/a", "mla < gqa", "gqa < mqa", "mqa < mha", "mha")], "mha mqa gqa mla"),
        ([("llm/a", "a1 < b2", "a2"), ("llm/b", "b1", "b2", "b3")], "a2 b1 b2 a1 b3"),
        ([("vision/a", "v"), ("llm/z", "l < v")], "v l"),
        ([("vision/a", "v"), ("llm/z", "l")], "l v"),
        ([("llm/a", "x < nowhere", "y")], "x y"),
        ([("llm/a", "x < y, z", "y", "z")], "y z x"),
        ([("llm/a", "x < y", "y < x", "z")], "z x y"),
        ([], ""),
    ],
)
def test_cards_are_introduced_in(decks, expected):
    assert order(*(deck(*each) for each in decks)) == expected


def test_a_topic_can_name_the_articles_that_come_first():
    decks = [deck("llm/a", "x"), deck("llm/b", "y"), deck("llm/c", "z")]
    assert order(*decks, articles=("c", "b")) == "z y x"


def test_a_cycle_is_named_once_with_its_place():
    (problem,) = broken_order([deck("llm/a", "w < a", "a < b", "b < c", "c < a", "d < b")])
    assert problem.code == "after-cycle"
    assert problem.message == "these cards wait for each other: a → b → c → a"
    assert (problem.path, problem.line) == ("decks/llm/a.yaml", 14)


def test_a_card_after_itself_is_a_cycle():
    assert [p.message for p in broken_order([deck("llm/a", "a < a")])] == [
        "these cards wait for each other: a → a"
    ]


def test_after_must_name_a_card():
    (problem,) = broken_order([deck("llm/a", "a < gone")])
    assert (problem.code, problem.message) == ("after-unknown", "a comes after gone, which is no card")


def test_a_chain_of_any_length_is_no_problem():
    cards = [f"c{number} < c{number + 1}" for number in range(3000)] + ["c3000"]
    long = deck("llm/a", *cards)
    assert list(broken_order([long])) == []
    assert order(long).split()[:2] == ["c3000", "c2999"]
