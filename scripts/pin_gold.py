"""Measure extraction on the gold sets, and pin the figures below which it may not fall.

    python scripts/pin_gold.py            print the table
    python scripts/pin_gold.py --write    print it and write tests/gold/pins.json

A pin is lowered only together with a reason in the commit; the test compares, it never writes.
"""

import argparse
import hashlib
import importlib.util
import json
from pathlib import Path

from cardsmith.extract.candidates import extract
from cardsmith.sources.reading import parse_source

GOLD = Path(__file__).parent.parent / "tests" / "gold"
SETS = ("seeds", "dev", "notes", "textbook", "voices", "heldout", "notes_heldout", "voices_heldout")
KINDS = ("definition", "formula", "claim", "enumeration")


def scorer():
    """Return the scoring module."""
    spec = importlib.util.spec_from_file_location("score", GOLD / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_set(name):
    """Return a set's annotations, a row a text, and its texts by id."""
    rows = scorer().read_jsonl(GOLD / f"{name}.jsonl")
    texts = json.loads((GOLD / f"{name}_texts.json").read_text(encoding="utf-8"))
    return rows, {text["id"]: text for text in texts}


def digest(names):
    """Return the SHA-256 of sets: of each set's annotations and then its texts, as they are on disk, set by set."""
    files = (GOLD / f"{name}{suffix}" for name in names for suffix in (".jsonl", "_texts.json"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files))


def source_name(text):
    """Return the name of a file that would hold a text: its suffix says how it is read."""
    return "note.md" if text.get("markdown") else "note.txt"


def predictions(texts):
    """Yield what the extractor proposes for texts by id, as the scorer reads it."""
    for identity, text in texts.items():
        for excerpt in parse_source(text["text"], source_name(text)):
            for candidate in extract(excerpt).candidates:
                yield {
                    "excerpt": identity,
                    "kind": "enumeration" if candidate.kind == "progression" else candidate.kind,
                    "term": candidate.term,
                    "evidence": candidate.quote,
                    "rule": candidate.rule,
                    "score": candidate.score,
                }


def measure(name):
    """Return the scorer's whole result for a set, and the figures that are pinned."""
    rows, texts = read_set(name)
    plain = {identity: text["text"] for identity, text in texts.items()}
    out, _ = scorer().score(rows, plain, list(predictions(texts)))
    total = out["kinds"]["all"]["lenient"]
    figures = {
        "sha256": digest([name]).hexdigest()[:16],
        "precision": total["precision"],
        "recall": total["recall"],
        "recall_imp3": total["recall_imp3"],
        "trap_hits": out["trap_hits"],
    }
    for kind in KINDS:
        figures[f"{kind}_precision"] = out["kinds"][kind]["lenient"]["precision"]
        figures[f"{kind}_recall"] = out["kinds"][kind]["lenient"]["recall"]
    return out, figures


def table_row(name, out):
    """Return a row of the table in docs/extraction.md."""
    total = out["kinds"]["all"]
    cells = [f"{total['lenient'][key]:.2f}" for key in ("precision", "recall", "f1", "recall_imp3")]
    return f"| {name} | {total['gold']} | {total['pred']} | {' | '.join(cells)} | {out['trap_hits']} of {out['traps']} |"


def main():
    """Print the table, and write the pins when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    pins = {}
    print(
        "| set | items | cards | precision | recall | F1 | recall of importance 3 | trap hits |\n|---|---|---|---|---|---|---|---|"
    )
    write = parser.parse_args().write
    for name in SETS:
        out, figures = measure(name)
        print(table_row(name, out))
        pins[name] = {
            key: round(value, 3) if isinstance(value, float) else value for key, value in figures.items()
        }
    if write:
        (GOLD / "pins.json").write_text(json.dumps(pins, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
