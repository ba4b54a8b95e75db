"""The release record itself: its shape, and that time runs forward in it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from cardsmith.checks.base import Context, Located
from cardsmith.decks.project import RELEASED_FILE
from cardsmith.decks.strict_yaml import Mark
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import inside, read_text
from cardsmith.git import answer
from cardsmith.release.records import Record, has_come, parse_records, read_records


def read_released(root: Path) -> tuple[Mapping[str, Record], list[Problem]]:
    """Return what learners have, and what is wrong with the record: of a merge both sides are known, else nothing."""
    try:
        return read_records(inside(root, RELEASED_FILE)), []
    except CardsmithError as error:
        problems = list(error.problems)
    try:
        return read_records(inside(root, RELEASED_FILE), settle=True), problems
    except CardsmithError:
        return {}, problems


def times_have_passed(context: Context) -> Iterator[Located]:
    """Find a time of the future in the release record: Anki would ignore every honest release until then."""
    late = [card_id for card_id, record in sorted(context.released.items()) if not has_come(record.mod)]
    for card_id, mark in _lines(context.project.root, late):
        message = f"{card_id} was released at {context.released[card_id].mod}, which has not come yet"
        yield Located(RELEASED_FILE, mark, message, "restore the record from git, and set the clock right")


def times_run_forward(context: Context) -> Iterator[Located]:
    """Find a time older than the one committed before, or a card or all that the record forgot."""
    committed = _committed(context.project.root)
    if not (context.project.root / RELEASED_FILE).exists():
        yield from _gone(committed, context.project.topics.project or "")
        return
    older: dict[str, int] = {}
    for earlier in committed:
        for card_id, record in earlier.items():
            now = context.released.get(card_id)
            if not has_come(record.mod):
                continue
            if now and now.mod < record.mod:
                older[card_id] = max(record.mod, older.get(card_id, 0))
            elif now is None and context.released:
                older.setdefault(card_id, 0)
    for card_id, mark in _lines(context.project.root, sorted(older)):
        was = older[card_id]
        message = (
            f"{card_id} is older than it was released before ({was})" if was else f"{card_id} was forgotten"
        )
        yield Located(
            RELEASED_FILE, mark, message, "restore the record from git: only `cardsmith release` writes it"
        )


def _gone(committed: list[Mapping[str, Record]], project: str) -> Iterator[Located]:
    """Find that a project lost its record: a release would overwrite what learners wrote, and numbers are unguarded."""
    cards = {card for earlier in committed for card, record in earlier.items() if record.project == project}
    if cards:
        message = f"the record of {len(cards)} released cards is gone"
        hint = "restore it from git; a project that goes its own way takes another `project:` name"
        yield Located(RELEASED_FILE, Mark(0, 0), message, hint)


def _lines(root: Path, card_ids: list[str]) -> Iterator[tuple[str, Mark]]:
    """Return each card with its place in the record."""
    if card_ids:
        text = read_text(inside(root, RELEASED_FILE), RELEASED_FILE)
        for card_id in card_ids:
            at = text.find(f'"{card_id}":')
            yield card_id, Mark(text.count("\n", 0, at) + 1, 1) if at >= 0 else Mark(0, 0)


def _committed(root: Path) -> list[Mapping[str, Record]]:
    """Return the record's last two committed versions; none outside git or before the first release."""
    log = answer(root, "log", "-n", "2", "--format=%H", "--", RELEASED_FILE)
    versions: list[Mapping[str, Record]] = []
    for commit in (log or "").split():
        text = answer(root, "show", f"{commit}:./{RELEASED_FILE}")
        try:
            versions.append(parse_records(text or ""))
        except CardsmithError:
            continue
    return versions
