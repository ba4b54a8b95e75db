"""The curated layer: deck files as people write them, read with the place of everything and edited by splicing.

In: YAML. Out: decks, entries and problems with places; a project as a whole.
Touches: reads `decks/`; decides what a file should say and leaves writing to its callers.
"""

__all__ = ["decisions", "deckfile", "emit", "project", "schema", "strict_yaml", "tidy", "unseen"]
