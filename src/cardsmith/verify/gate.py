"""Offered cards beside the notes that they name: each passes or is refused, and nothing is proved by notes it did not name."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from cardsmith.model import Excerpt, Section
from cardsmith.verify.claim import Remark, Verdict
from cardsmith.verify.offered import Offered
from cardsmith.verify.table import verify


class Judged(NamedTuple):
    """An offered card and what is found of it."""

    offered: Offered
    verdict: Verdict | None
    """None when it was no claim, or its notes were not read."""
    refusals: tuple[Remark, ...]
    """Empty when it passed."""

    def as_data(self) -> dict[str, Any]:
        """Return a card that passed, as a line of JSON has it: with the source's own quote and its line."""
        assert self.verdict is not None  # noqa: S101 - asked of what passed only
        claim, excerpt, span = self.verdict.claim, self.verdict.excerpt, self.verdict.span
        assert excerpt is not None  # noqa: S101
        assert span is not None  # noqa: S101
        place = excerpt.place_at(span.start)
        data: dict[str, Any] = (
            {"source": str(place)} if place.parts else {"source": place.file, "line": place.line}
        )
        data |= {
            name: getattr(claim, name)
            for name in ("kind", "subject", "quote", "front", "back", "text")
            if getattr(claim, name)
        }
        data |= {"where": dict(claim.where)} if claim.where else {}
        data |= dict(self.offered.kept)
        return data | ({"notes": [note.code for note in self.verdict.notes]} if self.verdict.notes else {})


def judge(
    offers: Sequence[Offered], excerpts: Sequence[Excerpt], *, unread: Iterable[str] = ()
) -> list[Judged]:
    """Return each offered card with its verdict, in order.

    ``unread`` are sources that may not or cannot be read; a card that names none is held against all excerpts.
    """
    closed = frozenset(unread)
    groups: dict[tuple[str, int, str], list[int]] = {}
    judged: list[Judged | None] = [None] * len(offers)
    for at, offer in enumerate(offers):
        if offer.claim is None:
            judged[at] = Judged(offer, None, (Remark("shape", offer.fault),))
        else:
            groups.setdefault((offer.source, offer.line, offer.excerpt), []).append(at)
    for (source, line, excerpt), places in groups.items():
        seen = list(_named(source, line, excerpt, excerpts))
        if source in closed or not seen:
            reason = f"{source or 'notes'}: not among the notes that were read; name notes of this project"
            for at in places:
                judged[at] = Judged(offers[at], None, (Remark("source", reason),))
            continue
        claims = [claim for at in places if (claim := offers[at].claim)]
        for at, verdict in zip(places, verify(claims, seen), strict=True):
            judged[at] = Judged(offers[at], verdict, verdict.refusals)
    return [each for each in judged if each is not None]


def _named(source: str, line: int, excerpt: str, excerpts: Sequence[Excerpt]) -> Iterator[Excerpt]:
    """Yield the excerpts that a card names: by id, else those of its source, of which a line chooses one."""
    if excerpt and (known := [each for each in excerpts if each.id == excerpt]):
        yield from known
        return
    if not source:
        yield from excerpts
        return
    here = [each for each in excerpts if any(place.file == source for place in each.places)]
    if not line:
        yield from here
        return
    pieces = [section.excerpt for each in here for section in each.sections or (Section(0, each),)]
    begins = [(place.line, piece) for piece in pieces for place in piece.places if place.file == source]
    last = max((start for start, _ in begins if start <= line), default=0)
    yield from (piece for start, piece in begins if start == last)
