"""What the machine may mend in all deck files at once: safe fixes and canonical form."""

from collections.abc import Callable

from cardsmith.decks.deckfile import Deck, parse_deck
from cardsmith.decks.fixes import fix_deck
from cardsmith.decks.layout import format_deck
from cardsmith.decks.project import Project
from cardsmith.errors import CardsmithError
from cardsmith.files import inside, read_text
from cardsmith.journal import Edit
from cardsmith.writing import Writer, changed_meanwhile, sole_writer

Mend = Callable[[Deck], tuple[str, list[str]]]
"""From a deck to its file's next text and what was changed, one line each."""

ATTEMPTS = 5
"""How often a deck is mended again that is saved by others at that moment."""


def fix_decks(project: Project) -> list[str]:
    """Apply the safe fixes to the deck files; return what was changed, one line a card.

    Raises:
        CardsmithError: a file cannot be written, or is saved by others again and again (``changed-on-disk``).

    """

    def fix(deck: Deck) -> tuple[str, list[str]]:
        text, changes = fix_deck(deck)
        return text, [f"{deck.path}: {change}" for change in changes]

    return _mend(project, fix, write=True)


def format_decks(project: Project, *, write: bool) -> list[str]:
    """Bring each deck file into its canonical form; return the paths of those that were not.

    Raises:
        CardsmithError: as ``fix_decks``.

    """

    def form(deck: Deck) -> tuple[str, list[str]]:
        text = format_deck(deck)
        return text, [deck.path] if text != deck.text else []

    return _mend(project, form, write=write)


def _mend(project: Project, mend: Mend, *, write: bool) -> list[str]:
    """Mend the decks, and write those that changed; one that was saved meanwhile is mended as it is by then."""
    mended = [(deck, *mend(deck)) for deck in project.decks]
    mended = [(deck, text, changes) for deck, text, changes in mended if changes]
    if not write or not mended:
        return [change for _, _, changes in mended for change in changes]
    with sole_writer(project.root) as writer:
        return [change for item in mended for change in _written(writer, *item, mend)]


def _written(writer: Writer, deck: Deck, text: str, changes: list[str], mend: Mend) -> list[str]:
    for _ in range(ATTEMPTS):
        if not changes or writer.change(Edit(deck.path, deck.text, text)):
            return changes
        deck = parse_deck(read_text(inside(writer.root, deck.path), deck.path), deck.path)
        text, changes = mend(deck)
    raise CardsmithError([changed_meanwhile(deck.path)])
