"""What learners do in a real Anki, in a process of its own: any Anki's Python can run it, it needs only ``anki``.

``learner_runner.py WAY`` imports that way. It reads a request a line, ``[profile, [[step, *arguments], …]]`` in JSON,
and answers each with a line: what the steps returned.
"""

import json
import os
import sys
from pathlib import Path

from anki.collection import Collection

from anyanki import OPTIONS, WAYS, close, happened, review


def import_package(collection, when, path, options=OPTIONS[0]):
    """Counts by outcome."""
    with happened(collection, when):
        return WAYS[sys.argv[1]](collection, path, options)


def answer(collection, query, times=1):
    """Answer every card that a search finds."""
    for card_id in collection.find_cards(query):
        review(collection, card_id, times)


def edit(collection, when, card_id, words, tag):
    """Write into the spare field of one of our notes, and tag it."""
    (note_id,) = collection.find_notes(f'"Id:{card_id}"')
    note = collection.get_note(note_id)
    note["Spare1"] = words
    note.tags.append(tag)
    with happened(collection, when):
        collection.update_note(note)


def check_database(collection):
    """Tools → Check Database; it gives a card to each note that has none."""
    collection.fix_integrity()


def empty_cards(collection):
    """Tools → Empty Cards, all that it finds."""
    found = [card_id for note in collection.get_empty_cards().notes for card_id in note.card_ids]
    collection.remove_cards_and_orphaned_notes(found)


def blank(collection):
    """The cards that Empty Cards would remove, each by its note's guid and its number there."""
    rows = (
        (collection.get_note(note.note_id).guid, note.card_ids) for note in collection.get_empty_cards().notes
    )
    return sorted([guid, collection.get_card(card_id).ord] for guid, cards in rows for card_id in cards)


def notes(collection):
    """Fields, tags and time of each note, by guid."""
    rows = collection.db.all("select guid, flds, tags, mod from notes")
    return {guid: [fields.split("\x1f"), tags.split(), mod] for guid, fields, tags, mod in rows}


def history(collection):
    """Each review by its time, with the guid of its note and its card's number there."""
    query = "select r.id, n.guid, c.ord from revlog r left join cards c on c.id = r.cid left join notes n on n.id = c.nid"
    return {str(time): [guid, number] for time, guid, number in collection.db.all(query)}


def count(collection, query=""):
    """How many cards a search finds."""
    return len(collection.find_cards(query))


def types(collection):
    """The names of all note types."""
    return sorted(entry.name for entry in collection.models.all_names_and_ids())


STEPS = {
    step.__name__: step
    for step in (
        import_package,
        answer,
        edit,
        check_database,
        empty_cards,
        blank,
        notes,
        history,
        count,
        types,
    )
}


def main():
    answers_to = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Anki itself prints is no answer
    for line in sys.stdin:
        profile, steps = json.loads(line)
        Path(profile).mkdir(parents=True, exist_ok=True)
        collection = Collection(str(Path(profile) / "collection.anki2"))
        answers = [STEPS[name](collection, *arguments) for name, *arguments in steps]
        close(collection)
        print(json.dumps(answers), file=answers_to, flush=True)


if __name__ == "__main__":
    main()
