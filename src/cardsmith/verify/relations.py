"""Whether the card keeps the relations that the quote marks: cause, comparison, order, condition.

Cheap cues, no understanding: each rule speaks only where the quote's own words mark the relation.
"""

import re
from collections.abc import Iterator
from itertools import islice

from cardsmith.verify.case import Case
from cardsmith.verify.signs import FORMULA, content, sentences

MOST = 24
"""Comparisons, orders or conditions of one text that are looked at: no quote has so many."""

_CAUSE_FIRST = re.compile(
    r"(?:由于|因为|既然|\bbecause\b|\bsince\b|\bas a result of\b|\bdue to\b)(?P<cause>.+?)(?:,|;)\s*(?:所以|因此|从而|故|therefore)?(?P<effect>.+)",
    re.DOTALL | re.IGNORECASE,
)


_EFFECT_LAST = re.compile(
    r"(?P<cause>.+?)(?:所以|因此|因而|导致|使得|从而|造成|引起|于是|这就是为什么|\btherefore\b|\bso that\b|,\s*so\b|\bwhich is why\b|\bhence\b|\bthus\b|\bcauses?\b|\bleads? to\b|\bresults? in\b|\bmakes\b)(?P<effect>.+)",
    re.DOTALL | re.IGNORECASE,
)


_EFFECT_FIRST = re.compile(
    r"(?P<effect>.+?)(?:,|是)?\s*(?:因为|由于|原因是|\bbecause\b|\bsince\b|\bdue to\b)(?P<cause>.+)",
    re.DOTALL | re.IGNORECASE,
)


_BECAUSE_OF = re.compile(r"之所以(?P<effect>.+?)是(?:因为|由于)(?P<cause>.+)", re.DOTALL)


_CONDITIONAL = re.compile(
    r"(?:如果|若|当|一旦|只要|\bif\b|\bwhen\b)(?P<cause>.+?)(?:,)\s*(?:则|就|会|那么|then\b)?(?P<effect>.+)",
    re.DOTALL | re.IGNORECASE,
)


_WHY = re.compile(
    r"为什么|为何|原因|因何|由什么(?:导致|造成|引起)|\bwhy\b|\bcause[sd]?\b|\breason\b", re.IGNORECASE
)


_WHAT_OF_IT = re.compile(
    r"会怎样|会如何|会导致|导致什么|造成什么|引起什么|结果是什么|后果|带来什么|会发生什么|\bwhat happens\b|\bconsequence|\beffect of\b|\blead to\b|\bresult in\b|\bcause what\b",
    re.IGNORECASE,
)


def cause_comes_first(case: Case) -> Iterator[str]:
    """Find a cause that the card takes for the effect, or the reverse, where the quote marks them."""
    asked = said_sides(case.statement.text) if case.claim.text else _asked_sides(case)
    if not asked:
        return
    cause, effect = asked
    scores = [_agrees(cause, effect, *sides) for sides in _sides(case.quote.text)]
    marked = [score for score in scores if score]
    if marked and max(marked) < 0:
        yield "the quote has it the other way round: what is asked is the cause, what is answered the effect"


def _asked_sides(case: Case) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return what a card gives as cause and as effect."""
    question, answer = content(case.question.text), content(case.answer.text)
    if inner := said_sides(case.answer.text):
        return inner
    if _WHAT_OF_IT.search(case.question.text):
        return question, answer
    if _WHY.search(case.question.text):
        return answer, question
    return None


def said_sides(text: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """Return what a text itself marks as cause and effect, if it marks both."""
    for pattern in (_BECAUSE_OF, _CAUSE_FIRST, _EFFECT_LAST, _EFFECT_FIRST):
        found = pattern.search(text)
        if found and content(found["cause"]) and content(found["effect"]):
            return content(found["cause"]), content(found["effect"])
    return None


def _sides(text: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Yield how a quote may be read as cause and effect."""
    if found := _BECAUSE_OF.search(text):
        yield content(found["cause"]), content(found["effect"])
        return
    for piece in (text, *sentences(text)[:MOST]):
        for pattern in (_CAUSE_FIRST, _EFFECT_LAST, _EFFECT_FIRST, _CONDITIONAL):
            if found := pattern.search(piece):
                yield content(found["cause"]), content(found["effect"])


