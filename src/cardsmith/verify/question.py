"""Whether the notes have what is asked, and the question names its subject as they do."""

import re
from collections.abc import Iterator

from cardsmith.text.shadow import key
from cardsmith.verify.answer import unknown_words
from cardsmith.verify.case import Case
from cardsmith.verify.signs import grams, name_words, said

_NUMBERED = re.compile(
    r"方法\s?[一二三四AB12](?![A-Za-z])|[式]\s?[(（]\s?\d|公式\s?[(（]?\s?\d|图\s?\d|表\s?\d|第\s?[\d一二三四五六七八九十]+\s?[章节页]|"
    r"\b(?:eq(?:uation|\.)?|fig(?:ure|\.)?|table|section|chapter|method|step|algorithm)\s?\(?\d",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"本文|本章|本节|本书|(?<![以之如])上[文图述]|(?<![以上])下[文图述]|如[上下]?表|前文|^(?:前者|后者)|图中|表中|(?<![\u3400-\u9fff])文中|如图|"
    r"[该此这那](?:一|个|种|类|些|篇)?(?:方法|模型|算法|论文|文章|网络|公式|函数|技术|结构|机制|策略|工作|损失|过程|现象|问题)|"
    r"\b(?:this|these|that|those|the above|the following)\s(?:method|paper|approach|model|algorithm|figure|table|section|article|network|function|formula|technique|loss|author)s?\b|"
    r"\bas (?:shown|described|mentioned) (?:above|below)\b|\bthe (?:paper|article|author|authors|notes|text|passage)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"(?:哪|分为|有|分)(?P<han>[二两三四五六七八九十\d]+)\s?(?:[个種种类類步项條条点阶层方面]|大|部分)|\b(?:which|what)(?: are)?(?: the)? (?P<english>two|three|four|five|six)\b",
    re.IGNORECASE,
)


def points_at_nothing_outside(case: Case) -> Iterator[str]:
    """Find a card that points at its source: 本文, 该方法, 式(5.2), this method; months later nothing is there."""
    for name, text in (("the question", case.question.text), ("the answer", case.answer.text)):
        found = _NUMBERED.search(text) or _POINTS.search(text)
        found = found or (re.search("前者|后者", text) if name == "the question" else None)
        if found:
            yield f"{name} points at {found.group()}: name what it stands for"
            return


def names_are_near(case: Case) -> Iterator[str]:
    """Find a name of the question that stands nowhere in its section or headings."""
    whole = case.section
    names = set(name_words(case.question.text))
    known = whole
    odd = [word for word in unknown_words(case.question, known) if not case.headings.holds_word(word)]
    is_english = not case.question.han
    sure = [word for word in odd if (word in names or not is_english) and word.casefold() not in _FIELDS]
    if sure:
        yield f"{', '.join(dict.fromkeys(sure))}: the notes have no such name here"


_FIELDS = frozenset({"ai", "ml", "dl", "nlp", "cv", "rl", "llm", "llms", "gpu", "cpu", "ocr", "asr", "tts", "sql", "os", "ctr", "cvr", "python", "pytorch", "transformer", "gan", "cnn", "rnn"})  # fmt: skip
"""Names of fields: they say where a term is at home, and a note need not."""


def numbers_are_near(case: Case) -> Iterator[str]:
    """Find a number of the question that stands nowhere near its quote."""
    known = case.known.any_numbers | {str(_listed(case))}
    asked = re.sub(r"(?:哪|第|分为|分)\s?[一二两三四五六七八九十\d]+", " ", case.question.text)
    for number in said(asked).numbers:
        if number.value not in known:
            yield f"the question's {number.value}{number.unit} is not in the notes here"


def formulas_are_near(case: Case) -> Iterator[str]:
    """Find a formula of the question that the section does not have."""
    whole = case.section
    letters = "".join(case.document.excerpt.text.split())
    for formula in case.question.formulas:
        body = re.sub(r"(?:=|≈|:|≤|≥|\\propto|\\sim)*\s*\??$|\?", "", formula)
        body = re.sub(r"(?:=|≈|:|≤|≥|\\propto|\\sim)+$", "", body)
        is_there = any(body in other.replace(";", "") for other in (*whole.formulas, letters))
        if body and not is_there:
            yield f"{body[:60]}: no formula of the notes here"


