"""Where extraction meets the decks: what the machine may add or refresh, and what it must leave alone.

In: extractions, decks, locks, what people decide in bulk. Out: each article's next deck and lock.
Touches: reads `decks/.lock` and pictures of notes; a plan is pure, `run` and `migration` write decks, locks and pictures.
"""

__all__ = [
    "by_section",
    "consent",
    "excerpts",
    "lineage",
    "migration",
    "pictures",
    "proposals",
    "run",
    "scope",
    "trial",
]
