"""The preview's page and its parts: the same files are served live and written as a static site."""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from cardsmith.anki import sides as faces
from cardsmith.diff.as_html import mathjax, mathjax_settings
from cardsmith.review import view as pagemodel
from cardsmith.review.pictures import pictures
from cardsmith.review.view import View
from cardsmith.text.escape import as_value

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Styles may be inline because MathJax writes its own; scripts may not, whatever stands in a field."""

PARTS = {
    "preview.css": "text/css; charset=utf-8",
    "card.css": "text/css; charset=utf-8",
    "preview.js": "text/javascript; charset=utf-8",
    "mathjax.js": "text/javascript; charset=utf-8",
}
"""Every file that a page loads, with its type."""


def part(name: str) -> str:
    """Return the text of one of ``PARTS``."""
    if name == "card.css":
        return faces.css()
    return _mathjax() if name == "mathjax.js" else _asset(name)


def page(mode: str, token: str = "", *, policy: bool = False) -> str:
    """Return the page for a mode: ``preview``, ``review`` or ``static``.

    A static site has its policy in the page and its cards in ``cards.js``; a server sends a header instead.
    """
    meta = (
        f'<meta http-equiv="Content-Security-Policy" content="{as_value(_static_policy())}">'
        if policy
        else ""
    )
    data = '<script src="cards.js"></script>' if mode == "static" else ""
    replaced = {"{{mode}}": mode, "{{token}}": token, "{{policy}}": meta, "{{data}}": data}
    text = _asset("preview.html")
    for name, value in replaced.items():
        text = text.replace(name, value)
    return text


def static_site(view: View) -> Mapping[str, bytes]:
    """Return a site that works from ``file://``: files by name. MathJax comes along only where it is needed."""
    index = pagemodel.index(view)
    cards = pagemodel.details(view, [row["id"] for row in index["cards"]])
    data = json.dumps({"index": index, "cards": cards}, ensure_ascii=False, separators=(",", ":"))
    names = [name for name in PARTS if name != "mathjax.js" or r"\\(" in data or r"\\[" in data]
    texts = {
        "index.html": page("static", policy=True),
        "cards.js": f"window.CARDSMITH={data};\n",
        **{name: part(name) for name in names},
    }
    return {name: text.encode() for name, text in texts.items()} | pictures(view)


def as_json(data: Any) -> bytes:
    """Return data as JSON in UTF-8; a lone surrogate cannot stand in UTF-8 and becomes a question mark."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _static_policy() -> str:
    """Return the policy of a page without a server: ``file:`` has no origin, and a meta element no frame-ancestors."""
    return POLICY.replace("; frame-ancestors 'none'", "").replace("'self'", "'self' file:")


@lru_cache(maxsize=1)
def _mathjax() -> str:
    options = "MathJax.options.enableMenu = false; MathJax.startup = {typeset: false};"
    return f"window.{mathjax_settings()};\n{options}\n{mathjax()}"


def _asset(name: str) -> str:
    return (files("cardsmith") / "review" / "static" / name).read_text(encoding="utf-8")
