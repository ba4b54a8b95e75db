"""Words that point back, words that join and words that hedge: one list a purpose, patterns elsewhere are built of them.

An entry is a piece of a regular expression: a word, sometimes with what may not stand beside it (``即(?![时将插])``).
Where two lists of like purpose differ, the difference has its own lines and a comment. To even one out changes
proposals: ``scripts/pin_gold.py`` says whether for the better.
"""

import re
from collections.abc import Iterable

_LOOK_AROUND = re.compile(r"\(\?[^)]*\)|\?")


def one_of(*lists: Iterable[str]) -> str:
    """Return a group that matches one entry of the lists, of two that begin alike the longer (那么 before 那)."""
    entries = [entry for entries in lists for entry in entries]
    return f"(?:{'|'.join(sorted(entries, key=lambda entry: -len(_LOOK_AROUND.sub('', entry))))})"


# What joins.

CONNECTIVES = (
    "因此", "所以", "但是", "但", "然而", "不过", "而且", "并且", "同时", "另外", "此外", "其中", "首先", "其次", "最后", "然后", "接着", "那么",
    "总之", "总的来说", "简单来说", "具体来说", "具体地", "换句话说", "也就是说", "事实上", "实际上", "一般来说", "一般地", "例如", "比如", "当然",
)  # fmt: skip
"""Join a clause to what was said before it: no part of the statement, nor of the term, that follows."""

BEFORE_STATEMENT = (
    # would lead in a term as well, but are not in BEFORE_TERM
    "再次", "具体地说", "换言之", "形式上", "形式化地",
    "那", "注意", "请注意", "可以看出", "可以发现", "我们知道", "众所周知",
)  # fmt: skip
"""What else leads in a statement and is no part of it."""

ENGLISH_BEFORE_STATEMENT = (
    "However", "Therefore", "Thus", "Hence", "So", "But", "And", "Then", "Moreover", "Furthermore", "In fact", "Note that", "Also",
    "Finally", "First", "Second",
)  # fmt: skip
"""The same in English."""

BEFORE_TERM = (
    # would lead in a statement as well, but are not in BEFORE_STATEMENT
    "简单地说", "通俗地说", "从本质上讲", "本质上", "其实", "通常", "一般(?!化|线性)", "也就是", "即(?![时将插])", "而", "且", "则", "故(?!障)", "又", "诸如",
    "对于", "关于", "有关", "由于", "因为", "虽然", "尽管", "如果", "现在", "目前", "近年来",
    "我们把", "我们将", "人们把", "可以把", "我们", "把", "将(?!来)", "在(?!线)", "由(?!来)", "从(?!属|众)",
    "一个", "一种", "所谓的?", "像(?!素|差)",
)  # fmt: skip
"""What else leads in a noun phrase and is no part of it. 通常来说 loses its 通常 only."""

AFTER_TERM = (
    "实际上", "本质上", "其实", "一般", "通常", "常常", "往往", "主要", "一直", "可以", "也", "都", "又", "便", "(?<!成)就",
    "(?<![规法原准守细])则", "(?<![校修矫改纠])正", "本身", "的确", "这个", "(?<!目)的", "(?<![本场局])地", "(?<![心获所])得",
)  # fmt: skip
"""Adverbs and particles between a noun phrase and its predicate. 实质上 is in ADVERBS only."""

ADVERBS = ("其实", "实际上", "本质上", "实质上", "通常", "一般", "往往")
"""Stand before a copula and change nothing of what the sentence defines."""

BECAUSE = ("因为", "由于")
"""Begin the reason."""

THEREFORE = ("所以", "因此", "故")
"""Begin what follows from the reason."""

NEXT_FACT = (
    "但", "然而", "不过", "而", "因此", "所以", "同时", "也就是说", "例如", "比如", "据说", "之后", "后面", "可见", "如图", "如下图",
)  # fmt: skip
"""Begin a clause that tells another fact than the definition before it."""

IN_CLAUSES = (
    "可以看", "之所以", "的时候", "的话", "如果", "为了", "因为", "所以", "虽然", "但", "我们", "你", "不是", "没有", "就像", "怎么", "什么", "了一",
    "提出", "认为", "发现", "说明", "表明", "称", "叫",
)  # fmt: skip
"""Stand in clauses and in no term."""

ENGLISH_BEFORE_CLAUSE = (
    "with", "without", "as", "in", "inside", "on", "at", "for", "from", "by", "of", "to", "compared", "unlike", "because", "since", "once",
    "if", "when", "while", "during", "say", "let", "so", "and", "or", "but", "only", "not", "no", "both", "here", "there", "then", "also",
    "note", "see", "even", "every time", "one of",
)  # fmt: skip
"""Begin an English clause or adverbial and no subject."""

