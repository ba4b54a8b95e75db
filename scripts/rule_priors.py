"""Print how many of each rule's cards an annotator wanted, beside the prior that the rule gives them.

    python scripts/rule_priors.py [SET …]

A card counts as annotated when ``tests/gold/score.py`` matches it with an item (lenient), and as well placed when it
rests on an item of whatever kind and term. The figures stand beside the scores in ``src/cardsmith/extract/rules``;
statements, whose score is the model's rating, are counted by tenths.
"""

import argparse
from collections import Counter

from pin_gold import SETS, predictions, read_set, scorer

from cardsmith.extract.rules import RULES, statement


def judged(name):
    """Yield of each card of a set its rule and prior, whether it matches an item, and whether it rests on one."""
    score = scorer()
    rows, texts = read_set(name)
    plain = {identity: text["text"] for identity, text in texts.items()}
    items = [
        dict(item, _id=row["id"], _at=score.places(plain[row["id"]], item["evidence"]))
        for row in rows
        for item in row["items"]
    ]
    cards = score.place_predictions(list(predictions(texts)), plain, {row["id"] for row in rows})
    matched = set(score.match(items, cards, "lenient").values())
    for number, card in enumerate(cards):
        prior = int(card["score"] * 10) / 10 if card["rule"] == statement.RULE.name else card["score"]
        rests = any(score.overlap(card["_at"], i["_at"])[1] for i in items if i["_id"] == card["_id"])
        yield (card["rule"], prior), number in matched, rests


def main():
    """Print a line a rule and prior."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=SETS)
    cards, annotated, placed = Counter(), Counter(), Counter()
    for name in parser.parse_args().sets:
        for which, matches, rests in judged(name):
            cards[which] += 1
            annotated[which] += matches
            placed[which] += rests
    order = [rule.name for rule in RULES]
    for which in sorted(cards, key=lambda pair: (order.index(pair[0]), -pair[1])):
        rule, prior = which
        print(f"{rule} {prior}: {annotated[which]} of {cards[which]} annotated, {placed[which]} well placed")


if __name__ == "__main__":
    main()
