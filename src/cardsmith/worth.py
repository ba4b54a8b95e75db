"""Which stretch of a sentence is worth a card: a small linear model over what the stretch says and where it stands.

The model only chooses; rules make the cards. Its weights were fitted by ``scripts/train_worth.py`` on the annotated
sets in ``tests/gold`` and are data (``data/worth.json``, which names its provenance). Inference is a sum.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import combinations, pairwise

from cardsmith.model import Excerpt, Span
from cardsmith.segment import Document, Sentence, clauses, segment
from cardsmith.terms import fault, trim
from cardsmith.text import HAN, INSIDE

MIN_CHARACTERS, MAX_CHARACTERS = 8, 220
"""Of a stretch, without its formulas' insides: shorter says nothing, longer is no evidence."""
MAX_CLAUSES = 6

_TOKEN = re.compile(rf"[\ue000-\ue003]{INSIDE}*|[{HAN}]|[A-Za-z][A-Za-z'+-]*|\d[\d.,]*|[^\s\w]", re.ASCII)
_LEAD = re.compile(
    r"(?:因此|所以|但是|但|然而|不过|而且|并且|另外|此外|其中|首先|其次|再次|最后|然后|接着|总之|总的来说|简单来说|具体来说|具体地说|具体地|换句话说|"
    r"也就是说|事实上|实际上|一般来说|一般地|那么|那|例如|比如|同时|当然|注意|请注意|可以看出|可以发现|我们知道|众所周知|换言之|形式上|形式化地|"
    r"However|Therefore|Thus|Hence|So|But|And|Then|Moreover|Furthermore|In fact|Note that|Also|Finally|First|Second)[ ,]*"
)
_SUBJECT_END = re.compile(
    r"是|指|为|有|能|可以|会|将|把|被|由|用|使|让|通过|采用|包括|包含|需要|具有|分为|就|都|不|在|从|对|与|和|并|则|also|is|are|can|was|has|uses|means|refers"
)
_CUES = {
    "defines": r"是一[种个类项]|指的是|是指|定义为|称为|称作|叫做|即\*?|所谓| is an? | refers to | means |called|defined as",
    "copula": r"^[^,;:。]{1,18}?(?:是|即|指|就是)(?!否|不)|^[^,;:.]{2,40} (?:is|are) ",
    "bilingual start": r"^[^,;:。!?()]{2,20}\s?\([A-Za-z]|^\x1f[^\x1f]{2,20}\x1f\s*\(",
    "short subject": r"^[A-Za-z0-9\u4e00-\u9fff\x1f -]{1,12}(?:是|就是|则是|指|即|由|用|将|把|通过|包括|分为)",
    "colon start": r"^[^,;:。!?]{2,16}:",
    "also named": r"也就是|即|所谓的?|也叫|又称|简称|a\.k\.a|also known",
    "cause": r"因为|由于|因此|所以|从而|导致|使得|because|since|therefore|leads? to",
    "purpose": r"为了|用于|用来|旨在|目的|目标|to (?:reduce|avoid|improve|prevent|make)|used (?:to|for)",
    "compare": r"相比|不同于|与.{1,20}不同|而.{1,12}则|更[快慢高低大小好多少]|优于|than|whereas|unlike|compared",
    "number": r"\d+(?:\.\d+)?\s?(?:%|倍|B|M|K|万|亿|GB|ms|步|层|个|x\b)",
    "quantity": r"取决于|等于|正比|反比|成正比|depends? on|equals?|proportional",
    "list": r"、.{1,20}、|分为|包括|包含|组成|两[种类个]|三[种类个]|consists? of|includes?|two|three",
    "chatter": r"我们|大家|本文|本章|本节|这篇|下面|接下来|上述|如图|如下|前面|后面|让我们|we |you |let's|figure|section|chapter",
    "pronoun": r"^(?:这|它|其|该|此|他们|它们|It|This|These|That|They)",
    "example": r"例如|比如|举例|假设|考虑|e\.g\.|for example|suppose|consider",
    "condition": r"^(?:如果|若|当|只要|假如|If|When)",
    "role": r"的(?:思想|核心|本质|作用|目的|目标|优点|缺点|优势|思路|关键|特点|问题|做法|区别)",
    "hedge": r"可能|也许|大概|似乎|估计|据说|perhaps|maybe|probably",
    "praise": r"非常|特别|著名|流行|广泛|重要|强大|热门|popular|famous|important",
}
_COMPILED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _CUES.items()}


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


def subject_span(document: Document, span: Span) -> Span:
    """Return where the stretch's first noun phrase stands: up to its first predicate, within its first clause."""
    text = document.shadow[span.start : span.end]
    clause = re.match(r"[^,;:。]*", text)
    head = clause.group() if clause else ""
    stop = next((m for m in _SUBJECT_END.finditer(head) if m.start() > 1), None)
    term = trim(document.shadow, span.start, span.start + (stop.start() if stop else len(head)))
    return term.span


