"""cardsmith turns technical notes into Anki decks that last."""

__version__ = "0.1.0"
