"""Cards that ask nearly the same, found by the shingles they share; linear in the text, common shingles aside."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from cardsmith.sources.likeness import shingles

ALIKE = 0.4
"""Jaccard similarity of shingles from which two cards are shown side by side."""
COMMON = 20
"""A shingle that more cards hold says nothing about any of them."""


def near_duplicates(texts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return for each card with near-duplicates their ids, the likest first; ties go by id."""
    runs = {card: shingles(text) for card, text in texts.items()}
    holders: dict[str, list[str]] = defaultdict(list)
    for card, own in runs.items():
        for run in own:
            holders[run].append(card)
    shared: dict[str, Counter[str]] = defaultdict(Counter)
    for cards in holders.values():
        if 1 < len(cards) <= COMMON:
            for card in cards:
                shared[card].update(other for other in cards if other != card)
    found = {}
    for card, counts in shared.items():
        likeness = {
            other: count / (len(runs[card]) + len(runs[other]) - count) for other, count in counts.items()
        }
        alike = sorted((-value, other) for other, value in likeness.items() if value >= ALIKE)
        if alike:
            found[card] = tuple(other for _, other in alike)
    return found
