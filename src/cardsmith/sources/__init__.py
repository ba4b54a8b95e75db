"""Files of notes to excerpts, and an excerpt as it is read: its sentences and what it is about.

In: paths of notes. Out: excerpts with their places; a document for each.
Touches: reads the notes; writes nothing.
"""

__all__ = [
    "document",
    "finding",
    "formats",
    "likeness",
    "picture_files",
    "pictures",
    "reading",
    "segments",
    "tagging",
]
