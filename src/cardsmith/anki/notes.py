"""Cards to notes: the fields and tags that Anki stores, and the hash by which a change is known."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cardsmith.anki.cloze_faults import cloze_fault
from cardsmith.anki.limits import bad_tags, long_fields
from cardsmith.anki.media import Media
from cardsmith.anki.render import clean, is_blank, render_field, symbol_table
from cardsmith.anki.safety import UNSAFE_HINT, defused, unsafe_in_page
from cardsmith.decks.deckfile import Deck
from cardsmith.errors import CardsmithError, Problem
from cardsmith.ids import full_name, guid
from cardsmith.model import Card
from cardsmith.text.addresses import ID
from cardsmith.text.clozes import cloze_numbers
from cardsmith.text.escape import as_content, as_value
from cardsmith.text.language import DEFAULT, LANGUAGES, Language, find_language
from cardsmith.topics import Topics

_ARXIV = re.compile(r"arXiv:\s*(\d{4}\.\d{4,5})", re.IGNORECASE)
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^)]*\)|\[sound:[^\]]*\]")
"""In a quote they are not ours to ship; what they are called stays."""
_WEB = re.compile(r"https?://")


@dataclass(frozen=True, slots=True)
class Note:
    """A note as a package carries it."""

    card_id: str
    topic: str
    """The topic's slug: which package it ships in."""
    is_cloze: bool
    fields: tuple[tuple[str, str], ...]
    """Name and HTML of each field that is not empty."""
    tags: tuple[str, ...]
    ords: tuple[int, ...]
    """The cards it makes: template numbers (basic) or cloze numbers less one, ascending."""
    article: str = ""
    """The deck file's name; empty for a stub."""
    was: str | None = None
    """The id it was first released under, if renamed."""
    media: tuple[Media, ...] = field(default=(), compare=False)
    """The files its fields show; their names carry their contents."""
    project: str = ""
    """The project's name; empty for one without."""

    @property
    def identity(self) -> str:
        """The id that the learner's history hangs on."""
        return self.was or self.card_id

    @property
    def full_name(self) -> str:
        """The identity among the notes of all projects."""
        return full_name(self.project, self.identity)

    @property
    def guid(self) -> str:
        """What Anki knows the note by."""
        return guid(self.full_name)

    @property
    def is_retired(self) -> bool:
        """Tell whether this is the stub of a card that has left the decks."""
        return self.tags == (RETIRED_TAG,)

    @property
    def language(self) -> Language:
        """What cardsmith's own words on it are in; a stub's are in none, so it has the default."""
        stored = dict(self.fields).get("Spare2")
        return next((language for language in LANGUAGES if language == stored), DEFAULT)

    @property
    def content_hash(self) -> str:
        """16 hexadecimal digits over fields and tags: a learner's copy changes when this does."""
        content = json.dumps([self.is_cloze, self.fields, self.tags], ensure_ascii=False)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


RETIRED_TAG = "cardsmith::retired"


def make_notes(
    deck: Deck, media: Mapping[str, Media] | None = None, topics: Topics | None = None
) -> list[Note]:
    """Return a deck file's notes, in its order; ``media`` is what its cards list, by their names for it.

    ``topics`` says of their language and where to report, if anything.

    Raises:
        CardsmithError: every card that cannot be rendered.

    """
    notes, problems = [], []
    for entry in deck.entries:
        try:
            notes.append(make_note(entry.card, deck, media or {}, topics))
        except CardsmithError as error:
            problems += [
                Problem(
                    deck.path,
                    *entry.marks.get(p.path, entry.mark),
                    p.code,
                    f"{entry.card.id}: {p.message}",
                    p.hint,
                )
                for p in error.problems
            ]
    if problems:
        raise CardsmithError(problems)
    return notes


