"""The reviewer's desk: a project as it stands on disk right now, and decisions written to it at once.

One guard orders everything here, so two tabs, or a tab and the watcher, never interleave; the project's lock does so
between processes, for each decision anew. A file is read again right before it is written: what changed on disk in the
meantime is answered with ``changed-on-disk`` and never overwritten.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cardsmith.anki.media import Media
from cardsmith.checks.released import read_released
from cardsmith.checks.run import find_problems
from cardsmith.decks.decisions import CONFLICT, amended, card_hash, edited_card, marked, rejected, seen_entry
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.project import RELEASED_FILE, chosen_topics, read_project
from cardsmith.diff.compare import Difference, read_difference
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import inside
from cardsmith.journal import Edit
from cardsmith.model import Excerpt
from cardsmith.propose.excerpts import shown_excerpts
from cardsmith.propose.lineage import known_excerpts
from cardsmith.release.records import have_learners, read_records
from cardsmith.review import view as pagemodel
from cardsmith.review.near_duplicates import near_duplicates
from cardsmith.review.pictures import picture
from cardsmith.review.view import Scores, View
from cardsmith.review.watch import Watch
from cardsmith.writing import changed_meanwhile, sole_writer

_ACCEPTED = {"draft": False}
"""What an edit says of the mark unless its fields do: an edit counts as a person's word."""


@dataclass(frozen=True, slots=True)
class Done:
    """A decision, as undo needs it: what its file said before and after."""

    path: str
    card: str
    before: str
    after: str


