"""A language model as the editor's assistant: asked about notes at an endpoint that the editor names, held by the verifier.

In: notes, a model's name, an endpoint or recorded answers. Out: candidates whose quotes prove them, and what was refused, with reasons.
Touches: writes the folder of answers; talks to the one host that was named, and only after somebody said yes.
"""

__all__ = ["asking", "endpoint", "packing", "proving", "requests", "store"]
