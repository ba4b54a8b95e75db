"""Electronic books to Markdown, chapter by chapter in the order of reading (EPUB 3.3, sections 4 and 5; OPF 2.0).

Only what the spine names is read, from the archive itself; a book that is locked says so.
"""

import html
import re
from html.entities import html5

from lxml import etree

from cardsmith.errors import CardsmithError
from cardsmith.sources.formats.archive import Archive, beside
from cardsmith.sources.formats.derived import Blocks, Derived
from cardsmith.sources.formats.markup import blocks
from cardsmith.sources.formats.mathematics import Held, hold_formulas
from cardsmith.sources.formats.structure import Element, name_of

_DOCTYPE = re.compile(r"<!DOCTYPE\b[^<>\[]*(?:\[[^\]]*\]\s*)?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?P<name>[A-Za-z]\w{1,30});")
_DECLARED = re.compile(r"\A\s*<\?xml[^<>]*\?>")


def read(raw: bytes, name: str) -> Derived:
    """Return what a book says; its parts are the paragraphs of its chapters."""
    archive = Archive(raw, name)
    derived = Blocks()
    for chapter, path in enumerate(_spine(archive, name), 1):
        tree = _page(archive.read(path))
        if tree is None:
            continue
        held = Held(etree.tostring(tree, encoding="unicode"))
        hold_formulas(tree, held)
        body = next((element for element in tree.iter(etree.Element) if name_of(element) == "body"), tree)
        for number, block in enumerate(blocks(body, held), 1):
            derived.add(block.text, f"chapter={chapter},paragraph={number}", is_item=block.is_item)
    return derived.done()


def _spine(archive: Archive, name: str) -> list[str]:
    """Return the members that make the book, in the order of reading.

    Raises:
        CardsmithError: what the book is made of is not to be found, or is locked.

    """
    container = archive.tree("META-INF/container.xml")
    package = next((element.get("full-path") or "" for element in container.iter("{*}rootfile")), "")
    book = archive.tree(package)
    items = {element.get("id"): element for element in book.iter("{*}item")}
    named = [
        items.get(element.get("idref"))
        for element in book.iter("{*}itemref")
        if element.get("linear") != "no"
    ]
    pages = [
        beside(package, item.get("href") or "")
        for item in named
        if item is not None
        and item.get("media-type") in ("application/xhtml+xml", "text/html")
        and "nav" not in (item.get("properties") or "").split()
    ]
    if "META-INF/encryption.xml" in archive:
        hidden = {
            element.get("URI")
            for element in archive.tree("META-INF/encryption.xml").iter("{*}CipherReference")
        }
        if hidden.intersection(pages):
            hint = "read it where it was bought, or get it without a lock"
            raise CardsmithError.at(name, "source-locked", "the book is locked by its publisher (DRM)", hint)
    return list(dict.fromkeys(page for page in pages if page in archive))


def _page(raw: bytes) -> Element | None:
    """Return a chapter's tree: names of HTML's characters are known, other entities are nothing."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, encoding="utf-8"
    )
    try:
        text = raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        return etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    text = _ENTITY.sub(_character, _DOCTYPE.sub("", _DECLARED.sub("", text)))
    return etree.fromstring(text.encode("utf-8", "replace"), parser) if text.strip() else None


def _character(entity: re.Match[str]) -> str:
    return html.escape(html5.get(entity["name"] + ";", ""))
