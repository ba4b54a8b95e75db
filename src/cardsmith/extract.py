"""From excerpts to ranked candidates: run the rules, filter with reasons, keep one card a fact."""

import re
from collections.abc import Iterable, Iterator

from cardsmith.model import Candidate, Excerpt, Extraction, Rejected
from cardsmith.rules import RULES, Draft, Rule
from cardsmith.segment import Document, segment
from cardsmith.splice import representable
from cardsmith.text import HOLE, OPEN, in_chinese_typography, key

MAX_QUOTE = 400
"""Characters; a longer quote is a paragraph, not evidence."""
MAX_ANSWER = 220
"""Characters of an answer; editors shorten to 120."""

_CHATTER = re.compile(r"TODO|敬请期待|欢迎(?:关注|点赞)|点个赞|大家都|知乎|公众号|思路很赞")
_ELSEWHERE = re.compile(
    r"如[上下]?图|[上下]图|下表|上表|如图|见图|图\s?\d|表\s?\d|后文|前文|前面讲到|后续章节|下一节|上一节"
)
_STAND_IN = re.compile(r"^(?:这|该|此|它|其中|其(?!他)|他们|她)")


def extract(excerpt: Excerpt, rules: Iterable[Rule] = RULES) -> Extraction:
    """Return what the rules propose for an excerpt, best first, and what was dropped, with reasons."""
    document = segment(excerpt)
    kept: list[Candidate] = []
    rejected: list[Rejected] = []
    for rule in rules:
        for draft in rule.find(document):
            candidate = _candidate(document, rule, draft)
            reason = _first_fault(document, candidate, kept)
            if reason:
                rejected.append(Rejected(candidate, reason))
            else:
                kept.append(candidate)
    kept.sort(key=lambda c: (c.span.start, c.span.end, c.rule))
    return Extraction(excerpt, tuple(kept), tuple(rejected))


def extract_all(excerpts: Iterable[Excerpt]) -> Iterator[Extraction]:
    """Extract from each excerpt, in order."""
    return map(extract, excerpts)


def _candidate(document: Document, rule: Rule, draft: Draft) -> Candidate:
    def shaped(text: str) -> str:
        return in_chinese_typography(text) if document.is_chinese else text

    return Candidate(
        excerpt=document.excerpt.id,
        kind=draft.kind,
        term=draft.term,
        span=draft.span,
        quote=document.quote(draft.span),
        rule=rule.name,
        anchor=draft.anchor,
        front=shaped(draft.front),
        back=draft.back if draft.kind == "formula" else shaped(draft.back),
        text=shaped(draft.text),
        aliases=tuple(alias for alias in draft.aliases if key(alias) != key(draft.term)),
        where=draft.where,
        score=draft.score,
        flags=draft.flags,
    )


def _first_fault(document: Document, candidate: Candidate, kept: list[Candidate]) -> str | None:
    """Return the code of the first filter that drops a candidate, or None."""
    shadow = document.shadow[candidate.span.start : candidate.span.end]
    answer = candidate.back or candidate.text
    checks = (
        ("placeholder", HOLE in shadow),
        ("truncated", OPEN in shadow),
        ("unrepresentable", not all(map(representable, (candidate.quote, candidate.front or "x", answer)))),
        ("quote-too-long", len(candidate.quote) > MAX_QUOTE),
        ("answer-too-long", len(answer) > MAX_ANSWER),
        ("chatter", _CHATTER.search(candidate.quote)),
        ("cross-reference", _ELSEWHERE.search(answer)),
        ("pronoun-subject", _STAND_IN.match(answer) and candidate.kind != "formula"),
        (
            "answer-in-question",
            candidate.front and len(key(answer)) > 2 and key(answer) in key(candidate.front),
        ),
        ("duplicate", any(_same_fact(candidate, other) for other in kept)),
    )
    return next((code for code, is_faulty in checks if is_faulty), None)


def _same_fact(one: Candidate, other: Candidate) -> bool:
    """Tell whether two candidates of one excerpt would be the same card."""
    if one.kind == other.kind and one.anchor == other.anchor:
        return True
    if "formula" in (one.kind, other.kind):
        return False
    if one.kind == other.kind == "definition" and key(one.term) == key(other.term):
        return True
    return one.kind == other.kind and one.span.overlap(other.span) > 0.6
