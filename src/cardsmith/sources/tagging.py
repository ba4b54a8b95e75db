"""What of a note's tags and of the traces of review tools tells that its author has written cards into it.

Obsidian's tags: https://help.obsidian.md/tags; where a tag of a note or a heading reaches is the rule of the plugin Spaced
Repetition: https://www.stephenmwangi.com/obsidian-spaced-repetition/flashcards/decks/.
"""

import re

from cardsmith.authoring import Tagging
from cardsmith.text.code import without_code

TAG = r"\#(?=[^\s#]*[^\W\d_])[^\s#,;!?.:()\[\]{}<>\"'`，。；：！？、（）【】「」]+"
"""A tag: no number, no punctuation but ``/``, ``-`` and ``_``."""
TAG_LINE = re.compile(
    rf"^[ \t>]*(?:[-*+][ \t]+)?(?:\W{{0,2}}(?:tags?|标签|標籤)\W{{0,2}}[:：])?\W{{0,2}}[ \t]*{TAG}(?:[ \t,，]+{TAG})*[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
"""A line of nothing but tags."""
_TAG = re.compile(TAG)
_SCHEDULE = re.compile(r"<!--SR:!?\w")


def note_tagging(text: str, tags: tuple[str, ...] = ()) -> Tagging:
    """Return what holds for a whole note: its own tags and those on lines of their own, and whether a tool keeps a schedule in it."""
    lines = [found.group() for found in TAG_LINE.finditer(without_code(text))] if "#" in text else []
    return Tagging((*tags, *tags_of("\n".join(lines))), is_scheduled=bool(_SCHEDULE.search(text)))


def tags_of(line: str) -> tuple[str, ...]:
    """Return the tags of a line, without ``#``."""
    return tuple(found.group()[1:].rstrip("/") for found in _TAG.finditer(line))
