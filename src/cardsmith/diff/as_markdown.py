"""A difference as GitHub renders Markdown: in a job summary, a comment, a file.

Its ``<ins>`` and ``<del>`` survive GitHub's sanitiser. Everything else of a card is escaped.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from cardsmith.diff.as_text import Effects, sections, summary
from cardsmith.diff.compare import CardChange, Difference, FieldChange
from cardsmith.diff.words import Run, word_runs
from cardsmith.text.github import escape, github_math, inline_math
from cardsmith.text.latex import closed_formulas, pieces

LIMIT = 900_000
"""Bytes; a job summary holds 1 MiB for each step."""

_ICONS = {"added": "🟢", "removed": "🔴", "changed": "🟡", "moved": "🔵"}
LONG = 10
"""Drafts; a list that is longer is folded, file by file."""

_TO_DECIDE_BY = ("front", "text", "back", "where", "quote", "cite")
"""The fields by which a draft is accepted or rejected."""
_SEVERITIES = {"good": "", "note": "ℹ️ ", "bad": "⚠️ "}


class _Block(NamedTuple):
    """A card on the page."""

    text: str
    closing: str
    """What the page must go on with, should it end behind this card."""


def emit_markdown(difference: Difference, effects: Effects, limit: int = LIMIT) -> str:
    """Return the difference as Markdown for GitHub, cut at a card's end with a word about the rest.

    Drafts come last, in a section of their own: with the pull request at hand, a reviewer decides on them there.
    """
    parts = [f"### Cards: {summary(difference, effects)}\n"]
    parts += [
        f"- `{head.path}`: {head.name}: <del>{escape(head.old)}</del> <ins>{escape(head.new)}</ins> ({head.notes} cards)\n"
        + (f"  {_SEVERITIES['bad']}{head.meaning}\n" if head.meaning else "")
        for head in difference.heads
    ]
    cards, drafts = sections(difference, effects)
    blocks = [*_changed(cards, effects), *_undecided(drafts)]
    size = sum(len(part.encode()) for part in parts)
    for number, block in enumerate(blocks):
        size += len(block.text.encode())
        if size > limit:
            closing = blocks[number - 1].closing if number else ""
            rest = f"… and {len(blocks) - number} more: run `cardsmith diff` to see them.\n"
            return "\n".join([*parts, *filter(None, [closing]), rest])
        parts.append(block.text)
    return "\n".join(parts)


def _changed(cards: Sequence[CardChange], effects: Effects) -> Iterator[_Block]:
    for path, changes in groupby(cards, lambda change: change.seat.deck.path):
        title = f"\n#### `{path}`\n"
        for change in changes:
            said = " · ".join(_SEVERITIES[e.severity] + escape(e.text) for e in effects[change.id])
            yield _Block(f"{title}{_card(change, f'{change.label}: {said}', change.shown)}", "")
            title = ""


def _undecided(drafts: Sequence[CardChange]) -> Iterator[_Block]:
    """Return the drafts, each with what it is decided by; a file's in a fold, which is open when there are few."""
    title = (
        "\n### Drafts\n\nNone of these ships. Delete the line `draft: true` to accept a card, delete the card to "
        "reject it; what is left waits.\n\n"
    )
    opened = "" if len(drafts) > LONG else " open"
    for path, found in groupby(drafts, lambda change: change.seat.deck.path):
        changes = list(found)
        title += f"<details{opened}><summary><code>{escape(path)}</code>: {len(changes)}</summary>\n\n"
        for number, change in enumerate(changes, start=1):
            is_whole = change.old is None or change.new is None
            fields = [f for f in change.shown if f.name in _TO_DECIDE_BY] if is_whole else change.shown
            text = title + _card(change, f"{change.label}, line {change.seat.line}", fields)
            is_last = number == len(changes)
            yield _Block(text + "\n</details>\n" * is_last, "" if is_last else "</details>\n")
            title = ""


def _card(change: CardChange, said: str, fields: Sequence[FieldChange]) -> str:
    lines = [f"{_ICONS[change.kind]} **`{change.id}`** {said}\n"]
    if change.has_moved and change.old:
        lines.append(f"from `{change.old.deck.path}`\n")
    for field in fields:
        lines += [f"*{field.name}*\n", _field(field) + "\n"]
    return "\n".join(lines)


def _field(field: FieldChange) -> str:
    """Return a field's words with marks; one that is new or gone as a whole is quoted without any."""
    if not field.old or not field.new:
        return _quoted("".join(_rendered(Run("=", field.old or field.new))))
    return _quoted("".join(_rendered(run) for run in word_runs(field.old, field.new)))


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip("\n").split("\n"))


def _rendered(run: Run) -> str:
    tag = {"-": "del", "+": "ins"}.get(run.mark, "")
    parts: list[str] = []

    def text(piece: str) -> None:
        for number, line in enumerate(piece.split("\n")):
            parts.append("  \n" if number else "")
            parts.append(f"<{tag}>{escape(line)}</{tag}>" if tag and line.strip() else escape(line))

    for piece, formula in pieces(run.text, closed_formulas(run.text)):
        if formula is None:
            text(piece)
            continue
        if formula.kind == "display":
            body = github_math(formula.body)
            label = {"-": "<del>removed:</del>", "+": "<ins>added:</ins>"}.get(run.mark, "")
            fence = "```" if "```" not in body else "````"
            parts.append(f"\n\n{label}\n\n{fence}math\n{body}\n{fence}\n\n")
        else:
            inline = inline_math(formula.body)
            parts.append(f"<{tag}>{inline}</{tag}>" if tag else inline)
    return "".join(parts)
