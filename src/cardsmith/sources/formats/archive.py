"""Zip archives of strangers: read into memory, member by member, within bounds, and never onto the disk.

A member's declared size bounds what reading it gives (zipfile stops there), so the sizes are judged before anything is
unpacked; overlapping members count as often as they are named. See D. Fifield, "A better zip bomb", WOOT 2019.
"""

import io
import posixpath
from collections.abc import Iterator
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile, ZipInfo

from lxml import etree

from cardsmith.errors import CardsmithError
from cardsmith.sources.formats.derived import locked
from cardsmith.sources.formats.structure import Element

MAX_MEMBERS = 10_000
MAX_MEMBER = 32_000_000
"""Bytes of one unpacked member that is read."""
MAX_UNPACKED = 128_000_000
"""Bytes of all unpacked members that are read."""
MAX_RATIO = 200
"""How many times larger than packed a member of over a megabyte may be: markup is up to 50 times, a bomb 1,000."""


class Archive:
    """What a zip holds; nothing of it is believed before it was measured."""

    def __init__(self, raw: bytes, name: str) -> None:
        """Open an archive; ``name`` is how problems call it.

        Raises:
            CardsmithError: it is no zip, is locked, or holds too many members.

        """
        self._name = name
        self._left = MAX_UNPACKED
        try:
            self._zip = ZipFile(io.BytesIO(raw))
        except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
            if raw.startswith(b"\xd0\xcf\x11\xe0"):
                message = "the file has a password, or is of Word before 2007"
                hint = "open it in its own program and save it without, as .docx"
                raise CardsmithError.at(name, "source-locked", message, hint) from None
            message = f"the file is damaged: {str(error).lower()}"
            raise CardsmithError.at(name, "source-damaged", message, "get it anew") from None
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS:
            raise self._too_much(f"it holds {len(members):,} files; {MAX_MEMBERS:,} may be in one")
        self._members = {member.filename: member for member in members if not member.is_dir()}

    def __contains__(self, path: str) -> bool:
        return path in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def read(self, path: str) -> bytes:
        """Return a member's bytes.

        Raises:
            CardsmithError: it is not there, is locked, damaged or too large.

        """
        member = self._members.get(path)
        if member is None:
            message = f"the file is damaged: it names {path[:80]!r}, which is not in it"
            raise CardsmithError.at(self._name, "source-damaged", message, "get it anew")
        self._measure(member)
        try:
            return self._zip.read(member)
        except RuntimeError:
            raise locked(self._name) from None
        except Exception as error:  # noqa: BLE001 - zlib, lzma and zipfile each have their own
            message = f"the file is damaged: {path[:80]!r} cannot be unpacked ({type(error).__name__})"
            raise CardsmithError.at(self._name, "source-damaged", message, "get it anew") from None

    def _measure(self, member: ZipInfo) -> None:
        size = member.file_size
        self._left -= size
        if size > MAX_MEMBER or self._left < 0:
            raise self._too_much(
                f"it unfolds to more than {MAX_UNPACKED if self._left < 0 else MAX_MEMBER:,} bytes"
            )
        if size > 1_000_000 and size > MAX_RATIO * max(1, member.compress_size):
            raise self._too_much(f"it unfolds to more than {MAX_RATIO} times its size")

    def _too_much(self, message: str) -> CardsmithError:
        hint = "it is made to fill a machine; take it out of the folder, or split it if it is yours"
        return CardsmithError.at(self._name, "source-too-long", message, hint)

    def tree(self, path: str) -> Element:
        """Return a member as a tree of XML. No entity is replaced, nothing is loaded.

        Raises:
            CardsmithError: see ``read``, or it is no XML.

        """
        raw = self.read(path)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
        tree = etree.fromstring(raw, parser)
        if tree is None:
            message = f"the file is damaged: {path[:80]!r} is no XML"
            raise CardsmithError.at(self._name, "source-damaged", message, "get it anew")
        return tree


def beside(path: str, target: str) -> str:
    """Return the name of the member that a link in another one leads to; one that leads out is in no archive."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target.partition("#")[0])))
