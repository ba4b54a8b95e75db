"""What a check is: a named function with a code, over one card or over the whole project."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import Project
from cardsmith.decks.strict_yaml import Mark
from cardsmith.errors import Code
from cardsmith.model import Excerpt
from cardsmith.release.records import Record


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may look at besides the card."""

    project: Project
    excerpts: Mapping[str, Excerpt]
    released: Mapping[str, Record]
    """What learners have, by card id; empty before the first release or when the record is damaged."""
    judge: Callable[[str], str | None]
    """The only word on a formula's body: why Anki does not draw it, or None."""


class Finding(NamedTuple):
    """What is wrong in one card."""

    field: str
    """Whose value's place is shown; the card's own for a field that it does not have."""
    message: str
    hint: str = ""


class Located(NamedTuple):
    """What is wrong somewhere in the project."""

    path: str
    mark: Mark
    message: str
    hint: str = ""
    entry: Entry | None = None
    """The card that may silence it, if it is one card's."""


@dataclass(frozen=True, slots=True)
class CardCheck:
    """A check of one card."""

    code: Code
    find: Callable[[Deck, Entry, Context], Iterator[Finding]]
    only: Literal["", "front", "text", "formula", "math", "released"] = ""
    """What a card must have for this check to look at it; empty when it looks at every card."""


@dataclass(frozen=True, slots=True)
class ProjectCheck:
    """A check of everything at once."""

    code: Code
    find: Callable[[Context], Iterator[Located]]
