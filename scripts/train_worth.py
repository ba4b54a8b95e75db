"""Fit the weights of ``cardsmith.worth`` on annotated sets and report how they do on texts left out.

    python scripts/train_worth.py SET [SET …] [--write]

A SET names ``tests/gold/SET.jsonl`` and ``tests/gold/SET_texts.json``. Needs scikit-learn (not a dependency of
cardsmith). Without ``--write`` it only cross-validates, whole texts left out.
"""

import argparse
import importlib.util
import json
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from cardsmith.segment import segment
from cardsmith.sources import parse_source
from cardsmith.worth import features, stretches

ROOT = Path(__file__).parent.parent
GOLD = ROOT / "tests" / "gold"
DEFINITION_STRENGTH = 0.03
IMPORTANCE_WEIGHTS = (1.0, 0.6, 1.0, 1.5)
"""How much an item of importance 1, 2, 3 counts."""
TRAP_WEIGHT = 3.0
"""How much more an annotated trap counts than any other stretch that is not worth a card."""
SMALLEST = 0.01
"""Weights nearer to zero are left out of the data file."""
MIN_TEXTS = 3
"""A feature must stand in this many texts, or the model learns topics."""


def scorer():
    """Return the scoring module, whose idea of overlap the labels follow."""
    spec = importlib.util.spec_from_file_location("score", GOLD / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def examples(names):
    """Yield (text id, features, overlap with the best item, that item's kind, nested or alike) for each stretch."""
    score = scorer()
    for name in names:
        rows = {row["id"]: row for row in score.read_jsonl(GOLD / f"{name}.jsonl")}
        for entry in json.loads((GOLD / f"{name}_texts.json").read_text(encoding="utf-8")):
            if entry["id"] not in rows:
                continue
            items = [
                (score.places(entry["text"], item["evidence"]), item)
                for item in rows[entry["id"]]["items"]
                if item["kind"] != "formula"
            ]
            traps = [score.places(entry["text"], trap["span"]) for trap in rows[entry["id"]].get("traps", [])]
            suffix = "note.md" if entry["id"][0] == "d" else "note.txt"
            for excerpt in parse_source(entry["text"], suffix):
                offset = entry["text"].index(excerpt.text)
                document = segment(excerpt)
                for stretch in stretches(document):
                    mine = [frozenset(range(stretch.span.start + offset, stretch.span.end + offset))]
                    best = max(
                        ((*score.overlap(mine, at), item["kind"], item["importance"]) for at, item in items),
                        default=(0.0, False, "", 0),
                        key=lambda found: found[:2],
                    )
                    trap = max((score.overlap(mine, at)[0] for at in traps), default=0.0)
                    yield (
                        entry["id"],
                        features(document, stretch),
                        best,
                        stretch,
                        (entry["id"], excerpt.id),
                        trap,
                    )


def matrix(rows, vocabulary):
    """Return the rows as a sparse matrix."""
    indices, pointers = [], [0]
    for row in rows:
        indices += [vocabulary[name] for name in row if name in vocabulary]
        pointers.append(len(indices))
    return csr_matrix((np.ones(len(indices)), indices, pointers), shape=(len(rows), len(vocabulary)))


def vocabulary_of(rows, groups):
    """Return the features that stand in enough texts, numbered."""
    texts = defaultdict(set)
    for row, group in zip(rows, groups, strict=True):
        for name in row:
            texts[name].add(group)
    return {
        name: n for n, name in enumerate(sorted(n for n, where in texts.items() if len(where) >= MIN_TEXTS))
    }


def fit(rows, labels, groups, strength, weights=None):
    """Return vocabulary and fitted model."""
    vocabulary = vocabulary_of(rows, groups)
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=300)
    model.fit(matrix(rows, vocabulary), labels, sample_weight=weights)
    return vocabulary, model


