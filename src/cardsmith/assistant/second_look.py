"""A second, blind look at a card: somebody who sees only the notes and the question answers it, and code compares.

What the verifier cannot see are mostly pairs, subjects and causes put the wrong way round: whoever reads the notes anew
seldom makes the same mistake about the same question.
"""

import re

from cardsmith.text.clozes import read_clozes, without_deletions
from cardsmith.verify.claim import Claim
from cardsmith.verify.signs import NEGATION, Said, content, formula_key, said

GAP = "____"
SAME = 0.5
"""Share of an answer's signs that the other one has, at least."""


def question_of(claim: Claim) -> str:
    """Return what is asked: the front, or a cloze's sentence with gaps; one line."""
    text = without_deletions(claim.text, GAP) if claim.text else claim.front
    return " ".join(text.split())


def disagreement(claim: Claim, answer: str) -> str:
    """Return how a blind answer contradicts a card; empty when it says the same, shortly or at length."""
    if not answer.strip():
        return "the second look finds no answer in the notes"
    mine, asked = said(_answer_of(claim)), said(question_of(claim))
    yours = said(answer)
    known = {number.value for number in (*yours.numbers, *asked.numbers)}
    is_same = (
        all(number.value in known for number in mine.numbers)
        and all(_holds(yours, formula) for formula in mine.formulas)
        and _denies(mine) == _denies(yours)
        and _share(mine, yours) >= SAME
    )
    return "" if is_same else f"the second look answers: {' '.join(answer.split())[:80]}"


def _denies(text: Said) -> bool:
    return bool(NEGATION.search(text.text)) or "无关" in text.text


def _answer_of(claim: Claim) -> str:
    if claim.text:
        return " ; ".join(deletion.answer for deletion in read_clozes(claim.text).deletions)
    return claim.back


def _holds(text: Said, formula: str) -> bool:
    whole = formula_key(" ".join((*text.formulas, text.text)))
    return re.sub(r"\s", "", formula) in re.sub(r"\s", "", whole)


def _share(one: Said, other: Said) -> float:
    """Return the share of the shorter answer's signs that the longer one has, if those are a third of the first's; else 0.

    Answers of nothing but grammar share all or nothing.
    """
    mine, yours = (content(text.text) for text in (one, other))
    if not mine or not yours:
        return float(one.key == other.key or bool(one.formulas and other.formulas))
    both = len(mine & yours)
    return both / min(len(mine), len(yours)) if 3 * both >= len(mine) else 0.0
