"""What the machine may mend in all deck files at once: safe fixes and canonical form."""

from cardsmith.decks.fixes import fix_deck
from cardsmith.decks.layout import format_deck
from cardsmith.decks.project import Project
from cardsmith.files import write_text


def fix_decks(project: Project) -> list[str]:
    """Apply the safe fixes to the deck files; return what was changed, one line a card."""
    fixed = []
    for deck in project.decks:
        text, changes = fix_deck(deck)
        if changes:
            write_text(project.file(deck.path), text)
            fixed += [f"{deck.path}: {change}" for change in changes]
    return fixed


def format_decks(project: Project, *, write: bool) -> list[str]:
    """Bring each deck file into its canonical form; return the paths of those that were not."""
    changed = {deck.path: text for deck in project.decks if (text := format_deck(deck)) != deck.text}
    for path, text in changed.items():
        if write:
            write_text(project.file(path), text)
    return list(changed)
