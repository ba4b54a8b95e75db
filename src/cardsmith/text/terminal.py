r"""Text of strangers on a terminal or in the log of a workflow: shown, never obeyed.

What a terminal acts upon (control characters, https://invisible-island.net/xterm/ctlseqs/), what turns the order of
reading, and a line end in a name are spelt out: ``\x1b``, ``\u202e``, ``\n``.
"""

import re

_ORDERS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff"
_IN_LINE = re.compile(f"[\t\n{_ORDERS}]")
_IN_TEXT = re.compile(f"[{_ORDERS}]")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def spelt(text: str, *, lines: bool = False) -> str:
    """Return a text in which nothing acts; line ends and tabs stay only with ``lines``."""
    return (_IN_TEXT if lines else _IN_LINE).sub(_spell, text)


def _spell(found: re.Match[str]) -> str:
    sign = found.group()
    number = ord(sign)
    form = "\\x{:02x}" if number < 0x100 else "\\u{:04x}" if number < 0x10000 else "\\U{:08x}"
    return _SHORT.get(sign) or form.format(number)


_COMMAND = re.compile(r"^(\s*):(?=:)|##(?=\[)", re.MULTILINE)


def no_command(text: str) -> str:
    """Return lines of which a GitHub runner takes none for a command (``::error::…``, ``##[add-mask]…``)."""
    return _COMMAND.sub(
        lambda found: rf"{found.group(1)}\x3a" if found.group(1) is not None else r"#\x23", text
    )


_JSON = re.compile(f"[{_ORDERS}]")


def plain_json(text: str) -> str:
    """Return JSON that says the same, in which nothing acts: JSON has its own way of spelling characters."""
    return _JSON.sub(_as_json, text)


def _as_json(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def annotation(severity: str, place: dict[str, object], text: str) -> str:
    """Return a workflow command that annotates a file, escaped as GitHub's own toolkit does.

    See https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts.
    """
    values = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    level = "notice" if severity == "advice" else severity
    return f"::{level} {values}::{_data(text)}"


def _data(text: str) -> str:
    text = spelt(text.replace("\r\n", "\n"), lines=True)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    text = (
        text.replace("%", "%25")
        .replace("\r", "%0D")
        .replace("\n", "%0A")
        .replace(":", "%3A")
        .replace(",", "%2C")
    )
    return spelt(text)