# What a predicate or a clause is made of.

AFTER_LATIN = (
    *"是的和与在为有由中将被把能会也都则还就", "通常", "一般", "主要", "可以", "需要", "模型", "方法", "采用", "使用", "通过", "等", "因此", "所以", "包括", "分为",
)  # fmt: skip
"""Go on after a Latin name: the space before them is none of a lost line end."""

IN_NO_HEADING = (
    *"是有为将把被会能可在让使用于对", "采用", "通过", "提出", "实现", "需要", "包括", "包含", "认为", "发现", "具有",
)  # fmt: skip
"""Stand in a clause and in no heading that was glued to it."""

IN_NO_TOPIC = "的是在了和与为对将把被有由中个这那其及等可以能"
"""Characters that end a phrase when the one that an article repeats most is looked for."""

# What points back.

STAND_INS = ("这", "该", "此", "它")
"""Stand for what was said before. 其 does so too, but also begins 其他 and 其中: each list says which it knows."""

ENGLISH_STAND_INS = ("It", "This", "These", "That", "They")
"""The same in English."""

BEFORE_ANSWER = (*STAND_INS, "其(?!他)", "他们", "她")
"""Begin an answer that says nothing without the text before it."""

BEFORE_DEFINIENS = (
    *STAND_INS,
    "其",
    "那",
    "以上",
    "上述",
    "前者",
    "后者",
    "之所以",
    "虽然",
    "因为",
    "所以",
    "也",
)
"""Begin a clause that defines nothing on its own. Unlike BEFORE_ANSWER it refuses 其他 and lets 他们 and 她 pass."""

BEFORE_ASKED = (*STAND_INS, "其(?!他)", "他", "那", "上述", "以上", "本文")
"""Begin a phrase that cannot be asked about. Unlike BEFORE_DEFINIENS it lets 其他, 前者 and 后者 pass."""

IN_ASKED = ("这样", "这种", "这个", "这些", "上述", "比如", "例如")
"""Stand anywhere in a phrase that cannot be asked about."""

THIS_DOCUMENT = ("本文", "本章", "本节")
"""The text that is read: a card has none."""

NO_TERM_BEGINS = (
    *STAND_INS, "其", "那", *THIS_DOCUMENT, "文章", "论文", "上述", "上面", "上文", "下面", "下述", "以上", "以下", "前面", "后面", "前者", "后者", "两者", "二者",
    "他", "她", "你", "我", "咱", "谁", "自己", "各自", "大家", "人们", "作者", "笔者",
    "什么", "哪", "如何", "为什么", "怎么", "某", "有些", "有的", "有一", "很多", "许多", "一些", "另一", "另外", "第一", "第二", "第三", "第1", "第2",
    "可以", "能够", "会", "被", "一开始",
    "题目", "重点", "目的", "原因", "问题", "结果", "缺点", "优点", "好处", "关键", "核心$", "思想$", "方法$",
)  # fmt: skip
"""Begin a phrase that is no term: it points back, asks, counts, or only says what role something plays."""

ENGLISH_NO_TERM_BEGINS = (
    *ENGLISH_STAND_INS, "Those", "We", "You", "I", "He", "She", "There", "Here", "What", "Which", "Figure", "Table", "The following",
)  # fmt: skip
"""The same in English."""

NO_OWNER = ("它", "其", "这", "文章", "论文", "本文", "作者", "方法")
"""Begin what owns an advantage or result and is no name; the name stands before. 该 and 此 pass: no card is made then."""

WEIGHED_STAND_INS = (*STAND_INS, "其", "他们", *ENGLISH_STAND_INS)
"""What the weights have learned as a pronoun: another list needs other weights."""

# What points nowhere once it stands on a card, where nothing is simplified and 牠 may stand for 它.

SHOWN_STAND_INS = ("其(?!他|它|中|实|次)", "[这那](?!里|样的)", "此(?!外)")
"""Begin a front that points at nothing. Of 该, which BEFORE_ANSWER has, only 该方法 and its kind are advised against."""

SHOWN_ANYWHERE = ("(?<![其吉])[它牠]们?",)
"""Point at nothing wherever they stand on a front."""

ENGLISH_SHOWN = ("it", "they", "its", "their")
"""The same in English."""

SHOWN_DOCUMENT = (*THIS_DOCUMENT, "本书", "本篇", "本论文", "本工作", "本教程")
"""Of a front. Answers are less strict: they know THIS_DOCUMENT and 本论文."""

DEMONSTRATIVES = ("该", "此", "这", "那")
"""Before a noun that names only a class (该方法)."""
