"""What a rule is: a named function from a document to drafts, with examples that run as tests.

Numbers in rules have a comment: what halving or doubling them wins and loses on the five training sets (3,044 items),
as drafts and in brackets those that rest on an item. Bounds inside patterns (``{2,24}``) say how long a term, clause
or list may be in characters, and keep matching linear.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cardsmith.extract.terms import Name
from cardsmith.model import Kind, Span
from cardsmith.sources.document import Document


@dataclass(frozen=True, slots=True)
class Draft:
    """A card as a rule sees it; the extractor adds the quote and judges it."""

    kind: Kind
    term: Name
    """What the card is about, cut out of the text where it stands."""
    span: Span
    """Of the evidence, in the excerpt."""
    anchor: str
    """What identifies the fact whatever its wording."""
    score: float
    """The rule's prior: how often an editor keeps such a card; set by hand, but for ``statement``, where it is a rating.

    It orders the review, and of two cards with one front the better stays. Beside each prior stands what
    ``scripts/rule_priors.py`` counts of its cards, over the five sets that train and the three held out.
    """
    front: str = ""
    back: str = ""
    text: str = ""
    aliases: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One phenomenon of text that makes a card."""

    name: str
    find: Callable[[Document], Iterator[Draft]]
    yes: tuple[tuple[str, str], ...]
    """Text of an excerpt, and the front (or cloze text) of a card that must be proposed from it."""
    no: tuple[str, ...]
    """Text of an excerpt from which this rule must propose nothing."""
