"""The shapes of sentences, in the order in which they are tried, and what a native speaker would ask of each."""

import re
from dataclasses import dataclass

from cardsmith.text.lexicon import ADVERBS, BECAUSE, THEREFORE, one_of


@dataclass(frozen=True, slots=True)
class Shape:
    """A sentence shape: ``subject``, ``asked`` and ``answer`` are groups of the pattern, all but the last optional."""

    name: str
    pattern: re.Pattern[str]
    front: str
    """With ``{subject}`` and ``{asked}``."""


_S = r"(?P<subject>[^,;:。!?]{1,30}?)"
_BECAUSE = one_of(BECAUSE)
_ADVERB = one_of(ADVERBS, ("大约", "大概"))
_VERB = "采用|使用|利用|引入|提出|首创|包含|包括|需要|依赖于?|取决于|等于|等价于|等同于|服从|满足|导致|避免|降低|减少|提高|对应于?|继承|由此得到"
_ROLE = (
    "(?:核心|主要|关键|基本|最终|最大)?的?(?:思想|核心|本质|作用|目的|目标|优点|缺点|优势|劣势|思路|关键|特点|问题|做法|区别|任务|想法|假设|贡献|创新点?|"
    "角色|好处|瓶颈|难点|难题|输入|输出|含义|意义|代价|复杂度|条件)"
)

CHINESE = (
    Shape("entry", re.compile(r"\x1f*(?P<subject>[^,;:。!?\x1f]{2,24}?)\x1f*\s*:\x1f*\s*(?P<answer>.{5,})$"), "{subject}是怎样的？"),
    Shape("cause", re.compile(rf"{_BECAUSE}(?P<answer>[^。;]{{4,80}}?)[,]{one_of(THEREFORE, ('从而', '使得', '这使得'))}?(?P<asked>[^。;]{{4,60}})$"), "为什么{asked}？"),
    Shape("reason", re.compile(rf"(?P<asked>[^。;]{{4,50}}?),?\s*(?:这)?(?:主要)?是?{_BECAUSE}(?P<answer>[^。;]{{4,}})$"), "为什么{asked}？"),
    Shape("therefore", re.compile(rf"(?P<answer>[^。;]{{6,80}}?),\s*{one_of(THEREFORE)}(?P<asked>[^。;]{{6,60}})$"), "为什么{asked}？"),
    Shape("purpose", re.compile(r"为了(?P<asked>[^,;。]{3,40}),\s*(?P<answer>[^。;]{6,})$"), "为了{asked}，怎么做？"),
    Shape("compare", re.compile(r"(?:与|和|同|相比于?|相较于?|不同于)(?P<asked>[^,;。]{2,30}?)(?:相比|比较|不同)?,\s*(?P<subject>[^,;。]{1,20}?)(?P<answer>(?:在|更|需要|可以|能够?|不|是|有|用|只|将|把|会)[^。;]{3,})$"), "与{asked}相比，{subject}有什么不同？"),
    Shape("condition", re.compile(r"(?P<asked>(?:如果|若|当(?![前然中时下])|只要|一旦)[^,;。]{3,60}),\s*(?:则|那么|就|便)?(?P<answer>[^。;]{4,})$"), "{asked}，会怎样？"),
    Shape("called", re.compile(r"(?P<answer>[^。;]{6,}?),?\s*(?:这|它|我们)?(?:就|也|通常)?(?:被?称为|被?称作|被?叫做|称之为|也就是|即)(?:是|所谓的?)?[「“\x1f\s]*(?P<subject>[^,;:。!?()「」“”\x1f]{2,24})[」”\x1f\s]*(?:\([^()]*\))?$"), "什么是{subject}？"),
    Shape("role", re.compile(rf"{_S}的(?P<asked>{_ROLE})(?:就|也|则|都)?(?:很简单)?(?:是|在于|为|:|是在于|有|包括|类似于)\s*(?P<answer>[^。]{{3,}})$"), "{subject}的{asked}是什么？"),
    Shape("means", re.compile(rf"{_S}(?:通常|一般|也|则|就)?(?:是指|指的是|指(?!数|标|令|针|导|向|定|出)|被?定义为|可以看成是?|可以视为|可以被视为|相当于)\s*(?P<answer>[^。]{{4,}})$"), "什么是{subject}？"),
    Shape("method", re.compile(rf"{_S}(?P<answer>(?:通过|利用|借助)[^,。;]{{3,60}}?),?(?:来|以|从而|进而|实现)(?P<asked>[^,。;]{{3,40}})$"), "{subject}如何{asked}？"),
    Shape("made-of", re.compile(rf"{_S}由(?P<answer>[^,。;]{{3,80}}?)(?P<asked>组成|构成|共同决定|决定|计算得到|给出)"), "{subject}由什么{asked}？"),
    Shape("headless", re.compile(rf"{_S}的(?:就|也|则|都|才)?是(?P<answer>[^。]{{3,}})$"), "{subject}的是什么？"),
    Shape("kind", re.compile(rf"{_S},?(?:呢)?,?{_ADVERB}?(?:就)?是(?P<answer>(?:一|用|由|从|将|把|对|指|某|首个)[^。]{{4,}})$"), "什么是{subject}？"),
    Shape("number", re.compile(rf"{_S}(?:大约|大概|通常|一般|约|恰好|仅|只|才|则)?(?:是|达到|占|为)(?P<answer>(?:大约|约|近|超过)?[0-9][0-9.]*(?:,[0-9]{{3}})*\s?(?:%|[A-Za-z]{{1,6}}|[万亿千个倍层步维次度位轮]{{0,2}})(?=[,;、(]|的|$).*)$"), "{subject}是多少？"),
    Shape("copula", re.compile(rf"{_S}(?:{_ADVERB}|约|恰好|仍然?|才|则|都|也|就)?是(?P<answer>[^。]{{3,}})$"), "{subject}是什么？"),
    Shape("ability", re.compile(rf"{_S}(?P<asked>不能|无法|可以|能够|能(?![力量耗级]))(?P<answer>[^。]{{4,}})$"), "{subject}{asked}做什么？"),
    Shape("verb", re.compile(rf"{_S}(?P<asked>(?:则|都|也|还|只|仅|主要|通常|会)?(?:{_VERB})(?:了|到)?)(?P<answer>[^。]{{3,}})$"), "{subject}{asked}什么？"),
    Shape("turns", re.compile(rf"{_S}(?:会|则)?将(?P<asked>[^,;。]{{2,40}}?)(?P<answer>(?:分解|转换|变换|映射|压缩|转化|扩展|拆分|编码|分割|分配|替换)(?:为|成|到)[^。]{{2,}})$"), "{subject}将{asked}怎么处理？"),
    Shape("setting", re.compile(r"(?P<asked>(?:在|对于?)[^,;。]{2,30}?(?:中|时|后|上|下|里|之后|之前|来说|而言)?|[^,;。]{1,8}(?:时|阶段)),\s*(?P<answer>[^。]{8,})$"), "{asked}，会怎样？"),
)  # fmt: skip

