"""Whether the quote proves the answer, sign by sign: numbers, formulas, names, words, negations, directions."""

import re
from collections import Counter
from collections.abc import Iterator

from cardsmith.text.shadow import key
from cardsmith.verify.case import Case
from cardsmith.verify.signs import (
    HEDGE,
    LIGHT,
    NEGATION,
    OPPOSITES,
    STRONG,
    Said,
    clauses,
    folded,
    formula_key,
    grams,
    has_word,
    name_words,
    said,
    stem,
)

ODD_HAN = 3
"""Han of an answer that stand nowhere in what may prove it: so many are a word of the proposer's own."""
KNOWN_SHARE = 0.34
"""Of a clause's pairs of Han: with fewer in the notes the clause is not theirs."""


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
    return bool(known) and not any(not each or each.startswith(unit) or unit.startswith(each) for each in known)


def formulas_are_the_quotes(case: Case) -> Iterator[str]:
    """Find a formula of the answer that is none of the quote's, nor a whole side of one."""
    plain = _bare(case.claim.quote)
    for formula in case.statement.formulas:
        if not any(_is_part(formula, whole) for whole in case.quote.formulas) and not _is_part(formula, plain):
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


_EDGE_BEFORE, _EDGE_BEHIND = r"(?:^|[,;:，；：。=<>≤≥≈∝\s]|\\rightarrow|\\sim)", r"(?:$|[,;:，；：。.=<>≤≥≈∝\s]|\\rightarrow|\\sim)"
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
    is_english = not case.statement.han and len(case.statement.words) > 3
    names = {name for name in name_words(case.statement.text)}
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
    known = grams(case.support.text)
    for clause in clauses(case.statement.text):
        pairs = grams(clause)
        if len(pairs) >= 3 and len(pairs & known) < KNOWN_SHARE * len(pairs):
            yield f"{clause.strip()[:40]}: not said in the quote"


def directions_are_kept(case: Case) -> Iterator[str]:
    """Find a word such as 增大 or higher where the quote has only its opposite, in the answer or the question."""
    proof, wide = case.proof.text, f"{case.proof.text}\n{case.headings.text}"
    for where, text, pool in (
        ("the answer", case.statement.text, wide),
        ("the question", case.question.text, f"{wide}\n{case.near.text}"),
    ):
        for one, other in _turned(text, pool, proof):
            yield f"{where} says {one}, the quote {other}"
            break


def _turned(text: str, pool: str, proof: str) -> Iterator[tuple[str, str]]:
    for pair in OPPOSITES:
        for one, other in (pair, pair[::-1]):
            if has_word(one, text) and not has_word(one, pool) and has_word(other, proof):
                if _is_alone(one, text) and _is_alone(other, proof):
                    yield one, other


def _is_alone(word: str, text: str) -> bool:
    """Tell whether a single Han stands as a word and not inside 大小 or 多少, where both sides are named."""
    return len(word) > 1 or re.search(rf"{word}(?![小少低慢弱差浅窄薄旧假负列尾短度])", text) is not None


def negations_are_kept(case: Case) -> Iterator[str]:
    """Find a negation that the answer adds or that it drops: what the quote denies is not asserted, nor the reverse."""
    proof, answer, question = case.proof.text, case.statement.text, case.question.text
    if (added := NEGATION.search(answer)) and not NEGATION.search(f"{proof}\n{case.listed.text}"):
        yield f"the answer denies ({added.group()}), the quote does not"
        return
    if not case.claim.text and (added := NEGATION.search(question)) and not NEGATION.search(f"{proof} {case.near.text} {case.headings.text} {answer}"):
        yield f"the question denies ({added.group()}), the notes do not"
        return
    if _DENIAL_IS_ASKED.search(question):
        return
    for denied, word in _denied(proof):
        for where, text, besides in (("answer", answer, question), ("question", question, answer)):
            if _asserted(word, text) > _asserted(word, proof):
                if where == "question" and (NEGATION.search(text) or NEGATION.search(besides)):
                    continue
                yield f"the quote says {denied}{word}, the {where} {word}"
                return
    for word in _DENIED_ONE.findall(proof):
        if re.search(rf"(?:会|有|很|能|可|要|就|都|仍|还|是){word}(?![\u3400-\u9fff])", answer) and not _asserted(word, proof):
            yield f"the quote denies {word}, the answer does not"
            return
    yield from _lost(case)


_DENIAL_IS_ASKED = re.compile(r"(?:不|没|无)[^,，;；]{0,3}什么|\bwhat\b[^?]*(?:\bnot\b|n't)", re.IGNORECASE)
_DENIED_ONE = re.compile(r"(?:不|没|无)([\u3400-\u9fff])(?![\u3400-\u9fff])")


