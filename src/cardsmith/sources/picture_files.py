"""The file of a picture that a note shows: where it lies, and what its bytes are, without decoding them.

Addresses and bytes are strangers': nothing outside the project is read, nothing is fetched, and a picture is judged by
its head. See https://www.w3.org/TR/png/, https://www.w3.org/Graphics/GIF/spec-gif89a.txt, ITU-T T.81 (JPEG),
https://developers.google.com/speed/webp/docs/riff_container and ISO/IEC 23008-12 (AVIF's ``ispe``).
"""

import html
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from cardsmith.errors import Code
from cardsmith.files import is_inside
from cardsmith.model import Picture
from cardsmith.sources.finding import files_below
from cardsmith.text.names import folded_name

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".bmp", ".tif", ".tiff", ".heic", ".heif"}
)
"""Of files that are pictures, whether Anki shows them or not: what else is embedded is a note, a sound or a document."""
MAX_PIXELS = 40_000_000
"""Of one picture: a phone that decodes it needs four bytes for each."""
_SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+):|//", re.IGNORECASE)
_ON_THE_NET = (None, "http", "https", "ftp")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why a picture goes on no card."""

    code: Code
    message: str
    hint: str


_OUTSIDE = LeftOut(
    "picture-outside", "it lies outside the project", "copy it into the project, beside the note"
)


def is_picture(picture: Picture) -> bool:
    """Tell a picture from what notes embed besides: other notes, sounds, documents. What is on the net has any name."""
    if _SCHEME.match(picture.address) and not picture.is_name:
        return True
    return any(os.path.splitext(name)[1].lower() in SUFFIXES for name in _spellings(picture.address))  # noqa: PTH122 - no path yet


def _spellings(address: str) -> Iterator[str]:
    """Yield what a file may be called that an address leads to: as it stands, without a query, without ``%20``."""
    plain = address.strip().removeprefix("<").removesuffix(">").replace("\\", "/")
    for name in (plain, re.split(r"[?#]", plain, maxsplit=1)[0]):
        yield from (name, unquote(name))


@dataclass
class Finder:
    """Finds the files of a project's pictures; folders are listed once."""

    root: Path
    _listed: dict[Path, dict[str, list[Path]]] = field(default_factory=dict)

    def find(self, picture: Picture, note: str) -> Path | LeftOut:
        """Return the file of a picture: beside its note, below a folder above it, or the only one of its name.

        The last is how Obsidian names files. ``note`` is the note's file, relative to the project.
        """
        scheme = None if picture.is_name else _SCHEME.match(picture.address.strip())
        if scheme and (kind := scheme["scheme"] and scheme["scheme"].lower()) in _ON_THE_NET:
            return LeftOut(
                "picture-remote", "it is on the net", "save it beside the note, and show that file"
            )
        if scheme and kind == "data":
            hint = "save it as a file beside the note, and show that"
            return LeftOut("picture-unfit", "it is written into the note itself", hint)
        here = (self.root / note).parent
        if not is_inside(self.root, here):
            return _OUTSIDE
        above = [folder for folder in (here, *here.parents) if is_inside(self.root, folder)]
        is_outside = False
        for name in dict.fromkeys(_spellings(picture.address)):
            with suppress(OSError, ValueError):  # no file system has a file of that name
                for folder in above:
                    path = folder / name.lstrip("/")
                    if path.is_file() and is_inside(self.root, path):
                        return self.root / path.resolve().relative_to(self.root.resolve())
                    is_outside |= not is_inside(self.root, path) and folder == here
        if is_outside or scheme:
            return _OUTSIDE
        return self._by_name(picture, note)

    def _by_name(self, picture: Picture, note: str) -> Path | LeftOut:
        below = (self.root / note).parent.resolve().relative_to(self.root.resolve()).parts
        files = self._files_below(self.root / below[0] if below else self.root)
        for name in dict.fromkeys(_spellings(picture.address)):
            wanted = folded_name(name.lstrip("./"))
            found = [path for path in files.get(wanted.rpartition("/")[2], ()) if _ends(path, wanted)]
            found = [path for path in found if is_inside(self.root, path)]
            if len(found) == 1:
                return found[0]
            if found:
                hint = "name its folder as well"
                return LeftOut("picture-missing", f"there are {len(found)} files of that name", hint)
        return LeftOut("picture-missing", "there is no such file", "put it there, or mend the address")

    def _files_below(self, top: Path) -> dict[str, list[Path]]:
        """Return the pictures in a folder and those below, sorted, by their folded names; hidden folders have none."""
        if top not in self._listed:
            files: dict[str, list[Path]] = {}
            for path in files_below(top, self.root):
                if path.suffix.lower() in SUFFIXES:
                    files.setdefault(folded_name(path.name), []).append(path)
            self._listed[top] = files
        return self._listed[top]


def _ends(path: Path, wanted: str) -> bool:
    """Tell whether a file is what a name with some of its folders says."""
    return f"/{folded_name(path.as_posix())}".endswith(f"/{wanted}")


