"""Re-extraction never overwrites an editor: the table of DESIGN case by case, then over random histories."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.emit import emit_card, emit_deck, splice
from cardsmith.errors import CardsmithError
from cardsmith.model import Card
from cardsmith.propose.lock import Proposal, emit_lock, parse_lock
from cardsmith.propose.reconcile import reconcile

NAME = "decks/llm/a.yaml"


def card(identity, back="b", quote=None):
    return Card(id=identity, kind="claim", front="f", back=back, quote=quote or f"q {identity}")


def deck_of(*cards, text=None):
    return parse_deck(text or emit_deck("x01234567", "t", None, cards), NAME)


def lock_of(*cards):
    return {c.id: Proposal(c) for c in cards}


def test_a_new_card_is_added_and_remembered():
    plan = reconcile(deck_of(), {}, [card("a")])
    assert (plan.added, plan.lock) == ((card("a"),), lock_of(card("a")))


def test_an_untouched_card_is_refreshed_when_its_proposal_changes():
    plan = reconcile(deck_of(card("a")), lock_of(card("a")), [card("a", "better")])
    assert plan.refreshed == {"a": card("a", "better")}


def test_an_edited_card_is_never_written_and_a_new_proposal_is_reported_once():
    deck, lock = deck_of(card("a", "edited")), lock_of(card("a"))
    plan = reconcile(deck, lock, [card("a", "better")])
    assert (plan.refreshed, plan.added) == ({}, ())
    assert [(n.kind, n.card) for n in plan.notices] == [("edited", "a")]
    assert reconcile(deck, plan.lock, [card("a", "better")]).notices == ()


def test_an_edit_that_equals_a_later_proposal_stays_the_editors():
    deck, lock = deck_of(card("a", "edited")), lock_of(card("a"))
    lock = reconcile(deck, lock, [card("a", "edited")]).lock
    assert reconcile(deck, lock, [card("a", "third")]).refreshed == {}


def test_a_rejected_card_is_never_proposed_again():
    plan = reconcile(deck_of(), lock_of(card("a")), [card("a", "other words")])
    assert (plan.added, plan.refreshed, plan.notices) == ((), {}, ())


def test_a_card_written_by_hand_is_never_written():
    plan = reconcile(deck_of(card("a", "by hand")), {}, [card("a")])
    assert (plan.refreshed, plan.added, plan.lock) == ({}, (), {})


@pytest.mark.parametrize("comment", ["  # why\n  front: f\n", "  front: f  # why\n"])
def test_a_card_with_a_comment_inside_is_reported_not_rewritten(comment):
    text = emit_deck("x01234567", "t", None, [card("a")]).replace("  front: f\n", comment)
    deck, lock = deck_of(text=text), lock_of(card("a"))
    plan = reconcile(deck, lock, [card("a", "better")])
    assert (plan.refreshed, [n.kind for n in plan.notices]) == ({}, ["blocked"])
    without = deck_of(card("a"))
    assert reconcile(without, plan.lock, [card("a", "better")]).refreshed == {"a": card("a", "better")}


def test_a_withdrawn_proposal_is_reported_once_and_its_card_stays():
    deck, lock = deck_of(card("a")), lock_of(card("a"))
    plan = reconcile(deck, lock, [])
    assert ([n.kind for n in plan.notices], plan.refreshed) == (["withdrawn"], {})
    assert reconcile(deck, plan.lock, []).notices == ()


def test_a_better_name_for_the_same_quote_is_the_same_card():
    new = card("b").model_copy(update={"quote": card("a").quote})
    plan = reconcile(deck_of(card("a")), lock_of(card("a")), [new])
    assert plan.added == ()
    assert plan.refreshed == {}
    rejected = reconcile(deck_of(), lock_of(card("a")), [new])
    assert rejected.added == ()


@pytest.mark.parametrize(
    ("known", "proposed"),
    [
        ([card("old-aaaaaa"), card("older-aaaaaa")], [card("new-aaaaaa")]),
        ([card("a")], [card("b", quote="q a"), card("c", quote="q a")]),
        ([card("a"), card("b", quote="q a")], [card("c", quote="q a")]),
    ],
    ids=["two known cards of one digest", "two new cards on one quote", "two known cards on one quote"],
)
def test_a_card_that_may_be_either_of_two_is_a_new_one(known, proposed):
    """A name is changed only where nobody can be mistaken for another: a history on the wrong fact is worse."""
    plan = reconcile(deck_of(*known), lock_of(*known), proposed)
    assert plan.added == tuple(proposed)
    assert plan.refreshed == {}
    assert plan.lock.keys() == {c.id for c in [*known, *proposed]}


def test_a_card_keeps_its_id_whatever_its_file_and_term_are_called_now():
    plan = reconcile(deck_of(card("old-aaaaaa")), lock_of(card("old-aaaaaa")), [card("new-aaaaaa", "better")])
    assert plan.added == ()
    assert [c.back for c in plan.refreshed.values()] == ["better"]
    assert set(plan.refreshed) == {"old-aaaaaa"}


def test_a_lock_heals_from_both_sides_of_a_conflict():
    ours, theirs = emit_lock(lock_of(card("a"))), emit_lock(lock_of(card("b"), card("a", "x")))
    healed = parse_lock(f"<<<<<<< ours\n{ours}=======\n{theirs}>>>>>>> theirs\n", "lock")
    assert healed == lock_of(card("a"), card("b"))


def test_a_damaged_lock_line_is_named():
    with pytest.raises(CardsmithError) as raised:
        parse_lock(emit_lock(lock_of(card("a"))) + "{oops\n", "decks/.lock/x.jsonl")
    assert [(p.path, p.line, p.code) for p in raised.value.problems] == [
        ("decks/.lock/x.jsonl", 3, "lock-line")
    ]


# --- random histories of extract, edit, comment, delete and hand-write

IDS = ["a", "b", "c", "d"]
steps = st.one_of(
    st.tuples(st.just("extract"), st.dictionaries(st.sampled_from(IDS), st.sampled_from(["p", "q", "r"]))),
    st.tuples(st.just("edit"), st.sampled_from([*IDS, "hand"])),
    st.tuples(st.just("comment"), st.sampled_from(IDS)),
    st.tuples(st.just("delete"), st.sampled_from([*IDS, "hand"])),
    st.tuples(st.just("write"), st.just("hand")),
)


def lines_of(text, identity):
    deck = parse_deck(text, NAME)
    entry = next((e for e in deck.entries if e.card.id == identity), None)
    return (entry.first, entry.end) if entry else None


@given(st.lists(steps, max_size=14))
@settings(max_examples=300, deadline=None)
def test_no_history_loses_a_persons_word(history):
    text, lock, rejected, edits = emit_deck("x01234567", "t", None, []), {}, set(), 0
    for action, what in history:
        lines, place = text.split("\n"), None if action == "extract" else lines_of(text, what)
        if action == "extract":
            deck = parse_deck(text, NAME)
            before = {e.card.id: (e.card, "\n".join(lines[e.first : e.end])) for e in deck.entries}
            proposals = [card(identity, back) for identity, back in what.items()]
            plan = reconcile(deck, lock, proposals)
            new = splice(deck, plan.refreshed, plan.added)
            after = {e.card.id: e.card for e in parse_deck(new, NAME).entries}
            assert set(before) <= set(after), "nothing is deleted"
            assert not rejected & set(after), "nothing rejected returns"
            for identity, (old, source) in before.items():
                machine = lock[identity].written if identity in lock else None
                if machine is None or source + "\n" != emit_card(machine):
                    assert source in new, "no byte of an edited, commented or hand-written card changes"
                    assert after[identity] == old
            kept = [line for line in lines if line not in emit_lines(lock)]
            rest = iter(new.split("\n"))
            assert all(line in rest for line in kept), "every other line stays, in its order"
            again = reconcile(parse_deck(new, NAME), plan.lock, proposals)
            assert (again.refreshed, again.added, again.notices) == ({}, (), ()), "the second run is silent"
            assert parse_lock(emit_lock(plan.lock), "lock") == again.lock == plan.lock
            text, lock = new, plan.lock
        elif action == "write" and place is None:
            deck = parse_deck(text, NAME)
            text = splice(deck, {}, [Card(id=what, kind="claim", front="von Hand", back="h", cite="c")])
        elif place:
            first, end = place
            if action == "edit":
                edits += 1
                at = next(n for n in range(first, end) if lines[n].startswith("  front:"))
                lines[at] = f"  front: Wort {edits}"
            elif action == "comment":
                lines.insert(first + 1, "  # note")
            elif action == "delete":
                del lines[first:end]
                rejected |= {what} & set(lock)
            text = "\n".join(lines)


def emit_lines(lock):
    """Lines that the machine wrote; it may change those."""
    return {line for known in lock.values() for line in emit_card(known.written).split("\n")}
