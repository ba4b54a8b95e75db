"""``topics.yaml`` as people write it, with one value spliced in and every other byte as it was."""

import re
from collections.abc import Iterable

import yaml

from cardsmith.decks.project import TOPICS_FILE
from cardsmith.decks.strict_yaml import compose
from cardsmith.errors import CardsmithError

_PLAIN = re.compile(r"[^\W\d_][\w-]*")


def with_articles(text: str, topic: str, names: Iterable[str]) -> str:
    """Return the file's text with another list of articles at a topic that has one.

    Raises:
        CardsmithError: a comment stands inside the list (``card-layout``), which the new one would lose.

    """
    value = _value(compose(text, TOPICS_FILE).root, ("topics", topic, "articles"))
    if value is None:
        return text
    lines = text.split("\n")
    first, last = value.start_mark, value.end_mark
    end = last.line if last.column else last.line - 1
    if any("#" in line for line in lines[first.line : end + 1]):
        hint = "take the comment out, or write the list by hand"
        message = f"the articles of {topic} hold a comment, which a new list would lose"
        raise CardsmithError.at(TOPICS_FILE, "card-layout", message, hint, line=first.line + 1)
    listed = ", ".join(
        name if _PLAIN.fullmatch(name) else "'" + name.replace("'", "''") + "'" for name in names
    )
    if value.flow_style:
        head, tail = lines[first.line][: first.column], lines[last.line][last.column :]
        lines[first.line : last.line + 1] = [f"{head}[{listed}]{tail}"]
        return "\n".join(lines)
    key = first.line - 1  # a block list stands below its key
    while not lines[key].strip():
        key -= 1
    rest = first.line
    while rest <= end and rest < len(lines) and lines[rest].lstrip().startswith("-"):
        rest += 1
    ending = "\r" if lines[key].endswith("\r") else ""
    lines[key:rest] = [f"{lines[key].rstrip()} [{listed}]{ending}"]
    return "\n".join(lines)


def _value(node: yaml.Node, path: tuple[str, ...]) -> yaml.CollectionNode | None:
    for name in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next((value for key, value in pairs if key.value == name), None)
        if found is None:
            return None
        node = found
    return node if isinstance(node, yaml.SequenceNode) else None