class Desk:
    """A project that pages look at and decide on."""

    def __init__(self, root: Path, topics: Iterable[str] = (), since: str | None = None) -> None:
        self.root, self._names, self._since = root, tuple(topics), since
        self._files = Watch(root)
        self._sources: tuple[object, list[Excerpt], list[Problem]] = (None, [], [])
        self._scores: Scores = {}
        self._done: list[Done] = []
        self._guard = threading.RLock()
        self.changed = threading.Condition()
        self.version = 0
        self._index: tuple[View, dict[str, Any]] | None = None
        self._seen: object = None
        self.view = self._read()
        self._seen = self._files.stamps()
        self._compare()

    def refresh(self, *, compare: bool = True) -> bool:
        """Read again what changed on disk; tell whether anything did."""
        with self._guard:
            stamps = self._files.stamps()
            if stamps == self._seen:
                return False
            self._seen = stamps  # taken before reading: what is saved while we read is seen the next time
            try:
                self.view = self._read()
            except (
                CardsmithError
            ) as error:  # the topics file is broken: what was there stays, with its problem
                self.view = replace(self.view, problems=error.problems)
        self._notify()
        if compare:
            self._compare()
        return True

    def _notify(self) -> None:
        with self.changed:
            self.version += 1
            self.changed.notify_all()

    def _compare(self) -> None:
        """Look for near-duplicates, after the page has what was saved: in a large deck this takes its time."""
        seen = self.view
        twins = near_duplicates(
            {
                entry.card.id: f"{entry.card.front or ''}{entry.card.back or ''}{entry.card.text or ''}"
                for deck in seen.project.decks
                for entry in deck.entries
            }
        )
        if twins != seen.twins:
            with self._guard:
                self.view = replace(self.view, twins=twins)
            self._notify()

    def set_scores(self, scores: Scores) -> None:
        """Take the extractor's scores and flags, by which a review is ordered."""
        with self._guard:
            self._scores = scores
            self.view = replace(self.view, scores=scores)

    def index(self, *, is_review: bool) -> dict[str, Any]:
        """Return what a page needs before any card."""
        with self._guard:
            if self._index is None or self._index[0] is not self.view:
                self._index = (self.view, pagemodel.index(self.view))
            data = dict(self._index[1])
            if is_review:
                data["cards"] = pagemodel.review_order(data["cards"])
            return data | {"version": self.version, "undo": self._done[-1].card if self._done else ""}

    def details(self, ids: Iterable[str]) -> dict[str, Any]:
        """Return cards in full by id."""
        with self._guard:
            return pagemodel.details(self.view, ids)

    def picture(self, name: str) -> Media | None:
        """Return one of the cards' pictures by its flat name."""
        with self._guard:
            return picture(self.view, name)

    def attempt(self, card_id: str, seen: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what an edit would make of a card, with its problems. Writes nothing."""
        with self._guard:
            deck, entry = self._seat(card_id, seen)
            new = amended(deck, entry, edited_card(entry, _ACCEPTED | dict(fields), deck.path))
            project = replace(self.view.project, decks=(new,), problems=())
            found = find_problems(project, list(self._sources[1]))
            view = replace(self.view, project=project, problems=found, difference=None)
            return pagemodel.details(view, [card_id])[card_id]

    def accept(self, card_id: str, seen: str) -> None:
        """Take the mark off a draft: it ships. A card that is none is left as it is."""
        self._decide(card_id, seen, lambda deck, entry: marked(deck, entry, draft=False))

    def edit(self, card_id: str, seen: str, fields: Mapping[str, Any]) -> str:
        """Write a card's new fields into its file; return its new hash. It is accepted, unless the fields say draft.

        Raises:
            CardsmithError: it is to be a draft, and learners have it (``draft-released``).

        """

        def decide(deck: Deck, entry: Entry) -> Deck:
            wanted = _ACCEPTED | dict(fields)
            card = edited_card(entry, wanted if wanted["draft"] else wanted | {"by": None}, deck.path)
            if card.draft:
                self._refuse_released(deck, entry)
            return amended(deck, entry, card)

        new = self._decide(card_id, seen, decide)
        return card_hash(new, next(entry for entry in new.entries if entry.card.id == card_id))

    def back_to_draft(self, card_id: str, seen: str) -> None:
        """Make a card a draft again.

        Raises:
            CardsmithError: learners have it (``draft-released``).

        """

        def decide(deck: Deck, entry: Entry) -> Deck:
            self._refuse_released(deck, entry)
            return marked(deck, entry, draft=True)

        self._decide(card_id, seen, decide)

    def reject(self, card_id: str, seen: str, *, retire: bool = False) -> None:
        """Delete a card from its file: it is never proposed again.

        Raises:
            CardsmithError: learners have it, and nobody said that it shall ``retire`` (``reject-released``).

        """

        def decide(deck: Deck, entry: Entry) -> Deck:
            if not retire and self._have_learners(entry):
                message = f"{card_id}: learners have it, and the next release would retire it"
                hint, line = "confirm that it shall retire", entry.mark.line
                raise CardsmithError.at(deck.path, "reject-released", message, hint, line=line)
            return rejected(deck, entry)

        self._decide(card_id, seen, decide)

    def undo(self) -> str:
        """Take the last decision back and return its card's id, or nothing when there is none.

        Raises:
            CardsmithError: the file is not as the decision left it (``changed-on-disk``).

        """
        with self._guard:
            if not self._done:
                return ""
            last = self._done[-1]
            with sole_writer(self.root) as writer:
                if not writer.change(Edit(last.path, last.after, last.before)):
                    hint = "take it back in the file; git has the words"
                    message = f"the file was changed since the decision on {last.card}"
                    raise CardsmithError.at(last.path, CONFLICT, message, hint)
            self._done.pop()
        self.refresh(compare=False)
        return last.card

    def _decide(self, card_id: str, seen: str, decide: Callable[[Deck, Entry], Deck]) -> Deck:
        """Write what a decision makes of a card's deck, if it makes anything else of it; return the deck."""
        with self._guard, sole_writer(self.root) as writer:
            deck, entry = self._seat(card_id, seen)
            new = decide(deck, entry)
            if new.text != deck.text:
                if not writer.change(Edit(deck.path, deck.text, new.text)):
                    raise CardsmithError([changed_meanwhile(deck.path)])
                self._files.has_written(new)
                self._done.append(Done(deck.path, card_id, deck.text, new.text))
        self.refresh(compare=False)
        return new

    def _refuse_released(self, deck: Deck, entry: Entry) -> None:
        """Refuse to make a draft of a card that learners have."""
        if self._have_learners(entry):
            message = f"{entry.card.id}: learners have it, and a draft does not ship"
            hint = "edit it, or reject it to retire it"
            raise CardsmithError.at(deck.path, "draft-released", message, hint, line=entry.mark.line)

    def _have_learners(self, entry: Entry) -> bool:
        """Tell whether learners have a card, as the record says this moment."""
        released = read_records(inside(self.root, RELEASED_FILE), settle=True)
        return have_learners(released, entry.card.identity)

    def _seat(self, card_id: str, seen: str) -> tuple[Deck, Entry]:
        """Return a card as it stands on disk this moment. Its file is looked up here, never named by a request."""
        path = next((deck.path for deck, entry in self.view.seats() if entry.card.id == card_id), None)
        if path is None:
            raise CardsmithError.at("", CONFLICT, f"{card_id} is in no file", "look at the page again")
        try:
            deck = self._files.deck_now(path)
        except CardsmithError as error:
            message = f"the file cannot be read now: {error.problems[0].message}"
            raise CardsmithError.at(
                path, CONFLICT, message, "mend it first", line=error.problems[0].line
            ) from None
        return deck, seen_entry(deck, card_id, seen)

    def _read(self) -> View:
        project = read_project(self.root, self._files.deck)
        names = chosen_topics(project, self._names)
        stamps = self._files.stamps_of_sources()
        if self._sources[0] != stamps:
            try:
                self._sources = (stamps, shown_excerpts(project), [])
            except CardsmithError as error:
                self._sources = (stamps, [], list(error.problems))
        excerpts = self._sources[1]
        try:
            problems = find_problems(project, excerpts)
            known = known_excerpts(project, excerpts)
        except CardsmithError as error:
            problems, known = [*project.problems, *error.problems], {e.id: e for e in excerpts}
        difference = self._difference()
        return View(
            project,
            names,
            [*problems, *self._sources[2]],
            known,
            difference,
            self.view.twins if self.version else {},
            self._scores,
            read_released(self.root)[0],
        )

    def _difference(self) -> Difference | None:
        if self._since is None:
            return None
        try:
            return read_difference(self.root, self._since)
        except CardsmithError as error:
            if any(
                problem.code in ("no-revision", "no-repository", "git-missing") for problem in error.problems
            ):
                raise
            return None  # a broken file has its problem on the page already
