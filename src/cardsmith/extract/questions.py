"""Statements to questions: the first sentence shape that fits names the pieces that become question and answer.

The pieces are spans, so the answer is cut out of the source, never made up.
"""

import re
from dataclasses import dataclass

from cardsmith.extract.shapes import CHINESE, ENGLISH, PLAIN
from cardsmith.extract.subjects import subject_of
from cardsmith.extract.terms import Name, fault, trim
from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.text.lexicon import BEFORE_ASKED, ENGLISH_BEFORE_CLAUSE, IN_ASKED, one_of
from cardsmith.text.shadow import key


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask of a statement."""

    front: str
    answer: Span
    term: Name | None
    """What it is about; None when the statement does not say."""
    shape: str
    """The shape's name."""


AROUND = 120
"""Characters before a statement in which the article's subject counts as named beside it; 60 or 240: the same cards."""
LEAD_IN = 2
"""Characters, such as markup, that may stand before a statement's subject. 0: F1 falls by .001; 6: one card more."""
SHORTEST_ANSWER = 4
"""Characters behind a statement's subject; fewer answer nothing. 2: the same cards; 8: F1 falls by .001."""

_NO_SUBJECT = re.compile(
    r"通过|按照?|将|把|被|从|来|[时中上后说看如]$|了|着|地$|其|都|也|还|就|却|只|不|没|无论|对于|针对|作为|根据|随着|察觉|发现|认为|可以|应该|进行|一个$|^(?:一则|二则|整体|代表|直观上|除非|完全|之前|此前|前[两二三几]|翻译成|说人话|初学者|剩下|令人|大概|相当)|\d{4} ?年(?:\d+ ?月)?底?$|[两二]者|[上下]式|"
    r"直接|原本|最让人|之所以|大家|人人|难点就|^(?:一篇|论文|本|某|更|再|先|往|用|以|使|的|得|求|以及|值得|并|且|如|像|有|与|和|及|细想|有人|注意|另外|不行|没错|说起|希望|每天|上周|今天|昨天)|"
    r"[里用取做写转跑拿满旨讲的到能与和及]$|可惜|上述|论文$|是|什么|有且|^(?:到目前|于是|每[天次回]|第[一二三四]|\d+ ?个|压根|光|整个|只要|哪)|^[一二三四五六七八九十]$|知道|满足"
)
"""What a whole clause has and the subject of a question must not have."""
_NO_ENGLISH_SUBJECT = re.compile(
    rf"{one_of(ENGLISH_BEFORE_CLAUSE)}\b|.*\b(?:that|which|who|because|if|when|once|is|are|was)\b",
    re.IGNORECASE,
)
_LOWERED = re.compile(r"[A-Z][a-z]+(?:ing|tion|ed|ment|ness|ity) [a-z]")
"""A sentence's first word that is no name."""
_ARTICLE = re.compile(r"(?:The|An?|Every|Each|All|Most|Some|Many|Both|Its|Their|Full|Any|Two|Three)(?= )")


def is_subject(phrase: str, *, is_chinese: bool = True) -> bool:
    """Tell whether a phrase can be what a question is about: a noun phrase, no part of a clause."""
    refused = _NO_SUBJECT.search(phrase) if is_chinese else _NO_ENGLISH_SUBJECT.match(phrase)
    return not fault(phrase) and not refused


def ask(document: Document, span: Span) -> Question | None:
    """Return the question of a statement, or None when no shape fits or its subject is no term."""
    text = document.shadow[span.start : span.end]
    for shape in CHINESE if document.is_chinese else ENGLISH:
        found = shape.pattern.match(text)
        if not found:
            continue
        groups = found.groupdict()
        term: Name | None = None
        if groups.get("subject"):
            phrase = trim(document, span.start + found.start("subject"), span.start + found.end("subject"))
            if not is_subject(phrase.text, is_chinese=document.is_chinese):
                continue
            term = _with_owner(document, phrase)
            if not term:
                continue
        asked = ""
        if groups.get("asked"):
            asked = document.prose(span.start + found.start("asked"), span.start + found.end("asked"))
            if document.is_chinese and _VAGUE.search(asked):
                continue
            if not groups.get("subject") and _HEADLESS.match(asked):
                doer = subject_of(
                    document, Span(span.start + found.start("answer"), span.start + found.end("answer"))
                )
                if is_subject(doer.text):
                    term = doer
                    asked = f"{doer.prose}{asked}"
        if document.is_chinese and _BROKEN.match(found.group("answer")):
            continue
        wanted = shape.front
        if shape.name == "setting" and _DOES.match(found.group("answer")):
            wanted = "{asked}，怎么做？"
        front = wanted.format(subject=_inside(term.prose) if term else "", asked=asked)
        owned = term or key(document.topic) in key(front) or re.search(r"[A-Za-z]", front)
        if not owned and not _is_near(document, span) and document.is_chinese:
            continue
        if not term and _is_near(document, span) and key(document.topic) not in key(front):
            front = f"{document.topic}：{front}" if document.is_chinese else f"{document.topic}: {front}"
        return Question(
            front,
            Span(span.start + found.start("answer"), span.start + found.end("answer")),
            term,
            shape.name,
        )
    return None


