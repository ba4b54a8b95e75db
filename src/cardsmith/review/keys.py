"""The secrets of one session: a link that lets one browser in, the cookie it gets, the token that decisions need.

Every account on a machine reaches its loopback interface; only who reads the terminal has the link. It works once, so
that one in a browser's history or a screenshot is worth nothing.
"""

import hmac
import secrets
import threading
from http.cookies import CookieError, SimpleCookie


class Keys:
    """What lets a browser read, and what lets its page decide."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(32)
        """Which the page has and sends along with each decision."""
        self.pass_ = secrets.token_urlsafe(32)
        """The cookie's value."""
        self._unused: set[str] = set()
        self._lock = threading.Lock()

    def new_key(self) -> str:
        """Return the key of a new link."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._unused.add(key)
        return key

    def use(self, key: str) -> bool:
        """Tell whether a link's key is right; it is so once."""
        with self._lock:
            found = next((each for each in self._unused if same(each, key)), None)
            self._unused.discard(found or "")
            return found is not None

    def let_in(self, header: str, name: str) -> bool:
        """Tell whether a request's ``Cookie`` header holds the pass, under its name."""
        try:
            cookie = SimpleCookie(header).get(name)
        except CookieError:
            return False
        return cookie is not None and same(cookie.value, self.pass_)


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that tells nothing of them."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
