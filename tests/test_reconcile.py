"""Re-extraction never overwrites an editor: the table of DESIGN case by case, then over random histories."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.emit import emit_card, emit_deck, splice
from cardsmith.errors import CardsmithError
from cardsmith.model import Card
from cardsmith.propose.facts import fact_of
from cardsmith.propose.lock import Proposal, emit_lock, parse_lock
from cardsmith.propose.reconcile import Offer, as_draft, reconcile

NAME = "decks/llm/a.yaml"


def card(identity, back="b", quote=None):
    return Card(id=identity, kind="claim", front="f", back=back, quote=quote or f"q {identity}")


def deck_of(*cards, text=None):
    """A deck of drafts."""
    return parse_deck(text or emit_deck("x01234567", "t", None, map(as_draft, cards)), NAME)


def accepted(*cards):
    return deck_of(text=emit_deck("x01234567", "t", None, cards))


def offer(*cards, score=0.5):
    return [Offer(c, "r", score) for c in cards]


def lock_of(*cards):
    return {c.id: Proposal(c) for c in cards}


def test_a_new_card_is_added_as_a_draft_and_remembered_with_its_rule_and_score():
    plan = reconcile(deck_of(), {}, offer(card("a")))
    assert plan.added == (as_draft(card("a")),)
    assert plan.lock == {"a": Proposal(card("a"), rule="r", score=0.5)}


def test_an_untouched_draft_is_refreshed_when_its_proposal_changes():
    plan = reconcile(deck_of(card("a")), lock_of(card("a")), offer(card("a", "better"), score=0.7))
    assert plan.refreshed == {"a": as_draft(card("a", "better"))}
    assert plan.lock == {"a": Proposal(card("a", "better"), rule="r", score=0.7)}


def test_an_edited_draft_is_never_written_and_a_new_proposal_is_reported_once():
    deck, lock = deck_of(card("a", "edited")), lock_of(card("a"))
    plan = reconcile(deck, lock, offer(card("a", "better")))
    assert (plan.refreshed, plan.added) == ({}, ())
    assert [(n.kind, n.card) for n in plan.notices] == [("edited", "a")]
    assert reconcile(deck, plan.lock, offer(card("a", "better"))).notices == ()


@pytest.mark.parametrize("words", ["b", "edited"])
def test_an_accepted_card_is_a_persons_and_never_written_again(words):
    deck, lock = accepted(card("a", words)), lock_of(card("a"))
    for offered in (offer(card("a", "better")), []):
        plan = reconcile(deck, lock, offered)
        assert (plan.refreshed, plan.added, plan.notices, plan.lock) == ({}, (), (), lock)


def test_an_edit_that_equals_a_later_proposal_stays_the_editors():
    deck, lock = deck_of(card("a", "edited")), lock_of(card("a"))
    lock = reconcile(deck, lock, offer(card("a", "edited"))).lock
    assert reconcile(deck, lock, offer(card("a", "third"))).refreshed == {}


def test_a_rejected_card_is_never_proposed_again():
    plan = reconcile(deck_of(), lock_of(card("a")), offer(card("a", "other words")))
    assert (plan.added, plan.refreshed, plan.notices) == ((), {}, ())


@pytest.mark.parametrize("make", [deck_of, accepted], ids=["draft", "card"])
def test_a_card_written_by_hand_is_never_written(make):
    plan = reconcile(make(card("a", "by hand")), {}, offer(card("a")))
    assert (plan.refreshed, plan.added, plan.lock) == ({}, (), {})


@pytest.mark.parametrize("comment", ["  # why\n  front: f\n", "  front: f  # why\n"])
def test_a_draft_with_a_comment_inside_is_reported_not_rewritten(comment):
    text = emit_deck("x01234567", "t", None, [as_draft(card("a"))]).replace("  front: f\n", comment)
    deck, lock = deck_of(text=text), lock_of(card("a"))
    plan = reconcile(deck, lock, offer(card("a", "better")))
    assert (plan.refreshed, [n.kind for n in plan.notices]) == ({}, ["blocked"])
    without = deck_of(card("a"))
    refreshed = reconcile(without, plan.lock, offer(card("a", "better"))).refreshed
    assert refreshed == {"a": as_draft(card("a", "better"))}


def test_a_withdrawn_proposal_is_reported_once_and_its_draft_stays():
    deck, lock = deck_of(card("a")), lock_of(card("a"))
    plan = reconcile(deck, lock, [])
    assert ([n.kind for n in plan.notices], plan.refreshed) == (["withdrawn"], {})
    assert reconcile(deck, plan.lock, []).notices == ()


def test_what_is_held_back_is_not_withdrawn():
    article = "甲。q a 在这里。乙。"
    deck, lock = deck_of(card("a")), lock_of(card("a"))
    found = fact_of(card("z", quote="q a 在"), article)
    assert reconcile(deck, lock, [], article, [found]).notices == ()
    elsewhere = fact_of(card("z", quote="乙。"), article)
    assert len(reconcile(deck, lock, [], article, [elsewhere]).notices) == 1


def test_a_draft_of_before_rules_were_kept_gets_its_rule_and_score():
    plan = reconcile(deck_of(card("a")), lock_of(card("a")), offer(card("a")))
    assert plan.lock == {"a": Proposal(card("a"), rule="r", score=0.5)}


# --- one fact, one proposal

ARTICLE = (
    "MQA 让所有的查询头共用一组键和值，于是缓存小了很多倍。GQA 把查询头分成几组，每组共用一组键和值。"
    r"它的缓存大小是 \(2gd\)，其中 g 是组数。"
)
FIRST = "MQA 让所有的查询头共用一组键和值，于是缓存小了很多倍。"
SHARED, SMALLER = "所有的查询头共用一组键和值", "缓存小了很多倍"


def fact(identity, back, quote=FIRST, kind="claim", front="f"):
    return Card(id=identity, kind=kind, front=front, back=back, quote=quote)


def cloze(identity, text, quote=FIRST):
    return Card(id=identity, kind="claim", text=text, quote=quote)


SAME = {
    "other rule, other words": (fact("a", SHARED), fact("b", "共用一组键和值", kind="definition", front="g")),
    "a part of the quote": (fact("a", SHARED), fact("b", "共用一组键和值", quote=FIRST[4:18])),
    "a longer quote": (fact("a", SMALLER), fact("b", SMALLER, quote=ARTICLE[5:40])),
    "a cloze of the answer": (fact("a", SMALLER), cloze("b", f"MQA …，于是{{{{c1::{SMALLER}}}}}。")),
    "an answer in the editor's words": (fact("a", "省显存"), fact("b", SMALLER)),
    "a card that rests on a paper alone": (
        fact("a", "省显存", quote=None, front="MQA 是什么？").model_copy(update={"cite": "arXiv:1911.02150"}),
        fact("b", SHARED, front="MQA是什么?"),
    ),
    "a formula quoted elsewhere": (
        fact("a", r"\[ 2gd \]", quote="别处", kind="formula", front="g"),
        fact("b", r"\(2 g d\)", quote=r"它的缓存大小是 \(2gd\)", kind="formula"),
    ),
}


@pytest.mark.parametrize("known", ["rejected", "draft", "accepted", "by hand"])
@pytest.mark.parametrize("name", SAME)
def test_a_known_fact_is_not_proposed_again(name, known):
    old, new = SAME[name]
    deck = (
        accepted(old) if known in ("accepted", "by hand") else deck_of(*([old] if known == "draft" else []))
    )
    lock = {} if known == "by hand" else lock_of(old)
    plan = reconcile(deck, lock, offer(new), ARTICLE)
    assert plan.added == ()
    assert plan.lock.keys() == lock.keys()
    assert set(plan.refreshed) == ({"a"} if known == "draft" else set())


OTHER = {
    "another question to a card that rests on a paper alone": (
        fact("a", "省显存", quote=None, front="MQA 省什么？"),
        fact("b", SHARED, front="MQA 是什么？"),
    ),
    "another answer of the sentence": (fact("a", SHARED), fact("b", SMALLER)),
    "the next sentence": (fact("a", SHARED), fact("b", "把查询头分成几组", quote=ARTICLE[27:49])),
    "a formula in a sentence": (
        fact("a", r"它的缓存大小是 \(2gd\)", quote=ARTICLE[49:]),
        fact("b", r"\(2gd\)", quote=ARTICLE[49:], kind="formula"),
    ),
}


@pytest.mark.parametrize("name", OTHER)
def test_another_fact_is_proposed_beside_a_known_one(name):
    old, new = OTHER[name]
    assert reconcile(accepted(old), lock_of(old), offer(new), ARTICLE).added == (as_draft(new),)
    assert reconcile(deck_of(), lock_of(old), offer(new), ARTICLE).added == (as_draft(new),)


def test_of_two_new_proposals_of_one_fact_the_better_stays():
    one, other = SAME["other rule, other words"]
    offers = [*offer(one, score=0.4), *offer(other, score=0.6)]
    assert reconcile(deck_of(), {}, offers, ARTICLE).added == (as_draft(other),)


def test_a_fact_is_known_again_when_its_sentence_was_edited_upstream():
    old = fact("a", SHARED)
    edited = ARTICLE.replace("所有的查询头", "全部查询头")
    new = fact("b", "全部查询头共用一组键和值", quote=FIRST.replace("所有的查询头", "全部查询头"))
    assert reconcile(deck_of(), lock_of(old), offer(new), edited).added == ()


@pytest.mark.parametrize("known", [["old-aaaaaa", "older-aaaaaa"], ["a", "b"]])
def test_two_known_cards_on_one_quote_are_told_apart_by_their_answers(known):
    one, other = fact(known[0], SHARED), fact(known[1], SMALLER)
    new = fact("new-bbbbbb", f"{SMALLER}。")
    plan = reconcile(deck_of(one, other), lock_of(one, other), offer(new), ARTICLE)
    assert plan.added == ()
    assert set(plan.refreshed) == {known[1]}


def test_a_card_keeps_its_id_whatever_its_file_and_term_are_called_now():
    plan = reconcile(
        deck_of(card("old-aaaaaa")), lock_of(card("old-aaaaaa")), offer(card("new-aaaaaa", "better"))
    )
    assert plan.added == ()
    assert [c.back for c in plan.refreshed.values()] == ["better"]
    assert set(plan.refreshed) == {"old-aaaaaa"}


def test_of_two_cards_with_one_digest_neither_lends_its_id():
    known, new = [card("old-aaaaaa"), card("older-aaaaaa")], card("new-aaaaaa")
    article = "".join(f"{c.quote}。" for c in [*known, new])
    assert reconcile(deck_of(*known), lock_of(*known), offer(new), article).added == (as_draft(new),)


def test_a_lock_keeps_rule_and_score_and_no_mark():
    lock = {"a": Proposal(card("a"), card("a", "better"), rule="definition", score=0.83)}
    assert parse_lock(emit_lock(lock), "lock") == lock
    marked = emit_lock(lock).replace('"id": "a",', '"id": "a", "draft": true,', 1)
    assert "draft" in marked
    assert parse_lock(marked, "lock") == lock


@pytest.mark.parametrize("score", ["2", "-1", "NaN", '"x"', "[1]"])
def test_a_score_that_is_none_is_no_proposal(score):
    line = emit_lock({"a": Proposal(card("a"), score=0.5)}).replace("0.5", score)
    with pytest.raises(CardsmithError, match="lock-line"):
        parse_lock(line, "lock")


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


# --- random histories: extract by changing rules, edit, comment, accept, delete, write by hand, edit the source

SENTENCES = [
    ["注意力把查询与每个键逐一比较", "再按照权重把各个值加起来"],
    ["量化用较少的位数来存放权重", "推理时先要还原成浮点数"],
    ["蒸馏让小模型模仿大模型的输出", "温度越高分布也就越平滑"],
]
"""Each half is a fact."""
FACTS = [(number, half) for number in range(3) for half in range(2)]
facts = st.sampled_from(FACTS)
offers = st.lists(
    st.tuples(facts, st.sampled_from(["claim", "definition"]), st.sampled_from("pqr"), st.booleans()),
    max_size=4,
)
"""Of each: fact, kind, wording, whether the quote is the whole sentence."""
steps = st.one_of(
    st.tuples(st.just("extract"), offers),
    st.tuples(st.sampled_from(["edit", "comment", "accept", "delete", "write"]), facts),
    st.tuples(st.just("source"), st.integers(0, 2)),
)


class Life:
    """An article, its deck and lock, and what people have decided."""

    def __init__(self):
        self.sentences = [list(halves) for halves in SENTENCES]
        self.text, self.lock = emit_deck("x01234567", "t", None, []), {}
        self.rejected, self.count = set(), 0

    @property
    def article(self):
        return "".join("，".join(halves) + "。" for halves in self.sentences)

    @property
    def deck(self):
        return parse_deck(self.text, NAME)

    def fact_in(self, card):
        """The fact that a card states: what its answer stands in."""
        (found,) = [f for f in FACTS if (card.back or "").strip("～")[2:] in self.sentences[f[0]][f[1]]]
        return found

    def seat(self, wanted):
        return next((e for e in self.deck.entries if self.fact_in(e.card) == wanted), None)

    def quote(self, wanted, whole):
        halves = self.sentences[wanted[0]]
        return "，".join(halves) + "。" if whole else halves[wanted[1]]

    def offered(self, what):
        for wanted, kind, wording, whole in what:
            identity = f"x-{wording}-{hash((wanted, kind, wording, 7)) & 0xFFFFFF:06x}"
            card = Card(
                id=identity,
                kind=kind,
                front=f"{wording}？",
                back=self.sentences[wanted[0]][wanted[1]],
                quote=self.quote(wanted, whole),
            )
            yield Offer(card, wording, 0.5)

    def extract(self, what):
        deck, lines = self.deck, self.text.split("\n")
        before = {e.card.id: (e, "\n".join(lines[e.first : e.end])) for e in deck.entries}
        proposed = list(self.offered(what))
        plan = reconcile(deck, self.lock, proposed, self.article)
        new = splice(deck, plan.refreshed, plan.added)
        after = {e.card.id: e.card for e in parse_deck(new, NAME).entries}
        assert set(before) <= set(after), "nothing is deleted"
        added = {self.fact_in(after[i]) for i in set(after) - set(before)}
        assert all(after[i].draft for i in set(after) - set(before)), "what is new is a draft"
        assert not added & self.rejected, "nothing rejected returns"
        assert not added & {self.fact_in(e.card) for e, _ in before.values()}, "no fact comes twice"
        assert len(added) == len(set(after) - set(before))
        for identity, (entry, source) in before.items():
            machine = self.lock[identity].written if identity in self.lock else None
            if machine is None or source + "\n" != emit_card(as_draft(machine)):
                assert source in new, "no byte of an accepted, edited, commented or hand-written card changes"
                assert after[identity] == entry.card
            else:
                assert self.fact_in(after[identity]) == self.fact_in(entry.card), (
                    "a draft stays the draft of its fact"
                )
        mine = {line for k in self.lock.values() for line in emit_card(as_draft(k.written)).split("\n")}
        rest = iter(new.split("\n"))
        assert all(line in rest for line in lines if line not in mine), "every other line stays, in its order"
        assert self.lock.keys() <= plan.lock.keys(), "locks only grow"
        assert parse_lock(emit_lock(plan.lock), "lock") == plan.lock
        again = reconcile(parse_deck(new, NAME), plan.lock, proposed, self.article)
        assert (again.refreshed, again.added, again.notices) == ({}, (), ()), "the second run is silent"
        assert again.lock == plan.lock
        self.text, self.lock = new, plan.lock

    def source(self, number):
        self.count += 1
        half = self.sentences[number][0]
        self.sentences[number][0] = half[:1] + "～" + half[1:] if "～" not in half else half.replace("～", "")

    def write(self, wanted):
        if self.seat(wanted) is None:
            self.count += 1
            card = Card(
                id=f"hand-{self.count}", kind="claim", front="von Hand", back=self.sentences[wanted[0]][wanted[1]],
                quote=self.quote(wanted, whole=True),
            )  # fmt: skip
            self.text = splice(self.deck, {}, [card])

    def decide(self, action, wanted):
        if (entry := self.seat(wanted)) is None:
            return
        lines = self.text.split("\n")
        if action == "edit":
            self.count += 1
            at = next(n for n in range(entry.first, entry.end) if lines[n].startswith("  front:"))
            lines[at] = f"  front: Wort {self.count}"
        elif action == "comment":
            lines.insert(entry.first + 1, "  # note")
        elif action == "accept" and entry.card.draft:
            del lines[next(n for n in range(entry.first, entry.end) if lines[n] == "  draft: true")]
        elif action == "delete":
            del lines[entry.first : entry.end]
            self.rejected |= {wanted} if entry.card.id in self.lock else set()
        self.text = "\n".join(lines)


@given(st.lists(steps, max_size=14))
@settings(max_examples=400, deadline=None)
def test_no_history_loses_a_persons_word_or_decision(history):
    life = Life()
    for action, what in history:
        if action in ("extract", "source", "write"):
            getattr(life, action)(what)
        else:
            life.decide(action, what)


WHO = {"a rule": (None, "r"), "a model": ("m@1", "model"), "the author": (None, "author-colons")}
"""Who proposes, from the one who knows least to the one who knows most: the card's ``by`` and the rule."""


