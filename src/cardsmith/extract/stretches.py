"""Stretches: runs of whole clauses of one sentence, each of which could be a card's evidence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.sources.segments import clauses
from cardsmith.text.shadow import INSIDE

MIN_CHARACTERS, MAX_CHARACTERS = 8, 220
"""Of a stretch, without its formulas' insides: shorter says nothing, longer is no evidence."""
MAX_CLAUSES = 6

_LEAD = re.compile(
    r"(?:因此|所以|但是|但|然而|不过|而且|并且|另外|此外|其中|首先|其次|再次|最后|然后|接着|总之|总的来说|简单来说|具体来说|具体地说|具体地|换句话说|"
    r"也就是说|事实上|实际上|一般来说|一般地|那么|那|例如|比如|同时|当然|注意|请注意|可以看出|可以发现|我们知道|众所周知|换言之|形式上|形式化地|"
    r"(?:However|Therefore|Thus|Hence|So|But|And|Then|Moreover|Furthermore|In fact|Note that|Also|Finally|First|Second)\b)[ ,]*"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of clauses of one sentence that could be a card's evidence."""

    sentence: int
    """Index in the document's sentences."""
    span: Span
    first: bool
    """It begins where its sentence begins."""
    last: bool
    """It ends where its sentence ends."""
    clauses: int


def stretches(document: Document) -> Iterator[Stretch]:
    """Yield each run of whole clauses in each sentence that is no question, connectives taken off its front."""
    for number, sentence in enumerate(document.sentences):
        if sentence.is_question:
            continue
        parts = clauses(sentence)
        for begin in range(len(parts)):
            for end in range(begin, min(len(parts), begin + MAX_CLAUSES)):
                span = _edged(document, parts[begin].start, parts[end].end)
                length = len(document.shadow[span.start : span.end].replace(INSIDE, ""))
                if length > MAX_CHARACTERS:
                    break
                if length >= MIN_CHARACTERS:
                    yield Stretch(number, span, begin == 0, end == len(parts) - 1, end - begin + 1)


def stretch_at(document: Document, span: Span) -> Stretch:
    """Return the stretch that a rule's evidence is, for the model to judge."""
    number = document.sentence_at(span.start)
    sentence = document.sentences[number]
    first, last = span.start <= sentence.span.start, span.end >= sentence.span.end - 1
    return Stretch(number, span, first, last, 1)


def _edged(document: Document, start: int, end: int) -> Span:
    part = document.shadow[start:end]
    start += len(part) - len(part.lstrip(" ,:\x1e\x1f\n"))
    lead = _LEAD.match(document.shadow, start, end)
    if lead:
        start = lead.end()
    end = start + len(document.shadow[start:end].rstrip(" 。;,.:!\x1e\x1f\n"))
    return Span(start, max(start, end))
