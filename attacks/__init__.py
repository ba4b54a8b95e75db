"""Attacks on cardsmith, each with the property that must survive it: ``python -m attacks``.

What is tried and how it is judged stands here, and the tests try a share of it; what it is tried with (a real Anki, a
real Chromium, processes that are killed) is the tests' own.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

sys.path.append(str(ROOT / "tests"))
