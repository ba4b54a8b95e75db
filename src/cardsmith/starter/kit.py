"""A new project's files: notes, a deck, schemas, and the pull-request kit around them."""

import json
import secrets
from importlib.resources import files
from pathlib import Path

from cardsmith.decks.project import TOPICS_FILE
from cardsmith.decks.schema import schemas
from cardsmith.errors import CardsmithError
from cardsmith.ids import slugify
from cardsmith.sources.reading import parse_source
from cardsmith.starter.origin import installed_from
from cardsmith.text.names import name_fault
from cardsmith.writing import sole_writer

NOTES = "seeds/spaced-repetition.md"

ASSETS: dict[str, str] = {
    NOTES: "spaced-repetition.md",
    "decks/@TOPIC@/spaced-repetition.yaml": "spaced-repetition.yaml",
    ".github/workflows/cards.yml": "cards.yml",
    ".github/scripts/import_into_anki.py": "import_into_anki",
    ".github/CODEOWNERS": "CODEOWNERS",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".gitattributes": "gitattributes",
    ".gitignore": "gitignore",
    "README.md": "README.md",
    TOPICS_FILE: "topics.yaml",
}
"""Each file of a new project with the asset that it is made of, in the order in which they are written.

The topics file comes last: it makes the folder a project, so what was interrupted before can be begun again.
"""


_FILL_IN = '"" # fill in what pip installs, such as cardsmith @ git+https://HOST/OWNER/cardsmith@COMMIT'


def project_name(folder: Path, topic: str) -> str:
    """Return a name for a new project that no other has: the folder's, or else the topic's, and four random digits."""
    stem = slugify(folder.resolve().name)[:40].strip("-")
    return f"{stem if stem[:1].isalpha() else topic}-{secrets.token_hex(2)}"


def starter_files(topic: str, project: str, requires: str = "") -> dict[str, str]:
    """Return the texts of a new project's files by path; ``requires`` is what its workflow installs as cardsmith."""
    (excerpt, *_) = parse_source(_asset("spaced-repetition.md"), NOTES)
    quoted = json.dumps(requires, ensure_ascii=False) if requires else _FILL_IN  # JSON strings are YAML's
    words = {"@TOPIC@": topic, "@PROJECT@": project, "@EXCERPT@": excerpt.id, "@REQUIRES@": quoted}

    def filled(text: str) -> str:
        for name, value in words.items():
            text = text.replace(name, value)
        return text

    return schemas() | {filled(path): filled(_asset(name)) for path, name in ASSETS.items()}


def lay_down(folder: Path, topic: str, requires: str | None = None) -> list[tuple[str, bool]]:
    """Write a new project's files; return each path and whether it was written. A file that is there is kept.

    Its workflow installs what ``requires`` names, else this cardsmith from where it came.

    Raises:
        CardsmithError: the folder is a project already, the topic's name cannot be a folder's, or writing fails.

    """
    if topic != slugify(topic) or not topic[:1].isalpha() or name_fault(topic):
        hint = "use lower-case letters, digits and hyphens, such as llm"
        raise CardsmithError.at("", "bad-topic", f"{topic!r} cannot be a topic's name", hint)
    if (folder / TOPICS_FILE).exists():
        hint = "name another folder, or add a topic to that file"
        raise CardsmithError.at(
            str(folder / TOPICS_FILE), "project-exists", "there is a project already", hint
        )
    named = installed_from() if requires is None else requires
    laid = []
    with sole_writer(folder) as writer:
        for path, text in starter_files(topic, project_name(folder, topic), named).items():
            is_free = not (folder / path).exists()
            if is_free:
                writer.write(path, text, durable=True)
            laid.append((path, is_free))
    return laid


def _asset(name: str) -> str:
    return (files("cardsmith") / "starter" / "files" / name).read_text(encoding="utf-8")
