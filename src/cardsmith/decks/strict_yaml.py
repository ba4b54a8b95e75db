"""Strict YAML: strings, lists and mappings with a place each, and every problem at once.

The text is composed into nodes by libyaml and never loaded into types, so ``no``, ``12:30`` and ``014`` stay text.
Aliases, tags, duplicate keys and depth are refused; see https://yaml.org/spec/1.1 for what they would do.
"""

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from cardsmith.errors import CardsmithError, Code, Problem

MAX_DEPTH = 8
"""Nesting of a deck file is three deep; more is a mistake or an attack."""
MAX_CHARACTERS = 20_000_000
MAX_REPEATS = 20
"""How often one trap is reported in one file."""

Path = tuple[str | int, ...]
"""Keys and indices from the root to a value."""
Model = TypeVar("Model", bound=BaseModel)


class Mark(NamedTuple):
    """A place in a YAML file, both 1-based, the column in characters."""

    line: int
    column: int


@dataclass(slots=True)
class Composed:
    """A composed file: plain data beside the place of everything in it."""

    name: str
    """How problems call the file."""
    root: yaml.Node
    text: str
    data: Any = None
    marks: dict[Path, Mark] = field(default_factory=dict)
    """Of each value (for a mapping or list, its first entry)."""
    problems: list[Problem] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    """Identities of the nodes met so far: a node met twice is an alias."""

    def report(self, mark: Mark, code: Code, message: str, hint: str = "") -> None:
        """Add a problem at a place of this file."""
        self.problems.append(Problem(self.name, *mark, code, message, hint))

    def validate(self, model: type[Model], data: Any, place: Path = ()) -> Model | None:
        """Return the data as a model, or None after reporting each way in which it does not fit."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                where = (*place, *detail["loc"])
                while where and where not in self.marks:
                    where = where[:-1]
                self.report(
                    self.marks.get(where, Mark(1, 1)),
                    *_schema_problem(detail, _known_keys(model, detail["loc"])),
                )
            return None


def compose(text: str, name: str) -> Composed:
    """Return a file's nodes, data and places; problems of the YAML itself are in ``problems``.

    Raises:
        CardsmithError: the text is no YAML at all, or holds what would mislead or exhaust the parser.

    """
    _refuse_traps(text, name)
    try:
        node = yaml.compose(text, Loader=_Composer)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, name) from None
    except yaml.YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        reason = getattr(error, "reason", "a character that YAML does not allow")
        raise CardsmithError.at(name, "yaml-character", str(reason), "delete it", line=line) from None
    if node is None:
        raise CardsmithError.at(
            name, "yaml-empty", "the file is empty", "write title: and cards:, or delete it"
        )
    document = Composed(name, node, text)
    document.data = _construct(node, (), document)
    return document


class _Composer(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A loader for which every plain scalar is text: nothing is guessed, and nothing is spent on guessing."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> str:  # noqa: ARG002 - PyYAML calls it
        """Return the tag of a node that states none."""
        if kind is yaml.ScalarNode:
            return "tag:yaml.org,2002:str"
        return "tag:yaml.org,2002:seq" if kind is yaml.SequenceNode else "tag:yaml.org,2002:map"

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Follow no path: none resolves anything."""

    def ascend_resolver(self) -> None:
        """Follow no path."""


PARSER_DEPTH = 900
"""Levels that every libyaml parses; newer ones stop at 1,000, and with older ones the stack ends."""
_FLOW = re.compile(r"[\[{\]}]")
_INDICATORS = re.compile(rf"^[ \-?]{{{2 * PARSER_DEPTH}}}", re.MULTILINE)
_ODD_LINE_END = re.compile(r"\r(?!\n)|[\x85\u2028\u2029]")
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_ODD = re.compile(f"{_ODD_LINE_END.pattern}|{_FORBIDDEN.pattern}|(?m:{_DIRECTIVE.pattern})")


_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map", "value", "merge")
}


