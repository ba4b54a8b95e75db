"""A note's cards as Anki renders them: its template language over our own templates, nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cardsmith.anki.media import read_media
from cardsmith.anki.notes import Note, make_note
from cardsmith.anki.notetypes import note_types
from cardsmith.decks.project import Project
from cardsmith.errors import CardsmithError
from cardsmith.text.clozes import SIGN
from cardsmith.text.escape import as_content

_SECTION = re.compile(r"\{\{([#^])(\w+)\}\}(.*?)\{\{/\2\}\}", re.DOTALL)
_FIELD = re.compile(r"\{\{(cloze:)?(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class CardSides:
    """One card of a note as a learner sees it: HTML that Anki's style sheet dresses."""

    name: str
    """``forward``, ``reverse``, or the cloze's ``c1``."""
    front: str
    back: str


def sides_of(note: Note, deck: str) -> list[CardSides]:
    """Return both sides of each card that a note makes; ``deck`` is the Anki deck's full name."""
    return [
        CardSides(
            f"c{ord_ + 1}" if note.is_cloze else ("forward", "reverse")[ord_],
            front(note, ord_, deck),
            back(note, ord_, deck),
        )
        for ord_ in note.ords
    ]


def render_card(project: Project, card_id: str) -> list[CardSides]:
    """Return both sides of each card that a card of a project makes, by its id.

    Raises:
        CardsmithError: no deck has the id, or it cannot be rendered.

    """
    for deck in project.decks:
        for entry in deck.entries:
            if entry.card.id == card_id:
                media, _ = read_media(deck, project.root)
                note = make_note(entry.card, deck, media, project.topics)
                return sides_of(note, project.topics.topics[deck.topic].deck)
    raise CardsmithError.at(
        "", "no-card", f"no deck has a card {card_id!r}", "see `cardsmith stats`, or search the decks"
    )


def back(note: Note, ord_: int, deck: str, fields: Mapping[str, str] | None = None) -> str:
    """Return the answer side of a card; ``fields`` replaces the note's own where they carry marks.

    ``deck`` is the Anki deck's full name, whose last part the templates show; ``ord_`` is the template's number for a
    basic note and the cloze number less one for a cloze.
    """
    kind = _types()[note.is_cloze]
    template = kind.templates[0 if note.is_cloze else ord_]
    values = dict(fields if fields is not None else note.fields) | {
        "Subdeck": as_content(deck.rpartition("::")[2])
    }
    front = _rendered(template.front, values, ord_ + 1)
    return _rendered(template.back, values | {"FrontSide": front}, ord_ + 1)


def front(note: Note, ord_: int, deck: str) -> str:
    """Return the question side of a card; ``ord_`` and ``deck`` as in ``back``."""
    template = _types()[note.is_cloze].templates[0 if note.is_cloze else ord_]
    values = dict(note.fields) | {"Subdeck": as_content(deck.rpartition("::")[2])}
    return _rendered(template.front, values, ord_ + 1, is_question=True)


def css() -> str:
    """Return the style sheet of both note types."""
    return _types()[0].css


_types = lru_cache(maxsize=1)(note_types)


def _rendered(template: str, values: Mapping[str, str], number: int, *, is_question: bool = False) -> str:
    def section(found: re.Match[str]) -> str:
        wanted, is_filled = found.group(1) == "#", bool(values.get(found.group(2), "").strip())
        return found.group(3) if wanted == is_filled else ""

    def field(found: re.Match[str]) -> str:
        value = values.get(found.group(2), "")
        return cloze(value, number, is_question=is_question) if found.group(1) else value

    while _SECTION.search(template):
        template = _SECTION.sub(section, template)
    return _FIELD.sub(field, template)


def cloze(text: str, number: int, *, is_question: bool = False) -> str:
    """Return a cloze text's side: one number's deletions are marked (hidden in a question), the others only named."""
    parts: list[list[str]] = [[]]
    numbers: list[int] = []
    at = 0
    for mark in SIGN.finditer(text):
        parts[-1].append(text[at : mark.start()])
        at = mark.end()
        if mark.group(1):
            numbers.append(int(mark.group(1)))
            parts.append([])
        elif numbers:
            (shown, _, hint), ordinal = "".join(parts.pop()).partition("::"), numbers.pop()
            if is_question and ordinal == number:
                shown = f"[{hint or '...'}]"
            kind = "cloze" if ordinal == number else "cloze-inactive"
            parts[-1].append(f'<span class="{kind}" data-ordinal="{ordinal}">{shown}</span>')
        else:
            parts[-1].append("}}")
    parts[-1].append(text[at:])
    return "".join("".join(part) for part in parts)
