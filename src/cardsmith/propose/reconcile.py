"""Re-extraction as a pure function of deck, lock and proposals: people's edits and deletions win.

==========  ==========  ===========  =====================================================================
in deck     in lock     same words   what happens
==========  ==========  ===========  =====================================================================
yes         yes         yes          refreshed when the proposal improves, unless a comment stands inside
yes         yes         no           edited: never written; a new proposal is reported once
yes         no          –            written by hand: never written
no          yes         –            rejected: never proposed again, whatever the wording
no          no          –            new: added
==========  ==========  ===========  =====================================================================
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from cardsmith.decks.deckfile import Deck
from cardsmith.decks.emit import as_written, emit_card
from cardsmith.model import Card
from cardsmith.propose.lock import Lock, Proposal

NoticeKind = Literal["edited", "blocked", "withdrawn"]


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


def reconcile(deck: Deck | None, lock: Lock, proposals: Iterable[Card]) -> Plan:
    """Return what to write for an article; see the table above. Nothing is ever deleted.

    A proposal whose id is new but which rests on the same quote as exactly one known card of its kind that is no
    longer proposed takes that card's id: a better name for a fact is not a new fact.
    """
    entries = {entry.card.id: entry for entry in deck.entries} if deck else {}
    refreshed: dict[str, Card] = {}
    added: list[Card] = []
    notices: list[Notice] = []
    updated = dict(lock)
    proposed = _with_known_ids(_as_first_proposed(list(proposals), lock), lock)
    for card in proposed:
        known, entry = lock.get(card.id), entries.get(card.id)
        if known is None:
            if entry is None:
                added.append(card)
                updated[card.id] = Proposal(card)
            continue
        if entry is None or deck is None:
            continue
        known = replace(known, withdrawn=False)
        updated[card.id] = known
        if card == known.written:
            continue
        if as_written(deck, entry) == emit_card(known.written, deck.indent):
            refreshed[card.id] = card
            updated[card.id] = Proposal(card)
        elif card != known.latest:
            kind: NoticeKind = "blocked" if entry.card == known.written else "edited"
            notices.append(Notice(kind, card.id, card))
            updated[card.id] = replace(known, latest=card)
    for identity in sorted(lock.keys() & entries.keys() - {card.id for card in proposed}):
        if not lock[identity].withdrawn:
            notices.append(Notice("withdrawn", identity, None))
            updated[identity] = replace(lock[identity], withdrawn=True)
    return Plan(refreshed, tuple(added), updated, tuple(notices))


def _with_known_ids(proposals: list[Card], lock: Lock) -> list[Card]:
    ids = {card.id for card in proposals}
    waiting: dict[tuple[str, str | None], list[str]] = {}
    for identity, known in lock.items():
        if identity not in ids:
            waiting.setdefault((known.written.kind, known.written.quote), []).append(identity)
    fresh: dict[tuple[str, str | None], list[str]] = {}
    for card in proposals:
        if card.id not in lock:
            fresh.setdefault((card.kind, card.quote), []).append(card.id)
    renamed = {
        new[0]: waiting[basis][0]
        for basis, new in fresh.items()
        if len(new) == 1 and len(waiting.get(basis, ())) == 1 and basis[1]
    }
    return [_as(card, renamed.get(card.id, card.id)) for card in proposals]


_DIGEST = re.compile(r"[0-9a-f]{6}$")


def _as_first_proposed(proposals: list[Card], lock: Lock) -> list[Card]:
    """Return the proposals under the ids that they were first proposed by.

    A proposed id ends in a digest of excerpt, kind and anchor; what stands before it comes from the names of file and
    term, which people and better rules change.
    """
    ids = {card.id for card in proposals}
    known: dict[str, list[str]] = {}
    for identity in lock:
        if identity not in ids and (digest := _DIGEST.search(identity)):
            known.setdefault(digest.group(), []).append(identity)
    result = []
    for card in proposals:
        digest = _DIGEST.search(card.id)
        names = known.get(digest.group(), []) if digest and card.id not in lock else []
        result.append(_as(card, names[0] if len(names) == 1 else card.id))
    return result


def _as(card: Card, identity: str) -> Card:
    return card if card.id == identity else card.model_copy(update={"id": identity})
