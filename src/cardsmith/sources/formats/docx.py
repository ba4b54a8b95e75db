"""Documents of Word to Markdown, by way of mammoth, which reads styles for what they mean.

mammoth knows no formulas, opens pictures, and trusts XML: so it gets an archive that was made anew, of the parts that it
reads, with a word for each formula and without entities.
"""

import io
from zipfile import ZipFile

import mammoth
from lxml import etree, html

from cardsmith.errors import CardsmithError
from cardsmith.sources.formats.archive import Archive
from cardsmith.sources.formats.derived import Blocks, Derived
from cardsmith.sources.formats.markup import blocks
from cardsmith.sources.formats.mathematics import Held
from cardsmith.sources.formats.structure import Element, name_of, structure

_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh\np[style-name='Quote'] => blockquote > p:fresh"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read(raw: bytes, name: str) -> Derived:
    """Return what a document says; its parts are its paragraphs that are not empty."""
    archive = Archive(raw, name)
    trees = {
        path: archive.tree(path)
        for path in archive
        if path.lower().endswith((".xml", ".rels")) and _is_read(path)
    }
    if not trees or any(tree.getroottree().docinfo.doctype for tree in trees.values()):
        message = (
            "the file is no document of Word" if not trees else "the file declares entities, as no Word does"
        )
        raise CardsmithError.at(name, "source-damaged", message, "save it anew in Word")
    held = Held("".join(etree.tostring(tree, encoding="unicode") for tree in trees.values()))
    for tree in trees.values():
        _hold(tree, held)
    made = io.BytesIO()
    with ZipFile(made, "w") as file:
        for path, tree in trees.items():
            file.writestr(path, etree.tostring(tree, encoding="utf-8", xml_declaration=True))
    made.seek(0)
    page = mammoth.convert_to_html(made, style_map=_STYLES, convert_image=_no_picture).value
    derived = Blocks()
    tree = html.document_fromstring(
        f"<body>{page}</body>", parser=html.HTMLParser(encoding="utf-8", huge_tree=True)
    )
    for number, block in enumerate(blocks(tree, held), 1):
        derived.add(block.text, f"paragraph={number}", is_item=block.is_item)
    return derived.done()


def _is_read(path: str) -> bool:
    """Tell a part that mammoth reads: pictures, fonts, embedded files and the history of revisions are none."""
    return not path.startswith(
        ("customXml/", "docProps/", "word/embeddings/", "word/media/", "word/glossary/")
    )


def _no_picture(_image: object) -> list[object]:
    """Open no picture."""
    return []


def _hold(tree: Element, held: Held) -> None:
    """Put a run with a word into the place of each formula."""
    for formula in list(tree.iter("{*}oMath")):
        if formula.getparent() is None or any(name_of(above) == "omath" for above in formula.iterancestors()):
            continue
        latex = structure(formula)
        above = formula.getparent()
        display = name_of(above) == "omathpara"
        run = etree.Element(f"{_W}r")
        etree.SubElement(run, f"{_W}t").text = held.hold(latex, display=display) if latex else held.hole()
        run.tail = formula.tail
        above.replace(formula, run)
    for group in list(tree.iter("{*}oMathPara")):
        above = group.getparent()
        place = above.index(group)
        runs = [child for child in group if child.tag == f"{_W}r"]
        above.remove(group)
        for number, run in enumerate(runs):
            above.insert(place + number, run)
