"""The canonical form of a deck file: field order, plain values and ``|-`` blocks, one blank line between cards.

Only layout changes. A comment goes with the field below it; one at the end of a line moves above its field; a list
or mapping with comments inside stays as it is written. The result is read back: if a card or a comment would differ,
the file is left alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import yaml

from cardsmith.decks.deckfile import Deck, Entry, parse_deck
from cardsmith.decks.emit import FIELD_ORDER, FLAGS, emit_field
from cardsmith.decks.strict_yaml import compose
from cardsmith.errors import CardsmithError

HEAD_ORDER = ("excerpt", "title", "source", "language")

_HEADER_COMMENT = re.compile(r"[|>][-+0-9]*[ \t]+(#.*)")
_COMMENT = re.compile(r"(?:^|[ \t])#")


@dataclass(frozen=True, slots=True)
class _Field:
    """One key of a mapping with the lines that are its own."""

    name: str
    comments: tuple[str, ...]
    """Whole comments that go above it, without indentation; an empty one is a blank line."""
    lines: tuple[str, ...]
    """In canonical form where that loses nothing, at the indentation of a deck that begins at column 1."""


def format_deck(deck: Deck) -> str:
    """Return a deck file's text in canonical form; the text itself when that form could not keep all of it."""
    text = "\n".join(_formatted(deck)) + "\n"
    if "\r\n" in deck.text:
        text = text.replace("\n", "\r\n")
    try:
        again = parse_deck(text, deck.path)
    except CardsmithError:
        return deck.text
    return text if _essence(again) == _essence(deck) else deck.text


def _essence(deck: Deck) -> object:
    """Return what formatting must keep: head, cards and comments (those inside values are part of the cards)."""
    head = (deck.excerpt, deck.title, deck.source, deck.language, [entry.card for entry in deck.entries])
    return head, sorted(comments_of(deck.text, deck.path))


def comments_of(text: str, path: str) -> list[str]:
    """Return the comments of a YAML file, each without the space around it."""
    root = compose(text, path).root
    lines = text.replace("\r\n", "\n").split("\n")
    found: list[str] = []
    at = 0
    for first, column, last, behind in sorted(_leaves(root)):
        for row in range(at, first):
            found += _comment_in(lines[row])
        begun = lines[first][column:]
        if begun[:1] in ("|", ">"):
            header = _HEADER_COMMENT.match(begun)
            found += [header.group(1).strip()] if header else []
            at = _block_end(lines, first, last)
        else:
            found += _comment_in(lines[last][behind:]) if last < len(lines) else []
            at = last + 1
    for row in range(at, len(lines)):
        found += _comment_in(lines[row])
    return found


def _leaves(node: yaml.Node) -> list[tuple[int, int, int, int]]:
    """Return where each last scalar of a line begins and ends: row, column, row, column (0-based)."""
    if isinstance(node, yaml.ScalarNode):
        start, end = node.start_mark, node.end_mark
        return [(start.line, start.column, end.line, end.column)]
    found: dict[int, tuple[int, int, int, int]] = {}
    for item in node.value:
        for child in item if isinstance(item, tuple) else (item,):
            for leaf in _leaves(child):
                found[leaf[0]] = max(leaf, found.get(leaf[0], leaf))
    return list(found.values())


def _comment_in(piece: str) -> list[str]:
    sign = _COMMENT.search(piece)
    return [piece[sign.start() :].strip()] if sign else []


def _block_end(lines: Sequence[str], first: int, limit: int) -> int:
    """Return the row behind a block scalar's last line of content, its key standing in row ``first``."""
    margin = len(lines[first]) - len(lines[first].lstrip(" -?"))
    end = first + 1
    for row in range(first + 1, min(len(lines), limit + 1)):
        line = lines[row]
        if line.strip() and len(line) - len(line.lstrip(" ")) <= margin - (1 if margin else 0):
            break
        if line.strip():
            end = row + 1
    return end


def _formatted(deck: Deck) -> list[str]:
    document = compose(deck.text, deck.path)
    lines = deck.text.replace("\r\n", "\n").split("\n")
    root = document.root
    if not isinstance(root, yaml.MappingNode):
        return lines
    pairs = [(name, value) for name, value in root.value if name.value != "cards"]
    cards = next((pair for pair in root.value if pair[0].value == "cards"), None)
    first = cards[0].start_mark.line if cards else len(lines)
    if any(name.start_mark.line > first for name, _ in pairs) or root.flow_style:
        head = lines[:first]
    else:
        begin = pairs[0][0].start_mark.line if pairs else first
        fields, rest = _fields(pairs, lines, first, 0)
        head = [*_blank_once(lines[:begin]), *_ordered(fields, HEAD_ORDER, 0), *_section(rest)]
    if cards is None or not isinstance(cards[1], yaml.SequenceNode):
        return [*_trimmed(head), "", *_trimmed(lines[first:])] if cards else _trimmed(head)
    out = [*_trimmed(head), "", lines[first].rstrip()]
    at = first + 1
    for entry, node in zip(deck.entries, cards[1].value, strict=True):
        out += ["", *_section(lines[at : entry.first]), *_card(entry, node, lines)]
        at = entry.end
    tail = _trimmed(_section(lines[at:]))
    return [*out, "", *tail] if tail else out


