"""Finding edited articles again beside reading them: one run, interleaved, a ratio.

    python benchmarks/lineage.py [articles]

Every article has one sentence in ten rewritten, so none is known by its id and each must be found by its shingles.
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from cardsmith.decks.project import LOCK_FOLDER, read_project
from cardsmith.ids import excerpt_id
from cardsmith.propose.lineage import read_lineage
from cardsmith.propose.lock import emit_lock
from cardsmith.sources.reading import read_sources

WORDS = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]


def sentence(chance):
    """Return thirty characters of Chinese."""
    return "".join(chance.choices(WORDS, k=30)) + "。"


def lay_down(root, articles):
    """Write a project in which every article was edited upstream after its extraction."""
    chance = random.Random(1)
    (root / "decks" / LOCK_FOLDER.rpartition("/")[2]).mkdir(parents=True)
    (root / "seeds").mkdir()
    topics = "topics:\n  llm:\n    title: t\n    deck: d\n    description: d\n"
    (root / "decks" / "topics.yaml").write_text(topics, encoding="utf-8")
    for number in range(articles):
        sentences = [sentence(chance) for _ in range(20)]
        known = excerpt_id("".join(sentences))
        lock = emit_lock({}, {known: "".join(sentences)})
        (root / LOCK_FOLDER / f"{known}.jsonl").write_text(lock, encoding="utf-8")
        sentences[3], sentences[14] = sentence(chance), sentence(chance)
        (root / "seeds" / f"{number}.md").write_text("".join(sentences), encoding="utf-8")


def main(articles):
    """Print how long finding takes in units of reading."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lay_down(root, articles)
        project, reading, finding = read_project(root), [], []
        for _ in range(5):
            start = time.perf_counter()
            excerpts = read_sources([root / "seeds"], root)
            middle = time.perf_counter()
            found = read_lineage(project, excerpts)
            reading.append(middle - start)
            finding.append(time.perf_counter() - middle)
        assert len(found) == articles
        ratio = min(finding) / min(reading)
        sys.stdout.write(f"{articles} edited articles: finding them takes {ratio:.1f} × reading them\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