def _agrees(
    cause: frozenset[str], effect: frozenset[str], quoted_cause: frozenset[str], quoted_effect: frozenset[str]
) -> int:
    """Return 1 when a card's cause and effect are the quote's, -1 when they are exchanged, 0 when nothing tells."""
    only_cause, only_effect = quoted_cause - quoted_effect, quoted_effect - quoted_cause
    right = len(cause & only_cause) + len(effect & only_effect)
    wrong = len(cause & only_effect) + len(effect & only_cause)
    if wrong > right and cause & only_effect and effect & only_cause:
        return -1
    return 1 if right > wrong else 0


# Comparisons and orders.


_THAN = re.compile(
    r"(?P<one>[^,，。;；:：|\n]{1,40}?)(?P<sign>(?:远|更|要|明显|通常|略)*(?:优于|劣于|高于|低于|大于|小于|多于|少于|快于|慢于|强于|弱于|先于|早于|晚于|好于|胜过|超过|不如|>>?|<<?))(?P<other>[^,，。;；:：|\n]{1,40})"
    r"|(?P<one2>[^,，。;；:：|\n]{1,40}?)比(?!较|例|如|特|方|赛)(?P<other2>[^,，。;；:：|\n]{1,24}?)"
    r"(?P<sign2>(?:更|还|要|也)?\s?(?:大|小|高|低|快|慢|多|少|强|弱|好|差|长|短|厚|薄|深|浅|贵|便宜|简单|复杂|省|准|稳|早|晚|重|轻|宽|窄|容易|难|腰斩)[^,，。;；:：|\n]{0,12})"
    r"|(?P<one3>[^,.;:\n]{1,60}?)\b(?P<sign3>(?:is|are|was|has|have|needs?|uses?|runs?|gets?|does|do|converges?|trains?)?\s*(?:much |far |slightly )?(?:more|less|fewer|\w+er|better|worse)\b[^,.;:\n]{0,30}?)\bthan\b(?P<other3>[^,.;:\n]{1,40})",
    re.IGNORECASE,
)


def comparisons_keep_their_sides(case: Case) -> Iterator[str]:
    """Find a comparison whose two sides have changed places."""
    mine = f"{case.question.text} {case.statement.text}" if case.claim.text else case.statement.text
    for one, sign, other in _compared(case.quote.text):
        for mine_one, mine_sign, mine_other in _compared(mine):
            if _direction(sign) != _direction(mine_sign):
                continue
            kept = len(one & mine_one) + len(other & mine_other)
            turned = len(one & mine_other) + len(other & mine_one)
            if turned > kept and one & mine_other and (other & mine_one or not mine_one):
                yield f"the quote compares the other way round ({sign.strip()})"
                return
        asked = case.question.text
        if re.search(r"哪(?:个|种|一)|谁|\bwhich\b", asked) and content(sign) & content(asked) | (
            frozenset([sign.strip()]) if sign.strip() in asked else frozenset()
        ):
            answer = content(case.answer.text)
            if (
                answer & (other - one)
                and not answer & (one - other)
                and not re.search(r"不如|劣于|低于|小于|少于|慢于|弱于|<", sign)
            ):
                yield f"the quote has it of the other side ({sign.strip()})"
                return


def _compared(text: str) -> Iterator[tuple[frozenset[str], str, frozenset[str]]]:
    for found in islice(_THAN.finditer(text), MOST):
        for tail in ("", "2", "3"):
            if found[f"sign{tail}"]:
                one, other = _sided(found[f"one{tail}"]), _sided(found[f"other{tail}"])
                if one and other:
                    yield one - other, found[f"sign{tail}"], other - one


def _sided(text: str) -> frozenset[str]:
    return (
        content(text)
        | frozenset(re.findall(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])", text))
        | frozenset(re.findall(f"{FORMULA}.", text))
    )


