"""Cards to notes: the fields and tags that Anki stores, and the hash by which a change is known."""

import hashlib
import html
import json
import re
from dataclasses import dataclass

from cardsmith.deckfile import Deck
from cardsmith.errors import CardsmithError, Problem
from cardsmith.ids import guid
from cardsmith.model import Card, Topic
from cardsmith.render import render_field, symbol_table

_ARXIV = re.compile(r"arXiv:\s*(\d{4}\.\d{4,5})", re.IGNORECASE)
_CLOZE_NUMBER = re.compile(r"\{\{c(\d+)::")


@dataclass(frozen=True, slots=True)
class Note:
    """A note as a package carries it."""

    card_id: str
    topic: str
    """The topic's slug: which package it ships in."""
    is_cloze: bool
    fields: tuple[tuple[str, str], ...]
    """Name and HTML of each field that is not empty."""
    tags: tuple[str, ...]
    ords: tuple[int, ...]
    """The cards it makes: template numbers (basic) or cloze numbers less one, ascending."""

    @property
    def guid(self) -> str:
        """What Anki knows the note by."""
        return guid(self.card_id)

    @property
    def content_hash(self) -> str:
        """16 hexadecimal digits over fields and tags: a learner's copy changes when this does."""
        content = json.dumps([self.is_cloze, self.fields, self.tags], ensure_ascii=False)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def make_notes(deck: Deck, topic: Topic) -> list[Note]:
    """Return a deck file's notes, in its order.

    Raises:
        CardsmithError: every card that cannot be rendered.

    """
    notes, problems = [], []
    for entry in deck.entries:
        try:
            notes.append(make_note(entry.card, deck, topic))
        except CardsmithError as error:
            problems += [
                Problem(deck.path, *entry.mark, p.code, f"{entry.card.id}: {p.message}", p.hint)
                for p in error.problems
            ]
    if problems:
        raise CardsmithError(problems)
    return notes


def make_note(card: Card, deck: Deck, topic: Topic) -> Note:
    """Return the note of one card."""
    is_cloze = card.text is not None
    own = {
        "Text": render_field(card.text or "", cloze=True),
        "Front": render_field(card.front or ""),
        "Back": render_field(card.back or ""),
        "Reverse": "1" if card.reverse else "",
    }
    fields = {
        "Id": card.id,
        **own,
        "Extra": render_field(card.extra or ""),
        "Where": symbol_table(card.where),
        "Aka": html.escape(" · ".join(card.aka), quote=False),
        "Quote": render_field(card.quote or ""),
        "Source": _source(card, deck),
        "Topic": html.escape(topic.title, quote=False),
        "Article": html.escape(deck.title, quote=False),
        "Kind": card.kind,
    }
    tags = (f"cardsmith::{deck.topic}::{deck.article}", *card.tags)
    filled = tuple((name, value) for name, value in fields.items() if value)
    return Note(card.id, deck.topic, is_cloze, filled, tags, _ords(card))


def retired_note(card_id: str, topic: str, *, is_cloze: bool) -> Note:
    """Return the stub that a released card ships as once it has left the decks: Anki's Empty Cards removes it."""
    fields = (("Id", card_id), ("Retired", "1"))
    return Note(card_id, topic, is_cloze, fields, ("cardsmith::retired",), (0,))


def cloze_numbers(text: str) -> list[int]:
    """Return the distinct cloze numbers of a text, ascending."""
    return sorted({int(number) for number in _CLOZE_NUMBER.findall(text)})


def _ords(card: Card) -> tuple[int, ...]:
    if card.text is not None:
        return tuple(number - 1 for number in cloze_numbers(card.text))
    return (0, 1) if card.reverse else (0,)


def _source(card: Card, deck: Deck) -> str:
    parts = []
    if card.cite:
        cited = html.escape(card.cite, quote=False)
        paper = _ARXIV.search(card.cite)
        parts.append(f'<a href="https://arxiv.org/abs/{paper.group(1)}">{cited}</a>' if paper else cited)
    if card.quote and deck.source:
        parts.append(html.escape(deck.source, quote=False))
    return " · ".join(parts)
