"""Compare our writing of a package with bare genanki's, both given the same ready-made fields.

Prints ratios of one interleaved run; the lesser of some rounds counts, so that a busy machine does not decide.

    python benchmarks/bench_build.py [NOTES] [ROUNDS]
"""

import gc
import sys
import tempfile
import time
from pathlib import Path

import genanki

from cardsmith.anki.notes import Note
from cardsmith.anki.notetypes import note_types
from cardsmith.anki.package import StampedNote, build_package

TEXT = (
    "什么是第 {n} 个概念的关键性质，它与前一个概念有何不同？",
    r"\[ p_{{{n}}}(x)=\frac{{1}}{{Z}}\exp\left(-\beta E_{{{n}}}(x)\right) \] 其中 \(Z\) 是配分函数，第 {n} 项最大。",
    "对于任何奖励函数，都存在一个对应的最优策略（语言模型）；反过来说，第 {n} 个语言模型也隐含着一个奖励函数。",
)


def notes_of(count):
    for n in range(count):
        front, back, quote = (text.format(n=n) for text in TEXT)
        fields = {
            "Id": f"bench-card-{n:06d}", "Front": front, "Back": back, "Quote": quote,
            "Source": '<a href="https://arxiv.org/abs/2305.18290">arXiv:2305.18290, eq. 5</a>',
            "Topic": "llm", "Article": "直接偏好优化（DPO）", "Kind": "claim",
        }  # fmt: skip
        yield Note(
            fields["Id"], "llm", is_cloze=False, fields=tuple(fields.items()), tags=("t::a",), ords=(0,)
        )


def ours(notes, path):
    path.write_bytes(build_package("D", "", [StampedNote(note, 1_790_000_000) for note in notes]))


def genankis(notes, path):
    kind = note_types()[0]
    model = genanki.Model(
        1,
        "M",
        fields=[{"name": name} for name, _ in kind.fields],
        templates=[{"name": t.name, "qfmt": "{{Front}}", "afmt": "{{Back}}"} for t in kind.templates[:1]],
        css=kind.css,
    )
    deck = genanki.Deck(1, "D")
    for note in notes:
        values = dict(note.fields)
        fields = [values.get(name, "") for name, _ in kind.fields]
        deck.add_note(genanki.Note(model, fields, tags=list(note.tags), guid=note.guid))
    genanki.Package(deck).write_to_file(str(path))


def main():
    count, rounds = (
        (int(value) for value in [*sys.argv[1:], "10000", "5"][:2])
        if len(sys.argv) != 2
        else (int(sys.argv[1]), 5)
    )
    notes = list(notes_of(count))
    best = {}
    with tempfile.TemporaryDirectory() as name:
        tempfile.tempdir = name
        for _ in range(rounds):
            for build in (genankis, ours):
                gc.collect()
                start = time.process_time(), time.perf_counter()
                build(notes, Path(name) / f"{build.__name__}.apkg")
                spent = time.process_time() - start[0], time.perf_counter() - start[1]
                best[build] = tuple(map(min, spent, best.get(build, spent)))
        sizes = [(Path(name) / f"{build.__name__}.apkg").stat().st_size for build in (ours, genankis)]
    cpu, wall = (best[ours][i] / best[genankis][i] for i in (0, 1))
    print(
        f"{count} notes: {cpu:.2f} x genanki's CPU time, {wall:.2f} x its time, {sizes[0] / sizes[1]:.1%} of its size"
    )
    return cpu <= 1.2 and sizes[0] <= 0.25 * sizes[1]


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
