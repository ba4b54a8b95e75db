"""A new project's files: notes, a deck, schemas, and the pull-request kit around them."""

import json
import re
import secrets
from dataclasses import replace
from importlib.resources import files
from itertools import chain
from pathlib import Path

from cardsmith.decks.deckfile import parse_topics
from cardsmith.decks.project import TOPICS_FILE
from cardsmith.decks.schema import schemas
from cardsmith.errors import CardsmithError, Problem
from cardsmith.files import read_bytes
from cardsmith.ids import slugify
from cardsmith.sources.finding import find_files
from cardsmith.sources.picture_files import SUFFIXES as PICTURES
from cardsmith.sources.reading import SUFFIXES, parse_source
from cardsmith.starter.origin import installed_from
from cardsmith.text.language import DEFAULT, Language, find_language
from cardsmith.text.names import name_fault
from cardsmith.writing import sole_writer

NOTES = "seeds/spaced-repetition.md"
COPIES = "notes"
"""Where notes go that lie outside of the project's folder."""

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
    topic: str,
    project: str,
    requires: str = "",
    title: str = "",
    language: Language | None = None,
    sources: str | None = None,
) -> dict[str, str]:
    """Return the texts of a new project's files by path; ``requires`` is what its workflow installs as cardsmith.

    The title is the topic's name where none is given, and the example in the title's language. With ``sources``, where
    the notes are, there is no example and nothing that would lie among the notes.
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

    texts = {filled(path): filled(_asset(filled(name))) for path, name in ASSETS.items()}
    return schemas() | (texts if sources is None else _around_notes(texts, sources))


def _around_notes(texts: dict[str, str], sources: str) -> dict[str, str]:
    """Return the files of a project whose notes are there: no example, and what points at notes points at these."""
    examples = [path for path in texts if "spaced-repetition" in path]
    named = json.dumps(sources, ensure_ascii=False)
    exact = [f"*{suffix}" for suffix in SUFFIXES] if sources == "." else [f"{sources}/**"]
    topics = _KEYWORDS.sub(f"    sources: [{named}]", texts[TOPICS_FILE])
    attributes = texts[".gitattributes"].replace(
        "seeds/** -text", "\n".join(f"{each} -text" for each in exact)
    )
    readme = {"README.md": texts["README.md"].replace("`seeds/`", f"`{sources}/`")} if sources != "." else {}
    changed = {".gitattributes": attributes, **readme, TOPICS_FILE: topics}
    return {
        path: text for path, text in texts.items() if path not in (*examples, *changed, "README.md")
    } | changed


_KEYWORDS = re.compile(r"^    keywords: .*$", re.MULTILINE)


def lay_down(
    folder: Path,
    topic: str,
    requires: str | None = None,
    title: str = "",
    language: Language | None = None,
    notes: Path | None = None,
) -> list[tuple[str, bool]]:
    """Write a new project's files; return each path and whether it was written. A file that is there is kept.

    ``notes`` are the notes that it is for: a file or a folder. Those that lie in the folder stay where they are, others
    are copied into ``notes/``.

    Its workflow installs what ``requires`` names, else this cardsmith from where it came; ``title`` and ``language`` as
    in ``starter_files``.

    Raises:
        CardsmithError: the folder is a project already, the topic's name cannot be a folder's or the title a deck's,
            there are no such notes, or writing fails.

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
    sources, copies = placed(notes, folder) if notes else (None, {})
    texts = starter_files(topic, project_name(folder, topic), named, title, language, sources)
    _refuse_unfit_title(title or topic, topic, texts[TOPICS_FILE])
    laid = []
    with sole_writer(folder) as writer:
        written = ((path, text.encode()) for path, text in texts.items())
        for path, content in chain(
            ((path, read_bytes(file, str(file))) for path, file in copies.items()), written
        ):
            is_free = not (folder / path).exists()
            if is_free:
                writer.write(path, content, durable=True)
            laid.append((path, is_free))
    return laid


def placed(notes: Path, folder: Path) -> tuple[str, dict[str, Path]]:
    """Return where a project has its notes, relative to it, and which files to copy there, by their new paths.

    Copied are the notes and the pictures beside them, hidden ones aside.

    Raises:
        CardsmithError: there are no such notes.

    """
    if not notes.exists():
        raise CardsmithError.at(str(notes), "source-missing", "no such file or folder", "check the path")
    home, root = notes.resolve(), folder.resolve()
    if home.is_relative_to(root):
        return home.relative_to(root).as_posix(), {}
    if home.is_file():
        return COPIES, {f"{COPIES}/{home.name}": home}
    problems: list[Problem] = []
    found = find_files([home], home, problems, SUFFIXES)
    if not found:
        raise CardsmithError(replace(problem, path=str(notes)) for problem in problems)
    beside = find_files([home], home, [], tuple(PICTURES))
    return COPIES, {f"{COPIES}/{path.relative_to(home).as_posix()}": path for path in (*found, *beside)}


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
