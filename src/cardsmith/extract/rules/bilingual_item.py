"""An entry of a glossary or list, such as 多视角(multiview):… or HAI-LLM:… in a list."""

import re
from collections.abc import Iterator

from cardsmith.extract.questions import is_subject, what_is
from cardsmith.extract.rules.base import Draft, Rule
from cardsmith.extract.terms import trim
from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.text.shadow import HAN, key

_ENTRY = re.compile(
    rf"^(?P<term>[A-Za-z0-9{HAN}][A-Za-z0-9{HAN} \-]{{1,24}}?\s?(?P<bracket>\([^()]{{2,40}}\))?)\s?:\s?(?P<definiens>.+)",
    re.DOTALL,
)
_NO_ENTRY = re.compile(
    r"地址|论文|代码|链接|来源|作者|标题|示例|例|输入|输出|解释|提示|注|缺点|优点|结果|贡献|概述|问题$|发现$"
)


def find(document: Document) -> Iterator[Draft]:
    """Propose an entry whose term carries its other name in brackets, or that is an item of a list."""
    for sentence in document.sentences:
        entry = _ENTRY.match(sentence.shadow)
        if not entry or sentence.is_question or (sentence.was_cut and not entry.group("bracket")):
            continue
        if not entry.group("bracket") and (document.is_chinese or not sentence.marker):
            continue
        base = sentence.span.start
        term = trim(document, base + entry.start("term"), base + entry.end("term"))
        definiens = document.prose(base + entry.start("definiens"), sentence.span.end)
        if (
            not is_subject(term.text, is_chinese=document.is_chinese)
            or _NO_ENTRY.search(term.text)
            or len(key(definiens)) < 6  # 3: wins none; 12: loses 3 (2)
        ):
            continue
        yield Draft(
            "definition",
            term,
            Span(term.span.start, base + len(sentence.shadow.rstrip("。; "))),
            key(term.text),
            # with a bracket: training sets 19 of 29 annotated, 25 well placed; held out 0 of 1, 1 (2026-12-01)
            # English items: training sets 2 of 4, 4; held out 4 of 6, 5
            0.8 if entry.group("bracket") else 0.6,
            front=what_is(document, term),
            back=definiens,
            aliases=term.aliases,
        )


RULE = Rule(
    "bilingual-item",
    find,
    yes=(
        ("多视角(multiview):通过多视角二维图片组合为三维物体;", "什么是多视角？"),
        ("分两类: 1. 内在幻觉(Incontext hallucination):模型输出和上下文不一致。", "什么是内在幻觉？"),
    ),
    no=("论文地址(arXiv):https://arxiv.org", "缺点:计算量比较大,训练很慢。", "示例 1: 输入是一个数组。"),
)
