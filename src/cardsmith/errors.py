"""Problems that people can mend, and the one error that carries them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing wrong at one place, with what to do about it."""

    path: str
    """The file as the user would name it, relative to the project where possible."""
    line: int
    """1-based; 0 when the problem is the whole file's."""
    column: int
    """1-based, in characters; 0 when it is the whole line's."""
    code: str
    """The check's permanent name, such as ``yaml-syntax``."""
    message: str
    hint: str = ""
    """What to do, as an imperative; empty when the message says it."""
    severity: Severity = "error"

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        label = "warning: " if self.severity == "warning" else ""
        text = f"{where}: {label}{self.message} [{self.code}]" if where else f"{self.message} [{self.code}]"
        return f"{text}\n  hint: {self.hint}" if self.hint else text


class CardsmithError(Exception):
    """Problems for people: all of those found, sorted by place. The only error this package raises on purpose."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def at(
        cls, path: str, code: str, message: str, hint: str = "", *, line: int = 0, column: int = 0
    ) -> Self:
        """Build an error of a single problem."""
        return cls([Problem(path, line, column, code, message, hint)])
