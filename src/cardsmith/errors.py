"""Problems that people can mend, every code that one can have, and the one error that carries them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Self, get_args

Severity = Literal["error", "warning", "advice"]

ErrorCode = Literal[
    # files
    "unreadable", "unwritable", "not-utf8", "outside-project", "file-name",
    # YAML
    "yaml-bom", "yaml-too-long", "yaml-line-end", "yaml-character", "yaml-directive", "yaml-depth", "yaml-empty",
    "yaml-syntax", "yaml-shape", "yaml-key", "yaml-duplicate-key", "yaml-alias", "yaml-anchor", "yaml-tag",
    "yaml-escape", "yaml-comment",
    # what the model says of a file and its place
    "unknown-key", "missing-field", "empty-field", "bad-name", "bad-value", "bad-type", "card-shape", "deck-name", "report-link",
    "deck-place", "excerpt-twice", "by-section",
    # notes and what was proposed from them
    "source-missing", "source-none", "source-empty", "source-binary", "source-too-long", "source-outside",
    "source-extra", "source-damaged", "source-locked", "source-textless", "note-nowhere", "try-nothing",
    "picture-missing", "picture-outside", "picture-unfit", "picture-remote", "excerpt-missing", "lock-line",
    # what a card rests on
    "untraced", "quote-not-verbatim", "quote-without-excerpt", "cite-unknown",
    # formulas
    "math", "math-macro", "math-unsafe", "math-too-new", "math-placeholder", "math-dollar", "math-comment", "formula-lost",
    # clozes
    "cloze-none", "cloze-form", "cloze-braces", "cloze-colons", "cloze-nested", "cloze-place", "cloze-moved",
    # what a field, tag or file is to Anki
    "too-long", "renders-empty", "bad-tag", "media-missing", "media-outside", "media-type", "media-size",
    "media-unlisted", "media-unused", "unfit-character", "misleading-character",
    # the order of introduction
    "after-unknown", "after-cycle",
    # what learners have
    "duplicate-id", "was-unknown", "was-renamed", "was-missing", "draft-released", "note-type-changed", "topic-gone", "deck-renamed",
    "project-renamed", "released-shape", "released-conflict", "released-future", "released-order", "partial-tree",
    # the card's own word on warnings
    "allow-unknown",
    # commands
    "no-project", "project-exists", "bad-topic", "unknown-topic", "empty-topic", "schema-drift", "git-missing", "git",
    "no-repository", "no-revision", "not-on-main", "not-released", "mass-retirement", "bad-time", "future-time", "time-order",
    "changed-on-disk", "project-busy", "card-layout", "no-card", "reject-released",
    "no-article", "no-undo", "undo-file", "uncommitted", "kept-file", "no-extra", "endpoint", "no-consent",
]  # fmt: skip
"""What fails a check or ends a command. No card can allow it."""

WarningCode = Literal[
    "yaml-folded", "hidden-character", "text-eaten",
    "formula-where", "formula-notation", "cloze-gap", "cloze-gloss",
    "source-moved", "released-gone", "id-reused", "topic-changed", "article-renamed", "after-draft",
    "answer-long", "answer-cut", "answer-shown", "many-facts", "list-long", "no-subject", "pronoun", "yes-no", "undated",
    "example-only", "trivia", "front-again", "front-twice", "tag-case", "media-left",
    "allow-unused", "allow-renamed",
]  # fmt: skip
"""It fails a check only with ``--strict``, and a card can allow its own with a reason."""

Code = ErrorCode | WarningCode
"""The permanent name of one fault: a fault has one, wherever it is found. ``docs/checks.md`` has a section for each."""

SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(get_args(ErrorCode), "error"),
    **dict.fromkeys(get_args(WarningCode), "warning"),
}
"""Every code there is, and whether it fails a check."""

GRAVE_IN_DRAFTS: frozenset[Code] = frozenset(
    {"duplicate-id", "draft-released", "math-unsafe", "misleading-character", "media-outside", "outside-project", "source-outside"}
)  # fmt: skip
"""What is an error also of a card that does not ship: it is doubled or unsafe. All else about drafts is advice."""

RENAMED: Mapping[str, Code] = {
    "cloze": "cloze-form",
    "duplicate-guid": "duplicate-id",
    "field-size": "too-long",
    "type-changed": "note-type-changed",
}
"""Codes of former versions, and what they are called now: what stands in ``allow:`` goes on counting."""


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing wrong at one place, with what to do about it."""

    path: str
    """The file as the user would name it, relative to the project where possible."""
    line: int
    """1-based; 0 when the problem is the whole file's."""
    column: int
    """1-based, in characters; 0 when it is the whole line's."""
    code: Code
    message: str
    hint: str = ""
    """What to do, as an imperative; empty when the message says it."""
    is_of_draft: bool = field(default=False, kw_only=True)
    """It is about a card that does not ship."""

    @property
    def severity(self) -> Severity:
        """Whether it fails a check: each code's own, but of a draft hardly anything does."""
        return "advice" if self.is_of_draft and self.code not in GRAVE_IN_DRAFTS else SEVERITIES[self.code]

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        label = {"error": "", "warning": "warning: ", "advice": "draft: "}[self.severity]
        text = f"{where}: {label}{self.message} [{self.code}]" if where else f"{self.message} [{self.code}]"
        return f"{text}\n  hint: {self.hint}" if self.hint else text


class CardsmithError(Exception):
    """Problems for people: all of those found, sorted by place. The only error this package raises on purpose."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def at(
        cls, path: str, code: Code, message: str, hint: str = "", *, line: int = 0, column: int = 0
    ) -> Self:
        """Build an error of a single problem."""
        return cls([Problem(path, line, column, code, message, hint)])