def features(document: Document, stretch: Stretch) -> list[str]:
    """Return what the model may weigh: token n-grams, edges, cues, shape and place. Each name explains itself."""
    sentence = document.sentences[stretch.sentence]
    text = document.shadow[stretch.span.start : stretch.span.end]
    tokens = [_class(token) for token in _TOKEN.findall(text)]
    found = {f"says {a}{b}{c}" for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False)}
    found |= {f"says {a}{b}" for a, b in pairwise(tokens)}
    found |= {f"says {a}" for a in tokens if len(a) > 1}
    found |= {f"begins {''.join(tokens[:n])}" for n in (1, 2, 3)}
    found |= {f"ends {''.join(tokens[-n:])}" for n in (1, 2)}
    before = [
        _class(t)
        for t in _TOKEN.findall(document.shadow[max(0, stretch.span.start - 12) : stretch.span.start])
    ]
    after = [_class(t) for t in _TOKEN.findall(document.shadow[stretch.span.end : stretch.span.end + 12])]
    found |= {f"after {''.join(before[-n:])}" for n in (1, 2)}
    found |= {f"before {''.join(after[:n])}" for n in (1, 2, 3)}
    cues = [name for name, cue in _COMPILED.items() if cue.search(text)]
    found |= {f"cue {name}" for name in cues} | {f"cues {a} and {b}" for a, b in combinations(cues, 2)}
    found |= {f"sentence cue {name}" for name, cue in _COMPILED.items() if cue.search(sentence.shadow)}
    found |= set(_shape(document, sentence, stretch, text, tokens))
    return sorted(found)


def _shape(
    document: Document, sentence: Sentence, stretch: Stretch, text: str, tokens: list[str]
) -> Iterator[str]:
    place = stretch.sentence / max(1, len(document.sentences) - 1)
    subject = document.shadow[slice(*subject_span(document, stretch.span))]
    yield f"clauses {stretch.clauses}"
    yield f"whole {stretch.first}{stretch.last}"
    yield f"length {min(8, int(math.log2(max(1, len(text.replace(INSIDE, '')))) * 2) - 6)}"
    yield f"place {int(place * 3.99)}"
    yield f"formulas {min(3, tokens.count('F'))}"
    yield f"names {min(3, sum(t == 'N' for t in tokens))}"
    yield f"subject {fault(subject) or 'fine'}"
    yield f"subject length {min(6, len(subject) // 3)}"
    if subject and ((document.topic and subject in document.topic) or document.topic in subject):
        yield "subject is topic"
    yield (
        "markdown"
        if document.excerpt.is_markdown
        else "cut text"
        if document.excerpt.truncated
        else "plain text"
    )
    if _repeats(document, subject, stretch.span.start):
        yield "subject again"
    if "\x1f" in text:
        yield "emphasis"
    if stretch.sentence + 1 < len(document.sentences):
        following = document.sentences[stretch.sentence + 1].shadow
        yield from (
            f"next cue {name}"
            for name in ("pronoun", "cause", "example")
            if _COMPILED[name].search(following)
        )
    if stretch.sentence:
        earlier = document.sentences[stretch.sentence - 1].shadow
        yield from (
            f"earlier cue {name}"
            for name in ("defines", "chatter", "list")
            if _COMPILED[name].search(earlier)
        )
    if sentence.marker:
        yield f"item {sentence.marker[0] if not sentence.marker[0].isdigit() else '1'}"
    if sentence.was_cut:
        yield "cut"
    if "(" in text:
        yield "bracket"
    if stretch.sentence and document.sentences[stretch.sentence - 1].is_question:
        yield "answers"
    if text.count("(") != text.count(")"):
        yield "unbalanced"
    if not document.is_chinese:
        yield "english"


def _repeats(document: Document, subject: str, before: int) -> bool:
    """Tell whether a subject has been named in the 2,000 characters before."""
    return len(subject) > 1 and subject in document.shadow[max(0, before - 2000) : before]


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


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of one yes-or-no question."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, found: list[str]) -> float:
        """Return the probability of yes, between 0 and 1."""
        return 1 / (1 + math.exp(-self.bias - math.fsum(self.weights.get(name, 0.0) for name in found)))

    def reasons(self, found: list[str], most: int = 5) -> list[tuple[str, float]]:
        """Return the features that weighed most, strongest first."""
        present = [(name, self.weights[name]) for name in found if name in self.weights]
        return sorted(present, key=lambda pair: (-abs(pair[1]), pair[0]))[:most]


def explain(excerpt: Excerpt, span: Span) -> list[tuple[str, float]]:
    """Return what weighed most for or against a stretch: a feature's name and its weight, strongest first."""
    document = segment(excerpt)
    return models()["card"].reasons(features(document, stretch_at(document, span)))


@lru_cache(maxsize=1)
def models() -> dict[str, Model]:
    """Return the shipped models: ``card`` (worth a card?) and ``definition`` (does it define its subject?)."""
    data = json.loads((files("cardsmith") / "data" / "worth.json").read_text(encoding="utf-8"))
    return {name: Model(data[name]["bias"], data[name]["weights"]) for name in ("card", "definition")}
