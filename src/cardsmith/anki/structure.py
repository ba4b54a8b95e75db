r"""Whether Anki's MathJax can read a formula, told without it: by what it knows and what each name needs behind it.

``macros.txt`` and ``needs.txt`` were asked of that MathJax, and tests ask it again. What is named here it refuses, so
there is no false error; a few things that it refuses go unseen (``benchmarks/math_verdicts.py`` counts both).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from cardsmith.anki.mathjax import unknown_macro
from cardsmith.text.latex import ENVIRONMENT, TOKEN

MAX_NESTING = 60
"""Groups inside groups: parsers recurse, and no formula of 3,853 nests deeper than 9."""
MAX_FORMULA = 2_000
"""Characters: MathJax takes quadratic time for some, on a learner's phone too; no formula of the decks has over 305."""

_SIGN = re.compile(rf"{TOKEN.pattern}|[&#_^'\[]|\S", re.DOTALL)
_BEYOND = re.compile(
    r"\\(?:(?:re)?newcommand|def|let|DeclareMathOperator|newenvironment|verb)(?![A-Za-z])|\{prooftree\}|(?<!\\)(?:\\\\)*%"
)
"""What can change how the rest is read: definitions, verbatim text, comments."""
CHARACTERS = frozenset("!#$%&,:;>\\_{|} \n\r")
"""What a backslash stands before besides letters."""
_NO_SPACE = re.compile(r"\S")
_ENDS_SCRIPT = {"}", "&", "_", "^", r"\\", r"\end", r"\right", r"\middle"}

_MOVABLE = re.compile(
    r"\\(?:sum|(?:co)?prod|big|[ou]ver|under|lim|max|min|sup|inf|det|gcd|Pr|inj|proj|var|mathop|operatorname|i+nt|oint|int|arg)"
)
"""What may take its scripts above and below: MathJax draws a prime behind those."""


@lru_cache(maxsize=4096)
def fault_of(body: str) -> str | None:
    """Say why Anki's MathJax does not draw a formula, or return None."""
    return excess(body) or unknown_macro(body) or (None if _BEYOND.search(body) else _Reader(body).fault())


_OPENS, _CLOSES = ("{", r"\begin", r"\left"), ("}", r"\end", r"\right")


@lru_cache(maxsize=4096)
def excess(body: str) -> str | None:
    """Say what of a formula is too much for MathJax, whether it would draw it or not, or return None."""
    if len(body) > MAX_FORMULA:
        return f"the formula has {len(body):,} characters; at most {MAX_FORMULA:,} can be typeset in time"
    depth = 0
    for sign in TOKEN.finditer(body):
        depth += sign.group() in _OPENS
        depth -= sign.group() in _CLOSES
        if depth > MAX_NESTING:
            return f"groups are nested more than {MAX_NESTING} deep"
    return None


