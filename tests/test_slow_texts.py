"""Texts that are slow on purpose: whatever is repeated in whatever field, time grows as the text does, or it is refused.

Here with a share of them; ``python -m attacks --only bombs --full`` tries every token everywhere.
"""

import sys
from functools import partial

import pytest

from attacks.bombs import FIELDS, PATH, SIZES, TOKENS, Bomb, deck_of, groups, read_deck, tried
from cardsmith.anki.dialect import to_html
from cardsmith.anki.limits import MAX_BRACKETS, MAX_FIELD
from cardsmith.checks.markdown import shows_what_was_typed
from cardsmith.decks.deckfile import parse_deck
from cardsmith.diff.as_html import marked_html
from cardsmith.errors import CardsmithError


def test_there_are_enough_of_them():
    assert len(TOKENS) * len(FIELDS) >= 200
    assert sum(len(bombs) for _, bombs in groups()) >= 1_000
    assert max(SIZES) < MAX_FIELD


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork and /proc")
@pytest.mark.parametrize("field", FIELDS)
def test_time_grows_as_the_text_does(field):
    some = TOKENS[FIELDS.index(field) % 8 :: 8]
    assert [
        fault for fault in tried([Bomb(field, token, partial(read_deck, field)) for token in some]) if fault
    ] == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork and /proc")
def test_escaped_characters_take_time_as_they_are_many():
    some = ["\\\\", "\\(", "a\\)"]
    assert [
        fault for fault in tried([Bomb("Markdown", token, to_html, 48_000) for token in some]) if fault
    ] == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork and /proc")
def test_a_long_word_is_looked_at_once():
    def look(text):
        deck = parse_deck(deck_of("back", text), PATH)
        list(shows_what_was_typed(deck, deck.entries[0], None))

    assert list(tried([Bomb("back", "(a)", look, 48_000)])) == [None]


@pytest.mark.skipif(sys.platform != "linux", reason="needs fork and /proc")
def test_many_formulas_are_marked_in_time_that_grows_as_they_do():
    def mark(text):
        marked_html(text, "", "-")

    assert list(tried([Bomb("page", r"\(\)", mark, 96_000)])) == [None]


@pytest.mark.parametrize("text", ["[a](", "[", "!["])
def test_brackets_are_bounded_with_an_error_that_says_so(root, text):
    (root / "decks/llm/dpo.yaml").write_text(deck_of("back", text * (MAX_BRACKETS + 1)).replace("excerpt: x00000000\n", ""), encoding="utf-8")  # fmt: skip
    from cardsmith import pipeline
    from cardsmith.decks.project import read_project

    (found,) = [p for p in pipeline.check(read_project(root)) if p.severity == "error"]
    assert (found.code, "251 opening brackets" in found.message, bool(found.hint)) == ("too-long", True, True)
    with pytest.raises(CardsmithError, match="too-long"):
        pipeline.build(read_project(root), (), root / "dist")
