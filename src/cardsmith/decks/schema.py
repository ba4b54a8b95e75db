"""JSON Schemas of the curated files, generated from the model, for editors that complete and explain keys.

The schema is a help while typing; ``check`` decides. It allows what ``check`` allows: a number is text, too.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from cardsmith.authoring import Authored
from cardsmith.decks.deckfile import Head
from cardsmith.model import Card
from cardsmith.topics import Topic, Topics

DECK_SCHEMA = "decks/deck.schema.json"
TOPICS_SCHEMA = "decks/topics.schema.json"
MODELINE = "# yaml-language-server: $schema="

DESCRIPTIONS: dict[type, dict[str, str]] = {
    Head: {
        "excerpt": "The excerpt that the quotes stand in: permanent, also when the article is edited upstream. `extract` writes it.",
        "title": "The article's title, as learners see it above each card.",
        "source": "Where the excerpt stands: `note.md:3`, or of a file that is no text `paper.pdf#page=2`.",
        "language": "The language of all its cards, for the labels that learners see; without it each card's own text decides.",
    },
    Card: {
        "id": "Chosen once, never changed and never used again: the learner's review history hangs on it. Lower case, digits, hyphens; begins with a letter.",
        "was": "The id the card was first released under, when its id has changed: keeps the learner's history.",
        "draft": "A proposal that nobody has accepted yet; it does not ship. Delete the line to accept the card, delete the card to reject it.",
        "by": "The language model that wrote this draft, and its prompt's version. `draft` writes it, accepting takes it out.",
        "kind": "What the card states; learners see it as a small label.",
        "heading": "The headings above it in its note, outermost first: a breadcrumb above the question. `extract` writes them.",
        "front": "The question. It names its subject and can be understood months later, without the source.",
        "back": "The answer: one fact, at most 120 characters and two sentences. Markdown; LaTeX between `\\(` and `\\)` or `\\[` and `\\]`.",
        "text": "A cloze, instead of front and back: `{{c1::…}}` around what the learner must say. Numbers are permanent once released.",
        "reverse": "Ask the other way round as well: a second card, from back to front.",
        "aka": "Other names of what the card is about.",
        "where": "The symbols of a formula and what they mean.",
        "quote": "What the card rests on, copied verbatim from the excerpt; `check` compares it character by character.",
        "cite": "What the card rests on outside the excerpt: arXiv id, DOI, URL or title, with section or equation.",
        "after": "Ids of the cards to learn first.",
        "tags": "Tags in Anki, besides the one of topic and article.",
        "extra": "A remark below the answer.",
        "media": "Names of pictures that the card shows.",
        "released_as": "Name, title and source of the deck file that learners have this card from, where it has moved since; `migrate` writes it. Without it the card takes today's, and learners' copies change.",
        "allow": "Warnings that may stand, by code, each with the reason.",
    },
    Topic: {
        "title": "The topic's title, as learners see it above each card.",
        "deck": "The deck's name in Anki: permanent once released, since renaming it splits learners' decks.",
        "description": "What Anki shows below the deck's name.",
        "keywords": "Words that speak for this topic when `extract` files a new article.",
        "sources": "Folders and files of notes that belong to this topic, such as notes/llm or notes/*attention*; `*` matches folders as well. `extract` reads them.",
        "articles": "Names of articles in the order in which learners meet them; the others follow.",
        "language": "The language of the topic's cards and of what a release tells of it; without it their own text decides.",
    },
    Authored: {
        "tags": "Tags of notes and headings under which cards are meant, without #; tags below them count as well.",
        "marks": "Tags that make a card of the block that bears them, without #.",
        "colons": "`Q::A` and `Q:::A` on one line.",
        "lines": "A line of `?` or `??` between question and answer.",
        "questions": "`Q:` and `A:`, `问：` and `答：`.",
        "tables": "Tables whose header says question and answer.",
        "frames": "`START` … `END` and `STARTI` … `ENDI` of Obsidian_to_Anki.",
        "callouts": "`> [!question] …`; `[!card]` and folded questions are read everywhere but with `never`.",
        "textgen": "`Q:@:A`, `Q::@::A` and `{@{…}@}` of pytextgen.",
        "deletions": "`{{c1::…}}`, `{{cloze …}}`, `{{1::…}}`.",
        "highlights": "`==…==` as a deletion.",
        "bold": "`**…**` as a deletion.",
        "braces": "`{{…}}` as a deletion.",
        "arrows": "`Q >> A`, `A << Q` and `Q <> A` of RemNote.",
        "rules": "`---` between question and answer, as in Mochi.",
    },
    Topics: {
        "project": "The project's name, such as my-cards-1f3a: permanent once released. It keeps equal ids of two projects apart in a learner's Anki.",
        "topics": "The topics by their folder's name: one folder, one package, one Anki deck each.",
        "inbox": "The topic that takes new notes of which neither they nor `sources:` nor `keywords:` say where they belong.",
        "anki": "The oldest Anki that learners use, such as 2.1.54: formulas must be drawn by its MathJax. The newest when it is missing.",
        "authored": "How the authors of the notes write cards themselves: these are taken word for word.",
        "language": "The language of all topics that do not say; without it the text of each card decides.",
        "report": "The https address at which a learner reports a mistake, with `{id}` for the card's id: a link on every answer. Another address is a change of every note.",
        "licence": "The licence of the decks, shown below each deck's name.",
        "ignore": "Excerpts that make no cards, each with the reason.",
    },
}
"""What an editor shows when the pointer rests on a key."""


def schemas() -> dict[str, str]:
    """Return the text of each schema file by its path in a project."""
    return {DECK_SCHEMA: _emit(deck_schema()), TOPICS_SCHEMA: _emit(topics_schema())}


def deck_schema() -> dict[str, Any]:
    """Return the schema of ``decks/<topic>/<article>.yaml``."""
    schema = _described(Head, "A cardsmith deck file: one article's cards.")
    card = _described(Card, "One card: `front` and `back`, or a cloze `text`.")
    card["if"] = {"required": ["text"]}
    card["then"] = {"properties": {"front": False, "back": False}}
    card["else"] = {"required": ["front", "back"]}
    schema["properties"]["cards"] = {
        "description": "The cards. What stands here without `draft: true` ships; a deleted card is rejected for good.",
        "anyOf": [{"type": "array", "items": {"$ref": "#/$defs/card"}}, {"type": "null"}],
    }
    return _headed(schema) | {"$defs": {"card": card}}


def topics_schema() -> dict[str, Any]:
    """Return the schema of ``decks/topics.yaml``."""
    schema = _described(Topics, "The topics of a cardsmith project.")
    schema["properties"]["topics"] |= {"additionalProperties": {"$ref": "#/$defs/topic"}}
    schema["properties"]["topics"].pop("patternProperties", None)
    schema["properties"]["topics"]["propertyNames"] = {"pattern": "^[a-z][a-z0-9-]*$"}
    schema["properties"]["ignore"]["additionalProperties"] = False
    schema["properties"]["authored"] = {
        "description": DESCRIPTIONS[Topics]["authored"],
        "$ref": "#/$defs/authored",
    }
    described = {
        "topic": _described(Topic, "One topic."),
        "authored": _described(Authored, "Cards in notes."),
    }
    return _headed(schema) | {"$defs": described}


def with_modeline(text: str, schema: str) -> str | None:
    """Return a file's text with the line by which editors find its schema on top, or None when it names one."""
    if any(line.startswith(MODELINE) for line in text.split("\n", 20)[:20]):
        return None
    ending = "\r\n" if "\r\n" in text else "\n"
    return f"{MODELINE}{schema}{ending}{text}"


def _described(model: type, title: str) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema(ref_template="#/$defs/{model}")
    words: Mapping[str, str] = DESCRIPTIONS[model]
    schema.pop("$defs", None)
    properties = {name: _lenient(value) for name, value in schema["properties"].items()}
    for name, value in properties.items():
        if name in words:
            value["description"] = words[name]
    return schema | {"title": title, "description": title, "properties": properties}


def _lenient(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without titles and defaults in which text may look like a number, as it may in a deck."""
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    schema = {**schema, **(options[0] if len(options) == 1 else {})}
    for name in ("title", "default", *(["anyOf"] if len(options) == 1 else [])):
        schema.pop(name, None)
    if schema.get("type") == "string" and "enum" not in schema and "pattern" not in schema:
        schema["type"] = ["string", "number", "boolean"]
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            schema[name] = _lenient(schema[name])
    return schema


def _headed(schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}


def _emit(schema: dict[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