def make_note(card: Card, deck: Deck, media: Mapping[str, Media], topics: Topics | None = None) -> Note:
    """Return the note of one card; ``media`` and ``topics`` as in ``make_notes``.

    Raises:
        CardsmithError: each way in which it cannot be shipped; a problem's path is the card's field.

    """
    problems = [Problem(name, 0, 0, "too-long", *why) for name, *why in long_fields(card.texts())]
    if problems:
        raise CardsmithError(problems)
    names = {name: media[name].name for name in card.media if name in media}

    def rendered(name: str, text: str | None) -> str:
        try:
            return render_field(text or "", cloze=name == "text", media=names)
        except CardsmithError as error:
            problems.extend(Problem(name, 0, 0, p.code, p.message, p.hint) for p in error.problems)
            return ""

    fields = {
        "Id": card.id,
        "Text": rendered("text", card.text),
        "Front": rendered("front", card.front),
        "Back": rendered("back", card.back),
        "Reverse": "1" if card.reverse else "",
        "Extra": rendered("extra", card.extra),
        "Where": symbol_table(card.where),
        "Aka": as_content(clean(" · ".join(card.aka))),
        "Quote": rendered("quote", _PICTURE.sub(r"\1", card.quote or "")),
        "Source": _source(card, deck),
        "Topic": deck.topic,
        "Article": as_content(clean(_article_title(card, deck))),
        "Kind": card.kind,
        "Spare1": _breadcrumb(card, deck),
        "Spare2": language if (language := note_language(card, deck, topics)) != DEFAULT else "",
        "Spare3": as_value(topics.report.replace(ID, card.id)) if topics and topics.report else "",
    }
    problems += _faults(card, fields, names) if not problems else ()
    fields = {name: defused(value, names.values(), cloze=name == "Text") for name, value in fields.items()}
    if problems:
        raise CardsmithError(problems)
    article = deck.article_of(card)
    tags = (f"cardsmith::{deck.topic}::{article}", *(clean(tag) for tag in card.tags))
    filled = tuple((name, value) for name, value in fields.items() if value)
    shown = tuple(media[name] for name in card.media if name in media)
    return Note(card.id, deck.topic, card.is_cloze, filled, tags, _ords(card), article, card.was, shown)


def note_language(card: Card, deck: Deck, topics: Topics | None = None) -> Language:
    """Return the language of a card's note: what file, topic or project say, else that of its text, else of its title."""
    stated = deck.language or (stated_language(deck.topic, topics) if topics else None)
    own = (card.front or "", card.back or "", card.text or "")
    return stated or find_language(*own) or find_language(deck.title) or DEFAULT


def stated_language(topic: str, topics: Topics) -> Language | None:
    """Return the language that is stated for a topic's cards, there or for the whole project."""
    known = topics.topics.get(topic)
    return (known.language if known else None) or topics.language


def retired_note(identity: str, topic: str, *, is_cloze: bool, project: str = "") -> Note:
    """Return the stub that a released card ships as once it has left the decks.

    It makes no cards. Whoever has the card finds it blank, and Anki's Empty Cards removes it; whoever never had it
    gets a note without cards, which never comes up (with a card it would be a blank one in the queue).
    """
    fields = (("Id", identity), ("Retired", "1"))
    return Note(identity, topic, is_cloze, fields, (RETIRED_TAG,), (), project=project)


def _faults(card: Card, fields: Mapping[str, str], names: Mapping[str, str]) -> Iterator[Problem]:
    for name in ("text",) if card.is_cloze else ("front", "back"):
        if is_blank(fields[name.capitalize()]):
            yield Problem(name, 0, 0, "renders-empty", f"{name} shows nothing", "write what the learner sees")
    if card.is_cloze and (fault := cloze_fault(fields["Text"])):
        yield Problem("text", 0, 0, *fault)
    for name, *why in bad_tags(card.tags):
        yield Problem(name, 0, 0, "bad-tag", *why)
    for name, value in fields.items():
        if unsafe := unsafe_in_page(value, cloze=name == "Text"):
            yield Problem(name.lower(), 0, 0, "math-unsafe", unsafe, UNSAFE_HINT)
    page = "".join(fields.values())
    for number, name in enumerate(card.media):
        if name in names and names[name] not in page:
            hint = f"show it with ![]({name}), or take it out of media:"
            yield Problem(f"media.{number}", 0, 0, "media-unused", f"{name} is not shown", hint)


def _breadcrumb(card: Card, deck: Deck) -> str:
    """Return the way down to a card's heading; the article's title stands above it already."""
    below = card.heading[1:] if card.heading[:1] == (_article_title(card, deck),) else card.heading
    return as_content(clean(" › ".join(below)))


def _article_title(card: Card, deck: Deck) -> str:
    return card.released_as.get("title", deck.title)


def _ords(card: Card) -> tuple[int, ...]:
    if card.text is not None:
        return tuple(number - 1 for number in cloze_numbers(clean(card.text)))
    return (0, 1) if card.reverse else (0,)


def _source(card: Card, deck: Deck) -> str:
    parts = []
    if card.cite:
        cited, paper = clean(card.cite), _ARXIV.search(card.cite)
        parts.append(_link(f"https://arxiv.org/abs/{paper.group(1)}", cited) if paper else as_content(cited))
    if card.quote and (named := card.released_as.get("source", deck.source)):
        source = clean(named)
        parts.append(_link(source, source.partition("://")[2]) if _WEB.match(source) else as_content(source))
    return " · ".join(parts)


def _link(address: str, text: str) -> str:
    return f'<a href="{as_value(address)}">{as_content(text)}</a>'
