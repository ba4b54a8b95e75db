"""Where a piece of a note stands: in which line, or of a file that is no text on which page, in which cell or paragraph."""

import re
from typing import NamedTuple


class Part(NamedTuple):
    """A piece of a file that is no text, as its readers see it."""

    start: int
    """Where it begins in the text that was made of the file."""
    name: str
    """``page=12``, ``cell=3``, ``paragraph=5`` or ``chapter=2,paragraph=5``; all count from 1."""


class Place(NamedTuple):
    """Where an excerpt stands."""

    file: str
    """Relative to the project where possible, with ``/``."""
    line: int
    """1-based line of the excerpt's first character; of a file that is no text, in the text that was made of it."""
    offset: int = 0
    """Of that character in the file's text, in characters; a line end is one."""
    parts: tuple[Part, ...] = ()
    """Of a file that is no text: the parts that hold the excerpt, each with its place in the excerpt. Empty for text."""

    def at(self, text: str, position: int, begin: int = 0) -> "Place":
        """Return the place of a character of the excerpt, which stands in a text from ``begin`` on."""
        held = [part for part in self.parts if part.start <= position - begin][-1:]
        line = self.line + text.count("\n", begin, position)
        parts = tuple(Part(0, part.name) for part in held)
        return Place(self.file, line, self.offset + position - begin, parts)

    def __str__(self) -> str:
        return f"{self.file}#{self.parts[0].name}" if self.parts else f"{self.file}:{self.line}"


_BEHIND_FILE = re.compile(r":[^:]*\Z|#(?:chapter=\d+,)?(?:page|cell|paragraph)=\d+\Z")


def file_of(source: str) -> str:
    """Return the file that a place, as it is shown, lies in: that of ``a.md:3`` is ``a.md``, of ``a.pdf#page=2`` ``a.pdf``."""
    return source if source.startswith(("http:", "https:")) else _BEHIND_FILE.sub("", source) or source
