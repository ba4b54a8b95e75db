"""What makes one card hard to learn, from the twenty rules of formulating knowledge and the practice of good prompts.

All of it is advice: a warning that an editor may silence with a reason.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from cardsmith.checks.base import Context, Finding
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.text.clozes import read_clozes, without_deletions
from cardsmith.text.latex import find_formulas
from cardsmith.text.lexicon import (
    DEMONSTRATIVES,
    ENGLISH_SHOWN,
    SHOWN_ANYWHERE,
    SHOWN_DOCUMENT,
    SHOWN_STAND_INS,
    THIS_DOCUMENT,
    one_of,
)
from cardsmith.text.shadow import is_han, key

MAX_ANSWER = 120
"""Characters of an answer, a formula counted as one: what can be said in one breath."""
MAX_LIST = 240
"""Characters of an answer that is a list: each item is short."""
MAX_SENTENCES, MAX_ITEMS, MAX_DELETIONS = 2, 5, 4

_SHOWN = ("front", "back", "text")

_ITEM = re.compile(r"^[^\S\n]*(?:[-*+•]|\d{1,2}[.)、]|[①-⑳]|[(（]\d{1,2}[)）])\s*\S", re.MULTILINE)
_ARROW = re.compile(r"(?<!\s)\s*(?:→|->|⟶|=>)\s*")
_SENTENCE = re.compile(r"[。！？!?](?=\s*\S)|(?<=[a-z\d)])\.\s+(?=[A-Z\u4e00-\u9fff])")
_ASKED = re.compile(
    r"什么叫做?|什么是|是什么|指什么|什么|为什么|为何|如何|怎么样?|怎样|哪些|哪[几一二两三四五六七八九十\d]?[个种类步项条阶段方面次]*|多少|几[个种类步]|"
    r"写出|列举|说明|解释|简述|请问?|给出|求|吗|呢|的|了|是|有|在|和|与|及|分为|分别|包括|包含|依次|经过|主要|通常|一般|"
    r"(?i:\b(?:what|why|how|which|when|is|are|was|does|do|the|an?|of|in|for|to|define|explain|list|write|main)\b)",
)
_GENERIC = re.compile(
    r"公式|定义|含义|概念|意思|作用|目的|意义|原理|思路|思想|想法|动机|做法|方法|步骤|流程|过程|阶段|基础|背景|概述|简介|介绍|优点|缺点|"
    r"优势|劣势|好处|局限|特点|特征|性质|结论|结果|贡献|创新|核心|关键|重点|问题|原因|区别|差别|不同|总结|全称|英文名?|缩写|标题|"
    r"模型|算法|损失函数|目标函数|实验|应用|"
    r"(?i:\b(?:definition|formula|idea|goal|purpose|method|model|algorithm|step|advantage|problem|result|difference)s?\b)",
)
_POINTER = re.compile(
    rf"{one_of(SHOWN_DOCUMENT)}|(?:上|(?<!上)下|前|后)(?:[文图]|表(?![现达示述]))|如[上下]?[图表]|图中|表中|文中|上述|下述|上面(?:的|所)|下面(?:的|几)|前面(?:的|所|提)|"
    rf"{one_of(DEMONSTRATIVES)}(?:个|种|些|类)?(?:论文|文章|方法|模型|算法|网络|工作|公式|问题|过程|步骤|结构|函数|技术)|(?:作者|笔者|我们)(?:[提认发使采用的将]|是)|"
    r"(?i:\b(?:this|the)\s(?:paper|article|figure|section|chapter|author)s?\b|\b(?:above|below)\b)",
)
_PRONOUN = re.compile(
    rf"{one_of(SHOWN_ANYWHERE)}|^{one_of(SHOWN_STAND_INS)}|(?i:\b{one_of(ENGLISH_SHOWN)}\b)",
)
_IN_ANSWER = re.compile(
    rf"{one_of(THIS_DOCUMENT, ('本论文',))}|(?:上|(?<!上)下|前|后)[文图]|如[上下]?[图表]所?示?|图中|文中|(?:作者|笔者)[提认发]|(?i:\bthis paper\b)",
)
_YES_NO = re.compile(
    r"吗\s*(?:[?？]\s*)?$|是否|能否|可否|是不是|能不能|会不会|有没有|对不对|"
    r"^(?:is|are|was|were|does|do|did|can|could|has|have|should|will)\b[^?]*\?\s*$",
    re.IGNORECASE,
)
_SUPERLATIVE = re.compile(
    r"(?:目前|当前|现在|如今|迄今|最近|近来|截至目前)[^。，；]{0,12}(?:最[强好佳先大高优快新]|领先|第一)|最先进|最强|最新的?|业界领先|"
    r"(?i:\bSOTA\b|state[- ]of[- ]the[- ]art)",
)
_DATED = re.compile(r"(?:19|20)\d\d")
_EXAMPLE = re.compile(r"\s*(?:例如|比如|譬如|如[:：]|举例|e\.g\.|for example|such as)", re.IGNORECASE)
_AFTER_EXAMPLE = re.compile(r"(?:[。；;]|(?<!\s)[^\S\n]*\n)\s*\S{4,}")
_SUM = r"(?<![求总之饱调温缓柔谐协亲附])(?<!代数|平方|立方|部分|加权|累加|元素|校验|前缀|后缀|区间)和"
_CUT = re.compile(
    rf"(?:…|(?<!\.)\.{{3,}}|[，、：；,:;(（]|(?<![目标])的|{_SUM}|(?<![参赋])与|或|以及|并且|因为|由于|例如|比如)\s*$"
)
_IS_SO = re.compile(r"[是也][^，。；,;]*的$")
"""A sentence that is whole with 的 at its end, unlike what a noun must follow."""
_TRIVIAL = re.compile(
    r"英文名?(?:是什么|叫什么|怎么说)|中文名?(?:是什么|叫什么)|标题是什么|作者是谁|发表[在于]"
)
_TRIVIAL_WORDS = ("文", "标题", "作者", "发表")
_COUNTED = re.compile(r"\bstars?\b|下载量|点赞|阅读量|转发|收藏|粉丝|引用量", re.IGNORECASE)
_ASKS_AGAIN = re.compile(r"[?？][^?？]*[?？]")


def answer_is_short(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find an answer that cannot be said in one breath: over 120 characters or two sentences (a list: 240)."""
    answer = entry.card.back
    if answer is None:
        return
    said = worded(answer)
    is_list = len(_ITEM.findall(answer)) > 1
    if len(said) > (MAX_LIST if is_list else MAX_ANSWER):
        yield Finding(
            "back", f"the answer has {len(said)} characters", "keep what is asked; make the rest another card"
        )
    elif not is_list and (sentences := len(_SENTENCE.findall(said)) + 1) > MAX_SENTENCES:
        yield Finding("back", f"the answer has {sentences} sentences", "make it two or three cards")


