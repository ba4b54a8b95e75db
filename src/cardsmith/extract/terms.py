"""Terms: where a noun phrase before or after a cue begins and ends, what else it is called, and what is no term.

A term is born with its place, so that a card's spelling is cut out there and never looked up again.
"""

import re
from dataclasses import dataclass

from cardsmith.model import Span
from cardsmith.sources.document import Document
from cardsmith.text.shadow import BREAK, is_han, key

_LEAD = re.compile(
    r"(?:[一二三四五六七八九十]+、|(?:性质|定义|命题|定理|引理|推论|例|注|坑)\s?\d+(?:\.\d+)*(?= )|因此|所以|但是|但|然而|不过|而且|并且|同时|另外|此外|其中|首先|其次|最后|然后|接着|总之|总的来说|简单来说|简单地说|具体来说|"
    r"具体地|换句话说|也就是说|也就是|即(?![时将插])|而|且|则|故(?!障)|又|那么|事实上|实际上|其实|本质上|从本质上讲|通俗地说|一般来说|一般地|一般(?!化|线性)|通常|"
    r"通常来说|例如|比如|诸如|对于|关于|有关|由于|因为|虽然|尽管|如果|当然|现在|目前|近年来|我们把|我们将|人们把|可以把|把|将(?!来)|"
    r"我们|一个|一种|所谓的?|像(?!素|差)|在(?!线)|由(?!来)|从(?!属|众))[ ,]*"
)
_TAIL = re.compile(
    r"(?:[ ]+|实际上|本质上|其实|一般|通常|也|都|(?<!成)就|(?<![规法原准守细])则|又|便|主要|可以|一直|(?<![校修矫改纠])正|常常|往往|,|:|本身|的确|这个|(?<!目)的|(?<![本场局])地|(?<![心获所])得)$"
)
_PRONOUN = re.compile(
    r"这|该|此|它|其|他|她|你|我|咱|本文|本章|本节|文章|论文|作者|笔者|上述|上面|上文|下面|下述|前者|后者|两者|二者|另一|另外|"
    r"以上|以下|什么|哪|谁|如何|为什么|怎么|各自|自己|某|有些|有的|有一|很多|许多|一些|大家|人们|那|第一|第二|第三|第1|第2|"
    r"可以|能够|会|被|一开始|前面|后面|题目|重点|目的|原因|问题|结果|缺点|优点|好处|关键|核心$|思想$|方法$|"
    r"(?:It|This|These|That|Those|They|We|You|I|He|She|There|Here|Figure|Table|What|Which|The following)\b",
)
_NO_TERM = re.compile(
    r"[。!?;\n\"“”《》—~]|如图|如下|所示|可以看|之所以|的时候|的话|如果|为了|我们|你|因为|所以|虽然|但|不是|没有|就像|怎么|什么|"
    r"了一|提出|认为|发现|说明|表明|称|叫|https?:"
)
_BRACKET = re.compile(r"\s*\(([^()\ue000-\ue004]{2,60})\)$")
MAX_HAN, MAX_CHARACTERS = 18, 50
"""A longer phrase is a clause, not a term (99 % of 201 annotated terms are shorter)."""
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
    text = " ".join(piece.split()).strip(_QUOTES)
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
    while tail := _TAIL.search(shadow[max(start, end - 8) : end]):
        end = max(start, end - 8) + tail.start()
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
    if _PRONOUN.match(term):
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
