"""Characters that the readers of a deck cannot see: learners on the card, reviewers in the pull request."""

from collections.abc import Iterator
from typing import NamedTuple

from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import TOPICS_FILE, Project
from cardsmith.decks.strict_yaml import Mark
from cardsmith.errors import Problem
from cardsmith.files import read_text
from cardsmith.text.characters import Unseen, unseen


class Place(NamedTuple):
    """Where an unseen character stands."""

    path: str
    mark: Mark
    found: Unseen
    field: str = ""
    """The card's field; empty outside of cards."""
    entry: Entry | None = None


def deceiving_characters(project: Project) -> Iterator[Problem]:
    """Find, anywhere in the curated files, what makes a text read otherwise than it is; comments mislead as well.

    A quote is verbatim: what its source holds it must hold, and ``hidden_characters`` tells of it.
    """
    for path, text, deck in _files(project):
        quotes = [entry.rows["quote"] for entry in deck.entries if "quote" in entry.rows] if deck else []
        for found in unseen(text):
            mark = _place(text, found.at)
            if found.deceives and not any(start < mark.line <= end for start, end in quotes):
                message = f"{found.name} makes a text read otherwise than it is, or hides another in it"
                yield Problem(path, *mark, "misleading-character", message, "delete it")


def hidden_characters(project: Project) -> Iterator[Place]:
    """Find what is only in the way, in every text that people read; and in quotes also what deceives."""
    for path, text, deck in _files(project):
        if deck is None:
            yield from (
                Place(path, _place(text, found.at), found) for found in unseen(text) if not found.deceives
            )
            continue
        for name, value in (("title", deck.title), ("source", deck.source or "")):
            yield from (Place(path, deck.marks[name], found) for found in unseen(value) if not found.deceives)
        for entry in deck.entries:
            for name, value in (*entry.pieces, *(("allow", reason) for reason in entry.card.allow.values())):
                found = next((f for f in unseen(value) if name == "quote" or not f.deceives), None)
                if found:
                    yield Place(path, entry.marks.get(name, entry.mark), found, name, entry)


def _files(project: Project) -> Iterator[tuple[str, str, Deck | None]]:
    topics = project.file(TOPICS_FILE)
    if topics.exists():
        yield TOPICS_FILE, read_text(topics, TOPICS_FILE), None
    yield from ((deck.path, deck.text, deck) for deck in project.decks)


def _place(text: str, at: int) -> Mark:
    return Mark(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
