"""The reviewer's desk: a project as it stands on disk right now, and decisions written to it at once.

One guard orders everything here, so two tabs, or a tab and the watcher, never interleave; the project's lock does so
between processes, for each decision anew. A file is read again right before it is written: what changed on disk in the
meantime is answered with ``changed-on-disk`` and never overwritten.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cardsmith.checks.run import find_problems
from cardsmith.decks.decisions import CONFLICT, amended, card_hash, edited_card, rejected, seen_entry
from cardsmith.decks.deckfile import Deck, Entry, parse_deck, read_deck
from cardsmith.decks.project import chosen_topics, read_project
from cardsmith.diff.compare import Difference, read_difference
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import inside, is_inside, read_text
from cardsmith.journal import Edit
from cardsmith.model import Excerpt
from cardsmith.propose.excerpts import read_excerpts
from cardsmith.propose.lineage import read_lineage
from cardsmith.review import view as pagemodel
from cardsmith.review.kept import Kept, Stamp, stamp_of
from cardsmith.review.near_duplicates import near_duplicates
from cardsmith.review.view import Scores, View
from cardsmith.writing import Writer, changed_meanwhile, sole_writer


@dataclass(frozen=True, slots=True)
class Done:
    """A decision, as undo needs it."""

    path: str
    card: str
    before: str | None
    """The file's text; None when it did not change (a card was kept)."""
    after: str
    kept: tuple[str | None, str | None] = (None, None)
    """The hash that the card was kept under, before and after the decision."""


