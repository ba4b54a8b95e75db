"""What a change does to learners: whether a card's review history stays with its fact. docs/releasing.md has each rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from cardsmith.decks.project import RELEASED_FILE
from cardsmith.diff.compare import CardChange, Difference, Seat
from cardsmith.model import Card
from cardsmith.release.records import Record, parse_records
from cardsmith.text.clozes import cloze_numbers, read_clozes

Severity = Literal["good", "note", "bad"]

UNNOTICED = {"draft", "withdrawn", "draft-released", "unseen", "rejected"}
"""Codes of what does not reach learners."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that learners will notice."""

    code: str
    """Permanent, for programs."""
    text: str
    """For people, such as ``history moves: cloze 2 → 3``."""
    severity: Severity
    """``bad``: history is lost or ends up on another fact."""


def deletions(text: str) -> dict[int, tuple[str, ...]]:
    """Return what each cloze number deletes, in order, without hints; a deletion inside another counts in both."""
    found: dict[int, list[str]] = {}
    for deletion in read_clozes(text).deletions:
        found.setdefault(deletion.number, []).append(deletion.answer.strip())
    return {number: tuple(words) for number, words in sorted(found.items())}


def effects(difference: Difference) -> dict[str, tuple[Effect, ...]]:
    """Return for each changed card, by id, what it does to learners.

    Raises:
        CardsmithError: the release record cannot be read.

    """
    released = parse_records(difference.new.texts.get(RELEASED_FILE) or "{}")
    renamed = _renamed(difference)
    return {
        change.id: tuple(_effects(change, difference, released, renamed.get(change.id)))
        for change in difference.cards
    }


def _effects(
    change: CardChange, difference: Difference, released: Mapping[str, Record], twin: str | None
) -> Iterator[Effect]:
    record = released.get(change.id)
    is_learned = record is not None and not record.retired
    if change.new and change.new.card.draft and is_learned:
        yield Effect(
            "draft-released", "learners have it, and a draft does not ship: take the mark out", "bad"
        )
    elif change.of_draft == "draft again":
        yield Effect("withdrawn", "ships no more until it is accepted; was never released", "note")
    elif change.of_draft and change.of_draft != "accepted" and not is_learned:
        yield Effect("draft", "nothing: a draft does not ship", "good")
    elif change.new is None:
        yield from _of_removal(change, record, twin)
    elif change.old is None or (change.old.card.draft and not is_learned):
        yield from _of_addition(change, record, twin)
    elif change.old.card.is_cloze != change.new.card.is_cloze:
        yield _type_change(change, record)
    else:
        found = [*_of_cards(change.old.card, change.new.card), *_of_move(change, record)]
        if not any(effect.severity == "bad" for effect in found):
            yield _of_content(difference, change.old, change.new)
        yield from found


def _of_removal(change: CardChange, record: Record | None, twin: str | None) -> Iterator[Effect]:
    if twin:
        yield Effect("id-changed", f"loses history: the same card is now {twin}; keep the id", "bad")
    if record and not record.retired:
        yield Effect("retired", f"retires {_cards(_ords(change.seat.card))}", "note")
    elif not twin:
        yield Effect("rejected", "never released: nothing to retire", "note")


def _of_addition(change: CardChange, record: Record | None, twin: str | None) -> Iterator[Effect]:
    if twin:
        yield Effect("id-changed", f"loses history: the same card was {twin}; keep the id", "bad")
    elif record:
        text = "reuses a retired id: learners who kept its history see it on this card"
        yield Effect("id-reused", text, "bad")
    else:
        count = _ords(change.seat.card)
        yield Effect("new", "new card" if count == 1 else f"{count} new cards", "good")


def _type_change(change: CardChange, record: Record | None) -> Effect:
    was, now = ("cloze", "basic") if change.old and change.old.card.is_cloze else ("basic", "cloze")
    if record:
        text = f"conflict: {was} → {now}; Anki skips the note for ever: retire it and give the new card another id"
        return Effect("type-conflict", text, "bad")
    return Effect("type-changed", f"{was} → {now}: never released, so no conflict", "note")


