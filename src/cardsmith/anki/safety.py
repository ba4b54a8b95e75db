r"""What may not go into a package: formulas that call home, hide or redefine, and texts that Anki would act upon.

MathJax can draw ``\href`` and ``\style``; whether learners should get them is another question, answered here by the
third column of ``macros.txt``. A formula is looked for where MathJax will look, in the text of a rendered field and in
each form that clozes give it, not only where its author wrote one.
"""

import html
import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from cardsmith.anki.mathjax import macro_table
from cardsmith.text.clozes import OPENING, SIGN, cloze_numbers
from cardsmith.text.escape import TAG
from cardsmith.text.latex import ENVIRONMENT, TOKEN

_EM = {
    "em": 1,
    "ex": 0.43,
    "pt": 0.1,
    "px": 0.0625,
    "pc": 1.2,
    "in": 7.2,
    "cm": 2.85,
    "mm": 0.285,
    "mu": 1 / 18,
}
MAX_EM = 40
"""Of one rule, gap or shift, in em: wider than any card; more would cover what stands beside it."""

_COLOUR = r"\s*\{\s*(?:[A-Za-z]{1,30}|#[0-9A-Fa-f]{3,8})\s*\}"
_MODEL = r"\s*\[\s*(?:rgb|RGB|gray|named)\s*\]\s*\{[\w., ]{1,40}\}"
_PART = r"\s*(?:[\d.]+\s*(?:em|ex|pt|px|pc|in|cm|mm|mu)|[A-Za-z]{1,30}|#[0-9A-Fa-f]{3,8})\s*"
_ARGUMENT = {
    "colour": (re.compile(rf"(?:{_COLOUR}|{_MODEL})"), "a colour's name or #rrggbb"),
    "code": (re.compile(r"\s*\{\s*(?:x[0-9A-Fa-f]{1,6}|\d{1,7})\s*\}"), "a code point and no font"),
    "box": (re.compile(rf"(?:\s*\[{_PART}(?:,{_PART})*\])?\s*[^\s\[]"), "a padding and a colour, no style"),
    "plain": (re.compile(r"(?!\s*\[)"), "nothing in brackets"),
    "notation": (re.compile(r"\s*\{[a-z ]{1,80}\}(?!\s*\[)"), "notations and nothing in brackets"),
    "name": (re.compile(r"\s*\{[\w:. +-]{1,60}\}"), "letters and digits"),
    "align": (
        re.compile(r"(?:\s*\[\s*(?:[a-z]{0,10}|[\d.]+\s*(?:em|ex|pt|px|pc|in|cm|mm|mu))\s*\]){0,2}(?!\s*\[)"),
        "a side such as t or a width in brackets, if any",
    ),
    "count": (re.compile(r"\s*(?:\[[a-z]\]\s*)?\{?\s*-?\d{1,2}(?![\d.])"), "a number below 100"),
}
"""What must follow a name, by the third column of the table; ``size`` is measured instead, ``align`` as well."""

_SIZES = re.compile(
    r"(?:\s*(?:[()|.<>/]|\\[A-Za-z]+|\\[{}|])){0,2}(?:\s*(?:\[[^\[\]]*\]|\{[^{}]*\}|[-+\d.]+\s*[a-z]{2})){1,4}"
)
_SIZE = re.compile(rf"(\d*\.?\d+)\s*({'|'.join(_EM)})")


UNSAFE_HINT = "draw it with other commands; docs/checks.md says which may ship"


@lru_cache(maxsize=4096)
def unsafe(body: str) -> str | None:
    r"""Say what in a formula's body may not go into a package, or return None.

    Names that no MathJax knows are let through: they show red and do nothing (``math-macro`` refuses them).
    """
    for token in TOKEN.finditer(body):
        name, at = token.group(1), token.end()
        if name in ("begin", "end"):
            environment = ENVIRONMENT.match(body, at)
            if not environment:
                return rf"\{name} without the name of an environment in braces"
            name, at = f"{{{environment.group(1)}}}", environment.end() if name == "begin" else len(body)
        shown = name if name and name.startswith("{") else token.group()
        if fault := _fault(name or "", shown, body, at):
            return fault
    return None


def _fault(name: str, shown: str, body: str, at: int) -> str | None:
    _, verdict = macro_table().get(name, ("", "draws"))
    if verdict.startswith("no: "):
        return f"{shown} may not ship: {verdict[4:]}"
    if at == len(body) and name.startswith("{"):
        return None
    if verdict in _ARGUMENT and not _ARGUMENT[verdict][0].match(body, at):
        return f"{shown} takes {_ARGUMENT[verdict][1]}"
    if name == "fcolorbox" and not re.compile(rf"(?:{_COLOUR}){{2}}").match(body, at):
        return rf"{shown} takes two colours' names or #rrggbb"
    if verdict in ("size", "align") or shown == "\\\\":
        sizes = _SIZES.match(body, at)
        for number, unit in _SIZE.findall(sizes.group()) if sizes else ():
            if float(number) * _EM[unit] > MAX_EM:
                return f"{shown} by {number}{unit}: at most {MAX_EM}em"
    return None


