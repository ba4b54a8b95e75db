"""The curated layer: deck files as people write them, read with the place of everything and edited by splicing.

In: YAML. Out: decks, entries and problems with places; a project as a whole.
Touches: reads `decks/`; `tidy` and `undo` write deck files, `pictures` deletes what no card shows; else what a file should say is decided here and written by callers.
"""

__all__ = [
    "decisions",
    "deckfile",
    "emit",
    "fixes",
    "pictures",
    "project",
    "schema",
    "strict_yaml",
    "tidy",
    "topicsfile",
    "undo",
    "unseen",
]
