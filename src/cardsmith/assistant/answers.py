r"""What a model answered, read strictly: cards one by one, each a claim or the reason why it is none.

An answer that was cut off keeps its whole cards. LaTeX that was sent with one backslash is LaTeX again, whether JSON took it
for an escape of its own (``\theta`` has a tab in it then, ``verify.offered`` mends that) or for none.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cardsmith.decks.fixes import FIXES
from cardsmith.verify.claim import Claim
from cardsmith.verify.offered import NotAClaimError, claim_of, depth_of, no_number, once

MAX_CHARACTERS = 400_000
"""Of one answer: far above what any budget of tokens allows."""
MAX_CARDS = 100
"""Of one answer."""
MAX_DEPTH = 6
"""Brackets inside brackets: the answer, its cards, a card, its symbols, a symbol, and one to spare."""
FIELDS = frozenset({"quote", "kind", "subject", "front", "back", "text", "where", "confidence"})

_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}|(?P<odd>))', re.DOTALL)
_BETWEEN = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder(object_pairs_hook=once, parse_constant=no_number, strict=False)


class RefusedError(Exception):
    """Why one answer is not taken; the others may be."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A card of an answer."""

    claim: Claim | None
    """None when it is no claim; then ``fault`` says why."""
    fault: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request brought."""

    offers: tuple[Offer, ...]
    is_cut: bool
    """The answer ended before it was complete: its whole cards are here."""


def parse_cards(content: str, finish: str) -> Answer:
    """Return the cards of an answer; ``finish`` is why the model stopped, ``length`` when it had to.

    Raises:
        RefusedError: it is no JSON with a list of cards.

    """
    offers: list[Offer] = []
    items = _items(content, "cards")
    is_cut = False
    for item in items:
        if item is None:
            is_cut = True
        elif len(offers) == MAX_CARDS:
            raise RefusedError(f"more than {MAX_CARDS} cards in one answer")
        else:
            offers.append(_offer(item))
    if is_cut and not offers and finish != "length":
        raise RefusedError("the answer breaks off before its first card")
    return Answer(tuple(offers), is_cut)


def parse_answers(content: str) -> dict[int, str]:
    """Return a second look's answers by the number of their question.

    Raises:
        RefusedError: it is no JSON with a list of answers.

    """
    found: dict[int, str] = {}
    for item in _items(content, "answers"):
        if item is None:
            break
        number, answer = (
            (item.get(name) for name in ("number", "answer")) if isinstance(item, Mapping) else (0, 0)
        )
        if not isinstance(number, int) or isinstance(number, bool) or not isinstance(answer, str):
            raise RefusedError("an answer is no number with a text")
        found.setdefault(number, _polished(answer, "back"))
        if len(found) > MAX_CARDS:
            raise RefusedError(f"more than {MAX_CARDS} answers")
    return found


def _items(content: str, name: str) -> Iterator[Any]:
    """Yield the items of the list that an answer holds, whole ones only; None at the end when it was cut off."""
    if len(content) > MAX_CHARACTERS:
        raise RefusedError(f"the answer has {len(content):,} characters; at most {MAX_CHARACTERS:,}")
    text = _ESCAPE.sub(
        lambda sign: "\\\\" if sign["odd"] is not None else sign.group(), _THOUGHT.sub("", content)
    )
    if depth_of(text) > MAX_DEPTH:
        raise RefusedError(f"brackets are nested more than {MAX_DEPTH} deep")
    begin = re.search(rf'\{{\s*"{name}"\s*:\s*\[', text)
    if not begin:
        raise RefusedError(f'no JSON with a list "{name}": {content.strip()[:60]!r}')
    at = begin.end()
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr] # it matches nothing at least
        if text.startswith("]", at):
            return
        try:
            item, at = _DECODER.raw_decode(text, at)
        except NotAClaimError as reason:
            raise RefusedError(str(reason)) from None
        except (ValueError, RecursionError):
            yield None
            return
        yield item


def _offer(item: object) -> Offer:
    if not isinstance(item, dict):
        return Offer(None, "a card is no object")
    if unknown := [name for name in item if name not in FIELDS]:
        return Offer(None, f"unknown field {unknown[0][:40]!r}")
    sure = item.pop("confidence", 0.5)
    if not isinstance(sure, int | float) or isinstance(sure, bool):
        return Offer(None, "confidence is no number")
    try:
        claim = claim_of(item)
    except NotAClaimError as reason:
        return Offer(None, str(reason))
    shown = {name: _polished(getattr(claim, name), name) for name in ("front", "back", "text")}
    where = tuple(
        (_polished(symbol, "where"), _polished(meaning, "where")) for symbol, meaning in claim.where
    )
    fields = {name: getattr(claim, name) for name in ("kind", "quote", "subject")}
    return Offer(Claim(**fields, **shown, where=where), "", min(1.0, max(0.0, float(sure))))


def _polished(value: str, field: str) -> str:
    """Return a field as a card has it: what ``check --fix`` does is done, and no white space stands at its edges."""
    for _, fields, fix in FIXES:
        if field in fields:
            value = fix(value)
    return value.strip()
