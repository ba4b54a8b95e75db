"""Fit the weights of ``cardsmith.worth`` on annotated sets and report how they do on texts left out.

    python scripts/train_worth.py SET [SET …] [--whole] [--write]

A SET names ``tests/gold/SET.jsonl`` and ``tests/gold/SET_texts.json``. Needs scikit-learn (not a dependency of
cardsmith). It cross-validates, whole texts left out: the models alone, with ``--whole`` all of the extraction.
"""

import argparse
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from pin_gold import digest, predictions, read_set, scorer, source_name, table_row
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from cardsmith.extract.features import features
from cardsmith.extract.rules import statement
from cardsmith.extract.stretches import Stretch, stretches
from cardsmith.extract.weights import MODELS, emit_weights
from cardsmith.extract.worth import WORTH, Models
from cardsmith.extract.worth import models as shipped
from cardsmith.sources.reading import parse_source
from cardsmith.sources.segments import segment

VERSION = 1
"""Raised with every change of this script or of the features after which the same sets give other weights."""
STRENGTH = {"card": 0.08, "definition": 0.5}
"""Inverse of the L2 penalty; a third or three times as much changes the left-out F1 by less than .01."""
SAME = 0.6
"""IoU with an item from which a stretch is a positive example; what only resembles an item is no example at all."""
IMPORTANCE_WEIGHTS = (1.0, 0.6, 1.0, 2.0)
"""How much an item of importance 1, 2, 3 counts."""
TRAP_WEIGHT = 5.0
"""How much more an annotated trap counts than any other stretch that is not worth a card."""
SMALLEST = 0.02
"""Weights nearer to zero are left out of the data file."""
MIN_TEXTS = 2
"""A feature must stand in this many texts, or the model learns topics."""
FOLDS = 5


@dataclass(frozen=True)
class Example:
    """A stretch beside what annotators wanted at its place."""

    text: str
    """Id of its text: no text is split between training and test."""
    where: tuple[str, str]
    """Text and excerpt, within which stretches compete."""
    stretch: Stretch
    features: list[str]
    overlaps: tuple[tuple[float, bool], ...]
    """With each item of the text: IoU, and whether the scorer would accept the place."""
    items: tuple[dict, ...]
    """The items of the text that are no formulas."""
    trap: float
    """Largest IoU with an annotated trap."""

    @property
    def best(self):
        """The item it overlaps most, as (IoU, accepted, item or None)."""
        pairs = zip(self.overlaps, self.items, strict=True)
        return max(((*o, item) for o, item in pairs), key=lambda found: found[:2], default=(0.0, False, None))

    @property
    def is_worth(self):
        """It is an item's place."""
        return self.best[0] >= SAME

    @property
    def is_clear(self):
        """It is an example of something: an item, or clearly none."""
        return self.is_worth or not self.best[1]

    @property
    def defines(self):
        """Its item is a definition."""
        return self.best[2] is not None and self.best[2]["kind"] == "definition"

    @property
    def weight(self):
        """How much it counts in training."""
        if self.is_worth:
            return IMPORTANCE_WEIGHTS[self.best[2]["importance"]]
        return TRAP_WEIGHT if not self.best[1] and self.trap >= 0.4 else 1.0


def examples(name):
    """Yield the examples of a set."""
    score = scorer()
    rows, texts = read_set(name)
    for row in rows:
        text = texts[row["id"]]["text"]
        items = tuple(item for item in row["items"] if item["kind"] != "formula")
        wanted = [score.places(text, item["evidence"]) for item in items]
        traps = [score.places(text, trap["span"]) for trap in row.get("traps", [])]
        for excerpt in parse_source(text, source_name(texts[row["id"]])):
            offset = text.index(excerpt.text)
            document = segment(excerpt)
            for stretch in stretches(document):
                place = [frozenset(range(stretch.span.start + offset, stretch.span.end + offset))]
                yield Example(
                    row["id"],
                    (row["id"], excerpt.id),
                    stretch,
                    features(document, stretch),
                    tuple(score.overlap(place, at) for at in wanted),
                    items,
                    max((score.overlap(place, at)[0] for at in traps), default=0.0),
                )


class Fitted:
    """A vocabulary and a logistic regression over it."""

    def __init__(self, data, labels, weights, strength):
        texts = defaultdict(set)
        for example in data:
            for name in example.features:
                texts[name].add(example.text)
        names = sorted(name for name, where in texts.items() if len(where) >= MIN_TEXTS)
        self.vocabulary = {name: number for number, name in enumerate(names)}
        self.model = LogisticRegression(C=strength, solver="liblinear", max_iter=300)
        self.model.fit(self.matrix(data), labels, sample_weight=weights)

    def matrix(self, data):
        """Return the examples as a sparse matrix."""
        indices, pointers = [], [0]
        for example in data:
            indices += [self.vocabulary[name] for name in example.features if name in self.vocabulary]
            pointers.append(len(indices))
        return csr_matrix((np.ones(len(indices)), indices, pointers), shape=(len(data), len(self.vocabulary)))

    def probability(self, data):
        """Return the probability of yes of each example."""
        return self.model.predict_proba(self.matrix(data))[:, 1]

    def weights(self):
        """Return bias and weights, rounded, the smallest left out."""
        rounded = {f: round(float(self.model.coef_[0][n]), 3) for f, n in self.vocabulary.items()}
        kept = {f: w for f, w in rounded.items() if abs(w) >= SMALLEST}
        return round(float(self.model.intercept_[0]), 3), kept


