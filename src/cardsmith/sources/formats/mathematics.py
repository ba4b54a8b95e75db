r"""Formulas of pages and documents back to LaTeX, before anything reads the text around them.

What a browser saved is drawn already. The LaTeX stands beside the drawing: in the script that MathJax 2 read, in the
``annotation`` of KaTeX and Wikipedia (MathML 3, section 5.1), in ``data-tex`` of Zhihu, in the address or description of
a picture, or as text between delimiters. Where only MathML is left its structure is written as LaTeX; what is lost is
the hole ``[公式]``.
"""

import re

from lxml import etree

from cardsmith.sources.formats.structure import Element, name_of, structure
from cardsmith.sources.notation import latex_of
from cardsmith.text.latex import find_formulas

HOLE = "[公式]"

_OUTER = re.compile(
    r"(?:^|\s)(?:katex|katex-mathml|katex-display|katex--inline|katex--display|mwe-math-\S+|ztext-math"
    r"|MathJax(?:_\S+)?|MJX\S*)(?=\s|$)"
)
"""Classes of what is drawn around one formula."""
_DISPLAY = re.compile(
    r"(?:^|\s)(?:katex-display|katex--display|MathJax_Display|math-display|math-block|mwe-math-element-block)(?=\s|$)"
)
_RENDERED = re.compile(
    r"(?:^|\s)MathJax(?:_(?:Preview|CHTML|SVG|Display|CHTML_Display|SVG_Display))?(?=\s|$)"
)
"""What MathJax 2 draws beside its script."""
_LATEX_PICTURE = re.compile(r"(?:^|\s)(?:latex|tex|ee_img|math|mwe-math-fallback-image-\w+)(?=\s|$)")
_NOT_READ = {"script", "style", "pre", "code", "textarea", "template", "kbd", "samp", "tt"}


class Held:
    """Formulas taken out of a tree; a word that stands for each is in their places."""

    def __init__(self, text: str) -> None:
        """Take a text in which the words must not occur."""
        self._word = next(word for n in range(1000) if (word := f"qformula{n or ''}q") not in text)
        self._written: list[str] = []

    def __len__(self) -> int:
        return len(self._written)

    def hold(self, latex: str, *, display: bool) -> str:
        """Return the word for a formula."""
        body = " ".join(latex.split())
        if not body or r"\)" in body or r"\]" in body.replace(r"\\]", ""):
            self._written.append(HOLE)
        else:
            self._written.append(rf"\[{body}\]" if display else rf"\({body}\)")
        return f"{self._word}{len(self._written) - 1}q"

    def hole(self) -> str:
        """Return the word for a formula of which nothing is left."""
        self._written.append(HOLE)
        return f"{self._word}{len(self._written) - 1}q"

    def hold_text(self, said: str) -> str:
        """Return a text with a word for each formula between delimiters."""
        parts: list[str] = []
        at = 0
        for formula in find_formulas(said) if "$" in said or "\\" in said else ():
            if formula.kind in ("inline", "display"):
                parts += [
                    said[at : formula.start],
                    self.hold(formula.body, display=formula.kind == "display"),
                ]
                at = formula.end
        return "".join([*parts, said[at:]])

    def is_all_of(self, said: str) -> bool:
        """Tell whether a text is nothing but words of formulas."""
        return bool(re.fullmatch(rf"(?:\s*{self._word}\d+q)+\s*", said))

    def restore(self, said: str) -> str:
        """Return a text with the formulas in the places of their words."""
        return re.sub(rf"{self._word}(\d+)q", lambda word: self._written[int(word[1])], said)


def hold_formulas(tree: Element, held: Held) -> None:
    """Put the words for all formulas of a page into its tree, in the places of what is drawn of them. Linear."""
    if any(map(_is_script, tree.iter("script"))):
        _drop_rendered(tree)
    done: set[Element] = set()
    for inner in list(tree.iter(etree.Element)):
        if inner in done or inner.getparent() is None or (found := _formula_of(inner)) is None:
            continue
        latex, display = found
        element = inner
        while _draws_one(above := element.getparent()) and above.getparent() is not None:
            element = above
        display = display or bool(_DISPLAY.search(class_of(element) + " " + class_of(element.getparent())))
        done.update(element.iter())
        put_text(element, held.hold(latex, display=display) if latex else held.hole())
    _drop_rendered(tree)
    for element in tree.iter(etree.Element):
        if element.text and name_of(element) not in _NOT_READ:
            element.text = held.hold_text(element.text)
        above = element.getparent()
        if element.tail and above is not None and name_of(above) not in _NOT_READ:
            element.tail = held.hold_text(element.tail)


def _draws_one(element: Element) -> bool:
    """Tell whether an element is drawn around one formula."""
    return name_of(element).startswith("mjx-") or _OUTER.search(class_of(element)) is not None


def _drop_rendered(tree: Element) -> None:
    for element in list(tree.iter(etree.Element)):
        if _RENDERED.search(class_of(element)) and element.getparent() is not None:
            put_text(element, "")


def _is_script(element: Element) -> bool:
    return str(element.get("type", "")).lower().startswith("math/tex")


def _formula_of(element: Element) -> tuple[str, bool] | None:
    """Return the LaTeX that an element draws, empty where it is lost, and whether it stands alone; None for no formula."""
    name = name_of(element)
    if name == "script":
        return (element.text or "", "display" in element.get("type")) if _is_script(element) else None
    if name == "math":
        return _of_mathml(element), element.get("display") == "block"
    if name == "d-math":  # of Distill's articles
        return element.text or "", element.get("block") is not None
    if name == "mjx-container":
        inside = any(_formula_of(e) for e in element.iter(etree.Element) if e is not element)
        return None if inside else ("", element.get("display") == "true")
    if latex := element.get("data-tex") or element.get("data-latex"):
        return re.sub(r"\\\\\s*\Z", "", latex), element.get("data-eeimg") == "2"
    if name == "img":
        alt = element.get("alt") or ""
        is_latex = _LATEX_PICTURE.search(class_of(element)) or "eeimg" in element.attrib
        latex = alt if is_latex else latex_of(element.get("src") or "")
        return (re.sub(r"\\\\\s*\Z", "", latex), latex.rstrip().endswith("\\\\")) if latex.strip() else None
    return None


_TEX_STYLE = re.compile(r"\A\{\\(?:display|text)style\s(?P<body>.*)\}\Z", re.DOTALL)


def _of_mathml(math: Element) -> str:
    """Return the LaTeX that stands beside a drawing in MathML, else what its structure says; empty when it is unknown."""
    for note in math.iter(etree.Element):
        if name_of(note) == "annotation" and "tex" in (note.get("encoding") or "").lower() and note.text:
            body = note.text.strip()
            wrapped = _TEX_STYLE.match(body)
            return wrapped["body"] if wrapped else body
    said = math.get("alttext") or ""
    return said if "\\" in said else structure(math)


def class_of(element: Element | None) -> str:
    """Return what an element's ``class`` says."""
    return "" if element is None else element.get("class") or ""


def put_text(element: Element, said: str) -> None:
    """Put a text in the place of an element."""
    above, before = element.getparent(), element.getprevious()
    said += element.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + said
    else:
        above.text = (above.text or "") + said
    element.tail = None
    above.remove(element)
