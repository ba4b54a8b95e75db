"""A learner's real Anki: a collection that imports packages and is asked what it holds."""

from contextlib import contextmanager

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest


@contextmanager
def profile(folder):
    """An empty profile."""
    folder.mkdir(parents=True, exist_ok=True)
    collection = Collection(str(folder / "collection.anki2"))
    try:
        yield collection
    finally:
        collection.close()


def import_package(collection, path):
    """Import with the dialog's defaults; returns counts by outcome."""
    options = ImportAnkiPackageOptions(
        merge_notetypes=False,
        update_notes=0,
        update_notetypes=0,
        with_scheduling=False,
        with_deck_configs=False,
    )
    log = collection.import_anki_package(
        ImportAnkiPackageRequest(package_path=str(path), options=options)
    ).log
    collection.models._clear_cache()
    return {name: len(getattr(log, name)) for name in ("new", "updated", "duplicate", "conflicting")}


def review(collection, card_id, times=1):
    """Answer a card, as a learner does."""
    for _ in range(times):
        card = collection.get_card(card_id)
        card.start_timer()
        collection.sched.answerCard(card, 3)


def note_by_card_id(collection, card_id):
    """The note whose Id field is a card id of ours."""
    (note_id,) = collection.find_notes(f'"Id:{card_id}"')
    return collection.get_note(note_id)


def reviews(collection):
    """How many reviews there are in all."""
    return collection.db.scalar("select count() from revlog")
