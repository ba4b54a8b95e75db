"""What the machine proposed: one JSON Lines file per article, one line per card, sorted by id.

Only ``extract`` writes it, and ``migrate`` once. A card's line is never removed: an id that stands here but not in the deck was rejected.
Before the cards stands the excerpt's text as it was last extracted, by which an article is known again after it was
edited upstream (see ``lineage``).

Two branches that both propose make a conflict that needs no person: the union of both sides is the truth, so conflict
markers are skipped and of two lines for one id the first is kept (the other side's words then count as edited), with
the rule that either names. A blank line behind each line keeps changes to neighbouring cards from touching, so that git
merges them by itself.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from cardsmith.decks.deckfile import Deck
from cardsmith.decks.project import LOCK_FOLDER, Project
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import read_text
from cardsmith.model import Card

UNKNOWN = "unknown"
"""The rule of a proposal of which nobody knows by now what proposed it."""
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
    rule: str = ""
    """What proposed it as it was written; empty for what was proposed before there were drafts, ``UNKNOWN`` once
    ``migrate`` has looked at that."""
    score: float | None = None
    """Between 0 and 1, from then: how likely an editor keeps it."""


Lock = Mapping[str, Proposal]
"""Proposals by card id."""
Texts = Mapping[str, str]
"""Excerpts' texts by excerpt id: one as a rule, two after a merge of branches that saw different ones."""


def parse_lock(text: str, name: str) -> dict[str, Proposal]:
    """Return the proposals of a lock file.

    Raises:
        CardsmithError: every line that is not a proposal.

    """
    return parse_memory(text, name)[0]


def parse_memory(text: str, name: str) -> tuple[dict[str, Proposal], dict[str, str]]:
    """Return the proposals of a lock file and the texts that it remembers.

    Raises:
        CardsmithError: every line that is neither.

    """
    proposals: dict[str, Proposal] = {}
    texts: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith(_CONFLICT_MARKERS):
            continue
        try:
            data = json.loads(line)
            if "excerpt" in data:
                texts.setdefault(str(data["excerpt"]), str(data["text"]))
                continue
            proposal = Proposal(
                _card(data["written"]),
                _card(data["latest"]) if "latest" in data else None,
                bool(data.get("withdrawn")),
                str(data.get("rule", "")),
                _score(data["score"]) if "score" in data else None,
            )
        except (ValueError, ValidationError, KeyError, TypeError, RecursionError):
            hint = (
                "restore the line from git; if it is lost, delete it, and the card counts as written by hand"
            )
            problems.append(Problem(name, number, 0, "lock-line", "not a proposal", hint))
            continue
        known = proposals.setdefault(proposal.written.id, proposal)
        if not known.rule:
            proposals[known.written.id] = replace(known, rule=proposal.rule, score=proposal.score)
    if problems:
        raise CardsmithError(problems)
    return proposals, texts


def _card(data: object) -> Card:
    """Return a card without its mark: whether somebody has decided on it is the deck's to say."""
    return Card.model_validate(data).model_copy(update={"draft": False})


def _score(data: object) -> float:
    if not isinstance(data, int | float) or not 0 <= data <= 1:
        raise ValueError(data)
    return float(data)


def emit_lock(lock: Lock, texts: Texts | None = None) -> str:
    """Return a lock file's text."""
    lines = [_json({"excerpt": known, "text": text}) for known, text in sorted((texts or {}).items())]
    for _, proposal in sorted(lock.items()):
        data: dict[str, object] = {"written": _plain(proposal.written)}
        if proposal.latest:
            data["latest"] = _plain(proposal.latest)
        if proposal.withdrawn:
            data["withdrawn"] = True
        if proposal.rule:
            data["rule"] = proposal.rule
        if proposal.score is not None:
            data["score"] = round(proposal.score, 3)
        lines.append(_json(data))
    return "".join(f"{line}\n\n" for line in lines)


def read_lock(path: Path, name: str) -> dict[str, Proposal]:
    """Read a lock file's proposals; one that does not exist holds nothing."""
    return read_memory(path, name)[0]


def proposals_of(project: Project, deck: Deck) -> dict[str, Proposal]:
    """Read what the machine proposed for a deck's article; nothing for a deck that people wrote.

    Raises:
        CardsmithError: the lock cannot be read.

    """
    name = f"{LOCK_FOLDER}/{deck.excerpt}.jsonl"
    return read_lock(project.file(name), name) if deck.excerpt else {}


def read_memory(path: Path, name: str) -> tuple[dict[str, Proposal], dict[str, str]]:
    """Read a lock file's proposals and texts; one that does not exist holds neither."""
    return parse_memory(read_text(path, name), name) if path.exists() else ({}, {})


def _json(data: object) -> str:
    # U+2028 and its kin are line ends to some editors and to YAML; in JSON they may be written as escapes
    line = json.dumps(data, ensure_ascii=False, separators=(", ", ": "))
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]", lambda odd: f"\\u{ord(odd.group()):04x}", line
    )


def _plain(card: Card) -> object:
    return card.model_dump(mode="json", exclude_defaults=True, exclude={"draft"})