def words_are_near(case: Case) -> Iterator[str]:
    """Find a question of which hardly any word stands in its section: it asks something else."""
    whole = case.section
    known = grams(f"{whole.text}\n{case.headings.text}\n{case.answer.text}")
    asked = grams(_ASKING.sub(" ", case.question.text))
    if len(asked) >= 5 and len(asked & known) < 0.2 * len(asked) and not _shares_names(case):
        yield "hardly a word of the question stands in the notes here"


_ASKING = re.compile(
    r"是什么|什么是|什么|为什么|为何|如何|怎么样?|怎样|哪些|多少|分别|各自|主要|通常|作用|区别|定义|公式|关键|问题|原因|方法|步骤|情况"
)


def _shares_names(case: Case) -> bool:
    return bool(case.question.names & (case.near.names | case.headings.names))


def _listed(case: Case) -> int:
    if case.items:
        return len(case.items)
    parts = re.split(r"[、；;]|,\s*(?:and )?|，|与|和|及|以及|或|\band\b|\bor\b", case.answer.text)
    return len([part for part in parts if part.strip()])


def count_is_kept(case: Case) -> Iterator[str]:
    """Find a question that asks for three and an answer that lists two."""
    found = _COUNT.search(case.question.text)
    if not found or case.claim.text:
        return
    asked = said(f"{found['han'] or found['english']}个" if found["han"] else found["english"]).numbers
    asked_for = int(asked[0].value) if asked and asked[0].value.isdigit() else 0
    if not asked_for:
        return
    if case.items:
        if len(case.items) != asked_for:
            yield f"the question asks for {asked_for}, the answer lists {len(case.items)}"
    elif _listed(case) < asked_for or not _could_be(case.answer.text, asked_for):
        yield f"the question asks for {asked_for}, the answer lists {_listed(case)}"


def _could_be(answer: str, count: int) -> bool:
    """Tell whether some mark that lists parts an answer into so many."""
    marks = (
        r"、",
        r"[；;]",
        r"[,，]",
        r"[、；;，,]",
        r"[、；;，,]|与|和|及|以及|或|\band\b|\bor\b",
        r"与|和|及|以及|\band\b",
        r"[+/\n]",
    )
    bare = re.sub(r"[(（][^)）]*[)）]", "", answer)
    return any(
        len([part for part in re.split(mark, text) if part.strip()]) == count
        for mark in marks
        for text in (answer, bare)
    )


def subject_is_named(case: Case) -> Iterator[str]:
    """Note a subject, as the proposer names it, that the card never says."""
    subject = case.claim.subject
    parts = [key(part) for part in re.split(r"[（）()、/与和及,\s]+", subject) if key(part)]
    shown = key(f"{case.question.text}{case.statement.text}")
    if parts and key(said(subject).text) not in shown and not any(part in shown for part in parts):
        yield subject


def subject_is_there(case: Case) -> Iterator[str]:
    """Find a subject, as the proposer names it, that the notes do not have."""
    subject = said(case.claim.subject)
    if not subject.key:
        return
    whole = case.section
    letters = whole.key + case.headings.key
    signs = [*grams(subject.text), *(key(word) for word in subject.words)]
    if subject.key in letters or not signs:
        return
    there = sum(sign in letters for sign in signs)
    if there < 0.5 * len(signs):
        yield f"{case.claim.subject}: not in the notes here"


def name_stands_in_the_quote(case: Case) -> Iterator[str]:
    """Note a name of the question that stands only near the quote or above it: perhaps not what the quote speaks of."""
    here = case.quote.names
    far = [
        name
        for name in sorted(case.question.names)
        if not any(name in other or other in name for other in here)
    ]
    if far:
        yield ", ".join(far)
