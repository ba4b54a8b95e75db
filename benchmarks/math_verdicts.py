"""Verdicts on formulas with and without Anki's MathJax: how many differ, and which way.

    python benchmarks/math_verdicts.py [folder or file of notes]…

Without arguments the formulas of the decks and gold sets here. Files are Markdown, text, YAML or JSON; what is read as a
formula in them is asked once. A *false error* is one that MathJax draws all the same.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from cardsmith.anki.mathjax import engine
from cardsmith.anki.structure import excess, fault_of
from cardsmith.decks.project import read_project
from cardsmith.text.latex import closed_formulas

ROOT = Path(__file__).parent.parent
_KINDS = {".md", ".markdown", ".txt", ".json", ".jsonl"}


def texts(paths: list[Path]) -> Iterator[str]:
    """Yield the texts of notes; JSON is taken apart."""
    files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
    for file in files:
        if file.suffix not in _KINDS or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        if file.suffix == ".json":
            yield from strings(json.loads(text))
        elif file.suffix == ".jsonl":
            yield from (part for line in text.splitlines() for part in strings(json.loads(line)))
        else:
            yield text


def strings(data: object) -> Iterator[str]:
    """Yield every text in JSON."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list | dict):
        for part in data.values() if isinstance(data, dict) else data:
            yield from strings(part)


def main(paths: list[Path]) -> int:
    """Print the figures; the exit code is 1 when one differs that should not."""
    ours = [value for deck in read_project(ROOT).decks for entry in deck.entries for _, value in entry.pieces]
    found = list(texts(paths)) if paths else [*ours, *texts([ROOT / "tests" / "gold"])]
    bodies = sorted({formula.body for text in found for formula in closed_formulas(text)})
    exact = engine()
    refused, false, unseen = 0, [], []
    for body in bodies:
        with_exact, without = excess(body) or exact(body), fault_of(body)
        refused += bool(with_exact)
        if without and not with_exact:
            false.append((without, body))
        elif with_exact and not without:
            unseen.append((with_exact, body))
    for kind, cases in (("false error", false), ("unseen", unseen)):
        for why, body in cases:
            print(f"{kind}: {why}: {' '.join(body.split())[:100]}")
    share = (len(false) + len(unseen)) / max(1, len(bodies))
    print(f"{len(bodies):,} formulas, {refused} refused by MathJax")
    print(f"{len(false)} false errors, {len(unseen)} unseen: {share:.2%} differ")
    return 1 if false or share >= 0.005 else 0


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
