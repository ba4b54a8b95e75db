"""What learners get and when it last changed: times, promises, order, the words that go with it.

In: a project and its records. Out: stamped notes, new records, notes for learners.
Touches: reads `decks/released.json`, the ledger and git.
"""

__all__ = ["assembly", "build", "records"]
