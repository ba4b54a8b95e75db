"""Extraction time against length: the ratio per character to the shortest text must stay near 1 (linear).

    python benchmarks/bench_extract.py [LENGTH …]

Each length is measured on prose and on text without punctuation, interleaved in one run.
"""

import sys
import time
from pathlib import Path

from cardsmith.extract.candidates import extract
from cardsmith.sources.reading import parse_source

ROOT = Path(__file__).parent.parent
PROSE = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "seeds").glob("*.txt"))).replace(
    "...", "。"
)
TEXTS = {
    "prose": PROSE,
    "no punctuation": "汉字" * 500,
    "open brackets": "(「" * 500,
    "formulas": r"\(x_1=f(y)+2\)" * 50,
    "one sentence": "模型,归一化," * 100,
    "digits": "1." * 500,
    "dots": "." * 1000,
    "cues": "它是一种" * 250,
    "hyphens": "A-" * 500,
    "links": "![](" * 250,
}


def seconds(text: str) -> float:
    """Return how long one extraction takes."""
    start = time.perf_counter()
    extract(*parse_source(text, "note.md"))
    return time.perf_counter() - start


def main() -> None:
    """Print a row a length."""
    lengths = [int(n) for n in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    extract(*parse_source("预热。", "note.md"))
    base: dict[str, float] = {}
    for length in lengths:
        cells = []
        for name, text in TEXTS.items():
            took = seconds((text * (length // len(text) + 1))[:length].replace("\n#", "\n")) / length
            base.setdefault(name, took)
            cells.append(f"{name} {took / base[name]:.2f}")
        print(f"{length:>10,} characters, per character against the shortest: {', '.join(cells)}")


if __name__ == "__main__":
    main()
