"""Endpoints of the tests: real HTTP on the loopback interface, polite or misbehaving on purpose."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Endpoint(ThreadingHTTPServer):
    """Answers each request by ``answer(handler, body, number)``, the first one has number 1; remembers what came."""

    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.bodies, self.headers, self.guard = answer, [], [], threading.Lock()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request, client_address):
        """A client that hangs up on an endless answer is what the tests want."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.guard:
            self.server.bodies.append(body)
            self.server.headers.append(dict(self.headers))
            number = len(self.server.bodies)
        self.server.answer(self, body, number)

    def send(self, status, data, **headers):
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def say(self, content, finish="stop", tokens=(100, 20), **headers):
        """Answer as the protocol has it."""
        content = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
        usage = dict(zip(("prompt_tokens", "completion_tokens"), tokens, strict=True))
        self.send(200, {"choices": [choice], "usage": usage}, **headers)

    def log_message(self, *_):
        pass


@contextmanager
def serving(answer):
    """An endpoint that answers by a function, or always says the same."""
    server = Endpoint(answer if callable(answer) else lambda handler, *_: handler.say(answer))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def card(quote, front, back, **fields):
    """A card as the schema has it."""
    plain = {
        "quote": quote,
        "kind": "claim",
        "subject": "",
        "front": front,
        "back": back,
        "text": "",
        "where": [],
    }
    return plain | {"confidence": 0.9} | fields
