"""Chinese words: the one place that knows a tokenizer. Nothing is loaded before the first call.

jieba keeps its words process-wide and its cache in a world-shared marshal file, so this uses tokenizers of its own
with a private cache folder. With the extra ``fast`` the same dictionary runs in Rust (rjieba).
"""

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path


def tokenizer(extra: Iterable[str] = ()) -> Callable[[str], list[str]]:
    """Return a function that cuts a text into words; ``extra`` are words that it must keep whole."""
    if find_spec("rjieba"):
        import rjieba

        fast = rjieba.Jieba()
        for word in sorted(set(extra)):
            fast.add_word(word, fast.suggest_freq(word), None)
        return lambda text: list(fast.cut(text))
    import jieba

    jieba.setLogLevel(logging.WARNING)
    plain = jieba.Tokenizer()
    plain.tmp_dir = str(_private_cache())
    for word in sorted(set(extra)):
        plain.add_word(word)
    return lambda text: list(plain.cut(text))


def keyword_weights(text: str, cut: Callable[[str], list[str]]) -> dict[str, float]:
    """Return each word's TF-IDF weight in a text (jieba's document frequencies; the median one for unknown words)."""
    words = [word for word in cut(text.casefold()) if len(word.strip()) > 1]
    frequencies, median = _document_frequencies()
    return {
        word: count / len(words) * frequencies.get(word, median)
        for word, count in sorted(Counter(words).items())
    }


@lru_cache(maxsize=1)
def _document_frequencies() -> tuple[dict[str, float], float]:
    table = (files("jieba") / "analyse" / "idf.txt").read_text(encoding="utf-8")
    frequencies = {
        word: float(value) for word, _, value in (line.partition(" ") for line in table.splitlines())
    }
    return frequencies, sorted(frequencies.values())[len(frequencies) // 2]


def _private_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "cardsmith"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
