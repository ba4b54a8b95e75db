r"""What is wrong with a rendered cloze: the spellings on which Anki and its tools disagree.

Anki ends a deletion at the first ``}}``, starts its hint at the first ``::``, and reads only ``{{c1::`` with ASCII
digits; anything else makes other cards than the author sees, or none. See rslib/src/cloze.rs in Anki.
"""

import re
from typing import Literal

from cardsmith.text.clozes import OPENING, SIGN, cloze_numbers
from cardsmith.text.escape import TAG

_NEARLY = re.compile(r"\{\{\s*[cC]\s*\d[\d\s,，、]*(?:[:：]{1,2}|\}\})")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)

MAX_NUMBER = 99
"""A note's cards get the 99 numbers behind its own; Anki itself stops at 500."""


FaultCode = Literal["cloze-none", "cloze-form", "cloze-braces", "cloze-colons", "cloze-nested", "cloze-place"]
Fault = tuple[FaultCode, str, str]
"""Code, message and hint."""


def cloze_fault(page: str) -> Fault | None:
    """Return what is wrong with a rendered cloze text and what to do, or None."""
    for nearly in _NEARLY.finditer(page):
        if not OPENING.match(page, nearly.start()):
            return (
                "cloze-form",
                f"{nearly.group()} is no deletion for Anki",
                "write {{c1::…}} with ASCII digits, one number each",
            )
    numbers = cloze_numbers(page)
    if not numbers:
        return "cloze-none", "no deletion", "write {{c1::…}} around what the learner must say"
    if numbers[0] < 1 or numbers[-1] > MAX_NUMBER:
        return "cloze-form", f"cloze numbers go from 1 to {MAX_NUMBER}", "number the deletions from c1"
    if any(SIGN.search(tag) for tag in TAG.findall(page)):
        message = "a deletion begins or ends in a link's address or a picture's description"
        return "cloze-place", message, "take it out"
    return _nesting_fault(page)


def _nesting_fault(page: str) -> Fault | None:
    opened: re.Match[str] | None = None
    for token in SIGN.finditer(page):
        if token.group() != "}}" and opened:
            message = "a deletion inside another one shows differently in older clients"
            return "cloze-nested", message, "make two cards of it"
        if token.group() != "}}":
            opened = token
        elif opened:
            if fault := _content_fault(
                page[opened.end() : token.start()], page[token.end() : token.end() + 1]
            ):
                return fault
            opened = None
    return ("cloze-braces", "a deletion is never closed", "end it with }}") if opened else None


def _content_fault(inside: str, behind: str) -> Fault | None:
    answer, _, hint = inside.partition("::")
    answer = TAG.sub("", answer).strip() if "<img" not in answer else answer
    if not answer:
        return "cloze-none", "a deletion of nothing", "write the answer behind the ::"
    if behind == "}" and inside.count("{") > inside.count("}"):
        message = "Anki ends the deletion at the first }}, inside the LaTeX"
        return "cloze-braces", message, "write a space: } }}"
    hint = TAG.sub("", hint)
    if _NAME.fullmatch(answer) and _NAME.fullmatch(hint):
        return (
            "cloze-colons",
            f"{answer}::{hint} is read as the answer {answer} with the hint {hint}",
            f"put code into backticks: `{answer}::{hint}`; write a hint in other words",
        )
    return None
