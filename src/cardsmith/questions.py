"""Statements to questions: a table of sentence shapes, each with the question a native speaker would ask of it.

A shape matches a statement's shadow and names the pieces that become question and answer; the first that fits is
taken. The pieces are spans, so the answer is cut out of the source, never made up.
"""

import re
from dataclasses import dataclass

from cardsmith.model import Span
from cardsmith.segment import Document
from cardsmith.terms import fault, trim
from cardsmith.text import key


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask of a statement."""

    front: str
    answer: Span
    term: str
    """What it is about; empty when the statement does not say."""
    shape: str
    """The shape's name."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A sentence shape: ``subject``, ``asked`` and ``answer`` are groups of the pattern, all but the last optional."""

    name: str
    pattern: re.Pattern[str]
    front: str
    """With ``{subject}`` and ``{asked}``."""


_S = r"(?P<subject>[^,;:。!?]{1,30}?)"
_VERB = "采用|使用|利用|引入|提出|首创|包含|包括|需要|依赖于?|取决于|等于|等价于|等同于|服从|满足|导致|避免|降低|减少|提高|对应于?|继承|由此得到"
_ROLE = (
    "(?:核心|主要|关键|基本|最终|最大)?的?(?:思想|核心|本质|作用|目的|目标|优点|缺点|优势|劣势|思路|关键|特点|问题|做法|区别|任务|想法|假设|贡献|创新点?|"
    "角色|好处|瓶颈|难点|难题|输入|输出|含义|意义|代价|复杂度|条件)"
)

CHINESE = (
    Shape("cause", re.compile(r"(?:因为|由于)(?P<answer>[^。;]{4,80}?)[,](?:所以|因此|从而|故|使得|这使得)?(?P<asked>[^。;]{4,60})$"), "为什么{asked}？"),
    Shape("reason", re.compile(r"(?P<asked>[^。;]{4,50}?),?\s*(?:这)?(?:主要)?是?(?:因为|由于)(?P<answer>[^。;]{4,})$"), "为什么{asked}？"),
    Shape("therefore", re.compile(r"(?P<answer>[^。;]{6,80}?),\s*(?:所以|因此|故)(?P<asked>[^。;]{6,60})$"), "为什么{asked}？"),
    Shape("purpose", re.compile(r"为了(?P<asked>[^,;。]{3,40}),\s*(?P<answer>[^。;]{6,})$"), "为了{asked}，怎么做？"),
    Shape("compare", re.compile(r"(?:与|和|同|相比于?|相较于?|不同于)(?P<asked>[^,;。]{2,30}?)(?:相比|比较|不同)?,\s*(?P<subject>[^,;。]{1,20}?)(?P<answer>(?:在|更|需要|可以|能够?|不|是|有|用|只|将|把|会)[^。;]{3,})$"), "与{asked}相比，{subject}有什么不同？"),
    Shape("condition", re.compile(r"(?P<asked>(?:如果|若|当(?![前然中时下])|只要|一旦)[^,;。]{3,60}),\s*(?:则|那么|就|便)?(?P<answer>[^。;]{4,})$"), "{asked}，会怎样？"),
    Shape("called", re.compile(r"(?P<answer>[^。;]{6,}?),?\s*(?:这|它|我们)?(?:就|也|通常)?(?:被?称为|被?称作|被?叫做|称之为|也就是|即)(?:是|所谓的?)?[「“\x1f\s]*(?P<subject>[^,;:。!?()「」“”\x1f]{2,24})[」”\x1f\s]*(?:\([^()]*\))?$"), "什么是{subject}？"),
    Shape("role", re.compile(rf"{_S}的(?P<asked>{_ROLE})(?:就|也|则|都)?(?:很简单)?(?:是|在于|为|:|是在于|有|包括|类似于)\s*(?P<answer>[^。]{{3,}})$"), "{subject}的{asked}是什么？"),
    Shape("means", re.compile(rf"{_S}(?:通常|一般|也|则|就)?(?:是指|指的是|指(?!数|标|令|针|导|向)|被?定义为|可以看成是?|可以视为|可以被视为|相当于)\s*(?P<answer>[^。]{{4,}})$"), "什么是{subject}？"),
    Shape("method", re.compile(rf"{_S}(?P<answer>(?:通过|利用|借助)[^,。;]{{3,60}}?),?(?:来|以|从而|进而|实现)(?P<asked>[^,。;]{{3,40}})$"), "{subject}如何{asked}？"),
    Shape("made-of", re.compile(rf"{_S}由(?P<answer>[^,。;]{{3,80}}?)(?P<asked>组成|构成|共同决定|决定|计算得到|给出)"), "{subject}由什么{asked}？"),
    Shape("kind", re.compile(rf"{_S},?(?:呢)?,?(?:其实|实际上|本质上|实质上|通常|一般)?(?:就)?是(?P<answer>(?:一|用|由|从|将|把|对|指|某|首个)[^。]{{4,}})$"), "什么是{subject}？"),
    Shape("copula", re.compile(rf"{_S}(?:其实|实际上|本质上|实质上|通常|一般|则|都|也|就)?是(?P<answer>[^。]{{3,}})$"), "{subject}是什么？"),
    Shape("ability", re.compile(rf"{_S}(?P<asked>不能|无法|可以|能够|能(?![力量耗级]))(?P<answer>[^。]{{4,}})$"), "{subject}{asked}做什么？"),
    Shape("verb", re.compile(rf"{_S}(?P<asked>(?:则|都|也|还|只|仅|主要|通常|会)?(?:{_VERB})(?:了|到)?)(?P<answer>[^。]{{3,}})$"), "{subject}{asked}什么？"),
    Shape("turns", re.compile(rf"{_S}(?:会|则)?将(?P<asked>[^,;。]{{2,40}}?)(?P<answer>(?:分解|转换|变换|映射|压缩|转化|扩展|拆分|编码|分割|分配|替换)(?:为|成|到)[^。]{{2,}})$"), "{subject}将{asked}怎么处理？"),
    Shape("setting", re.compile(r"(?P<asked>(?:在|对于?)[^,;。]{2,30}?(?:中|时|后|上|下|里|之后|之前|来说|而言)?|[^,;。]{1,8}(?:时|阶段)),\s*(?P<answer>[^。]{8,})$"), "{asked}，会怎样？"),
    Shape("entry", re.compile(r"(?P<subject>[^,;:。!?]{2,16}):\s*(?P<answer>[^。]{5,})$"), "{subject}是怎样的？"),
)  # fmt: skip