@pytest.mark.parametrize("first", WHO)
@pytest.mark.parametrize("then", WHO)
def test_an_untouched_draft_is_refreshed_by_who_knows_as_much_at_least(first, then):
    (by, rule), (later_by, later_rule) = WHO[first], WHO[then]
    known = card("a").model_copy(update={"by": by})
    better = card("a", "better").model_copy(update={"by": later_by})
    plan = reconcile(deck_of(known), {"a": Proposal(known, rule=rule)}, [Offer(better, later_rule, 0.5)])
    is_better = list(WHO).index(then) >= list(WHO).index(first)
    assert plan.refreshed == ({"a": as_draft(better)} if is_better else {})


def test_another_model_that_says_the_same_changes_nothing():
    one, other = (card("a").model_copy(update={"by": by}) for by in ("m@1", "n@2"))
    lock = {"a": Proposal(one, rule="model")}
    plan = reconcile(deck_of(one), lock, [Offer(other, "model", 0.9)], complete=False)
    assert (plan.refreshed, plan.lock, plan.notices) == ({}, lock, ())


def test_what_a_model_does_not_say_again_is_not_withdrawn_and_neither_is_what_it_never_said():
    mine = card("a").model_copy(update={"by": "m@1"})
    lock = {"a": Proposal(mine, rule="model"), "b": Proposal(card("b"), rule="r")}
    deck = deck_of(mine, card("b"))
    assert [n.card for n in reconcile(deck, lock, []).notices] == ["b"]
    assert reconcile(deck, lock, [], complete=False).notices == ()
