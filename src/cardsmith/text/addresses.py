"""Addresses on the web that go onto cards."""

import re

ID = "{id}"
"""What stands in an address for the id of a card."""

_IN_PATH = r"""[^\s"'<>{}\\`]*"""
_OF_A_CARD = re.compile(rf"https://[A-Za-z0-9.-]+(?::[0-9]{{1,5}})?/{_IN_PATH}{re.escape(ID)}{_IN_PATH}")


def leads_to_a_card(address: str) -> bool:
    """Tell whether an address is of https, names its host plainly, and has ``ID`` behind it, once."""
    return _OF_A_CARD.fullmatch(address) is not None
