"""Whether the question is about whom the quote speaks of in the answer's clause."""

import re
from collections.abc import Iterator

from cardsmith.text.shadow import key
from cardsmith.verify.case import Case
from cardsmith.verify.signs import content, name_words, sentences

_LEADS = re.compile(
    r"\W{0,12}(?:(?:\d{1,2}[.)]|但是?|而|其中|因为|由于|所以|因此|可|在|对于|however|but|while|whereas|in|for)[\s,]{0,3}){0,4}"
    r"(?P<name>[A-Z][A-Za-z0-9.+-]*(?: [A-Z][A-Za-z0-9-]*){0,4}(?:\s(?!is\b|are\b|was\b|has\b|uses?\b|can)[a-z]+){0,2}?)\s?(?:算法|模型|方法|网络|层|阶段|\([^)]{1,40}\))?\s?"
    r"(?=是|有|会|也|的|通过|可以|能|需|把|将|不|更|只|仅|使用|采用|用|要|取|吃|写|存|做|:|:|–|-\s|=|则|都|就|在|允许|默认|"
    r"(?:is|are|was|were|has|have|uses?|can|cannot|can't|allows?|must|does|do|divides?|needs?|takes?|keeps?|adds?|gives?|[a-z]+s)\b)",
)


_LEADS_HAN = re.compile(
    r"\W{0,12}(?P<name>[\u3400-\u9fff]{2,10}?)(?:\([^)]{1,40}\))?\s*(?=是(?!否)|指(?!数)|[::](?!:))"
)


_NO_NAME = re.compile(
    r"最[后终]|发现|[就有了把会要能让使被则才也都将不没很太再可以如果若当因所但否我你他它这那此该其每某各哪何种个]|于是|由于|直觉|目的|原因|结果|做法|方法|优点|缺点|特点|代价|好处|假设|初始化|推理|训练|核心|重点|关键|问题|结论|注意|性质|组成|作用|公式|定义|步骤|流程"
)


def subject_governs(case: Case) -> Iterator[str]:
    """Find an answer taken from a clause of the quote that begins with another name than the question's."""
    clause = "" if case.claim.text else _clause_of(case)
    lead = _LEADS.match(clause) or _LEADS_HAN.match(clause)
    if not lead:
        return
    name, card = lead["name"], key(f"{case.question.text}{case.statement.text}")
    if key(name) in card or key(name) in ("", "a", "q"):
        return
    asked = {each.casefold() for each in name_words(case.question.text)}
    is_other = _is_other_name if name.isascii() else _is_other_term
    if is_other(name, clause, asked, card, case):
        yield f"the quote says it of {name}"


def _is_other_name(name: str, clause: str, asked: set[str], card: str, case: Case) -> bool:
    """Tell whether a Latin name is nobody whom the card names: not in part, and some name of the question is not the quote's."""
    if any(key(part) in card for part in re.split(r"[\s-]", name) if len(part) > 1):
        return False
    is_here = any(each in clause.casefold() for each in asked)
    return not is_here or any(each not in case.quote.text.casefold() for each in asked)


def _is_other_term(name: str, clause: str, asked: set[str], card: str, case: Case) -> bool:
    """Tell whether a Chinese term is nothing that the card names: a clause that begins with a word of role names nobody."""
    subject = key(case.claim.subject)
    is_here = any(each in clause.casefold() for each in asked) or bool(subject and subject in key(clause))
    return not is_here and not _NO_NAME.search(name) and _share(name, card) < 0.5


def _share(name: str, text: str) -> float:
    pairs = [name[at : at + 2] for at in range(len(name) - 1)]
    return sum(pair in text for pair in pairs) / max(1, len(pairs))


def _clause_of(case: Case) -> str:
    """Return the clause of the quote that the answer is taken from, with what leads its sentence."""
    answer = content(case.answer.text)
    best, most = "", 0.0
    for sentence in sentences(case.quote.text):
        parts = [part for part in re.split(r"[,，]", sentence) if part.strip()]
        lead = ""
        for part in parts:
            if _LEADS.match(part) or _LEADS_HAN.match(part) or not lead:
                lead = part
            share = len(answer & content(part))
            if share > most:
                best, most = (lead if lead is part else f"{lead},{part}"), share
    return best if most >= max(1, 0.3 * len(answer)) else ""


_ONLY_BESIDE = r"(?:比|相比|不如|优于|劣于|than|unlike|compared (?:to|with)|\()\s*"


_COMPARES = re.compile(
    r"比|相较|不如|优于|劣于|不同|区别|than|compare|unlike|versus|\bvs\b|更|差别", re.IGNORECASE
)


def subject_is_no_measure(case: Case) -> Iterator[str]:
    """Find a question about a name that the quote has only to compare with: 比 A 快 says nothing of A alone."""
    quote = case.quote.text
    names = [name for name in dict.fromkeys(name_words(case.question.text)) if name in quote]
    if len(names) != 1 or _COMPARES.search(f"{case.question.text}{case.answer.text}") or case.claim.text:
        return
    name = re.escape(_whole(names[0], case.question.text, quote))
    alone = len(re.findall(name, quote))
    beside = len(re.findall(rf"{_ONLY_BESIDE}{name}", quote, re.IGNORECASE))
    if alone and alone == beside:
        yield f"the quote only compares with {names[0]}"


def _whole(name: str, question: str, quote: str) -> str:
    """Return a name with the words before it that question and quote both have there."""
    found = re.search(rf"(?:[A-Z][\w-]*\s)+{re.escape(name)}", question)
    return found.group() if found and found.group() in quote else name


# Cause and effect.
