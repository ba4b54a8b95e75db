r"""What a text says, as signs that can be compared: numbers, names, words, formulas, negations, opposites.

Texts are compared **folded**: simplified characters, one width, formulas as one sign each (``∎`` and their key).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import NamedTuple
from zlib import crc32

from cardsmith.text.latex import find_formulas, normalised, pieces
from cardsmith.text.shadow import HAN, key
from cardsmith.text.traditional import simplified

FORMULA = "∎"
"""Stands for a formula in folded prose."""

_HAN_DIGITS = "零一二三四五六七八九十"
_ENGLISH_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MEASURES = "个種种类類步项項条條点阶段层层次位维方面部台张张卡倍成折份者步大路头块代章轮词组年月天小时分秒毫"
_NUMBER = re.compile(
    rf"(?<![A-Za-z_\d.])(?P<digits>\d+(?:[.,]\d+)*(?:e[-+]?\d+)?(?:/\d+)?)\s?(?P<unit>%|‰|[万亿千百倍]+|[A-Za-zμ]{{1,6}}(?![A-Za-z]))?"
    rf"|(?P<han>[二两三四五六七八九十百千万亿][一二两三四五六七八九十百千万亿]*)(?=\s?[{_MEASURES}])"
    rf"|\b(?P<english>two|three|four|five|six|seven|eight|nine|ten)\b",
    re.IGNORECASE,
)
_ANY_NUMBER = re.compile(rf"\d+(?:[.,]\d+)*|[{_HAN_DIGITS}两百千万亿]+|[A-Za-z]+")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-+.'][A-Za-z0-9]+)*\+*")
_HAN_RUN = re.compile(f"[{HAN}]+")
_ENDING = re.compile(r"(?<=\w{4})(?:ations?|ings?|ed|es|s|ly|e|er)$")

_STOP = """
a an the of in on at to for and or is are was were be been it its they them their this that these those with
by as from into out up off if then than so when while which who whom whose what why how where there here not
no but only also can could may might must will would shall should has have had do does did done each every all
any both either such same own per via one more most less least very too just still even about over under
between within during through because since hence therefore thus instead rather i we you he she us our your my
me s t e g use uses used using make makes made get gets give gives given take takes taken let lets means mean
called say says
"""
STOP = frozenset(_STOP.split())
"""English words that say nothing of their own."""

GRAMMAR = frozenset(
    "的地得了着过是在和与及并且或而但于为以从被把将让使会能可要就也都还又再只仅其所这那此该个些种类时候之中里法来去到对向给由因故若如果则即便既虽然等一两二各每某另它他她们我你您谁什么哪几样怎何很更最较有着应须需必"
)
"""Han of grammar: two of them side by side say nothing."""

LIGHT = GRAMMAR | frozenset(
    "多少比不没无未非者性度式当作做用令叫称名指些许通进行根据按照依来自起成变出入开始发生存放于否因此所以导致造成引属具备含包括表示代表相对应分别依次然后先后接着最终同时直接部份况下上内前说吗呢吧啊呀例譬张件句间"
)
"""Han that carry little: an answer may join what it takes with them."""

NEGATION = re.compile(
    r"不(?!仅|但|只是|同|断|过|论|管|等式|变量|妨|如)|没(?:有)?|无(?!论|监督|偏|限|序|向|穷|损|关)|非(?!常|线|负|零|均|凸|参|平|极大)|未(?!来)|别(?=再)|勿|莫|否(?!则)|(?<![A-Za-z])(?:not|no|never|cannot|without|nor|neither|none|fails? to|unable)(?![A-Za-z])|n't\b",
    re.IGNORECASE,
)
HEDGE = re.compile(
    r"可能|通常|往往|一般(?!化)|大多|多半|不一定|或许|似乎|大概|大约|左右|几乎|有时|常常|据说|理论上|原则上|"
    r"\b(?:may|might|often|usually|generally|typically|likely|roughly|about|around|almost|sometimes|tends? to|probably|mostly)\b",
    re.IGNORECASE,
)
STRONG = ("必须", "一定", "总是", "永远", "所有", "全部", "完全", "唯一", "必然", "绝对", "任何", "always", "never", "must", "only", "all", "every", "any", "completely", "guarantees", "guaranteed")  # fmt: skip
"""Words that make a statement stronger: none may be added."""


@lru_cache(maxsize=1)
def opposites() -> tuple[tuple[str, str], ...]:
    """Return the words of which one, put for the other, turns a statement round; ``opposites.txt`` has them."""
    text = (files("cardsmith") / "verify" / "opposites.txt").read_text(encoding="utf-8")
    pairs = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return tuple((one, other) for one, other in pairs)


def folded(text: str) -> str:
    """Return a text in simplified characters of one width."""
    return simplified(unicodedata.normalize("NFKC", text))


_WRAPPED = re.compile(
    r"\\(?:mathrm|mathbf|text|mathit|operatorname\*?|boldsymbol|bm|mathbb|mathcal|textbf|rm)(?![A-Za-z])"
)
_SIZED = re.compile(
    r"\\(?:left|right|[bB]igg?[lrm]?|limits|nolimits|textstyle|scriptstyle|!|>)(?![A-Za-z])|\\!|\\>|\\/|&|\\\\"
)
_ONE = re.compile(r"\{(\\[A-Za-z]+|[^\\{}])\}")
_SYNONYMS = (
    (r"\\(?:Vert|lVert|rVert)(?![A-Za-z])", r"\\|"),
    (r"\\(?:mid|vert|lvert|rvert)(?![A-Za-z])", "|"),
    (r"\\leq(?:slant)?(?![A-Za-z])|≤|\\le(?![A-Za-z])", "≤"),
    (r"\\geq(?:slant)?(?![A-Za-z])|≥|\\ge(?![A-Za-z])", "≥"),
    (r"\\neq(?![A-Za-z])|≠|\\ne(?![A-Za-z])", "≠"),
    (r"\\to(?![A-Za-z])|→", r"\\rightarrow"),
    (r"\\(?:l|c)?dots(?![A-Za-z])|\.{3}|…|⋯", "…"),
    (r"\\times(?![A-Za-z])|×", "×"),
    (r"\\cdot(?![A-Za-z])|·", "·"),
    (r"\\approx(?![A-Za-z])|≈", "≈"),
    (r"\\lt(?![A-Za-z])", "<"),
    (r"\\gt(?![A-Za-z])", ">"),
    (r"\\(?:ast|star)(?![A-Za-z])", "*"),
    (r"\\varepsilon(?![A-Za-z])", r"\\epsilon"),
    (r"\\%", "%"),
    (r"\\q?quad(?![A-Za-z])", ";"),
    (r"\\(?:begin|end)\{\w+\*?\}", ""),
)


@lru_cache(maxsize=1024)
def formula_key(body: str) -> str:
    """Return a key under which a formula is equal however it is set: fonts, sizes and spaces do not count."""
    found = unicodedata.normalize("NFKC", body) if not body.isascii() else body
    for pattern, sign in _SYNONYMS:
        found = re.sub(pattern, sign, found)
    found = normalised(_SIZED.sub("", _WRAPPED.sub("", found)))
    while (single := _ONE.sub(r"\1", found)) != found:
        found = single
    return found


class Number(NamedTuple):
    """A number of a text."""

    value: str
    """Digits without separators; a Chinese or English numeral as digits."""
    unit: str
    """What stands right behind it, such as ``%``, ``万`` or ``gb``; empty when nothing does."""
    at: int


@dataclass(frozen=True)
class Said:
    """A text and its signs."""

    text: str
    """Folded; a formula is ``∎`` and a sign that equal formulas have in common, a lone symbol is itself."""
    formulas: tuple[str, ...]
    """Keys of the text's formulas, in order, without the lone symbols."""

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """Its numbers outside formulas, in order."""
        return tuple(_numbers(self.text))

    @cached_property
    def any_numbers(self) -> frozenset[str]:
        """Every number that can be read in it, also inside names and formulas."""
        whole = f"{self.text} {' '.join(self.formulas)}"
        found = {_value(number) for number in _ANY_NUMBER.findall(whole)}
        found |= {
            _value(part) for number in re.findall(r"\d+(?:[.,/]\d+)*", whole) for part in number.split("/")
        }
        found |= {number.value for number in self.numbers}
        return frozenset(found | {_value(sign) for sign in whole if sign in _HAN_DIGITS})

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its Latin words that say something, in order, as they are spelt."""
        return tuple(
            word for word in _WORD.findall(self.text) if word.casefold() not in STOP or _is_name(word)
        )

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of all its Latin words."""
        parts = [part for word in _WORD.findall(self.text) for part in (word, *re.split(r"[-+.']", word))]
        return frozenset(stem(part) for part in parts if part)

    @cached_property
    def key(self) -> str:
        """Its letters and digits alone."""
        return key(self.text)

    @cached_property
    def han(self) -> tuple[str, ...]:
        """Its runs of Han."""
        return tuple(_HAN_RUN.findall(self.text))

    @cached_property
    def names(self) -> frozenset[str]:
        """Its Latin names, casefolded: words with a capital or digit that does not only begin a sentence."""
        return frozenset(word.casefold() for word in name_words(self.text))

    def holds_word(self, word: str) -> bool:
        """Tell whether a Latin word stands in it, in whatever form."""
        return stem(word) in self.stems or (len(key(word)) > 3 and key(word) in self.key)


