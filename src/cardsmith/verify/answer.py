"""Whether the quote proves the answer, sign by sign: numbers, formulas, names, words, deletions, lists, symbols."""

import re
from collections import Counter
from collections.abc import Iterator

from cardsmith.text.shadow import key
from cardsmith.verify.case import Case
from cardsmith.verify.signs import (
    LIGHT,
    Said,
    clauses,
    folded,
    formula_key,
    grams,
    name_words,
    said,
)

ODD_HAN = 3
"""Han of an answer that stand nowhere in what may prove it: so many are a word of the proposer's own."""


KNOWN_SHARE = 0.34
"""Of a clause's pairs of Han: with fewer in the notes the clause is not theirs,"""
KNOWN_SIGNS = 0.9
"""unless of its Han so many stand there: then it says the same more shortly."""


def numbers_are_the_quotes(case: Case) -> Iterator[str]:
    """Find a number of the answer that the quote does not have, or has with another unit."""
    proof = case.proof
    units: dict[str, set[str]] = {}
    for number in proof.numbers:
        units.setdefault(number.value, set()).add(number.unit)
    count = str(len(case.items)) if case.items else ""
    for number in case.statement.numbers:
        if number.value not in proof.any_numbers and number.value != count:
            yield f"{number.value}{number.unit} is not in the quote"
        elif number.unit and _is_other_unit(number.unit, units.get(number.value, set())):
            yield f"{number.value}{number.unit}: the quote has {number.value}{'/'.join(sorted(units[number.value]))}"


def _is_other_unit(unit: str, known: set[str]) -> bool:
    return bool(known) and not any(
        not each or each.startswith(unit) or unit.startswith(each) for each in known
    )


def formulas_are_the_quotes(case: Case) -> Iterator[str]:
    """Find a formula of the answer that is none of the quote's, nor a whole side of one."""
    plain = _bare(case.claim.quote)
    for formula in case.statement.formulas:
        if not any(_is_part(formula, whole) for whole in case.quote.formulas) and not _is_part(
            formula, plain
        ):
            yield f"{formula[:60]} is not in the quote"
    known, stated = _symbols(case.quote), _symbols(Said(case.answer.text, ()))
    for symbol in stated - known:
        if symbol not in _PLAIN:
            yield f"{symbol} stands more often in the answer than in the quote"
            return


_SYMBOL = r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z'])"


_PLAIN = frozenset("aAI")


def _symbols(text: Said) -> Counter[str]:
    """Return the lone letters of a text and its formulas, each as often as it stands there."""
    return Counter(re.findall(_SYMBOL, f"{text.text} {' '.join(text.formulas)}"))


_EDGE_BEFORE, _EDGE_BEHIND = (
    r"(?:^|[,;:，；：。=<>≤≥≈∝\s]|\\rightarrow|\\sim)",
    r"(?:$|[,;:，；：。.=<>≤≥≈∝\s]|\\rightarrow|\\sim)",
)


_RELATION = re.compile(r"[=<>≤≥≈∝]")


def _is_part(formula: str, whole: str) -> bool:
    """Tell whether a formula is another one or a piece of it: of a statement a whole side, of a term any whole token."""
    formula, whole = formula.replace(";", ""), whole.replace(";", " ")
    if formula == whole.replace(" ", ""):
        return True
    loose = r"\s*".join(map(re.escape, formula))
    if _RELATION.search(formula):
        return re.search(rf"{_EDGE_BEFORE}{loose}{_EDGE_BEHIND}", whole) is not None
    return re.search(rf"(?<![A-Za-z0-9\\]){loose}(?![A-Za-z0-9_^])", whole) is not None


def _bare(quote: str) -> str:
    """Return a quote as formulas without delimiters stand in it."""
    return re.sub(r"\\[()\[\]]|\$", " ", formula_key(re.sub(r"[，。；、,;\n]", " ; ", folded(quote))))


