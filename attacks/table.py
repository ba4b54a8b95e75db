"""What an attack tried and what survived it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One attack's line in the table."""

    attack: str
    tried: int
    survived: int
    note: str = ""
