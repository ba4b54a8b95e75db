"""The command line: parse, call the pipeline, print, choose the exit code. Nothing else prints.

In: arguments. Out: results on stdout, messages on stderr, exit code 0, 1 or 2.
Touches: whatever the command is for; everything heavy is imported inside the commands.
"""

__all__ = ["main"]
