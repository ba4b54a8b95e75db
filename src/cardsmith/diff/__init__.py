"""Two states of the decks, card by card and word by word, and what the change does to learners.

In: the texts of two states. Out: a difference; the same as text, Markdown, HTML or data.
Touches: reads the working tree and git; writes nothing.
"""

__all__ = ["as_html", "as_markdown", "as_text", "compare", "effects"]
