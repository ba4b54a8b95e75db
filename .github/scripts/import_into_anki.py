"""Import packages into an empty profile of the real Anki, twice: all notes arrive, and none of them twice."""

import sys
import tempfile
from pathlib import Path

from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest


def main(packages: list[str]) -> int:
    """Return the exit code: 0 when Anki takes every package as it should."""
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        collection = Collection(str(Path(folder) / "collection.anki2"))
        for package in packages:
            request = ImportAnkiPackageRequest(package_path=package, options=ImportAnkiPackageOptions())
            first = collection.import_anki_package(request).log
            again = collection.import_anki_package(request).log
            new = len(first.new)
            fault = len(first.conflicting) + len(first.duplicate) + len(again.new) + len(again.conflicting)
            sys.stdout.write(f"{package}: {new} notes{' FAULTY' if fault else ''}\n")
            faults += bool(fault)
        empty = collection.get_empty_cards().notes
        sys.stdout.write(f"{collection.card_count()} cards, {len(empty)} notes with empty cards\n")
        collection.close()
    return 1 if faults or not packages else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
