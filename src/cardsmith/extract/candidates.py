"""From excerpts to ranked candidates: run the rules, filter with reasons, keep one card a fact."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from cardsmith.authoring import Authored
from cardsmith.extract.authored import find_authored
from cardsmith.extract.illustrations import illustrated
from cardsmith.extract.rules import RULES, Draft, Rule, statement
from cardsmith.model import Candidate, Excerpt, Extraction, Rejected, Span
from cardsmith.sources.document import Document
from cardsmith.sources.segments import segment
from cardsmith.text.characters import representable
from cardsmith.text.latex import find_formulas
from cardsmith.text.lexicon import BEFORE_ANSWER, one_of
from cardsmith.text.raw import raw_mark
from cardsmith.text.shadow import HOLE, INSIDE, OPEN, holds_formula, in_chinese_typography, key
from cardsmith.text.traditional import simplified

MAX_QUOTE = 400
"""Characters; a longer quote is a paragraph, not evidence: the longest of 3,044 annotated ones has 349."""
MAX_RATIO = 2.5
"""Of the lengths of two quotes of which one holds the other, up to which they are one fact: the scorer's ratio.

At 1.5 or 4 the F1 of the training sets is .001 higher or lower.
"""
MAX_ANSWER = 220
"""Characters of an answer; editors shorten to 120. Of 3,044 annotated answers 99.8 % are shorter, of 547 kept ones 99 %."""
SAME_PLACE = 0.6
"""IoU of two quotes above which two cards of one kind are one fact; .4 or .8 change 3 cards of 2,949."""
SAME_STATEMENT = 0.5
"""The same when the model chose one of the two, whatever the kinds: the scorer's IoU. .25 or .75: F1 falls by .001."""
NEAR = 200
"""Characters before a card's quote from which its term is looked up."""
_PRIVATE = re.compile(r"[\ue000-\uf8ff\x1e\x1f]")
_CHATTER = re.compile(r"TODO|敬请期待|欢迎(?:关注|点赞)|点个赞|大家都|知乎|公众号|思路很赞")
_ELSEWHERE = re.compile(
    r"如[上下]?图|[上下]图|下表|上表|如图|见图|图\s?\d|表\s?\d|后文|前文|前面讲到|后续章节|下一节|上一节"
)
_STAND_IN = re.compile(one_of(BEFORE_ANSWER))


DEFAULT = Authored()
"""How authors write cards where a project does not say."""


def extract(excerpt: Excerpt, rules: Iterable[Rule] = RULES, authored: Authored = DEFAULT) -> Extraction:
    """Return what an excerpt's author wrote as cards and what the rules propose, in its order, and what was dropped, with reasons.

    From the lines of an author's card no rule proposes. A note is read section by section; the places are those in the note.
    """
    if not excerpt.sections:
        return _extract(excerpt, rules, authored)
    return together(
        [(start, _extract(section, rules, authored)) for start, section in excerpt.sections], excerpt
    )


def together(parts: Iterable[tuple[int, Extraction]], whole: Excerpt) -> Extraction:
    """Return what was extracted of pieces of a text, each with where it starts there, as of the whole."""

    def moved(candidate: Candidate, start: int) -> Candidate:
        def there(span: Span) -> Span:
            return Span(span.start + start, span.end + start)

        pictures = tuple(picture._replace(span=there(picture.span)) for picture in candidate.pictures)
        return replace(candidate, excerpt=whole.id, span=there(candidate.span), pictures=pictures)

    parts = list(parts)
    return Extraction(
        whole,
        tuple(moved(candidate, start) for start, part in parts for candidate in part.candidates),
        tuple(
            Rejected(moved(dropped.candidate, start), dropped.reason)
            for start, part in parts
            for dropped in part.rejected
        ),
    )


