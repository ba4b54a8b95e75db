"""Which stretch of a sentence is worth a card: a small linear model over what the stretch says and where it stands.

The model only chooses; rules make the cards. Its weights were fitted by ``scripts/train_worth.py`` on the annotated
sets in ``tests/gold`` and are data (``data/worth.bin``, which names its provenance; ``weights.py`` has its layout).
Inference is a sum.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cardsmith.extract.features import features
from cardsmith.extract.stretches import stretch_at
from cardsmith.extract.weights import Row, parse_weights
from cardsmith.model import Excerpt, Span
from cardsmith.sources.document import Document
from cardsmith.sources.segments import segment

WORTH = Path(__file__).with_name("data") / "worth.bin"
"""The shipped weights."""
_REMEMBERED = 2**14
"""Features whose weights are kept at hand: the stretches of a sentence share most of theirs."""


@dataclass(frozen=True, slots=True)
class Models:
    """Two questions about a stretch, each answered yes or no: worth a card, and a definition of its subject."""

    biases: Row
    row: Callable[[str], Row]
    """What a feature weighs in either question, 0 where it is not known."""

    def probabilities(self, found: list[str]) -> tuple[float, float]:
        """Return the probability of yes to either question, between 0 and 1, by a stretch's features (at least one)."""
        card, definition = zip(*map(self.row, found), strict=True)
        return _probability(self.biases[0], card), _probability(self.biases[1], definition)

    def reasons(self, found: list[str], most: int = 5) -> list[tuple[str, float]]:
        """Return the features that weighed most for or against a card, strongest first."""
        present = [(name, weight) for name in found if (weight := self.row(name)[0])]
        return sorted(present, key=lambda pair: (-abs(pair[1]), pair[0]))[:most]


def _probability(bias: float, weights: tuple[float, ...]) -> float:
    return 1 / (1 + math.exp(-bias - math.fsum(weights)))


def explain(excerpt: Excerpt, span: Span) -> list[tuple[str, float]]:
    """Return what weighed most for or against a stretch: a feature's name and its weight, strongest first."""
    document = _document(excerpt)
    return models().reasons(features(document, stretch_at(document, span)))


@lru_cache(maxsize=2)
def _document(excerpt: Excerpt) -> Document:
    """Return an excerpt's document; the candidates of one excerpt come one after the other."""
    return segment(excerpt)


@lru_cache(maxsize=1)
def models() -> Models:
    """Return the shipped models.

    Raises:
        CardsmithError: Their file is damaged, as far as its head tells; ``row`` finds out about the rest.

    """
    weights = parse_weights(WORTH.read_bytes(), str(WORTH))
    return Models(weights.biases, lru_cache(maxsize=_REMEMBERED)(weights.row))