def _card(entry: Entry, node: yaml.Node, lines: list[str]) -> list[str]:
    """Return a card's lines; as they are when its dash stands on a line of its own."""
    column = node.start_mark.column
    own = lines[entry.first : entry.end]
    if (
        lines[entry.first][:column].strip() != "-"
        or not isinstance(node, yaml.MappingNode)
        or node.flow_style
    ):
        return own
    fields, rest = _fields(node.value, lines, entry.end, column)
    done = _ordered(_below_the_dash(fields), FIELD_ORDER, 2)
    return ["- " + done[0][2:], *done[1:], *("    " + line if line else "" for line in rest)]


def _below_the_dash(fields: list[_Field]) -> list[_Field]:
    """Return a card's fields with the comments of the first one handed to the second: the dash needs a field."""
    ranks = {name: rank for rank, name in enumerate(FIELD_ORDER)}
    first, second, *others = sorted(fields, key=lambda field: ranks.get(field.name, len(ranks)))
    second = replace(second, comments=(*first.comments, *second.comments))
    return [replace(first, comments=()), second, *others]


def _fields(
    pairs: list[tuple[yaml.Node, yaml.Node]], lines: list[str], end: int, column: int
) -> tuple[list[_Field], list[str]]:
    """Return the fields of a block mapping, and the comments behind its last one."""
    fields: list[_Field] = []
    waiting: list[str] = []
    rows = [name.start_mark.line for name, _ in pairs] + [end]
    for number, (name, value) in enumerate(pairs):
        first, following = rows[number], rows[number + 1]
        last = _value_end(name, value, lines, following)
        own, comments = _canonical(name.value, value, lines[first:last], column)
        fields.append(_Field(name.value, (*waiting, *comments), tuple(own)))
        waiting = [line.strip() for line in lines[last:following] if line.strip()]
    return fields, waiting


def _value_end(name: yaml.Node, value: yaml.Node, lines: list[str], limit: int) -> int:
    """Return the row behind a value's last line."""
    leaf = value
    while isinstance(leaf, yaml.CollectionNode) and leaf.value and not leaf.flow_style:
        item = leaf.value[-1]
        leaf = item[1] if isinstance(item, tuple) else item
    if isinstance(leaf, yaml.ScalarNode) and leaf.style in ("|", ">"):
        return min(limit, _block_end(lines, leaf.start_mark.line, limit - 1))
    return min(limit, max(name.start_mark.line, leaf.end_mark.line) + 1)


def _canonical(name: str, value: yaml.Node, own: list[str], column: int) -> tuple[list[str], list[str]]:
    """Return a field's canonical lines, and the comments that stood at the end of its lines."""
    shift = 2 if column else 0
    plain = _plain(value)
    if isinstance(value, yaml.ScalarNode):
        comments = _line_end_comments(value, own)
        if name in FLAGS and plain in ("true", "false"):
            return [f"{' ' * shift}{name}: {plain}"], comments
        if not value.value.strip():
            return [line[column:].rstrip() if shift else line for line in own], []
        return [line if shift else line[2:] for line in emit_field(name, plain)], comments
    if plain is None or any(_COMMENT.search(line) for line in own) or not value.value:
        kept = [
            own[0][column:],
            *(line[min(column, len(line) - len(line.lstrip(" "))) :] for line in own[1:]),
        ]
        return [" " * shift + line if line.strip() else "" for line in kept], []
    return emit_field(name, plain), []


def _plain(value: yaml.Node) -> object:
    """Return a value as ``emit_field`` takes it, or None for one that it would not write."""
    if isinstance(value, yaml.ScalarNode):
        text: str = value.value
        return text.rstrip("\n") if value.style in ("|", ">") else text
    if isinstance(value, yaml.SequenceNode):
        items = [_plain(item) for item in value.value]
        return tuple(items) if all(isinstance(item, str) and item for item in items) else None
    pairs = [(_plain(key), _plain(item)) for key, item in value.value]
    return dict(pairs) if all(isinstance(part, str) and part for pair in pairs for part in pair) else None


def _line_end_comments(value: yaml.ScalarNode, own: list[str]) -> list[str]:
    if value.style in ("|", ">"):
        header = _HEADER_COMMENT.search(own[0])
        return [header.group(1).strip()] if header else []
    row = len(own) - 1
    return _comment_in(own[row][value.end_mark.column :])


def _ordered(fields: list[_Field], order: Sequence[str], indent: int) -> list[str]:
    """Return the fields' lines in canonical order, comments above their fields."""
    ranks = {name: rank for rank, name in enumerate(order)}
    out: list[str] = []
    for field in sorted(fields, key=lambda field: ranks.get(field.name, len(ranks))):
        out += [" " * indent + comment for comment in field.comments]
        out += field.lines
    return out


def _section(lines: Sequence[str]) -> list[str]:
    """Return the lines between two cards: comments, with no blank line before and at most one between and behind."""
    kept = _blank_once(lines)
    while kept and not kept[0]:
        kept = kept[1:]
    return kept if any(kept) else []


def _blank_once(lines: Sequence[str]) -> list[str]:
    out: list[str] = []
    for line in lines:
        if line.strip() or not out or out[-1]:
            out.append(line.rstrip())
    return out


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Return lines without blank ones at either end."""
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return list(lines[start:end])
