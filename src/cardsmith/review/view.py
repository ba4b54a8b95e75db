"""What the preview shows, as plain data for JSON: a light row a card for lists and filters, and the card in full.

Rows are made for all cards; faces are rendered only for those that somebody looks at.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cardsmith.anki.media import read_media
from cardsmith.anki.notes import make_note
from cardsmith.anki.sides import CardSides, sides_of
from cardsmith.decks.decisions import card_hash
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import Project
from cardsmith.diff.as_html import marked_cards
from cardsmith.diff.compare import CardChange, Difference, as_text
from cardsmith.errors import CardsmithError, Problem
from cardsmith.model import Card, Excerpt
from cardsmith.release.records import Record, have_learners
from cardsmith.verify.offered import claim_of_card
from cardsmith.verify.table import verify

AROUND = 600
"""Characters of an excerpt that are shown on either side of a quote."""
LOW_SCORE = 0.5
"""A proposal that the extractor itself trusts less is looked at first."""

PICTURES = "media/"
"""Where pages find pictures, beside themselves."""
_SRC = re.compile(r'<img\b[^<>]*? src="')

Scores = Mapping[tuple[str, str], tuple[float, tuple[str, ...]]]
"""Score and flags of what the extractor proposes, by excerpt id and quote."""


@dataclass(frozen=True)
class View:
    """Everything that pages are made of, at one moment."""

    project: Project
    topics: Sequence[str]
    problems: Sequence[Problem] = ()
    excerpts: Mapping[str, Excerpt] = field(default_factory=dict)
    difference: Difference | None = None
    twins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Near-duplicates by card id."""
    scores: Scores = field(default_factory=dict)
    released: Mapping[str, Record] = field(default_factory=dict)
    """What learners have, by identity."""

    def seats(self) -> Iterable[tuple[Deck, Entry]]:
        """Return the cards of the chosen topics in the order of their files."""
        for deck in self.project.decks:
            if deck.topic in self.topics:
                for entry in deck.entries:
                    yield deck, entry


def rows(view: View) -> list[dict[str, Any]]:
    """Return a row for each card, and for each that a difference lost, in the order of the files."""
    by_card = _problems_by_card(view)
    changes = {change.id: change for change in view.difference.cards} if view.difference else {}
    found = []
    for deck, entry in view.seats():
        card = entry.card
        score, flags = view.scores.get((deck.excerpt or "", card.quote or ""), (None, ()))
        low = ("low-score",) if score is not None and score < LOW_SCORE else ()
        codes = sorted({problem.code for problem in by_card.get(card.id, ())})
        kind = changes[card.id].kind if card.id in changes else ""
        row = _row(card, deck, entry.mark.line) | {
            "hash": card_hash(deck, entry),
            "score": score,
            "flags": [*codes, *flags, *low],
            "change": kind,
            "twins": list(view.twins.get(card.id, ())),
            "draft": card.draft,
            "released": have_learners(view.released, card.identity),
            "waits": bool(kind) if view.difference else card.draft or bool(codes),
        }
        found.append(row)
    lost = [c for c in changes.values() if c.kind == "removed" and c.seat.deck.topic in view.topics]
    for change in lost:
        blank: dict[str, Any] = {
            "hash": "",
            "score": None,
            "flags": [],
            "change": "removed",
            "twins": [],
            "draft": change.seat.card.draft,
            "released": False,
            "waits": False,
        }
        found.append(_row(change.seat.card, change.seat.deck, change.seat.line) | blank)
    return found


