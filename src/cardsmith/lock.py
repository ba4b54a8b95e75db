"""What the machine proposed: one JSON Lines file per article, one line per card, sorted by id.

Only ``extract`` writes it. A line is never removed: an id that stands here but not in the deck was rejected. Two
branches that both propose make a conflict that needs no person: the union of both sides is the truth, so conflict
markers are skipped and of two lines for one id the first is kept (the other side's words then count as edited).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import read_text
from cardsmith.model import Card

_CONFLICT_MARKERS = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the machine last proposed under one id."""

    written: Card
    """As the machine wrote it into the deck."""
    latest: Card | None = None
    """A newer proposal that could not be written, because a person had edited the card; reported once."""
    withdrawn: bool = False
    """The extractor no longer proposes it; reported once."""


Lock = Mapping[str, Proposal]
"""Proposals by card id."""


def parse_lock(text: str, name: str) -> dict[str, Proposal]:
    """Return the proposals of a lock file.

    Raises:
        CardsmithError: every line that is not a proposal.

    """
    proposals: dict[str, Proposal] = {}
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith(_CONFLICT_MARKERS):
            continue
        try:
            data = json.loads(line)
            latest = Card.model_validate(data["latest"]) if "latest" in data else None
            proposal = Proposal(Card.model_validate(data["written"]), latest, bool(data.get("withdrawn")))
        except (ValueError, ValidationError, KeyError, TypeError, RecursionError):
            hint = (
                "restore the line from git; if it is lost, delete it, and the card counts as written by hand"
            )
            problems.append(Problem(name, number, 0, "lock-line", "not a proposal", hint))
            continue
        proposals.setdefault(proposal.written.id, proposal)
    if problems:
        raise CardsmithError(problems)
    return proposals


def emit_lock(lock: Lock) -> str:
    """Return a lock file's text."""
    lines = []
    for _, proposal in sorted(lock.items()):
        data = {"written": _plain(proposal.written)}
        if proposal.latest:
            data["latest"] = _plain(proposal.latest)
        if proposal.withdrawn:
            data["withdrawn"] = True
        lines.append(json.dumps(data, ensure_ascii=False, separators=(", ", ": ")))
    return "".join(f"{line}\n" for line in lines)


def read_lock(path: Path, name: str) -> dict[str, Proposal]:
    """Read a lock file; one that does not exist holds nothing."""
    return parse_lock(read_text(path, name), name) if path.exists() else {}


def _plain(card: Card) -> object:
    return card.model_dump(mode="json", exclude_defaults=True)
