"""From extractions to what is written: each article's deck and lock, decided here and written last.

Thinking takes its time, and people save their decks meanwhile: what an article was decided on is compared with the files
right before they are written, and where it differs the article is decided again.
"""

import time
from collections.abc import Callable, Iterable, Sequence

from cardsmith.decks.emit import emit_deck, splice
from cardsmith.decks.project import LOCK_FOLDER, Project
from cardsmith.errors import CardsmithError
from cardsmith.extract.candidates import extract_all
from cardsmith.files import read_text
from cardsmith.journal import Edit
from cardsmith.model import Excerpt, Extraction
from cardsmith.propose.excerpts import read_excerpts, refuse_outside
from cardsmith.propose.lineage import read_lineage, vanished_quotes
from cardsmith.propose.lock import emit_lock, parse_memory
from cardsmith.propose.proposals import Proposed, held_back, is_ready, new_home, offers, without_repeats
from cardsmith.propose.reconcile import Plan, reconcile
from cardsmith.writing import Writer, changed_meanwhile, sole_writer

ATTEMPTS = 5
"""How often an article is decided again whose files change while it is decided."""
PAUSE = 0.1
"""Seconds before that: whoever saves at this moment is done by then."""


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
        lock_before = read_text(lock_file, lock_path) if lock_file.exists() else None
        remembered = lock_before or ""
        lock, texts = parse_memory(remembered, lock_path)
        seen = {excerpt.id: excerpt.text}
        if identity in project.topics.ignore or (deck is None and remembered):
            text = emit_lock(lock, seen)
            if text != remembered:
                plan = Plan({}, (), dict(lock), ())
                proposed.append(
                    Proposed(lock_path, plan, "", lock_path, text, None, lock_before, remembers_only=True)
                )
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
        plan = reconcile(
            deck, lock, offers(extraction, identity, article), excerpt.text, held_back(extraction)
        )
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
            deck_before = deck.text if deck else None
            proposed.append(
                Proposed(path, plan, text, lock_path, lock_text, deck_before, lock_before, lost, is_quiet)
            )
    return proposed


def write_proposed(
    project: Project, proposed: Sequence[Proposed], decide: Callable[[Project], Sequence[Proposed]]
) -> list[Proposed]:
    """Write decks and locks and return what was written; ``decide`` proposes again from the project as it is by then.

    Raises:
        CardsmithError: a file cannot be written, or is saved by others again and again (``changed-on-disk``).

    """
    done: list[Proposed] = []
    with sole_writer(project.root) as writer:
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE)
                project = project.again()
                proposed = decide(project)
            is_written = _write(writer, proposed)
            done += [item for item, is_done in zip(proposed, is_written, strict=True) if is_done]
            if all(is_written):
                return done
    stale = [item.path for item, is_done in zip(proposed, is_written, strict=True) if not is_done]
    raise CardsmithError(map(changed_meanwhile, stale))


def _write(writer: Writer, proposed: Sequence[Proposed]) -> list[bool]:
    """Write what rests on files that are still the same; tell of each item whether it was written."""
    locks = [Edit(item.lock_path, item.lock_before, item.lock_text) for item in proposed]
    pairs = [
        (Edit(item.path, item.deck_before, item.text), lock)
        for item, lock in zip(proposed, locks, strict=True)
        if item.changes
    ]
    written = iter(writer.change_groups(pairs))
    return [
        all(next(written)) if item.changes else writer.change(lock)
        for item, lock in zip(proposed, locks, strict=True)
    ]


def read_scores(project: Project) -> dict[tuple[str, str], tuple[float, tuple[str, ...]]]:
    """Return score and flags of all that the extractor proposes today, by excerpt id and quote; none without sources."""
    try:
        extractions = extract_all(read_excerpts(project, ()))
    except CardsmithError:
        return {}
    candidates = [candidate for extraction in extractions for candidate in extraction.candidates]
    return {(c.excerpt, c.quote): (c.score, c.flags) for c in sorted(candidates, key=lambda c: c.score)}
