"""Decisions as pure functions: one card changes, every other byte stays."""

import pytest

from cardsmith.decks.decisions import (
    CONFLICT,
    amended,
    card_hash,
    edited_card,
    marked,
    rejected,
    seen_entry,
)
from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.project import read_project
from cardsmith.errors import CardsmithError
from conftest import DECK, ROOT

PATH = "decks/llm/dpo.yaml"


def edited(source, number, /, **fields):
    deck = parse_deck(source, PATH)
    entry = deck.entries[number]
    return amended(deck, entry, edited_card(entry, fields, PATH)).text


def test_rejecting_any_card_of_the_decks_takes_its_lines_and_no_other():
    for deck in read_project(ROOT).decks:
        for number, entry in enumerate(deck.entries):
            text = rejected(deck, entry).text
            assert [e.card for e in parse_deck(text, PATH).entries] == [
                e.card for at, e in enumerate(deck.entries) if at != number
            ]
            kept = text.split("\n")
            assert [line for line in deck.text.split("\n")[: entry.first] if line] == [
                line for line in kept[: entry.first] if line
            ]


def test_editing_a_field_of_any_card_changes_its_lines_and_no_other():
    for deck in read_project(ROOT).decks:
        for number, entry in enumerate(deck.entries):
            if entry.card.extra:
                continue
            text = edited(deck.text, number, extra="又及：一句话")
            old, new = deck.text.split("\n"), text.split("\n")
            assert [line for line in new if line not in old] == ["  extra: 又及：一句话"], entry.card.id
            assert len(new) == len(old) + 1
            assert edited(text, number, extra="") == deck.text


def with_mark(source, number=0, *, draft):
    deck = parse_deck(source, PATH)
    return marked(deck, deck.entries[number], draft=draft).text


def test_the_mark_of_any_card_of_the_decks_is_one_line_that_comes_and_goes():
    for deck in read_project(ROOT).decks:
        for number, entry in enumerate(deck.entries):
            text = with_mark(deck.text, number, draft=True)
            old, new = deck.text.split("\n"), text.split("\n")
            at = next(row for row, line in enumerate(new) if line == "  draft: true")
            assert new[:at] + new[at + 1 :] == old, entry.card.id
            assert with_mark(text, number, draft=False) == deck.text
            assert with_mark(deck.text, number, draft=False) == deck.text


DRAFT = DECK.replace("- id: dpo-finding\n", "- id: dpo-finding\n  draft: true\n")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (DRAFT, "  draft: true\n"),
        (DRAFT.replace("\n", "\r\n"), "  draft: true\r\n"),
        (DRAFT.replace("\n- ", "\n  - ").replace("\n  ", "\n    ").replace("\n    - ", "\n  - "), "    draft: true\n"),
        (DRAFT.replace("  draft: true\n", "  # why\n\n  draft: true\n  # whence\n"), "  draft: true\n"),
        (DECK.replace("sec. 4\n", "sec. 4\n  draft: true\n"), "  draft: true\n"),
        (DECK.replace("sec. 4\n", "sec. 4\n  draft: true # ?\n").replace("# ?", ""), "  draft: true \n"),
    ],
    ids=["plain", "CRLF", "indented", "between comments", "last", "space behind"],
)  # fmt: skip
def test_accepting_takes_one_line_and_no_other_byte(source, line):
    assert with_mark(source, draft=False) == source.replace(line, "", 1)


def test_a_mark_at_the_very_end_of_a_file_goes_with_its_line_end():
    assert with_mark(f"{DECK}  draft: true", 2, draft=False) == DECK.removesuffix("\n")


@pytest.mark.parametrize(
    "source",
    [
        DRAFT.replace("draft: true", "draft: true  # is this so?"),
        DRAFT.replace("draft: true\n", "draft: true\n      # is this so?\n"),
        DECK.replace("- id: dpo-finding", "- draft: true\n  id: dpo-finding # mine"),
        "title: t\ncards:\n- {id: a, draft: true, kind: claim, front: f, back: b, cite: c} # said\n",
    ],
    ids=["behind it", "below it", "in the first line", "in braces"],
)
def test_a_mark_that_cannot_go_without_a_comment_stays(source):
    with pytest.raises(CardsmithError, match="card-layout"):
        with_mark(source, draft=False)
    with pytest.raises(CardsmithError, match="card-layout"):
        edited(source, 0, draft=False, back="c")


