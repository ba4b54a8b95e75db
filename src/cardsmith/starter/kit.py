"""A new project's files: notes, a deck, schemas, and the pull-request kit around them."""

import json
import secrets
from importlib.resources import files
from pathlib import Path

from cardsmith.decks.deckfile import parse_topics
from cardsmith.decks.project import TOPICS_FILE
from cardsmith.decks.schema import schemas
from cardsmith.errors import CardsmithError
from cardsmith.ids import slugify
from cardsmith.sources.reading import parse_source
from cardsmith.starter.origin import installed_from
from cardsmith.text.language import DEFAULT, Language, find_language
from cardsmith.text.names import name_fault
from cardsmith.writing import sole_writer

NOTES = "seeds/spaced-repetition.md"

ASSETS: dict[str, str] = {
    NOTES: "spaced-repetition.@LANGUAGE@.md",
    "decks/@TOPIC@/spaced-repetition.yaml": "spaced-repetition.@LANGUAGE@.yaml",
    ".github/workflows/cards.yml": "cards.yml",
    ".github/scripts/import_into_anki.py": "import_into_anki",
    ".github/CODEOWNERS": "CODEOWNERS",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".gitattributes": "gitattributes",
    ".gitignore": "gitignore",
    "README.md": "README.md",
    TOPICS_FILE: "topics.@LANGUAGE@.yaml",
}
"""Each file of a new project with the asset that it is made of, in the order in which they are written; what learners
read is there in each language.

The topics file comes last: it makes the folder a project, so what was interrupted before can be begun again.
"""


_FILL_IN = '"" # fill in what pip installs, such as cardsmith @ git+https://HOST/OWNER/cardsmith@COMMIT'


def project_name(folder: Path, topic: str) -> str:
    """Return a name for a new project that no other has: the folder's, or else the topic's, and four random digits."""
    stem = slugify(folder.resolve().name)[:40].strip("-")
    return f"{stem if stem[:1].isalpha() else topic}-{secrets.token_hex(2)}"


def starter_files(
    topic: str, project: str, requires: str = "", title: str = "", language: Language | None = None
) -> dict[str, str]:
    """Return the texts of a new project's files by path; ``requires`` is what its workflow installs as cardsmith.

    The title is the topic's name where none is given, and the example in the title's language.
    """
    title = title or topic
    spoken = language or find_language(title) or DEFAULT
    (excerpt, *_) = parse_source(_asset(f"spaced-repetition.{spoken}.md"), NOTES)
    quoted = json.dumps(requires, ensure_ascii=False) if requires else _FILL_IN  # JSON strings are YAML's
    words = {
        "@LANGUAGE@": spoken,
        "@TOPIC@": topic,
        "@PROJECT@": project,
        "@EXCERPT@": excerpt.id,
        "@REQUIRES@": quoted,
        "@TITLE@": title,
    }

    def filled(text: str) -> str:
        for name, value in words.items():
            text = text.replace(name, value)
        return text

    return schemas() | {filled(path): filled(_asset(filled(name))) for path, name in ASSETS.items()}


def lay_down(
    folder: Path,
    topic: str,
    requires: str | None = None,
    title: str = "",
    language: Language | None = None,
) -> list[tuple[str, bool]]:
    """Write a new project's files; return each path and whether it was written. A file that is there is kept.

    Its workflow installs what ``requires`` names, else this cardsmith from where it came; ``title`` and ``language`` as
    in ``starter_files``.

    Raises:
        CardsmithError: the folder is a project already, the topic's name cannot be a folder's or the title a deck's, or
            writing fails.

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
    texts = starter_files(topic, project_name(folder, topic), named, title, language)
    _refuse_unfit_title(title or topic, topic, texts[TOPICS_FILE])
    laid = []
    with sole_writer(folder) as writer:
        for path, text in texts.items():
            is_free = not (folder / path).exists()
            if is_free:
                writer.write(path, text, durable=True)
            laid.append((path, is_free))
    return laid


def _refuse_unfit_title(title: str, topic: str, text: str) -> None:
    """Refuse a title that YAML would read as something else, or that cannot be a deck's name."""
    hint = "use words without quotes, colons and brackets, such as Large language models"
    try:
        if parse_topics(text, TOPICS_FILE).topics[topic].title == title:
            return
    except CardsmithError:
        pass
    raise CardsmithError.at("", "bad-topic", f"{title!r} cannot be a topic's title", hint)


def _asset(name: str) -> str:
    return (files("cardsmith") / "starter" / "files" / name).read_text(encoding="utf-8")