def names_are_known(case: Case) -> Iterator[str]:
    """Find a Latin name or term of the answer that stands neither in the quote, nor its list, nor a heading, nor the question."""
    odd = list(unknown_words(case.statement, case.support))
    is_english = not case.statement.han and len(case.statement.words) > 2
    names = set(name_words(case.statement.text))
    sure = [word for word in odd if word in names or not is_english]
    if sure:
        yield f"{', '.join(dict.fromkeys(sure))} is not in the quote"
    elif len(odd) > max(1, len(case.statement.words) // 6):
        yield f"{', '.join(dict.fromkeys(odd))} are not the quote's words"


def one_word_is_new(case: Case) -> Iterator[str]:
    """Note the one English word of an answer that the notes do not have."""
    odd = list(unknown_words(case.statement, case.support))
    if odd:
        yield ", ".join(dict.fromkeys(odd))


def unknown_words(one: Said, pool: Said) -> Iterator[str]:
    """Yield the Latin words of a text that another does not have in any form."""
    letters = pool.key + key(" ".join(pool.formulas))
    for word in one.words:
        if len(word) == 1 and word.islower():
            continue
        if not pool.holds_word(word) and not (len(key(word)) > 2 and key(word) in letters):
            parts = [part for part in re.split(r"[-+.']", word) if len(part) > 1]
            if len(parts) < 2 or not all(pool.holds_word(part) for part in parts):
                yield word


def words_are_known(case: Case) -> Iterator[str]:
    """Find Han words of the answer that the quote, its list, headings and the question do not have."""
    odd = _odd_han(case.statement.text, case.support)
    signs = [sign for run in odd for sign in run]
    if len(signs) >= ODD_HAN or any(len(run) > 1 for run in odd):
        yield f"{'、'.join(odd)}: not the quote's words"


def a_word_is_new(case: Case) -> Iterator[str]:
    """Note Han of the answer that stand nowhere in the notes."""
    odd = _odd_han(case.statement.text, case.support)
    if odd:
        yield "、".join(odd)


def _odd_han(text: str, pool: Said) -> list[str]:
    """Return the runs of Han that stand in no pair of the pool, of which no sign stands there and none is light."""
    pairs = frozenset(run[at : at + 2] for run in pool.han for at in range(len(run) - 1))
    signs = frozenset("".join(pool.han))
    odd: list[str] = []
    for run in said(text).han:
        part = ""
        for at, sign in enumerate(run):
            in_pair = run[at : at + 2] in pairs or run[max(0, at - 1) : at + 1] in pairs
            if in_pair or sign in signs or sign in LIGHT:
                odd += [part] if part else []
                part = ""
            else:
                part += sign
        odd += [part] if part else []
    return odd


def clauses_are_the_quotes(case: Case) -> Iterator[str]:
    """Find a clause of the answer of which hardly anything stands in the notes."""
    if case.items and case.listed.text:
        return
    known, signs = grams(case.support.text), frozenset("".join(case.support.han))
    for clause in clauses(case.statement.text):
        pairs, own = grams(clause), [sign for run in said(clause).han for sign in run]
        is_paraphrase = sum(sign in signs for sign in own) >= KNOWN_SIGNS * len(own)
        if len(pairs) >= 3 and len(pairs & known) < KNOWN_SHARE * len(pairs) and not is_paraphrase:
            yield f"{clause.strip()[:40]}: not said in the quote"


def clozes_are_the_quotes(case: Case) -> Iterator[str]:
    """Find a deletion whose words do not stand in the quote as they are."""
    whole = _run(case.quote.text)
    for deletion in case.deleted:
        wanted = _run(said(deletion).text)
        if not any(sign.isalnum() for sign in wanted) and "∎" not in wanted:
            yield f"the deletion {deletion[:20]!r} holds nothing to say"
        elif not re.search(rf"(?<![a-z0-9.]){re.escape(wanted)}(?![a-z0-9]|\.\d)", whole):
            yield f"{deletion[:40]} does not stand in the quote"


def _run(text: str) -> str:
    """Return folded prose with no space beside Han and signs, so that only Latin words are apart."""
    return re.sub(
        r"\s*([^a-z0-9\s])\s*|(?<=\d)\s+(?=[a-z%])",
        lambda m: m.group(1) or "",
        re.sub(r"\s+", " ", text.casefold()),
    ).strip()


def lists_keep_their_order(case: Case) -> Iterator[str]:
    """Find a list or chain in another order than the quote's."""
    flat = _run(case.quote.text)
    places = [_first(flat, item) for item in case.items]
    if len(places) > 1 and all(place >= 0 for place in places) and places != sorted(places):
        yield "the quote has them in another order"
    elif case.items and not case.listed.text and not all(place >= 0 for place in places):
        lost = [
            item
            for item, place in zip(case.items, places, strict=True)
            if place < 0 and _is_foreign(item, case)
        ]
        if lost:
            yield f"{lost[0][:40]}: no item that the quote lists"


def _first(flat: str, item: str) -> int:
    head = re.sub(r"\s*[（(].*", "", item, flags=re.DOTALL)
    for form in (item, head, re.split(r"[:：]", item)[0]):
        wanted = _run(said(form).text).strip(".")
        if wanted and (at := flat.find(wanted)) >= 0:
            return at
    return -1


def _is_foreign(item: str, case: Case) -> bool:
    one = said(item)
    known = case.proof
    pairs = grams(one.text)
    lost = [word for word in one.words if not known.holds_word(word)]
    return bool(lost) or (len(pairs) >= 2 and len(pairs & grams(known.text)) < 0.5 * len(pairs))


def symbols_are_explained_there(case: Case) -> Iterator[str]:
    """Find a ``where`` whose symbol or meaning the notes do not have."""
    text = _run(case.section.text)
    letters = "".join(case.document.excerpt.text.split())
    for symbol, meaning in case.claim.where:
        bare = re.sub(r"\\[()\[\]]|\$|\s", "", symbol)
        known = formula_key(bare)
        if known not in formula_key(letters):
            yield f"{symbol}: no symbol of the notes"
        elif not _is_said(meaning, text, case):
            yield f"{symbol}: the notes do not say {meaning[:40]!r}"


def _is_said(meaning: str, text: str, case: Case) -> bool:
    one = said(meaning)
    if _run(one.text) in text:
        return True
    whole = case.section
    formulas_known = all(any(_is_part(each, other) for other in whole.formulas) for each in one.formulas)
    pairs = grams(one.text)
    words_known = all(whole.holds_word(word) for word in one.words)
    numbers_known = all(number.value in whole.any_numbers for number in one.numbers)
    return (
        formulas_known
        and words_known
        and numbers_known
        and len(pairs & grams(whole.text)) >= 0.7 * len(pairs)
    )
