"""Identities that never change: excerpts, proposed card ids, and the guids that learners' histories hang on."""

import base64
import hashlib
import re
import unicodedata

from cardsmith.text.shadow import key

_ELLIPSIS = re.compile(r"(?:(?<!\.)\.{3,}|(?<!…)…+)\s*$")


def excerpt_id(text: str) -> str:
    """Return ``x`` and the first 8 hexadecimal digits of SHA-256 over the text's NFKC form.

    White space and a final ellipsis do not count, so that re-flowed and differently cut off copies are one excerpt.
    """
    return "x" + _sha256(essence(text)).hex()[:8]


def essence(text: str) -> str:
    """Return what counts of an excerpt's text: its NFKC form without white space and final ellipsis."""
    return "".join(unicodedata.normalize("NFKC", _ELLIPSIS.sub("", text)).split())


def proposed_card_id(article: str, excerpt: str, kind: str, anchor: str, name: str) -> str:
    """Return ``<article>-<slug>-<6 hex>``: the hash is of excerpt, kind and anchor, never of the card's wording.

    An article whose name makes no id (it begins with a digit, or has no ASCII letters) lends its excerpt's id instead.
    """
    prefix = slugify(article)[:40].strip("-")
    prefix = prefix if prefix[:1].isalpha() else excerpt
    digest = _sha256("\n".join((excerpt, kind, key(anchor) or anchor))).hex()[:6]
    slug = slugify(name)[:32].strip("-")
    parts = [prefix, digest] if not slug or slug == prefix else [prefix, slug, digest]
    return "-".join(parts)


def full_name(project: str, name: str) -> str:
    """Return what a project's id is called among all projects; without a project's name it is the id itself.

    No id holds a slash, so no two pairs have one full name.
    """
    return f"{project}/{name}" if project else name


def guid(name: str) -> str:
    """Return the Anki guid of a card's full name: 96 bits in URL-safe base64. Frozen: a change would orphan every review."""
    return base64.urlsafe_b64encode(_sha256(f"cardsmith/{name}")[:12]).decode()


def slugify(name: str) -> str:
    """Return the ASCII words of a name, lower-case, joined by hyphens; empty when it has none."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return "-".join(re.findall(r"[a-z0-9]+", ascii_only))


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
