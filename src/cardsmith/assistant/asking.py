"""Requests to answers: what is recorded is not asked, what is asked is recorded at once, an answer that was cut asks about halves.

The order of the results is that of the requests, whoever was answered first.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from cardsmith.assistant.answers import Answer, RefusedError, parse_answers, parse_cards
from cardsmith.assistant.endpoint import Client, Endpoint
from cardsmith.assistant.requests import Request
from cardsmith.assistant.store import Reply, Store
from cardsmith.errors import CardsmithError

T = TypeVar("T")


class Terms(NamedTuple):
    """How an endpoint is asked."""

    endpoint: Endpoint
    parallel: int = 2
    """Requests at once."""
    timeout: float = 300.0
    """Seconds that one request may take."""
    max_tokens: int = 0
    """Of the whole run, read and written, after which nothing more is asked; 0 for no bound."""
    pause: float = 1.0
    """Seconds before a second try."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a request."""

    request: Request
    answer: Answer | None = None
    """The cards of a request for cards."""
    said: dict[int, str] | None = None
    """The answers of a second look, by the number of their question."""
    fault: str = ""
    """Why an answer was not taken."""

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered yet."""
        return self.answer is None and self.said is None and not self.fault


class Spent:
    """Tokens of a run, estimated before a request and counted after it."""

    def __init__(self, most: int = 0) -> None:
        self.tokens_in = self.tokens_out = self.requests = 0
        self.is_used_up = False
        self._most, self._reserved = most, 0

    def take(self, request: Request) -> bool:
        """Set a request's tokens aside if there are enough left; tell so."""
        wanted = request.tokens + request.answer_tokens
        if self.is_used_up or (
            self._most and self.tokens_in + self.tokens_out + self._reserved + wanted > self._most
        ):
            self.is_used_up = True
            return False
        self._reserved += wanted
        return True

    def settle(self, request: Request, reply: Reply | None) -> None:
        """Count what a request cost; what was refused counts as read."""
        self._reserved -= request.tokens + request.answer_tokens
        self.requests += 1
        self.tokens_in += (reply.tokens_in if reply else 0) or request.tokens
        self.tokens_out += (reply.tokens_out or len(reply.content) // 2) if reply else 0


def open_requests(requests: Iterable[Request], store: Store) -> Iterator[Request]:
    """Yield the requests, and those about halves of what was cut off, that no recorded answer is there for."""
    for request in requests:
        result = _recorded(request, store)
        if result is None:
            yield request
        elif result.answer and result.answer.is_cut:
            yield from open_requests(request.halves(), store)


def ask(
    requests: Sequence[Request],
    store: Store,
    terms: Terms | None = None,
    spent: Spent | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[list[Result]]:
    """Return for each request what came of it, and of those about its halves; without ``terms`` only what is recorded.

    Raises:
        CardsmithError: the endpoint answers nobody, or the folder of answers cannot be written.

    """
    try:
        return asyncio.run(_ask(requests, store, terms, spent or Spent(), progress))
    except BaseExceptionGroup as group:
        raise _first(group) from None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what stopped a run: of several the one that is for people."""
    found = list(_leaves(group))
    return next((error for error in found if isinstance(error, CardsmithError)), found[0])


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


async def _ask(
    requests: Sequence[Request],
    store: Store,
    terms: Terms | None,
    spent: Spent,
    progress: Callable[[int, int], None] | None,
) -> list[list[Result]]:
    if terms is None:
        return await _together(
            _Talk(store, None, None, spent, progress).about(request) for request in requests
        )
    async with Client(terms.endpoint, terms.timeout, pause=terms.pause) as client:
        talk = _Talk(store, client, asyncio.Semaphore(terms.parallel), spent, progress)
        return await _together(talk.about(request) for request in requests)


async def _together(questions: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return what each brings, in order; when one fails for good the others are given up."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(question) for question in questions]
    return [task.result() for task in tasks]


class _Talk:
    """One run of questions and answers."""

    def __init__(
        self,
        store: Store,
        client: Client | None,
        room: asyncio.Semaphore | None,
        spent: Spent,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._store, self._client, self._room, self._spent = store, client, room, spent
        self._progress = progress
        self._done = self._all = 0

    async def about(self, request: Request) -> list[Result]:
        """Return what comes of a request, and of its halves where the answer was cut off."""
        self._all += 1
        result = await self._answer(request)
        self._done += 1
        if self._progress:
            self._progress(self._done, self._all)
        if not (result.answer and result.answer.is_cut):
            return [result]
        below = await _together(self.about(half) for half in request.halves())
        return [result, *(each for family in below for each in family)]

    async def _answer(self, request: Request) -> Result:
        if known := _recorded(request, self._store):
            return known
        if self._client is None or self._room is None:
            return Result(request)
        async with self._room:
            if not self._spent.take(request):
                return Result(request)
            reply = None
            try:
                reply = await self._client.ask(request)
            except RefusedError as reason:
                return Result(request, fault=str(reason))
            finally:
                self._spent.settle(request, reply)
        result = _read(request, reply)
        if not result.fault:
            self._store.keep(request, reply)
        return result


def _recorded(request: Request, store: Store) -> Result | None:
    """Return what comes of a recorded answer; None where there is none."""
    try:
        reply = store.reply(request)
    except RefusedError as reason:
        return Result(request, fault=str(reason))
    return _read(request, reply) if reply else None


def _read(request: Request, reply: Reply) -> Result:
    try:
        if request.questions:
            return Result(request, said=parse_answers(reply.content))
        return Result(request, parse_cards(reply.content, reply.finish))
    except RefusedError as reason:
        return Result(request, fault=str(reason))
