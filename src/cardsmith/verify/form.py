"""What ``cardsmith check`` says of any card, asked of a claim: there advice, here a refusal, for nobody has to be kind."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from cardsmith.anki.structure import fault_of
from cardsmith.checks.table import CARD_CHECKS, Context
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import Project
from cardsmith.decks.strict_yaml import Mark
from cardsmith.model import Card
from cardsmith.text.shadow import key
from cardsmith.text.traditional import simplified
from cardsmith.topics import Topics
from cardsmith.verify.claim import Claim, Remark

ASKED = frozenset(
    {
        "too-long", "text-eaten", "math", "math-placeholder", "math-macro", "math-unsafe", "math-dollar", "math-comment",
        "formula-notation", "cloze-none", "cloze-form", "cloze-braces", "cloze-colons", "cloze-gap", "cloze-gloss",
        "answer-long", "answer-cut", "answer-shown", "many-facts", "list-long", "no-subject", "pronoun", "yes-no", "undated",
        "example-only", "trivia",
    }
)  # fmt: skip
"""Codes of the checks that need nothing but the card; ``docs/checks.md`` has a section for each."""

_PLACE = Mark(1, 1)
_DECK = Deck("", "", None, "", None, (), {}, 0)
_SHOWS_MATH = frozenset({"math", "front", "text", "formula"})


def remarks(claim: Claim) -> Iterator[Remark]:
    """Yield what the checks of a card find in a claim that has one shape, read in simplified characters."""
    try:
        card = _card(claim)
    except ValidationError as error:
        for fault in error.errors():
            yield Remark("shape", f"{'.'.join(map(str, fault['loc'])) or 'the card'}: {fault['msg']}")
        return
    entry = Entry(card, _PLACE, {}, 0, 0, {}, tuple(card.texts()))
    has = {"", "text" if card.is_cloze else "front", card.kind, "math"}
    for check in CARD_CHECKS:
        if check.code in ASKED and check.only in has and not _is_excused(check.code, claim):
            for finding in check.find(_DECK, entry, _context()):
                yield Remark(check.code, f"{finding.field}: {finding.message}")


_EITHER = re.compile(r"还是|哪|\bor\b|\bwhich\b", re.IGNORECASE)
_ENDS_IN_OF = re.compile(r"的[)）]?\s*$")
_NEWEST = re.compile(r"最新(?:的)?(?=值|一|版本|状态|数据|样本|特征|参数|块|消息|权重)")


def _is_excused(code: str, claim: Claim) -> bool:
    """Tell whether a check misfires: an answer that is one of two sides, a 的 that ends the quote's own clause, 最新值."""
    if code == "answer-shown":
        return _EITHER.search(claim.front) is not None
    if code == "answer-cut" and _ENDS_IN_OF.search(claim.back):
        end = key(claim.back)[-4:]
        return any(key(part).endswith(end) for part in re.split(r"[,，。;；、)）(（\n]", claim.quote) if part)
    return code == "undated" and all(
        _NEWEST.match(text, found.start())
        for text in (claim.front, claim.back, claim.text)
        for found in re.finditer("最", text)
    )


def _card(claim: Claim) -> Card:
    shown = {name: simplified(value) for name in ("front", "back", "text") if (value := getattr(claim, name))}
    where = {simplified(symbol): simplified(meaning) for symbol, meaning in claim.where}
    return Card.model_validate({"id": "card", "kind": claim.kind, "where": where, **shown})


@lru_cache(maxsize=1)
def _context() -> Context:
    return Context(Project(Path(), Topics(topics={}), ()), {}, {}, fault_of)