_NO_BEGINNING = re.compile(r"[把将要让使被没不](?!变|同)")
"""What a statement begins with whose first noun is an object."""
_LINK = re.compile(r"(?: ?\([^()]{1,60}\))?(?:则|也|都|就|便|又|还|[ ,:])*")


def ask_plainly(document: Document, span: Span) -> Question | None:
    """Return the question after a statement's subject, or None when the statement does not begin with one."""
    subject = subject_of(document, span)
    begins = _LINK.match(document.shadow, subject.span.end, span.end).end()  # type: ignore[union-attr] # matches always
    if (
        _NO_BEGINNING.match(document.shadow, span.start)
        or subject.span.start > span.start + LEAD_IN
        or span.end - begins < SHORTEST_ANSWER
    ):
        return None
    if not document.is_chinese or not is_subject(subject.text) or _BROKEN.match(document.shadow, begins):
        return None
    asked = next(asked for asked, begin in PLAIN if begin.match(document.shadow, begins))
    term = _with_owner(document, subject)
    return Question(f"{term.prose}{asked}？", Span(begins, span.end), term, "plain") if term else None


def _is_near(document: Document, span: Span) -> bool:
    """Tell whether the article's subject is a heading, or named in the sentences around a statement."""
    around = document.shadow[max(0, span.start - AROUND) : span.end]
    return bool(document.topic) and (bool(document.excerpt.headings) or document.topic in around)


def _with_owner(document: Document, term: Name) -> Name | None:
    """Return a term, or what it is a part of with it (``DDPM的训练``); None when nothing says of what."""
    if not _GENERIC.fullmatch(term.text):
        return term
    return Name.of(document.topic).part(term.text) if document.topic else None


def what_is(document: Document, term: Name) -> str:
    """Return the question for a definition of a term."""
    if not document.is_chinese:
        return f"What is {_inside(term.prose)}?"
    return f"{term.prose}是什么？" if "的" in term.prose else f"什么是{term.prose}？"


def _inside(phrase: str) -> str:
    """Return an English phrase as it stands inside a sentence; a Chinese one as it is."""
    begins_sentence = _ARTICLE.match(phrase) or _LOWERED.match(phrase)
    return phrase[0].lower() + phrase[1:] if begins_sentence else phrase


_DOES = re.compile(r"(?:就|便|则|通常|一般|可以)*(?:我们|首先|先|直接|将|把|用|对|通过|采用|使用|需要|只需)")
_HEADLESS = re.compile(r"[只不没先能可会要更仍还]|无法|需要|必须|容易|难以|适合|收敛")
"""What an effect begins with whose subject is that of its cause."""
_GENERIC = re.compile(
    r"(?:具体|主要|核心|关键|基本|一般)?的?(?:做法|任务|思想|思路|缺点|优点|方法|结构|目标|贡献|流程|步骤|原理|局限|正确做法|约束|创新点|结果|训练|采样|推理|输入|输出|长度|损失|最具?代表性的工作|模型)"
)
"""What has no subject of its own: it is the article's."""
_BROKEN = re.compile(r"(?:外加|再加上|随后)|[的得地了性力度者]|明显|出来|起来")
"""What an answer cannot begin with: the shape cut a word or phrase in two."""
_VAGUE = re.compile(rf"^{one_of(BEFORE_ASKED)}|{one_of(IN_ASKED)}")
