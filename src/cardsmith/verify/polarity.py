"""Whether the card says yes where the quote does: directions, negations, strength; hedges and restrictions are noted."""

import re
from collections.abc import Iterator
from itertools import islice

from cardsmith.verify.case import Case
from cardsmith.verify.signs import (
    HEDGE,
    NEGATION,
    STRONG,
    clauses,
    grams,
    has_word,
    opposites,
    said,
    stem,
)

MOST = 24
"""Negations of one quote that are looked at: no quote has so many."""


def directions_are_kept(case: Case) -> Iterator[str]:
    """Find a word such as 增大 or higher where the quote has only its opposite, in the answer or the question."""
    proof, wide = case.proof.text, f"{case.proof.text}\n{case.headings.text}"
    for where, text, pool in (
        ("the answer", case.statement.text, wide),
        ("the question", case.question.text, f"{wide}\n{case.near.text}"),
    ):
        for one, other in _turned(text, pool, proof):
            yield f"{where} says {one}, the quote {other}"
            break


def _turned(text: str, pool: str, proof: str) -> Iterator[tuple[str, str]]:
    for pair in opposites():
        for one, other in (pair, pair[::-1]):
            is_turned = has_word(one, text) and not has_word(one, pool) and has_word(other, proof)
            if is_turned and _is_alone(one, text) and _is_alone(other, proof):
                yield one, other


def _is_alone(word: str, text: str) -> bool:
    """Tell whether a single Han stands as a word and not inside 大小 or 多少, where both sides are named."""
    return len(word) > 1 or re.search(rf"{word}(?![小少低慢弱差浅窄薄旧假负列尾短度])", text) is not None


def negations_are_kept(case: Case) -> Iterator[str]:
    """Find a negation that the answer adds or that it drops: what the quote denies is not asserted, nor the reverse."""
    proof, answer, question = case.proof.text, case.statement.text, case.question.text
    if (added := NEGATION.search(answer)) and not NEGATION.search(f"{proof}\n{case.listed.text}"):
        yield f"the answer denies ({added.group()}), the quote does not"
        return
    if (
        not case.claim.text
        and (added := NEGATION.search(question))
        and not NEGATION.search(f"{proof} {case.near.text} {case.headings.text} {answer}")
    ):
        yield f"the question denies ({added.group()}), the notes do not"
        return
    if _DENIAL_IS_ASKED.search(question):
        return
    for denied, word in dict.fromkeys(islice(_denied(proof), MOST)):
        for where, text, besides in (("answer", answer, question), ("question", question, answer)):
            if _asserted(word, text) > _asserted(word, proof):
                if where == "question" and (NEGATION.search(text) or NEGATION.search(besides)):
                    continue
                yield f"the quote says {denied}{word}, the {where} {word}"
                return
    for word in dict.fromkeys(_DENIED_ONE.findall(proof)[:MOST]):
        if re.search(
            rf"(?:会|有|很|能|可|要|就|都|仍|还|是){word}(?![\u3400-\u9fff])", answer
        ) and not _asserted(word, proof):
            yield f"the quote denies {word}, the answer does not"
            return
    yield from _lost(case)


_DENIAL_IS_ASKED = re.compile(r"(?:不|没|无)[^,，;；]{0,3}什么|\bwhat\b[^?]*(?:\bnot\b|n't)", re.IGNORECASE)


_DENIED_ONE = re.compile(r"(?:不|没|无)([\u3400-\u9fff])(?![\u3400-\u9fff])")


_DENIES_NEXT = re.compile(
    r"\s*(?:会|能|可以?|再|要|需要?|必|是|应该?|得|被|太|算)?\s*([\u3400-\u9fff]{2,3}|[A-Za-z]{3,}(?:\s[A-Za-z]+)?)"
)


def _denied(text: str) -> Iterator[tuple[str, str]]:
    """Yield each negation of a text and the word that it denies."""
    for found in NEGATION.finditer(text):
        if behind := _DENIES_NEXT.match(text, found.end()):
            yield found.group(), behind.group(1)


def _asserted(word: str, text: str) -> int:
    """Return how often a word stands in a text with no negation right before it."""
    reach = 14 if word.isascii() else 5
    return sum(
        not NEGATION.search(re.split(r"[,，。;；]", text[max(0, found.start() - reach) : found.start()])[-1])
        for found in re.finditer(re.escape(word), text, re.IGNORECASE)
    )


def _lost(case: Case) -> Iterator[str]:
    """Find an answer that is taken from behind a negation without it."""
    asked = re.sub(r"不同|不仅|不只|区别", "", case.question.text)
    if NEGATION.search(asked) or NEGATION.search(case.statement.text):
        return
    parts = clauses(case.quote.text)
    denied = [part for part in parts if NEGATION.search(part)][:MOST]
    plain = frozenset().union(*(_signs(part) for part in parts if not NEGATION.search(part)))
    for clause in clauses(case.answer.text):
        signs = _signs(clause)
        for part in denied:
            found = NEGATION.search(part)
            assert found is not None  # noqa: S101 - it was searched above
            behind = _signs(part[found.end() :])
            ahead = _signs(part[: found.start()])
            taken = {sign for sign in signs & behind if sign not in plain and sign not in ahead}
            if len(signs) >= 1 and len(taken) >= 2 and len(taken) >= 0.6 * len(signs):
                yield f"the quote says {part.strip()[:30]}, the answer drops {found.group()}"
                return


def _signs(text: str) -> frozenset[str]:
    words = {stem(word) for word in said(text).words}
    return grams(text) | words


def nothing_is_strengthened(case: Case) -> Iterator[str]:
    """Find 必须, 所有, always or only where the notes do not say so."""
    known = f"{case.proof.text}\n{case.headings.text}"
    for word in STRONG:
        if (
            has_word(word, case.statement.text)
            and not has_word(word, known)
            and not _says_the_same(word, known)
        ):
            yield f"{word}: the notes do not say so"
            return


_SAME = (
    {"所有", "全部", "任何", "每", "各", "都", "全", "任意", "一切"}, {"必须", "一定", "必然", "肯定", "务必", "必", "需要", "只能", "要"},
    {"总是", "永远", "一直", "始终", "总", "always"}, {"唯一", "只有", "仅"}, {"完全", "全", "彻底"}, {"绝对", "肯定"},
    {"all", "every", "each", "any", "entire", "whole", "always"}, {"must", "has to", "have to", "need", "needs", "required", "should", "cannot", "can't"},
    {"only", "just", "solely", "single", "nothing", "merely", "no"}, {"never", "not", "no", "won't", "can't", "don't"}, {"completely", "fully", "entirely"},
)  # fmt: skip


def _says_the_same(word: str, text: str) -> bool:
    return any(word in group and any(has_word(other, text) for other in group) for group in _SAME)


def hedges_are_kept(case: Case) -> Iterator[str]:
    """Note a 通常 or may of the quote that the card leaves out."""
    hedge = HEDGE.search(case.quote.text)
    if hedge and not HEDGE.search(f"{case.question.text}\n{case.statement.text}"):
        yield hedge.group()


def restrictions_are_kept(case: Case) -> Iterator[str]:
    """Note a 只 or only of the quote that the card leaves out."""
    found = re.search(r"只(?!要|是)|仅|\bonly\b", case.quote.text, re.IGNORECASE)
    if found and not re.search(
        r"只|仅|\bonly\b|\bjust\b", f"{case.question.text}\n{case.statement.text}", re.IGNORECASE
    ):
        yield found.group()
