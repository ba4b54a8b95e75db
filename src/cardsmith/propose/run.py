"""From extractions to what is written: each article's deck and lock, decided here and written last."""

from collections.abc import Callable, Iterable, Sequence

from cardsmith.decks.emit import emit_deck, splice
from cardsmith.decks.project import LOCK_FOLDER, Project
from cardsmith.errors import CardsmithError
from cardsmith.extract.candidates import extract_all
from cardsmith.files import read_text, write_text
from cardsmith.model import Excerpt, Extraction
from cardsmith.propose.excerpts import read_excerpts, refuse_outside
from cardsmith.propose.lineage import read_lineage, vanished_quotes
from cardsmith.propose.lock import emit_lock, parse_memory
from cardsmith.propose.proposals import Proposed, is_ready, new_home, proposed_card, without_repeats
from cardsmith.propose.reconcile import Plan, reconcile


def propose(
    project: Project, extractions: Sequence[Extraction], topics: Sequence[str], known: Iterable[Excerpt]
) -> list[Proposed]:
    """Return what extraction would write: one item per article whose deck or lock changes. Writes nothing.

    An article that was edited upstream stays with its deck, under the excerpt id that the deck names; which one that is
    is judged among ``known``, all the excerpts that the project rests on, also when only some are extracted.

    Raises:
        CardsmithError: a deck or lock cannot be read, or a source lies outside the project.

    """
    project.whole()
    refuse_outside(project.root, [extraction.excerpt for extraction in extractions])
    classify: Callable[[Excerpt], str] | None = None
    taken = {deck.path for deck in project.decks}
    proposed: list[Proposed] = []
    known_as = {excerpt.id: name for name, excerpt in read_lineage(project, known).items()}
    for extraction in without_repeats(extractions):
        excerpt = extraction.excerpt
        identity = known_as.get(excerpt.id, excerpt.id)
        deck = project.deck_of(identity)
        lock_path = f"{LOCK_FOLDER}/{identity}.jsonl"
        lock_file = project.file(lock_path)
        remembered = read_text(lock_file, lock_path) if lock_file.exists() else ""
        lock, texts = parse_memory(remembered, lock_path)
        seen = {excerpt.id: excerpt.text}
        if identity in project.topics.ignore or (deck is None and remembered):
            text = emit_lock(lock, seen)
            if text != remembered:
                plan = Plan({}, (), dict(lock), ())
                proposed.append(Proposed(lock_path, plan, "", lock_path, text, False, remembers_only=True))
            continue
        if deck is None and not any(map(is_ready, extraction.candidates)):
            continue
        if deck is None:
            from cardsmith.propose.filing import topic_classifier

            classify = classify or topic_classifier(project.topics)
        path, title = (deck.path, deck.title) if deck else new_home(excerpt, classify, taken)
        topic, article = path.split("/")[1], path.split("/")[-1].removesuffix(".yaml")
        if topic not in topics:
            continue
        taken.add(path)
        cards = [proposed_card(c, identity, article) for c in extraction.candidates if is_ready(c)]
        plan = reconcile(deck, lock, cards)
        place = excerpt.places[0]
        text = (
            splice(deck, plan.refreshed, plan.added)
            if deck
            else emit_deck(excerpt.id, title, f"{place.file}:{place.line}", plan.added)
        )
        was_edited = deck is not None and texts not in ({}, seen)
        lost = tuple(vanished_quotes(deck, excerpt, plan.refreshed)) if deck and was_edited else ()
        lock_text = emit_lock(plan.lock, seen)
        if lock_text != remembered:
            is_quiet = plan.lock == lock and not lost
            proposed.append(Proposed(path, plan, text, lock_path, lock_text, deck is None, lost, is_quiet))
    return proposed


def write_proposed(project: Project, proposed: Iterable[Proposed]) -> None:
    """Write decks and locks. The lock comes last: if this is interrupted, a card counts as written by hand."""
    for item in proposed:
        if item.changes:
            write_text(project.file(item.path), item.text)
        write_text(project.file(item.lock_path), item.lock_text)


def read_scores(project: Project) -> dict[tuple[str, str], tuple[float, tuple[str, ...]]]:
    """Return score and flags of all that the extractor proposes today, by excerpt id and quote; none without sources."""
    try:
        extractions = extract_all(read_excerpts(project, ()))
    except CardsmithError:
        return {}
    candidates = [candidate for extraction in extractions for candidate in extraction.candidates]
    return {(c.excerpt, c.quote): (c.score, c.flags) for c in sorted(candidates, key=lambda c: c.score)}
