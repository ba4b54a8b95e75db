"""Media of a card: read beside the deck file, shipped under a flat name that carries the content's hash.

Anki keeps all media in one folder and may never fetch a file again whose name it has; a name made of the content can
neither clash nor go stale.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cardsmith.decks.deckfile import Deck
from cardsmith.errors import Code, Problem
from cardsmith.files import is_inside
from cardsmith.ids import slugify
from cardsmith.text.names import name_fault

TYPES = frozenset(
    {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".mp3", ".ogg", ".m4a", ".mp4", ".webm"}
)
"""What every Anki client shows or plays."""
MAX_BYTES = 5_000_000
"""Of one file: a phone on a train fetches it."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that ships with a card."""

    name: str
    """Flat: ``cs-<stem>-<12 hex of the content>.<ext>``."""
    content: bytes


def flat_name(name: str, content: bytes) -> str:
    """Return the permanent name of a content; the source's name is in it only for people."""
    path = Path(name)
    digest = hashlib.sha256(content).hexdigest()[:12]
    return (
        "-".join(part for part in ("cs", slugify(path.stem)[:40].strip("-"), digest) if part)
        + path.suffix.lower()
    )


def read_media(deck: Deck, root: Path) -> tuple[dict[str, Media], list[Problem]]:
    """Read the files that a deck's cards list, by the name they are listed under, and say which cannot be shipped."""
    folder = (root / deck.path).parent
    found: dict[str, Media] = {}
    problems: list[Problem] = []
    for entry in deck.entries:
        for number, name in enumerate(entry.card.media):
            fault = _fault(folder / name, name, root)
            if fault:
                code, message, hint = fault
                mark = entry.marks.get(f"media.{number}", entry.mark)
                problems.append(Problem(deck.path, *mark, code, f"{entry.card.id}: {message}", hint))
            elif name not in found:
                content = (folder / name).read_bytes()
                found[name] = Media(flat_name(name, content), content)
    return found, problems


def _fault(path: Path, name: str, root: Path) -> tuple[Code, str, str] | None:
    if Path(name).is_absolute() or not is_inside(root, path):
        return "media-outside", f"{name} lies outside the project", "copy it into the deck's folder"
    parts = [part for part in name.split("/") if part not in {".", ".."}]
    if fault := next(filter(None, map(name_fault, parts)), None):
        return "file-name", f"{name}: {fault}", "rename it: letters, digits and hyphens, such as heads.png"
    if not path.is_file():
        return "media-missing", f"no file {name}", f"put it at {path.parent.relative_to(root).as_posix()}/"
    if path.suffix.lower() not in TYPES:
        return "media-type", f"{name} is no picture or sound", f"one of {', '.join(sorted(TYPES))}"
    if path.stat().st_size > MAX_BYTES:
        return "media-size", f"{name} is larger than {MAX_BYTES // 1_000_000} MB", "make it smaller"
    return None