_DENIES_NEXT = re.compile(r"\s*(?:会|能|可以?|再|要|需要?|必|是|应该?|得|被|太|算)?\s*([\u3400-\u9fff]{2,3}|[A-Za-z]{3,}(?:\s[A-Za-z]+)?)")


def _denied(text: str) -> Iterator[tuple[str, str]]:
    """Yield each negation of a text and the word that it denies."""
    for found in NEGATION.finditer(text):
        if behind := _DENIES_NEXT.match(text, found.end()):
            yield found.group(), behind.group(1)


def _asserted(word: str, text: str) -> int:
    """Return how often a word stands in a text with no negation right before it."""
    reach = 14 if word.isascii() else 5
    return sum(
        not NEGATION.search(re.split(r"[,，。;；]", text[max(0, found.start() - reach) : found.start()])[-1])
        for found in re.finditer(re.escape(word), text, re.IGNORECASE)
    )


def _lost(case: Case) -> Iterator[str]:
    """Find an answer that is taken from behind a negation without it."""
    asked = re.sub(r"不同|不仅|不只|区别", "", case.question.text)
    if NEGATION.search(asked) or NEGATION.search(case.statement.text):
        return
    parts = clauses(case.quote.text)
    denied = [part for part in parts if NEGATION.search(part)]
    plain = frozenset().union(*(_signs(part) for part in parts if not NEGATION.search(part)))
    for clause in clauses(case.answer.text):
        signs = _signs(clause)
        for part in denied:
            found = NEGATION.search(part)
            assert found is not None  # noqa: S101 - it was searched above
            behind = _signs(part[found.end() :])
            ahead = _signs(part[: found.start()])
            taken = {sign for sign in signs & behind if sign not in plain and sign not in ahead}
            if len(signs) >= 1 and len(taken) >= 2 and len(taken) >= 0.6 * len(signs):
                yield f"the quote says {part.strip()[:30]}, the answer drops {found.group()}"
                return


def _signs(text: str) -> frozenset[str]:
    words = {stem(word) for word in said(text).words}
    return grams(text) | words


def nothing_is_strengthened(case: Case) -> Iterator[str]:
    """Find 必须, 所有, always or only where the notes do not say so."""
    known = f"{case.proof.text}\n{case.headings.text}"
    for word in STRONG:
        if has_word(word, case.statement.text) and not has_word(word, known) and not _says_the_same(word, known):
            yield f"{word}: the notes do not say so"
            return


_SAME = (
    {"所有", "全部", "任何", "每", "各", "都", "全", "任意", "一切"}, {"必须", "一定", "必然", "肯定", "务必", "必", "需要", "只能", "要"},
    {"总是", "永远", "一直", "始终", "总", "always"}, {"唯一", "只有", "仅"}, {"完全", "全", "彻底"}, {"绝对", "肯定"},
    {"all", "every", "each", "any", "entire", "whole", "always"}, {"must", "has to", "have to", "need", "needs", "required", "should", "cannot", "can't"},
    {"only", "just", "solely", "single", "nothing", "merely", "no"}, {"never", "not", "no", "won't", "can't", "don't"}, {"completely", "fully", "entirely"},
)  # fmt: skip


def _says_the_same(word: str, text: str) -> bool:
    return any(word in group and any(has_word(other, text) for other in group) for group in _SAME)


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
    return re.sub(r"\s*([^a-z0-9\s])\s*|(?<=\d)\s+(?=[a-z%])", lambda m: m.group(1) or "", re.sub(r"\s+", " ", text.casefold())).strip()


def lists_keep_their_order(case: Case) -> Iterator[str]:
    """Find a list or chain in another order than the quote's."""
    flat = _run(case.quote.text)
    places = [_first(flat, item) for item in case.items]
    if len(places) > 1 and all(place >= 0 for place in places) and places != sorted(places):
        yield "the quote has them in another order"
    elif case.items and not case.listed.text and not all(place >= 0 for place in places):
        lost = [item for item, place in zip(case.items, places, strict=True) if place < 0 and _is_foreign(item, case)]
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
    return formulas_known and words_known and numbers_known and len(pairs & grams(whole.text)) >= 0.7 * len(pairs)


def hedges_are_kept(case: Case) -> Iterator[str]:
    """Note a 通常 or may of the quote that the card leaves out."""
    hedge = HEDGE.search(case.quote.text)
    if hedge and not HEDGE.search(f"{case.question.text}\n{case.statement.text}"):
        yield hedge.group()


def restrictions_are_kept(case: Case) -> Iterator[str]:
    """Note a 只 or only of the quote that the card leaves out."""
    found = re.search(r"只(?!要|是)|仅|\bonly\b", case.quote.text, re.IGNORECASE)
    if found and not re.search(r"只|仅|\bonly\b|\bjust\b", f"{case.question.text}\n{case.statement.text}", re.IGNORECASE):
        yield found.group()
