"""YAML that says something else than it seems to, beyond what the reader of the files refuses, and tags."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from cardsmith.anki.limits import bad_tags, long_fields
from cardsmith.checks.base import Context, Finding, Located
from cardsmith.decks.deckfile import Deck, Entry
from cardsmith.decks.pictures import unused
from cardsmith.decks.strict_yaml import Mark
from cardsmith.decks.unseen import hidden_characters


def fits_a_field(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a field that is no card's: a whole file pasted in, or a quotation mark that was never closed."""
    yield from (Finding(*excess) for excess in long_fields(entry.pieces))


def stands_on_its_line(deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a plain or quoted value that goes on over lines: YAML makes its line ends spaces."""
    if entry.end - entry.first <= len(entry.card.model_fields_set):
        return
    lines = _lines(deck.text)[entry.first : entry.end]
    margin = entry.mark.column - 1
    for name, mark in entry.marks.items():
        row = mark.line - 1 - entry.first
        if "." in name or not name or not 0 <= row < len(lines) - 1:
            continue
        begins, following = lines[row][mark.column - 1 : mark.column], lines[row + 1]
        ahead = lines[row][: mark.column - 1]
        indent = len(following) - len(following.lstrip(" "))
        is_inline = begins not in "|>[{-?" and ahead.strip().endswith(f"{name}:")
        if is_inline and indent > margin and not following.lstrip(" ").startswith("#"):
            hint = "write it as a `|-` block (`cardsmith fmt` does)"
            yield Finding(name, "the value goes on over lines, which YAML joins with spaces", hint)


def shows_what_it_holds(context: Context) -> Iterator[Located]:
    """Find characters that nobody sees (zero width, direction marks) and U+FFFD, where text was lost."""
    for path, mark, found, field, entry in hidden_characters(context.project):
        where = f" at character {found.at + 1}" if entry else ""
        message = f"the invisible or lost character {found.name}{where}"
        hint = "mend the source, then copy the quote again" if field == "quote" else "delete it"
        yield Located(path, mark, f"{entry.card.id}: {message}" if entry else message, hint, entry)


def tags_are_words(_deck: Deck, entry: Entry, _context: Context) -> Iterator[Finding]:
    """Find a tag that Anki would split or change: white space, quotation marks, stray colons; or one that is taken."""
    yield from (Finding(*excess) for excess in bad_tags(entry.card.tags))


def tags_have_one_spelling(context: Context) -> Iterator[Located]:
    """Find a tag, or a part before a ``::``, that is spelt in other letters elsewhere: Anki keeps whichever came first."""
    spelt: dict[str, Counter[str]] = {}
    places: list[tuple[str, Deck, Entry, int]] = []
    for deck in context.project.decks:
        for entry in deck.entries:
            for number, tag in enumerate(entry.card.tags):
                parts = tag.split("::")
                for part in ("::".join(parts[:level]) for level in range(1, len(parts) + 1)):
                    spelt.setdefault(part.casefold(), Counter())[part] += 1
                    places.append((part, deck, entry, number))
    for part, deck, entry, number in places:
        best = spelt[part.casefold()].most_common(1)[0][0]
        if part.rpartition("::")[2] != best.rpartition("::")[2]:
            mark = entry.marks.get(f"tags.{number}", entry.mark)
            message = f"{entry.card.id}: the tag {part} is {best} elsewhere; Anki shows all under the one that came first"
            yield Located(deck.path, mark, message, f"write {best}", entry)


@lru_cache(maxsize=2)
def _lines(text: str) -> list[str]:
    return text.split("\n")


def pictures_are_shown(context: Context) -> Iterator[Located]:
    """Find a picture that extraction has put beside the decks and that no card lists any more."""
    for name in unused(context.project):
        hint = "`cardsmith check --fix` deletes it; `cardsmith extract` puts it back where a draft needs it"
        yield Located(name, Mark(0, 0), "no card shows this picture any more", hint)