@dataclass(frozen=True, slots=True)
class Look:
    """What the head of a picture says."""

    suffix: str
    """That its content should have, such as ``.png``."""
    width: int = 0
    """In pixels, like the height; 0 for what has no size of its own."""
    height: int = 0


def look(content: bytes) -> Look | LeftOut:
    """Return what a picture's bytes are, or why no card can show them."""
    for begins, kind, size in _KINDS:
        if re.match(begins, content[:64], re.DOTALL):
            if size is None:
                hint = "save it as PNG or JPEG"
                return LeftOut("picture-unfit", f"Anki shows no {kind.removeprefix('.').upper()}", hint)
            try:
                width, height = size(content)
            except (ValueError, IndexError):
                return _BROKEN
            if width * height > MAX_PIXELS:
                return LeftOut("picture-unfit", f"it has {width:,} × {height:,} pixels", "make it smaller")
            return Look(kind, width, height) if width and height else _BROKEN
    return _look_at_svg(content)


_BROKEN = LeftOut("picture-unfit", "the file is broken, or no picture", "save it anew")


def _png(content: bytes) -> tuple[int, int]:
    if content[12:16] != b"IHDR" or b"IEND" not in content:
        raise ValueError
    return _big(content[16:20]), _big(content[20:24])


def _gif(content: bytes) -> tuple[int, int]:
    return _little(content[6:8]), _little(content[8:10])


def _jpeg(content: bytes) -> tuple[int, int]:
    """Return a JPEG's size: it stands in the frame header, the first of the SOF markers (T.81, table B.1)."""
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in (0x01, *range(0xD0, 0xD8)):
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _big(content[at + 7 : at + 9]), _big(content[at + 5 : at + 7])
        else:
            at += 2 + max(2, _big(content[at + 2 : at + 4]))
    raise ValueError


def _webp(content: bytes) -> tuple[int, int]:
    kind = content[12:16]
    if kind == b"VP8X":
        return 1 + _little(content[24:27]), 1 + _little(content[27:30])
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        return _little(content[26:28]) & 0x3FFF, _little(content[28:30]) & 0x3FFF
    if kind == b"VP8L" and content[20] == 0x2F:
        bits = _little(content[21:25])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    raise ValueError


def _avif(content: bytes) -> tuple[int, int]:
    at = content.index(b"ispe", 0, 4096)
    return _big(content[at + 8 : at + 12]), _big(content[at + 12 : at + 16])


def _big(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _little(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


_KINDS: tuple[tuple[bytes, str, Callable[[bytes], tuple[int, int]] | None], ...] = (
    (rb"\x89PNG\r\n\x1a\n", ".png", _png),
    (rb"GIF8[79]a", ".gif", _gif),
    (rb"\xff\xd8\xff", ".jpg", _jpeg),
    (rb"RIFF....WEBP", ".webp", _webp),
    (rb"....ftyp(?:avif|avis)", ".avif", _avif),
    (rb"....ftyp(?:hei|mif1|msf1)", ".heic", None),
    (rb"BM....\0\0\0\0", ".bmp", None),
    (rb"II\*\0|MM\0\*", ".tiff", None),
)
"""How a picture of each kind begins, and where its size stands; None for what Anki does not show."""

_ACTIVE = {"script", "handler", "listener", "iframe", "object", "embed", "audio", "video"}
_AWAY = re.compile(r"\s*(?:javascript|vbscript|https?|ftp|file):|\s*//", re.IGNORECASE)
_STYLE_AWAY = re.compile(r"@import|url\(\s*['\"]?\s*(?:(?:https?|ftp|file|javascript):|//)", re.IGNORECASE)


def _look_at_svg(content: bytes) -> Look | LeftOut:
    """Return that a drawing is one, and neither runs anything nor fetches anything."""
    unsafe = LeftOut(
        "picture-unfit",
        "the drawing holds a script, or leads to the net",
        "save it without, or as PNG",
    )
    try:
        text = content.decode("utf-8-sig")
        if re.search(r"<!ENTITY|<\?xml-stylesheet", text, re.IGNORECASE):
            return unsafe
        top = ET.fromstring(text)  # noqa: S314 - it has no entities
    except (ValueError, ET.ParseError, RecursionError):
        return _BROKEN
    if _local(top.tag) != "svg":
        return _BROKEN
    for element in top.iter():
        name = _local(element.tag)
        style = (
            f"{element.get('style', '')} {element.text or ''}"
            if name == "style"
            else element.get("style", "")
        )
        if name in _ACTIVE or _STYLE_AWAY.search(style):
            return unsafe
        for key, value in element.attrib.items():
            is_link = _local(key) in ("href", "src", "to", "from", "values")
            leads = _AWAY.match(html.unescape(value)) if is_link else _STYLE_AWAY.search(value)
            is_address = name == "a" and value.strip().lower().startswith(("http:", "https:"))
            if _local(key).startswith("on") or (leads and not is_address):
                return unsafe
    return Look(".svg")


def _local(tag: object) -> str:
    """Return an element's or attribute's name without its namespace; comments have none."""
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""
