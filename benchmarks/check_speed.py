"""How long `check` takes on 10,000 cards, as a multiple of PyYAML's C loader parsing the same files. Ratios only.

Run: python benchmarks/check_speed.py [rounds]
The formulas' exact verdicts are timed apart: the first time (each distinct formula asked once) and from the cache.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import yaml

from cardsmith.anki.mathjax import VERDICTS_FILE, Verdicts, has_engine
from cardsmith.anki.structure import fault_of
from cardsmith.checks.released import read_released
from cardsmith.checks.table import Context, check_project
from cardsmith.decks.emit import emit_deck
from cardsmith.decks.project import read_project
from cardsmith.model import Card
from cardsmith.propose.excerpts import read_excerpts

FILES, CARDS, FORMULAS = 100, 100, 400
TOPICS = "topics:\n  llm:\n    title: t\n    deck: cardsmith::t\n    description: d\n"
SENTENCE = "第{n}号方法用分块计算的思想把注意力的中间结果留在片上缓存，不必写回显存，因此更快也更省"


def cards(file):
    """A deck with the kinds in the shares that the repository's own decks have: an eighth formulas, an eighth clozes."""
    for number in range(CARDS):
        n = file * CARDS + number
        common = {"id": f"card-{n}", "quote": SENTENCE.format(n=n)}
        match number % 8:
            case 0 | 4 | 5 | 6 | 7:
                yield Card(
                    kind="claim",
                    front=f"第{n}号方法为什么更快？",
                    back=f"把中间结果留在片上缓存 {n}",
                    **common,
                )
            case 1:
                left, right = (
                    rf"\(x_{{{n}}} = ?\)",
                    rf"\[ x_{{{n}}}=\frac{{1}}{{T}}\sum_{{t=1}}^{{{n % FORMULAS}}} y_t \]",
                )
                where = {r"\(T\)": "步数", r"\(y_t\)": "第 t 步的输出"}
                yield Card(
                    kind="formula", front=f"第{n}号方法的均值：{left}", back=right, where=where, **common
                )
            case 2:
                yield Card(
                    kind="claim",
                    text=f"第{n}号模型总参数量 {{{{c1::{n + 7}B}}}}，每个 token 激活 {{{{c2::{n % 97} 层}}}}",
                    **common,
                )
            case _:
                yield Card(
                    kind="enumeration",
                    front=f"第{n}号流程有哪三步？",
                    back="1. 预训练\n2. 微调\n3. 对齐",
                    **common,
                )


def lay_down(root):
    """Write 10,000 cards with the excerpts that they quote."""
    from cardsmith.ids import excerpt_id

    (root / "decks/llm").mkdir(parents=True)
    (root / "seeds").mkdir()
    (root / "decks/topics.yaml").write_text(TOPICS, encoding="utf-8")
    for file in range(FILES):
        text = "。".join(SENTENCE.format(n=file * CARDS + number) for number in range(CARDS)) + "。"
        (root / f"seeds/{file:03}.txt").write_text(text, encoding="utf-8")
        deck = emit_deck(excerpt_id(text), f"第{file}篇", f"seeds/{file:03}.txt:1", cards(file))
        (root / f"decks/llm/a{file:03}.yaml").write_text(deck, encoding="utf-8")


def parse(root):
    for path in (root / "decks/llm").glob("*.yaml"):
        yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def check(root, judge):
    project = read_project(root)
    excerpts = {excerpt.id: excerpt for excerpt in read_excerpts(project, ())}
    released, problems = read_released(root)
    return check_project(Context(project, excerpts, released, judge), problems)


def timed(run, *arguments):
    start = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - start


def exact(root):
    verdicts = Verdicts(root / VERDICTS_FILE)
    check(root, verdicts)
    verdicts.save()


def main(rounds):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lay_down(root)
        assert check(root, fault_of) == []
        pairs = [(timed(parse, root), timed(check, root, fault_of)) for _ in range(rounds)]
        ratios = [checked / parsed for parsed, checked in pairs]
        print(
            f"check / C loader, {FILES * CARDS} cards: {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        )
        if has_engine():
            first, again = timed(exact, root), timed(exact, root)
            plain = timed(check, root, fault_of)
            print(
                f"exact, every formula new / check: {first / plain:.2f}; from the cache / check: {again / plain:.2f}"
            )
        if statistics.median(ratios) > 3:
            sys.exit("check takes more than 3 times what the C loader takes")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
