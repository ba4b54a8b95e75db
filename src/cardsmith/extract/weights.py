r"""The file of weights: every feature with what it weighs in both models, looked up without unpacking the file.

Whoever loads it pays for reading the bytes and for checking the head; features lie in pages by the hash of their
name, and a page is checked and unpacked when a feature of it is first asked for. Nothing in the file is executable.
All numbers are little-endian; weights and biases are whole thousandths, in which the trainer rounds them.

The head::

    offset  bytes    what
    0       8        89 77 6f 72 74 68 0d 0a: "worth" between bytes that no text and no changed line end leaves whole
    8       2        version of this format
    10      2        version of the trainer, VERSION in scripts/train_worth.py
    12      4        number of features
    16      4        number of pages, n
    20      4        bytes of the whole file
    24      4        bytes of the provenance, p
    28      32       SHA-256 of the training data; the provenance says of which files
    60      2, 2     the bias of each of MODELS, signed
    64      p        provenance: a JSON object in UTF-8
    64 + p  4(n + 1) where each page begins, in bytes from the file's beginning, and where the last one ends
    …       4        CRC-32 of everything before

A page, which holds the features whose CRC-32, modulo n, is its number::

    0       4        CRC-32 of the rest of the page
    4       2        number of features, f
    6       4f       for each feature its weight in each of MODELS, signed; 0 where a model does not know it
    6 + 4f  …        the features' names in UTF-8, sorted, each ended by FF, a byte that no UTF-8 holds
"""

import json
from collections.abc import Iterator, Mapping
from itertools import accumulate
from struct import Struct
from typing import Any, Final, NamedTuple
from zlib import crc32

from cardsmith.errors import CardsmithError

VERSION: Final = 1
"""Of the format: raised whenever a byte changes its meaning."""
MODELS: Final = ("card", "definition")
"""Is it worth a card? If so, is it a definition?"""

Row = tuple[float, float]
"""What a feature weighs in each of ``MODELS``."""

_UNKNOWN: Final[Row] = (0.0, 0.0)
_MAGIC: Final = b"\x89worth\r\n"
_HEAD: Final = Struct("<8s2H4I32s2h")
_OFFSETS: Final = Struct("<2I")
_NUMBER: Final = Struct("<I")
_PAGE: Final = Struct("<IH")
_ROW: Final = Struct("<2h")
_END: Final = b"\xff"
_PAGE_FEATURES: Final = 64
"""Features of a page, on average at most. With fewer, unpacking all takes longer; with more, the first text waits."""


class Head(NamedTuple):
    """What stands at the beginning, field by field."""

    magic: bytes
    version: int
    """Of the format."""
    trainer: int
    """The trainer's version."""
    features: int
    pages: int
    size: int
    """Of the whole file, in bytes."""
    noted: int
    """Bytes of the provenance."""
    trained_on: bytes
    """SHA-256 of the training data."""
    card: int
    """Bias in thousandths, like the next."""
    definition: int


class Weights:
    """A parsed file: the head is known to be whole, a page is looked at when it is needed."""

    def __init__(self, head: Head, data: bytes, path: str) -> None:
        self.head = head
        self._data = data
        self._path = path
        self._pages: list[dict[bytes, int] | None] = [None] * head.pages

    @property
    def biases(self) -> Row:
        """The bias of each of ``MODELS``."""
        return self.head.card / 1000, self.head.definition / 1000

    @property
    def provenance(self) -> Any:
        """What the trainer noted: the sets, how the hash is made of them, its settings."""
        return json.loads(self._data[_HEAD.size : _HEAD.size + self.head.noted])

    def row(self, feature: str) -> Row:
        """Return what a feature weighs, 0 where it is not known.

        Raises:
            CardsmithError: The feature's page is damaged.

        """
        name = feature.encode("utf-8", "surrogatepass")
        number = crc32(name) % self.head.pages
        page = self._pages[number]
        if page is None:
            page = self._pages[number] = self._page(number)
        at = page.get(name)
        return self._row(at) if at is not None else _UNKNOWN

    def items(self) -> Iterator[tuple[str, Row]]:
        """Yield every feature with its row, page by page.

        Raises:
            CardsmithError: A page is damaged.

        """
        for number in range(self.head.pages):
            for name, at in self._page(number).items():
                yield name.decode(), self._row(at)

    def _row(self, at: int) -> Row:
        card, definition = _ROW.unpack_from(self._data, at)
        return card / 1000, definition / 1000

    def _page(self, number: int) -> dict[bytes, int]:
        """Return where the row of each feature of a page begins in the file."""
        start, end = _OFFSETS.unpack_from(self._data, _HEAD.size + self.head.noted + 4 * number)
        checksum, count = _PAGE.unpack_from(self._data, start)
        if crc32(self._data[start + _NUMBER.size : end]) != checksum:
            raise _unreadable(
                self._path, f"these weights are damaged between the bytes {start:,} and {end:,}"
            )
        rows = range(start + _PAGE.size, start + _PAGE.size + count * _ROW.size, _ROW.size)
        return dict(zip(self._data[rows.stop : end].split(_END)[:-1], rows, strict=True))


