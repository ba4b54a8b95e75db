"""From a document to candidates: rules propose, a small model weighs, filters drop with a reason.

In: an excerpt. Out: an extraction (candidates and what was rejected).
Touches: nothing but its own weights; knows no deck.
"""

__all__ = ["candidates", "illustrations", "rules", "worth"]
