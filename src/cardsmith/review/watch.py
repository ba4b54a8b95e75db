"""The files that pages are made of: whether any has changed, and each deck parsed once for as long as it has not."""

from pathlib import Path

from cardsmith.decks.deckfile import Deck, parse_deck, read_deck
from cardsmith.decks.project import RELEASED_FILE
from cardsmith.errors import CardsmithError
from cardsmith.files import inside, is_inside, read_text
from cardsmith.places import file_of

Stamp = tuple[int, int, int]
"""Time of modification in nanoseconds, size in bytes, inode: what tells one state of a file from the next, unread."""
Stamps = list[tuple[str, Stamp]]
"""Of files, by their paths."""


class Watch:
    """A project's files, looked at again and again."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._decks: dict[Path, tuple[Stamp, Deck | CardsmithError]] = {}

    def stamps(self) -> Stamps:
        """Return the state of everything that a page shows."""
        decks = (self._root / "decks").rglob("*.yaml")
        return _stamps_of({*decks, self._root / RELEASED_FILE, *self._sources()})

    def stamps_of_sources(self) -> Stamps:
        """Return the state of the notes: of all in ``seeds/``, and of those that a deck names."""
        return _stamps_of(self._sources())

    def deck(self, path: Path, name: str) -> Deck:
        """Return a deck, read again only when its file changed."""
        stamp = _stamp_of(path)
        known = self._decks.get(path)
        if known is None or known[0] != stamp:
            try:
                known = (stamp, read_deck(path, name))
            except CardsmithError as error:
                known = (stamp, error)
            self._decks[path] = known
        if isinstance(known[1], CardsmithError):
            raise known[1]
        return known[1]

    def deck_now(self, name: str) -> Deck:
        """Return a deck as it stands this moment: read again, parsed only when it says something new."""
        text = read_text(inside(self._root, name), name)
        _, known = self._decks.get(self._root / name, (None, None))
        return known if isinstance(known, Deck) and known.text == text else parse_deck(text, name)

    def has_written(self, deck: Deck) -> None:
        """Take over a deck that was just written as it is."""
        path = self._root / deck.path
        self._decks[path] = (_stamp_of(path), deck)

    def _sources(self) -> set[Path]:
        seeds = (path for path in (self._root / "seeds").rglob("*") if path.is_file())
        decks = (deck for _, deck in self._decks.values() if isinstance(deck, Deck))
        named = {file_of(deck.source) for deck in decks if deck.source}
        paths = {*seeds, *(self._root / name for name in named)}
        return {path for path in paths if is_inside(self._root, path)}


def _stamps_of(paths: set[Path]) -> Stamps:
    return sorted((str(path), _stamp_of(path)) for path in paths)


def _stamp_of(path: Path) -> Stamp:
    try:
        about = path.stat()
    except OSError:
        return (0, 0, 0)
    return about.st_mtime_ns, about.st_size, about.st_ino
