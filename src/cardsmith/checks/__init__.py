"""What must hold before cards ship: named functions in visible tables, all problems at once.

In: a project, its excerpts, what learners have. Out: every problem with its place and what to do.
Touches: reads `decks/released.json` and its history in git; keeps MathJax's verdicts in `.cardsmith/`.
"""

__all__ = ["released", "run", "table"]