def test_an_edit_and_the_mark_go_in_one_write():
    assert edited(DRAFT, 0, draft=False, front="问？") == DECK.replace("DPO 的关键发现是什么？", "问？", 1)
    assert edited(DRAFT, 0, front="问？") == DRAFT.replace("DPO 的关键发现是什么？", "问？", 1)


def test_marking_any_cards_of_a_deck_adds_a_line_to_each_and_accepting_takes_just_those():
    for deck in read_project(ROOT).decks:
        for some in (deck.entries, deck.entries[::2], deck.entries[:1]):
            text = marked(deck, *some, draft=True).text
            drafts = parse_deck(text, PATH)
            assert [e.card.id for e in drafts.only(drafts=True).entries] == [e.card.id for e in some]
            assert text.replace("  draft: true\n", "") == deck.text
            assert marked(drafts, *drafts.entries, draft=False).text == deck.text
            assert marked(deck, *some, draft=False) is deck


def test_rejecting_some_cards_is_rejecting_each_of_them():
    for deck in read_project(ROOT).decks:
        for some in (deck.entries, deck.entries[::2], deck.entries[-2:]):
            one_by_one = deck
            for gone in some:
                one_by_one = rejected(
                    one_by_one, next(e for e in one_by_one.entries if e.card.id == gone.card.id)
                )
            assert rejected(deck, *some).text == one_by_one.text


def test_an_edit_keeps_comments_and_layout_of_the_other_fields():
    deck = DECK.replace(
        "  cite: arXiv:2305.18290, sec. 4", "  # why\n  cite: 'arXiv:2305.18290, sec. 4' # there"
    )
    text = edited(deck, 0, back="一句\n\n两句")
    assert text == deck.replace(
        "    任何奖励函数都对应一个最优策略；\n    反之亦然。", "    一句\n\n    两句"
    )


def test_an_edit_follows_the_files_line_ends_and_indentation():
    deck = (
        DECK.replace("\n- ", "\n  - ")
        .replace("\n  ", "\n    ")
        .replace("\n    - ", "\n  - ")
        .replace("\n", "\r\n")
    )
    text = edited(deck, 0, front="问？")
    assert text == deck.replace("DPO 的关键发现是什么？", "问？", 1)


def test_an_edit_of_what_cannot_be_rewritten_safely_is_refused():
    flow = "title: t\ncards:\n- {id: a, kind: claim, front: f, back: b, cite: c} # said\n"
    with pytest.raises(CardsmithError, match="card-layout"):
        edited(flow, 0, front="g")
    with pytest.raises(CardsmithError, match="card-layout"):
        edited(DECK, 0, front="bell \x07")


def test_an_edit_that_makes_no_card_names_each_fault_with_its_line():
    with pytest.raises(CardsmithError) as caught:
        edited(DECK, 0, back="", kind="opinion")
    assert {problem.line for problem in caught.value.problems} == {7}
    with pytest.raises(CardsmithError, match="text with"):
        edited(DECK, 0, text="{{c1::x}}")


def test_the_id_stays_whatever_is_asked():
    assert parse_deck(edited(DECK, 0, id="other", front="g"), PATH).entries[0].card.id == "dpo-finding"


def test_a_decision_on_other_lines_than_those_seen_is_refused():
    deck = parse_deck(DECK, PATH)
    seen = card_hash(deck, deck.entries[0])
    assert seen_entry(deck, "dpo-finding", seen) is deck.entries[0]
    for text in (DECK.replace("反之亦然", "反过来也对"), DECK.replace("dpo-finding", "dpo-found")):
        with pytest.raises(CardsmithError, match=CONFLICT):
            seen_entry(parse_deck(text, PATH), "dpo-finding", seen)
    with pytest.raises(CardsmithError, match=f"^{PATH}:14: dpo-reward was changed in the file"):
        seen_entry(deck, "dpo-reward", seen)
    elsewhere = parse_deck(DECK.replace("671B", "670B"), PATH)
    assert seen_entry(elsewhere, "dpo-finding", seen).card.id == "dpo-finding"


def test_accepting_takes_out_who_wrote_a_draft_and_no_other_byte():
    text = "title: t\n\ncards:\n\n- id: a\n  draft: true\n  by: m@1\n  # 看过\n  kind: claim\n  front: f\n  back: b\n  cite: c\n"
    deck = parse_deck(text, "decks/llm/a.yaml")
    done = marked(deck, *deck.entries, draft=False)
    assert done.text == text.replace("  draft: true\n  by: m@1\n", "")
    (again,) = marked(done, *done.entries, draft=True).entries
    assert (again.card.draft, again.card.by) == (True, None)
