"""Which topic a note belongs to and what its deck file is called, when nobody has filed it yet.

Whoever says it most plainly decides: the note itself (front matter), the project (``sources:``), the note's words
(``keywords:``), else the topic that is named for what nothing speaks for. Filing is only a proposal: editors move the
file, and it stays where they put it.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from cardsmith.ids import slugify
from cardsmith.model import Excerpt
from cardsmith.propose.patterns import matches
from cardsmith.sources.reading import file_title
from cardsmith.sources.segments import segment
from cardsmith.text.characters import unseen
from cardsmith.text.names import MAX_NAME, folded_name, name_fault
from cardsmith.text.tokenizer import keyword_weights, tokenizer
from cardsmith.text.traditional import simplified
from cardsmith.topics import Topics

INBOX = "inbox"
"""The topic that takes what nothing speaks for, where ``topics.yaml`` names none and has one of this name."""
SPOKEN = 3
"""Keywords that are told as the reason."""


@dataclass(frozen=True, slots=True)
class Filed:
    """Where a note belongs, and why."""

    topic: str
    why: str
    """In a few words, for people."""


def filer(topics: Topics) -> Callable[[Excerpt], Filed | None]:
    """Return a function from a note to its topic; None where nothing says it and no topic is named for that."""
    classify: Callable[[Excerpt], Filed | None] | None = None

    def file(note: Excerpt) -> Filed | None:
        nonlocal classify
        if plain := next(_said(note, topics), None):
            return plain
        if len(topics.topics) == 1:
            return Filed(next(iter(topics.topics)), "the only topic")
        classify = classify or _by_keywords(topics)
        if spoken := classify(note):
            return spoken
        inbox = topics.inbox or (INBOX if INBOX in topics.topics else None)
        return Filed(inbox, "nothing says where it belongs") if inbox else None

    return file


def _said(note: Excerpt, topics: Topics) -> Iterator[Filed]:
    names = {name.casefold(): slug for slug, topic in topics.topics.items() for name in (slug, topic.title)}
    properties = note.properties
    if properties.topic.casefold() in names:
        yield Filed(names[properties.topic.casefold()], f"its front matter: topic {properties.topic}")
    for tag in properties.tags:
        for part in tag.casefold().split("/"):
            if part in names:
                yield Filed(names[part], f"its tag {tag}")
    patterns = [(pattern, slug) for slug, topic in topics.topics.items() for pattern in topic.sources]
    for pattern, slug in sorted(
        patterns, key=lambda pair: -len(pair[0])
    ):  # the narrower one speaks more plainly
        if any(matches(place.file, pattern) for place in note.places):
            yield Filed(slug, f"sources: {pattern}")


def _by_keywords(topics: Topics) -> Callable[[Excerpt], Filed | None]:
    """Return a function from a note to the topic whose keywords weigh most in it by TF-IDF, the first of equal ones."""
    keywords = {slug: {word.casefold() for word in topic.keywords} for slug, topic in topics.topics.items()}
    cut = tokenizer(word for words in keywords.values() for word in words if not word.isascii())

    def classify(note: Excerpt) -> Filed | None:
        said = (note.title, *note.properties.aliases, *note.properties.tags, *note.headings)
        weights = keyword_weights(simplified(" ".join((*said, note.text))), cut)
        scores = {slug: sum(weights.get(word, 0.0) for word in words) for slug, words in keywords.items()}
        best = max(scores, key=lambda slug: scores[slug])
        if not scores[best]:
            return None
        heaviest = sorted(keywords[best] & weights.keys(), key=lambda word: (-weights[word], word))
        return Filed(best, f"its words: {', '.join(heaviest[:SPOKEN])}")

    return classify


def article_name(excerpt: Excerpt) -> tuple[str, str]:
    """Return (title, file stem) for a new deck: the note's, or of a line of a seed list its likeliest subject.

    The stem is safe on every system; it is the excerpt's id when there is nothing to call it by.
    """
    if excerpt.title:
        return excerpt.title, file_stem(file_title(excerpt.places[0].file)) or excerpt.id
    title = segment(excerpt).topic or excerpt.text.split("\n")[0][:24].strip() or excerpt.id
    slug = slugify(title)[:40].strip("-")
    if not slug or not slug[0].isalpha() or name_fault(slug):
        slug = excerpt.id
    return title, slug


_NO_STEM = re.compile(r"[\s<>:\"|?*\\/#%&{}\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
"""What no system, tag or address takes as it is."""
_ROOM = MAX_NAME - 20
"""Bytes of UTF-8: the ending, and what tells two notes of one name apart."""


def file_stem(name: str) -> str:
    """Return a file's stem in letters of any script that every system can hold; empty when nothing is left."""
    text = unicodedata.normalize("NFC", name)
    text = "".join(character for character in text if next(unseen(character), None) is None)
    text = _NO_STEM.sub("-", text).strip("-. ")
    text = text.encode()[:_ROOM].decode(errors="ignore").strip("-. ")
    return f"note-{text}" if text and name_fault(text) else text


def free_path(topic: str, note: Excerpt, stem: str, taken: Collection[str]) -> str:
    """Return the path of a new deck file; ``taken`` are the folded paths of others, from which it must differ.

    Of two notes of one name the second is called by its folder as well, at last by its id.
    """
    folders = (
        [file_stem(part) for part in PurePosixPath(note.places[0].file).parts[:-1]] if note.title else []
    )
    names = ["-".join([*folders[number:], stem]) for number in range(len(folders), -1, -1)]
    paths = [f"decks/{topic}/{name}.yaml" for name in (*names, f"{stem}-{note.id[1:5]}", note.id)]
    usable = (path for path in paths if not name_fault(path.rpartition("/")[2]))
    return next((path for path in usable if folded_name(path) not in taken), paths[-1])
