"""Pictures on their way from notes to decks: found, judged, made small enough, and named by their content.

A picture is named by what its file in the notes holds, so that the same one is one file and a changed one another; what
a deck's folder has already is never made again, whatever made it smaller.
"""

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cardsmith.anki.media import MAX_BYTES
from cardsmith.decks.pictures import FOLDER
from cardsmith.errors import Problem
from cardsmith.files import inside
from cardsmith.ids import slugify
from cardsmith.model import Candidate, Card, Picture, Span
from cardsmith.places import Place
from cardsmith.sources.picture_files import Finder, LeftOut, Look, is_picture, look

WIDEST = 1600
"""Pixels: twice what a card is wide, for sharp screens."""
MAX_READ = 50_000_000
"""Bytes of a picture that are read; no note has a larger one."""
SCALED = (".png", ".jpg", ".webp")
"""What Pillow makes smaller; a film or a drawing stays as it is."""


@dataclass
class Album:
    """The pictures of one run over a project: each file is read once, each fault told once."""

    root: Path
    faults: list[Problem] = field(default_factory=list)
    """What is wrong with those that no card gets, at their places in the notes."""
    content: dict[str, bytes] = field(default_factory=dict)
    """What is to be written, by its path in the project; nothing for what is there."""
    _read: dict[tuple[Path, str], str | LeftOut] = field(default_factory=dict)
    _finder: Finder = field(init=False)

    def __post_init__(self) -> None:
        self._finder = Finder(self.root)

    def named(self, picture: Picture, folder: str, at: Place) -> str | None:
        """Return what a picture's file is called from a folder of decks; None for one that no card can show, which is told.

        ``at`` is where the picture stands.
        """
        name = self._named(picture, at.file, folder)
        if isinstance(name, LeftOut):
            self._tell(name, picture, at)
            return None
        return name

    def _tell(self, fault: LeftOut, picture: Picture, at: Place) -> None:
        message = f"{picture.address[:120]}: {fault.message}"
        problem = Problem(at.file, at.line, 0, fault.code, message, fault.hint)
        if problem not in self.faults:
            self.faults.append(problem)

    def _named(self, picture: Picture, note: str, folder: str) -> str | LeftOut:
        """Return what the picture's file in a folder of decks is called; its content waits where it is not there yet."""
        found = self._finder.find(picture, note)
        if isinstance(found, LeftOut):
            return found
        if (found, folder) not in self._read:
            self._read[found, folder] = self._take(found, folder)
        return self._read[found, folder]

    def _take(self, path: Path, folder: str) -> str | LeftOut:
        try:
            if path.stat().st_size > MAX_READ:
                return LeftOut(
                    "picture-unfit", f"it has more than {MAX_READ // 1_000_000} MB", "make it smaller"
                )
            original = path.read_bytes()
        except OSError as error:
            return LeftOut("picture-missing", f"it cannot be read: {error.strerror}", "check its permissions")
        seen = look(original)
        if isinstance(seen, LeftOut):
            return seen
        digest = hashlib.sha256(original).hexdigest()[:12]
        stem = "-".join(filter(None, (slugify(path.stem)[:40].strip("-"), digest)))
        name = f"{FOLDER}/{stem}{seen.suffix}"
        target = f"{folder}/{name}"
        if not inside(self.root, target).exists():
            content = fitting(original, seen)
            if isinstance(content, LeftOut):
                return content
            self.content[target] = content
        return name


