"""The one host that is asked, over HTTP as OpenAI, Ollama, llama.cpp and vLLM speak it: ``POST …/chat/completions``.

Nothing leads elsewhere: no redirect is followed, no address comes from notes, decks or answers. An answer may neither be long
without an end nor last without one. The key comes from the environment and goes into one header, never into a message.
"""

import asyncio
import email.utils
import ipaddress
import json
import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from cardsmith.assistant.answers import RefusedError
from cardsmith.assistant.requests import OUTPUT, Request
from cardsmith.assistant.store import Reply
from cardsmith.errors import CardsmithError

KEY = "CARDSMITH_API_KEY"
"""The environment variable of the key; there is no other way to give one."""
MAX_BYTES = 2_000_000
"""Of an answer with all around it."""
TRIES = 5
"""How often a request is sent to an endpoint that is busy or falters."""
PAUSE = 1.0
"""Seconds before the second try, doubled before each further one, where the endpoint does not name any."""
PATIENCE = 120.0
"""Seconds that an endpoint may ask to wait; who asks for more ends the run."""
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_UNFIT = frozenset({400, 415, 422, 501})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go."""

    url: str
    host: str
    """With the port, as people are asked about it."""
    is_local: bool
    """On this machine, by its loopback address."""


def endpoint_of(text: str) -> Endpoint:
    """Return the endpoint of a base address such as ``http://localhost:11434/v1``.

    Raises:
        CardsmithError: it is none (``endpoint``), or the extra ``model`` is not installed (``no-extra``).

    """
    url = _httpx().URL
    try:
        base = url(text)
    except Exception:  # noqa: BLE001 - httpx has several for what is no address
        base = url("")
    if base.scheme not in ("http", "https") or not base.host or base.userinfo or base.query or base.fragment:
        message = "this is no endpoint: an address with http or https, without user, password or query"
        raise _problem("", message, "name it as http://localhost:11434/v1")
    path = base.path.rstrip("/").removesuffix("/chat/completions")
    host = f"{base.host}:{base.port}" if base.port else base.host
    full = base.copy_with(path=f"{path}/chat/completions")
    return Endpoint(str(full), host, _is_loopback(base.host))


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def api_key(endpoint: Endpoint) -> str:
    """Return the key of the environment, empty where there is none.

    Raises:
        CardsmithError: it can stand in no header, or would travel in the clear.

    """
    key = os.environ.get(KEY, "").strip()
    if key and not (key.isascii() and key.isprintable()):
        raise _problem(KEY, "the key holds characters that no header can", "copy it again")
    if key and not endpoint.is_local and endpoint.url.startswith("http:"):
        message = f"the key would travel to {endpoint.host} in the clear"
        raise _problem(KEY, message, f"name an https address, or unset {KEY} if the endpoint wants no key")
    return key


def _httpx() -> Any:
    try:
        import httpx
    except ImportError:
        hint = "pip install 'cardsmith[model]'"
        message = "asking a model needs the extra `model`, which is not installed"
        raise CardsmithError.at("", "no-extra", message, hint) from None
    return httpx


def _problem(place: str, message: str, hint: str) -> CardsmithError:
    return CardsmithError.at(place, "endpoint", message, hint)


@dataclass
class _Dialect:
    """What of the protocol an endpoint has shown that it does not know; the rest is sent."""

    forms: list[str] = field(default_factory=lambda: ["json_schema", "json_object", "plain"])
    limit: str = "max_tokens"
    is_cold: bool = True
    """Whether a temperature of 0 is asked for."""

    def body(self, request: Request) -> dict[str, Any]:
        data: dict[str, Any] = {
            "model": request.model,
            "messages": request.messages,
            "stream": False,
            self.limit: OUTPUT,
        }
        if self.is_cold:
            data["temperature"] = 0
        if self.forms[0] == "json_schema":
            schema = {"name": "answer", "strict": True, "schema": request.schema}
            data["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.forms[0] == "json_object":
            data["response_format"] = {"type": "json_object"}
        return data

    def learn(self, sent: Mapping[str, Any], said: str) -> bool:
        """Leave out what an endpoint refuses; tell whether there is something to try."""
        if "max_completion_tokens" in said and "max_tokens" in sent:
            self.limit = "max_completion_tokens"
        elif "temperature" in said and "temperature" in sent:
            self.is_cold = False
        elif "response_format" in sent:
            if (
                sent["response_format"]["type"] == self.forms[0]
            ):  # else another request has learned it meanwhile
                self.forms.pop(0)
        else:
            return False
        return True


class Client:
    """A conversation with an endpoint: several requests at once, all of which wait when it asks to."""

    def __init__(self, endpoint: Endpoint, timeout: float, *, pause: float = PAUSE) -> None:
        """``timeout`` is the seconds that one request may take as a whole."""
        self.endpoint, self._timeout, self._pause = endpoint, timeout, pause
        self._key = api_key(endpoint)
        self._dialect = _Dialect()
        self._not_before = 0.0
        self._has_answered = False
        httpx = _httpx()
        headers = {"Accept-Encoding": "identity", "User-Agent": "cardsmith"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        limits = httpx.Timeout(timeout, connect=min(10.0, timeout))
        # what stays on this machine goes through nobody's proxy
        self._client = httpx.AsyncClient(
            headers=headers, timeout=limits, follow_redirects=False, trust_env=not endpoint.is_local
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ask(self, request: Request) -> Reply:
        """Return the answer to a request.

        Raises:
            RefusedError: there is none to this request; another may have one.
            CardsmithError: there will be none to any (``endpoint``).

        """
        last = ""
        tries = 0
        while tries < TRIES:
            await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
            sent = self._dialect.body(request)
            status, headers, body = await self._post(sent)
            if status == 0:  # no answer, or half of one
                last, wait = body, self._pause * 2**tries
            elif 200 <= status < 300:
                self._has_answered = True
                return _reply(body)
            elif 400 <= status < 600 and _TOO_LONG.search(body):
                return Reply(_NOTHING_YET, "length")
            elif status in _UNFIT or (status == 500 and "response_format" in sent and _is_about_form(body)):
                if self._dialect.learn(sent, body):
                    continue
                raise RefusedError(self._said(status, body))
            elif status in _BUSY:
                last, wait = self._said(status, body), _retry_after(headers) or self._pause * 2**tries
            else:
                raise self._fatal(status, headers, body)
            tries += 1
            if wait > PATIENCE:
                message = f"{self.endpoint.host} asks to wait {wait:,.0f} seconds"
                raise _problem("", message, "run this again then: what is answered is not asked again")
            self._not_before = max(self._not_before, time.monotonic() + wait)
        if not self._has_answered:
            hint = "check that it runs, and its address; what is answered is not asked again"
            raise _problem("", f"no answer from {self.endpoint.host}: {last}", hint)
        raise RefusedError(f"{last}, {TRIES} times")

    async def _post(self, sent: Mapping[str, Any]) -> tuple[int, Mapping[str, str], str]:
        """Return status, headers and text of an answer; status 0 and the reason where the connection broke."""
        httpx = _httpx()
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream("POST", self.endpoint.url, json=sent) as answer,
            ):
                if answer.headers.get("Content-Encoding", "identity") != "identity":
                    raise RefusedError("the answer is packed, and was asked for plain")
                body = bytearray()
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise RefusedError(f"the answer has more than {MAX_BYTES:,} bytes")
                return answer.status_code, answer.headers, body.decode("utf-8", "replace")
        except (TimeoutError, httpx.ReadTimeout, httpx.WriteTimeout):
            raise RefusedError(f"no whole answer within {self._timeout:g} seconds") from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            return 0, {}, str(error) or type(error).__name__

    def _fatal(self, status: int, headers: Mapping[str, str], body: str) -> CardsmithError:
        host = self.endpoint.host
        if 300 <= status < 400:
            message = (
                f"{host} leads elsewhere ({headers.get('Location', '')[:80]}), and nothing was sent there"
            )
            return _problem("", message, "if that is the endpoint you mean, name it yourself")
        if status in (401, 403):
            return _problem(
                "", f"{host} lets nobody in without another key: {self._said(status, body)}", f"set {KEY}"
            )
        hint = "check the address and the name of the model"
        return _problem("", f"{host} does not answer: {self._said(status, body)}", hint)

    def _said(self, status: int, body: str) -> str:
        """Return an error in the endpoint's words, without the key, which some repeat."""
        with suppress(ValueError, RecursionError):
            data = json.loads(body)
            error = data.get("error", data) if isinstance(data, dict) else data
            said = error.get("message", error) if isinstance(error, dict) else error
            body = said if isinstance(said, str) else body
        if self._key:
            body = body.replace(self._key, "…")
        words = " ".join(body.split())[:200]
        return f"{status} {words}".strip()


