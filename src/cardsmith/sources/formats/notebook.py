"""Notebooks to Markdown: their words as they stand, their code as code, nothing of what it put out."""

import json
import re
import warnings

import nbformat

from cardsmith.errors import CardsmithError
from cardsmith.sources.encodings import decode
from cardsmith.sources.formats.derived import Blocks, Derived, fenced

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)", re.MULTILINE)


def read(raw: bytes, name: str) -> Derived:
    """Return what a notebook says; its parts are its cells."""
    found = decode(raw)
    text = found[0] if found else ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a notebook lacks that nobody reads
            notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
        cells = [(cell.cell_type, _joined(cell.source)) for cell in notebook.cells]
        about = notebook.metadata
        language = about.get("language_info", {}).get("name") or about.get("kernelspec", {}).get(
            "language", ""
        )
    except Exception as error:  # noqa: BLE001 - nbformat has many errors, all of one cause
        raise _damaged(text, name, error) from None
    derived = Blocks()
    for number, (kind, source) in enumerate(cells, 1):
        if kind == "code":
            derived.add(fenced(source, language) if source.strip() else "", f"cell={number}")
        elif kind == "markdown":
            derived.add(_closed(source.strip("\n")), f"cell={number}")
    return derived.done()


def _joined(source: object) -> str:
    lines = source if isinstance(source, list) else [source]
    return "".join(map(str, lines)).replace("\r\n", "\n").replace("\r", "\n")


def _closed(source: str) -> str:
    """Return a cell's text with its last block of code ended: it holds nothing of the next cell."""
    fence = ""
    for found in _FENCE.finditer(source):
        if not fence:
            fence = found[1]
        elif found[1].startswith(fence):
            fence = ""
    return f"{source}\n{fence}" if fence else source


def _damaged(text: str, name: str, error: Exception) -> CardsmithError:
    hint = "open it in Jupyter and save it anew"
    try:
        json.loads(text)
    except json.JSONDecodeError as fault:
        message = f"the notebook is no JSON: {fault.msg}"
        return CardsmithError.at(name, "source-damaged", message, hint, line=fault.lineno, column=fault.colno)
    except RecursionError:
        pass
    message = f"the file is no notebook ({type(error).__name__})"
    return CardsmithError.at(name, "source-damaged", message, hint)
