"""A difference as GitHub renders Markdown: in a job summary, a comment, a file.

Its ``<ins>`` and ``<del>`` survive GitHub's sanitiser. Everything else of a card is escaped.
"""

from itertools import groupby

from cardsmith.diff.as_text import Effects, summary
from cardsmith.diff.compare import CardChange, Difference, FieldChange
from cardsmith.diff.words import Run, word_runs
from cardsmith.text.github import escape, github_math, inline_math
from cardsmith.text.latex import closed_formulas, pieces

LIMIT = 900_000
"""Bytes; a job summary holds 1 MiB for each step."""

_ICONS = {"added": "🟢", "removed": "🔴", "changed": "🟡", "moved": "🔵"}
_SEVERITIES = {"good": "", "note": "ℹ️ ", "bad": "⚠️ "}


def emit_markdown(difference: Difference, effects: Effects, limit: int = LIMIT) -> str:
    """Return the difference as Markdown for GitHub, cut at a card's end with a word about the rest."""
    parts = [f"### Cards: {summary(difference, effects)}\n"]
    parts += [
        f"- `{head.path}`: {head.name}: <del>{escape(head.old)}</del> <ins>{escape(head.new)}</ins> ({head.notes} cards)\n"
        for head in difference.heads
    ]
    size, shown = sum(len(part.encode()) for part in parts), 0
    for path, changes in groupby(difference.cards, lambda change: change.seat.deck.path):
        title = f"\n#### `{path}`\n"
        for change in changes:
            part = title + _card(change, effects)
            size, title = size + len(part.encode()), ""
            if size > limit:
                rest = len(difference.cards) - shown
                return "\n".join([*parts, f"… and {rest} more: run `cardsmith diff` to see them.\n"])
            parts.append(part)
            shown += 1
    return "\n".join(parts)


def _card(change: CardChange, effects: Effects) -> str:
    said = " · ".join(_SEVERITIES[effect.severity] + escape(effect.text) for effect in effects[change.id])
    lines = [f"{_ICONS[change.kind]} **`{change.id}`** {change.kind}: {said}\n"]
    if change.has_moved and change.old:
        lines.append(f"from `{change.old.deck.path}`\n")
    for field in change.fields:
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
