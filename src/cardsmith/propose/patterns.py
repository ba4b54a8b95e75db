"""Which notes a pattern of ``sources:`` means."""

from fnmatch import fnmatchcase


def matches(file: str, pattern: str) -> bool:
    """Tell whether a note lies where a pattern of ``sources:`` says: a folder, a file, or a shell pattern of either.

    ``*`` stands for any characters, also for those of folders in between.
    """
    pattern = pattern.removeprefix("./").rstrip("/")
    return fnmatchcase(file, pattern) or fnmatchcase(file, f"{pattern}/*") or pattern in ("", ".")
