r"""Markdown and LaTeX to the HTML of an Anki field, in a visible list of steps.

Formulas are held outside Markdown (``dialect``) and the sanitiser and put back escaped, because every Markdown parser
eats some of them and ``\(a<b\)`` opens an HTML tag. Anki typesets ``\( \)`` and ``\[ \]`` only. What looks like a formula inside a
link's address or a picture's description is none: it comes back before the sanitiser, which then judges all of it.
"""

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import nh3

from cardsmith.errors import CardsmithError
from cardsmith.text.clozes import OPENING
from cardsmith.text.escape import TAG, as_content, as_value
from cardsmith.text.latex import anki_delimited, closed_formulas, pieces
from cardsmith.text.shadow import HAN

_HELD = re.compile("\ue000(\\d+)\ue001")
_PLAIN = re.compile(rf"[{HAN}A-Za-z0-9 ，。、；：？！「」『』《》（）“”‘’—…·,;:?!()%/'\"=+.\ue000\ue001-]*")
_LISTS_OR_HEADINGS = re.compile(r"\s*(?:[-+]|\d+[.)])(?:\s|$)|\s*(?:=+|-{2,})\s*$|\s{4}")

_TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h3", "h4", "hr", "i", "img", "kbd",
    "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href"}, "img": {"src", "alt"}, "span": {"class"}, "div": {"class"}, "code": {"class"}, "pre": {"class"},
    "ol": {"start"}, "td": {"align"}, "th": {"align"},
}  # fmt: skip


def render_field(text: str, *, cloze: bool = False, media: Mapping[str, str] | None = None) -> str:
    """Return the HTML of one field; one paragraph stands without ``<p>``.

    ``media`` is the flat name of each file that the card lists.

    Raises:
        CardsmithError: a formula of the source is not in the result, or a picture is not among the card's media.

    """
    text = clean(text)
    held, formulas, written = hold_formulas(text)
    page = markdown_to_html(held)
    page = restore_in_attributes(page, written)
    page = sanitise(page)
    page = place_media(page, media or {})
    page = join_cjk_lines(page)
    page = unwrap_paragraph(page)
    page = cloze_safe_code(page) if cloze else page
    page = restore_formulas(page, [cloze_safe(formula) for formula in formulas] if cloze else formulas)
    _assert_whole(page, formulas, cloze=cloze)
    return page


_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_UNFIT = dict.fromkeys((*range(0xD800, 0xE000), 0xE000, 0xE001), "\ufffd")


