"""Re-extraction as a pure function of deck, lock and proposals: people's edits, decisions and deletions win.

========  ========  ==========  ==========  ========================================================================
in deck   in lock   draft mark  same words  what happens
========  ========  ==========  ==========  ========================================================================
yes       yes       yes         yes         refreshed when the proposal improves, unless a comment stands inside
yes       yes       yes         no          being edited: never written; a new proposal is reported once
yes       yes       no          –           accepted: never written
yes       no        –           –           written by hand: never written
no        yes       –           –           rejected: never proposed again, whatever the wording
no        no        –           –           new: added as a draft
========  ========  ==========  ==========  ========================================================================

Which of them a proposal is goes by the place of its fact (see ``facts``), not by its words. Whoever proposes it: an untouched
draft is refreshed by who knows as much at least, the author of the note before a model, a model before a rule.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cardsmith.authoring import AUTHORED
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.emit import as_written, emit_card
from cardsmith.model import Card
from cardsmith.propose.facts import Fact, fact_of
from cardsmith.propose.lock import Lock, Proposal

NoticeKind = Literal["edited", "blocked", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Offer:
    """What the extractor would write, and how it came to it."""

    card: Card
    """Without the draft mark."""
    rule: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the machine would have done and leaves to people; each is given once."""

    kind: NoticeKind
    card: str
    """The card's id."""
    proposal: Card | None
    """What the extractor would write now; None when it proposes nothing any more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written for one article."""

    refreshed: dict[str, Card]
    added: tuple[Card, ...]
    lock: dict[str, Proposal]
    notices: tuple[Notice, ...]


def reconcile(
    deck: Deck | None,
    lock: Lock,
    offers: Iterable[Offer],
    article: str = "",
    held: Iterable[Fact] = (),
    elsewhere: Iterable[Entry] = (),
    *,
    complete: bool = True,
) -> Plan:
    """Return what to write for an article; see the table above. Nothing is ever deleted.

    ``article`` is its text as it is today. ``held`` are the facts that the extractor found and does not offer: a draft
    of one of them is not withdrawn. ``elsewhere`` are its cards in deck files of other topics: known, never written.
    ``complete`` says that the offers are all that rules propose, so that what is missing is withdrawn; a model's drafts
    never are: that it does not say something again says nothing.
    """
    own = {entry.card.id: entry for entry in deck.entries} if deck else {}
    entries = {entry.card.id: entry for entry in elsewhere} | own
    refreshed: dict[str, Card] = {}
    added: list[Card] = []
    notices: list[Notice] = []
    updated = dict(lock)
    offered = _as_known(list(offers), lock, entries, article)
    for offer in offered:
        card = offer.card
        known, entry = lock.get(card.id), entries.get(card.id)
        if known is None and entry is None:
            added.append(as_draft(card))
            updated[card.id] = Proposal(card, rule=offer.rule, score=offer.score)
        if known is None or entry is None or deck is None or not entry.card.draft or card.id not in own:
            continue
        if _rank(card, offer.rule) < _rank(known.written, known.rule):
            continue
        known = replace(known, withdrawn=False)
        updated[card.id] = known
        if _says_the_same(card, known.written):
            if not known.rule:
                updated[card.id] = replace(known, rule=offer.rule, score=offer.score)
        elif as_written(deck, entry) == emit_card(as_draft(known.written), deck.indent):
            refreshed[card.id] = as_draft(card)
            updated[card.id] = Proposal(card, rule=offer.rule, score=offer.score)
        elif card != known.latest:
            kind: NoticeKind = "blocked" if entry.card == as_draft(known.written) else "edited"
            notices.append(Notice(kind, card.id, card))
            updated[card.id] = replace(known, latest=card)
    missing = lock.keys() & own.keys() - {offer.card.id for offer in offered} if complete else set()
    gone = {i for i in missing if own[i].card.draft and not lock[i].written.by}
    held = list(held) if gone else []
    for identity in sorted(gone):
        if not lock[identity].withdrawn and not _is_held(lock[identity], held, article):
            notices.append(Notice("withdrawn", identity, None))
            updated[identity] = replace(lock[identity], withdrawn=True)
    return Plan(refreshed, tuple(added), updated, tuple(notices))


