"""Files of a project: proved to lie in it, read strictly, written all or nothing."""

import errno
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from cardsmith.errors import CardsmithError

TEMPORARY = ("cardsmith-", ".tmp")
"""How the name of every file begins and ends that is on its way to its place."""
FORGOTTEN = 3600.0
"""Seconds after which a temporary file beside its target is a dead process's: a write takes far less."""


def is_inside(root: Path, path: Path) -> bool:
    """Tell whether a path lies in a folder once every link on the way is followed; nothing need be there yet."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except RuntimeError:  # links in a circle, before Python 3.13
        return False


def inside(root: Path, name: str | Path) -> Path:
    """Return the path of a project's file or folder: the one place that turns a name into a path.

    Decks, sources and output folders come out of strangers' pull requests; neither ``..`` nor a link may lead from
    them to the user's own files.

    Raises:
        CardsmithError: it lies outside the project.

    """
    path = root / name
    if not is_inside(root, path):
        hint = "name a path in the project's folder, and follow no link out of it"
        raise CardsmithError.at(str(name), "outside-project", "this lies outside the project", hint)
    return path


def read_text(path: Path, name: str) -> str:
    """Return a UTF-8 file's text as it stands; ``name`` is how problems call the file.

    Raises:
        CardsmithError: the file cannot be read or is not UTF-8.

    """
    raw = read_bytes(path, name)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise not_utf8(raw, name) from None


def read_bytes(path: Path, name: str, most: int = -1) -> bytes:
    """Return a file's bytes, no more than ``most`` if that is given; ``name`` is how problems call the file.

    Raises:
        CardsmithError: the file cannot be read.

    """
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        message = f"cannot read the file: {error.strerror}"
        raise CardsmithError.at(name, "unreadable", message, "check the path and its permissions") from None


def not_utf8(raw: bytes, name: str) -> CardsmithError:
    """Return the error of a file that is not UTF-8, with the place of the first byte that is not."""
    at = _first_odd_byte(raw)
    line = raw.count(b"\n", 0, at) + 1
    column = len(raw[raw.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "replace")) + 1
    message = f"not UTF-8: byte 0x{raw[at]:02x} at offset {at}"
    hint = "save the file as UTF-8, for example: iconv -f GB18030 -t UTF-8"
    return CardsmithError.at(name, "not-utf8", message, hint, line=line, column=column)


def _first_odd_byte(raw: bytes) -> int:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return 0


def write_bytes(path: Path, content: bytes, *, by_way_of: Path | None = None, durable: bool = False) -> None:
    """Write a file whole or not at all: to a temporary file, then renamed over the old one.

    The temporary file lies in the folder ``by_way_of``, else beside the target. A link at ``path`` is replaced, never
    written through. With ``durable`` the new content outlives a loss of power from the moment that this returns; in any
    case the file is the old or the new one.

    Raises:
        CardsmithError: the folder or the file cannot be written; the old file is then as it was.

    """
    staged = stage(path, content, by_way_of, durable=durable)
    try:
        put(staged, path, durable=durable)
    finally:
        with suppress(OSError):
            staged.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file whole or not at all; see ``write_bytes``."""
    write_bytes(path, text.encode())


def stage(path: Path, content: bytes, by_way_of: Path | None, *, durable: bool) -> Path:
    """Return a temporary file with the content that ``path`` is to have, on the same device; ``put`` takes it there.

    Raises:
        CardsmithError: the folder or the file cannot be written.

    """
    temporary = None
    try:
        make_folder(path.parent, durable=durable)
        is_near = by_way_of is not None and by_way_of.stat().st_dev == path.parent.stat().st_dev
        folder = by_way_of if by_way_of and is_near else path.parent
        if folder == path.parent:
            sweep(folder, idle=FORGOTTEN)
        handle, temporary = tempfile.mkstemp(TEMPORARY[1], TEMPORARY[0], folder)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(temporary, 0o666 & ~umask)  # noqa: PTH101 - the temporary name is a string
            if durable:
                file.flush()
                os.fsync(handle)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise _unwritable(path, error) from None
    return folder / Path(temporary).name


def put(temporary: Path, path: Path, *, durable: bool) -> None:
    """Rename a staged file over its target: once it is gone, the target has its content, and not before.

    Raises:
        CardsmithError: the target cannot be replaced and is as it was.

    """
    try:
        temporary.replace(path)
        if durable:
            sync_folder(path.parent)
    except OSError as error:
        if error.errno == errno.EXDEV and temporary.parent != path.parent:  # a mount that hides its device
            near = stage(path, temporary.read_bytes(), None, durable=durable)
            put(near, path, durable=durable)
            temporary.unlink(missing_ok=True)
            return
        raise _unwritable(path, error) from None


def make_folder(path: Path, *, durable: bool = False) -> None:
    """Make a folder and those above it where they are missing."""
    if path.is_dir():
        return
    make_folder(path.parent, durable=durable)
    path.mkdir(exist_ok=True)
    if durable:
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder outlive a loss of power; Windows does so by itself and knows no such call."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path, *, idle: float = 0) -> None:
    """Remove the temporary files in a folder that nobody has touched for ``idle`` seconds.

    With 0 this is for who alone writes there: all of them are then dead.
    """
    for path in folder.glob("*".join(TEMPORARY)):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime >= idle:
                path.unlink()


def _unwritable(path: Path, error: OSError) -> CardsmithError:
    message = f"cannot write the file: {error.strerror}"
    return CardsmithError.at(str(path), "unwritable", message, "check the folder and its permissions")