def clean(text: str) -> str:
    """Return a text that Anki stores as it is: NFC, line ends LF, no control characters, no lone surrogates.

    A 0x1f would make Anki refuse the whole package; the others it drops or changes.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNFIT)
    return unicodedata.normalize("NFC", _CONTROL.sub("", text))


def hold_formulas(text: str) -> tuple[str, list[str], list[str]]:
    """Return the text with a token in place of each formula, the formulas as Anki typesets them, and as written."""
    parts: list[str] = []
    formulas: list[str] = []
    written: list[str] = []
    for piece, formula in pieces(text, closed_formulas(text)):
        if formula:
            parts.append(f"\ue000{len(formulas)}\ue001")
            opener, closer = piece[:2], piece[-2:]
            is_ankis = opener in (r"\(", r"\[")
            formulas.append(f"{opener}{formula.body}{closer}" if is_ankis else anki_delimited(formula))
            written.append(piece)
        else:
            parts.append(piece)
    return "".join(parts), formulas, written


def markdown_to_html(text: str) -> str:
    """Return Markdown as HTML; raw HTML is text, indented code is text, fenced code is highlighted."""
    if _PLAIN.fullmatch(text) and not _LISTS_OR_HEADINGS.match(text):
        return as_content(text)
    from cardsmith.anki.dialect import to_html

    return to_html(text)


_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def restore_in_attributes(page: str, written: Sequence[str]) -> str:
    r"""Return HTML whose tags hold no token: what stood there comes back as Markdown reads it (``\(`` is ``(``)."""

    def spelt(token: re.Match[str]) -> str:
        return as_value(_ESCAPED.sub(r"\1", written[int(token.group(1))]))

    return TAG.sub(lambda tag: _HELD.sub(spelt, tag.group()), page)


def sanitise(page: str) -> str:
    """Return HTML without scripts, handlers, styles and unknown tags."""
    return nh3.clean(
        page, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel=None
    )


_SRC = re.compile(r'(<img[^>]*? src=")([^"]*)(")')
_IN_CODE = re.compile(r"(<(?:code|pre)\b.*?</(?:code|pre)>)", re.DOTALL)
_SOUND = re.compile(r"\[sound:([^\]]+)\]")


def place_media(page: str, media: Mapping[str, str]) -> str:
    """Return HTML whose pictures and sounds have the flat names under which they ship.

    Raises:
        CardsmithError: one that the card does not list, or that lies elsewhere on the net.

    """

    def flat(name: str) -> str:
        name = unquote(html.unescape(name))
        if name not in media:
            hint = "list it under media:, and nothing from the net: cards must work offline"
            raise CardsmithError.at("", "media-unlisted", f"{name} is not among the card's media", hint)
        return as_value(media[name])

    page = _SRC.sub(lambda found: found.group(1) + flat(found.group(2)) + found.group(3), page)
    parts = _IN_CODE.split(page)
    parts[::2] = [_SOUND.sub(lambda found: f"[sound:{flat(found.group(1))}]", part) for part in parts[::2]]
    return "".join(parts)


_BETWEEN_CJK = re.compile(
    rf"(?<=[{HAN}，。、；：？！「」『』《》（）])\n(?=[{HAN}，。、；：？！「」『』《》（）])"
)
_PRE = re.compile(r"(<pre.*?</pre>)", re.DOTALL)


def join_cjk_lines(page: str) -> str:
    """Return HTML in which a line end between two Chinese characters is no gap; code keeps its lines."""
    parts = _PRE.split(page)
    parts[::2] = [_BETWEEN_CJK.sub("", part) for part in parts[::2]]
    return "".join(parts).strip()


def unwrap_paragraph(page: str) -> str:
    """Return a single paragraph's content; more than one stays as it is."""
    inner = page.removeprefix("<p>").removesuffix("</p>")
    return inner if len(page) - len(inner) == 7 and "<p>" not in inner else page


def restore_formulas(page: str, formulas: list[str]) -> str:
    """Return HTML with each formula back in its place, as content; no tag holds a token any more."""
    return _HELD.sub(lambda token: as_content(formulas[int(token.group(1))]), page)


def cloze_safe(formula: str) -> str:
    """Return a formula that cannot end a cloze or start its hint: ``} }`` and ``: :``.

    A formula with a cloze inside is its author's business and stays.
    """
    if OPENING.search(formula):
        return formula
    while "}}" in formula:
        formula = formula.replace("}}", "} }")
    return formula.replace("::", ": :")


_CODE = re.compile(r"(?<=<code>)[^<]*(?=</code>)|<pre.*?</pre>", re.DOTALL)


def cloze_safe_code(page: str) -> str:
    """Return HTML whose code cannot end a cloze or start its hint: an invisible ``<wbr>`` keeps the pair apart.

    Code with a cloze inside is its author's business and stays.
    """

    def parted(found: re.Match[str]) -> str:
        code = found.group()
        if OPENING.search(code):
            return code
        return re.sub(r"(?<=:)(?=:)|(?<=\})(?=\})", "<wbr>", code)

    return _CODE.sub(parted, page)


def visible_text(page: str) -> str:
    """Return what a reader sees of a field: no tags, entities resolved."""
    return html.unescape(TAG.sub("", page))


def is_blank(page: str) -> bool:
    """Tell whether a field shows nothing: Anki makes no card of it, or an empty one."""
    seen = visible_text(page)
    return "<img" not in page and all(unicodedata.category(c)[0] in "CZ" for c in seen)


def symbol_table(where: Mapping[str, str]) -> str:
    """Return the symbols of a formula and their meanings as a table; empty for none."""
    rows = "".join(f"<tr><td>{render_field(k)}</td><td>{render_field(v)}</td></tr>" for k, v in where.items())
    return f"<table>{rows}</table>" if rows else ""


def _assert_whole(page: str, formulas: list[str], *, cloze: bool) -> None:
    seen = visible_text(page)
    for formula in formulas:
        shown = cloze_safe(formula) if cloze else formula
        if shown not in seen:
            hint = "take it out of the table, link or code it stands in"
            raise CardsmithError.at(
                "", "formula-lost", f"the formula {formula} does not survive rendering", hint
            )