def asks_one_thing(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a card of several facts: two questions on one front, or many deletions in one text."""
    front = entry.card.front
    if front and front.count("？") + front.count("?") > 1 and _ASKS_AGAIN.search(worded(front)):
        yield Finding("front", "two questions on one card", "make them two cards")
    if entry.card.text:
        numbers = {deletion.number for deletion in read_clozes(entry.card.text).deletions}
        if len(numbers) > MAX_DELETIONS:
            yield Finding(
                "text", f"{len(numbers)} deletions in one text", "split the text; two or three are enough"
            )


def list_is_short(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a list of more than five: nobody recalls it whole, and one slip fails the card."""
    answer = entry.card.back or ""
    items = max(len(_ITEM.findall(answer)), len(_ARROW.split(answer)), _listed(entry))
    if items > MAX_ITEMS:
        yield Finding("back", f"a list of {items}", "group it, or make cards that overlap by one item")


def _listed(entry: Entry) -> int:
    """Return how many things an enumeration's one-line answer lists."""
    answer = entry.card.back or ""
    return len(answer.split("、")) if entry.card.kind == "enumeration" and "\n" not in answer else 0


def front_names_its_subject(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a question that names nothing: without its source, nobody knows what it is about."""
    front = entry.card.front
    if front is None or "\\" in front:
        return
    if not key(_GENERIC.sub(" ", _ASKED.sub(" ", worded(front)))):
        yield Finding(
            "front", "the question names no subject", "name the method, model or quantity it is about"
        )


def stands_alone(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a pronoun, 本文 or 上图 in what the learner is shown: months later it points at nothing."""
    field, shown = ("text", entry.card.text) if entry.card.text else ("front", entry.card.front or "")
    if _points_nowhere_for_sure(shown) and _points_nowhere_for_sure(entry.card.back or ""):
        return
    for pattern, piece, name in (
        (_POINTER, shown, field), (_PRONOUN, shown, field), (_IN_ANSWER, entry.card.back or "", "back"),
    ):  # fmt: skip
        if found := pattern.search(worded(piece)):
            yield Finding(name, f"{found.group().strip()} points at nothing here", "name what it stands for")
            return


_POINTING = frozenset("本上下前后如图表文该此这那作笔我它牠其")
_POINTING_WORDS = ("it", "the", "this", "above", "below")


def _points_nowhere_for_sure(piece: str) -> bool:
    """Tell cheaply that none of the patterns can match: most cards have none of their characters."""
    return _POINTING.isdisjoint(piece) and not any(word in piece.casefold() for word in _POINTING_WORDS)


def cannot_be_guessed(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a question that yes or no answers: it is right half the time by chance."""
    if entry.card.front and _YES_NO.search(worded(entry.card.front).strip()):
        yield Finding("front", "a yes/no question", "ask what, why or how much")


def answer_is_not_shown(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find an answer that can be read in the question, or beside its own deletion."""
    card = entry.card
    if card.text:
        folded = card.text.casefold()
        for deletion in read_clozes(card.text).deletions:
            if folded.count(deletion.answer.casefold()) < 2:
                continue
            answer, rest = key(deletion.answer), key(without_deletions(card.text, " ┃ "))
            if len(answer) > 2 and not answer.isdigit() and answer in rest:
                yield Finding(
                    "text", f"the answer of c{deletion.number} can be read beside it", "delete it there too"
                )
                return
    elif not card.front or not card.back or (is_han(card.back[0]) and card.back[0] not in card.front):
        return
    elif len(answer := key(card.back)) > 1 and answer in key(card.front):
        yield Finding("front", "the answer can be read in the question", "ask without it")


def is_dated(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a superlative without a year: it will be false, and nobody will know since when."""
    shown = [(name, value) for name, value in entry.pieces if name in _SHOWN]
    for name, value in shown:
        found = (
            _SUPERLATIVE.search(value)
            if "最" in value or "领先" in value or "s" in value.casefold()
            else None
        )
        if found and not any(_DATED.search(other) for _, other in shown):
            yield Finding(name, f"{found.group()} without a year", "say as of when, or say by how much")
            return


def says_more_than_an_example(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find an answer that is only an example of what was asked."""
    back = entry.card.back or ""
    begins = _EXAMPLE.match(back)
    asked = re.search(r"例|example", entry.card.front or "", re.IGNORECASE)
    if begins and not asked and not _AFTER_EXAMPLE.search(back, begins.end()):
        yield Finding("back", "the answer is only an example", "say the rule; keep the example in `extra:`")


def answer_is_whole(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find an answer that breaks off: an ellipsis, a comma or an open bracket at its end."""
    back = entry.card.back or ""
    said = worded(back).strip()
    if len(said) > 1 and (found := _CUT.search(said)) and not _IS_SO.search(said):
        yield Finding("back", f"the answer breaks off at {found.group().strip()!r}", "finish the sentence")
    elif said.count("(") + said.count("（") > said.count(")") + said.count("）"):
        yield Finding("back", "a bracket of the answer is never closed", "finish the sentence")


def is_worth_knowing(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find trivia: the English name of a word, a title, a count of stars."""
    front = entry.card.front
    if front and any(word in front for word in _TRIVIAL_WORDS) and (found := _TRIVIAL.search(front)):
        yield Finding(
            "front", f"{found.group()} is trivia", "ask what it is or does; other names go into `aka:`"
        )
        return
    text = entry.card.text or ""
    found = _COUNTED.search(without_deletions(text)) if text else None
    if found and any(any(c.isdigit() for c in deletion.answer) for deletion in read_clozes(text).deletions):
        yield Finding(
            "text", f"a count of {found.group()} is trivia", "delete the card, or ask what mattered"
        )


def worded(text: str) -> str:
    """Return a text as it is counted and read: a formula is one character, symbols of clozes and markup none."""
    return _worded(text) if "\\" in text or "$" in text else text


@lru_cache(maxsize=4096)
def _worded(text: str) -> str:
    parts, at = [], 0
    for formula in find_formulas(text):
        parts += [text[at : formula.start], "∎"]
        at = formula.end
    return "".join([*parts, text[at:]])
