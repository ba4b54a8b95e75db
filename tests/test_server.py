"""The pages' server against its neighbours: other accounts, other pages, and visitors who never finish a sentence."""

import http.client
import json
import re
import socket
import threading
import time

import pytest

from cardsmith.review.desk import Desk
from cardsmith.review.page import PARTS
from cardsmith.review.server import STREAMS, Server

PATHS = ["/", "/api/index", "/api/cards?ids=dpo-finding", "/api/events", "/nothing", *(f"/{name}" for name in PARTS)]  # fmt: skip


@pytest.fixture
def start(root):
    """Serve the small project."""
    servers = []

    def serve(mode="review", **options):
        server = Server(Desk(root), mode, **options)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield serve
    for server in servers:
        server.stop()


def ask(server, path, method="GET", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = answer.status, b"" if answer.status == 200 and "events" in path else answer.read(), answer.headers
    connection.close()
    return found


def enter(server):
    """What the address bar does with the printed link: return the cookie."""
    path = "/" + server.url.removeprefix(server.address)
    status, _, headers = ask(server, path)
    assert (status, headers["Location"]) == (303, "/")
    return headers["Set-Cookie"]


def test_the_link_lets_one_browser_in_once(start):
    server = start()
    path = "/" + server.url.removeprefix(server.address)
    status, body, headers = ask(server, path)
    assert (status, body, headers["Location"]) == (303, b"", "/")
    cookie, *flags = headers["Set-Cookie"].split("; ")
    assert flags == ["Path=/", "HttpOnly", "SameSite=Strict"]
    assert str(server.server_port) in cookie.partition("=")[0]
    status, page, _ = ask(server, "/", Cookie=cookie)
    assert (status, server.token.encode() in page) == (200, True)
    assert ask(server, path)[0] == 403
    assert ask(server, path, Cookie=cookie)[0] == 303
    assert ask(server, "/?key=")[0] == ask(server, "/?key=wrong")[0] == 403
    assert ask(server, "/" + server.url.removeprefix(server.address))[0] == 303


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_read_without_the_cookie(start, path):
    server = start()
    for cookie in ("", "cardsmith=1", "cardsmith-{port}=wrong", "cardsmith-{port}=", "a=;;\x01"):
        status, body, _ = ask(server, path, Cookie=cookie.format(port=server.server_port))
        assert status == 403
        assert server.token.encode() not in body
        assert "最优策略".encode() not in body


def test_everything_is_read_with_it(start):
    server = start()
    cookie = enter(server).split(";")[0]
    assert {path: ask(server, path, Cookie=cookie)[0] for path in PATHS} == {
        path: 404 if path == "/nothing" else 200 for path in PATHS
    }


@pytest.mark.parametrize("path", PATHS)
def test_another_page_reads_nothing_and_opens_no_stream(start, path):
    server = start()
    for origin in (
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        f"http://localhost:{server.server_port}",
    ):
        assert ask(server, path, Cookie=server.cookie, Origin=origin)[0] == 403
    origin = server.address.rstrip("/")
    assert ask(server, path, Cookie=server.cookie, Origin=origin)[0] in (200, 404)


def test_a_decision_without_the_token_is_refused_whatever_the_cookie(start, root):
    server = start()
    row = server.desk.index(is_review=True)["cards"][0]
    headers = {
        "Content_Type": "application/json",
        "Origin": server.address.rstrip("/"),
        "Cookie": server.cookie,
    }
    body = json.dumps({"id": row["id"], "hash": row["hash"]})
    assert ask(server, "/api/accept", "POST", body, **headers)[0] == 403
    assert ask(server, "/api/accept", "POST", body, **headers, X_Cardsmith_Token=server.token)[0] == 200


def dial(server, text=b""):
    line = socket.create_connection(("127.0.0.1", server.server_port), timeout=20)
    line.sendall(text)
    return line


def test_two_hundred_visitors_who_never_finish_keep_nobody_out(start):
    server = start()
    before = threading.active_count()
    lines = [dial(server, b"GET / HTTP/1.1\r\nHost: x\r\nX-") for _ in range(200)]
    slowest = 0.0
    for _ in range(5):
        began = time.monotonic()
        assert ask(server, "/api/index", Cookie=server.cookie)[0] == 200
        slowest = max(slowest, time.monotonic() - began)
        lines += [dial(server, b"POST /api/accept HTTP/1.1\r\nContent-Length: 9") for _ in range(20)]
    assert slowest < 2.0
    assert threading.active_count() - before < 110
    for line in lines:
        line.close()


def test_a_request_has_an_end_however_slowly_it_trickles(start):
    server = start(wait=1.0)
    for opening in (b"GET / HT", b"POST /api/accept HTTP/1.1\r\nContent-Length: 100000\r\n\r\n{", b""):
        line = dial(server, opening)
        began, sent = time.monotonic(), True
        while sent and time.monotonic() - began < 10:
            try:
                line.sendall(b"x")
                time.sleep(0.1)
            except OSError:
                sent = False
        assert not sent
        line.close()


def test_a_visitor_who_does_not_read_is_cut_off(start):
    server = start(wait=1.0)
    head = (
        f"GET /mathjax.js HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\nCookie: {server.cookie}\r\n\r\n"
    )
    line = dial(server)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.sendall(head.encode() * 20)
    time.sleep(0.5)
    before = threading.active_count()
    until = time.monotonic() + 15
    while threading.active_count() >= before and time.monotonic() < until:
        time.sleep(0.1)
    assert threading.active_count() < before
    line.close()


def test_streams_are_few_and_end_when_their_page_closes(start):
    server = start()
    head = (
        f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\nCookie: {server.cookie}\r\n\r\n"
    )
    lines = [dial(server, head.encode()) for _ in range(STREAMS)]
    assert all(b" 200 " in line.recv(20) for line in lines)
    assert ask(server, "/api/events", Cookie=server.cookie)[0] == 503
    assert ask(server, "/api/index", Cookie=server.cookie)[0] == 200
    for line in lines:
        line.close()
    for _ in range(3):  # a closed page is noticed when something is written
        with server.desk.changed:
            server.desk.version += 1
            server.desk.changed.notify_all()
        time.sleep(0.3)
    assert ask(server, "/api/events", Cookie=server.cookie)[0] == 200


def test_a_kept_connection_asks_again(start):
    server = start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    for _ in range(50):
        connection.request("GET", "/api/index", headers={"Cookie": server.cookie})
        assert connection.getresponse().read()
    connection.close()


def test_the_printed_link_has_a_key_and_the_page_has_none(start):
    server = start()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?key=[\w-]{43}", server.url)
    page = ask(server, "/", Cookie=server.cookie)[1]
    assert server.keys.pass_.encode() not in page
