"""Loading the weights beside reading their bytes: one run, interleaved, a ratio. At most 2.

    python benchmarks/bench_weights.py [rounds]

Then, for scale, what looking up every feature adds once: each page is checked and unpacked when it is first needed.
"""

import statistics
import sys
import time

from cardsmith.extract.weights import parse_weights
from cardsmith.extract.worth import WORTH, models


def timed(run, *arguments):
    start = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - start


def look_up(features):
    row = models.__wrapped__().row
    for feature in features:
        row(feature)


def main(rounds):
    pairs = [(timed(WORTH.read_bytes), timed(models.__wrapped__)) for _ in range(rounds)]
    ratios = [loading / reading for reading, loading in pairs]
    ratio = statistics.median(ratios)
    quarter, _, last = statistics.quantiles(ratios)
    size = len(WORTH.read_bytes())
    print(
        f"loading the weights / reading their {size:,} bytes: {ratio:.2f} (half of the rounds {quarter:.2f}-{last:.2f})"
    )
    features = [name for name, _ in parse_weights(WORTH.read_bytes(), str(WORTH)).items()]
    all_of_them = statistics.median(
        timed(look_up, features) / timed(WORTH.read_bytes) for _ in range(rounds // 50)
    )
    print(f"and looking up {len(features):,} features once: {all_of_them:.0f} times reading")
    if ratio > 2:
        sys.exit("loading takes more than twice what reading takes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
