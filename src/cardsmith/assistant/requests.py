"""Requests to a model: what is shown, what is asked, and the key under which an answer is kept.

The key is a hash of all that can change an answer: prompt, schema, model and what is shown; not of who answers.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from cardsmith.assistant import prompt
from cardsmith.assistant.packing import Piece, halved
from cardsmith.text.shadow import is_han

OUTPUT = 4_096
"""Tokens that an answer may have: a request's 3,000 characters want some 2,100."""
_ROLE_TOKENS = 12
"""Tokens of a conversation around what is said in it."""


@dataclass(frozen=True)
class Request:
    """One question to a model: for cards, or with ``questions`` for a second look at them."""

    model: str
    pieces: tuple[Piece, ...]
    questions: tuple[str, ...] = ()
    recorded: str = ""
    """The key of a recorded request that showed these pieces and others, which have changed since; empty as a rule."""

    @cached_property
    def messages(self) -> list[dict[str, str]]:
        """What is sent, as a conversation."""
        notes = [(piece.path, piece.text) for piece in self.pieces]
        mark = _digest([*notes, *self.questions])[:8]
        asked = "".join(f"\n{number}. {text}" for number, text in enumerate(self.questions, 1))
        return [
            {"role": "system", "content": prompt.LOOK if self.questions else prompt.TASK},
            {"role": "user", "content": prompt.shown(notes, mark) + (f"\n{asked}" if asked else "")},
        ]

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its answer."""
        return prompt.ANSWERS if self.questions else prompt.CARDS

    @cached_property
    def key(self) -> str:
        """16 hexadecimal digits: what names the file of its answer."""
        return self.recorded or _digest([self.model, prompt.VERSION, self.messages, self.schema])[:16]

    @cached_property
    def characters(self) -> int:
        """How many are sent."""
        return sum(len(message["content"]) for message in self.messages)

    @cached_property
    def tokens(self) -> int:
        """About how many are sent."""
        return sum(estimate(message["content"]) for message in self.messages) + _ROLE_TOKENS

    @cached_property
    def answer_tokens(self) -> int:
        """About how many come back."""
        if self.questions:
            return 40 * len(self.questions)
        return min(OUTPUT, 700 * sum(piece.length for piece in self.pieces) // 1000)

    def halves(self) -> list["Request"]:
        """Return the same question about either half of what is shown; nothing where that is too short to split."""
        return [Request(self.model, pieces) for pieces in halved(self.pieces)] if not self.questions else []


class Outlook(NamedTuple):
    """What asking a model would send, before anything is sent."""

    notes: int
    requests: tuple[Request, ...]
    """Those that no answer is recorded for."""
    recorded: int
    """Requests that one is recorded for."""
    second_look: bool
    """Whether what is proved is asked about once more."""

    @property
    def characters(self) -> int:
        """About how many are sent: about twice as many with a second look."""
        return sum(request.characters for request in self.requests) * (1 + self.second_look)

    @property
    def tokens(self) -> tuple[int, int]:
        """About how many are read and written."""
        read = sum(request.tokens for request in self.requests)
        written = sum(request.answer_tokens for request in self.requests)
        return read * (1 + self.second_look), round(written * (1.1 if self.second_look else 1))


def by_name(model: str) -> str:
    """Return what a card names as its writer: the model and the prompt's version."""
    return f"{model}@{prompt.VERSION}"


def estimate(text: str) -> int:
    """Return about how many tokens a text has: of today's tokenizers most give Han 0.5 to 0.9, letters 0.25, signs 0.5."""
    han = sum(map(is_han, text))
    letters = sum(sign.isascii() and (sign.isalpha() or sign == " ") for sign in text)
    return round(0.8 * han + 0.25 * letters + 0.6 * (len(text) - han - letters))


def _digest(data: Sequence[object]) -> str:
    text = json.dumps(data, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