class Desk:
    """A project that pages look at and decide on."""

    def __init__(self, root: Path, topics: Iterable[str] = (), since: str | None = None) -> None:
        self.root, self._names, self._since = root, tuple(topics), since
        self._decks: dict[Path, tuple[Stamp, Deck | CardsmithError]] = {}
        self._sources: tuple[object, list[Excerpt], list[Problem]] = (None, [], [])
        self._scores: Scores = {}
        self._done: list[Done] = []
        self._guard = threading.RLock()
        self.changed = threading.Condition()
        self.version = 0
        self._index: tuple[View, dict[str, Any]] | None = None
        self._seen: object = None
        self._kept = Kept(root)
        self.view = self._read()
        self._seen = self._stamps()
        self._compare()

    def refresh(self, *, compare: bool = True) -> bool:
        """Read again what changed on disk; tell whether anything did."""
        with self._guard:
            is_told = self._refresh_kept()
            stamps = self._stamps()
            if stamps == self._seen:
                if is_told:
                    self._notify()
                return is_told
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
                wanted = [row for row in data["cards"] if row["change"] or self._since is None]
                data["cards"] = pagemodel.review_order(wanted)
            return data | {"version": self.version, "undo": self._done[-1].card if self._done else ""}

    def details(self, ids: Iterable[str]) -> dict[str, Any]:
        """Return cards in full by id."""
        with self._guard:
            return pagemodel.details(self.view, ids)

    def attempt(self, card_id: str, seen: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what an edit would make of a card, with its problems. Writes nothing."""
        with self._guard:
            deck, entry = self._seat(card_id, seen)
            new = amended(deck, entry, edited_card(entry, fields, deck.path))
            project = replace(self.view.project, decks=(new,), problems=())
            found = find_problems(project, list(self._sources[1]))
            view = replace(self.view, project=project, problems=found, difference=None)
            return pagemodel.details(view, [card_id])[card_id]

    def edit(self, card_id: str, seen: str, fields: Mapping[str, Any]) -> str:
        """Write a card's new fields into its file; return its new hash, and count it as kept."""
        with self._guard, sole_writer(self.root) as writer:
            deck, entry = self._seat(card_id, seen)
            new = amended(deck, entry, edited_card(entry, fields, deck.path))
            hash_ = card_hash(new, next(e for e in new.entries if e.card.id == card_id))
            self._write(writer, deck, new)
            kept = self._keep(writer, card_id, hash_)
            self._done.append(Done(deck.path, card_id, deck.text, new.text, kept))
        self._tell()
        return hash_

    def reject(self, card_id: str, seen: str) -> None:
        """Delete a card from its file: it is never proposed again."""
        with self._guard, sole_writer(self.root) as writer:
            deck, entry = self._seat(card_id, seen)
            new = rejected(deck, entry)
            self._write(writer, deck, new)
            self._done.append(Done(deck.path, card_id, deck.text, new.text))
        self._tell()

    def keep(self, card_id: str, seen: str) -> None:
        """Remember that a card is good as it stands; its file is not touched."""
        with self._guard, sole_writer(self.root) as writer:
            deck, _ = self._seat(card_id, seen)
            self._done.append(Done(deck.path, card_id, None, "", self._keep(writer, card_id, seen)))
        self._tell()

    def undo(self) -> str:
        """Take the last decision back and return its card's id, or nothing when there is none.

        Raises:
            CardsmithError: the file, or what was kept, is not as the decision left it (``changed-on-disk``).

        """
        with self._guard:
            last = self._done[-1] if self._done else None
            if last:
                self._take_back(last)
        if last:
            self._tell()
        return last.card if last else ""

    def _take_back(self, last: Done) -> None:
        with sole_writer(self.root) as writer:
            self._refresh_kept()
            was_kept, kept = last.kept
            if kept != was_kept and self._kept.hashes.get(last.card) != kept:
                message = f"another review has decided on {last.card} since"
                raise CardsmithError.at(last.path, CONFLICT, message, "look at the page again")
            if last.before is not None and not writer.change(Edit(last.path, last.after, last.before)):
                hint = "take it back in the file; git has the words"
                message = f"the file was changed since the decision on {last.card}"
                raise CardsmithError.at(last.path, CONFLICT, message, hint)
            self._done.pop()
            if kept != was_kept:
                self._keep(writer, last.card, was_kept)

    def _seat(self, card_id: str, seen: str) -> tuple[Deck, Entry]:
        """Return a card as it stands on disk this moment. Its file is looked up here, never named by a request."""
        path = next((deck.path for deck, entry in self.view.seats() if entry.card.id == card_id), None)
        if path is None:
            raise CardsmithError.at("", CONFLICT, f"{card_id} is in no file", "look at the page again")
        try:
            deck = self._as_on_disk(inside(self.root, path), path)
        except CardsmithError as error:
            message = f"the file cannot be read now: {error.problems[0].message}"
            raise CardsmithError.at(
                path, CONFLICT, message, "mend it first", line=error.problems[0].line
            ) from None
        return deck, seen_entry(deck, card_id, seen)

    def _write(self, writer: Writer, deck: Deck, new: Deck) -> None:
        if not writer.change(Edit(deck.path, deck.text, new.text)):
            raise CardsmithError([changed_meanwhile(deck.path)])
        self._decks[self.root / deck.path] = (stamp_of(self.root / deck.path), new)

    def _tell(self) -> None:
        """Make every page look again, also where no file changed."""
        if not self.refresh(compare=False):
            self._notify()

    def _keep(self, writer: Writer, card_id: str, hash_: str | None) -> tuple[str | None, str | None]:
        """Write down that a card is kept, or no longer; return the hash that it was kept under, and is."""
        before = self._kept.mark(writer, card_id, hash_)
        self.view = replace(self.view, kept=dict(self._kept.hashes))
        return before, hash_

    def _refresh_kept(self) -> bool:
        if is_new := self._kept.refresh():
            self.view = replace(self.view, kept=dict(self._kept.hashes))
        return is_new

    def _stamps(self) -> object:
        paths = [*(self.root / "decks").rglob("*.yaml"), *self._source_files()]
        return sorted((str(path), stamp_of(path)) for path in paths)

    def _source_files(self) -> list[Path]:
        seeds = [path for path in (self.root / "seeds").rglob("*") if path.is_file()]
        named = {deck.source.rpartition(":")[0] or deck.source for deck, _ in self._known() if deck.source}
        return sorted(
            path for path in {*seeds, *(self.root / name for name in named)} if is_inside(self.root, path)
        )

    def _known(self) -> list[tuple[Deck, None]]:
        return [(deck, None) for _, deck in self._decks.values() if isinstance(deck, Deck)]

    def _read(self) -> View:
        project = read_project(self.root, self._deck)
        names = chosen_topics(project, self._names)
        stamps = [(str(path), stamp_of(path)) for path in self._source_files()]
        if self._sources[0] != stamps:
            try:
                self._sources = (stamps, read_excerpts(project), [])
            except CardsmithError as error:
                self._sources = (stamps, [], list(error.problems))
        excerpts = self._sources[1]
        try:
            problems = find_problems(project, excerpts)
            known = {e.id: e for e in excerpts} | read_lineage(project, excerpts)
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
            dict(self._kept.hashes),
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

    def _as_on_disk(self, path: Path, name: str) -> Deck:
        """Return a deck as it stands this moment: read again, parsed only when it says something new."""
        text = read_text(path, name)
        _, known = self._decks.get(self.root / name, (None, None))
        return known if isinstance(known, Deck) and known.text == text else parse_deck(text, name)

    def _deck(self, path: Path, name: str) -> Deck:
        """Return a deck, read again only when its file changed."""
        stamp = stamp_of(path)
        known = self._decks.get(path)
        if known is None or known[0] != stamp:
            try:
                known = (stamp, read_deck(path, name))
            except CardsmithError as error:
                known = (stamp, error)
            self._decks[path] = known
        if isinstance(known[1], CardsmithError):
            raise known[1]
        return known[1]