def _of_content(difference: Difference, old: Seat, new: Seat) -> Effect:
    before, after = difference.old.note(old), difference.new.note(new)
    if before and after and before.content_hash == after.content_hash:
        return Effect("unseen", "keeps history; learners see no change", "good")
    return Effect("kept", "keeps history", "good")


def _of_cards(old: Card, new: Card) -> Iterator[Effect]:
    if old.text is not None and new.text is not None:
        yield from _of_clozes(deletions(old.text), deletions(new.text))
    elif new.reverse and not old.reverse:
        yield Effect("reverse-on", "new card: the reverse", "good")
    elif old.reverse and not new.reverse:
        yield Effect("reverse-off", "retires 1 card: the reverse", "note")


def _of_clozes(old: Mapping[int, tuple[str, ...]], new: Mapping[int, tuple[str, ...]]) -> Iterator[Effect]:
    """Compare numbers and what they delete: history hangs on the number, so a fact that changes it leaves its history."""
    moves: dict[int, int] = {}
    for number, words in old.items():
        if new.get(number) == words:
            continue
        others = [other for other, now in new.items() if now == words and old.get(other) != words]
        if others:
            moves[number] = others[0]
    for number, other in moves.items():
        yield Effect(
            "history-moves", f"history moves: cloze {number} → {other} ({'; '.join(old[number])})", "bad"
        )
    for number, words in old.items():
        if number in moves:
            continue
        if number not in new:
            yield Effect("cloze-gone", f"retires 1 card: cloze {number} ({'; '.join(words)})", "note")
        elif new[number] != words and _likeness(words, new[number]) < 0.5 and number not in moves.values():
            was, now = "; ".join(words), "; ".join(new[number])
            yield Effect("cloze-other", f"cloze {number} asks for other words: {was} → {now}", "note")
    for number in new:
        if number not in old and number not in moves.values():
            yield Effect("cloze-new", f"new card: cloze {number}", "good")


def _likeness(old: tuple[str, ...], new: tuple[str, ...]) -> float:
    return SequenceMatcher(None, "".join(old)[:500], "".join(new)[:500], autojunk=False).ratio()


def _of_move(change: CardChange, record: Record | None) -> Iterator[Effect]:
    if not (change.old and change.new and change.has_moved):
        return
    old, new = change.old.deck, change.new.deck
    if old.topic != new.topic and record:
        text = f"ships in {new.topic} now: learned cards stay in the deck of {old.topic}"
        yield Effect("topic-moved", text, "note")
    elif old.topic != new.topic:
        yield Effect("topic-moved", f"{old.topic} → {new.topic}: never released, so no deck splits", "note")
    else:
        yield Effect("article-moved", f"article {old.article} → {new.article}: only the tag changes", "note")


def _renamed(difference: Difference) -> dict[str, str]:
    """Return the pairs of a removed and an added card that ask the same, both ways: an id was changed by mistake.

    Only of cards that ship: a draft has no history to lose.
    """

    def essence(card: Card) -> tuple[str | None, ...]:
        return (card.front, card.back, card.text)

    added = {
        essence(c.new.card): c.id
        for c in difference.cards
        if c.new and not c.new.card.draft and (c.old is None or c.old.card.draft)
    }
    pairs: dict[str, str] = {}
    for change in difference.cards:
        if change.label == "removed" and change.old and (twin := added.get(essence(change.old.card))):
            pairs |= {change.id: twin, twin: change.id}
    return pairs


def _ords(card: Card) -> int:
    return len(cloze_numbers(card.text)) if card.text is not None else 2 if card.reverse else 1


def _cards(count: int) -> str:
    return "1 card" if count == 1 else f"{count} cards"
