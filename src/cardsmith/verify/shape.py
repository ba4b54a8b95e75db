"""Whether a claim has the shape of a card and holds nothing that acts: asked first, of the claim alone."""

import re
from collections.abc import Iterator
from typing import get_args

from cardsmith.model import Kind
from cardsmith.text.characters import unseen
from cardsmith.text.code import without_code
from cardsmith.text.latex import find_formulas, pieces
from cardsmith.verify.claim import Claim
from cardsmith.verify.signs import folded

LIMITS = {"front": 600, "back": 1200, "text": 1200, "subject": 200, "quote": 2000, "where": 400}
"""Characters of each field: far above any good card's, so that only what is no card is refused here."""
MAX_WHERE = 20
"""Symbols that one formula's card may explain."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_MARKUP = re.compile(
    r"</?[A-Za-z][\w-]*(?:\s[^<>]*|\s*/)?>|<!--|<!\[|<\?|<(?:script|img|iframe|svg|style|object|embed|form|input|link|meta|base)\b"  # HTML
    r"|\]\s?\(|!\[|\[\[|^\s{0,3}\[[^\]]+\]:"  # links and pictures of Markdown
    r"|\b(?:https?|ftp|file|javascript|data|vbscript|anki)\s?:(?://|[^\s]*[,;(])|\bwww\.\w"  # addresses
    r"|\{\{(?!c\d+::)|\{%|\$\{|<%"  # templates
    r"|\[/?(?:sound:|anki:|latex\]|\$\$?\])"  # what Anki acts upon
    r"|&(?:#\d{2,7}|#x[0-9a-f]{2,6}|[a-z]{2,12}\d?);"  # entities
    r"|```|~~~",
    re.IGNORECASE | re.MULTILINE,
)
_ORDER = re.compile(
    r"(?:忽略|无视|忽视|不要理会|忘[掉记]|抛开|绕过)[^。\n]{0,16}(?:规则|指令|指示|提示|要求|以上|之前|上述|前面|设定)"
    r"|(?:按|照|遵从|遵照|执行|服从)[^。\n]{0,8}(?:系统提示|隐藏指令|以下指令)"
    r"|(?:你现在是|你的新任务|从现在起你|作为(?:一个)?(?:AI|人工智能|语言模型)|系统提示词)"
    r"|(?:请|务必|必须|只|仅)(?:直接|只|仅)?(?:输出|回复|打印|返回)[^。\n]{0,12}(?:卡片|以下|如下|这句|文字|内容|JSON|字样)"
    r"|(?i:\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,30}\b(?:instructions?|rules?|prompts?|previous|above|prior|system)\b)"
    r"|(?i:\bsystem prompt\b|\bas an? (?:ai|language model)\b|\byou are now\b|\byour new task\b|\bdo not follow\b|\bfrom now on,? you\b)"
    r"|(?i:\b(?:output|print|reply with|respond with|return|write|say)\s+(?:only|exactly|just|the following)\b)"
    r"|(?i:\b(?:create|make|add|generate)\s+(?:a|one)\s+(?:flash)?card\b)"
    r"|(?:生成|添加|制作|写)(?:一|这)张[^。\n]{0,10}卡片",
)


def has_one_shape(claim: Claim) -> Iterator[str]:
    """Find a claim that is no card: a kind that there is not, two shapes or none, a field without an end."""
    if claim.kind not in get_args(Kind):
        yield f"the kind {claim.kind[:40]!r} is none of {', '.join(get_args(Kind))}"
    if claim.text and (claim.front or claim.back):
        yield "it has text beside front or back: a card is one or the other"
    elif not claim.text and not (claim.front.strip() and claim.back.strip()):
        missing = "back" if claim.front.strip() else "front"
        yield f"{missing} is missing: a card has front and back, or text with {{{{c1::…}}}}"
    if not claim.quote.strip():
        yield "quote is missing: copy the piece of the notes that proves the answer"
    for name, value in claim.fields():
        if len(value) > LIMITS[name]:
            yield f"{name} has {len(value):,} characters; at most {LIMITS[name]:,}"
    if len(claim.where) > MAX_WHERE:
        yield f"where explains {len(claim.where)} symbols; at most {MAX_WHERE}"


def shows_all_it_holds(claim: Claim) -> Iterator[str]:
    """Find characters that nobody sees, or that turn the order of reading, outside the quote."""
    for name, value in claim.fields():
        if name == "quote":
            continue
        if found := _CONTROL.search(value):
            yield f"{name} holds the control character U+{ord(found.group()):04X}"
        elif hidden := next(unseen(value), None):
            yield f"{name} holds the invisible character {hidden.name}"


def holds_no_markup(claim: Claim) -> Iterator[str]:
    """Find HTML, links, pictures, templates and what Anki acts upon, outside code and formulas."""
    for name, value in claim.fields():
        if name == "quote":
            continue
        prose = "".join(
            " " if formula else without_code(piece) for piece, formula in pieces(value, find_formulas(value))
        )
        if (found := _MARKUP.search(prose)) or (found := _MARKUP.search(folded(prose))):
            yield f"{name} holds {found.group().strip()[:30]!r}: a card is text and formulas"


def obeys_nobody(claim: Claim) -> Iterator[str]:
    """Find orders to whoever makes the cards, also in the quote: notes are data, and an order is no knowledge."""
    for name, value in claim.fields():
        if found := _ORDER.search(folded(value)):
            yield f"{name} speaks to whoever makes cards: {found.group()[:40]}"