def _refuse_traps(text: str, name: str) -> None:
    """Refuse what would mislead the parser or exhaust its stack (it recurses in C) before it runs."""
    if text.startswith("\ufeff"):
        hint = "save it as UTF-8 without BOM"
        raise CardsmithError.at(name, "yaml-bom", "the file begins with a byte-order mark", hint, line=1)
    if len(text) > MAX_CHARACTERS:
        raise CardsmithError.at(name, "yaml-too-long", f"the file has {len(text):,} characters", "split it")
    problems = _odd_characters(text, name) if _ODD.search(text) else []
    deep = _INDICATORS.search(text)
    at = deep.start() if deep else _flow_overrun(text)
    if at is not None:
        hint = f"a deck needs at most {MAX_DEPTH} levels"
        line = text.count("\n", 0, at) + 1
        problems.append(Problem(name, line, 0, "yaml-depth", "nested too deeply", hint))
    if problems:
        raise CardsmithError(problems)


def _odd_characters(text: str, name: str) -> list[Problem]:
    problems = []
    for odd in islice(_ODD_LINE_END.finditer(text), MAX_REPEATS):
        message = f"U+{ord(odd.group()):04X} ends a line in YAML but not in editors"
        place = _place(text, odd.start())
        problems.append(Problem(name, *place, "yaml-line-end", message, "delete it or use a newline"))
    for bad in islice(_FORBIDDEN.finditer(text), MAX_REPEATS):
        message = f"the control character U+{ord(bad.group()):04X}"
        problems.append(Problem(name, *_place(text, bad.start()), "yaml-character", message, "delete it"))
    for directive in islice(_DIRECTIVE.finditer(text), MAX_REPEATS):
        hint = "delete the line"
        place = _place(text, directive.start())
        problems.append(Problem(name, *place, "yaml-directive", "a line that begins with `%`", hint))
    return problems


def _place(text: str, at: int) -> Mark:
    return Mark(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _flow_overrun(text: str) -> int | None:
    """Return where open flow brackets pass ``PARSER_DEPTH``, or None."""
    depth = 0
    if text.count("[") + text.count("{") > PARSER_DEPTH:
        for sign in _FLOW.finditer(text):
            depth = max(0, depth + (1 if sign.group() in "[{" else -1))
            if depth > PARSER_DEPTH:
                return sign.start()
    return None


_SYNTAX_HINTS = (
    ("mapping values are not allowed", "a value that contains `: ` must be a block: write `|-` and indent the text below"),
    ("could not find expected ':'", "is a colon missing, or a line of a `|-` block not indented?"),
    ("cannot start any token", "a value that begins with this character must be a block: write `|-` and indent the text below"),
    ("unknown escape", "do not use double quotes: write the value plain, or as a `|-` block"),
    ("did not find expected", "a value that begins with a quote, `{` or `[` must be a block: write `|-` and indent the text below"),
    ("found undefined", "a value that begins with `*`, `&` or `!` must be a block: write `|-` and indent the text below"),
)  # fmt: skip


def _syntax_error(error: yaml.MarkedYAMLError, name: str) -> CardsmithError:
    mark = error.problem_mark or error.context_mark
    message = f"not valid YAML: {error.problem or error.context}"
    hint = next((hint for sign, hint in _SYNTAX_HINTS if sign in str(error.problem)), "check the indentation")
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return CardsmithError.at(name, "yaml-syntax", message, hint, line=line, column=column)


def _construct(node: yaml.Node, place: Path, document: Composed) -> Any:
    mark = Mark(node.start_mark.line + 1, node.start_mark.column + 1)
    document.marks[place] = mark
    if len(place) > MAX_DEPTH:
        return document.report(mark, "yaml-depth", "nested too deeply", "flatten it")
    if id(node) in document.seen:
        return document.report(mark, "yaml-alias", "an alias (`*`) of another value", "write the value out")
    document.seen.add(id(node))
    sign = _indicator(node, document)
    if node.tag not in _PLAIN_TAGS or sign == "!":
        return document.report(mark, "yaml-tag", f"the tag {node.tag}", "delete the tag")
    if sign == "&":
        hint = "delete it; text that begins with `&` must be a block: write `|-` and indent it below"
        return document.report(mark, "yaml-anchor", "an anchor (`&`), which YAML takes out of the text", hint)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, place, mark, document)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, (*place, number), document) for number, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for name, value in node.value:
        if not isinstance(name, yaml.ScalarNode):
            at = Mark(name.start_mark.line + 1, name.start_mark.column + 1)
            hint = "text that begins with `{` or `[` must be a block: write `|-` and indent it below"
            document.report(at, "yaml-key", "this key is not a word", hint)
        elif name.value in result:
            at = Mark(name.start_mark.line + 1, name.start_mark.column + 1)
            document.report(at, "yaml-duplicate-key", f"the key {name.value} stands twice", "delete one")
        else:
            result[name.value] = _construct(value, (*place, name.value), document)
    return result


