"""Score the verifier: what share of planted errors is caught, a kind, and how many sound cards it refuses.

``python scripts/score_verifier.py FILE…`` reads JSON lines as ``cardsmith gate`` does, with two fields more: ``fault`` names
the kind of error (absent or empty: the card is sound) and ``note`` may hold the text itself instead of a ``source``, read as
Markdown when ``markdown`` is true. ``source`` may also be ``tests/gold/<set>_texts.json#<id>``. ``--missed`` prints every error that
passed and every sound card that was refused, ``--json`` the counts. See ``tests/verifier/README.md``.
"""

import argparse
import json
import sys
from collections import Counter
from functools import lru_cache
from pathlib import Path

from cardsmith.model import Excerpt
from cardsmith.sources.reading import parse_source
from cardsmith.verify.claim import Verdict
from cardsmith.verify.offered import claim_of
from cardsmith.verify.table import verify

ROOT = Path(__file__).parent.parent
GROUPS = {
    "signs": {"number", "name", "formula", "quote", "outside", "injection", "direction"},
    "relations": {"pair", "subject", "cause", "comparison", "condition", "negation", "order", "strength"},
}
"""Kinds by what it takes to see them: a sign that the quote does not have, or one in the wrong place."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--missed", action="store_true", help="print what was judged wrongly, with the reasons"
    )
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    asked = parser.parse_args()
    counts = score(rows_of(asked.files), missed=asked.missed)
    if asked.json:
        print(json.dumps(counts))
        return
    for fault, (caught, total) in sorted(counts.items()):
        if fault:
            print(f"{fault:<12} {caught:>4} of {total:>4} caught  {caught / total:.0%}")
    for group, kinds in GROUPS.items():
        caught, total = (sum(counts.get(kind, (0, 0))[n] for kind in kinds) for n in (0, 1))
        if total:
            print(f"{group:<12} {caught:>4} of {total:>4} caught  {caught / total:.0%}")
    if "" in counts:
        refused, total = counts[""]
        print(f"{'sound':<12} {refused:>4} of {total:>4} refused {refused / total:.0%}")


def rows_of(files: list[Path]) -> list[dict]:
    """Return the lines of the files."""
    return [
        json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line
    ]


def score(rows: list[dict], *, missed: bool = False) -> dict[str, tuple[int, int]]:
    """Return for each kind of error, and for "" of sound cards, how many were refused and how many there are."""
    refused: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in rows:
        fault, verdict = row.get("fault") or "", judged(row)
        total[fault] += 1
        refused[fault] += not verdict.passed
        if missed and verdict.passed == bool(fault):
            print(
                f"{fault or 'sound'}: {row.get('front') or row.get('text')} | {row.get('back', '')}\n  quote: {row['quote']}"
            )
            for remark in (*verdict.refusals, *verdict.notes):
                print(f"  {remark.code}: {remark.reason}")
    return {fault: (refused[fault], total[fault]) for fault in total}


def judged(row: dict) -> Verdict:
    """Return the verdict on one line's card."""
    fields = {
        name: value for name, value in row.items() if name not in ("fault", "note", "markdown", "source")
    }
    return verify([claim_of(fields)], excerpts_of(row))[0]


def excerpts_of(row: dict) -> tuple[Excerpt, ...]:
    if "note" in row:
        return _parsed(row["note"], bool(row.get("markdown")))
    file, _, name = row["source"].partition("#")
    if name:
        text = _texts(file)[name]
        return _parsed(text["text"], bool(text.get("markdown")))
    path, _, line = file.rpartition(":") if file.rpartition(":")[2].isdigit() else (file, "", "")
    found = tuple(parse_source((ROOT / path).read_text(encoding="utf-8"), path))
    return tuple(excerpt for excerpt in found if not line or excerpt.places[0].line == int(line))


@lru_cache
def _texts(file: str) -> dict[str, dict]:
    return {text["id"]: text for text in json.loads((ROOT / file).read_text(encoding="utf-8"))}


@lru_cache
def _parsed(text: str, markdown: bool) -> tuple[Excerpt, ...]:
    return tuple(parse_source(text, "note.md" if markdown else "note.txt"))


if __name__ == "__main__":
    sys.exit(main())
