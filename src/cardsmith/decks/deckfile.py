"""Deck files: YAML that people edit, read with the place of everything in it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from pydantic import BaseModel

from cardsmith.decks.strict_yaml import Composed, Mark, compose
from cardsmith.errors import CardsmithError
from cardsmith.files import read_text
from cardsmith.model import Card, ExcerptId, Text
from cardsmith.text.language import Language
from cardsmith.topics import Topics


@dataclass(frozen=True, slots=True)
class Entry:
    """A card with its place in its file."""

    card: Card
    mark: Mark
    """Of the first key."""
    marks: Mapping[str, Mark]
    """Of each field's value; ``where`` has its keys below ``where.<symbol>``."""
    first: int
    """0-based index of the card's first line (the one with the dash)."""
    end: int
    """Index after its last line (half-open); blank lines and comments behind it are not the card's, except for comments
    that stand as deep as the text of a block."""
    rows: Mapping[str, tuple[int, int]]
    """The lines of each field, from the one with its key to the next field's (half-open, 0-based, in the file); none
    for a card that is not written one field below the other."""
    pieces: tuple[tuple[str, str], ...]
    """Every text that people wrote, each with its field's name; see ``Card.texts``."""


@dataclass(frozen=True, slots=True)
class Deck:
    """A deck file: one article's cards, and the text they stand in."""

    path: str
    """Relative to the project, with ``/``: ``decks/<topic>/<article>.yaml``."""
    text: str
    excerpt: str | None
    title: str
    source: str | None
    entries: tuple[Entry, ...]
    marks: Mapping[str, Mark]
    """Of each top-level value."""
    indent: int
    """Columns before the dash of a card."""
    language: Language | None = None
    """Of all its cards, where the file says so."""

    @property
    def topic(self) -> str:
        """The folder, which is the topic."""
        return self.path.split("/")[-2]

    @property
    def article(self) -> str:
        """The file's stem, which is the article's name."""
        return self.path.split("/")[-1].removesuffix(".yaml")

    def article_of(self, card: Card) -> str:
        """Return what learners know a card's article as: where it was released from, else this file."""
        return card.released_as.get("article", self.article)

    def only(self, *, drafts: bool) -> "Deck":
        """Return the deck with nothing but its drafts, or nothing but what ships; its text and places stay."""
        kept = tuple(entry for entry in self.entries if entry.card.draft == drafts)
        return self if len(kept) == len(self.entries) else replace(self, entries=kept)


class Head(BaseModel, extra="forbid", frozen=True):
    """What a deck file says before its cards."""

    excerpt: ExcerptId | None = None
    title: Text
    source: Text | None = None
    language: Language | None = None


def parse_deck(text: str, path: str) -> Deck:
    """Return a deck file's cards with their places.

    Raises:
        CardsmithError: every problem of syntax and shape that the file has.

    """
    document = compose(text, path)
    if not isinstance(document.data, dict):
        document.report(Mark(1, 1), "yaml-shape", "the file is not a mapping", "begin with title: and cards:")
        raise CardsmithError(document.problems)
    items = document.data.pop("cards", None) or []
    head = document.validate(Head, document.data)
    if not isinstance(items, list):
        document.report(
            document.marks["cards",], "yaml-shape", "cards is not a list", "write each as `- id: …`"
        )
        items = []
    nodes = _card_nodes(document)
    places = _marks_by_card(document)
    lines = text.split("\n")
    entries = []
    for number, item in enumerate(items):
        card = document.validate(Card, item, ("cards", number))
        if card:
            entries.append(_entry(card, nodes[number], places[number], lines))
    if document.problems or head is None:
        raise CardsmithError(document.problems)
    marks = {str(place[0]): mark for place, mark in document.marks.items() if len(place) == 1}
    indent = nodes[0].start_mark.column - 2 if nodes else 0
    return Deck(
        path,
        text,
        head.excerpt,
        head.title,
        head.source,
        tuple(entries),
        marks,
        max(0, indent),
        head.language,
    )


def parse_topics(text: str, path: str) -> Topics:
    """Return the topics file.

    Raises:
        CardsmithError: every problem of syntax and shape that the file has.

    """
    document = compose(text, path)
    topics = document.validate(Topics, document.data)
    if document.problems or topics is None:
        raise CardsmithError(document.problems)
    return topics


SAVING = 0.05
"""Seconds: many editors empty a file before they fill it, and take less."""


def deck_text(path: Path, name: str) -> str:
    """Return a deck file's text; one that is empty is looked at twice, because it may be being saved."""
    text = read_text(path, name)
    if not text:
        time.sleep(SAVING)
        text = read_text(path, name)
    return text


def read_deck(path: Path, name: str) -> Deck:
    """Read a deck file; ``name`` is how problems call it."""
    return parse_deck(deck_text(path, name), name)


def _card_nodes(document: Composed) -> list[yaml.Node]:
    pairs = document.root.value if isinstance(document.root, yaml.MappingNode) else []
    cards = next((value for name, value in pairs if name.value == "cards"), None)
    if not isinstance(cards, yaml.SequenceNode):
        return []
    if cards.flow_style and cards.value:
        hint = "write each card on lines of its own: `- id: …`"
        document.report(document.marks["cards",], "yaml-shape", "cards is written in brackets", hint)
    return list(cards.value)


def _marks_by_card(document: Composed) -> dict[int, dict[str, Mark]]:
    """Return for each card the marks of its fields; the card's own is under the empty name."""
    found: dict[int, dict[str, Mark]] = {}
    for place, mark in document.marks.items():
        if len(place) > 1 and place[0] == "cards" and isinstance(place[1], int):
            path = str(place[2]) if len(place) == 3 else ".".join(map(str, place[2:]))
            found.setdefault(place[1], {})[path] = mark
    return found


def _entry(card: Card, node: yaml.Node, marks: dict[str, Mark], lines: list[str]) -> Entry:
    first = node.start_mark.line
    leaf = _last_leaf(node)
    end = leaf.end_mark.line + (1 if leaf.end_mark.column else 0)
    while end > first + 1 and (end > len(lines) or not lines[end - 1].strip()):
        end -= 1
    for number in range(end, len(lines)):
        if _is_deeper(lines[number], node.start_mark.column + 2):
            end = number + 1
        elif lines[number].strip():
            break
    return Entry(card, marks[""], marks, first, end, _rows(node, end), tuple(card.texts()))


def _is_deeper(line: str, column: int) -> bool:
    """Tell whether a line behind a card would be read as text of a block that is put between the two."""
    bare = line.rstrip("\r").lstrip(" ")
    depth = len(line.rstrip("\r")) - len(bare)
    return depth > column if not bare else bare.startswith("#") and depth >= column


def _rows(node: yaml.Node, end: int) -> dict[str, tuple[int, int]]:
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        return {}
    starts = [name.start_mark.line for name, _ in node.value]
    return {
        name.value: (start, after)
        for (name, _), start, after in zip(node.value, starts, [*starts[1:], end], strict=True)
        if isinstance(name, yaml.ScalarNode)
    }


def _last_leaf(node: yaml.Node) -> yaml.Node:
    """Return the node whose end is the card's: a block scalar's own end mark is behind its blank lines."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node
