"""What the model may weigh of a stretch: what it says, how it begins and ends, what surrounds it, where it stands.

A feature is a name that explains itself (``begins 因为``, ``cue compare``); its value is 1. Formulas, holes, numbers and
names count by class, so that the model learns phrasing and not topics.

Every number here, window or step, is part of what the weights were fitted on: with another they are fitted anew.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, pairwise

from cardsmith.extract.naming import ENTRY, LABEL, NAMINGS
from cardsmith.extract.questions import is_subject
from cardsmith.extract.stretches import Stretch
from cardsmith.extract.subjects import subject_of
from cardsmith.extract.terms import fault
from cardsmith.sources.document import Document
from cardsmith.sources.segments import clauses
from cardsmith.text.lexicon import BECAUSE, THIS_DOCUMENT, WEIGHED_STAND_INS, one_of
from cardsmith.text.shadow import HAN, INSIDE

ASIDE = 400
"""Characters of a sentence on either side of a stretch that are read."""
NEAR = 2000
"""Characters before and behind a stretch in which its subject counts as named; keeps time linear in the text."""
_TOKEN = re.compile(rf"[\ue000-\ue003]{INSIDE}*|[{HAN}]|[A-Za-z][A-Za-z'+-]*|\d[\d.,]*|[^\s\w]", re.ASCII)
_CUES = {
    "defines": r"是一[种个类项]|指的是|是指|定义为|称为|称作|叫做|即\*?|所谓| is an? | refers to | means |called|defined as",
    "copula": r"^[^,;:。]{1,18}?(?:是|即|指|就是)(?!否|不)|^[^,;:.]{2,40} (?:is|are) ",
    "bilingual start": r"^[^,;:。!?()]{2,20}\s?\([A-Za-z]|^\x1f[^\x1f]{2,20}\x1f\s*\(",
    "short subject": r"^[A-Za-z0-9\u4e00-\u9fff\x1f -]{1,12}(?:是|就是|则是|指|即|由|用|将|把|通过|包括|分为)",
    "colon start": r"^[^,;:。!?]{2,16}:",
    "also named": r"也就是|即|所谓的?|也叫|又称|简称|a\.k\.a|also known",
    "cause": rf"{one_of(BECAUSE)}|因此|所以|从而|导致|使得|because|since|therefore|leads? to",
    "purpose": r"为了|用于|用来|旨在|目的|目标|to (?:reduce|avoid|improve|prevent|make)|used (?:to|for)",
    "compare": r"相比|不同于|与.{1,20}不同|而.{1,12}则|更[快慢高低大小好多少]|优于|than|whereas|unlike|compared",
    "number": r"\d+(?:\.\d+)?\s?(?:%|倍|B|M|K|万|亿|GB|ms|步|层|个|x\b)",
    "quantity": r"取决于|等于|正比|反比|成正比|depends? on|equals?|proportional",
    "list": r"、.{1,20}、|分为|包括|包含|组成|两[种类个]|三[种类个]|consists? of|includes?|two|three",
    "chatter": rf"我们|大家|{one_of(THIS_DOCUMENT)}|这篇|下面|接下来|上述|如图|如下|前面|后面|让我们|we |you |let's|figure|section|chapter",
    "pronoun": f"^{one_of(WEIGHED_STAND_INS)}",
    "example": r"例如|比如|举例|假设|考虑|e\.g\.|for example|suppose|consider",
    "condition": r"^(?:如果|若|当|只要|假如|If|When)",
    "role": r"的(?:思想|核心|本质|作用|目的|目标|优点|缺点|优势|思路|关键|特点|问题|做法|区别)",
    "hedge": r"可能|也许|大概|似乎|估计|据说|perhaps|maybe|probably",
    "praise": r"非常|特别|著名|流行|广泛|重要|强大|热门|popular|famous|important",
}
_COMPILED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _CUES.items()}


def features(document: Document, stretch: Stretch) -> list[str]:
    """Return the features of a stretch, sorted."""
    text = document.shadow[stretch.span.start : stretch.span.end]
    tokens = _tokens(text)
    found = {*_words(text, tokens), *_edges(document, stretch), *_subject(document, stretch)}
    found |= {*_surroundings(document, stretch), *_shape(document, stretch, text, tokens)}
    found |= set(_naming(document, stretch, text))
    return sorted(found)


def _words(text: str, tokens: list[str]) -> Iterator[str]:
    """Yield n-grams, pairs that leave one token out, the beginnings of the inner clauses, and the cues."""
    yield from (f"says {''.join(three)}" for three in zip(tokens, tokens[1:], tokens[2:], strict=False))
    yield from (f"says {a}{b}" for a, b in pairwise(tokens))
    yield from (f"says {a}" for a in tokens if len(a) > 1)
    yield from (f"says {a}_{b}" for a, b in zip(tokens, tokens[2:], strict=False))
    for clause in re.split(r"[,:]", text)[1:]:
        begin = _tokens(clause)[:3]
        yield from (f"clause begins {''.join(begin[:n])}" for n in (1, 2, 3))
    cues = _cues(text)
    yield from (f"cue {name}" for name in cues)
    yield from (f"cues {a} and {b}" for a, b in combinations(cues, 2))


def _edges(document: Document, stretch: Stretch) -> Iterator[str]:
    """Yield how the stretch begins and ends, and what stands right before and behind it."""
    start, end = stretch.span
    tokens = _tokens(document.shadow[start:end])
    before = _tokens(document.shadow[max(0, start - 12) : start])
    after = _tokens(document.shadow[end : end + 12])
    yield from (f"begins {''.join(tokens[:n])}" for n in (1, 2, 3))
    yield from (f"ends {''.join(tokens[-n:])}" for n in (1, 2))
    yield from (f"after {''.join(before[-n:])}" for n in (1, 2))
    yield from (f"before {''.join(after[:n])}" for n in (1, 2, 3))


def _subject(document: Document, stretch: Stretch) -> Iterator[str]:
    """Yield what the stretch is about, whether that has been named before, and what it goes on to say of it."""
    subject = subject_of(document, stretch.span)
    name, why_not = subject.text, fault(subject.text)
    then = _tokens(document.shadow[subject.span.end : min(stretch.span.end, subject.span.end + 12)])
    first = _is_first(document, name, subject.span.start)
    kind = f"{_script(name)} {'named' if is_subject(name) else 'unnamed'}"
    yield f"subject {why_not or 'fine'}"
    yield f"subject length {min(6, len(name) // 3)}"
    yield f"subject ends {name[-2:]}"
    yield f"subject {kind} {'的' in name}"
    yield f"subject {kind} then {''.join(then[:1])}"
    yield f"subject {kind} first here {first} then {''.join(then[:1])}"
    yield from (f"subject then {''.join(then[:n])}" for n in (1, 2, 3))
    if name and ((document.topic and name in document.topic) or document.topic in name):
        yield "subject is topic"
    if name in document.sentences[stretch.sentence].heading:
        yield "subject in heading"
    if len(name) > 1:
        yield f"subject first here {first}"
        around = max(0, stretch.span.start - NEAR), stretch.span.end + NEAR
        yield f"subject named {min(4, document.shadow.count(name, *around))} times"


_WHAT_IS = re.compile(r"什么是|是什么|啥是|何为|何谓|[Ww]hat (?:is|are)")


def _naming(document: Document, stretch: Stretch, text: str) -> Iterator[str]:
    """Yield how the stretch names what it explains: as an entry (``name: …``), at an end, or in a question before it."""
    entry = ENTRY.match(text)
    if entry:
        name = entry.group("name")
        kind = "label" if LABEL.fullmatch(name) else "named" if is_subject(name) else "unnamed"
        first = _is_first(document, name, stretch.span.start)
        yield f"entry {kind}"
        yield f"entry {kind} {_script(name)}"
        yield f"entry {kind} bracket {bool(entry.group('other'))} first here {first} 的 {'的' in name}"
        yield f"entry length {min(4, len(name) // 3)}"
        yield from (f"entry ends {name[-n:]}" for n in (1, 2))
        yield f"entry then {''.join(_tokens(text[entry.end() :])[:1])}"
    for naming, pattern in NAMINGS.items():
        found = pattern.search(text)
        if found:
            name = found.group("name").strip()
            kind = "named" if is_subject(name) and "的" not in name else "unnamed"
            first = _is_first(document, name, stretch.span.start)
            yield f"{naming} {kind}"
            yield f"{naming} {kind} {_script(name)} first here {first}"
    before = document.sentences[stretch.sentence - 1].shadow if stretch.sentence else ""
    if len(before) < 40 and _WHAT_IS.search(before):
        yield "after what is"


def _is_first(document: Document, name: str, at: int) -> bool:
    """Tell whether a name does not stand in the text near before a position."""
    return document.shadow.find(name, max(0, at - NEAR), at) < 0


def _script(name: str) -> str:
    latin = re.search("[A-Za-z]", name)
    return "han" if not latin else "mixed" if re.search(f"[{HAN}]", name) else "latin"


def _surroundings(document: Document, stretch: Stretch) -> Iterator[str]:
    """Yield the cues of the sentence, of what is left of it on both sides, and of the sentences around."""
    number, sentences = stretch.sentence, document.sentences
    sentence = sentences[number]
    left = document.shadow[max(sentence.span.start, stretch.span.start - ASIDE) : stretch.span.start]
    right = document.shadow[stretch.span.end : min(sentence.span.end, stretch.span.end + ASIDE)]
    yield from (f"sentence cue {name}" for name in _cues(sentence.shadow[:ASIDE]))
    yield from (f"left cue {name}" for name in _cues(left))
    yield from (f"right cue {name}" for name in _cues(right))
    yield f"left {min(4, len(left) // 10)}"
    yield f"right {min(4, len(right) // 10)}"
    for where, other in (("earlier", number - 1), ("next", number + 1)):
        if 0 <= other < len(sentences):
            there = sentences[other]
            yield from (f"{where} cue {name}" for name in _cues(there.shadow[:ASIDE]))
            yield f"{where} question {there.is_question} item {bool(there.marker)} length {min(4, len(there.shadow) // 15)}"
        else:
            yield f"no {where}"


def _shape(document: Document, stretch: Stretch, text: str, tokens: list[str]) -> Iterator[str]:
    """Yield length, place and make-up."""
    sentence = document.sentences[stretch.sentence]
    yield f"clauses {stretch.clauses}"
    yield f"clauses {stretch.clauses} of {min(6, len(clauses(sentence)))}"
    yield f"whole {stretch.first}{stretch.last}"
    yield f"length {min(8, int(math.log2(max(1, len(text.replace(INSIDE, '')))) * 2) - 6)}"
    yield f"place {int(stretch.sentence / max(1, len(document.sentences) - 1) * 3.99)}"
    yield f"formulas {min(3, tokens.count('F'))}"
    yield f"names {min(3, tokens.count('N'))}"
    yield f"{'markdown' if document.excerpt.is_markdown else 'cut' if document.excerpt.truncated else 'plain'} text"
    marks = {
        "emphasis": "\x1f" in text,
        "heading": bool(sentence.heading),
        "cut": sentence.was_cut,
        "bracket": "(" in text,
        "unbalanced": text.count("(") != text.count(")"),
        "english": not document.is_chinese,
    }
    yield from (mark for mark, present in marks.items() if present)
    if sentence.marker:
        yield f"item {sentence.marker[0] if not sentence.marker[0].isdigit() else '1'}"


def _tokens(text: str) -> list[str]:
    return [_class(token) for token in _TOKEN.findall(text)]


@lru_cache(maxsize=4096)
def _cues(text: str) -> tuple[str, ...]:
    """Return the names of the cues in a text."""
    return tuple(name for name, cue in _COMPILED.items() if cue.search(text))


def _class(token: str) -> str:
    """Return a token as the model sees it: formulas, holes, numbers and names by class, small words themselves."""
    if token[0] in "\ue000\ue001":
        return "F"
    if token[0] in "\ue002\ue003":
        return "H"
    if token[0].isdigit():
        return "0"
    if token.isascii() and token.isalpha():
        return "N" if any(c.isupper() for c in token[1:]) or len(token) == 1 else f" {token.casefold()} "
    return token
