"""A number that decides, with a named subject in the same sentence: DeepSeek-V3 … 总参数量达到 671B."""

import re
from collections.abc import Iterator

from cardsmith.extract.rules.base import Draft, Rule
from cardsmith.extract.terms import Term, term_at
from cardsmith.model import Span
from cardsmith.sources.document import Document, Sentence
from cardsmith.text.shadow import HAN, key, tidy

_VALUE = r"(?<![A-Za-z0-9.,])(?P<value>\d[\d.]*(?:,\d{3})*(?:\.\d+)?(?:\s?[~-]\s?\d[\d.]*)?\s?(?:[BMKTG](?![A-Za-z])|%|倍|步|层|亿|万(?:亿)?|维|GB|TB|bit|位|轮|个数量级))"
_SAID = re.compile(
    rf"(?:总?参数量?|激活|准确率|精度|top1精度|top5精度|训练速度|步数|时间步|掩码率|上下文长度|显存|层数|维度|提速|加速|采样|推理速度|吞吐量?|延迟|token)"
    rf"[{HAN}A-Za-z ]{{0,12}}?{_VALUE}|{_VALUE.replace('value', 'value2')}\s?个?的?(?:参数|准确率|top1精度|top5精度|精度|训练速度|掩码率|提升|加速)"
)
_NAME = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Za-z0-9]*(?:[- ][A-Z0-9][A-Za-z0-9]*)*", re.ASCII)
_NO_SUBJECT = {"ImageNet", "GPU", "Top", "LLM", "MoE", "FP", "AI", "API", "Google", "OpenAI"}
MAX_NUMBERS, MAX_TEXT = 3, 140
"""Deletions and characters of one cloze: what is learned at once.

1 number: loses 6 (6), 6: wins none; 90 characters: loses none, 220: wins 1 (1).
"""


def find(document: Document) -> Iterator[Draft]:
    """Propose one cloze a sentence: its numbers hidden, its subject named in front."""
    for sentence in document.sentences:
        found = [
            m
            for m in _SAID.finditer(sentence.shadow)
            if not sentence.was_cut or m.end() < len(sentence.shadow) - 1
        ]
        subject = _subject(document, sentence)
        if not found or not subject or sentence.is_question or len(found) > MAX_NUMBERS:
            continue
        yield from _draft(document, sentence, found, subject)


def _draft(
    document: Document, sentence: Sentence, found: list[re.Match[str]], subject: Term
) -> Iterator[Draft]:
    base = sentence.span.start
    start = _clause_start(sentence.shadow, found[0].start())
    end = _clause_end(sentence.shadow, found[-1].end())
    parts, at = [], start
    for number, match in enumerate(found, 1):
        group = "value" if match.group("value") else "value2"
        begin, stop = match.span(group)
        parts += [
            document.plain(base + at, base + begin),
            f"{{{{c{number}::{document.text[base + begin : base + stop].strip()}}}}}",
        ]
        at = stop
    said = tidy("".join([*parts, document.plain(base + at, base + end)]))
    values = [m.group("value") or m.group("value2") for m in found]
    text = said if said.startswith(subject.text) else f"{subject.text}：{said}"
    if len(text) > MAX_TEXT:
        return
    yield Draft(
        "claim",
        subject,
        Span(base + start, base + end),
        f"{key(subject.text)} {' '.join(key(value) for value in values)}",
        # training sets 14 of 28 annotated, 17 well placed; held out 2 of 10, 2: too high (2026-12-01)
        0.65,
        text=text,
    )


def _subject(document: Document, sentence: Sentence) -> Term | None:
    """Return the first name of a sentence."""
    start = sentence.span.start
    names = (m.span() for m in _NAME.finditer(sentence.shadow) if m.group() not in _NO_SUBJECT)
    return next((term_at(document, Span(start + begin, start + end)) for begin, end in names), None)


def _clause_start(shadow: str, at: int) -> int:
    start = max(shadow.rfind(mark, 0, at) for mark in ",;:。") + 1
    return start + len(shadow[start:]) - len(shadow[start:].lstrip())


def _clause_end(shadow: str, at: int) -> int:
    ends = [shadow.find(mark, at) for mark in ",;。"]
    return min([end for end in ends if end >= 0], default=len(shadow))


RULE = Rule(
    "number",
    find,
    yes=(
        (
            "研究团队开发了 DeepSeek-V3,这是一个大模型,总参数量达到 671B,其中每个 token 会激活 37B 个参数。",
            "DeepSeek-V3：总参数量达到 {{c1::671B}}，其中每个 token 会激活 {{c2::37B}} 个参数",
        ),
    ),
    no=("总参数量达到 671B。", "SD在开源90天github仓库就收获了33K的stars。"),
)
