"""What git knows of the release record: what was committed last, and the latest time of each card.

A clone's history holds what strangers wrote, so nothing in it is taken for a record before it has proved to be one.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from cardsmith.decks.project import RELEASED_FILE
from cardsmith.errors import CardsmithError
from cardsmith.git import answer
from cardsmith.release.records import Record, has_come, is_merging, on_line, parse_records, read_records


def told_before(path: Path, root: Path) -> dict[str, Record]:
    """Return what learners were last told of: the committed record, whatever an uncommitted release has written since.

    In the midst of a merge, outside git, before the first commit and where the committed record cannot be read it is
    the record as it stands.

    Raises:
        CardsmithError: as ``read_records``.

    """
    now = read_records(path, settle=True)
    if answer(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None or is_merging(path):
        return now
    try:
        return parse_records(answer(root, "show", f"HEAD:./{RELEASED_FILE}") or "{}")
    except CardsmithError:
        return now


def outdated(records: Mapping[str, Record], root: Path) -> dict[str, Record]:
    """Return the records, raised to the latest time at which this branch has ever released each card.

    A merge that was settled by hand, or a commit that was reverted, can put an older line back; learners who have the
    later one would ignore everything up to its time. Without git the records are returned as they are.
    """
    latest = _latest_in_git(root)
    return {
        card_id: record.model_copy(update={"hash": "", "mod": latest[card_id]})
        if latest.get(card_id, 0) > record.mod
        else record
        for card_id, record in records.items()
    }


def _latest_in_git(root: Path) -> dict[str, int]:
    """Return the latest time of each card in the history of what is checked out, and of what is being merged into it.

    Other branches are strangers' until they are merged. Even of this one a line may be anything; only sound ones count.
    """
    plain = ("--no-ext-diff", "--no-textconv", "--no-color", "--text")  # whatever the user's git is set to
    every = ("--full-history", "-m", "-p", "-U0", "--format=", *plain)  # -m: a merge may itself be a release
    log = answer(root, "log", *every, "--ignore-missing", "HEAD", "MERGE_HEAD", "--", RELEASED_FILE)
    latest: dict[str, int] = {}
    for line in (log or "").split("\n"):
        try:
            found = on_line(line[1:]) if line.startswith("+") else {}
        except ValidationError:
            continue
        for card_id, record in found.items():
            if has_come(record.mod):
                latest[card_id] = max(record.mod, latest.get(card_id, 0))
    return latest