@lru_cache(maxsize=2048)
def said(text: str) -> Said:
    """Return a text with its signs."""
    formulas: list[str] = []
    parts: list[str] = []
    for piece, formula in pieces(text, find_formulas(text)):
        found = formula_key(formula.body) if formula and formula.kind != "hole" else ""
        if not found:
            parts.append(piece)
        elif _SYMBOL.fullmatch(found):
            parts.append(f" {found} ")
        else:
            parts.append(f" {FORMULA}{_sign_of(found)} ")
            formulas.append(found)
    return Said(folded("".join(parts)), tuple(formulas))


_SYMBOL = re.compile(r"[A-Za-z][A-Za-z0-9]?|\d+(?:\.\d+)?", re.ASCII)


def _sign_of(formula: str) -> str:
    """Return a character for private use that equal formulas share, and unequal ones hardly ever."""
    return chr(0xE100 + crc32(formula.encode("utf-8", "surrogatepass")) % 0x1000)


def _is_name(word: str) -> bool:
    return any(sign.isupper() or sign.isdigit() for sign in word[1:]) or (len(word) == 1 and word.isupper())


def name_words(text: str) -> Iterator[str]:
    """Yield the Latin words of folded prose that are names by their look."""
    is_chinese = _HAN_RUN.search(text) is not None
    for found in _WORD.finditer(text):
        word = found.group()
        begins = re.search(r"(?:^|[.\n?!:•*-])\s*$", text[max(0, found.start() - 4) : found.start()])
        capital = word[0].isupper() and len(word) > 1 and (is_chinese or not begins)
        if _is_name(word) or (capital and word.casefold() not in STOP):
            yield word