@lru_cache(maxsize=1)
def needs() -> Mapping[str, str]:
    """Return what each name needs behind it; ``needs.txt`` says how."""
    lines = (files("cardsmith") / "anki" / "needs.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines if not line.startswith("#"))


class _Reader:
    """One reading of a formula's body, from left to right."""

    def __init__(self, body: str) -> None:
        self.body = body
        self.ends = _group_ends(body)
        self.skips: dict[int, int] = {}
        self.open: list[tuple[str, set[str]]] = []
        """What must be closed, and the scripts that its base has got before."""
        self.scripts: set[str] = set()

    def fault(self) -> str | None:
        """Return the first fault."""
        at = 0
        while sign := _SIGN.search(self.body, at):
            if sign.start() in self.skips:
                at = self.skips[sign.start()]
                self.scripts = set()
                continue
            fault, at = self._read(sign)
            if fault:
                return fault
        return f"{self.open[-1][0]} is never closed" if self.open else None

    def _read(self, sign: re.Match[str]) -> tuple[str | None, int]:
        token, word, at = sign.group(), sign.group(1), sign.end()
        if word in ("begin", "end") and (environment := ENVIRONMENT.match(self.body, at)):
            token, at = self.body[sign.start() : environment.end()], environment.end()
            name = rf"\begin{{{environment.group(1)}}}"
        else:
            name = {"left": r"\left", "right": r"\left"}.get(word or "", "{")
        if token in ("_", "^"):
            return self._script(token, at)
        before, self.scripts = self.scripts, set()
        if word in ("begin", "left") or token == "{":
            self.open.append((name, set()))
        elif word in ("end", "right") or token == "}":
            if not self.open or self.open[-1][0] != name:
                return f"{token} closes nothing", at
            self.scripts = self.open.pop()[1]
        elif len(token) == 2 and token[1] not in CHARACTERS and not word:
            return f"{token} shows red in Anki", at
        elif token == "&" and not any(name != r"\left" for name, _ in self.open):
            return "& stands outside of all environments", at
        elif token == "#" and not self.open and "[" not in self.body:
            return "# stands for nothing here", at
        elif token == "'":
            self.scripts = before
            is_twice = "^" in before and not _MOVABLE.search(self.body)
            return ("a prime behind a superscript" if is_twice else None), at
        return (self._needs(word, at) if word else None), at

    def _script(self, sign: str, at: int) -> tuple[str | None, int]:
        if sign in self.scripts:
            return f"two {'sub' if sign == '_' else 'super'}scripts, {sign} and {sign}, on one thing", at
        script = _SIGN.search(self.body, at)
        if not script or script.group() in _ENDS_SCRIPT:
            return f"nothing follows {sign}", at
        self.scripts = {*self.scripts, sign}
        if script.group() == "{":
            self.open.append(("{", self.scripts))
            self.scripts = set()
            return None, script.end()
        word = script.group(1)
        if (not word and len(script.group()) > 1) or word in needs() or word in ("begin", "left"):
            self.scripts = set()
            return None, at
        return None, script.end()

    def _needs(self, word: str, at: int) -> str | None:
        kinds = needs().get(word, "")
        if kinds in ("d", "D"):
            bracket = _SIGN.search(self.body, at)
            if bracket and (bracket.group() in needs() or (kinds == "D" and bracket.group() == "{")):
                return None
            return f"\\{word} stands before no bracket"
        for kind in kinds:
            at = self._behind_options(at)
            if at == len(self.body) or self.body[at] == "}":
                return (
                    f"\\{word} wants {len(kinds)} in braces"
                    if len(kinds) > 1
                    else f"nothing follows \\{word}"
                )
            argument = _SIGN.match(self.body, at)
            end = self.ends.get(at) or (argument.end() if argument else at)
            if kind != "m" or self.body[at] == "&":
                self.skips[at] = end
            at = end
        return None

    def _behind_options(self, at: int) -> int:
        """Return where an argument begins: behind white space, a star and what stands in brackets before braces."""
        at = self._behind_space(at)
        if self.body[at : at + 1] == "*" and self.body[at + 1 : at + 2] in ("{", "["):
            at += 1
        if self.body[at : at + 1] == "[" and (end := self.body.find("]", at)) > 0:
            behind = self._behind_space(end + 1)
            if self.body[behind : behind + 1] in ("{", "["):
                self.skips[at] = behind
                return self._behind_options(behind)
        return at

    def _behind_space(self, at: int) -> int:
        found = _NO_SPACE.search(self.body, at)
        return found.start() if found else len(self.body)


def _group_ends(body: str) -> dict[int, int]:
    """Return for each brace that opens a group the index behind the one that closes it."""
    stack: list[int] = []
    ends: dict[int, int] = {}
    for token in TOKEN.finditer(body):
        if token.group() == "{":
            stack.append(token.start())
        elif token.group() == "}" and stack:
            ends[stack.pop()] = token.end()
    return ends
