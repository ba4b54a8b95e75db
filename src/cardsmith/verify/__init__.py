"""A proposed card held against the text it was made from: what code can prove passes, the rest is refused with reasons.

In: the text that was seen and cards that anybody proposes. Out: a verdict on each: refusals, notes, the source's own quote.
Touches: nothing; knows no model, no network and no file.
"""

__all__ = ["claim", "gate", "offered", "signs", "table"]