_TOO_LONG = re.compile(r"context.{0,24}(?:size|length|window)|exceed.{0,24}context", re.IGNORECASE)
"""What endpoints say of a request that is longer than their model can read."""
_NOTHING_YET = '{"cards": ['
"""An answer that was cut off before its first card, so that half of the notes is asked about."""
_FORM = ("response_format", "json_schema", "grammar", "schema")


def _is_about_form(body: str) -> bool:
    return any(word in body for word in _FORM)


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that an endpoint asks to wait, by number or by date; 0 when it does not."""
    said = headers.get("Retry-After", "")
    with suppress(ValueError):
        return min(1e9, max(0.0, float(said)))
    with suppress(ValueError, TypeError):
        return max(0.0, email.utils.parsedate_to_datetime(said).timestamp() - time.time())
    return 0.0


def _reply(body: str) -> Reply:
    """Return what an answer of the protocol says.

    Raises:
        RefusedError: it is none.

    """
    try:
        data = json.loads(body)
        (choice, *_) = data["choices"]
        content = choice["message"].get("content")
        finish = str(choice.get("finish_reason") or "stop")
        usage = data.get("usage") or {}
        tokens = [usage.get(name) for name in ("prompt_tokens", "completion_tokens")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RefusedError(f"no answer of the protocol: {' '.join(body.split())[:80]!r}") from None
    if not isinstance(content, str) or not content.strip():
        raise RefusedError("the model said nothing")
    return Reply(content, finish, *(n if isinstance(n, int) and 0 <= n < 10**9 else 0 for n in tokens))
