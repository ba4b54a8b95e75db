"""Answers to drafts: every card is held against the notes that its request showed, and only what passes becomes a candidate."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cardsmith.assistant.answers import Offer
from cardsmith.assistant.asking import Result
from cardsmith.assistant.packing import Piece
from cardsmith.assistant.requests import Request, by_name
from cardsmith.assistant.second_look import disagreement, question_of
from cardsmith.extract.candidates import together
from cardsmith.extract.illustrations import illustrated
from cardsmith.model import KINDS, Candidate, Excerpt, Extraction, Kind, Section, Span
from cardsmith.propose.proposals import is_ready
from cardsmith.sources.segments import segment
from cardsmith.text.clozes import read_clozes
from cardsmith.text.shadow import in_chinese_typography
from cardsmith.verify.claim import Claim, Remark, Verdict
from cardsmith.verify.table import verify

RULE = "model"
"""What a lock calls the rule of a model's draft."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A card that a model proposed, and what is found of it."""

    request: Request
    offer: Offer
    refusals: tuple[Remark, ...]
    """Empty when it passed."""
    verdict: Verdict | None = None
    """None when it was no claim."""

    @property
    def place(self) -> str:
        """Where its quote stands, else where the request begins: file and line."""
        if self.verdict and self.verdict.excerpt and self.verdict.span:
            where = self.verdict.excerpt.place_at(self.verdict.span.start)
        else:
            piece = self.request.pieces[0]
            where = piece.note.place_at(piece.section.start)
        return str(where)


def prove(families: Iterable[Sequence[Result]]) -> list[Judged]:
    """Return each card of some answers with what is found of it; each family is a request's result and its halves'."""
    return [judged for family in families for judged in _judged(family)]


def _judged(family: Sequence[Result]) -> Iterator[Judged]:
    root = family[0].request
    offers = [offer for result in family if result.answer for offer in result.answer.offers]
    claims = [offer.claim for offer in offers if offer.claim]
    verdicts = iter(verify(claims, shown(root.pieces)))
    for offer in offers:
        if offer.claim is None:
            yield Judged(root, offer, (Remark("shape", offer.fault),))
            continue
        verdict = next(verdicts)
        if root.recorded and verdict.excerpt is None:
            continue  # it was made of a section that has changed since, which is asked about anew
        yield Judged(root, offer, verdict.refusals, verdict)


def shown(pieces: Iterable[Piece]) -> list[Excerpt]:
    """Return the notes of some pieces with just the sections that these are of."""
    notes: dict[str, tuple[Excerpt, list[Section]]] = {}
    for piece in pieces:
        sections = notes.setdefault(piece.note.id, (piece.note, []))[1]
        if piece.note.sections and piece.section not in sections:
            sections.append(piece.section)
    return [replace(note, sections=tuple(sections)) for note, sections in notes.values()]


def second_looks(judged: Iterable[Judged]) -> list[tuple[Request, list[Judged]]]:
    """Return the requests that ask blindly what the cards that passed ask, each with these cards."""
    by_root: dict[str, list[Judged]] = {}
    for each in judged:
        if not each.refusals:
            by_root.setdefault(each.request.key, []).append(each)
    return [(_blind(own), own) for own in by_root.values()]


def _blind(own: Sequence[Judged]) -> Request:
    root = own[0].request
    return Request(root.model, root.pieces, tuple(question_of(_claim(each)) for each in own))


def looked_at(judged: Sequence[Judged], looks: Iterable[tuple[Sequence[Judged], Result]]) -> list[Judged]:
    """Return the cards with what second looks at them say: who contradicts refuses, who is silent leaves the card out."""
    found: dict[int, str] = {}
    for own, result in looks:
        for number, each in enumerate(own, 1):
            if result.said is None:
                found[id(each)] = result.fault or "the second look is not answered yet"
            else:
                found[id(each)] = disagreement(_claim(each), result.said.get(number, ""))
    return [
        replace(each, refusals=(Remark("second-look", reason),)) if (reason := found.get(id(each))) else each
        for each in judged
    ]


def whole(judged: Judged) -> Judged:
    """Refuse what passed and is still no card that a reviewer can judge."""
    found = (candidate for own in candidates([judged]).values() for candidate in own)
    if all(map(is_ready, found)):
        return judged
    return replace(judged, refusals=(Remark("answer-long", "the answer is too long for a card"),))


def candidates(judged: Iterable[Judged]) -> dict[str, list[Candidate]]:
    """Return what passed as candidates by the id of their note, in the order of their quotes."""
    found: dict[str, list[Candidate]] = {}
    for each in judged:
        if not each.refusals and each.verdict and each.verdict.excerpt and each.verdict.span:
            candidate = _candidate(each, each.verdict)
            found.setdefault(candidate.excerpt, []).append(candidate)
    return {note: sorted(own, key=lambda one: (one.span, one.front, one.text)) for note, own in found.items()}


def _candidate(judged: Judged, verdict: Verdict) -> Candidate:
    claim, note, span = verdict.claim, verdict.excerpt, verdict.span
    assert note is not None  # noqa: S101 - asked of what passed only
    assert span is not None  # noqa: S101
    start, section = note.section_at(span.start)
    document = segment(section)

    def shaped(text: str) -> str:
        return "\n".join(map(in_chinese_typography, text.split("\n"))) if document.is_chinese else text

    kinds: dict[str, Kind] = {name: name for name in KINDS}
    answer = " ".join(d.answer for d in read_clozes(claim.text).deletions) if claim.text else claim.back
    candidate = Candidate(
        excerpt=note.id,
        kind=kinds[claim.kind],
        term=claim.subject,
        span=Span(span.start - start, span.end - start),
        quote=note.text[span.start : span.end],
        rule=RULE,
        anchor=f"{claim.quote}\n{answer}",
        front=shaped(claim.front),
        back=claim.back if claim.kind == "formula" else shaped(claim.back),
        text=shaped(claim.text),
        where=claim.where,
        headings=section.headings,
        score=judged.offer.confidence,
        by=by_name(judged.request.model),
    )
    found = Extraction(section, tuple(illustrated(document, [candidate])))
    (placed,) = together([(start, found)], note).candidates
    return placed


def _claim(judged: Judged) -> Claim:
    assert judged.offer.claim is not None  # noqa: S101 - what passed is a claim
    return judged.offer.claim
