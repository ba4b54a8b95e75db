"""Who may stay on the line: a bounded number of connections, none of which waits for ever.

A connection waits until it has sent a whole request, and again after each answer. Whoever waits too long is cut off,
and when all lines are taken whoever has waited longest is: a hundred silent visitors never keep out one that speaks.
"""

import socket
import threading
import time
from contextlib import suppress

MOST = 96
"""Connections at once; a browser opens six to one host."""
WAIT = 10.0
"""Seconds for a whole request, however its bytes trickle in, and for a connection that is kept open between two."""


class Connections:
    """The open connections of a server."""

    def __init__(self, wait: float = WAIT, most: int = MOST) -> None:
        self._most, self.wait = most, wait
        self._lock = threading.Lock()
        self._busy: set[socket.socket] = set()
        self._waiting: dict[socket.socket, float] = {}
        """With the time by which a request must have come; the first has waited longest."""

    def admit(self, connection: socket.socket) -> bool:
        """Take in a new connection, in place of the one that has waited longest if need be; False when all are busy."""
        with self._lock:
            if len(self._busy) + len(self._waiting) >= self._most:
                longest = next(iter(self._waiting), None)
                if longest is None:
                    return False
                self._cut(longest)
            self._waiting[connection] = time.monotonic() + self.wait
            return True

    def waits(self, connection: socket.socket) -> None:
        """Note that a connection owes a request."""
        with self._lock:
            if connection in self._busy:
                self._busy.discard(connection)
                self._waiting[connection] = time.monotonic() + self.wait

    def is_busy(self, connection: socket.socket) -> None:
        """Note that a connection's request has come and is being answered."""
        with self._lock:
            if self._waiting.pop(connection, None) is not None:
                self._busy.add(connection)

    def leave(self, connection: socket.socket) -> None:
        """Forget a connection that was closed."""
        with self._lock:
            self._busy.discard(connection)
            self._waiting.pop(connection, None)

    def cut_late(self) -> None:
        """Cut off whoever has waited too long."""
        with self._lock:
            now = time.monotonic()
            for connection in [c for c, until in self._waiting.items() if until < now]:
                self._cut(connection)

    def _cut(self, connection: socket.socket) -> None:
        """End a connection: its thread, which reads from it, finds its end."""
        del self._waiting[connection]
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