_E = r"(?P<subject>[A-Z0-9`*\x1f][^,;:!?]{1,60}?)"
_BE = "(?:is|are|was|were)"
ENGLISH = (
    Shape("entry", re.compile(r"(?P<subject>[^,;:.!?]{2,40}): (?P<answer>.{5,})"), "What is {subject}?"),
    Shape("cause", re.compile(r"(?P<asked>[^;]{8,120}?),? because (?P<answer>[^;]{6,})", re.IGNORECASE), "Why: {asked}?"),
    Shape("kind", re.compile(rf"{_E} (?:is|was) (?P<answer>(?:an?|the|one of) .{{6,}})"), "What is {subject}?"),
    Shape("kinds", re.compile(rf"{_E} (?:are|were) (?P<answer>(?:an?|the|two|three|four) .{{6,}})"), "What are {subject}?"),
    Shape("means", re.compile(rf"{_E} (?:refers? to|means|denotes?|stands? for|is defined as|is called|=) (?P<answer>.{{4,}})"), "What is {subject}?"),
    Shape("done-with", re.compile(rf"{_E} (?P<asked>can|cannot|may|must|should) (?P<answer>be \w+(?:ed|en|n|t|ut)\b.*)"), "What {asked} be done with {subject}?"),
    Shape("ability", re.compile(rf"{_E} (?P<asked>can|cannot|may|must|should) (?P<answer>.{{4,}})"), "What {asked} {subject} do?"),
    Shape("condition", re.compile(r"(?P<asked>(?:If|When|Once|Unless|With|Without|During|In|For|Inside|Unlike|Compared with) [^,]{4,80}), (?P<answer>.{6,})"), "{asked}: what holds?"),
    Shape("happens", re.compile(rf"{_E} {_BE} (?P<answer>(?:not |never |always |often |usually )?\w+(?:ed|en|wn|ut)\b.*)"), "What happens to {subject}?"),
    Shape("state", re.compile(rf"{_E} {_BE} (?P<answer>.{{4,}})"), "What is true of {subject}?"),
    Shape("verbs", re.compile(rf"{_E}(?<=s) (?P<answer>(?:do|have|use|need|keep|give|take|make|let|share|learn|store|reduce|add|allow|grow|become|require|show|work|compute|contain|scale) .{{6,}})"), "What do {subject} do?"),
    Shape("verb", re.compile(rf"{_E} (?P<answer>(?:[a-z]+(?<![sui])s|only \w+s|also \w+s|became|gave|used|took|made) .{{6,}})"), "What does {subject} do?"),
)  # fmt: skip

PLAIN = (
    ("是什么", re.compile(r"(?:就)?在于|说的是|指的是")),
    ("怎么做", re.compile(r"将|把|通过|采用|采取|利用|借助|用(?!于)|以(?![为上下内外来后前防便免至及])|先|基于|引入|提出|按|根据|对(?!于|应|[^,;。]{0,16}?(?:不|很|没|更|敏感|友好|公平|要求|一视同仁))|从|结合|给|拿")),
    ("有什么要求", re.compile(r"需|要(?!么)|必须|应(?!该?算|该是|用|对)")),
    ("有什么作用", re.compile(r"让|使|提[升高]|降低|减少|避免|防止|缓解|加[速快]|保证|确保|负责|控制|决定|记录|帮助|起到")),
    ("有什么后果", re.compile(r"会?(?:导致|引起|造成|带来)")),
    ("有什么特点", re.compile(r"")),
)  # fmt: skip
"""What to ask of a statement that no shape fits: by the word with which its predicate begins."""

NAMING = {"called", "means", "kind", "kinds", "copula", "entry", "plain", "verb", "turns", "ability"}
"""Shapes after which a definition may be asked for by its term alone."""
