"""What learners get and when it last changed: times, promises, order, the words that go with it.

In: a project and its records. Out: stamped notes, new records, notes for learners.
Touches: reads git; `build` writes packages, the ledger, and for a release `decks/released.json`.
"""

__all__ = [
    "assembly",
    "build",
    "records",
    "trial",
]