def main():
    """Cross-validate, and write the weights when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--strength", type=float, default=0.05)
    arguments = parser.parse_args()
    data = list(examples(arguments.sets))
    groups = np.array([text for text, *_ in data])
    rows = [found for _, found, *_ in data]
    iou = np.array([best[0] for _, _, best, *_ in data])
    alike = np.array([best[1] for _, _, best, *_ in data])
    worth = iou >= 0.6
    clear = worth | ~alike
    importance = np.array([best[3] for _, _, best, *_ in data])
    emphasis = np.where(worth, np.array(IMPORTANCE_WEIGHTS)[importance], 1.0) * np.where(
        ~alike & (np.array([trap for *_, trap in data]) >= 0.4), TRAP_WEIGHT, 1.0
    )
    print(
        f"{len(rows)} stretches of {len(set(groups))} texts, {worth.sum()} worth a card, {(~clear).sum()} unclear"
    )
    probability = np.zeros(len(rows))
    for train, test in GroupKFold(5).split(rows, worth, groups):
        train = train[clear[train]]
        vocabulary, model = fit(
            [rows[i] for i in train], worth[train], groups[train], arguments.strength, emphasis[train]
        )
        probability[test] = model.predict_proba(matrix([rows[i] for i in test], vocabulary))[:, 1]
    report(data, probability, alike)
    defines = np.array([best[2] == "definition" for _, _, best, *_ in data])
    good = np.flatnonzero(worth)
    hits = 0
    for train, test in GroupKFold(5).split(good, defines[good], groups[good]):
        vocabulary, model = fit(
            [rows[i] for i in good[train]], defines[good[train]], groups[good[train]], DEFINITION_STRENGTH
        )
        hits += (
            model.predict(matrix([rows[i] for i in good[test]], vocabulary)) == defines[good[test]]
        ).sum()
    print(f"definition or claim: {hits / len(good):.3f} right (always claim: {1 - defines[good].mean():.3f})")
    if arguments.write:
        write(arguments.sets, rows, groups, worth, clear, defines, emphasis, arguments.strength)


def report(data, probability, alike):
    """Print precision at thresholds, after the greedy choice that the extractor makes."""
    by_text = defaultdict(list)
    for n, (_, _, _, stretch, where, _) in enumerate(data):
        by_text[where].append((probability[n], -n, stretch.span, alike[n]))
    chosen = []
    for found in by_text.values():
        taken = []
        for p, _, span, ok in sorted(found, reverse=True):
            if all(span.overlap(other) == 0 for other in taken):
                taken.append(span)
                chosen.append((p, ok))
    chosen.sort(reverse=True)
    total = Counter(text for text, *_ in data)
    for threshold in (0.7, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15):
        kept = [ok for p, ok in chosen if p >= threshold]
        print(
            f"  >= {threshold:.2f}: {len(kept):4} stretches, {sum(kept) / max(1, len(kept)):.3f} alike ({sum(kept)}), {len(total)} texts"
        )


def write(sets, rows, groups, worth, clear, defines, emphasis, strength):
    """Fit on everything and write the data file."""
    keep = np.flatnonzero(clear)
    data = {
        "provenance": {
            "sets": sets,
            "stretches": len(keep),
            "script": "scripts/train_worth.py",
            "strength": strength,
        }
    }
    for name, which, labels, c in (
        ("card", keep, worth, strength),
        ("definition", np.flatnonzero(worth), defines, DEFINITION_STRENGTH),
    ):
        vocabulary, model = fit([rows[i] for i in which], labels[which], groups[which], c, emphasis[which])
        weights = {f: round(float(model.coef_[0][n]), 3) for f, n in vocabulary.items()}
        data[name] = {
            "bias": round(float(model.intercept_[0]), 3),
            "weights": {f: w for f, w in sorted(weights.items()) if abs(w) >= SMALLEST},
        }
    target = ROOT / "src" / "cardsmith" / "data" / "worth.json"
    target.write_text(json.dumps(data, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(
        f"wrote {target.relative_to(ROOT)}: {len(data['card']['weights'])} + {len(data['definition']['weights'])} weights"
    )


if __name__ == "__main__":
    main()
