r"""Clozes: what Anki makes of them, and that a number stays with its fact."""

import re
from collections.abc import Iterator

from cardsmith.checks.base import Context, Finding
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.text.clozes import MISSPELT, OPENING, cloze_hashes, meant_end, read_clozes

_SCOPE = re.compile(r"[A-Za-z_]\w*::[A-Za-z_]\w*", re.ASCII)


def deletes_something(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a cloze card that makes no card, or a deletion of nothing."""
    if entry.card.text is None:
        return
    reading = read_clozes(entry.card.text)
    if not reading.deletions:
        yield Finding("text", "no deletion", "write {{c1::…}} around what the learner must say")
    for deletion in reading.deletions:
        if not deletion.answer.strip():
            yield Finding("text", f"c{deletion.number} deletes nothing", "write the answer behind ::")


def is_spelt_as_anki_wants(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find clozes that Anki does not read: full-width digits, braces or colons, ``C1``, ``c1,2``, ``c0``, spaces."""
    for name, value in entry.pieces:
        if name in ("quote", "cite"):
            continue
        for found in MISSPELT.finditer(value) if "{" in value or "｛" in value else ():
            fits = OPENING.fullmatch(found.group())
            if not fits or int(fits.group(1)[:9]) == 0:
                hint = "write {{c1:: … }} in half-width characters, numbers from 1 (`check --fix` does)"
                yield Finding(name, f"Anki does not read {found.group()!r} as a cloze", hint)
            elif name != "text":
                yield Finding(name, f"a cloze in {name}, where Anki shows it as text", "move it to `text:`")


def ends_where_it_is_meant(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find ``}}`` of LaTeX that ends a cloze too early, a cloze without an end, and an end without a cloze."""
    text = entry.card.text
    if text is None:
        return
    reading = read_clozes(text)
    early = [d for d in reading.deletions if meant_end(text, d) not in (d.end, None)]
    for deletion in early:
        hint = "write `} }` inside LaTeX (`check --fix` does)"
        yield Finding("text", f"}}}} inside LaTeX ends c{deletion.number} too early", hint)
    for at in reading.unclosed:
        yield Finding("text", f"the cloze at character {at + 1} has no end", "close it with }}")
    for at in () if early else reading.stray:
        yield Finding(
            "text", f"}}}} at character {at + 1} ends nothing", "write `} }`, or open a cloze before it"
        )


def hint_is_meant(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find ``::`` inside an answer, which Anki takes for the start of a hint: ``std::map`` would ask for ``std``."""
    text = entry.card.text
    if text is None or text.count("::") == text.count("{{c"):
        return
    for deletion in read_clozes(text).deletions:
        content = f"{deletion.answer}::{deletion.hint}"
        if deletion.hint is not None and ("::" in deletion.hint or _SCOPE.fullmatch(content)):
            hint = "write `: :`, or delete other words"
            yield Finding("text", f"Anki shows only {deletion.answer!r}; the rest is taken for a hint", hint)


def numbers_have_no_gaps(_deck: Deck, entry: Entry, context: Context) -> Iterator[Finding]:
    """Find numbers left out, unless learners once had them: those must never be used again."""
    if entry.card.text is None:
        return
    numbers = {deletion.number for deletion in read_clozes(entry.card.text).deletions}
    record = context.released.get(entry.card.identity)
    had = {int(number) for number in record.clozes} if record else set()
    if record and not record.clozes:
        return
    if len(numbers) < 1000 and (missing := sorted(set(range(1, max(numbers, default=0))) - numbers - had)):
        shown = ", ".join(f"c{number}" for number in missing[:5])
        yield Finding("text", f"{shown} is left out", "number the deletions from 1 without gaps")


def numbers_keep_their_facts(_deck: Deck, entry: Entry, context: Context) -> Iterator[Finding]:
    """Find a number that moved to another fact since the last release: the learner's history would move with it."""
    record = context.released.get(entry.card.identity)
    if entry.card.text is None or record is None or not record.clozes:
        return
    now = cloze_hashes(entry.card.text)
    before = {answer: number for number, answer in record.clozes.items()}
    for number, answer in now.items():
        if answer in before and before[answer] != number and record.clozes.get(number) != answer:
            message = (
                f"c{before[answer]} of the last release is now c{number}: the learner's history would move"
            )
            yield Finding(
                "text", message, f"number it c{before[answer]} again, and give a new fact a new number"
            )


def deletion_is_no_gloss(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a deletion that is all of a bracket: another name for what stands before it, which nobody need guess."""
    text = entry.card.text
    if text is None or ("({{" not in text and "（{{" not in text):
        return
    for deletion in read_clozes(text).deletions:
        if text[deletion.start - 1 : deletion.start] in ("(", "（") and text[
            deletion.end : deletion.end + 1
        ] in (")", "）"):
            hint = "delete what the sentence says, not a name in brackets"
            yield Finding("text", f"c{deletion.number} deletes only a name in brackets", hint)
