"""Recorded answers: a folder with one JSON file a request, named by its key, so that a rerun asks nobody and gives the same bytes.

A file is what a model answered (``docs/model.md`` has the format), or, written by hand, only the answer itself. It is proved
like any other answer, so whoever may write into the folder can do no more than a model can.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardsmith.assistant.answers import MAX_CHARACTERS, RefusedError
from cardsmith.assistant.packing import Piece, pack
from cardsmith.assistant.requests import Request, by_name
from cardsmith.files import write_text
from cardsmith.text.terminal import plain_json

FORMAT = 1
MAX_BYTES = 4 * MAX_CHARACTERS
"""Of a file."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said to one request."""

    content: str
    finish: str = "stop"
    tokens_in: int = 0
    """As the endpoint counts them; 0 when it does not say."""
    tokens_out: int = 0


class Store:
    """A folder of answers; nothing else reads or writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def reply(self, request: Request) -> Reply | None:
        """Return the recorded answer to a request, if there is one.

        Raises:
            RefusedError: there is a file, and it is no answer.

        """
        path = self._path(request)
        return _reply(_read(path)) if path.is_file() else None

    def keep(self, request: Request, reply: Reply) -> None:
        """Record an answer, whole or not at all.

        Raises:
            CardsmithError: the folder cannot be written.

        """
        data = {
            "format": FORMAT,
            "request": request.key,
            "by": by_name(request.model),
            "sections": [] if request.questions else [piece.key for piece in request.pieces],
            "characters": sum(piece.length for piece in request.pieces),
            "finish": reply.finish,
            "tokens": [reply.tokens_in, reply.tokens_out],
            "answer": reply.content,
        }
        write_text(self._path(request), plain_json(json.dumps(data, ensure_ascii=False, indent=1)) + "\n")

    def plan(self, model: str, pieces: Iterable[Piece]) -> list[Request]:
        """Return the requests that ask a model about pieces, so that what is recorded is asked again as seldom as can be.

        A piece that was shown beside others before is known by that answer, also when the others have changed.
        """
        requests = [Request(model, pieces) for pieces in pack(pieces)]
        fresh = [request for request in requests if not self._path(request).is_file()]
        known = {
            piece: key for key, shown in (self._shown(by_name(model)) if fresh else ()) for piece in shown
        }
        planned = [request for request in requests if request not in fresh]
        loose: list[Piece] = []
        again: dict[str, list[Piece]] = {}
        for request in fresh:
            if not any(piece.key in known for piece in request.pieces):
                planned.append(request)
                continue
            for piece in request.pieces:
                (again.setdefault(known[piece.key], []) if piece.key in known else loose).append(piece)
        planned += [Request(model, tuple(pieces), recorded=key) for key, pieces in again.items()]
        return [*planned, *(Request(model, pieces) for pieces in pack(loose))]

    def _shown(self, by: str) -> Iterator[tuple[str, list[str]]]:
        """Yield the key of each complete answer of a model, and the keys of the pieces that it was shown."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                data = _read(path)
            except RefusedError:
                continue
            shown = data.get("sections")
            is_whole = data.get("finish") != "length" and data.get("request") == path.stem
            if data.get("by") == by and is_whole and isinstance(shown, list):
                yield path.stem, [name for name in shown if isinstance(name, str)]

    def _path(self, request: Request) -> Path:
        return self.folder / f"{request.key}.json"


def _read(path: Path) -> dict[str, Any]:
    """Return what a file holds."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise RefusedError(f"{path.name} has more than {MAX_BYTES:,} bytes")
        data = json.loads(raw)
    except (OSError, ValueError, RecursionError) as error:
        raise RefusedError(f"{path.name} is no recorded answer: {error}") from None
    if not isinstance(data, dict):
        raise RefusedError(f"{path.name} is no recorded answer: it holds no object")
    return data


def _reply(data: dict[str, Any]) -> Reply:
    """Return what was answered: ``answer`` of a record as the model wrote it or as JSON, else the whole file."""
    said = data.get("answer", data) if "cards" not in data and "answers" not in data else data
    content = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    return Reply(content, str(data.get("finish", "stop")))


def write_requests(folder: Path, requests: Iterable[Request]) -> None:
    """Write requests into a folder, one file each, for somebody to answer: what is sent, and the form of the answer.

    Raises:
        CardsmithError: the folder cannot be written.

    """
    for request in requests:
        data = {
            "request": request.key,
            "by": by_name(request.model),
            "messages": request.messages,
            "schema": request.schema,
        }
        text = plain_json(json.dumps(data, ensure_ascii=False, indent=1))
        write_text(folder / f"{request.key}.json", f"{text}\n")
