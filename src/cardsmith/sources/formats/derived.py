"""Markdown made of a file that is no text, block by block, and where each block stood."""

import re
from dataclasses import dataclass, field

from cardsmith.errors import CardsmithError
from cardsmith.places import Part


@dataclass(frozen=True, slots=True)
class Derived:
    """A file's text and where its parts begin."""

    text: str
    parts: tuple[Part, ...]
    """In order, at places in the text; the first begins where the text does."""


@dataclass
class Blocks:
    """The blocks of a text that is being made."""

    _pieces: list[str] = field(default_factory=list)
    _parts: list[Part] = field(default_factory=list)
    _length: int = 0
    _was_item: bool = False

    def add(self, block: str, part: str, *, is_item: bool = False) -> None:
        """Put a block at the end; an item of a list stands right below the one before it."""
        if not block.strip():
            return
        if self._pieces:
            self._put("\n" if is_item and self._was_item else "\n\n")
        if not self._parts or self._parts[-1].name != part:
            self._parts.append(Part(self._length, part))
        self._put(block)
        self._was_item = is_item

    def _put(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)

    def done(self) -> Derived:
        """Return the text of all blocks, which ends in a line end."""
        return Derived("".join([*self._pieces, "\n"]), tuple(self._parts))


def fenced(code: str, language: str = "") -> str:
    """Return a block of code; nothing in it ends it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    name = language if re.fullmatch(r"[\w+#.-]{1,30}", language) else ""
    return f"{fence}{name}\n{code.strip(chr(10))}\n{fence}"


_SIGNS = re.compile(
    r"[\\`*$]|(?<!\w)_|_(?!\w)|\](?=[(\[:])|<(?=[A-Za-z/!?])|(?<!\S)#(?=[^\s#])|==|~|%%|::"
    r"|&(?=#?\w{1,30};)|\{(?=[:%@])|\|"
)
"""What Markdown, or a dialect of it, would take for markup. A backslash before an opening bracket would begin a formula."""
_BEFORE_BRACKET = re.compile(r"\\+(?=[(\[)\]])")
_AT_START = re.compile(r"^(?=#{1,6}(?:\s|$)|>|={2,}\s*$|[-_]{3,}\s*$|:\s|~~~)", re.MULTILINE)


def as_markdown(said: str) -> str:
    """Return Markdown that says just this text; numbers and dashes that begin a line still make a list."""
    said = _BEFORE_BRACKET.sub(lambda signs: "\ufdd0" * len(signs.group()), said)
    return _AT_START.sub(r"\\", _SIGNS.sub(r"\\\g<0>", said)).replace("\ufdd0", "&#92;")


def locked(name: str) -> CardsmithError:
    """Return the error of a file that only its password opens."""
    hint = "save it without a password in its own program"
    return CardsmithError.at(name, "source-locked", "the file has a password", hint)