def review_order(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that are there to be judged: flagged ones, then near-duplicates together, then the rest.

    Within the first and the last the proposals with the lowest score come first; without scores the files' order stays.
    """
    present = [row for row in found if row["change"] != "removed"]
    place = {row["id"]: number for number, row in enumerate(present)}

    def rank(row: dict[str, Any]) -> tuple[int, float]:
        if row["flags"]:
            return 0, row["score"] or 0.0
        if row["twins"]:
            return 1, min(place.get(card, len(place)) for card in (row["id"], *row["twins"]))
        return 2, 1.0 if row["score"] is None else row["score"]

    return sorted(present, key=rank)


def index(view: View) -> dict[str, Any]:
    """Return what a page needs before any card: topics, rows, and the problems that belong to no card."""
    topics = view.project.topics.topics
    broken = [p for p in view.problems if p.path.split("/")[1:2] and not _is_of_a_card(p, view)]
    return {
        "topics": [{"slug": slug, "title": topics[slug].title} for slug in view.topics],
        "problems": [problem_row(problem) for problem in broken],
        "since": view.difference.old.name if view.difference else "",
        "cards": rows(view),
    }


def details(view: View, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return cards in full by id: faces, quote in its excerpt, problems, fields; unknown ids are left out."""
    wanted = set(ids)
    by_card = _problems_by_card(view)
    changes = {change.id: change for change in view.difference.cards} if view.difference else {}
    found = {}
    for deck, entry in view.seats():
        card = entry.card
        if card.id in wanted and card.id not in found:
            full = sides(view.project, deck, card, entry)
            full["problems"] += [problem_row(problem) for problem in by_card.get(card.id, ())]
            full["problems"] += _verified(deck, entry, view.excerpts.get(deck.excerpt or ""))
            full |= {
                "id": card.id,
                "hash": card_hash(deck, entry),
                "excerpt": _excerpt(card, view.excerpts.get(deck.excerpt or "")),
                "fields": card.model_dump(mode="json", exclude_defaults=True),
            }
            found[card.id] = full
    for card_id in wanted & changes.keys():
        change = changes[card_id]
        full = found.setdefault(
            card_id, {"id": card_id, "hash": "", "faces": [], "problems": [], "fields": {}}
        )
        if change.old and view.difference:
            full["compared"] = _compared(change, view.difference)
    return found


def sides(project: Project, deck: Deck, card: Card, entry: Entry) -> dict[str, Any]:
    """Return a card's faces, or the problem why it has none."""
    name = project.topics.topics[deck.topic].deck
    try:
        alone = replace(deck, entries=(replace(entry, card=card),))
        note = make_note(card, deck, read_media(alone, project.root)[0], project.topics)
    except CardsmithError as error:
        problems = [Problem(deck.path, *entry.mark, p.code, p.message, p.hint) for p in error.problems]
        return {"faces": [], "problems": [problem_row(problem) for problem in problems]}
    return {"faces": [_face(card_sides) for card_sides in sides_of(note, name)], "problems": []}


def _row(card: Card, deck: Deck, line: int) -> dict[str, Any]:
    words = " ".join(
        filter(None, (card.front, card.back, card.text, " ".join(card.aka), " ".join(card.tags)))
    )
    return {
        "id": card.id,
        "path": deck.path,
        "line": line,
        "topic": deck.topic,
        "article": deck.title,
        "kind": card.kind,
        "text": words,
    }


def _face(sides: CardSides) -> dict[str, str]:
    return {"name": sides.name, "front": _embedded(sides.front), "back": _embedded(sides.back)}


def _embedded(page: str) -> str:
    """Return a face as part of a page: each card's ``main`` would be another main landmark to a screen reader.

    The style sheet goes by class, so the look is the same; field content cannot hold these tags.
    """
    page = re.sub(r"<(/?)(?:main|header|aside|article|section)\b", r"<\1div", page)
    page = _SRC.sub(rf"\g<0>{PICTURES}", page)
    return page.replace('<a href="', '<a target="_blank" rel="noopener noreferrer" href="')


def _compared(change: CardChange, difference: Difference) -> dict[str, Any]:
    old = difference.old.note(change.old) if change.old else None
    new = difference.new.note(change.new) if change.new else None
    return {
        "old": _embedded(marked_cards(old, new, "-", difference.old.deck_name(old.topic))) if old else "",
        "new": _embedded(marked_cards(new, old, "+", difference.new.deck_name(new.topic))) if new else "",
        "fields": [as_text(item.name) for item in change.fields],
    }


def _excerpt(card: Card, excerpt: Excerpt | None) -> dict[str, Any] | None:
    if excerpt is None:
        return None
    quote = card.quote or ""
    at = excerpt.text.find(quote) if quote else -1
    start, end = (at, at + len(quote)) if at >= 0 else (0, 0)
    low, high = max(0, start - AROUND), end + AROUND
    return {
        "before": ("…" if low else "") + excerpt.text[low:start],
        "quote": excerpt.text[start:end],
        "after": excerpt.text[end:high] + ("…" if high < len(excerpt.text) else ""),
        "place": str(excerpt.place_at(start)),
    }


def _verified(deck: Deck, entry: Entry, excerpt: Excerpt | None) -> list[dict[str, str]]:
    """Return what the verifier says of a model's draft as it stands now: what it notes, and after an edit what it would refuse."""
    card = entry.card
    if not (card.draft and card.by and excerpt):
        return []
    (verdict,) = verify([claim_of_card(card)], [excerpt])
    hint = f"{card.by} wrote this; docs/verifier.md explains the code"
    return [
        {
            "where": f"{deck.path}:{entry.mark.line}",
            "code": remark.code,
            "message": f"the verifier {said}: {remark.reason}",
            "hint": hint,
            "severity": "advice",
        }
        for said, remarks in (("would refuse it", verdict.refusals), ("notes", verdict.notes))
        for remark in remarks
    ]


def problem_row(problem: Problem) -> dict[str, str]:
    """Return a problem for a page."""
    where = ":".join(str(part) for part in (problem.path, problem.line, problem.column) if part)
    return {
        "where": where,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "severity": problem.severity,
    }


def _problems_by_card(view: View) -> dict[str, list[Problem]]:
    """Return each problem under the card in whose lines it stands."""
    by_path: dict[str, list[Problem]] = {}
    for problem in view.problems:
        by_path.setdefault(problem.path, []).append(problem)
    found: dict[str, list[Problem]] = {}
    for deck, entry in view.seats():
        for problem in by_path.get(deck.path, ()):
            if entry.first < problem.line <= entry.end:
                found.setdefault(entry.card.id, []).append(problem)
    return found


def _is_of_a_card(problem: Problem, view: View) -> bool:
    decks = (deck for deck in view.project.decks if deck.path == problem.path)
    return any(entry.first < problem.line <= entry.end for deck in decks for entry in deck.entries)
