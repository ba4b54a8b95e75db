"""Where this cardsmith was installed from, as a requirement that pip takes elsewhere."""

import json
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any


def installed_from() -> str:
    """Return the requirement that installs this very version again; empty where nothing says so to other machines.

    An index is never guessed: under our name it may have somebody else's package.
    """
    try:
        text = distribution("cardsmith").read_text("direct_url.json")
    except PackageNotFoundError:
        return ""
    return requirement_of(json.loads(text)) if text else ""


def requirement_of(origin: dict[str, Any]) -> str:
    """Return the requirement of a ``direct_url.json``, pinned to a commit or a hash; empty for a local file or folder.

    See https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
    """
    url, vcs = origin["url"], origin.get("vcs_info")
    if url.startswith("file:"):
        return ""
    hashes = origin.get("archive_info", {}).get("hashes", {})
    marks = [f"{name}={value}" for name, value in sorted(hashes.items())[-1:]]
    marks += [f"subdirectory={origin['subdirectory']}"] if "subdirectory" in origin else []
    address = f"{vcs['vcs']}+{url}@{vcs['commit_id']}" if vcs else url
    return f"cardsmith @ {address}" + (f"#{'&'.join(marks)}" if marks else "")
