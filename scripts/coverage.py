"""Print how many of the annotators' items of the seeds a curated card rests on: its quote overlaps their evidence.

    python scripts/coverage.py [--least IMPORTANCE]

Exits 1 when an item of that importance (3 by default) is not covered.
"""

import argparse
import json
import sys
from pathlib import Path

from cardsmith.decks.project import read_project
from cardsmith.propose.excerpts import read_excerpts

ROOT = Path(__file__).parent.parent


def uncovered(least):
    """Return (how many items there are, those that no card rests on)."""
    gold = ROOT / "tests" / "gold"
    rows = map(json.loads, (gold / "seeds.jsonl").read_text(encoding="utf-8").splitlines())
    texts = {
        row["id"]: row["text"] for row in json.loads((gold / "seeds_texts.json").read_text(encoding="utf-8"))
    }
    project = read_project(ROOT)
    names = {excerpt.text: excerpt.id for excerpt in read_excerpts(project, ())}
    count, missing = 0, []
    for row in rows:
        text = texts[row["id"]]
        deck = next(iter(project.decks_of(names[text])), None)
        quotes = [entry.card.quote for entry in deck.entries if entry.card.quote] if deck else []
        spans = [(text.index(quote), text.index(quote) + len(quote)) for quote in quotes]
        for item in row["items"]:
            if item["importance"] < least:
                continue
            count += 1
            start = text.index(item["evidence"])
            end = start + len(item["evidence"])
            if not any(a < end and start < b for a, b in spans):
                missing.append(f"{deck.path if deck else row['slug']}: {item['term']}: {item['evidence']}")
    return count, missing


def main():
    """Print the count and what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--least", type=int, default=3, choices=(1, 2, 3))
    least = parser.parse_args().least
    count, missing = uncovered(least)
    print(*missing, sep="\n", end="\n" if missing else "")
    print(f"{count - len(missing)} of {count} items of importance {least} or more are covered")
    sys.exit(bool(missing))


if __name__ == "__main__":
    main()
