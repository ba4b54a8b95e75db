r"""What strangers offer as cards, as JSON lines or as a deck file: read with limits, each a claim or the reason why it is none.

A line is an object with ``quote`` and ``front`` and ``back`` (or ``text``), and what else ``FIELDS`` names.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cardsmith.decks.deckfile import Deck
from cardsmith.model import Card
from cardsmith.places import file_of
from cardsmith.verify.claim import Claim

MAX_LINE = 100_000
"""Characters of one line: no card has a hundredth of it."""
MAX_LINES = 5_000
"""Cards of one file."""
MAX_DEPTH = 4
"""Brackets inside brackets: a card has three at most."""

TEXTS = ("kind", "subject", "quote", "front", "back", "text")
FIELDS = frozenset({*TEXTS, "where", "source", "line", "confidence", "id", "tags", "notes"})
"""What a line may have. All that a learner is shown is proved; a field that nothing proves would be a way around.
``notes`` are an earlier gate's, and are not handed on."""
MAX_BYTES = 20_000_000
"""Of a file."""

_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
_LOST = re.compile(r"[\t\f\b\r](?=[A-Za-z])|\n(?=(?:abla|eq|u|e|i|ot|otin|mid|eg|exists)(?![A-Za-z]))")
_AS_TYPED = {"\t": r"\t", "\f": r"\f", "\b": r"\b", "\r": r"\r", "\n": r"\n"}


@dataclass(frozen=True, slots=True)
class Offered:
    """One line of what was offered."""

    number: int
    """1-based."""
    claim: Claim | None
    """None when the line is no claim; then ``fault`` says why."""
    fault: str = ""
    source: str = ""
    """Of the notes, as the line names it; empty when it names none."""
    line: int = 0
    """Of the notes, 1-based; 0 when the line names none."""
    excerpt: str = ""
    """Of the notes, by its id, as deck files name it."""
    kept: tuple[tuple[str, Any], ...] = ()
    """What is handed on as it came: ``id``, ``tags``, ``confidence``."""


class NotAClaimError(Exception):
    """Why an object is no claim."""


def parse_lines(text: str) -> Iterator[Offered]:
    """Yield each line that is not empty; what is no claim says why. Never raises, whatever the lines hold."""
    read = 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        read += 1
        if read > MAX_LINES:
            yield Offered(number, None, f"more than {MAX_LINES:,} lines: nothing from here on was read")
            return
        try:
            fields = _object(line)
            yield Offered(
                number,
                claim_of({name: value for name, value in fields.items() if name in (*TEXTS, "where")}),
                **_place(fields),
                kept=tuple(_kept(fields)),
            )
        except NotAClaimError as reason:
            yield Offered(number, None, str(reason))


def _object(line: str) -> Mapping[str, Any]:
    if len(line) > MAX_LINE:
        raise NotAClaimError(f"the line has {len(line):,} characters; at most {MAX_LINE:,}")
    if depth_of(line) > MAX_DEPTH:
        raise NotAClaimError(f"brackets are nested more than {MAX_DEPTH} deep")
    try:
        fields = json.loads(line, object_pairs_hook=once, parse_constant=no_number)
    except ValueError as error:
        raise NotAClaimError(f"no JSON: {error}") from None
    if not isinstance(fields, dict):
        raise NotAClaimError("no object: write one card as {…} on each line")
    if unknown := [name for name in fields if name not in FIELDS]:
        raise NotAClaimError(f"unknown field {unknown[0][:40]!r}; fields are {', '.join(sorted(FIELDS))}")
    return fields


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's fields, for ``object_pairs_hook``.

    Raises:
        NotAClaimError: one stands twice.

    """
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise NotAClaimError("a field stands twice")
    return fields


def no_number(name: str) -> None:
    """Refuse ``NaN`` and its kind, for ``parse_constant``."""
    raise NotAClaimError(f"{name} is no JSON")


def depth_of(line: str) -> int:
    """Return how deep the brackets of a JSON text are nested; those inside its strings do not count."""
    depth = most = 0
    for sign in _BRACKET.finditer(line):
        depth += (sign.group() in "[{") - (sign.group() in "]}")
        most = max(most, depth)
    return most


def claim_of(fields: Mapping[str, Any]) -> Claim:
    """Return the claim of an object's fields, with LaTeX mended that lost its backslashes on the way through JSON.

    Raises:
        NotAClaimError: a field of another type.

    """
    texts = {name: _mended(_text(fields, name)) for name in TEXTS if name in fields}
    texts.setdefault("kind", "claim")
    texts.setdefault("quote", "")
    return Claim(**texts, where=_where(fields.get("where")))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise NotAClaimError(f"{name} is no text")
    return value


def _place(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a line's notes are: ``source`` may end in a colon and the line, as deck files have it."""
    source, line = source_of(_text(fields, "source"))
    named = fields.get("line", line)
    if named is None:
        named = 0
    if not isinstance(named, int) or isinstance(named, bool) or not 0 <= named < 10**9:
        raise NotAClaimError("line is no line's number")
    return {"source": source, "line": named}


