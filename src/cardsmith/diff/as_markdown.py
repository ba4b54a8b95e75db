r"""A difference as GitHub renders Markdown: in a job summary, a comment, a file.

GitHub typesets ``$`…`$`` in a line and ```` ```math ```` fences, with a MathJax from which it took some macros
(github/markup issue 1688); ``<ins>`` and ``<del>`` survive its sanitiser. Everything else of a card is escaped.
"""

import re
from itertools import groupby

from cardsmith.diff.as_text import Effects, summary, visible
from cardsmith.diff.compare import CardChange, Difference, FieldChange
from cardsmith.diff.words import Run, word_runs
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
        body = github_math(formula.body)
        if formula.kind == "display":
            label = {"-": "<del>removed:</del>", "+": "<ins>added:</ins>"}.get(run.mark, "")
            fence = "```" if "```" not in body else "````"
            parts.append(f"\n\n{label}\n\n{fence}math\n{body}\n{fence}\n\n")
        elif "`" in body:
            parts.append(f"<code>{escape(formula.body)}</code>")
        else:
            inline = f"$`{' '.join(body.split())}`$"
            parts.append(f"<{tag}>{inline}</{tag}>" if tag else inline)
    return "".join(parts)


_SPECIAL = re.compile(r"[@#](?=\w)|[\\`*_{}\[\]()+\-!|~$:>#]")


def escape(text: str) -> str:
    """Return a text that GitHub shows as it is: no markup, link, image or formula, and nobody is mentioned.

    GitHub looks for mentions and issues in what is rendered, where an escaped sign is the sign; a comment parts it from
    its name.
    """
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;")
    return _SPECIAL.sub(_escaped, shown)


def _escaped(sign: re.Match[str]) -> str:
    text, at = sign.string, sign.end()
    is_reference = sign.group() in "@#" and text[at : at + 1].isalnum()
    return f"{sign.group()}<!-- -->" if is_reference else f"&#{ord(sign.group())};"


_OPERATOR = re.compile(r"\\operatorname(\*?)\s*(?=\{)")
_PHANTOM = re.compile(r"\\[hv]?phantom\s*(?=\{)")
_RENAMED = {r"\mbox": r"\text", r"\hbox": r"\text", r"\bm": r"\boldsymbol", r"\mathbbm": r"\mathbb"}
_NAME = re.compile(r"\\(?:mbox|hbox|bm|mathbbm)(?![A-Za-z])")


def github_math(body: str) -> str:
    """Return LaTeX with the macros that GitHub refuses replaced by others that look the same, or nearly."""
    body = _NAME.sub(lambda name: _RENAMED[name.group()], body.strip())
    body = _OPERATOR.sub(lambda star: r"\mathop{\mathrm" + ("\x01" if star.group(1) else "\x02"), body)
    while mark := re.search("[\x01\x02]", body):
        end = _group_end(body, mark.end())
        after = r"}\limits" if mark.group() == "\x01" else r"}\nolimits"
        body = body[: mark.start()] + body[mark.end() : end] + after + body[end:]
    while phantom := _PHANTOM.search(body):
        end = _group_end(body, phantom.end())
        space = "" if phantom.group().startswith(r"\v") else r"\hspace{1em}"
        body = body[: phantom.start()] + space + body[end:]
    return "\n".join(line for line in body.split("\n") if line.strip())


def _group_end(body: str, start: int) -> int:
    """Return the index behind the brace that closes the group at ``start``; the end of the text when none does."""
    depth = 0
    for at, sign in enumerate(body[start:], start):
        if sign in "{}" and body[at - 1 : at] != "\\":
            depth += 1 if sign == "{" else -1
            if depth == 0:
                return at + 1
    return len(body)
