r"""Formulas as a structure, MathML of pages and OMML of Word, to LaTeX.

See MathML 3, chapter 3, and ECMA-376, part 1, section 22.1. Letters and signs stay those of Unicode, which MathJax sets.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Element = Any
"""Of lxml, which has no types."""

_TAG = re.compile(r"\{[^{}]*\}")


def name_of(element: Element) -> str:
    """Return an element's name in small letters, without its name space."""
    return _bare(element.tag) if isinstance(element.tag, str) else ""


@lru_cache(maxsize=1024)
def _bare(tag: str) -> str:
    return _TAG.sub("", tag).rpartition(":")[2].lower()


MOST = 2_000
"""Elements of a formula that are written as LaTeX; what is larger is drawn by no one's hand, or hostile."""


def structure(element: Element) -> str:
    """Return MathML or OMML as LaTeX; empty when there is an element in it that this does not know."""
    if sum(1 for _, _ in zip(range(MOST + 1), element.iter(), strict=False)) > MOST:
        return ""
    try:
        return _written(element).strip()
    except (_UnknownError, IndexError, RecursionError):
        return ""


class _UnknownError(Exception):
    """An element whose meaning is lost."""


def _written(element: Element) -> str:
    name = name_of(element)
    if name in _LEAVES:
        return _symbols(element.text or "", name)
    if name in _SILENT or name.endswith("pr"):
        return ""
    if name == "mfrac" and element.get("linethickness", "").startswith("0"):
        return r"\genfrac{{}}{{}}{{0pt}}{{}}{{{}}}{{{}}}".format(
            *(_written(child) for child in _children(element))
        )
    if name in _WITH_ARGUMENTS:
        return _WITH_ARGUMENTS[name](*(_written(child) for child in _children(element)))
    if name in _BY_NAMES:
        return _BY_NAMES[name](_Named(element))
    if name in _ROWS:
        return "".join(_written(child) for child in _children(element))
    raise _UnknownError(name)


def _children(element: Element) -> list[Element]:
    return [child for child in element if isinstance(child.tag, str) and not name_of(child).endswith("pr")]


_LEAVES = {"mi", "mn", "mo", "mtext", "ms", "t"}
_SILENT = {
    "mspace",
    "annotation",
    "annotation-xml",
    "none",
    "mprescripts",
    "mphantom",
    "malignmark",
    "maligngroup",
}
_ROWS = {"math", "mrow", "mstyle", "mpadded", "semantics", "merror", "omath", "omathpara", "r", "e", "num", "den", "deg", "sub", "sup", "fname", "lim", "box", "phant", "borderbox"}  # fmt: skip
_FUNCTIONS = {"sin", "cos", "tan", "log", "ln", "exp", "max", "min", "sup", "inf", "lim", "arg", "det", "dim", "gcd", "Pr"}  # fmt: skip
_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b"))
_ESCAPES = str.maketrans(
    {sign: "\\" + sign for sign in "#$%&_{}"} | {"\\": r"\backslash "} | {"^": r"\hat{}"}
)


def _symbols(said: str, name: str) -> str:
    said = " ".join(said.translate(_INVISIBLE).split())
    if name in ("mtext", "ms") and not said.isdecimal():
        return rf"\text{{{said.translate(_ESCAPES)}}}" if said else ""
    if said in _FUNCTIONS:
        return rf"\{said} "
    if name == "mi" and len(said) > 1 and said.isalpha():
        return rf"\mathrm{{{said}}}"
    return said.translate(_ESCAPES)


def _group(body: str) -> str:
    return f"{{{body}}}"


def _scripts(base: str, below: str = "", above: str = "") -> str:
    under = "_" + _group(below) if below else ""
    return (base or "{}") + under + ("^" + _group(above) if above else "")


_ACCENTS = {"^": "hat", "ˆ": "hat", "\u0302": "hat", "~": "tilde", "˜": "tilde", "\u0303": "tilde", "¯": "bar", "‾": "overline", "―": "overline", "\u0304": "bar", "\u0305": "overline", "→": "vec", "\u20d7": "vec", "˙": "dot", "\u0307": "dot", "¨": "ddot", "⏞": "overbrace"}  # fmt: skip


