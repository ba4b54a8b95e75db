"""The pictures of the cards that pages show: by the flat names under which they ship, read when somebody looks."""

from collections.abc import Iterator
from dataclasses import replace

from cardsmith.anki.media import Media, flat_name, read_media
from cardsmith.review.view import PICTURES, View

TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "avif": "image/avif", "svg": "image/svg+xml",
}  # fmt: skip
"""What a page shows; of sounds and films it shows nothing."""


def picture(view: View, name: str) -> Media | None:
    """Return the picture of a flat name, if a card of the view lists it."""
    return next((media for media in _pictures(view, name) if media.name == name), None)


def pictures(view: View) -> dict[str, bytes]:
    """Return all pictures of a view's cards by their paths beside a page."""
    return {f"{PICTURES}{media.name}": media.content for media in _pictures(view)}


def _pictures(view: View, wanted: str = "") -> Iterator[Media]:
    """Yield the pictures of a view; of those with another name than the wanted one hardly any is read."""
    for deck, entry in view.seats():
        names = [name for name in entry.card.media if not wanted or _may_be(name, wanted)]
        if names:
            card = entry.card.model_copy(update={"media": tuple(names)})
            alone = replace(deck, entries=(replace(entry, card=card),))
            found, _ = read_media(alone, view.project.root)
            yield from (media for media in found.values() if media.name.rpartition(".")[2] in TYPES)


def _may_be(name: str, wanted: str) -> bool:
    """Tell whether a file may ship under a flat name: all but the hash of its content is the same."""
    stem, _, suffix = flat_name(name, b"").rpartition(".")
    return wanted.startswith(stem[:-12]) and wanted.endswith(f".{suffix}")
