"""An old project's way here: named steps, in the order in which layouts changed, each of which finds nothing to do twice.

A step looks at a project and says what would change, article by article; writing is the same for all.

``drafts``: before there were drafts, a proposal that stood in a deck shipped, whether anybody had read it or not. Those
that learners do not have, that still stand in the machine's words and that nobody kept in a review become drafts. What
``migrate`` has looked at bears a rule in its lock, as every proposal does since there are drafts: so what is accepted
later is never taken back.

``notes``: before, each section of a note had a deck file of its own; see ``by_section``.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cardsmith.decks.decisions import card_hash, marked
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.emit import as_written, emit_card
from cardsmith.decks.project import LOCK_FOLDER, Project
from cardsmith.errors import CardsmithError
from cardsmith.extract.candidates import extract_all
from cardsmith.files import inside, read_text
from cardsmith.journal import Edit
from cardsmith.model import Card
from cardsmith.propose.by_section import layouts, together
from cardsmith.propose.excerpts import read_excerpts
from cardsmith.propose.lock import UNKNOWN, Proposal, emit_lock, parse_memory, proposals_of
from cardsmith.propose.proposals import offers
from cardsmith.propose.reconcile import Offer
from cardsmith.writing import changed_meanwhile, sole_writer

KEPT_FILE = ".cardsmith/kept.json"
"""What was kept in reviews on this machine before there were drafts."""


@dataclass(frozen=True, slots=True)
class Past:
    """What people have said of cards before there were drafts."""

    released: Collection[str] = ()
    """Identities of cards that a release has given to learners."""
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Under which hashes of its lines a card was kept, by its id."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a step writes, and then takes away."""

    groups: Sequence[Sequence[Edit]]
    """Of each group the first file decides."""
    gone: Sequence[tuple[str, str]] = ()
    """Files that the written ones replace, with their texts. Taking them away last, a step that was killed does the rest
    when it is taken again."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of layout or meaning."""

    name: str
    says: str
    """What becomes of what, for people."""
    find: Callable[[Project, Past], Sequence[tuple[Deck, Sequence[Entry]]]]
    """The cards that are still as they were before."""
    plan: Callable[[Project, Past], Change]
    """What to write; nothing where ``find`` finds nothing."""


def read_kept(root: Path, others: Iterable[Path] = ()) -> dict[str, frozenset[str]]:
    """Return what was kept on this machine, and what other reviewers' files of that kind say.

    Raises:
        CardsmithError: another reviewer's file cannot be read.

    """
    own = inside(root, KEPT_FILE)
    kept: dict[str, frozenset[str]] = {}
    for path in [*([own] if own.exists() else []), *others]:
        try:
            data = json.loads(read_text(path, str(path)))
            for identity, hash_ in data.items():
                kept[identity] = kept.get(identity, frozenset()) | {str(hash_)}
        except (ValueError, AttributeError, RecursionError):
            hint = "name a .cardsmith/kept.json, or delete a damaged one: what it kept becomes drafts"
            raise CardsmithError.at(str(path), "kept-file", "this is no list of kept cards", hint) from None
    return kept


def unread(project: Project, past: Past) -> list[tuple[Deck, list[Entry]]]:
    """Return the cards, by deck, that ship and stand in the machine's words, and that nobody is known to have read.

    Raises:
        CardsmithError: a lock cannot be read.

    """
    found = []
    for deck in project.decks:
        known = {i: p for i, p in proposals_of(project, deck).items() if not p.rule}
        entries = [e for e in deck.entries if e.card.id in known and _is_unread(deck, e, known, past)]
        if entries:
            found.append((deck, entries))
    return found


def _is_unread(deck: Deck, entry: Entry, known: Mapping[str, Proposal], past: Past) -> bool:
    card = entry.card
    if card.draft or card.identity in past.released or card_hash(deck, entry) in past.kept.get(card.id, ()):
        return False
    return as_written(deck, entry) == emit_card(known[card.id].written, deck.indent)


def drafts(project: Project, past: Past) -> Change:
    """Return how what nobody has read becomes drafts, and how the locks remember that they were looked at."""
    found = {deck.excerpt: (deck, entries) for deck, entries in unread(project, past)}
    if not found:
        return Change(())
    proposed = _proposed_today(project)
    alone: list[list[Edit]] = []
    together: list[list[Edit]] = []
    for path in sorted(project.file(LOCK_FOLDER).glob("*.jsonl")):
        name = f"{LOCK_FOLDER}/{path.name}"
        before = read_text(path, name)
        lock, texts = parse_memory(before, name)
        looked_at = {i: p if p.rule else _with_rule(p, proposed) for i, p in lock.items()}
        edit = Edit(name, before, emit_lock(looked_at, texts))
        if path.stem in found:
            deck, entries = found[path.stem]
            new = Edit(deck.path, deck.text, marked(deck, *entries, draft=True).text)
            together.append([new, edit])
        elif looked_at != lock:
            alone.append([edit])
    # in this order: as long as a card is left to change, all of it is done again
    return Change([*alone, *together])


def _with_rule(known: Proposal, proposed: Mapping[str, Offer]) -> Proposal:
    offer = proposed.get(_words(known.written))
    return replace(known, rule=offer.rule, score=offer.score) if offer else replace(known, rule=UNKNOWN)


def _proposed_today(project: Project) -> dict[str, Offer]:
    """Return what extraction proposes today, by its words; nothing when the sources cannot be read."""
    try:
        extractions = extract_all(read_excerpts(project), authored=project.topics.authored)
    except CardsmithError:
        return {}
    found = [offer for extraction in extractions for offer in offers(extraction, extraction.excerpt.id, "a")]
    return {_words(offer.card): offer for offer in sorted(found, key=lambda offer: offer.score or 0)}


def _words(card: Card) -> str:
    return card.model_dump_json(exclude={"id", "draft"})


def old_decks(project: Project, _past: Past) -> list[tuple[Deck, Sequence[Entry]]]:
    """Return the decks of sections, each with its cards."""
    return [
        (seat.deck, seat.deck.entries) for layout in layouts(project) for seat in layout.seats if seat.deck
    ]


def notes(project: Project, past: Past) -> Change:
    """Return how the decks of a note's sections become the note's deck."""
    return Change(*together(project, layouts(project), past.released))


STEPS = (
    Step("drafts", "cards that carry the machine's words unread become drafts", unread, drafts),
    Step("notes", "the decks of a note's sections become one, named by the note", old_decks, notes),
)


def pending(project: Project, past: Past) -> list[tuple[Step, dict[str, int]]]:
    """Return the steps that there are to take, each with its decks and how many cards of them it changes.

    Raises:
        CardsmithError: a file cannot be read.

    """
    project.whole()
    found = ((step, {deck.path: len(es) for deck, es in step.find(project, past)}) for step in STEPS)
    return [(step, articles) for step, articles in found if articles]


def migrate(project: Project, past: Past) -> None:
    """Take the steps that there are to take, each written before the next one looks.

    Raises:
        CardsmithError: a file cannot be read or written, or was saved meanwhile (``changed-on-disk``).

    """
    for step in STEPS:
        change = step.plan(project.whole(), past)
        if not change.groups and not change.gone:
            continue
        with sole_writer(project.root) as writer:
            written = writer.change_groups(change.groups)
            stale = [
                group[0].name for group, done in zip(change.groups, written, strict=True) if not all(done)
            ]
            stale += [] if stale else [name for name, text in change.gone if not writer.remove(name, text)]
        if stale:
            raise CardsmithError(map(changed_meanwhile, stale))
        project = project.again()
