"""Whether what belongs together in the quote belongs together on the card: pairs that changed partners.

Two names (numbers, formulas, opposites, labels) of a card may be exchanged without any sign being new. So both ways are
held against the quote: when the card agrees clearly better with it once the two change places, somebody has swapped them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from cardsmith.text.shadow import key
from cardsmith.verify.case import Case
from cardsmith.verify.owners import stretches
from cardsmith.verify.signs import FORMULA, STOP, content, has_word, name_words, opposites

REACH = 8
"""Characters at which two signs count half as near as neighbours."""
CLAUSE, SENTENCE = 0.5, 0.2
"""What a mark between two signs leaves of their nearness."""
BEHIND = 0.7
"""What is left where the sign that belongs to a name stands before it."""
MARGIN, LEAST = 1.25, 0.1
"""How many times better, and by how much, the exchanged card must agree."""
MOST = 8
"""Clauses of one card, and things of one clause, that are looked at."""

_MARK = re.compile(r"[,，:：、()→]|\band\b|\bbut\b|而|但")
_STOP = re.compile(r"[。;；!！?？\n|]|(?<=[A-Za-z\d)])\.\s")
_RESPECTIVE = re.compile(
    r"各自?|分别|分別|\brespectively\b|\beach\b|\bdiffer|区别|不同|对比|\bversus\b|\bvs\b|\bcompare|\bwhich\b.*\band which\b|\bhow\b.*\band\b",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[;；\n]|[,，](?!\s?(?:and|但|所以|因此))")


def pairs_are_kept(case: Case) -> Iterator[str]:
    """Find two names, numbers or opposites of the answer that have changed places."""
    quote = case.quote.text
    if len(_asked_about(case)) < 2 and key(case.statement.text) in key(quote):
        return
    clauses = _clauses(case)[:MOST]
    things = [_things(clause, quote) for clause in clauses]
    for (one, first), (two, second) in combinations(enumerate(clauses), 2):
        shared = content(first) & content(second)
        for name in things[one][:MOST]:
            for other in things[two][:MOST]:
                if name == other or name in second or other in first:
                    continue
                here, there = _context(first, name, shared), _context(second, other, shared)
                if _is_better_exchanged(quote, name, here, other, there):
                    yield f"{name} and {other} have changed places"
                    return


def _clauses(case: Case) -> list[str]:
    """Return what a card says of each thing: its clauses, or the things that it asks about, each with its part of the answer."""
    statement = case.statement.text
    parts = [part for part in _PARTS.split(statement) if part.strip()]
    asked = _asked_about(case)
    if len(asked) > 1 and not case.claim.text:
        if len(parts) == len(asked) and not any(name in statement for name in asked):
            return [f"{name} {part}" for name, part in zip(asked, parts, strict=True)]
        for mark in (r"、", r"和|与|及|\band\b"):
            listed = [part for part in re.split(mark, statement) if part.strip()]
            if len(listed) == len(asked) and not any(name in statement for name in asked):
                return [f"{name} {part}" for name, part in zip(asked, listed, strict=True)]
    if len(parts) > 1:
        return parts
    return [part for part in re.split(r"[,，、]|和|与|\band\b", statement) if part.strip()]


def _asked_about(case: Case) -> list[str]:
    """Return the things of which a question wants to know something each, in its order."""
    question = case.question.text
    if not _RESPECTIVE.search(question):
        return []
    names = [name for name in dict.fromkeys(name_words(question)) if name in case.quote.text]
    if len(names) > 1:
        return names
    found = re.search(
        r"([^,，:：?？的]{1,16})(?:和|与|及|、|\band\b)([^,，?？:：各分]{1,16}?)(?:各|分别|有|的|$)", question
    )
    if not found:
        return []
    both = [
        _longest_in(part.strip(), case.quote.text, from_end=first)
        for part, first in ((found[1], True), (found[2], False))
    ]
    return both if all(both) else []


def _longest_in(part: str, text: str, *, from_end: bool) -> str:
    """Return the longest end (or beginning) of a phrase that stands in a text; empty for less than two signs."""
    for size in range(len(part), 1, -1):
        piece = part[-size:] if from_end else part[:size]
        if piece in text:
            return piece.strip()
    return ""


def _things(clause: str, quote: str) -> list[str]:
    """Return what of a clause might have been exchanged, as it stands in the quote."""
    found = [*name_words(clause)]
    found += [number.group() for number in re.finditer(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?", clause)]
    found += re.findall(f"{FORMULA}.", clause)
    found += re.findall(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z'])", clause)
    label = re.match(r"\s*([^:：∎]{2,14}?)\s*[:：]", clause)
    found += [piece] if label and (piece := _piece_in(label.group(1), quote)) else []
    lead = re.match(r"\s*([A-Za-z][\w-]*)", clause)
    found += [lead.group(1)] if lead and lead.group(1).casefold() not in STOP else []
    found += [word for pair in opposites() for word in pair if len(word) > 1 and has_word(word, clause)]
    found += [
        name
        for name in re.findall(
            r"[\u3400-\u9fff]{2,8}?(?=是|为|用于|负责|:|：|取|存|做|把|只|不|会|能|更|的)", clause
        )
        if name in quote
    ]
    low = quote.casefold()
    return [thing for thing in dict.fromkeys(found) if thing.casefold() in low]


def _piece_in(label: str, quote: str) -> str:
    """Return the longest end of a label that stands in the quote, of at least two Han or one word; else empty."""
    low = quote.casefold()
    for at in range(len(label)):
        piece = label[at:].strip()
        if piece.casefold() in low and (at == 0 or not (label[at - 1].isascii() and label[at - 1].isalnum())):
            return piece if len(piece) > 1 else ""
    return ""


def _context(clause: str, thing: str, shared: frozenset[str]) -> frozenset[str]:
    """Return the signs that a clause says of a thing."""
    own = content(thing)
    return frozenset(
        sign for sign in content(clause.replace(thing, " ", 1)) if sign not in shared and sign not in own
    )


def _is_better_exchanged(
    quote: str, name: str, here: frozenset[str], other: str, there: frozenset[str]
) -> bool:
    here = frozenset(sign for sign in here if sign not in other)
    there = frozenset(sign for sign in there if sign not in name)
    if not here or not there:
        return False
    kept = _belongs(quote, name, here, other) + _belongs(quote, other, there, name)
    exchanged = _belongs(quote, name, there, other) + _belongs(quote, other, here, name)
    return exchanged > MARGIN * kept + LEAST


OWN, ANOTHERS = 0.6, 0.3
"""How near at least a sign counts that stands in a name's own stretch, and what is left of one that stands in the other's."""


def _belongs(quote: str, name: str, signs: frozenset[str], other: str) -> float:
    """Return how well some signs belong to a name and not to another, from 0 to 1."""
    own, another = _stretch(quote, name), _stretch(quote, other)
    total = 0.0
    for sign in signs:
        near = nearness(quote, name, frozenset([sign]))
        if own and another:
            near = max(near, OWN) if sign in own else near * ANOTHERS if sign in another else near
        total += near
    return total / len(signs)


@lru_cache(maxsize=1024)
def _stretch(quote: str, name: str) -> frozenset[str]:
    """Return the signs of what the quote says of a name, where it owns a stretch."""
    found = [
        content(stretch.text) for stretch in stretches(quote) if name.casefold() in stretch.owner.casefold()
    ]
    return frozenset().union(*found)


@lru_cache(maxsize=4096)
def nearness(quote: str, name: str, signs: frozenset[str]) -> float:
    """Return how near a name stands to some signs in a quote: 1 for neighbours, 0 for what does not stand there."""
    places = _places(quote, name)
    total = 0.0
    for sign in signs:
        found = _places(quote, sign)
        total += max(
            (_near(quote, at, len(name), to, len(sign)) for at in places for to in found), default=0.0
        )
    return total / max(1, len(signs))


def _near(quote: str, at: int, length: int, to: int, size: int) -> float:
    start, end = (at + length, to) if at <= to else (to + size, at)
    if end < start:
        return 1.0
    between = quote[start:end]
    near = 1 / (1 + len(between) / REACH)
    near *= SENTENCE ** min(3, len(_STOP.findall(between))) * CLAUSE ** min(3, len(_MARK.findall(between)))
    return near if at <= to else near * BEHIND


@lru_cache(maxsize=4096)
def _places(quote: str, sign: str) -> tuple[int, ...]:
    if sign.isascii() and sign[:1].isalnum():
        pattern = (
            rf"(?<![A-Za-z0-9.]){re.escape(sign)}(?!\d)"
            if sign[-1:].isdigit()
            else rf"(?<![A-Za-z0-9]){re.escape(sign)}"
        )
        pattern += r"(?![A-Za-z0-9])" if len(sign) < 3 else ""
        return tuple(found.start() for found in re.finditer(pattern, quote, re.IGNORECASE))[:20]
    return tuple(found.start() for found in re.finditer(re.escape(sign), quote))[:20]
