r"""What Anki's MathJax makes of a formula: whether learners see it, or red text.

With the extra ``exact`` Anki's own MathJax runs in QuickJS and its verdict is the only one; verdicts are kept by formula
in the project's ignored state folder, so a second run costs nothing. Without it the list of control sequences that it
knows as Anki configures it (``macros.txt``) finds undefined ones, and ``structure`` what it cannot read.
"""

import hashlib
import json
import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cardsmith.files import write_text
from cardsmith.text.latex import TEXT_ARGUMENT, names

VERDICTS_FILE = ".cardsmith/mathjax.json"
_ENGINE = "mathjax-3.2.2/2"
"""Raise the last number when the way of asking changes: old verdicts are then forgotten."""

INSTEAD = {
    "bm": r"\boldsymbol", "mathbbm": r"\mathbb", "mathds": r"\mathbb", "bbm": r"\mathbb",
    "argmax": r"\operatorname*{arg\,max}", "argmin": r"\operatorname*{arg\,min}",
    "softmax": r"\operatorname{softmax}", "KL": r"\operatorname{KL}", "R": r"\mathbb{R}", "E": r"\mathbb{E}",
    "abs": r"\lvert x \rvert", "norm": r"\lVert x \rVert", "ensuremath": "nothing",
}  # fmt: skip
"""Control sequences that notes use and Anki's MathJax lacks, with what to write."""

_TEXT = re.compile(TEXT_ARGUMENT)
_TEXT_BODY = re.compile(r"(\\(?:text(?:bf|it|rm|sf|tt)?|mbox|hbox))\s*\{[^{}$]*\}")
_OWN = re.compile(r"\\(?:(?:re)?newcommand|def|let|DeclareMathOperator|newenvironment)(?![A-Za-z])")

STACK = 4 * 1024 * 1024
"""Bytes, well within what a thread has: a formula that needs more is refused, and does not end the process."""

Judge = Callable[[str], str | None]
"""From a formula's body to what is wrong with it, or None."""


@lru_cache(maxsize=4096)
def unknown_macro(body: str) -> str | None:
    r"""Say which control sequence or environment Anki's MathJax does not know, or return None.

    It is silent about formulas that define their own, and about what stands inside ``\text{…}`` and chemistry.
    """
    if "\\" not in body or _OWN.search(body):
        return None
    known = known_macros()
    if known.issuperset(names(body)):
        return None
    for name in names(_TEXT.sub(" ", body)):
        if name not in known:
            return f"{_shown(name)} shows red in Anki"
    return None


def _shown(name: str) -> str:
    return f"the environment {name[1:-1]}" if name.startswith("{") else f"\\{name}"


@lru_cache(maxsize=1)
def known_macros() -> frozenset[str]:
    """Return what MathJax knows as Anki configures it: control sequences bare, environments in braces."""
    return frozenset(name for name, (since, _) in macro_table().items() if since != "-")


@lru_cache(maxsize=1)
def macro_table() -> dict[str, tuple[str, str]]:
    """Return for each name the oldest MathJax that knows it and whether it may ship; ``macros.txt`` says how."""
    lines = (files("cardsmith") / "anki" / "macros.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {name: (since, verdict) for name, since, verdict in rows}


_MATHJAX_OF = (((2, 1, 35), "2.7"), ((2, 1, 49), "3.1"))
"""The last Anki with each MathJax before the present one."""


@lru_cache(maxsize=4096)
def too_new(body: str, oldest_anki: str) -> str | None:
    r"""Say which control sequence or environment the MathJax of an old Anki lacks, or return None."""
    version = tuple(map(int, oldest_anki.split(".")))
    has = next((mathjax for last, mathjax in _MATHJAX_OF if version <= last), None)
    if has is None or "\\" not in body:
        return None
    bare = _TEXT_BODY.sub(r"\1{}", body)
    for name in names(bare):
        since = macro_table().get(name, ("-", ""))[0]
        if since != "-" and since > has:
            return f"{_shown(name)} shows red in Anki {oldest_anki}: it came with MathJax {since}"
    return None


def instead_of(fault: str) -> str:
    """Return the hint for a fault: what to write in place of a control sequence that Anki lacks."""
    name = re.match(r"(?:Undefined control sequence )?\\([A-Za-z]+)", fault)
    better = INSTEAD.get(name.group(1)) if name else None
    return f"write {better} instead" if better else "mend the LaTeX"


def has_engine() -> bool:
    """Tell whether the extra ``exact`` is installed."""
    return find_spec("quickjs") is not None


PATIENCE = 10
"""Seconds of processor time for one formula; the slowest of 12,000 real ones takes a tenth of one."""


def engine() -> Judge:
    """Start Anki's MathJax (a third of a second) and return its verdict as a function."""
    import quickjs

    context: Any = quickjs.Context()
    context.set_max_stack_size(STACK)
    script = (files("cardsmith") / "vendor" / "mathjax" / "tex-chtml-full.js").read_text(encoding="utf-8")
    before, after = (files("cardsmith") / "anki" / "mathjax.js").read_text(encoding="utf-8").split("// ---\n")
    context.eval(before)
    context.eval(script)
    context.eval(after)
    verdict = context.get("verdict")
    context.set_time_limit(PATIENCE)

    def judge(body: str) -> str | None:
        try:
            return str(verdict(body)) or None
        except quickjs.JSException as error:
            if "interrupted" not in str(error):
                raise
            return f"MathJax is still busy with it after {PATIENCE} seconds"

    judge.context = context  # type: ignore[attr-defined]
    judge.macros = lambda: str(context.eval("macros()")).split()  # type: ignore[attr-defined]
    return judge


class Verdicts:
    """The engine's verdicts, kept in a project's state folder; the engine starts with the first new formula."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.known = _read(path)
        self.asked = 0
        self._engine: Judge | None = None

    def __call__(self, body: str) -> str | None:
        """Return what is wrong with a formula, or None."""
        key = _key(body)
        if key not in self.known:
            self._engine = self._engine or engine()
            self.known[key] = self._engine(body) or ""
            self.asked += 1
        return self.known[key] or None

    def kept(self, otherwise: Judge) -> Judge:
        """Return a judge that says what was found before, and of other formulas what ``otherwise`` says of them."""

        def judge(body: str) -> str | None:
            found = self.known.get(_key(body))
            return otherwise(body) if found is None else found or None

        return judge

    def save(self) -> None:
        """Write new verdicts down; costs nothing when there are none."""
        if self.asked:
            write_text(
                self.path, json.dumps({_ENGINE: self.known}, ensure_ascii=False, sort_keys=True) + "\n"
            )
            self.asked = 0


def _key(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _read(path: Path) -> dict[str, str]:
    """Return the verdicts kept; a file that is missing, damaged or another engine's only costs asking again."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))[_ENGINE]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    if not isinstance(kept, dict) or not all(isinstance(fault, str) for fault in kept.values()):
        return {}
    return kept