@dataclass(frozen=True, slots=True)
class Mount:
    """Puts the pictures of one note onto its cards."""

    album: Album
    folder: str
    """Of the note's deck, relative to the project."""
    place: Callable[[int], Place]
    """Tells where a character of the note stands."""

    def on(self, card: Card, candidate: Candidate) -> Card:
        """Return a candidate's card with its pictures: those in an author's words there, the others on the answer side."""
        media: list[str] = []
        words = {}
        for name in ("front", "back", "text") if candidate.is_authored else ():
            value = getattr(card, name)
            if value and (mounted := self._in_words(value, candidate.span, media)) != value:
                words[name] = mounted
        extra = []
        for picture in candidate.pictures:
            path = self.album.named(picture, self.folder, self.place(picture.span.start))
            if path and path not in media:
                media.append(path)
                extra += [f"![{_alt(picture.alt)}]({path})", *filter(None, [_literal(picture.credit)])]
        shown = {"extra": "\n\n".join(extra)} if extra else {}
        return card.model_copy(update={**words, **shown, "media": tuple(media)}) if media else card

    def _in_words(self, text: str, span: Span, media: list[str]) -> str:
        """Return an author's words with their pictures under the names that these have beside the deck."""

        def mounted(shown: re.Match[str]) -> str:
            picture = Picture(shown["address"].strip("<>"), "", span)
            path = (
                self.album.named(picture, self.folder, self.place(span.start))
                if is_picture(picture)
                else None
            )
            if path and path not in media:
                media.append(path)
            return f"{shown['head']}{path})" if path else shown.group()

        return _SHOWN.sub(mounted, text)


def fitting(content: bytes, seen: Look) -> bytes | LeftOut:
    """Return a picture as a deck has it: as it is, where it is small enough, else scaled down.

    Without Pillow it stays as it is as long as Anki's phones can fetch it.
    """
    if len(content) <= MAX_BYTES and seen.width <= WIDEST:
        return content
    fault = LeftOut("picture-unfit", f"it has more than {MAX_BYTES // 1_000_000} MB", "make it smaller")
    try:
        from PIL import Image, ImageOps
    except ImportError:
        hint = "make it smaller, or let Pillow do so: pip install 'cardsmith[pictures]'"
        return content if len(content) <= MAX_BYTES else LeftOut(fault.code, fault.message, hint)
    if seen.suffix in SCALED:
        try:
            smaller = _scaled(content, seen.suffix, Image, ImageOps)
        except Exception:  # noqa: BLE001 - Pillow raises whatever its decoders do
            return LeftOut("picture-unfit", "the file is broken, or no picture", "save it anew")
        content = min(content, smaller, key=len)
    return content if len(content) <= MAX_BYTES else fault


def _scaled(content: bytes, suffix: str, image: Any, operations: Any) -> bytes:
    """Return a picture at most ``WIDEST`` wide, in its own format; one that moves stays as it is."""
    with image.open(io.BytesIO(content), formats=[_FORMATS[suffix]]) as source:
        if getattr(source, "n_frames", 1) > 1:
            return content
        picture = operations.exif_transpose(source)
        picture = picture.convert("RGBA") if picture.mode == "P" else picture
        picture.thumbnail((WIDEST, picture.height))
        out = io.BytesIO()
        picture.save(out, _FORMATS[suffix], optimize=True, quality=85)
        return out.getvalue()


_SHOWN = re.compile(
    r"(?P<head>!\[[^\[\]\n]*\]\()(?P<address><[^<>\n]+>|[^()<>\s]+(?:\([^()\s]*\)[^()<>\s]*)*)"
    r"""(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?\)"""
)
"""A picture in Markdown."""
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}
_IN_ALT = str.maketrans({"[": "(", "]": ")", "\\": "", "$": "", "`": "'", "{": "(", "}": ")"})
_IN_TEXT = str.maketrans({"[": "(", "]": ")", "\\": "", "$": "", "{": "(", "}": ")"})
_MARKUP = re.compile(r"[*`~]|(?<!\w)_|_(?!\w)|^[#>+-]|(?<=^\d)[.)]")


def _alt(text: str) -> str:
    """Return a description as it stands between the brackets of Markdown; no formula is set in it."""
    return _plain(text).translate(_IN_ALT)


def _literal(text: str) -> str:
    """Return a line that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\g<0>", _plain(text).translate(_IN_TEXT))


def _plain(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
