"""Pages over HTTP on the loopback interface: nobody else can reach them, and no other page can use them.

A request must name this very host (against DNS rebinding). A write must come from our own page: same origin, JSON, and
the session's token, which only that page can read. Paths are looked up in a table, so there is none to play tricks with.
"""

import hmac
import json
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cardsmith.decks.decisions import CONFLICT
from cardsmith.errors import CardsmithError
from cardsmith.review import page as site
from cardsmith.review.desk import Desk
from cardsmith.review.view import problem_row

POLL = 0.25
"""Seconds between two looks at the files."""
HEARTBEAT = 15.0
"""Seconds after which a silent stream says something, so that a closed page is noticed."""
MAX_BODY = 1_000_000
"""Bytes of a request; a card has a few hundred."""
AT_ONCE = 200
"""Cards that one request may ask for in full."""

_TYPES = {"json": "application/json; charset=utf-8", "html": "text/html; charset=utf-8"}


class Server(ThreadingHTTPServer):
    """A desk's pages at a free port of 127.0.0.1."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, desk: Desk, mode: str, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.desk, self.mode = desk, mode
        self.token = secrets.token_urlsafe(32)
        self.stopping = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self.server_port}/"

    def stop(self) -> None:
        """End serving and watching."""
        self.stopping.set()
        with self.desk.changed:
            self.desk.changed.notify_all()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a page that was closed while it was answered."""

    def _watch(self) -> None:
        while not self.stopping.wait(POLL):
            with suppress(OSError):  # a folder that went away while it was listed; the next look tells
                self.desk.refresh()


def open_server(desk: Desk, mode: str, port: int) -> tuple[Server, bool]:
    """Return a server at the port, or where that is taken at a free one; and whether it is the port asked for."""
    try:
        return Server(desk, mode, port), True
    except OSError:
        return Server(desk, mode), False


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "cardsmith", ""

    def do_GET(self) -> None:
        if not self._is_ours():
            return self._fail(421, "wrong-host", "this page answers only at its own address")
        url = urlsplit(self.path)
        if url.path == "/":
            return self._send(200, _TYPES["html"], site.page(self.server.mode, self.server.token).encode())
        if url.path[1:] in site.PARTS:
            return self._send(200, site.PARTS[url.path[1:]], site.part(url.path[1:]).encode())
        if url.path == "/api/index":
            return self._answer(self.server.desk.index(is_review=self.server.mode == "review"))
        if url.path == "/api/cards":
            ids = parse_qs(url.query).get("ids", [""])[0].split(",")
            return self._answer(self.server.desk.details(ids[:AT_ONCE]))
        if url.path == "/api/events":
            return self._stream()
        return self._fail(404, "not-found", "no such page")

    def do_POST(self) -> None:
        write = _WRITES.get(self.path) if self.server.mode == "review" else None
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            return self._fail(413, "too-long", "a decision is short")
        body = self.rfile.read(int(length))
        if not self._is_ours():
            return self._fail(421, "wrong-host", "this page answers only at its own address")
        if write is None:
            return self._fail(404, "not-found", "no such page")
        token = self.headers.get("X-Cardsmith-Token", "")
        origin = self.headers.get("Origin", "")
        is_json = self.headers.get_content_type() == "application/json"
        if not is_json or origin != f"http://{self.headers['Host']}" or not self._knows(token):
            return self._fail(403, "not-allowed", "only the page of this session may decide; load it again")
        try:
            data = json.loads(body)
            arguments = {name: data[name] for name in ("id", "hash", "fields") if name in data}
            return self._answer(write(self.server.desk, arguments))
        except CardsmithError as error:
            is_conflict = any(problem.code == CONFLICT for problem in error.problems)
            problems = [problem_row(problem) for problem in error.problems]
            return self._send(
                409 if is_conflict else 422, _TYPES["json"], site.as_json({"problems": problems})
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return self._fail(400, "bad-request", "not a decision")

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet: the terminal belongs to the command."""

    def _knows(self, token: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.server.token.encode())

    def _is_ours(self) -> bool:
        port = self.server.server_port
        return self.headers.get("Host") in (f"127.0.0.1:{port}", f"localhost:{port}")

    def _stream(self) -> None:
        self.send_response(200)
        self._headers("text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        desk, sent = self.server.desk, -1
        try:
            while not self.server.stopping.is_set():
                with desk.changed:
                    if desk.version == sent:
                        desk.changed.wait(HEARTBEAT)
                    version = desk.version
                self.wfile.write(b": still here\n\n" if version == sent else f"data: {version}\n\n".encode())
                self.wfile.flush()
                sent = version
        except OSError:
            return

    def _answer(self, data: Any) -> None:
        self._send(200, _TYPES["json"], site.as_json(data))

    def _fail(self, status: int, code: str, message: str) -> None:
        problem = {"where": "", "code": code, "message": message, "hint": "", "severity": "error"}
        self._send(status, _TYPES["json"], site.as_json({"problems": [problem]}))

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self._headers(kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _headers(self, kind: str) -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", site.POLICY)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")


_WRITES: dict[str, Callable[[Desk, dict[str, Any]], Any]] = {
    "/api/try": lambda desk, data: desk.attempt(data["id"], data["hash"], data["fields"]),
    "/api/edit": lambda desk, data: {"hash": desk.edit(data["id"], data["hash"], data["fields"])},
    "/api/reject": lambda desk, data: desk.reject(data["id"], data["hash"]),
    "/api/keep": lambda desk, data: desk.keep(data["id"], data["hash"]),
    "/api/undo": lambda desk, _data: {"card": desk.undo()},
}
