"""A claim beside what was seen: where its quote stands, and which text may prove which part of the card."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from cardsmith.model import Excerpt, Section, Span
from cardsmith.sources.document import Document
from cardsmith.sources.segments import segment
from cardsmith.text.clozes import read_clozes, without_deletions
from cardsmith.text.shadow import INVISIBLE
from cardsmith.verify.claim import Claim
from cardsmith.verify.signs import Said, folded, said

BEFORE, BEHIND = 300, 200
"""Characters around a quote that may say what the question is about."""
LIST_WITHIN = 2500
"""Characters from a quote's beginning in which a list that it introduces may stand."""
GAP = "┃"
"""Stands for a deletion in a cloze's question."""

_ITEM = re.compile(r"(?m)(?:^|(?<=\s))\s*(?:\d{1,2}[.)、](?!\d)|[-*•+](?=\s)|[①-⑩]|[(（]\d{1,2}[)）])\s*")
_ARROW = re.compile(r"\s*(?:→|->|⟶|=>|⇒)\s*")


@dataclass(frozen=True)
class Case:
    """A claim whose quote was found."""

    claim: Claim
    """With the source's own characters for its quote."""
    seen: "Seen"
    """The piece of the notes that the quote stands in."""
    span: Span
    """Of the quote in that piece."""

    @property
    def document(self) -> Document:
        """The piece as it is read."""
        return self.seen.document

    @cached_property
    def quote(self) -> Said:
        """What the quote says, without markup."""
        return said(self.document.plain(*self.span))

    @cached_property
    def headings(self) -> Said:
        """The headings above the quote, and what its note is called."""
        return said("\n".join((self.seen.note.title, *self.document.excerpt.headings)))

    @cached_property
    def section(self) -> Said:
        """The whole text that the quote stands in."""
        return said(self.document.plain(0, len(self.document.text)))

    @cached_property
    def near(self) -> Said:
        """What stands around the quote, with it."""
        text = self.document.text
        return said(
            self.document.plain(max(0, self.span.start - BEFORE), min(len(text), self.span.end + BEHIND))
        )

    @cached_property
    def before(self) -> str:
        """What stands before the quote in its sentence and the one before that, folded."""
        start = max(0, self.span.start - 80)
        return said(self.document.plain(start, self.span.start)).text if start < self.span.start else ""

    @cached_property
    def deleted(self) -> tuple[str, ...]:
        """What the deletions of a cloze say; none for a card with a front."""
        return tuple(deletion.answer for deletion in read_clozes(self.claim.text).deletions)

    @cached_property
    def answer(self) -> Said:
        """What the learner must say, without the marks of a list."""
        spoken = "\n".join(self.deleted) if self.claim.text else _ITEM.sub(" ", self.claim.back)
        return said(spoken)

    @cached_property
    def question(self) -> Said:
        """What the learner is shown first."""
        shown = without_deletions(self.claim.text, f" {GAP} ") if self.claim.text else self.claim.front
        return said(shown)

    @cached_property
    def statement(self) -> Said:
        """All that the card says: a cloze with its deletions filled in, else the answer."""
        return said(filled(self.claim.text)) if self.claim.text else self.answer

    @cached_property
    def items(self) -> tuple[str, ...]:
        """The items of an answer that is a list or a chain; none for any other."""
        return items_of(self.claim.back)

    @cached_property
    def listed(self) -> Said:
        """The items of the answer, if they all stand behind the quote's beginning in their order; else nothing."""
        text = self.document.plain(
            self.span.start, min(len(self.document.text), self.span.start + LIST_WITHIN)
        )
        whole = _flat(text)
        at = 0
        for item in self.items:
            found = next((place for name in _names_of(item) if (place := whole.find(name, at)) >= 0), -1)
            if found < 0:
                return said("")
            at = found + 1
        return said("\n".join(self.items))

    @cached_property
    def proof(self) -> Said:
        """What may prove an answer: the quote, and the list that it introduces."""
        return said_together(self.quote, self.listed)

    @cached_property
    def support(self) -> Said:
        """What the words of an answer may be taken from: also headings and question; those of a cloze from its section."""
        return said_together(self.proof, self.headings, self.section if self.claim.text else self.question)

    @cached_property
    def known(self) -> Said:
        """What a question may take its words from: the quote, the headings, what stands near."""
        return said_together(self.quote, self.headings, self.near, self.listed)


