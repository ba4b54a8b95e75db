"""What a family of syntax finds: a card in its author's words, and where it stands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cardsmith.extract.authored.page import Page
from cardsmith.model import Span


@dataclass(frozen=True, slots=True)
class Written:
    """A card as its author wrote it; ``front`` and ``back``, or ``text`` with ``{{c1::…}}``."""

    span: Span
    """Of what proves it, in the excerpt."""
    front: str = ""
    back: str = ""
    text: str = ""
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """Ways to write cards that are read by one function."""

    name: str
    """Of its rule, behind ``author-``."""
    find: Callable[[Page], Iterator[Written]]
    """Yields cards and claims their lines; a line that is claimed already is not read."""
