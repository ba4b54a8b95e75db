"""Fuzzing guided by coverage: bytes that reach new code are kept and changed further, each judged by `properties`.

Each target runs in a process of its own, for libFuzzer ends its process. Inputs worth keeping stand in
``attacks/corpus``, one file a target, one input a line; the suite runs all of them without the fuzzer.

    python -m attacks.fuzz FOLDER          fuzz each target for 15 seconds, in an empty folder
    python -m attacks.fuzz TARGET FILE     run one input again, with its traceback
    python -m attacks.fuzz --keep FOLDER   take what a run in FOLDER found into the corpus, as little as covers as much
"""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

from attacks.table import Row

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "attacks" / "corpus"
NAMES = ("deck", "source", "latex", "field", "record")
SHORT, FULL = 15, 120
"""Seconds a target."""
LONGEST = 4096
"""Bytes of an input."""
SLOW = 1.0
"""Seconds of processor time, measured twice, from which an input is a fault; following the lines takes half of them."""
STUCK = 20
"""Seconds after which libFuzzer gives an input up."""
MEMORY = 1024
"""Megabytes that a target may take in all; a run takes 200."""

_TOKENS = {
    "deck": ["title: ", "cards:\n", "- id: a\n", "  kind: claim\n", "  front: ", "  back: |-\n    ", "  text: ", "  where:\n",
             "? ", ": ", "  aka: [a, b]\n", " # x\n", "\r\n", "'", '"', "\\", "|2-\n", ">-\n", "{{c1::", "}}", "\\(", "\\)", "\\bm"],
    "source": ["# ", "## ", "```\n", "---\n", "...", "…", "是", "指", "称为", "：", "。", "\\(", "\\)", "$", "$$", "- ", "1. ", "**", "（", "）",
               "BANNER LINE\n", "[公式]", "，", "、", "分为", "包括", "首先", "然后", "\r\n", "= ", "其中", "|", "`", "](", "![", "從", "後"],
    "latex": ["\\(", "\\)", "\\[", "\\]", "$", "$$", "\\frac", "\\begin{", "\\end{", "{", "}", "\\left", "\\right", "\\style", "\\href",
              "\\text{", "\\color", "\\unicode", "\\bbox[", "{{c1::", "}}", "::", "^", "_", "&", "\\\\", "%", "\n", "\\def", "\\ce{", "url(",
              "\\let", "\\csname", "\\verb", "\\operatorname", "\\tag", "\\label", "\\hspace", "em", "{array}", "{cases}", "{CD}", "@>"],
    "field": ["\\(", "\\)", "<", ">", "&lt;", "&#", '"', "'", "[", "](", "![", ")", "`", "```\n", "|", "\n|-|\n", "{{c1::", "}}", "::", "\n\n",
              "[sound:", "[latex]", "[$]", "[anki:", "javascript:", "http://", "**", "~~", "\\", "$", "# ", "> ", "- ", "[^", "]: ", "onload="],
    "record": ['"hash": ""', '"mod": 1', '"type": "basic"', '"topic": "llm"', '{"a": {', "}}", "},\n", "<<<<<<<", "=======", ">>>>>>>", "|||||||",
               '{"written": {"id": "a", "kind": "claim", "text": "x"}}', '"excerpt"', '"latest"', "[[[", "]]]", "1e9", "null", "\\ud800",
               ".cardsmith/staged/cardsmith-x.tmp", "decks/llm/a.yaml", "../outside", "\u2028", "\\u0000"],
}  # fmt: skip
"""What the fuzzer would take long to spell."""


def run(full: bool, seed: int, folder: Path) -> Iterator[Row]:
    """Fuzz every target; what breaks a property lies in ``folder/<target>-faults`` afterwards."""
    if find_spec("atheris") is None:
        yield Row("fuzzing", 0, 0, "not run: pip install -e '.[attack]'")
        return
    for name in NAMES:
        yield fuzzed(name, FULL if full else SHORT, seed, folder)