def _rank(card: Card, rule: str) -> int:
    """Return how much its proposer knows of a card: a rule, a model that read the note, the note's author."""
    return 2 if rule.startswith(AUTHORED) else 1 if card.by else 0


def _says_the_same(card: Card, known: Card) -> bool:
    """Tell whether a proposal is the known one, whichever model says it."""
    is_model = bool(card.by and known.by)
    return card == (known.model_copy(update={"by": card.by}) if is_model else known)


def as_draft(card: Card) -> Card:
    """Return a card with the mark that nobody has decided on it."""
    return card.model_copy(update={"draft": True})


def _is_held(known: Proposal, held: Iterable[Fact], article: str) -> bool:
    fact = fact_of(known.written, article)
    return any(fact.share(other) for other in held)


def _as_known(offers: Sequence[Offer], lock: Lock, entries: Mapping[str, Entry], article: str) -> list[Offer]:
    """Return the offers under the ids of the facts that are known, each fact once, in their order.

    An offer whose fact another one has taken is left out: the one with the known id, else the one with the better score.
    """
    ranked = sorted(enumerate(_as_first_proposed(offers, lock)), key=lambda pair: -(pair[1].score or 0))
    known_ids = lock.keys() | entries.keys()
    others = [(number, offer) for number, offer in ranked if offer.card.id not in known_ids]
    taken: set[str] = set()
    chosen: dict[int, Offer] = {}
    for number, offer in ranked:
        if offer.card.id in known_ids - taken:
            taken.add(offer.card.id)
            chosen[number] = offer
    if others:
        facts = _known_facts(lock, entries, article)
        for number, offer in others:
            fact = fact_of(offer.card, article)
            shares = {identity: max(fact.share(f) for f in own) for identity, own in facts.items()}
            best = max(shares, key=lambda i: (shares[i], i not in taken), default="")
            identity = best if best and shares[best] else offer.card.id
            if identity not in taken:
                taken.add(identity)
                chosen[number] = _named(offer, identity)
                facts.setdefault(identity, []).append(fact)
    return [chosen[number] for number in sorted(chosen)]


def _known_facts(lock: Lock, entries: Mapping[str, Entry], article: str) -> dict[str, list[Fact]]:
    """Return what each known card states, as it stands and as it was proposed."""
    cards = {identity: [known.written, *filter(None, [known.latest])] for identity, known in lock.items()}
    for identity, entry in entries.items():
        cards.setdefault(identity, []).append(entry.card)
    return {identity: [fact_of(card, article) for card in own] for identity, own in cards.items()}


_DIGEST = re.compile(r"[0-9a-f]{6}$")


def _as_first_proposed(offers: Sequence[Offer], lock: Lock) -> list[Offer]:
    """Return the offers under the ids that they were first proposed by.

    A proposed id ends in a digest of excerpt, kind and anchor; what stands before it comes from the names of file and
    term, which people and better rules change.
    """
    ids = {offer.card.id for offer in offers}
    known: dict[str, list[str]] = {}
    for identity in lock:
        if identity not in ids and (digest := _DIGEST.search(identity)):
            known.setdefault(digest.group(), []).append(identity)
    result = []
    for offer in offers:
        digest = _DIGEST.search(offer.card.id)
        names = known.get(digest.group(), []) if digest and offer.card.id not in lock else []
        result.append(_named(offer, names[0]) if len(names) == 1 else offer)
    return result


def _named(offer: Offer, identity: str) -> Offer:
    return replace(offer, card=offer.card.model_copy(update={"id": identity}))
