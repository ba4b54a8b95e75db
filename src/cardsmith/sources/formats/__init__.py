"""Files that are no text, as the Markdown that they say, with the page, cell or paragraph of every character.

The same bytes give the same text, and nothing is fetched: what a file names elsewhere stays there. Each format's
libraries come with an extra and are imported when a file of it is read.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from cardsmith.errors import CardsmithError
from cardsmith.sources.formats.derived import Derived


@dataclass(frozen=True, slots=True)
class Format:
    """What it takes to read files of one kind."""

    title: str
    """As people call it."""
    extra: str
    needs: tuple[str, ...]
    """Modules that the extra brings."""
    reader: str
    """Module with ``read(raw, name)``."""


_HTML = Format("HTML", "web", ("trafilatura", "lxml"), "web")
FORMATS: Mapping[str, Format] = {
    ".ipynb": Format("notebooks", "notebook", ("nbformat",), "notebook"),
    ".html": _HTML,
    ".htm": _HTML,
    ".xhtml": _HTML,
    ".mhtml": _HTML,
    ".mht": _HTML,
    ".epub": Format("EPUB", "epub", ("lxml",), "epub"),
    ".docx": Format("DOCX", "docx", ("mammoth", "lxml"), "docx"),
    ".pdf": Format("PDF", "pdf", ("pypdf",), "pdf"),
}
"""By the ending of a file's name."""


def suffix_of(name: str) -> str:
    """Return the ending of a file's name in small letters, with its dot."""
    return f".{name.rpartition('.')[2].lower()}"


def derive(raw: bytes, name: str) -> Derived:
    """Return what a file says; ``name`` has one of the endings in ``FORMATS`` and is how problems call it.

    Raises:
        CardsmithError: its extra is not installed (``source-extra``), or there is no text to be had from it.

    """
    form = FORMATS[suffix_of(name)]
    if any(find_spec(module) is None for module in form.needs):
        raise CardsmithError.at(
            name, "source-extra", f"reading {form.title} needs pip install 'cardsmith[{form.extra}]'"
        )
    logging.getLogger(form.needs[0]).setLevel(
        logging.CRITICAL
    )  # what it finds odd in a file is none of its reader's
    reader = import_module(f"cardsmith.sources.formats.{form.reader}")
    try:
        derived: Derived = reader.read(raw, name)
    except CardsmithError:
        raise
    except Exception as error:  # noqa: BLE001 - a library's word on a stranger's bytes may be any
        message = f"the file is damaged, or no {form.title.removesuffix('s')} ({type(error).__name__})"
        hint = "open it in its own program and save it anew"
        raise CardsmithError.at(name, "source-damaged", message, hint) from None
    if not any(map(str.isalnum, derived.text)):
        raise CardsmithError.at(name, "source-textless", *_TEXTLESS[form.extra])
    return derived


_TEXTLESS = {
    "notebook": ("the notebook says nothing", "write text into its cells"),
    "web": ("the page holds no text: a script writes it", "save it from the browser as a complete page"),
    "epub": (
        "the book holds no text, only pictures",
        "read its pages with a program that knows letters (OCR)",
    ),
    "docx": ("the document holds no text", "write into it, or take it out of the folder"),
    "pdf": ("the pages hold no text, only pictures", "read them with a program that knows letters (OCR)"),
}
"""What is wrong and what to do, by the extra of the format."""
