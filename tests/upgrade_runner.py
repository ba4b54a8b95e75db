"""Runs upgrades in a real Anki, in a process of its own: any Anki's Python can run it, it needs only ``anki``.

Reads a plan as JSON and writes the facts of each upgrade as JSON (``upgrade_runner.py PLAN FACTS``); tests judge them.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from anki.collection import Collection

from anyanki import OPTIONS, WAYS, close, happened, review


def prepare(import_package, folder, packages, when, edited):
    """A learner's profile: v1 imported, every card reviewed, flagged; some notes edited, one card moved, one suspended."""
    collection = Collection(str(folder / "collection.anki2"))
    for path in packages:
        with happened(collection, when):
            import_package(collection, path)
    for card_id in collection.find_cards(""):
        review(collection, card_id, times=2)
    collection.set_user_flag_for_cards(3, collection.find_cards(""))
    for name in edited:
        (note_id,) = collection.find_notes(f'"Id:{name}"')
        note = collection.get_note(note_id)
        note.tags.append("mine")
        note["Spare4"] = "my own words"
        with happened(collection, when):
            collection.update_note(note)
    first, *_, last = sorted(collection.find_cards(""))
    collection.set_deck([first], collection.decks.id("My own deck"))
    collection.sched.suspend_cards([last])
    close(collection)


NOTES = "select guid, mid, flds, tags from notes"
HISTORY = "select n.guid, c.ord, count() from revlog r join cards c on c.id = r.cid join notes n on n.id = c.nid group by 1, 2"
CARDS = "select id, nid, did, ord, type, queue, due, ivl, factor, reps, lapses, flags from cards"


def state(collection):
    notes = {row[0]: row[1:] for row in collection.db.all(NOTES)}
    return {
        "notes": notes,
        "count": collection.db.scalar("select count() from notes"),
        "history": {f"{guid} {number}": count for guid, number, count in collection.db.all(HISTORY)},
        "reviews": collection.db.scalar("select count() from revlog"),
        "cards": {row[0]: row[1:] for row in collection.db.all(CARDS)},
        "types": sorted(entry.name for entry in collection.models.all_names_and_ids()),
    }


def name_of(notes, guid):
    return notes[guid][1].split("\x1f")[0]


def upgrade(import_package, job):
    """Import the later packages into a copy of the prepared profile; returns what a judge needs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "collection.anki2"
        shutil.copyfile(Path(job["base"]) / "collection.anki2", path)
        collection = Collection(str(path))
        before = state(collection)
        counts = []
        for package in job["packages"]:
            with happened(collection, job["when"]):
                counts.append(import_package(collection, package, OPTIONS[job["option"]]))
        after = state(collection)
        numbers = {row.note_id: list(row.card_ids) for row in collection.get_empty_cards().notes}
        blank = [
            f"{collection.get_note(note_id)['Id']}.{collection.get_card(card_id).ord}"
            for note_id, cards in numbers.items()
            for card_id in cards
        ]
        looks = [look_of(collection.models.by_name(f"cardsmith {name}")) for name in ("Basic", "Cloze")]
        collection.close()
    ids = [name_of(after["notes"], guid) for guid in after["notes"]]
    return {
        "job": job,
        "counts": counts,
        "reviews": [before["reviews"], after["reviews"]],
        "histories_lost": [k for k, v in before["history"].items() if after["history"].get(k) != v],
        "cards_changed": [k for k, v in before["cards"].items() if after["cards"].get(k) != v],
        "updated": sorted(
            name_of(after["notes"], g) for g, v in before["notes"].items() if after["notes"].get(g) != v
        ),
        "added": sorted(name_of(after["notes"], g) for g in after["notes"].keys() - before["notes"].keys()),
        "new_cards": len(after["cards"]) - len(before["cards"]),
        "mine": sorted(name_of(after["notes"], g) for g, v in after["notes"].items() if " mine " in v[2]),
        "duplicates": after["count"] - len(set(ids)),
        "types_added": sorted(set(after["types"]) - set(before["types"])),
        "blank": sorted(blank),
        "looks": looks,
    }


def look_of(kind):
    """The hash of a note type's style sheet and of both sides of its templates."""
    sides = [side for template in kind["tmpls"] for side in (template["qfmt"], template["afmt"])]
    return hashlib.sha256("\0".join([kind["css"], *sides]).encode()).hexdigest()


def main():
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    way = WAYS[plan["way"]]
    for base in plan["bases"]:
        Path(base["folder"]).mkdir(parents=True)
        prepare(way, Path(base["folder"]), base["packages"], base["when"], base["edited"])
    with get_context("spawn").Pool(2) as pool:
        facts = pool.map(partial(upgrade, way), plan["jobs"], chunksize=16)
    Path(sys.argv[2]).write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    main()
