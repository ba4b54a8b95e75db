"""A difference for the terminal and for programs."""

from collections.abc import Mapping
from itertools import groupby

from cardsmith.diff.compare import CardChange, ChangeKind, Difference, DraftChange
from cardsmith.diff.effects import UNNOTICED, Effect
from cardsmith.diff.words import Run, word_runs
from cardsmith.text.terminal import spelt

SIGNS = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}
_KINDS: tuple[ChangeKind, ...] = ("added", "removed", "changed", "moved")
_OF_DRAFTS: dict[DraftChange, tuple[str, str]] = {
    "new draft": ("new draft to decide", "new drafts to decide"),
    "accepted": ("accepted", "accepted"),
    "rejected": ("rejected", "rejected"),
    "draft changed": ("draft changed", "drafts changed"),
    "draft again": ("made a draft again", "made drafts again"),
}
"""What the summary calls one of them, and several."""
_COLOURS = {
    "+": "32",
    "-": "31",
    "~": "33",
    ">": "36",
    "good": "32",
    "note": "33",
    "bad": "1;31",
    "path": "1",
}

Effects = Mapping[str, tuple[Effect, ...]]
"""What each change does to learners, by card id."""


def sections(difference: Difference, effects: Effects) -> tuple[list[CardChange], list[CardChange]]:
    """Return the changes of cards, and those of drafts, which mean nothing to learners; both in their order."""
    found: tuple[list[CardChange], list[CardChange]] = ([], [])
    for change in difference.cards:
        found[any(effect.code == "draft" for effect in effects[change.id])].append(change)
    return found


def summary(difference: Difference, effects: Effects) -> str:
    """Return one line of counts: what changes for learners, what became of drafts, where history is at risk."""
    codes = [{effect.code for effect in effects[change.id]} for change in difference.cards]
    noticed = sum(not found <= UNNOTICED for found in codes)
    kinds = ", ".join(f"{n} {kind}" for kind in _KINDS if (n := difference.count(kind)))
    drafts = ", ".join(
        f"{n} {names[n > 1]}" for label, names in _OF_DRAFTS.items() if (n := difference.count(label))
    )
    heads = len(difference.heads)
    at_risk = sum(any(e.severity == "bad" for e in effects[change.id]) for change in difference.cards)
    parts = [
        f"{noticed} {'card changes' if noticed == 1 else 'cards change'} for learners",
        kinds,
        drafts,
        f"{heads} {'line' if heads == 1 else 'lines'} above cards changed" if heads else "",
        f"history at risk: {at_risk}" if at_risk else "",
    ]
    return "; ".join(filter(None, parts))


def emit_text(difference: Difference, effects: Effects, *, colour: bool = False) -> str:
    """Return the difference for a terminal, word by word; ``[-gone-]`` and ``{+new+}`` where there is no colour."""

    def paint(text: str, name: str) -> str:
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if colour else text

    lines = []
    for head in difference.heads:
        was, now = spelt(head.old), spelt(head.new)
        lines.append(f"{paint(spelt(head.path), 'path')}: {head.name}: {was} → {now} ({head.notes} cards)")
        lines += [f"  {paint(head.meaning, 'bad')}"] if head.meaning else []
    for section in sections(difference, effects):
        for path, changes in groupby(section, lambda change: change.seat.deck.path):
            lines.append(paint(spelt(path), "path"))
            for change in changes:
                sign = SIGNS[change.kind]
                said = "; ".join(paint(effect.text, effect.severity) for effect in effects[change.id])
                label = f"{change.of_draft}: " if change.of_draft else ""
                lines.append(f"  {paint(f'{sign} {change.id}', sign)}  {label}{said}")
                if change.has_moved and change.old:
                    lines.append(f"      from {spelt(change.old.deck.path)}")
                for field in change.shown:
                    shown = "".join(_run(run, colour=colour) for run in word_runs(field.old, field.new))
                    lead = "\n        " if "\n" in shown else " "
                    lines.append(f"      {field.name}:{lead}" + shown.replace("\n", "\n        "))
            lines.append("")
    return "\n".join([*lines, summary(difference, effects)]) + "\n"


def _run(run: Run, *, colour: bool) -> str:
    text = spelt(run.text, lines=True)
    if run.mark == "=":
        return text
    if colour:
        return "\n".join(
            f"\x1b[{'9;31' if run.mark == '-' else '32'}m{line}\x1b[0m" for line in text.split("\n")
        )
    return f"[-{text}-]" if run.mark == "-" else f"{{+{text}+}}"


def as_data(difference: Difference, effects: Effects) -> dict[str, object]:
    """Return the difference as plain data for JSON."""
    return {
        "old": difference.old.name,
        "new": difference.new.name,
        "summary": summary(difference, effects),
        "files": [
            {
                "path": h.path,
                "field": h.name,
                "old": h.old,
                "new": h.new,
                "cards": h.notes,
                "learners": h.meaning,
            }
            for h in difference.heads
        ],
        "cards": [_card(change, effects) for change in difference.cards],
    }


def _card(change: CardChange, effects: Effects) -> dict[str, object]:
    return {
        "id": change.id,
        "change": change.kind,
        "draft": change.of_draft,
        "path": change.seat.deck.path,
        "line": change.seat.line,
        "from": change.old.deck.path if change.has_moved and change.old else None,
        "learners": [{"code": e.code, "text": e.text, "severity": e.severity} for e in effects[change.id]],
        "fields": [
            {
                "name": field.name,
                "old": field.old,
                "new": field.new,
                "words": [[run.mark, run.text] for run in word_runs(field.old, field.new)],
            }
            for field in change.fields
        ],
    }