def parse_weights(data: bytes, path: str) -> Weights:
    """Parse a file of weights, named ``path`` in errors.

    Raises:
        CardsmithError: It is no such file, has another format, or is not whole.

    """
    if not data.startswith(_MAGIC):
        raise _unreadable(path, "this is no file of weights")
    if len(data) < _HEAD.size:
        raise _unreadable(path, f"these weights are cut short after {len(data)} bytes")
    head = Head._make(_HEAD.unpack_from(data))
    if head.version != VERSION:
        raise _unreadable(path, f"these weights have format {head.version}, and {VERSION} can be read")
    if len(data) != head.size:
        raise _unreadable(path, f"these weights have {len(data):,} bytes and should have {head.size:,}")
    end = _HEAD.size + head.noted + _NUMBER.size * (head.pages + 1)
    if end + _NUMBER.size > len(data) or _NUMBER.unpack_from(data, end) != (crc32(data[:end]),):
        raise _unreadable(path, "the head of these weights is damaged")
    return Weights(head, data, path)


def _unreadable(path: str, message: str) -> CardsmithError:
    return CardsmithError.at(path, "unreadable", message, "install cardsmith again")


def emit_weights(
    biases: Row, rows: Mapping[str, Row], trainer: int, trained_on: bytes, provenance: Mapping[str, object]
) -> bytes:
    """Return the file of weights; the same arguments give the same bytes.

    Raises:
        ValueError: A bias or weight is no number of whole thousandths between -32.768 and 32.767.

    """
    number = len(rows) // _PAGE_FEATURES + 1
    pages: list[list[tuple[bytes, Row]]] = [[] for _ in range(number)]
    for name, row in sorted((feature.encode(), row) for feature, row in rows.items()):
        pages[crc32(name) % number].append((name, row))
    emitted = [_page(page) for page in pages]
    noted = json.dumps(provenance, ensure_ascii=False).encode()
    first = _HEAD.size + len(noted) + _NUMBER.size * (number + 2)
    offsets = list(accumulate(map(len, emitted), initial=first))
    sizes = (len(rows), number, offsets[-1], len(noted))
    head = _HEAD.pack(_MAGIC, VERSION, trainer, *sizes, trained_on, *_thousandths(biases))
    head += noted + b"".join(map(_NUMBER.pack, offsets))
    return head + _NUMBER.pack(crc32(head)) + b"".join(emitted)


def _page(features: list[tuple[bytes, Row]]) -> bytes:
    rows = b"".join(_ROW.pack(*_thousandths(row)) for _, row in features)
    page = len(features).to_bytes(2, "little") + rows + b"".join(name + _END for name, _ in features)
    return _NUMBER.pack(crc32(page)) + page


def _thousandths(row: Row) -> tuple[int, int]:
    card, definition = (round(weight * 1000) for weight in row)
    if (card / 1000, definition / 1000) != row or not all(-(2**15) <= n < 2**15 for n in (card, definition)):
        raise ValueError(f"{row} cannot be said in thousandths of 16 bits")
    return card, definition
