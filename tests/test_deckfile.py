"""Deck files: read with places, refused with reasons, emitted and spliced without a lost byte."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardsmith.decks.deckfile import parse_deck, read_deck
from cardsmith.decks.emit import as_written, emit_card, emit_deck, splice
from cardsmith.errors import CardsmithError
from cardsmith.model import Card
from cardsmith.text.characters import representable
from conftest import DECK

NAME = "decks/llm/dpo.yaml"


def problems(text):
    with pytest.raises(CardsmithError) as raised:
        parse_deck(text, NAME)
    return [(p.line, p.column, p.code) for p in raised.value.problems]


def test_a_card_keeps_its_text_and_its_places():
    deck = parse_deck(DECK, NAME)
    finding, reward, size = deck.entries
    assert finding.card.back == "任何奖励函数都对应一个最优策略；\n反之亦然。"
    assert reward.card.where == {r"\(\beta\)": "KL 惩罚强度", r"\(Z(x)\)": "配分函数"}
    assert size.card.is_cloze
    assert (deck.topic, deck.article, reward.marks["back"]) == ("llm", "dpo", (17, 9))
    assert as_written(deck, finding).endswith("  cite: arXiv:2305.18290, sec. 4\n")


CARD = "title: t\ncards:\n- id: a\n  kind: claim\n  front: f\n  back: b\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [(0, 0, "yaml-empty")]),
        ("- a\n", [(1, 1, "yaml-shape")]),
        ("title: t\ncards: x\n", [(2, 8, "yaml-shape")]),
        ("title: t\ncards: [{id: a}]\n", [(2, 8, "yaml-shape"), (2, 9, "missing-field")]),
        (CARD + "  fornt: x\n", [(7, 10, "unknown-key")]),
        (CARD.replace("front: f", "front: a: b"), [(5, 11, "yaml-syntax")]),
        (CARD.replace("front: f", "front: {{c1::x}}"), [(5, 11, "yaml-key")]),
        (CARD.replace("front: f", "front:"), [(5, 9, "empty-field")]),
        (CARD.replace("  front: f\n", ""), [(3, 3, "card-shape")]),
        (CARD.replace("id: a", "id: 1a"), [(3, 7, "bad-name")]),
        (CARD.replace("claim", "idea"), [(4, 9, "bad-value")]),
        (CARD.replace("front: f", "front: C #语言"), [(5, 12, "yaml-comment")]),
        (CARD.replace("front: f", "front: a  #b"), [(5, 13, "yaml-comment")]),
        (CARD.replace("front: f", "front: &nabla f"), [(5, 10, "yaml-anchor")]),
        (CARD.replace("front: f", "front: ! f"), [(5, 10, "yaml-tag")]),
        (CARD.replace("front: f", 'front: "\\beta"'), [(5, 10, "yaml-escape")]),
        ("%YAML 1.1\n---\n" + CARD, [(1, 1, "yaml-directive")]),
        (CARD + "  front: g\n", [(7, 3, "yaml-duplicate-key")]),
        (CARD + "  aka: &x [y]\n  tags: *x\n", [(7, 8, "yaml-alias")]),
        (CARD + "  extra: !!python/object:os.system x\n", [(7, 10, "yaml-tag")]),
        (CARD + "  extra: " + "[" * 800 + "]" * 800 + "\n", [(7, 10, "bad-type"), (7, 16, "yaml-depth")]),
        (CARD + "  extra: " + "[" * 3000 + "]" * 3000 + "\n", [(7, 0, "yaml-depth")]),
        ("- " * 890 + "a", [(1, 19, "yaml-depth")]),
        ("\ufeff" + CARD, [(1, 0, "yaml-bom")]),
        (CARD + "  extra: a\u2028b\n", [(7, 11, "yaml-line-end")]),
        (CARD + "  extra: a\x07b\n", [(7, 11, "yaml-character")]),
        ("a: " + "[" * 9000, [(1, 0, "yaml-depth")]),
        ("- " * 9000 + "a", [(1, 0, "yaml-depth")]),
    ],
)
def test_a_bad_file_says_where_and_what(text, found):
    assert [problem for problem in problems(text) if problem[2] == found[-1][2]] == found[-1:]


def test_what_everyone_reads_as_a_comment_is_one():
    text = CARD.replace("front: f", "front: f  # why").replace("kind: claim", "kind: claim # sic")
    assert parse_deck(text, NAME).entries[0].card.front == "f"


def test_the_newline_that_a_block_keeps_is_layout():
    for sign in ("|", "|-", "|+", ">", ">-"):
        text = CARD.replace("back: b", f"back: {sign}\n    b\n")
        assert parse_deck(text, NAME).entries[0].card.back == "b"


def test_all_problems_of_a_file_are_reported_at_once():
    text = CARD + "  fornt: x\n" + CARD.partition("cards:\n")[2].replace("claim", "idea")
    assert [code for *_, code in problems(text)] == ["unknown-key", "bad-value"]


words = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1).filter(representable)
tricky = st.one_of(
    words,
    st.sampled_from(
        [
            "yes",
            "12:30",
            "014",
            "a: b",
            "a #b",
            "- x",
            "{{c1::x}}",
            r"\(\beta\)",
            '"q"',
            "'",
            "~",
            "null",
            "* a",
            " x",
        ]
    ),
)
cards = st.builds(
    Card,
    id=st.from_regex(r"[a-z]{1,8}(-[a-z0-9]{1,4}){0,2}", fullmatch=True),
    kind=st.sampled_from(["claim", "definition", "formula"]),
    front=tricky,
    back=tricky,
    where=st.dictionaries(tricky, tricky, max_size=2),
    heading=st.lists(tricky, max_size=2).map(tuple),
    aka=st.lists(tricky, max_size=2).map(tuple),
    quote=st.none() | tricky,
    tags=st.lists(st.sampled_from(["a", "on", "x-y", "汉"]), max_size=2).map(tuple),
)


@given(st.lists(cards, max_size=4, unique_by=lambda card: card.id), tricky)
def test_what_is_emitted_is_read_back(some, title):
    deck = parse_deck(emit_deck("x01234567", title, "seeds/a.txt:1", some), NAME)
    assert (deck.title, [entry.card for entry in deck.entries]) == (title, some)
    for entry in deck.entries:
        assert as_written(deck, entry) == emit_card(entry.card)


def test_values_are_never_quoted_and_latex_is_never_escaped():
    text = emit_card(Card(id="a", kind="claim", front=r"what: \(\beta\)", back="yes", cite="arXiv:1"))
    assert (
        text
        == "- id: a\n  kind: claim\n  front: |-\n    what: \\(\\beta\\)\n  back: |-\n    yes\n  cite: arXiv:1\n"
    )


def test_a_splice_leaves_every_other_line_alone():
    deck = parse_deck(DECK + "\n# am Ende\n", NAME)
    old = deck.entries[1].card
    new = old.model_copy(update={"front": "neu"})
    added = Card(id="added", kind="claim", front="f", back="b", cite="arXiv:1")
    text = splice(deck, {old.id: new}, [added])
    before, after = (DECK + "\n# am Ende\n").split("\n"), text.split("\n")
    assert [line for line in before if line not in after] == ["  front: " + (old.front or "")]
    assert [entry.card for entry in parse_deck(text, NAME).entries] == [
        deck.entries[0].card,
        new,
        deck.entries[2].card,
        added,
    ]
    assert "# 编者的话" in text
    assert text.endswith("# am Ende\n")


def test_cards_that_grow_and_shrink_at_once_stay_each_in_its_place():
    deck = parse_deck(DECK, NAME)
    finding, reward, size = (entry.card for entry in deck.entries)
    shorter, longer = (
        finding.model_copy(update={"back": "一行"}),
        size.model_copy(update={"extra": "一\n二\n三"}),
    )
    text = splice(deck, {finding.id: shorter, size.id: longer}, [])
    assert [entry.card for entry in parse_deck(text, NAME).entries] == [shorter, reward, longer]


@pytest.mark.parametrize(
    "start",
    ["title: t\n", "title: t\ncards:\n", "title: t\ncards: []\n", "title: t\ncards:  # none yet", "title: t"],
)
def test_a_card_can_be_added_to_a_deck_without_cards(start):
    added = Card(id="added", kind="claim", front="f", back="b", cite="arXiv:1")
    text = splice(parse_deck(start, NAME), {}, [added])
    assert [entry.card for entry in parse_deck(text, NAME).entries] == [added]
    assert ("# none yet" in text) == ("# none yet" in start)


@pytest.mark.parametrize("cards", ["''", "|", "{}", "[\n]", "\n  []"])
def test_where_the_place_for_cards_is_not_clear_none_is_added(cards):
    deck = parse_deck(f"title: t\ncards: {cards}\n", NAME)
    with pytest.raises(CardsmithError, match=r"decks/llm/dpo.yaml:\d: .*card-layout"):
        splice(deck, {}, [Card(id="added", kind="claim", front="f", back="b")])


@pytest.mark.parametrize("behind", ["    # zu prüfen", "\n      # zu prüfen", "      "])
def test_what_stands_behind_a_card_never_becomes_the_words_of_the_next(behind):
    """A comment, or space that an editor left, as deep as the text of the block that comes to stand above it."""
    deck = parse_deck(f"title: t\ncards:\n- id: a\n  kind: claim\n  front: f\n  back: b\n{behind}\n", NAME)
    (entry,) = deck.entries
    added = Card(id="added", kind="claim", front="f", back="- b")
    assert [entry.card for entry in parse_deck(splice(deck, {}, [added]), NAME).entries] == [
        entry.card,
        added,
    ]
    refreshed = entry.card.model_copy(update={"back": "- b"})
    assert [entry.card for entry in parse_deck(splice(deck, {"a": refreshed}, []), NAME).entries] == [
        refreshed
    ]
    assert as_written(deck, entry) != emit_card(entry.card), "it is no longer as the machine wrote it"


def test_a_splice_follows_the_files_own_indentation_and_line_ends():
    text = "title: t\r\ncards:\r\n  - id: a\r\n    kind: claim\r\n    front: f\r\n    back: b\r\n    cite: arXiv:1\r\nsource: s\r\n"
    deck = parse_deck(text, NAME)
    added = Card(id="b", kind="claim", front="f", back="b", cite="arXiv:1")
    spliced = splice(deck, {"a": deck.entries[0].card.model_copy(update={"back": "c"})}, [added])
    assert spliced.count("\r\n") == spliced.count("\n")
    assert [entry.card.back for entry in parse_deck(spliced, NAME).entries] == ["c", "b"]
    assert spliced.endswith("source: s\r\n")


def test_a_deck_that_is_just_being_saved_is_read_when_it_is(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("", encoding="utf-8")
    timer = threading.Timer(0.01, path.write_text, ["title: t\ncards: []\n"], {"encoding": "utf-8"})
    timer.start()
    assert read_deck(path, "decks/llm/a.yaml").title == "t"
    timer.join()


def test_a_key_that_is_a_mapping_is_a_problem_with_its_place():
    text = "title: t\ncards:\n  - id: a\n    kind: claim\n    front: x\n    back: y\n    ? a: [a, b]\n    cite: z\n"
    with pytest.raises(CardsmithError) as raised:
        parse_deck(text, "decks/llm/a.yaml")
    assert all(problem.line for problem in raised.value.problems)
