"""The preview of a large deck: what a page costs against one of a small deck, in Chromium, interleaved in one run.

    python benchmarks/bench_preview.py [CARDS] [PATH OF CHROMIUM]

Prints seconds from navigation to the first typeset card, to the next card, and to the first sheet; the issue asks for
a first view under one second at 10,000 cards.
"""

import shutil
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import sync_playwright

from cardsmith.review.desk import Desk
from cardsmith.review.server import Server

PER_FILE = 50
ROUNDS = 3
TOPICS = "topics:\n  llm:\n    title: 大语言模型\n    deck: d\n    description: d\n"
CARD = r"""
- id: card-{n}
  kind: formula
  front: 第 {n} 条公式的含义是什么？
  back: \(x_{{{n}}} = \frac{{{n}}}{{1+{n}}}\)，其中第 {n} 项为已知量
  cite: 规则书 {n}
"""


def project(root: Path, cards: int) -> None:
    (root / "decks" / "llm").mkdir(parents=True)
    (root / "decks" / "topics.yaml").write_text(TOPICS, encoding="utf-8")
    for first in range(0, cards, PER_FILE):
        body = "".join(CARD.format(n=n) for n in range(first, min(cards, first + PER_FILE)))
        (root / "decks" / "llm" / f"a{first}.yaml").write_text(
            f"title: 文 {first}\ncards:\n{body}", encoding="utf-8"
        )


def visit(browser, url: str) -> tuple[float, ...]:
    page = browser.new_page()
    times = [time.perf_counter()]
    page.goto(url)
    page.wait_for_selector("body[data-ready] .pv-left .pv-card")
    times.append(time.perf_counter())
    page.keyboard.press("Space")
    page.wait_for_selector("[data-side=back] mjx-container")
    times.append(time.perf_counter())
    page.keyboard.press("s")
    page.wait_for_selector(".pv-sheet .pv-card mjx-container")
    times.append(time.perf_counter())
    page.close()
    return tuple(b - a for a, b in pairwise(times))


def main() -> None:
    """Print a row a size."""
    cards = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    path = sys.argv[2] if len(sys.argv) > 2 else shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        servers = {}
        for size in (100, cards):
            root = Path(folder) / str(size)
            project(root, size)
            start = time.perf_counter()
            desk = Desk(root)
            print(f"{size:>7,} cards: read and checked in {time.perf_counter() - start:.2f} s")
            first = next((root / "decks" / "llm").glob("*.yaml"))
            first.write_text(first.read_text(encoding="utf-8") + "\n", encoding="utf-8")
            start = time.perf_counter()
            desk.refresh()
            print(f"{size:>7,} cards: one saved file read and checked in {time.perf_counter() - start:.2f} s")
            servers[size] = Server(desk, "preview")
            threading.Thread(target=servers[size].serve_forever, daemon=True).start()
        best = {size: tuple([9e9] * 3) for size in servers}
        for _ in range(ROUNDS):
            for size, server in servers.items():
                best[size] = tuple(map(min, best[size], visit(browser, server.url)))
        for size, server in servers.items():
            base = best[100]
            cells = [
                f"{name} {took:.2f} s (x{took / base[n]:.1f})"
                for n, (name, took) in enumerate(
                    zip(("first view", "flip", "sheet"), best[size], strict=True)
                )
            ]
            print(f"{size:>7,} cards: {', '.join(cells)}")
            server.stop()
        browser.close()


if __name__ == "__main__":
    main()
