"""The nouns of cardsmith: excerpts that are read, candidates that are proposed, cards that people keep.

Spans are half-open and count characters of the excerpt's text.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from cardsmith.authoring import AUTHORED, UNTAGGED, Tagging
from cardsmith.places import Place
from cardsmith.text.latex import Formula

Kind = Literal["definition", "formula", "claim", "enumeration", "progression"]
KINDS: tuple[Kind, ...] = ("definition", "formula", "claim", "enumeration", "progression")


class Span(NamedTuple):
    """A stretch of an excerpt's text: ``text[start:end]``."""

    start: int
    end: int

    def overlap(self, other: "Span") -> float:
        """Return intersection over union, between 0 and 1."""
        shared = min(self.end, other.end) - max(self.start, other.start)
        return shared / (max(self.end, other.end) - min(self.start, other.start)) if shared > 0 else 0.0

    def holds(self, other: "Span") -> bool:
        """Tell whether the other span lies inside this one."""
        return self.start <= other.start and other.end <= self.end


NodeKind = Literal[
    # blocks
    "heading", "paragraph", "list", "item", "table", "row", "cell", "quote", "callout", "code-block", "html-block", "rule",
    "footnote", "definition-list", "definition-term", "definition", "metadata",
    # inlines
    "text", "formula", "code", "link", "picture", "strong", "emphasis", "highlight", "deleted", "html", "soft-break",
    "hard-break", "footnote-mark", "hidden",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a note's tree: a block or an inline at its exact place.

    A child lies inside its parent; what lies in a parent and in no child is markup.
    """

    kind: NodeKind
    span: Span
    """In the text that the tree was made from."""
    children: tuple["Node", ...] = ()
    name: str = ""
    """What tells it from others of its kind: a code block's language, a callout's type, where a link or picture leads,
    a footnote's label, an ordered list's first number."""
    level: int = 0
    """Of a heading, 1 to 6."""

    def walk(self) -> Iterator["Node"]:
        """Yield the node and all that it holds, in the order of the text."""
        yield self
        for child in self.children:
            yield from child.walk()

    def within(self, start: int, end: int) -> "Node":
        """Return what of the node lies in ``text[start:end]``, at its place there."""
        span = Span(max(0, self.span.start - start), max(0, min(self.span.end, end) - start))
        children = tuple(child.within(start, end) for child in self.children if child.span.start < end)
        return Node(self.kind, span, children, self.name, self.level)


@dataclass(frozen=True, slots=True)
class Properties:
    """What a note says of itself in its front matter; empty where it says nothing."""

    title: str = ""
    topic: str = ""
    """The slug of a topic, if there is one of that name."""
    tags: tuple[str, ...] = ()
    """Without ``#``; parts are set off by ``/``."""
    aliases: tuple[str, ...] = ()


class Section(NamedTuple):
    """What stands between two headings of a note."""

    start: int
    """Of its text in the note's, in characters."""
    excerpt: "Excerpt"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of somebody's notes, byte-exact, with all the places where it stands: a note, or a line of a seed list."""

    id: str
    """``x`` and 8 hexadecimal digits of the text without white space and final ellipsis."""
    text: str
    formulas: tuple[Formula, ...]
    places: tuple[Place, ...]
    """In reading order, at least one."""
    truncated: bool
    """The source was cut here, usually inside a sentence: it ends in an ellipsis or in an open formula."""
    is_markdown: bool = False
    """A single line end is a space, as in Markdown; else it ends a sentence unless its line is long."""
    headings: tuple[str, ...] = ()
    """Headings above the excerpt in its file, outermost first, as they are said."""
    nodes: tuple[Node, ...] = ()
    """The blocks of a Markdown excerpt in order, at places in its text; none for plain text."""
    tagging: Tagging = UNTAGGED
    sections: tuple[Section, ...] = ()
    """The pieces that are read one by one, in order; none for a text that is read as one."""
    title: str = ""
    """What a note is called: by itself, else by its file. Empty for what is no note: a section, a line of a seed list."""
    properties: Properties = Properties()

    def section_at(self, offset: int) -> Section:
        """Return the last section that begins at or before an offset in the text; the whole, where none does."""
        return next((s for s in reversed(self.sections) if s.start <= offset), Section(0, self))

    def place_at(self, offset: int) -> Place:
        """Return where a character of the text stands."""
        start, excerpt = self.section_at(offset)
        return excerpt.places[0].at(self.text, offset, start)


class Picture(NamedTuple):
    """A picture as a note shows it, with what it says of it; nobody has looked for its file yet."""

    address: str
    alt: str
    span: Span
    credit: str = ""
    """Whose it is and how it may be used."""
    is_name: bool = False  # the address is a file's name, in whatever folder: ``![[heads.png]]``


@dataclass(frozen=True, slots=True)
class Candidate:
    """A card that a rule proposes, before anyone has seen it."""

    excerpt: str
    """The excerpt's id."""
    kind: Kind
    term: str
    """What the card is about, as the source spells it."""
    span: Span
    """Of the evidence; ``quote`` is exactly the excerpt's text there."""
    quote: str
    rule: str
    anchor: str
    """What identifies the fact whatever its wording: a normalised term, formula or list of members."""
    front: str = ""
    back: str = ""
    text: str = ""
    """Cloze text; then front and back are empty."""
    reverse: bool = False
    """Asked in both directions."""
    aliases: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    """Symbols of a formula and what they mean."""
    headings: tuple[str, ...] = ()
    """Those above it in its note, outermost first."""
    pictures: tuple[Picture, ...] = ()
    score: float = 0.0
    """Between 0 and 1: how likely an editor keeps it; orders the review."""
    flags: tuple[str, ...] = ()
    """What an editor should look at, such as ``topic-subject``."""
    by: str = ""
    """The language model that wrote it and its prompt's version; empty for what a rule found."""

    @property
    def is_authored(self) -> bool:
        """Tell whether the note's author wrote it as a card: its words are theirs, and no rule judges them."""
        return self.rule.startswith(AUTHORED)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A candidate that a filter dropped, and why (a permanent code such as ``pronoun-subject``)."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """What the extractor makes of one excerpt."""

    excerpt: Excerpt
    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...] = field(default=())


Text = Annotated[str, StringConstraints(min_length=1)]
CardId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=80)]
ExcerptId = Annotated[str, StringConstraints(pattern=r"^x[0-9a-f]{8}$")]


class Card(BaseModel):
    """One card as it stands in a deck file. ``front`` and ``back`` make a basic note, ``text`` a cloze."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: CardId
    """Chosen once: the learner's history hangs on it. To rename it, keep the first one in ``was``."""
    was: CardId | None = None
    """The id under which the card was first released, when that has been renamed: the guid stays of it."""
    draft: bool = False
    """Proposed, and nobody has decided yet: it does not ship."""
    by: Text | None = None
    """The language model that wrote a draft and the version of its prompt, such as ``qwen3@1``; accepting takes it out."""
    kind: Kind
    heading: tuple[Text, ...] = ()
    """The headings that it stands under in its note, outermost first."""
    front: Text | None = None
    back: Text | None = None
    text: Text | None = None
    reverse: bool = False
    aka: tuple[Text, ...] = ()
    where: dict[Text, Text] = Field(default_factory=dict)
    quote: Text | None = None
    cite: Text | None = None
    after: tuple[CardId, ...] = ()
    tags: tuple[Text, ...] = ()
    extra: Text | None = None
    media: tuple[Text, ...] = ()
    released_as: dict[Literal["article", "title", "source"], Text] = Field(default_factory=dict)
    """What learners have of the deck file that the card was first released from, where that differs from today's."""
    allow: dict[Text, Text] = Field(default_factory=dict)
    """Warnings that an editor has looked at and lets stand: the check's code and the reason."""

    @property
    def identity(self) -> str:
        """The id that learners' histories hang on: the first one the card was released under."""
        return self.was or self.id

    @property
    def is_cloze(self) -> bool:
        """Tell whether the card makes a cloze note."""
        return self.text is not None

    def texts(self) -> Iterator[tuple[str, str]]:
        """Return every piece of text that people wrote, each with the name of its field."""
        for name in ("front", "back", "text", "extra", "quote", "cite"):
            value = getattr(self, name)
            if value is not None:
                yield name, value
        for symbol, meaning in self.where.items():
            yield "where", symbol
            yield "where", meaning
        for value in self.released_as.values():
            yield "released_as", value
        for name, values in (("heading", self.heading), ("aka", self.aka), ("tags", self.tags)):
            for value in values:
                yield name, value

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if self.text is not None and (self.front is not None or self.back is not None):
            raise ValueError("a card has either front and back, or text with {{c1::…}}")
        if self.text is None and (self.front is None or self.back is None):
            missing = "front" if self.front is None else "back"
            raise ValueError(f"{missing} is missing: a card has front and back, or text with {{{{c1::…}}}}")
        if self.text is not None and self.reverse:
            raise ValueError("reverse is for cards with front and back")
        return self