_START = re.compile(r"\\[(\[]")
_CODE = re.compile(r"<(code|pre)\b.*?</\1>", re.DOTALL)


def unsafe_in_page(page: str, *, cloze: bool = False) -> str | None:
    """Say what may not ship in a field's HTML, or return None; code is not typeset, except in a cloze's formula."""
    if "\\" not in page and "&" not in page:
        return None
    text = page if cloze else _CODE.sub(" ", page)
    return unsafe_in_text(
        html.unescape(TAG.sub(lambda tag: "\n" * (tag.group() == "<br>"), text)), cloze=cloze
    )


def unsafe_in_text(text: str, *, cloze: bool = False) -> str | None:
    """Say what may not ship in the formulas of a text as learners see it, or return None."""
    if not _START.search(text):
        return None
    for form in _forms(text) if cloze else (text,):
        for body in typeset(form):
            if fault := unsafe(body):
                return fault
    return None


MAX_OPEN = 50
"""Formulas without an end, of which no card has one; the next would make the search quadratic."""


def typeset(text: str) -> Iterator[str]:
    r"""Yield the bodies of what MathJax finds in a text: from each ``\(`` to the ``\)`` outside of all braces.

    Behind ``MAX_OPEN`` that have no end all the rest is yielded as one, so that nothing in it goes unseen.
    """
    at = still_open = 0
    while start := _START.search(text, at):
        at, end = start.end(), {"(": r"\)", "[": r"\]"}[start.group()[1]]
        depth = 0
        for sign in TOKEN.finditer(text, at):
            if sign.group() == end and depth == 0:
                yield text[at : sign.start()]
                at = sign.end()
                break
            depth = max(0, depth + (sign.group() == "{") - (sign.group() == "}"))
        else:
            still_open += 1
            if still_open > MAX_OPEN:
                yield text[at:]
                return


def _forms(text: str) -> Iterator[str]:
    """Yield a cloze text with everything shown, then with each number hidden behind its hints."""
    for hidden in (0, *cloze_numbers(text)):
        stack: list[tuple[int, int]] = []
        parts: list[str] = []
        at = 0
        for sign in SIGN.finditer(text):
            parts.append(text[at : sign.start()])
            at = sign.end()
            if sign.group(1):
                stack.append((int(sign.group(1)[:9]), len(parts)))
            elif stack:
                number, since = stack.pop()
                answer, _, hint = "".join(parts[since:]).partition("::")
                parts[since:] = [f"[{hint or '...'}]" if number == hidden else answer]
            else:
                parts.append("}}")
        yield "".join([*parts, text[at:]])


_KEYWORD = r"/?(?:[Ss][Oo][Uu][Nn][Dd]:|[Aa][Nn][Kk][Ii]:|[Ll][Aa][Tt][Ee][Xx]\]|\$\$?\])"
_REACTION = re.compile(rf"\[(?={_KEYWORD})")
_HINT_START = re.compile(r"::((?:<[^<>]*>)*)([A-Za-z$/])")
_ENDS = r"(?:\}\})*"
"""Ends of deletions, which Anki takes out."""


def _across(start: str) -> re.Pattern[str]:
    """Return what finds a keyword in a cloze: ends of deletions stand in it, and a question ends each hint in ``]``."""
    spread = [_ENDS.join(map(re.escape, word)) for word in ("sound:", "anki:", "latex", "$$", "$")]
    words = "|".join([*spread[:2], *(rf"{word}{_ENDS}(?:\]|\}}\}})" for word in spread[2:])])
    return re.compile(rf"{start}{_ENDS}/?{_ENDS}(?:{words})", re.IGNORECASE)


_REACTION_ACROSS, _HINT_ACROSS = _across(r"\["), _across("::")


def defused(page: str, sounds: Collection[str] = (), *, cloze: bool = False) -> str:
    """Return a field's HTML in which Anki plays, speaks and typesets nothing but the ``sounds`` that ship with it.

    Anki looks for ``[sound:…]``, ``[anki:…]``, ``[latex]``, ``[$]`` and ``[$$]`` in the HTML as it stands, in code,
    formulas and attributes too, and never resolves entities first: ``&#91;`` shows the bracket and is none.
    """
    if "[" not in page and "::" not in page:
        return page
    ours = [f"[sound:{name}]" for name in sounds]
    if cloze:
        bare = OPENING.sub("", TAG.sub("", page))
        if _HINT_ACROSS.search(bare):
            page = _HINT_START.sub(lambda found: f"::{found.group(1)}&#{ord(found.group(2))};", page)
        for sound in ours:
            bare = bare.replace(sound, "")
        if _REACTION_ACROSS.search(bare):
            return _outside(page, ours, re.compile(r"\["))
    return _outside(page, ours, _REACTION) if _REACTION.search(page) else page


def _outside(page: str, ours: list[str], bracket: re.Pattern[str]) -> str:
    kept = re.compile("|".join([*map(re.escape, ours), bracket.pattern]))
    return kept.sub(lambda found: "&#91;" if found.group() == "[" else found.group(), page)
