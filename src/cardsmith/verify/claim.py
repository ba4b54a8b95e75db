"""A card as somebody proposes it, and what is found of it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from cardsmith.model import Excerpt, Span


@dataclass(frozen=True, slots=True)
class Claim:
    """A card that claims to rest on its quote. ``front`` and ``back`` are one shape, ``text`` with clozes the other."""

    kind: str
    quote: str
    front: str = ""
    back: str = ""
    text: str = ""
    subject: str = ""
    """What it is about, where the proposer says so."""
    where: tuple[tuple[str, str], ...] = ()
    """Symbols of a formula and what they mean."""

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Return every text of the claim that is not empty, each with its field's name."""
        named = [(name, getattr(self, name)) for name in ("front", "back", "text", "subject", "quote")]
        named += [("where", part) for pair in self.where for part in pair]
        return tuple((name, value) for name, value in named if value)


class Remark(NamedTuple):
    """Why a claim is refused, or what a reviewer should look at."""

    code: str
    """Of the rule, permanent; ``docs/verifier.md`` has a section for each."""
    reason: str
    """For people: what is wrong, with the words that show it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is found of one claim."""

    claim: Claim
    """As it was proposed, but with the source's own characters for its quote where that was found."""
    refusals: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    """What code cannot prove either way: for the reviewer."""
    excerpt: Excerpt | None = field(default=None, repr=False)
    """Where the quote stands; None when it stands nowhere."""
    span: Span | None = None
    """Of the quote in that excerpt."""

    @property
    def passed(self) -> bool:
        """Whether everything that code can prove is proved."""
        return not self.refusals
