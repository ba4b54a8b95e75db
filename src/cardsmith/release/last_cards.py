"""Cards as they were when the record was last committed: how to tell learners what they lose."""

from collections.abc import Collection
from pathlib import Path

from cardsmith.anki.render import render_field, visible_text
from cardsmith.anki.sides import cloze
from cardsmith.decks.deckfile import parse_deck
from cardsmith.decks.project import RELEASED_FILE
from cardsmith.errors import CardsmithError
from cardsmith.git import answer, texts_at
from cardsmith.model import Card


def last_cards(root: Path, identities: Collection[str]) -> dict[str, Card]:
    """Return those of some cards that the last release's commit holds, by identity; none outside git."""
    if not identities:
        return {}
    commit = answer(root, "log", "-n", "1", "--format=%H", "HEAD", "--", RELEASED_FILE)
    if not commit:
        return {}
    try:
        texts = texts_at(root, commit, "decks", (".yaml",))
    except CardsmithError:
        return {}
    found: dict[str, Card] = {}
    for path, text in texts.items():
        if any(identity in text for identity in identities):
            try:
                cards = [entry.card for entry in parse_deck(text, path).entries]
            except CardsmithError:
                continue
            found |= {card.identity: card for card in cards if card.identity in identities}
    return found


def question(card: Card) -> str:
    """Return what a card asks as a learner sees it, clozes filled in; empty if it cannot be rendered."""
    media = {name: name for name in card.media}
    try:
        page = render_field(card.text or card.front or "", cloze=card.is_cloze, media=media)
    except CardsmithError:
        return ""
    return visible_text(cloze(page, 0) if card.is_cloze else page)
