"""How authors write cards into their notes: what a note says of it, and what a project wants read, and where."""

from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints

AUTHORED = "author-"
"""How the rules are called that take cards from their authors."""

Tag = Annotated[str, StringConstraints(min_length=1)]
"""Of Obsidian, with or without ``#``."""


class Tagging(NamedTuple):
    """What the author of a note has said of it in tags, and the tools that ask its cards; tags are without ``#``."""

    note: tuple[str, ...] = ()
    """In force for an excerpt: those of the file, which stand in its front matter or on lines of their own, and of headings."""
    heading: tuple[str, ...] = ()
    """On the heading right above it."""
    is_scheduled: bool = False
    """A tool has written into the file when its cards are due: there are cards in it."""
    is_underlined: bool = False
    """The heading right above it is a text with dashes below, which some tools take for a card's front."""


UNTAGGED = Tagging()
"""Nothing said."""


When = Literal["always", "tagged", "never"]
"""Where a way to write cards is read: in every note, where cards are meant (see ``Authored.tags``), or nowhere."""


class Authored(BaseModel):
    """How the authors of a project's notes write cards (``docs/authors-cards.md``); each syntax with where it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tags: tuple[Tag, ...] = ("flashcards", "flashcard")
    """Of notes and headings under which cards are meant; tags below them count as well."""
    marks: tuple[Tag, ...] = ("card", "flashcard")
    """Tags that make a card of the block that bears them."""
    colons: When = "tagged"
    lines: When = "always"
    questions: When = "always"
    tables: When = "always"
    frames: When = "always"
    callouts: When = "tagged"
    textgen: When = "always"
    deletions: When = "always"
    highlights: When = "tagged"
    bold: When = "never"
    braces: When = "never"
    arrows: When = "never"
    rules: When = "never"