def stem(word: str) -> str:
    """Return what the forms of an English word have in common; of a name, its letters."""
    if not word.islower():
        return key(word) or word
    return _ENDING.sub("", word)


def _numbers(text: str) -> Iterator[Number]:
    for found in _NUMBER.finditer(text):
        word = found["digits"] or found["han"] or found["english"]
        yield Number(_value(word), (found["unit"] or "").casefold(), found.start())


def _value(word: str) -> str:
    bare = word.replace(",", "").casefold()
    if bare in _ENGLISH_DIGITS:
        return str(_ENGLISH_DIGITS.index(bare))
    bare = bare.replace("两", "二")
    if len(bare) == 1 and bare in _HAN_DIGITS:
        return str(_HAN_DIGITS.index(bare))
    if len(bare) == 2 and bare[0] == "十" and bare[1] in _HAN_DIGITS[1:10]:
        return str(10 + _HAN_DIGITS.index(bare[1]))
    return bare.rstrip(".")


@lru_cache(maxsize=4096)
def grams(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring Han of a folded text of which at least one carries something."""
    return frozenset(
        run[at : at + 2]
        for run in _HAN_RUN.findall(text)
        for at in range(len(run) - 1)
        if not (run[at] in GRAMMAR and run[at + 1] in GRAMMAR)
    )


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """Return the signs of a folded text that carry something: pairs of Han, stems, numbers, formulas."""
    words = {stem(word) for word in _WORD.findall(text) if word.casefold() not in STOP or _is_name(word)}
    numbers = {number.value for number in _numbers(text)}
    return grams(text) | words | numbers | frozenset(re.findall(f"{FORMULA}.", text))


_CLAUSE = re.compile(
    r"[,，;；。！!？?\n:：、|→]|(?<=[A-Za-z\d)\]%])\.\s|\(|\)|(?:但是?|而(?!且|言)|却|\bwhereas\b|\bwhile\b|\bbut\b|\band\b(?= it))",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[。！!？?；;\n|]|(?<=[A-Za-z\d)\]%])\.(?:\s|$)")


def clauses(text: str) -> list[str]:
    """Return the clauses of folded prose, as finely as marks and contrasts part them."""
    return [part for part in _CLAUSE.split(text) if part and part.strip()]


def sentences(text: str) -> list[str]:
    """Return the sentences of folded prose."""
    return [part for part in _SENTENCE.split(text) if part and part.strip()]


def has_word(word: str, text: str) -> bool:
    """Tell whether a word stands in folded prose; a Latin one with no letter beside it."""
    return f" {word.casefold()} " in _latin(text) if word.isascii() else word in text


_LATIN_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")


@lru_cache(maxsize=256)
def _latin(text: str) -> str:
    """Return the Latin words of a text with a space between them."""
    return f" {' '.join(_LATIN_WORD.findall(text.casefold()))} "
