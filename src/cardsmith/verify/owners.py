"""Whose predicate the answer is: a quote that speaks of several things is cut into what it says of each.

The owner of a stretch is the name with which a clause begins, or the label before its colon; it owns what follows until the
next. An answer taken from one owner's stretch cannot be asked of another.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cardsmith.text.shadow import key
from cardsmith.verify.case import Case
from cardsmith.verify.signs import FORMULA, STOP, content

MOST_OF_IT = 0.5
"""Of what an answer says: with so much in one owner's stretch it is that one's."""
AS_MUCH = 0.6
"""Of that, in the stretch of whom the question asks about: then it may be his as well."""

_CLAUSE = re.compile(
    r"(?P<mark>[,，;；。!？?\n|→()]|(?<=[A-Za-z\d)])\.\s|(?:而(?!且|言)|但是?|\bwhile\b|\bwhereas\b|\bbut\b))",
    re.IGNORECASE,
)
_LEADING = r"^\W{0,12}(?:(?:\d{1,2}[.)]|但是?|而|其中|因为|由于|所以|因此|故|可|在|对于?|若|如果|当|换成|注意|即使|不过|这时|此时|一边说|(?:we|however|for|in|if|when|the|an?)\b)\s{0,3}){0,4}"
_LATIN = re.compile(
    rf"{_LEADING}(?P<name>[A-Za-z][A-Za-z0-9.+#-]*(?:\s[A-Z0-9][A-Za-z0-9.+-]*)*|{FORMULA}.)", re.IGNORECASE
)
_LABEL = re.compile(rf"{_LEADING}(?P<name>[^,，:：;；。∎]{{1,16}}?)\s*[:：]")
_ROW = re.compile(r"^\s*\|\s*([^|\n]+?)\s*\|(.*)$", re.MULTILINE)


class Stretch(NamedTuple):
    """What a quote says of one thing."""

    owner: str
    text: str


def stretches(quote: str) -> list[Stretch]:
    """Return what folded prose says of each thing, in order; what stands before the first owner has none."""
    found: list[Stretch] = []
    owner, parts = "", [""]
    for clause, mark in _clauses(_ROW.sub(lambda row: f"{row[1]}: {row[2].replace('|', ' ')}", quote)):
        begins = _owner(clause, mark)
        if begins and key(begins) != key(owner):
            found.append(Stretch(owner, " ".join(parts)))
            owner, parts = begins, []
        parts.append(clause)
    found.append(Stretch(owner, " ".join(parts)))
    return [stretch for stretch in found if stretch.text.strip()]


def _clauses(quote: str) -> Iterator[tuple[str, str]]:
    at = 0
    for mark in _CLAUSE.finditer(quote):
        if quote[at : mark.start()].strip():
            yield quote[at : mark.start()], mark.group()
        at = mark.end()
    if quote[at:].strip():
        yield quote[at:], ""


def _owner(clause: str, mark: str) -> str:
    """Return with whom a clause begins; empty when it goes on about the one before."""
    if label := _LABEL.match(clause):
        return label["name"].strip()
    latin = _LATIN.match(clause)
    if latin and latin["name"].casefold() not in STOP and not _is_whole(latin, clause, mark):
        return latin["name"].strip()
    if mark == "→" and len(clause.strip()) <= 24:
        return clause.strip()
    return ""


def _is_whole(found: re.Match[str], clause: str, mark: str) -> bool:
    """Tell whether a clause is nothing but the name, as in a list."""
    return not clause[found.end() :].strip() and mark != "|"


def answer_is_the_owners(case: Case) -> Iterator[str]:
    """Find an answer that the quote gives of another thing than the one that is asked about."""
    if case.claim.text or len(case.items) > 1:
        return
    found = stretches(case.quote.text)
    if len(found) < 2:
        return
    asked, card = case.question.text.casefold(), f"{case.question.text}\n{case.statement.text}"
    answer = content(case.answer.text) - content(case.question.text)
    shares = [(len(answer & content(stretch.text)), stretch) for stretch in found]
    most, best = max(shares, key=lambda share: share[0])
    if not best.owner or most < max(1, MOST_OF_IT * len(answer)) or _names(best.owner, card):
        return
    others = [(share, stretch) for share, stretch in shares if stretch.owner and _names(stretch.owner, asked)]
    if not others or any(share > AS_MUCH * most for share, _ in others):
        return
    if any(_names(stretch.owner, best.text) for _, stretch in others):
        return
    yield f"the quote says it of {best.owner}, not of {others[0][1].owner}"


def _names(owner: str, text: str) -> bool:
    """Tell whether a text names an owner; a Latin one with no letter beside it, and nothing longer that begins so."""
    if owner.isascii():
        return (
            re.search(rf"(?<![A-Za-z0-9]){re.escape(owner)}(?![A-Za-z0-9])", text, re.IGNORECASE) is not None
        )
    return key(owner) in key(text) if key(owner) else owner in text
