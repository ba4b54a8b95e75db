"""Files of a project: proved to lie in it, read strictly, written all or nothing."""

import os
import tempfile
from pathlib import Path

from cardsmith.errors import CardsmithError


def is_inside(root: Path, path: Path) -> bool:
    """Tell whether a path lies in a folder once every link on the way is followed; nothing need be there yet."""
    return path.resolve().is_relative_to(root.resolve())


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
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"cannot read the file: {error.strerror}"
        raise CardsmithError.at(name, "unreadable", message, "check the path and its permissions") from None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = len(raw[raw.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")) + 1
        message = f"not UTF-8: byte 0x{raw[error.start]:02x} at offset {error.start}"
        hint = "save the file as UTF-8, for example: iconv -f GB18030 -t UTF-8"
        raise CardsmithError.at(name, "not-utf8", message, hint, line=line, column=column) from None


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: to a temporary file in the same folder, then renamed over the old one.

    Raises:
        CardsmithError: the folder or the file cannot be written; the old file is then as it was.

    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # noqa: PTH101 - the temporary name is a string
        os.replace(temporary, path)  # noqa: PTH105
        temporary = None
    except OSError as error:
        message = f"cannot write the file: {error.strerror}"
        raise CardsmithError.at(
            str(path), "unwritable", message, "check the folder and its permissions"
        ) from None
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file whole or not at all; see ``write_bytes``."""
    write_bytes(path, text.encode())
