"""Strings of notes and cards: formulas, clozes, markup, characters, words.

In: text. Out: the same text with what stands where in it.
Touches: nothing on disk but its own tables; knows no card and no file.
"""

__all__ = [
    "addresses",
    "characters",
    "clozes",
    "code",
    "comments",
    "escape",
    "github",
    "language",
    "latex",
    "lexicon",
    "markup",
    "messages",
    "names",
    "quotations",
    "raw",
    "shadow",
    "terminal",
    "tokenizer",
    "traditional",
]
