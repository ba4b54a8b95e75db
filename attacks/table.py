"""What an attack tried and what survived it, and the table that tells it in `docs/security.md`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cardsmith.text.github import one_line

BEGIN = "<!-- begin: python -m attacks --full --write -->"
END = "<!-- end -->"


@dataclass(frozen=True)
class Row:
    """One attack's line in the table."""

    attack: str
    tried: int
    """How often; 0 when it was not run."""
    survived: int
    note: str = ""
    """What was tried or why not; below the first line, how to repeat each failure, one a line."""

    @property
    def is_run(self) -> bool:
        """Tell whether anything was tried."""
        return self.tried > 0

    @property
    def has_survived(self) -> bool:
        """Tell whether everything that was tried left the property whole."""
        return self.tried == self.survived


def not_run(attack: str, reason: str) -> Row:
    """Return the line of an attack that cannot be run here."""
    return Row(attack, 0, 0, f"not run: {reason}")


def judged(attack: str, faults: Iterable[str | None], note: str = "") -> Row:
    """Return the line of an attack from what went wrong each time, or None: a fault says how to repeat it."""
    tried, lines = 0, [note]
    for fault in faults:
        tried += 1
        lines += [fault] if fault else []
    return Row(attack, tried, tried - len(lines) + 1, "\n".join(lines))


def failures(rows: Iterable[Row]) -> Iterable[str]:
    """Return a paragraph for each attack that was not survived: what went wrong, and how to repeat it."""
    for row in rows:
        if not row.has_survived:
            _, *how = row.note.split("\n")
            yield "\n  ".join([f"{row.attack}: {row.tried - row.survived} of {row.tried}", *how])


def emit_table(timed: Sequence[tuple[Row, float]], when: str) -> str:
    """Return the table as Markdown, from each row with its seconds; ``when`` is the sentence under it."""
    lines = ["| attack | tried | survived | seconds | |", "|---|--:|--:|--:|---|"]
    for row, seconds in timed:
        counts = (f"{row.tried:,}", f"{row.survived:,}") if row.is_run else ("–", "–")
        note = one_line(row.note.partition("\n")[0], 200)
        lines.append(f"| {row.attack} | {counts[0]} | {counts[1]} | {seconds:.0f} | {note} |")
    tried, survived = (sum(getattr(row, name) for row, _ in timed) for name in ("tried", "survived"))
    lines.append(f"| **all** | **{tried:,}** | **{survived:,}** | {sum(s for _, s in timed):.0f} | |")
    return "\n".join([*lines, "", when, ""])


def between_markers(page: str, table: str) -> str:
    """Return a page with the table between its two markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{begin}\n{table}{end}{after}"
