"""Cards to what a learner has: fields, notes, note types, packages, and how they look.

In: cards of a deck. Out: notes, sides of cards, the bytes of a package.
Touches: reads media and its own templates; writes nothing.
"""

__all__ = [
    "limits",
    "mathjax",
    "media",
    "notes",
    "notetypes",
    "package",
    "render",
    "safety",
    "sides",
    "structure",
]
