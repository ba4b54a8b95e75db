"""Strings of notes and cards: formulas, clozes, markup, characters, words.

In: text. Out: the same text with what stands where in it.
Touches: nothing on disk but its own tables; knows no card and no file.
"""

__all__ = [
    "characters",
    "clozes",
    "code",
    "comments",
    "escape",
    "github",
    "latex",
    "lexicon",
    "markup",
    "names",
    "shadow",
    "terminal",
    "tokenizer",
    "traditional",
]
