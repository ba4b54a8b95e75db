"""What a note says of itself before its text: the keys of its front matter that cardsmith reads.

YAML between ``---`` as Obsidian, Jekyll and Quarto write it, or TOML between ``+++`` as Hugo does. Whatever cannot be
read says nothing: front matter is written for other programs, and a note is none the worse for it.
"""

import tomllib
from collections.abc import Mapping

import yaml

from cardsmith.model import Properties

LONGEST = 20_000
"""Characters of front matter that are read."""
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Makes strings of all scalars, so that nothing is guessed and nothing is constructed."""


def read_properties(head: str) -> Properties:
    """Return what a note's front matter says; ``head`` is the text from the note's first character to its end."""
    body = head.strip()
    data = _data(body) if len(body) <= LONGEST else {}
    return Properties(
        title=_text(data.get("title")),
        topic=_text(data.get("topic")),
        tags=_texts(data.get("tags", data.get("tag"))),
        aliases=_texts(data.get("aliases", data.get("alias"))),
    )


def _data(body: str) -> Mapping[str, object]:
    lines = body.split("\n")
    inner = "\n".join(lines[1:-1])
    try:
        data = tomllib.loads(inner) if body.startswith("+++") else yaml.load(inner, _LOADER)  # noqa: S506
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {key.casefold(): value for key, value in data.items() if isinstance(key, str)}


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    """Return a list of words, which people also write in one line, with commas or blanks."""
    if isinstance(value, str):
        value = value.split(",") if "," in value else value.split()
    items = value if isinstance(value, list) else []
    return tuple(text.removeprefix("#") for text in map(_text, items) if text)
