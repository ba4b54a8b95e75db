"""Cards that ask what another card asks already, in any topic."""

import re
from collections.abc import Iterator

from cardsmith.checks.base import Context, Located
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.text.shadow import key

MAX_FRONT = 1000
"""Characters; a longer front is no question."""

_KIND = (
    ("why", re.compile(r"为什么|为何|why", re.IGNORECASE)),
    ("how", re.compile(r"如何|怎么样?|怎样|how", re.IGNORECASE)),
    ("list", re.compile(r"分为|哪些|哪[几一二两三四五六七八九十\d]|分类|which|list", re.IGNORECASE)),
    ("many", re.compile(r"多少|几[个种类步]|how many", re.IGNORECASE)),
)
_FILLER = re.compile(
    r"什么叫做?|什么是|是什么|指的?是?什么|什么|的?(?:定义|含义|概念|意思)|哪些|哪[几一二两三四五六七八九十\d]?[个种类步项条阶段方面]*|"
    r"请问?|写出|解释|说明|简述|给出|何谓|所谓|通常|一般|主要|分为|包括|包含|有|的|呢|吗|是|指|"
    r"\b(?:what|is|are|the|an?|of|define|explain|meant|mean|by|does)\b",
    re.IGNORECASE,
)
_JOINER = re.compile(r"[\s和与及跟、,，/]+|相比于?|\b(?:and|vs|versus)\b", re.IGNORECASE)


def same_question(front: str) -> str:
    """Return a key that questions share when they ask the same in other words: 什么是 X, X 是什么, X 的定义."""
    kind, rest = "what", front
    for name, pattern in _KIND:
        if pattern.search(rest):
            kind, rest = (name if kind == "what" else kind), pattern.sub(" ", rest)
    words = _JOINER.split(_FILLER.sub(" ", rest))
    parts = sorted(filter(None, (key(word) if "\\" not in word else word for word in words)))
    return f"{kind}:{'|'.join(parts)}" if parts else ""


def _asked(context: Context) -> Iterator[tuple[Deck, Entry, str]]:
    for deck in context.project.decks:
        for entry in deck.entries:
            if entry.card.front and len(entry.card.front) < MAX_FRONT:
                yield deck, entry, entry.card.front


def fronts_ask_once(context: Context) -> Iterator[Located]:
    """Find a front that asks what another front asks in other words, across all topics."""
    first: dict[str, tuple[Deck, Entry]] = {}
    for deck, entry, front in _asked(context):
        question = same_question(front)
        if not question:
            continue
        home, other = first.setdefault(question, (deck, entry))
        if other is not entry and _exact(other.card.front or "") != _exact(front):
            known = f"{home.path}:{other.mark.line}"
            mark = entry.marks.get("front", entry.mark)
            message = f"{entry.card.id}: {known} asks this already"
            yield Located(deck.path, mark, message, "keep the better card, or ask for the difference", entry)


def same_front_same_answer(context: Context) -> Iterator[Located]:
    """Find a front that stands twice with different answers: the learner cannot know which is wanted."""
    first: dict[str, tuple[Deck, Entry]] = {}
    for deck, entry, front in _asked(context):
        home, other = first.setdefault(_exact(front), (deck, entry))
        if other is not entry:
            known = f"{home.path}:{other.mark.line}"
            differs = key(other.card.back or "") != key(entry.card.back or "")
            ending = "and wants another answer" if differs else "and wants the same answer"
            mark = entry.marks.get("front", entry.mark)
            hint = "name in the question what makes them differ" if differs else "delete one of them"
            yield Located(
                deck.path, mark, f"{entry.card.id}: {known} has the same front {ending}", hint, entry
            )


def _exact(front: str) -> str:
    return key(front) if "\\" not in front else "".join(front.split())
