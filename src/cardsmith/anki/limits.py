"""What Anki does not take as it stands, known before anything is rendered: the size of a field, the form of a tag."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_FIELD = 20_000
"""Characters of a field's source; a card is read in a breath, and AnkiWeb refuses notes of more than 100 kB."""

MAX_BRACKETS, MAX_LINES, MAX_DELETIONS = 250, 1_000, 250
"""Of a field: Markdown tries each bracket with each as a link, and splits the lines anew at each heading."""

_COUNTED = (
    ("opening brackets", re.compile(r"(?<!\\)\["), MAX_BRACKETS),
    ("line ends", re.compile(r"\n"), MAX_LINES),
    ("deletions", re.compile(r"\{\{c"), MAX_DELETIONS),
)
_ODD_TAG = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\"*]|^:|:$|:::")
_TAKEN_TAG = re.compile(r"(?:leech|marked|cardsmith(?:::.*)?)", re.IGNORECASE)


class Excess(NamedTuple):
    """What is too much of a card."""

    field: str
    """The field's name; ``tags.0`` is the first tag."""
    message: str
    hint: str


def long_fields(texts: Iterable[tuple[str, str]]) -> Iterator[Excess]:
    """Find a field that is no card's: a whole file pasted in, or a quotation mark that was never closed."""
    for name, value in texts:
        if len(value) > MAX_FIELD:
            hint = f"a field has at most {MAX_FIELD:,}; is this a whole file?"
            yield Excess(name, f"{name} has {len(value):,} characters", hint)
            continue
        for what, sign, most in _COUNTED:
            if (count := len(sign.findall(value))) > most:
                hint = f"a field has at most {most:,}: more would be slow to render, and no card"
                yield Excess(name, f"{name} has {count:,} {what}", hint)


def bad_tags(tags: Iterable[str]) -> Iterator[Excess]:
    """Find a tag that Anki would split or change, or that has a meaning already."""
    for number, tag in enumerate(tags):
        if _ODD_TAG.search(tag):
            message, hint = f"Anki would split or change the tag {tag!r}", "join its words with - or ::"
            yield Excess(f"tags.{number}", message, hint)
        elif _TAKEN_TAG.fullmatch(tag):
            hint = "leech, marked and cardsmith:: are taken"
            yield Excess(f"tags.{number}", f"{tag!r} is no tag for Anki", hint)
