"""The two note types, frozen at v1.

Anki identifies a note type by its id plus its fields and templates in order, matched by their own ids. Change a
number, a name or the order here and every learner's notes conflict for good. Only the look (html around the fields,
css) may change, together with ``VERSION``. The spare fields are filled and never renamed: 1 is the breadcrumb, 2 the
language (empty for Chinese, as in every note of before), 3 the address of a report; 4 is free.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from cardsmith.text.language import DEFAULT, Language
from cardsmith.text.messages import MESSAGES

VERSION = 2
"""Of the look. Anki takes new html and css only with a newer model time; see ``model_time``."""

_EPOCH = 1_767_225_600
"""2026-01-01T00:00:00Z: the model time of version 0, in seconds."""


def model_time() -> int:
    """Return the note types' modification time in seconds: a constant per version, a day apart."""
    return _EPOCH + 86_400 * VERSION


@dataclass(frozen=True, slots=True)
class Template:
    """A card template: its permanent id and name, and the html of both sides."""

    id: int
    name: str
    front: str
    back: str


@dataclass(frozen=True, slots=True)
class NoteType:
    """A note type as Anki knows it."""

    id: int
    name: str
    is_cloze: bool
    fields: tuple[tuple[str, int], ...]
    """Name and permanent id of each field, in order. The first is the card's id: never empty, never shown."""
    templates: tuple[Template, ...]
    css: str


def _asset(name: str) -> str:
    return (files("cardsmith") / "anki" / "templates" / name).read_text(encoding="utf-8")


def _sides(name: str) -> tuple[str, str]:
    page = _asset(name)
    for word in ("source", "report"):
        page = page.replace(f"[[{word}]]", _in_markup({n: getattr(m, word) for n, m in MESSAGES.items()}))
    front, back = page.split("\n===\n")
    return front.strip(), back.strip()


def _in_markup(words: Mapping[Language, str]) -> str:
    """Return a word that a card has in its text, since links and summaries need a name that is read out.

    A note without a language has the default's; else it has all others, and the style sheet shows one.
    """
    others = "".join(
        f'<span class="cs-word" lang="{language}">{word}</span>'
        for language, word in words.items()
        if language != DEFAULT
    )
    return f"{{{{^Spare2}}}}{words[DEFAULT]}{{{{/Spare2}}}}{{{{#Spare2}}}}{others}{{{{/Spare2}}}}"


def _labels() -> str:
    """Return the rules that write the other words: the default language's, then what another one has instead.

    A card is in the language of its note, which the templates put into ``lang``: whatever else stands there, such as a
    learner's own words in the spare field, leaves the default.
    """
    rules = ["", "/* Words, by the language of the note. */", ".cs-word { display: none; }"]
    for language, messages in MESSAGES.items():
        chosen = "" if language == DEFAULT else f":lang({language})"
        words = {f".cs-{kind}{chosen}::after": word for kind, word in messages.kinds.items()}
        words[f".cs-aka{chosen}::before"] = messages.aka
        rules += [f'{selector} {{ content: "{word}"; }}' for selector, word in words.items()]
        if chosen:
            rules.append(f".cs{chosen} .cs-word{chosen} {{ display: inline; }}")
    return "\n".join([*rules, ""])


_COMMON = ("Extra", "Where", "Aka", "Quote", "Source", "Topic", "Article", "Kind", "Retired")
_SPARE = ("Spare1", "Spare2", "Spare3", "Spare4")


def _fields(first_id: int, *own: str) -> tuple[tuple[str, int], ...]:
    return tuple((name, first_id + number) for number, name in enumerate(("Id", *own, *_COMMON, *_SPARE)))


def note_types() -> tuple[NoteType, NoteType]:
    """Return the basic and the cloze note type. All topics use these same two."""
    css = _asset("card.css") + _labels()
    basic = NoteType(
        1_767_225_600_001,
        "cardsmith Basic",
        is_cloze=False,
        fields=_fields(8_267_225_600_100, "Front", "Back", "Reverse"),
        templates=(
            Template(8_267_225_600_201, "Forward", *_sides("basic.html")),
            Template(8_267_225_600_202, "Reverse", *_sides("reverse.html")),
        ),
        css=css,
    )
    cloze = NoteType(
        1_767_225_600_002,
        "cardsmith Cloze",
        is_cloze=True,
        fields=_fields(8_267_225_600_300, "Text"),
        templates=(Template(8_267_225_600_401, "Cloze", *_sides("cloze.html")),),
        css=css,
    )
    return basic, cloze
