"""Which characters a text may hold."""

import re


def representable(value: str) -> bool:
    """Tell whether YAML can carry a text unchanged: no control characters, lone surrogates or odd line ends."""
    return not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]", value
    ) and (value == value.rstrip("\n") and bool(value.strip()))


def visible(text: str) -> str:
    """Return a text without control characters, so that a card cannot drive the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