_NO_SUBJECT = re.compile(
    r"通过|按照?|将|把|被|从|来|[时中上后说看如]$|了|着|地$|其|都|也|还|就|却|只|不|没|无论|对于|针对|作为|根据|随着|察觉|发现|认为|可以|应该|进行|"
    r"直接|原本|最让人|之所以|大家|人人|难点就|^(?:一篇|论文|本|某|更|再|先|往|用|以|使)|是|什么"
)
"""What a whole clause has and the subject of a question must not have."""


_E = r"(?P<subject>[A-Z0-9`*][^,;:.!?]{1,60}?)"
ENGLISH = (
    Shape("cause", re.compile(r"(?P<asked>[^.;]{8,120}?),? because (?P<answer>[^.;]{6,})", re.IGNORECASE), "Why: {asked}?"),
    Shape("kind", re.compile(rf"{_E} (?:is|are) (?P<answer>(?:an?|the) [^.]{{6,}})"), "What is {subject}?"),
    Shape("means", re.compile(rf"{_E} (?:refers? to|means|denotes?|stands? for|is defined as|is called) (?P<answer>[^.]{{4,}})"), "What is {subject}?"),
    Shape("ability", re.compile(rf"{_E} (?P<asked>can|cannot|may|must|should) (?P<answer>[^.]{{4,}})"), "What {asked} {subject} do?"),
    Shape("condition", re.compile(r"(?P<asked>(?:If|When|Once|Unless|With|Without|During|In|For) [^,]{4,80}), (?P<answer>[^.]{6,})"), "{asked}: what holds?"),
    Shape("state", re.compile(rf"{_E} (?:is|are|was|were) (?P<answer>[^.]{{4,}})"), "What is said of {subject}?"),
    Shape("verb", re.compile(rf"{_E} (?P<answer>[a-z]+(?:s|es|ed)? [^.]{{6,}})"), "What does {subject} do?"),
    Shape("entry", re.compile(r"(?P<subject>[^,;:.!?]{2,40}):\s*(?P<answer>[^.]{5,})"), "What is {subject}?"),
)  # fmt: skip

DEFINING = {"called", "means", "kind", "copula"}
"""Shapes that say what their subject is."""


def is_subject(phrase: str) -> bool:
    """Tell whether a Chinese phrase can be what a question is about: a noun phrase, no part of a clause."""
    return not fault(phrase) and not _NO_SUBJECT.search(phrase)


def ask(document: Document, span: Span) -> Question | None:
    """Return the question of a statement, or None when no shape fits or its subject is no term."""
    text = document.shadow[span.start : span.end]
    for shape in CHINESE if document.is_chinese else ENGLISH:
        found = shape.pattern.match(text)
        if not found:
            continue
        groups = found.groupdict()
        term = ""
        if groups.get("subject"):
            phrase = trim(
                document.shadow, span.start + found.start("subject"), span.start + found.end("subject")
            )
            if fault(phrase.text) or (document.is_chinese and not is_subject(phrase.text)):
                continue
            term = phrase.text
            if _GENERIC.fullmatch(term):
                if not document.topic:
                    continue
                term = f"{document.topic}的{term}"
        asked = ""
        if groups.get("asked"):
            asked = document.prose(span.start + found.start("asked"), span.start + found.end("asked"))
            if document.is_chinese and _VAGUE.search(asked):
                continue
        if document.is_chinese and _BROKEN.match(found.group("answer")):
            continue
        wanted = shape.front
        if shape.name == "setting" and _DOES.match(found.group("answer")):
            wanted = "{asked}，怎么做？"
        front = wanted.format(subject=document.prose_of(term), asked=asked)
        if not term and document.topic and key(document.topic) not in key(front):
            front = f"{document.topic}：{front}" if document.is_chinese else f"{document.topic}: {front}"
        return Question(
            front,
            Span(span.start + found.start("answer"), span.start + found.end("answer")),
            term,
            shape.name,
        )
    return None


_DOES = re.compile(r"(?:就|便|则|通常|一般|可以)*(?:我们|首先|先|直接|将|把|用|对|通过|采用|使用|需要|只需)")
_GENERIC = re.compile(
    r"(?:具体|主要|核心|关键|基本|一般)?的?(?:做法|任务|思想|思路|缺点|优点|方法|结构|目标|贡献|流程|步骤|原理|结果|训练|采样|推理)"
)
"""What has no subject of its own: it is the article's."""
_BROKEN = re.compile(r"[的得地了性力度者]|明显|出来|起来")
"""What an answer cannot begin with: the shape cut a word or phrase in two."""
_VAGUE = re.compile(r"^(?:这|该|此|它|其(?!他)|他|那|上述|以上|本文)|(?:这样|这种|这个|这些|上述)|比如|例如")
