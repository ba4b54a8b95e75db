"""A learner's real Anki: a collection that imports packages and is asked what it holds."""

from contextlib import contextmanager

from anki.collection import Collection

from anyanki import review
from anyanki import with_options as import_package

__all__ = ["import_package", "note_by_card_id", "profile", "review", "reviews"]


@contextmanager
def profile(folder):
    """An empty profile."""
    folder.mkdir(parents=True, exist_ok=True)
    collection = Collection(str(folder / "collection.anki2"))
    try:
        yield collection
    finally:
        collection.close()


def note_by_card_id(collection, card_id):
    """The note whose Id field is a card id of ours."""
    (note_id,) = collection.find_notes(f'"Id:{card_id}"')
    return collection.get_note(note_id)


def reviews(collection):
    """How many reviews there are in all."""
    return collection.db.scalar("select count() from revlog")
