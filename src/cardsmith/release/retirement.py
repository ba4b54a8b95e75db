"""Cards that leave the decks: not many at once by accident, and not for ever in the packages.

A retired card ships as a stub, so that the learners who have it can remove it. Anki's Check Database gives each stub a
blank card, also to learners who never had one, so stubs are not shipped longer than needed; their records stay.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cardsmith.anki.notes import Note
from cardsmith.decks.project import Project
from cardsmith.errors import Problem
from cardsmith.release.records import Record
from cardsmith.release.stamps import Stamped

LIFETIME = 6
"""Releases in which a stub still ships after the one that retired its card."""


def shipped(stamped: Iterable[Stamped]) -> list[Stamped]:
    """Return the notes that go into packages: all but stubs of long ago."""
    return [s for s, age in _with_ages(stamped) if age <= LIFETIME]


def ending(stamped: Iterable[Stamped]) -> list[Stamped]:
    """Return the stubs that no longer ship, and that the release before this one still shipped."""
    return [s for s, age in _with_ages(stamped) if age == LIFETIME + 1]


def _with_ages(stamped: Iterable[Stamped]) -> Iterator[tuple[Stamped, int]]:
    """Return the notes, each stub with its age in releases, of which the newest among all notes is the present one."""
    stamped = list(stamped)
    present = max((s.release for s in stamped), default=0)
    return ((s, present - s.release if s.status == "retired" else 0) for s in stamped)


def mass_retirements(
    project: Project, notes: Sequence[Note], released: Mapping[str, Record]
) -> Iterator[Problem]:
    """Find topics that lose more than a tenth of their released cards at once, and articles that lose all of them.

    A single card may always go, unless its article's file went with it: then it is whole articles that may be missing.
    """
    here = {note.identity for note in notes if not note.is_retired}
    files = {deck.path for deck in project.decks}
    for topic in project.topics.topics:
        have = {i: r for i, r in sorted(released.items()) if r.topic == topic and not r.retired}
        gone = [identity for identity in have if identity not in here]
        if len(gone) > 1 and len(gone) * 10 > len(have):
            yield _problem(f"decks/{topic}", f"{len(gone)} of {len(have)} released cards", gone)
        for article in sorted({have[identity].article for identity in gone} - {""}):
            path = f"decks/{topic}/{article}.yaml"
            own = [identity for identity, record in have.items() if record.article == article]
            if here.isdisjoint(own) and (len(own) > 1 or path not in files):
                yield _problem(path, f"all {len(own)} released cards", own)


def _problem(path: str, what: str, gone: Sequence[str]) -> Problem:
    hint = "bring them back, or add --retire if learners shall lose them"
    return Problem(path, 0, 0, "mass-retirement", f"{what} would be retired: {', '.join(gone)}", hint)
