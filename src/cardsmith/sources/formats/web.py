"""Pages of the web, as they are or as a browser saved them, to Markdown: what they are about, with their formulas.

trafilatura finds the main text among menus and advertisements, but knows no formulas: a word is put in the place of
each one before. Notes that were exported to HTML have no menus: they are taken whole, as are pages in which it finds
next to nothing.
"""

import copy
import re
from email import message_from_bytes, policy

from lxml import etree, html
from trafilatura import bare_extraction

from cardsmith.sources.encodings import decode
from cardsmith.sources.formats.derived import Blocks, Derived
from cardsmith.sources.formats.markup import BOILERPLATE, blocks
from cardsmith.sources.formats.mathematics import Held, hold_formulas
from cardsmith.sources.formats.structure import Element, name_of

ENOUGH = 0.25
"""Share of a page's own words, menus aside, below which what trafilatura found is not taken for all of it."""
_DATA = re.compile(r"(data:[\w/+.-]{0,100};base64,)[A-Za-z0-9+/=%]{100,}")
_DECLARED = re.compile(r"\A\s*<\?xml[^<>]*\?>")


def read(raw: bytes, name: str) -> Derived:
    """Return what a page says; its parts are its paragraphs."""
    if name.lower().endswith((".mhtml", ".mht")):
        raw = _page_in(raw)
    tree = _parsed(raw)
    held = Held(etree.tostring(tree, encoding="unicode"))
    hold_formulas(tree, held)
    for element in tree.iter("div", "center"):
        if not len(element) and held.is_all_of(element.text or ""):
            element.tag = "p"  # trafilatura takes text outside of paragraphs for a menu's
    title = _title(tree)
    body = next(tree.iter("body"), tree)
    derived = Blocks()
    found = list(blocks(_main_text(tree, body), held, BOILERPLATE))
    if title and not any(block.text.startswith("# ") for block in found[:3]):
        derived.add(f"# {held.restore(title)}", "paragraph=1")
    for number, block in enumerate(found, 1):
        derived.add(block.text, f"paragraph={number}", is_item=block.is_item)
    return derived.done()


def _page_in(raw: bytes) -> bytes:
    """Return the first page of a web archive (MIME HTML, RFC 2557)."""
    for part in message_from_bytes(raw, policy=policy.default).walk():
        if part.get_content_type() == "text/html":
            content = part.get_content()
            return content.encode() if isinstance(content, str) else bytes(content)
    return raw


def _parsed(raw: bytes) -> Element:
    found = decode(raw)
    if found is None:
        return html.document_fromstring(raw, parser=html.HTMLParser(no_network=True))
    text = _DATA.sub(r"\1", _DECLARED.sub("", found[0]))
    parser = html.HTMLParser(encoding="utf-8", no_network=True)
    return html.document_fromstring(text.encode("utf-8", "replace") or b"<p></p>", parser=parser)


def _title(tree: Element) -> str:
    for element in (*tree.iter("h1"), *tree.iter("title")):
        if said := " ".join("".join(element.itertext()).split()):
            return said
    return ""


_AROUND = ("nav", "footer", "aside", "form", "iframe", "header")
"""Elements of which a page that is on the web has one, and notes that were exported have none."""


def _main_text(tree: Element, body: Element) -> Element:
    """Return the element that holds what a page is about."""
    if next(tree.iter(*_AROUND), None) is None:
        return body
    found = bare_extraction(
        copy.deepcopy(tree),
        favor_recall=True,
        include_comments=False,
        include_formatting=True,
        include_images=True,
        include_tables=True,
        with_metadata=False,
    )
    main = getattr(found, "body", None)
    if main is None or _words(main) < ENOUGH * _words(body):
        return body
    for element in main.iter(etree.Element):
        _rename(element)
    return main


def _words(tree: Element) -> int:
    """Return how many characters stand in blocks that are long enough to state something."""
    said = (len(block.text) for block in blocks(tree, None, BOILERPLATE))
    return sum(length for length in said if length >= STATEMENT)


STATEMENT = 20
"""Characters of a block from which it counts as text: what is shorter may be a menu's."""
_TAGS = {"row": "tr", "lb": "br", "graphic": "img", "quote": "blockquote", "ref": "a"}
_BY_LOOK = {"#b": "strong", "#sub": "sub", "#sup": "sup", "#t": "code"}


def _rename(element: Element) -> None:
    """Give an element of trafilatura's own XML the name that HTML has for it."""
    name, look = name_of(element), element.get("rend") or ""
    above = element.getparent()
    if name == "head":
        element.tag = look if re.fullmatch("h[1-6]", look) else "h3"
    elif name == "list":
        element.tag = look if look in ("ol", "dl") else "ul"
    elif name == "item":
        element.tag = look[:2] if look[:2] in ("dt", "dd") else "li"
    elif name == "cell":
        element.tag = "th" if element.get("role") == "head" else "td"
    elif name == "hi":
        element.tag = _BY_LOOK.get(look, "span")
    elif name == "code":
        is_block = (
            "\n" in "".join(element.itertext()) or len(element) or name_of(above) in ("body", "main", "div")
        )
        element.tag = "pre" if is_block else "code"
    else:
        element.tag = _TAGS.get(name, name)