def joined(fitted):
    """Return the biases of the models, and their weights feature by feature, 0 where a model left one out."""
    biases, weights = zip(*(fitted[name].weights() for name in MODELS), strict=True)
    return biases, {f: tuple(kept.get(f, 0.0) for kept in weights) for f in set().union(*weights)}


def closest(data):
    """Return for each item the one stretch that fits it best: only that shows how a definition is said."""
    best = {}
    for example in data:
        if example.is_worth:
            item = (example.text, example.best[2]["evidence"])
            if item not in best or example.best[0] > best[item].best[0]:
                best[item] = example
    return list(best.values())


def fit(data):
    """Return the two models: is it worth a card, and if so, is it a definition."""
    clear = [example for example in data if example.is_clear]
    good = closest(data)
    weights = [example.weight for example in clear]
    return {
        "card": Fitted(clear, [e.is_worth for e in clear], weights, STRENGTH["card"]),
        "definition": Fitted(good, [e.defines for e in good], None, STRENGTH["definition"]),
    }


def folds(data):
    """Yield (models, numbers of the examples that they have not seen), whole texts left out."""
    for train, test in GroupKFold(FOLDS).split(data, groups=[example.text for example in data]):
        yield fit([data[i] for i in train]), test


def left_out(data):
    """Return both probabilities of each example, as models say that have not seen its text."""
    worth, defines = np.zeros(len(data)), np.zeros(len(data))
    for models, test in folds(data):
        unseen = [data[i] for i in test]
        worth[test] = models["card"].probability(unseen)
        defines[test] = models["definition"].probability(unseen)
    return worth, defines


def report_whole(names, data):
    """Print the score of the whole extraction, each text read with models that have not seen it."""
    sets = {name: read_set(name) for name in names}
    texts = {identity: text for _, found in sets.values() for identity, text in found.items()}
    proposed = []
    for models, test in folds(data):
        biases, rows = joined(models)
        unshipped = Models(biases, lambda name, rows=rows: rows.get(name, (0.0, 0.0)))
        statement.models = lambda unshipped=unshipped: unshipped
        unseen = {data[i].text for i in test}
        proposed += predictions({identity: texts[identity] for identity in sorted(unseen)})
    statement.models = shipped
    sets["all"] = ([row for rows, _ in sets.values() for row in rows], texts)
    for name, (annotated, found) in sets.items():
        mine = [card for card in proposed if card["excerpt"] in found]
        plain = {identity: text["text"] for identity, text in found.items()}
        out, _ = scorer().score(annotated, plain, mine)
        print(table_row(name, out))


def report(data, worth, defines):
    """Print how the choice that the extractor makes agrees with the annotators, at thresholds of its rating."""
    good = np.array([example.is_worth for example in data])
    kind = np.array([example.defines for example in data])
    right = ((defines > 0.5) == kind)[good].mean()
    print(f"definition or claim: {right:.3f} right (always claim: {1 - kind[good].mean():.3f})")
    rating = worth * np.maximum(defines, 1 - defines)
    places = defaultdict(list)
    for number, example in enumerate(data):
        places[example.where].append(number)
    total = {(example.text, item["evidence"]) for example in data for item in example.items}
    for threshold in (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
        chosen, hits = 0, set()
        for numbers in places.values():
            taken = []
            for n in sorted(numbers, key=lambda n: (-rating[n], data[n].stretch.span)):
                span = data[n].stretch.span
                if rating[n] < threshold or any(span.overlap(other) for other in taken):
                    continue
                taken.append(span)
                chosen += 1
                _, accepted, item = data[n].best
                if accepted and (item["kind"] == "definition") == (defines[n] > 0.5):
                    hits.add((data[n].text, item["evidence"]))
        p, r = len(hits) / max(1, chosen), len(hits) / len(total)
        print(f"  >= {threshold:.2f}: {chosen:5} cards  P {p:.3f}  R {r:.3f}  F1 {2 * p * r / (p + r):.3f}")


def main():
    """Cross-validate, and write the weights when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    data = [example for name in arguments.sets for example in examples(name)]
    texts, good = len({example.text for example in data}), sum(example.is_worth for example in data)
    print(f"{len(data)} stretches of {texts} texts, {good} of them an item")
    report(data, *left_out(data))
    if arguments.whole:
        report_whole(arguments.sets, data)
    if arguments.write:
        write(arguments.sets, texts, fit(data))


def write(sets, texts, fitted):
    """Write the weights that ship, with what they were made of."""
    provenance = {
        "sets": sets,
        "texts": texts,
        "trained_on": "SHA-256 of tests/gold/SET.jsonl and then tests/gold/SET_texts.json, set by set in this order",
        "script": "scripts/train_worth.py",
        **STRENGTH,
    }
    biases, rows = joined(fitted)
    WORTH.write_bytes(emit_weights(biases, rows, VERSION, digest(sets).digest(), provenance))
    print(f"wrote {WORTH.name}: {len(rows)} features; tests/test_worth.py shows the digest to record there")


if __name__ == "__main__":
    main()