def _over(base: str, above: str) -> str:
    accent = _ACCENTS.get(above.strip().replace(r"\hat{}", "^"))
    if accent:
        return rf"\{accent}{{{base}}}"
    return _scripts(base, above=above) if _is_operator(base) else rf"\overset{{{above}}}{{{base}}}"


def _under(base: str, below: str) -> str:
    return _scripts(base, below) if _is_operator(base) else rf"\underset{{{below}}}{{{base}}}"


def _is_operator(base: str) -> bool:
    return base.strip() in set("∑∏∫⋃⋂⨁⨂∐") or base.strip().lstrip("\\") in _FUNCTIONS


_WITH_ARGUMENTS: Mapping[str, Callable[..., str]] = {
    "msup": lambda base, above: _scripts(base, "", above),
    "msub": _scripts,
    "msubsup": _scripts,
    "munder": _under,
    "mover": _over,
    "munderover": _scripts,
    "mfrac": lambda above, below: rf"\frac{{{above}}}{{{below}}}",
    "msqrt": lambda *body: rf"\sqrt{{{''.join(body)}}}",
    "mroot": lambda body, index: rf"\sqrt[{index}]{{{body}}}",
    "mfenced": lambda *body: rf"\left({','.join(body)}\right)",
    "mtd": lambda *body: "".join(body),
    "mtr": lambda *cells: " & ".join(cells),
    "mlabeledtr": lambda _label, *cells: " & ".join(cells),
    "mtable": lambda *rows: r"\begin{matrix}" + r" \\ ".join(rows) + r"\end{matrix}",
}
"""Elements of MathML whose children are arguments."""


class _Named:
    """The children of an element of OMML by their names, and what its properties say."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.properties = {
            name_of(value): next(iter(value.attrib.values()), "")
            for child in element
            if name_of(child).endswith("pr")
            for value in child
        }

    def __getitem__(self, name: str) -> str:
        return "".join(_written(child) for child in self.element if name_of(child) == name)

    def rows(self, name: str) -> list[str]:
        return [_written(child) for child in self.element if name_of(child) == name]


def _delimited(named: _Named) -> str:
    signs = {"{": r"\{", "}": r"\}", "": "."}
    opened, closed = (
        named.properties.get(name, default) for name, default in (("begchr", "("), ("endchr", ")"))
    )
    between = named.properties.get("sepchr", "|")
    return (
        rf"\left{signs.get(opened, opened)}{between.join(named.rows('e'))}\right{signs.get(closed, closed)}"
    )


_BY_NAMES: Mapping[str, Callable[[_Named], str]] = {
    "ssup": lambda n: _scripts(n["e"], "", n["sup"]),
    "ssub": lambda n: _scripts(n["e"], n["sub"]),
    "ssubsup": lambda n: _scripts(n["e"], n["sub"], n["sup"]),
    "f": lambda n: rf"\frac{{{n['num']}}}{{{n['den']}}}",
    "rad": lambda n: rf"\sqrt[{n['deg']}]{{{n['e']}}}" if n["deg"] else rf"\sqrt{{{n['e']}}}",
    "nary": lambda n: _scripts(n.properties.get("chr", "∫"), n["sub"], n["sup"]) + " " + n["e"],
    "func": lambda n: n["fname"] + _group(n["e"]),
    "d": _delimited,
    "acc": lambda n: _over(n["e"], n.properties.get("chr", "^")),
    "bar": lambda n: (
        rf"\overline{{{n['e']}}}" if n.properties.get("pos") == "top" else rf"\underline{{{n['e']}}}"
    ),
    "limlow": lambda n: _under(n["e"], n["lim"]),
    "limupp": lambda n: _over(n["e"], n["lim"]),
    "m": lambda n: r"\begin{matrix}" + r" \\ ".join(n.rows("mr")) + r"\end{matrix}",
    "mr": lambda n: " & ".join(n.rows("e")),
    "eqarr": lambda n: r"\begin{aligned}" + r" \\ ".join(n.rows("e")) + r"\end{aligned}",
}
"""Elements of OMML whose children are told by their names."""