def _extract(excerpt: Excerpt, rules: Iterable[Rule], authored: Authored) -> Extraction:
    document = segment(excerpt)
    kept = _Kept()
    cards, rejected, taken = find_authored(excerpt, authored)
    for card in cards:
        kept.add(card)
    for rule in rules:
        for draft in rule.find(document):
            candidate = _candidate(document, rule, draft)
            is_taken = bool(taken) and _touches(taken, candidate.span)
            reason = "authored" if is_taken else _first_fault(document, candidate, kept)
            if reason:
                rejected.append(Rejected(candidate, reason))
            else:
                kept.add(candidate)
    candidates = sorted(kept.candidates, key=lambda c: (c.span.start, c.span.end, c.rule))
    candidates = illustrated(document, candidates)
    return Extraction(excerpt, tuple(candidates), tuple(rejected))


def extract_all(
    excerpts: Iterable[Excerpt],
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    authored: Authored = DEFAULT,
) -> list[Extraction]:
    """Extract from each excerpt on its own, in order, in as many processes as there are jobs.

    ``progress`` is told how many are done, and of how many.
    """
    waiting = list(excerpts)
    one = partial(extract, authored=authored)
    if jobs < 2 or len(waiting) < 2:
        return _told(map(one, waiting), len(waiting), progress)
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs) as workers:
        found = workers.map(one, waiting, chunksize=max(1, len(waiting) // (4 * jobs)))
        return _told(found, len(waiting), progress)


def _told(
    found: Iterable[Extraction], count: int, progress: Callable[[int, int], None] | None
) -> list[Extraction]:
    done = []
    for extraction in found:
        done.append(extraction)
        if progress:
            progress(len(done), count)
    return done


def _touches(taken: Sequence[Span], span: Span) -> bool:
    """Tell whether a stretch shares a character with lines that are taken, which are in order."""
    at = bisect_right(taken, span.end - 1, key=lambda line: line.start) - 1
    return at >= 0 and taken[at].end > span.start


def _candidate(document: Document, rule: Rule, draft: Draft) -> Candidate:
    def written(text: str) -> str:
        return document.as_written(document.with_code(text, draft.span), draft.span)

    def shaped(text: str) -> str:
        return in_chinese_typography(written(text)) if text and document.is_chinese else written(text)

    return Candidate(
        excerpt=document.excerpt.id,
        kind=draft.kind,
        term=written(_term(document, draft)),
        span=draft.span,
        quote=document.quote(draft.span),
        rule=rule.name,
        anchor=draft.anchor,
        front=shaped(draft.front),
        back=written(draft.back) if draft.kind == "formula" else shaped(draft.back),
        text=shaped(draft.text),
        aliases=tuple(map(written, (a for a in draft.aliases if key(a) != key(draft.term.text)))),
        where=tuple((symbol, written(meaning)) for symbol, meaning in draft.where),
        headings=document.excerpt.headings,
        score=draft.score,
        flags=draft.flags,
    )


def _term(document: Document, draft: Draft) -> str:
    """Return a card's term, one with a formula looked up near its quote although its own place is known.

    In the gold sets the lookup finds another place once: a longer formula earlier in the text whose shadow begins
    with the term's, out of which it cuts half a formula. Where it finds none, the candidate is dropped.
    """
    term = draft.term.text
    at = document.shadow.find(term, max(0, draft.span.start - NEAR)) if holds_formula(term) else -1
    return document.prose(at, at + len(term)) if at >= 0 else term


def _first_fault(document: Document, candidate: Candidate, kept: "_Kept") -> str | None:
    """Return the code of the first filter that drops a candidate, or None."""
    return next(_faults(document, candidate, kept), None)


def _faults(document: Document, candidate: Candidate, kept: "_Kept") -> Iterator[str]:
    shadow = document.shadow[candidate.span.start : candidate.span.end]
    front, answer = map(simplified, (candidate.front, candidate.back or candidate.text))
    if HOLE in shadow:
        yield "placeholder"
    if OPEN in shadow:
        yield "truncated"
    if shadow[:1] == INSIDE or document.shadow.startswith(INSIDE, candidate.span.end):
        yield "cut-formula"
    if front.count("`") % 2 or answer.count("`") % 2:
        yield "cut-code"
    if any(map(_breaks_off, (front, answer))):
        yield "cut-formula"
    symbols = tuple(part for pair in candidate.where for part in pair)
    shown = (candidate.term, *candidate.aliases, front, answer, *symbols)
    if not all(map(representable, (candidate.quote, front or "x", answer, *symbols))) or any(
        map(_PRIVATE.search, shown)
    ):
        yield "unrepresentable"
    if "::" in shadow or any(map(raw_mark, (front, answer, *symbols))):
        yield "raw-mark"
    if len(candidate.quote) > MAX_QUOTE:
        yield "quote-too-long"
    if len(answer) > MAX_ANSWER:
        yield "answer-too-long"
    if _CHATTER.search(simplified(candidate.quote)):
        yield "chatter"
    if _ELSEWHERE.search(answer):
        yield "cross-reference"
    if _STAND_IN.match(answer) and candidate.kind != "formula":
        yield "pronoun-subject"
    if len(key(answer)) > 2 and key(answer) in key(front):
        yield "answer-in-question"
    if candidate.rule == statement.RULE.name and candidate.score < statement.THRESHOLD:
        yield "not-worth"
    if kept.has(candidate):
        yield "duplicate"


def _breaks_off(shown: str) -> bool:
    r"""Tell whether a text ends inside a formula; only ``\(`` and ``\[`` can stay open."""
    may = r"\(" in shown or r"\[" in shown
    return may and any(formula.kind == "open" for formula in find_formulas(shown))


class _Kept:
    """The candidates kept so far, found again by fact and by place without looking at all of them."""

    def __init__(self) -> None:
        self.candidates: list[Candidate] = []
        self._facts: set[tuple[str, str]] = set()
        self._places: dict[int, list[Candidate]] = {}

    def add(self, candidate: Candidate) -> None:
        """Keep a candidate."""
        self.candidates.append(candidate)
        self._facts |= _facts(candidate)
        for block in _blocks(candidate.span):
            self._places.setdefault(block, []).append(candidate)

    def has(self, candidate: Candidate) -> bool:
        """Tell whether a candidate would be the same card as one that is kept."""
        if self._facts & _facts(candidate):
            return True
        near = {
            id(other): other for block in _blocks(candidate.span) for other in self._places.get(block, ())
        }
        return any(_on_one_stretch(candidate, other) for other in near.values())


def _facts(candidate: Candidate) -> set[tuple[str, str]]:
    """Return the keys under which two candidates of one excerpt are one fact: its anchor, and a defined term."""
    facts: set[tuple[str, str]] = {(candidate.kind, candidate.anchor)}
    return facts | {("term", key(candidate.term))} if candidate.kind == "definition" else facts


def _blocks(span: Span) -> range:
    return range(span.start // MAX_QUOTE, span.end // MAX_QUOTE + 1)


def _on_one_stretch(one: Candidate, other: Candidate) -> bool:
    overlap = one.span.overlap(other.span)
    if "formula" in (one.kind, other.kind):
        return statement.RULE.name in (one.rule, other.rule) and overlap > SAME_STATEMENT
    if overlap > SAME_PLACE and one.kind == other.kind:
        return True
    return statement.RULE.name in (one.rule, other.rule) and (
        overlap > SAME_STATEMENT or _says_more(one.span, other.span)
    )


def _says_more(one: Span, other: Span) -> bool:
    """Tell whether one span holds the other and little else: both cards would ask for one fact."""
    short, long = sorted((one, other), key=lambda span: span.end - span.start)
    return long.holds(short) and long.end - long.start <= MAX_RATIO * (short.end - short.start)
