"""Import a folder's packages into an empty profile of the real Anki, twice: all notes arrive, none of them twice."""

import sys
import tempfile
from pathlib import Path

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest


def main(folder: Path) -> int:
    """Return the exit code: 0 when Anki takes every package as it should."""
    faults = 0
    with tempfile.TemporaryDirectory() as profile:
        collection = Collection(str(Path(profile) / "collection.anki2"))
        for package in sorted(folder.glob("*.apkg")):
            request = ImportAnkiPackageRequest(package_path=str(package), options=ImportAnkiPackageOptions())
            first = collection.import_anki_package(request).log
            again = collection.import_anki_package(request).log
            new = len(first.new)
            fault = len(first.conflicting) + len(first.duplicate) + len(again.new) + len(again.conflicting)
            sys.stdout.write(f"{package}: {new} notes{' FAULTY' if fault else ''}\n")
            faults += bool(fault)
        empty = collection.get_empty_cards().notes
        sys.stdout.write(f"{collection.card_count()} cards, {len(empty)} notes with empty cards\n")
        collection.close()
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