def _indicator(node: yaml.Node, document: Composed) -> str:
    """Return the character that a node begins with: ``&`` and ``!`` are no part of its text to YAML."""
    return document.text[node.start_mark.index : node.start_mark.index + 1]


_CUT = re.compile(r"[ \t]#|[ \t]+#(?! )")
"""A ``#`` that YAML takes for a comment and its author may not: two spaces and ``# `` are a comment to everyone."""
_ONE_WORD = {"id", "draft", "kind", "excerpt", "reverse", "cards"}
"""Fields whose value is one word: a comment behind it cuts nothing."""


def _scalar(node: yaml.ScalarNode, place: Path, mark: Mark, document: Composed) -> str:
    """Return a scalar's text, after reporting what YAML would silently make of it.

    The newline that ``|`` and ``>`` keep at the end of a block is layout, not text.
    """
    text: str = node.value
    if node.style in ("|", ">"):
        return text.rstrip("\n")
    if node.style == '"':
        if "\\" in document.text[node.start_mark.index : node.end_mark.index]:
            hint = "write the value plain, or as a `|-` block"
            document.report(mark, "yaml-escape", "a backslash in double quotes is an escape, not LaTeX", hint)
    elif node.style != "'" and not (place and place[-1] in _ONE_WORD):
        cut = _CUT.match(document.text, node.end_mark.index)
        if cut:
            at = Mark(node.end_mark.line + 1, node.end_mark.column + len(cut.group()))
            hint = "write the value as a `|-` block, or put the comment on a line of its own"
            document.report(at, "yaml-comment", "a ` #` cuts the text: what follows is a comment", hint)
    return text


def _known_keys(model: type[BaseModel], place: Path) -> list[str]:
    """Return the keys that may stand where a key of a model's data stands, at whatever depth."""
    for part in place[:-1]:
        field = model.model_fields.get(str(part))
        inner = field.annotation if field else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return list(model.model_fields)


def _schema_problem(detail: Any, known: list[str]) -> tuple[Code, str, str]:
    """Return code, message and hint for one of pydantic's findings."""
    name = ".".join(str(part) for part in detail["loc"]) or "the card"
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return "unknown-key", f"unknown key {name}", _nearest(str(detail["loc"][-1]), known)
        case "missing":
            return "missing-field", f"{name} is missing", f"add `{name}: …`"
        case "string_too_short":
            return "empty-field", f"{name} is empty", "fill it or delete the line"
        case "string_pattern_mismatch":
            return "bad-name", f"{name} is {detail['input']!r}", f"it must match {context['pattern']}"
        case "literal_error":
            return "bad-value", f"{name} is {detail['input']!r}", f"use {context['expected']}"
        case "deck_name":
            return "deck-name", detail["msg"], "write a plain name; :: sets a deck above another"
        case "report_link":
            return "report-link", detail["msg"], "such as https://example.org/issues/new?title={id}"
        case "value_error":
            return "card-shape", str(context["error"]), ""
        case _:
            return "bad-type", f"{name}: {detail['msg'][0].lower()}{detail['msg'][1:]}", ""


def _nearest(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, 1, 0.6)
    return f"did you mean {close[0]}?" if close else f"known keys: {', '.join(known)}"
