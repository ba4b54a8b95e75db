"""How a statement names what it explains: as an entry (``name: …``), by a naming verb, by apposition, in brackets."""

import re

from cardsmith.extract.questions import is_subject
from cardsmith.extract.terms import Term, trim
from cardsmith.model import Span
from cardsmith.sources.document import Document

ENTRY = re.compile(r"^\x1f*(?P<name>[^,;:。!?()\x1f]{1,24})\x1f*\s*(?P<other>\([^()]*\))?\s*[:—=]")
LABEL = re.compile(
    r"(?:第.|主要|核心|具体|一些)?(?:动机|做法|方法|方案|核心|问题|原因|结论|实验|结果|缺点|优点|优势|不足|好处|坏处|代价|思路|注意|背景|现象|解决|效果|创新点?|贡献|局限|任务|目标|原理|流程|训练|推理|区别|例子|经验|教训|建议|特点)\d?"
)
_X = r"[「“\x1f ]*(?P<name>[^,;:。!?()「」“”\x1f]{1,20}?)[」”\x1f ]*(?:\([^()]*\))?"
_PATTERNS = {
    "is a": rf"^{_X}(?:其实|说穿了|本质上|实际上|通常|一般|简单说)?(?:就)?(?:是|指)?(?:一[种个类套组项条块]|指的?是|定义为|用来| (?:is|are) (?:an?|the) | means | refers to )",
    "apposed": rf"^{_X},(?:也就是|即|就是|意思是|说白了|指)",
    "called first": rf"^[^,;:。]{{1,14}}(?:叫做?|叫作|称为|称作|定义为|记作|is called) ?{_X}(?=[,;]|$)",
    "called last": rf"(?:叫做?|叫作|称为|称作|称之为|人称|俗称|名为|便是|这就是|就是|所谓的?|也就是|即|called|known as|named) ?(?:的?是)?{_X}$",
    "in it": rf"^在{_X}(?:中|里),",
    "introduces": rf"(?:提出了?|引入了?|设计了?|有个|就是)(?:一[种个类套]|所谓的?)?{_X}(?=[,:])",
    "bracketed last": r"\((?P<name>[A-Za-z][A-Za-z0-9 -]{1,30}|[^()]{2,8})\)$",
}
NAMINGS = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
"""Patterns of a statement's shadow, each with the group ``name``, the surest first."""
LONGEST_NAME = 20
"""Characters; a longer phrase behind a naming verb is a clause. Of 758 defined terms 98 % are shorter."""


def named_term(document: Document, span: Span) -> Term | None:
    """Return the term that a statement names in one of the ways of ``NAMINGS``, or None."""
    text = document.shadow[span.start : span.end]
    for pattern in (ENTRY, *NAMINGS.values()):
        found = pattern.search(text)
        if not found or LABEL.fullmatch(found.group("name").strip()):
            continue
        term = trim(document, span.start + found.start("name"), span.start + found.end("name"))
        name = term.text
        if (
            is_subject(name, is_chinese=document.is_chinese)
            and "的" not in name
            and len(name) <= LONGEST_NAME
        ):
            return term
    return None