def _direction(sign: str) -> str:
    bare = re.sub(r"[远更还也要明显通常略\s]", "", sign.casefold())
    return bare[:1] if bare[:1] > "\u3400" and not bare.endswith(("于", "过", "如")) else bare


_FIRST_THEN = re.compile(
    r"先(?P<one>[^,，。;；\n]+?)[,，]?\s*(?:再|然后|接着|随后|之后|后(?!验|向|续|端|者|处))(?P<two>[^。;；\n]+)"
    r"|(?P<one2>[^,，。;；\n]+?)(?:之后|以后|后)[,，]\s*(?:再|才)?(?P<two2>[^。;；\n]+)"
    r"|\bfirst,? (?P<one3>[^;.\n]+?),?\s(?:and )?then (?P<two3>[^;.\n]+)"
    r"|(?P<one4>[^,;.\n]+?)\bbefore\b(?P<two4>[^,;.\n]+)"
    r"|(?P<two5>[^,;.\n]+?)\bafter\b(?P<one5>[^,;.\n]+)",
    re.IGNORECASE,
)


def steps_keep_their_order(case: Case) -> Iterator[str]:
    """Find 先 and 再, first and then, before and after whose sides have changed places."""
    for one, two in _ordered(case.quote.text):
        for mine_one, mine_two in _ordered(case.statement.text):
            kept = len(one & mine_one) + len(two & mine_two)
            turned = len(one & mine_two) + len(two & mine_one)
            if turned > kept and one & mine_two and two & mine_one:
                yield "the quote has the steps in another order"
                return


def _ordered(text: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    for found in islice(_FIRST_THEN.finditer(text), MOST):
        for tail in ("", "2", "3", "4", "5"):
            if found[f"one{tail}"]:
                one, two = content(found[f"one{tail}"]), content(found[f"two{tail}"])
                yield one - two, two - one


# Conditions.


_CONDITION = re.compile(
    r"(?:如果|假如|若(?!干)|当(?!作|成|前|个|中|然|年|地|选|做|下|场)|除非|一旦|只要|只有(?!一|两|几|\d))(?P<one>[^,，。;；\n]{2,40})"
    r"|(?:^|[,，。;；:：\n])\s*在?(?P<two>[^,，。;；:：\n]{2,24}?)(?:的情况下|的时候|的前提下|的条件下|成立时|时|下)(?=[,，])"
    r"|\b(?:only if|only when|if|when|unless|once|provided that|as long as|whenever|past|beyond)\b(?P<three>[^,.;\n]{3,60})",
    re.IGNORECASE,
)


_GOES_ON = re.compile(r"[。;；\n]|故(?!障)|所以|因此|但|可(?!以|能)|而(?!且|言)")


def conditions_are_kept(case: Case) -> Iterator[str]:
    """Find a condition in the quote of which the card has no word."""
    yield from _dropped(case, case.quote.text)


def conditions_near_are_kept(case: Case) -> Iterator[str]:
    """Note a condition that stands in the quote's sentence, outside the quote, and of which the card has no word."""
    rest = re.split(r"[。;；!！?？\n]", case.before)[-1]
    if rest.strip():
        yield from _dropped(case, f"{rest},")


def _dropped(case: Case, text: str) -> Iterator[str]:
    said_of = content(f"{case.question.text}\n{case.statement.text}")
    answer = content(case.answer.text)
    for found in islice(_CONDITION.finditer(text), MOST):
        condition = found["one"] or found["two"] or found["three"]
        signs = content(condition)
        if not signs or len(signs & said_of) > SAID * len(signs):
            continue
        if text is not case.quote.text or answer & content(_governed(text, found)):
            yield condition.strip()[:40]
            return


SAID = 0.2
"""Of a condition's signs: a card that has more of them names it."""


def _governed(text: str, condition: re.Match[str]) -> str:
    """Return what a condition governs: what follows it in its sentence, or, where nothing does, what stands before it."""
    behind = text[condition.end() :]
    stop = _GOES_ON.search(behind)
    behind = behind[: stop.start()] if stop else behind
    return f"{condition.group()} {behind}" if behind.strip(" ,，.") else text[: condition.end()]
