"""What is called differently in each Anki: importing and answering. Any Anki's Python can run this."""

import itertools
import time
from contextlib import contextmanager

OPTIONS = [
    dict(
        zip(
            ("merge_notetypes", "update_notes", "update_notetypes", "with_scheduling", "with_deck_configs"),
            choice,
            strict=True,
        )
    )
    for choice in itertools.product((False, True), (0, 1, 2), (0, 1, 2), (False, True), (False, True))
]
"""Every combination of Anki's import dialog; 0 is "if newer", 1 "always", 2 "never". The first is the default."""


def with_options(collection, path, options=OPTIONS[0]):
    """The importer of 23.10 and newer."""
    from anki.collection import ImportAnkiPackageOptions, ImportAnkiPackageRequest

    request = ImportAnkiPackageRequest(package_path=str(path), options=ImportAnkiPackageOptions(**options))
    return _counts(collection, collection.import_anki_package(request).log)


def without_options(collection, path, options=OPTIONS[0]):
    """The importer of 2.1.55 to 2.1.66, which asks nothing."""
    assert options == OPTIONS[0]
    return _counts(collection, collection.import_anki_package(str(path)).log)


def in_python(collection, path, options=OPTIONS[0]):
    """The importer of all before 2.1.55, which Ankis up to 25.09 still have."""
    from anki.importing.apkg import AnkiPackageImporter
    from anki.lang import set_lang

    assert options == OPTIONS[0]
    set_lang("en_US")  # its log speaks the desktop's language
    importer = AnkiPackageImporter(collection, str(path))
    importer.run()
    names = {"new": "added", "updated": "updated", "duplicate": "dupes"}
    conflicting = len(importer._ignoredGuids)
    return {name: getattr(importer, count) for name, count in names.items()} | {"conflicting": conflicting}


def _counts(collection, log):
    """How many notes had each outcome; Anki's Python forgets the note types that it knew."""
    collection.models._clear_cache()
    return {name: len(getattr(log, name)) for name in ("new", "updated", "duplicate", "conflicting")}


WAYS = {way.__name__: way for way in (with_options, without_options, in_python)}


def review(collection, card_id, times=1):
    """Answer a card, as a learner does."""
    if collection.sched.version < 3:
        collection.sched.reset()  # the schedulers in Python count their queues first
    for _ in range(times):
        card = collection.get_card(card_id)
        card.start_timer()
        collection.sched.answerCard(card, 3)


@contextmanager
def happened(collection, when):
    """What happens inside happened then (seconds since 1970): notes whose time Anki took from its clock are set back."""
    started = int(time.time())
    yield
    collection.db.execute("update notes set mod = ? where mod >= ?", when, started)


def close(collection):
    """Close a collection; up to 2.1.66 a change in the millisecond of the last commit is lost, unless Python made one."""
    collection.db.execute("update col set mod = mod")
    collection.close()
