"""Pages over HTTP on the loopback interface: nobody else can reach them, and no other page can use them.

A request must name this very host (against DNS rebinding), come from no other page, and bring the session's cookie,
which the printed link gives to one browser (against other accounts of the machine). A write must also be JSON of our
own origin with the session's token, which only our page can read. Paths are looked up in a table, so there is none to
play tricks with. Connections are bounded in number and time.
"""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cardsmith.decks.decisions import CONFLICT
from cardsmith.errors import CardsmithError
from cardsmith.review import page as site
from cardsmith.review.connections import WAIT, Connections
from cardsmith.review.desk import Desk
from cardsmith.review.keys import Keys, same
from cardsmith.review.pictures import TYPES
from cardsmith.review.view import PICTURES, problem_row

POLL = 0.25
"""Seconds between two looks at the files."""
HEARTBEAT = 15.0
"""Seconds after which a silent stream says something, so that a closed page is noticed."""
MAX_BODY = 1_000_000
"""Bytes of a request; a card has a few hundred."""
AT_ONCE = 200
"""Cards that one request may ask for in full."""
STREAMS = 32
"""Pages that may listen at once; each has one stream."""

_TYPES = {"json": "application/json; charset=utf-8", "html": "text/html; charset=utf-8"}


class Server(ThreadingHTTPServer):
    """A desk's pages at a free port of 127.0.0.1."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, desk: Desk, mode: str, port: int = 0, *, wait: float = WAIT) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.desk, self.mode = desk, mode
        self.keys = Keys()
        self.connections = Connections(wait)
        self.streams = threading.BoundedSemaphore(STREAMS)
        self.stopping = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def address(self) -> str:
        """Where the page is, for a browser that was let in."""
        return f"http://127.0.0.1:{self.server_port}/"

    @property
    def url(self) -> str:
        """A new link that lets one browser in, once."""
        return f"{self.address}?key={self.keys.new_key()}"

    @property
    def cookie(self) -> str:
        """The cookie of this session; its name has the port, since browsers share cookies between ports."""
        return f"cardsmith-{self.server_port}={self.keys.pass_}"

    @property
    def token(self) -> str:
        """What a decision must bring along."""
        return self.keys.token

    def stop(self) -> None:
        """End serving and watching."""
        self.stopping.set()
        with self.desk.changed:
            self.desk.changed.notify_all()
        self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, or not at all when all are busy."""
        if self.connections.admit(request):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection and forget it."""
        self.connections.leave(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a page that was closed while it was answered."""

    def _watch(self) -> None:
        while not self.stopping.wait(POLL):
            self.connections.cut_late()
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
    connection: socket.socket

    @property
    def timeout(self) -> float:  # type: ignore[override]
        """Seconds for one read, and for one write as a whole."""
        return self.server.connections.wait

    def handle_one_request(self) -> None:
        """Wait for a request and answer it."""
        self.server.connections.waits(self.connection)
        super().handle_one_request()

    def do_GET(self) -> None:
        self.server.connections.is_busy(self.connection)
        if not self._is_ours():
            return self._fail(421, "wrong-host", "this page answers only at its own address")
        if self.headers.get("Origin", self._origin) != self._origin:
            return self._fail(403, "not-allowed", "another page may not read this one")
        url = urlsplit(self.path)
        keys, cookie = self.server.keys, self.server.cookie
        is_known = keys.let_in(self.headers.get("Cookie", ""), cookie.partition("=")[0])
        if url.path == "/" and (key := parse_qs(url.query).get("key")) and (keys.use(key[0]) or is_known):
            return self._redirect(f"{cookie}; Path=/; HttpOnly; SameSite=Strict")
        if not is_known and url.path == "/":
            return self._send(403, "text/plain; charset=utf-8", _NO_KEY.encode())
        if not is_known:
            return self._fail(403, "no-key", _NO_KEY)
        if url.path == "/":
            return self._send(200, _TYPES["html"], site.page(self.server.mode, self.server.token).encode())
        if url.path[1:] in site.PARTS:
            return self._send(200, site.PARTS[url.path[1:]], site.part(url.path[1:]).encode())
        if url.path == "/api/index":
            return self._answer(self.server.desk.index(is_review=self.server.mode == "review"))
        if url.path == "/api/cards":
            ids = parse_qs(url.query).get("ids", [""])[0].split(",")
            return self._answer(self.server.desk.details(ids[:AT_ONCE]))
        if url.path.startswith(f"/{PICTURES}"):
            return self._picture(url.path.removeprefix(f"/{PICTURES}"))
        if url.path == "/api/events":
            return self._stream()
        return self._fail(404, "not-found", "no such page")

    def do_POST(self) -> None:
        keys = self.server.keys
        write = _WRITES.get(self.path) if self.server.mode == "review" else None
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            return self._fail(413, "too-long", "a decision is short")
        body = self.rfile.read(int(length))
        self.server.connections.is_busy(self.connection)
        if not self._is_ours():
            return self._fail(421, "wrong-host", "this page answers only at its own address")
        if write is None:
            return self._fail(404, "not-found", "no such page")
        token = self.headers.get("X-Cardsmith-Token", "")
        origin = self.headers.get("Origin", "")
        is_json = self.headers.get_content_type() == "application/json"
        if not is_json or origin != self._origin or not same(token, keys.token):
            return self._fail(403, "not-allowed", "only the page of this session may decide; load it again")
        try:
            data = json.loads(body)
            arguments = {name: data[name] for name in ("id", "hash", "fields", "retire") if name in data}
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

    @property
    def _origin(self) -> str:
        return f"http://{self.headers['Host']}"

    def _is_ours(self) -> bool:
        port = self.server.server_port
        return self.headers.get("Host") in (f"127.0.0.1:{port}", f"localhost:{port}")

    def _stream(self) -> None:
        if not self.server.streams.acquire(blocking=False):
            return self._fail(503, "too-many", "too many pages are open; close some")
        try:
            self._tell()
        finally:
            self.server.streams.release()

    def _tell(self) -> None:
        """Say each new version of the desk until the page is closed."""
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

    def _picture(self, name: str) -> None:
        found = self.server.desk.picture(name)
        if found is None:
            return self._fail(404, "not-found", "no card shows this picture")
        return self._send(200, TYPES[name.rpartition(".")[2]], found.content)

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

    def _redirect(self, cookie: str) -> None:
        self.send_response(303)
        self._headers(_TYPES["html"])
        self.send_header("Set-Cookie", cookie)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _headers(self, kind: str) -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", site.POLICY)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")


_NO_KEY = "Open the link that the terminal shows. It works once: run the command again for a new one."

_WRITES: dict[str, Callable[[Desk, dict[str, Any]], Any]] = {
    "/api/try": lambda desk, data: desk.attempt(data["id"], data["hash"], data["fields"]),
    "/api/edit": lambda desk, data: {"hash": desk.edit(data["id"], data["hash"], data["fields"])},
    "/api/accept": lambda desk, data: desk.accept(data["id"], data["hash"]),
    "/api/draft": lambda desk, data: desk.back_to_draft(data["id"], data["hash"]),
    "/api/reject": lambda desk, data: desk.reject(
        data["id"], data["hash"], retire=data.get("retire") is True
    ),
    "/api/undo": lambda desk, _data: {"card": desk.undo()},
}
