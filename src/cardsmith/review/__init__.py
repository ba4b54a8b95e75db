"""The pages in the browser: every card as learners see it, and decisions on them.

In: a project on disk. Out: a page, its data, and decisions spliced into deck files.
Touches: reads the project; writes deck files; listens on the loopback interface.
"""

__all__ = ["desk", "page", "server", "view"]