def fuzzed(name: str, seconds: int, seed: int, folder: Path) -> Row:
    """Fuzz one target in a process of its own."""
    inputs, faults, log = folder / name, folder / f"{name}-faults", folder / f"{name}-faults.jsonl"
    for path in (inputs, faults):
        path.mkdir(parents=True, exist_ok=True)
    unpack(name, inputs)
    command = [sys.executable, "-m", "attacks.fuzz", "--child", name, str(folder), str(seconds), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    runs = re.findall(r"^(?:#|Done )(\d+)", done.stderr, re.MULTILINE)
    tried = int(runs[-1]) if runs else 0
    kinds = [json.loads(line) for line in log.read_text().splitlines()]
    failed = sum(kind["times"] for kind in kinds) + (done.returncode != 0)
    notes = [f"{kind['what']}: python -m attacks.fuzz {name} {kind['path']}" for kind in kinds]
    if done.returncode:
        ended = [path for path in faults.iterdir() if path.name.startswith(("crash-", "timeout-", "oom-"))]
        again = ended[0] if ended else done.stderr.strip().splitlines()[-1:]
        notes.append(f"the process ended: python -m attacks.fuzz {name} {again}")
    return Row(f"fuzz {name}", tried, tried - failed, "; ".join(notes))


def fuzz(name: str, folder: Path, *arguments: str) -> None:
    """Run libFuzzer on a target in this process, and end with it."""
    import atheris

    with atheris.instrument_imports(include=["cardsmith", "markdown"]):
        from attacks.properties import TARGETS
    kinds: dict[str, dict[str, Any]] = {}
    log = folder / f"{name}-faults.jsonl"
    log.write_text("")

    def one(data: bytes) -> None:
        what = fault(TARGETS[name], data)
        if not what:
            return
        if what not in kinds:
            path = folder / f"{name}-faults" / hashlib.sha256(data).hexdigest()[:12]
            path.write_bytes(data)
            kinds[what] = {"what": what, "path": str(path), "times": 0}
        kinds[what]["times"] += 1
        log.write_text("".join(f"{json.dumps(kind)}\n" for kind in kinds.values()))

    words = folder / f"{name}.dict"
    words.write_text("".join(f'"{_spelt(word)}"\n' for word in _TOKENS[name]))
    limits = [f"-max_len={LONGEST}", f"-timeout={STUCK}", f"-rss_limit_mb={MEMORY}"]
    atheris.Setup(
        [sys.argv[0], *limits, f"-dict={words}", f"-artifact_prefix={folder / name}-faults/", *arguments], one
    )
    atheris.Fuzz()


def fault(target: Callable[[bytes, Path], None], data: bytes) -> str:
    """Return what is wrong with what a target makes of an input, the same for all inputs that fail alike; else empty."""
    for _ in (1, 2):
        begin = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            try:
                target(data, Path(folder))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is found
                frames = [
                    frame
                    for frame in traceback.extract_tb(error.__traceback__)
                    if Path(frame.filename).is_relative_to(ROOT)
                ]
                return f"{type(error).__name__} in {frames[-1].name} ({Path(frames[-1].filename).name}:{frames[-1].lineno})"
        spent = time.process_time() - begin
        if spent < SLOW:
            return ""
    return f"takes {spent:.0f} seconds"


def _spelt(word: str) -> str:
    return "".join(
        chr(byte) if byte < 128 and chr(byte).isalnum() else f"\\x{byte:02x}" for byte in word.encode()
    )


# --- the corpus


def inputs(name: str) -> list[bytes]:
    """Return the inputs that the tree keeps of a target."""
    lines = (CORPUS / f"{name}.jsonl").read_text(encoding="ascii").splitlines()
    return [json.loads(line).encode("utf-8", "surrogateescape") for line in lines]


def unpack(name: str, folder: Path) -> None:
    """Lay a target's inputs into a folder, one a file, as libFuzzer wants them."""
    for data in inputs(name):
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def pack(name: str, found: Iterable[bytes]) -> None:
    """Write a target's inputs into the tree, in the order of their bytes."""
    lines = [json.dumps(data.decode("utf-8", "surrogateescape")) + "\n" for data in sorted(set(found))]
    (CORPUS / f"{name}.jsonl").write_text("".join(lines), encoding="ascii")


def telling(name: str, found: Iterable[bytes]) -> Iterator[bytes]:
    """Yield those inputs, shortest first, that take a step from line to line in cardsmith that none before them took."""
    from attacks.properties import TARGETS

    steps: set[tuple[object, int, int]] = set()

    def called(frame: FrameType, _event: str, _argument: object) -> Callable[..., object] | None:
        code, before = frame.f_code, 0

        def reached(frame: FrameType, _event: str, _argument: object) -> Callable[..., object]:
            nonlocal before
            steps.add((code, before, frame.f_lineno))
            before = frame.f_lineno
            return reached

        return reached if "/cardsmith/" in code.co_filename else None

    for data in sorted(set(found), key=lambda data: (len(data), data)):
        known = len(steps)
        sys.settrace(called)
        what = fault(TARGETS[name], data)
        sys.settrace(None)
        if what and not what.startswith("takes"):
            print(f"{name}: {what}: {data!r}")
        if len(steps) > known:
            yield data


def keep(folder: Path) -> None:
    """Take into the tree what a run found, beside what it has; whatever breaks a property is named."""
    for name in NAMES:
        found = (path.read_bytes() for kind in (name, f"{name}-faults") for path in (folder / kind).iterdir())
        pack(name, telling(name, [*inputs(name), *(data for data in found if len(data) <= LONGEST)]))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--child", name, folder, seconds, seed]:
            fuzz(
                name,
                Path(folder),
                f"-max_total_time={seconds}",
                f"-seed={seed}",
                "-print_final_stats=1",
                str(Path(folder) / name),
            )
        case ["--keep", folder]:
            keep(Path(folder))
        case [name, path]:
            from attacks.properties import TARGETS

            with tempfile.TemporaryDirectory() as scratch:
                TARGETS[name](Path(path).read_bytes(), Path(scratch))
            print(fault(TARGETS[name], Path(path).read_bytes()) or "holds")
        case [folder]:
            for row in run(full=False, seed=int(time.time()), folder=Path(folder)):
                print(f"{row.attack}: {row.survived} of {row.tried}; {row.note}")
        case _:
            sys.exit(__doc__)