def source_of(text: str) -> tuple[str, int]:
    """Return a path and the line behind its last colon; 0 when there is none."""
    path, _, line = text.rpartition(":")
    return (path, int(line)) if path and re.fullmatch(r"[0-9]{1,8}", line) else (file_of(text), 0)


def of_deck(deck: Deck) -> Iterator[Offered]:
    """Yield the cards of a deck file; what the learner would see besides and no quote proves is a fault."""
    source, line = source_of(deck.source or "")
    for entry in deck.entries:
        card = entry.card
        unproved = [name for name in ("extra", "aka", "media") if getattr(card, name)]
        claim = claim_of_card(card)
        kept: tuple[tuple[str, Any], ...] = (
            ("id", card.id),
            *((("tags", list(card.tags)),) if card.tags else ()),
        )
        fault = f"{unproved[0]} is shown to learners and no quote proves it" if unproved else ""
        yield Offered(
            entry.mark.line, None if unproved else claim, fault, source, line, deck.excerpt or "", kept
        )


def claim_of_card(card: Card) -> Claim:
    """Return what a card claims, as it stands in a deck."""
    texts = {name: getattr(card, name) or "" for name in ("quote", "front", "back", "text")}
    return Claim(card.kind, **texts, where=tuple(card.where.items()))


def _where(value: object) -> tuple[tuple[str, str], ...]:
    """Return symbols and meanings, given as an object or as a list of ``{"symbol": …, "meaning": …}``."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        pairs = list(value.items())
    elif isinstance(value, list) and all(
        isinstance(pair, Mapping) and set(pair) == {"symbol", "meaning"} for pair in value
    ):
        pairs = [(pair["symbol"], pair["meaning"]) for pair in value]
    else:
        raise NotAClaimError("where is no object of symbols and their meanings")
    if not all(isinstance(part, str) for pair in pairs for part in pair):
        raise NotAClaimError("where is no object of symbols and their meanings")
    return tuple((_mended(symbol), _mended(meaning)) for symbol, meaning in pairs)


def _kept(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "id" in fields:
        yield "id", _slug(fields["id"])
    if "tags" in fields:
        tags = fields["tags"]
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise NotAClaimError("tags is no list of texts")
        yield "tags", [_tag(tag) for tag in tags]
    if "confidence" in fields:
        sure = fields["confidence"]
        if not isinstance(sure, (int, float)) or isinstance(sure, bool):
            raise NotAClaimError("confidence is no number")
        yield "confidence", sure


def _slug(value: object) -> str:
    if (
        not isinstance(value, str)
        or not re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", value)
        or len(value) > 80
    ):
        raise NotAClaimError("id is no id: small letters, digits and hyphens, at most 80")
    return value


def _tag(value: str) -> str:
    if not re.fullmatch(r"[\w-]+(?:::[\w-]+)*", value) or len(value) > 100:
        raise NotAClaimError("a tag is one word of letters, digits and hyphens, with :: between its parts")
    return value


def _mended(text: str) -> str:
    r"""Return a text in which ``\theta``, ``\frac``, ``\beta`` and their kind, sent with one backslash, are LaTeX again."""
    return _LOST.sub(lambda sign: _AS_TYPED[sign.group()], text)
