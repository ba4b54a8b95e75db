"""Notes for other tools: Anki's own text format, and JSON.

The text file carries the guid of each note, so that Anki updates what a package brought and duplicates nothing; it
needs the note types, which only a package brings. See https://docs.ankiweb.net/importing/text-files.html
"""

import csv
import io
import json
from collections.abc import Sequence

from cardsmith.anki.notetypes import note_types
from cardsmith.release.stamps import Stamped

_HEAD = (
    "#separator:tab",
    "#html:true",
    "#guid column:1",
    "#notetype column:2",
    "#deck column:3",
    "#tags column:4",
)


def emit_tsv(deck: str, notes: Sequence[Stamped]) -> str:
    """Return notes as a text file for Anki's import, one row each; fields stand in the order of their note type."""
    types = note_types()
    out = io.StringIO()
    out.write("\n".join(_HEAD) + "\n")
    rows = csv.writer(out, delimiter="\t", lineterminator="\n")
    for note in (stamped.note for stamped in notes):
        note_type, values = types[note.is_cloze], dict(note.fields)
        fields = [values.get(name, "") for name, _ in note_type.fields]
        rows.writerow([note.guid, note_type.name, deck, " ".join(note.tags), *fields])
    return out.getvalue()


def emit_json(deck: str, notes: Sequence[Stamped]) -> str:
    """Return notes as JSON: everything that a package would carry."""
    types = note_types()
    rows = [
        {
            "id": s.note.card_id,
            "guid": s.note.guid,
            "notetype": types[s.note.is_cloze].name,
            "mod": s.mod,
            "status": s.status,
            "tags": s.note.tags,
            "fields": dict(s.note.fields),
            "media": [media.name for media in s.note.media],
        }
        for s in notes
    ]
    return json.dumps({"deck": deck, "notes": rows}, ensure_ascii=False, indent=1) + "\n"
