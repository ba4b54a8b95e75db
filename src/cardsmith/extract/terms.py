"""Terms: where a noun phrase before or after a cue begins and ends, what else it is called, and what is no term.

A term is born with its place, so that a card's spelling is cut out there and never looked up again.
"""

import re
from dataclasses import dataclass

from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.text.lexicon import (
    AFTER_TERM,
    BEFORE_TERM,
    CONNECTIVES,
    ENGLISH_NO_TERM_BEGINS,
    IN_CLAUSES,
    NO_TERM_BEGINS,
    one_of,
)
from cardsmith.text.shadow import BREAK, INVISIBLE, is_han, key

_NUMBERED = r"[一二三四五六七八九十]+、|(?:性质|定义|命题|定理|引理|推论|例|注|坑)\s?\d+(?:\.\d+)*(?= )"
_LEAD = re.compile(rf"(?:{_NUMBERED}|{one_of(CONNECTIVES, BEFORE_TERM)})[ ,]*")
_TAIL = re.compile(rf"(?:[ ]+|,|:|{one_of(AFTER_TERM)})$")
_NO_BEGINNING = re.compile(rf"{one_of(NO_TERM_BEGINS)}|{one_of(ENGLISH_NO_TERM_BEGINS)}\b")
_NO_TERM = re.compile(rf"[。!?;\n\"“”《》—~]|如图|如下|所示|https?:|{one_of(IN_CLAUSES)}")
_BRACKET = re.compile(r"\s*\(([^()\ue000-\ue004]{2,60})\)$")
MAX_HAN, MAX_CHARACTERS = 18, 50
"""A longer phrase is a clause, not a term: of 3,044 annotated ones 2 have more Han and 4 more characters."""
LONGEST_TAIL = 8
"""Characters at a phrase's end in which what is no part of a term is looked for: no entry of ``AFTER_TERM`` is longer."""
_QUOTES = "「」『』“”"
"""Marks around a term that no card spells."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a card is about; a ``Term`` when it stands in the excerpt, else made of such and of our own words."""

    text: str
    """As the shadow has it, a formula opaque: rules match it, and facts are keyed by it."""
    prose: str
    """As a card spells it."""

    @classmethod
    def of(cls, words: str) -> "Name":
        """Return a name that is spelt already, such as the article's topic."""
        return Name(words, words)

    def part(self, what: str) -> "Name":
        """Return the name of a part or property of this: ``X的作用``."""
        return Name(f"{self.text}的{what}", f"{self.prose}的{what}")


@dataclass(frozen=True, slots=True)
class Term(Name):
    """A noun phrase of an excerpt."""

    span: Span
    """In the excerpt, with the quotation marks around it, without brackets: evidence begins there."""
    aliases: tuple[str, ...] = ()
    """What stood in brackets behind it: full form, abbreviation, other language."""


def term_at(document: Document, span: Span, aliases: tuple[str, ...] = ()) -> Term:
    """Return what stands at a span as a term."""
    piece = document.shadow[span.start : span.end]
    inner = Span(
        span.end - len(piece.lstrip().lstrip(_QUOTES)), span.start + len(piece.rstrip().rstrip(_QUOTES))
    )
    text = " ".join(piece.replace(INVISIBLE, "").split()).strip(_QUOTES)
    return Term(text, document.spelt(text, inner), span, aliases)


def trim(document: Document, start: int, end: int) -> Term:
    """Return the term that a stretch ends in: connectives, glued headings, adverbs and brackets taken off."""
    shadow = document.shadow
    part = shadow[start:end]
    start += len(part) - len(part.lstrip(" ,:\x1e\x1f"))
    end = start + len(shadow[start:end].rstrip(" ,:\x1e\x1f"))
    aliases: tuple[str, ...] = ()
    start = max(start, shadow.rfind(BREAK, start, end) + 1)
    while lead := _LEAD.match(shadow, start, end):
        if lead.end() >= end:
            break
        start = lead.end()
    while tail := _TAIL.search(shadow[max(start, end - LONGEST_TAIL) : end]):
        end = max(start, end - LONGEST_TAIL) + tail.start()
    bracket = _BRACKET.search(shadow[start:end])
    if bracket:
        aliases = tuple(
            part.replace("\x1f", "").strip() for part in bracket.group(1).split(",") if part.strip()
        )
        end = start + bracket.start()
    start = max(start, shadow.rfind(BREAK, start, end) + 1)
    return term_at(document, Span(start, max(start, end)), aliases)


def fault(term: str) -> str | None:
    """Return the reason code for which a phrase is no term, or None."""
    han = sum(map(is_han, term))
    if len(key(term)) < 2 and not re.fullmatch(r"[A-Z]", term):
        return "term-empty"
    if _NO_BEGINNING.match(term):
        return "pronoun-subject"
    if han > MAX_HAN or len(term) > MAX_CHARACTERS or term.count("(") != term.count(")"):
        return "term-shape"
    return "term-shape" if _NO_TERM.search(term) else None


def is_full_form(full: str, short: str) -> bool:
    """Tell whether the capitals of an abbreviation are, in order, initials or inner capitals of its full form.

    Hyphens and spaces may be lost (``Multihead Latent Attention`` for MLA), and a plural s does not count.
    """
    letters = re.sub(r"[^A-Za-z0-9]", "", short.removesuffix("s")).casefold()
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", full)
    if len(letters) < 2 or len(words) < 2 or key(full) == key(short):
        return False
    joined = [word.casefold() for word in words]
    return _initials(letters, joined)


def _initials(letters: str, words: list[str]) -> bool:
    if not letters:
        return not words or all(word in _SMALL_WORDS for word in words)
    if not words:
        return False
    head, rest = words[0], words[1:]
    if head in _SMALL_WORDS and _initials(letters, rest):
        return True
    return any(
        head.startswith(letters[:n]) and _initials(letters[n:], rest) for n in (1, 2, 3) if n <= len(letters)
    )


_SMALL_WORDS = {"of", "the", "and", "for", "in", "on", "to", "a", "an", "with", "by", "from", "s"}