def said_together(*texts: Said) -> Said:
    """Return several texts as one."""
    whole = "\n".join(each.text for each in texts if each.text)
    return Said(whole, tuple(formula for each in texts for formula in each.formulas))


def items_of(answer: str) -> tuple[str, ...]:
    """Return the items of a list or a chain, at least two; none for any other answer."""
    parts = _ARROW.split(answer) if _ARROW.search(answer) else _ITEM.split(answer)
    parts = [part.strip(" ;；，,。\n") for part in parts]
    found = tuple(part for part in parts if part)
    return found if len(found) > 1 else ()


def filled(text: str) -> str:
    """Return a cloze text with each deletion as its answer."""
    parts, at = [], 0
    for deletion in read_clozes(text).deletions:
        if deletion.start >= at:
            parts += [text[at : deletion.start], deletion.answer]
            at = deletion.end
    return "".join([*parts, text[at:]])


def _flat(text: str) -> str:
    return re.sub(r"[\s*_`$]|\\[()\[\]]", "", folded(text)).casefold()


def _names_of(item: str) -> Iterator[str]:
    """Yield what an item may be found by: all of it, what stands before its bracket, before its colon."""
    for form in (item, re.sub(r"\s*[（(].*", "", item, flags=re.DOTALL), re.split(r"[:：]", item)[0]):
        if flat := _flat(form).strip(".。;；,，"):
            yield flat


# Where a quote stands.


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters and digits of a text that is read, each with its place; markup has none."""

    text: str
    places: tuple[int, ...]


@lru_cache(maxsize=64)
def _letters(text: str, hidden: str) -> Letters:
    letters: list[str] = []
    places: list[int] = []
    for place, (character, shade) in enumerate(zip(text, hidden, strict=True)):
        if shade == INVISIBLE:
            continue
        for sign in folded(character).casefold():
            if sign.isalnum():
                letters.append(sign)
                places.append(place)
    return Letters("".join(letters), tuple(places))


@dataclass(frozen=True)
class Seen:
    """A piece of what was seen: a section of a note, or all of one that has none."""

    note: Excerpt
    """As the caller has it."""
    start: int
    """Of the piece in the note's text, in characters."""
    document: Document


def pieces_of(excerpts: Iterable[Excerpt]) -> list[Seen]:
    """Return excerpts section by section, as they are read."""
    return [
        Seen(note, section.start, segment(section.excerpt))
        for note in excerpts
        for section in note.sections or (Section(0, note),)
    ]


def locate(quote: str, seen: Sequence[Seen]) -> tuple[Seen, Span] | None:
    """Return where a quote stands: verbatim, else with other white space, widths, marks or markup left out.

    What is returned is a stretch of the source, so that nothing is proved by what the proposer has typed.
    """
    if not quote.strip():
        return None
    for piece in seen:
        at = piece.document.excerpt.text.find(quote)
        if at >= 0:
            return piece, Span(at, at + len(quote))
    wanted = _letters(quote, quote).text
    bare = _letters(said_plainly(quote), said_plainly(quote)).text
    for piece in seen:
        document = piece.document
        letters = _letters(document.excerpt.text, document.shadow)
        for form in dict.fromkeys((wanted, bare)):
            at = letters.text.find(form) if form else -1
            if at >= 0:
                start, end = letters.places[at], letters.places[at + len(form) - 1] + 1
                return piece, _with_marks(document, quote, start, end)
    return None


def said_plainly(quote: str) -> str:
    """Return a quote without the targets of links, which the source's letters do not have either."""
    return re.sub(r"\]\([^)\n]*\)|\[\[[^\]|\n]*\|", " ", quote)


def _with_marks(document: Document, quote: str, start: int, end: int) -> Span:
    """Return a span widened to whole formulas, and to the mark at its end that the quote ends in as well."""
    for formula in document.excerpt.formulas:
        if formula.start < start < formula.end:
            start = formula.start
        if formula.start < end < formula.end:
            end = formula.end
    text = document.excerpt.text
    while (
        end < len(text)
        and quote.rstrip()[-1:]
        and not quote.rstrip()[-1].isalnum()
        and text[end] in "。.!！?？;；)）」』”\"'"
    ):
        end += 1
        if text[end - 1] not in ")）」』”\"'":
            break
    return Span(start, end)


def made(claim: Claim, seen: Seen, span: Span) -> Case:
    """Return the case of a claim whose quote stands at a span, with the source's own characters."""
    return Case(replace(claim, quote=seen.document.quote(span)), seen, span)
