"""Which stretch of a sentence is worth a card: a small linear model over what the stretch says and where it stands.

The model only chooses; rules make the cards. Its weights were fitted by ``scripts/train_worth.py`` on the annotated
sets in ``tests/gold`` and are data (``data/worth.json``, which names its provenance). Inference is a sum.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from cardsmith.extract.features import features
from cardsmith.extract.stretches import stretch_at
from cardsmith.model import Excerpt, Span
from cardsmith.sources.document import Document
from cardsmith.sources.segments import segment


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of one yes-or-no question."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, found: list[str]) -> float:
        """Return the probability of yes, between 0 and 1."""
        return 1 / (1 + math.exp(-self.bias - math.fsum(self.weights.get(name, 0.0) for name in found)))

    def reasons(self, found: list[str], most: int = 5) -> list[tuple[str, float]]:
        """Return the features that weighed most, strongest first."""
        present = [(name, self.weights[name]) for name in found if name in self.weights]
        return sorted(present, key=lambda pair: (-abs(pair[1]), pair[0]))[:most]


def explain(excerpt: Excerpt, span: Span) -> list[tuple[str, float]]:
    """Return what weighed most for or against a stretch: a feature's name and its weight, strongest first."""
    document = _document(excerpt)
    return models()["card"].reasons(features(document, stretch_at(document, span)))


@lru_cache(maxsize=2)
def _document(excerpt: Excerpt) -> Document:
    """Return an excerpt's document; the candidates of one excerpt come one after the other."""
    return segment(excerpt)


@lru_cache(maxsize=1)
def models() -> dict[str, Model]:
    """Return the shipped models: ``card`` (worth a card?) and ``definition`` (does it define its subject?)."""
    data = json.loads((files("cardsmith") / "extract" / "data" / "worth.json").read_text(encoding="utf-8"))
    return {name: Model(data[name]["bias"], data[name]["weights"]) for name in ("card", "definition")}
