"""Cards to YAML lines, and those lines into files that people edit, without touching any other byte."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.errors import CardsmithError
from cardsmith.model import Card

FIELD_ORDER = (
    "id", "was", "draft", "by", "kind", "heading", "front", "back", "text", "reverse", "where", "aka", "quote", "cite", "after", "tags", "extra",
    "media", "released_as", "allow",
)  # fmt: skip
FLAGS = ("draft", "reverse")
"""Fields that are ``true`` or missing."""

_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`~=<.+0-9][^\n]*", re.DOTALL)
_NOT_PLAIN = re.compile(r":(?:\s|$)|\s#|\s$|[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_OTHER_TYPE = re.compile(r"(?:null|true|false|yes|no|on|off|y|n)", re.IGNORECASE)


def emit_card(card: Card, indent: int = 0) -> str:
    """Return a card as the machine writes it: lines that end in a newline, ``indent`` spaces before the dash.

    Values are plain where YAML reads them back unchanged and as text, else ``|-`` blocks; never quoted.
    """
    lines = []
    for name in FIELD_ORDER:
        value = getattr(card, name)
        if value in (None, (), {}, False):
            continue
        lines += emit_field(name, value)
    lines[0] = "- " + lines[0][2:]
    return "".join(f"{' ' * indent if line else ''}{line}\n" for line in lines)


def emit_field(name: str, value: Any) -> list[str]:
    """Return the lines of one field of a card whose dash is in the first column; no line ends."""
    if value is True:
        return [f"  {name}: true"]
    if isinstance(value, str):
        return _emit_text(f"  {name}:", value, "    ")
    if isinstance(value, tuple):
        if all(re.fullmatch(r"[A-Za-z][\w-]*", item) and not _OTHER_TYPE.fullmatch(item) for item in value):
            return [f"  {name}: [{', '.join(value)}]"]
        return [f"  {name}:", *(line for item in value for line in _emit_text("    -", item, "      "))]
    return [f"  {name}:", *(line for k, v in value.items() for line in _emit_pair(k, v))]


def _emit_pair(symbol: str, meaning: str) -> list[str]:
    if _is_plain(symbol) and len(symbol) < 120:
        return _emit_text(f"    {symbol}:", meaning, "      ")
    return [*_emit_text("    ?", symbol, "      "), *_emit_text("    :", meaning, "      ")]


def _emit_text(lead: str, value: str, indent: str) -> list[str]:
    if _is_plain(value):
        return [f"{lead} {value}"]
    digit = "2" if value[:1] in (" ", "\n", "\t") else ""
    return [f"{lead} |{digit}-", *(indent + line if line else "" for line in value.split("\n"))]


def _is_plain(value: str) -> bool:
    return bool(_PLAIN.fullmatch(value)) and not _NOT_PLAIN.search(value) and not _OTHER_TYPE.fullmatch(value)


def emit_deck(excerpt: str | None, title: str, source: str | None, cards: Iterable[Card]) -> str:
    """Return a new deck file, with the line by which editors find its schema."""
    head = ["# yaml-language-server: $schema=../deck.schema.json"]
    for name, value in (("excerpt", excerpt), ("title", title), ("source", source)):
        if value:
            head += [line.removeprefix("  ") for line in emit_field(name, value)]
    blocks = "".join("\n" + emit_card(card) for card in cards)
    return "\n".join(head) + "\n\ncards:\n" + blocks


def as_written(deck: Deck, entry: Entry) -> str:
    """Return a card's own lines as they stand in the file, with line ends made LF."""
    lines = deck.text.split("\n")[entry.first : entry.end]
    return "".join(line.removesuffix("\r") + "\n" for line in lines)


def splice(deck: Deck, refreshed: Mapping[str, Card], added: Iterable[Card]) -> str:
    """Return a deck file's text with some cards rewritten in place and some added behind the last one.

    Every line outside the refreshed cards stays as it was, byte by byte. New lines follow the file's own line ends
    and indentation.
    """
    ending = "\r" if "\r\n" in deck.text else ""
    lines = deck.text.split("\n")
    indent = deck.indent

    def block(card: Card, columns: int) -> list[str]:
        return [line + ending for line in emit_card(card, columns).removesuffix("\n").split("\n")]

    new = [line for card in added for line in [ending, *block(card, indent)]]
    if new:
        at = deck.entries[-1].end if deck.entries else _make_room(deck, lines, ending)
        lines[at:at] = new
    for entry in reversed(deck.entries):
        if entry.card.id in refreshed:
            lines[entry.first : entry.end] = block(refreshed[entry.card.id], indent)
    if lines[-1]:
        lines.append("")
    return "\n".join(lines)


_NO_CARDS = re.compile(r"cards:(?:[ \t]*\[[ \t]*\])?([ \t]*(?:#.*)?\r?)")


def _make_room(deck: Deck, lines: list[str], ending: str) -> int:
    """Return the index behind the ``cards:`` line of a deck without cards, adding that line where it is missing."""
    if "cards" not in deck.marks:
        while lines and not lines[-1].strip():
            lines.pop()
        lines += [ending, "cards:" + ending, ""]
        return len(lines) - 1
    at = deck.marks["cards"].line - 1
    bare = _NO_CARDS.fullmatch(lines[at])
    if not bare:
        message = "no card can be added: the place for them is not clear"
        hint = "write `cards:` on a line of its own"
        raise CardsmithError.at(deck.path, "card-layout", message, hint, line=at + 1)
    lines[at] = "cards:" + bare.group(1)
    return at + 1
