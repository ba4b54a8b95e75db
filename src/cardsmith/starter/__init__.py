"""A new project: notes, a deck, schemas, and the pull-request kit around them.

In: a folder and a topic's name. Out: the files of a project that passes `check` and `build`.
Touches: writes into the folder; what is there already is kept.
"""

__all__ = ["kit"]
