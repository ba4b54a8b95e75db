"""What ``decks/topics.yaml`` says: the topics, and what holds for the whole project."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from cardsmith.authoring import Authored
from cardsmith.model import ExcerptId, Text
from cardsmith.text.addresses import leads_to_a_card
from cardsmith.text.language import Language
from cardsmith.text.names import unfit_for_a_deck


def _deck_name(name: str) -> str:
    """Refuse what Anki would read otherwise or change: it puts the name into cards as it is."""
    if (sign := unfit_for_a_deck(name)) is not None:
        raise PydanticCustomError("deck_name", "the deck's name holds {sign}", {"sign": ascii(sign)})
    return name


def _report(address: str) -> str:
    """Refuse what is no address of a page for one card: learners follow it from inside Anki."""
    if leads_to_a_card(address):
        return address
    raise PydanticCustomError("report_link", "report: is no https address with {{id}} behind its host, once")


class Topic(BaseModel):
    """A topic as ``decks/topics.yaml`` describes it: one folder, one package, one Anki deck."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Text
    deck: Annotated[Text, AfterValidator(_deck_name)]
    """The deck's name in Anki, permanent once released; parts are set off by ``::``."""
    description: Text
    keywords: tuple[Text, ...] = ()
    """Words that speak for this topic when a new article is filed."""
    sources: tuple[Text, ...] = ()
    """Folders and files whose notes belong here, as shell patterns relative to the project."""
    articles: tuple[Text, ...] = ()
    """Articles (file stems) that are introduced first, in this order; the others follow by name."""
    language: Language | None = None
    """Of all cards of the topic whose file does not say; None is what each card's own text is in."""


class Topics(BaseModel):
    """The whole of ``decks/topics.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=80)] | None = None
    """The name that keeps this project's ids apart from all others', permanent once released."""
    topics: dict[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")], Topic]
    inbox: Text | None = None
    """The topic for notes of which nothing says where they belong."""
    anki: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]{1,3})?$")] | None = None
    """The oldest Anki that learners use, such as ``2.1.54``: formulas must set there. None is the newest."""
    language: Language | None = None
    """Of all cards whose file and topic do not say."""
    report: Annotated[Text, AfterValidator(_report)] | None = None
    """The address at which a learner tells of a mistake on a card, with ``{id}`` for the card's."""
    licence: Text | None = None
    """Of the cards, as deck descriptions state it."""
    authored: Authored = Authored()
    """Which ways to write cards in notes are taken word for word."""
    ignore: dict[ExcerptId, Text] = Field(default_factory=dict)
    """Excerpts that make no cards, each with the reason."""
