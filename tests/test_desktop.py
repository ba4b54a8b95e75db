"""The real Anki desktop imports a package through its dialog and shows a formula in its reviewer."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from cardsmith.decks.project import read_project
from cardsmith.pipeline import build
from gallery import write_gallery


@pytest.fixture
def desktop():
    """A Python with aqt; skipped with the reason where there is none, unless one is required."""
    path = os.environ.get("CARDSMITH_AQT")
    if not path or not Path(path).exists():
        reason = "no Anki desktop: CARDSMITH_AQT names no Python with aqt"
        if os.environ.get("CARDSMITH_REQUIRE_ANKI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.mark.slow
def test_the_desktop_imports_and_shows_a_formula(desktop, tmp_path):
    (built,) = build(read_project(write_gallery(tmp_path / "project")), ("llm",), tmp_path)
    picture, facts = tmp_path / "reviewer.png", tmp_path / "facts.json"
    runner = Path(__file__).with_name("desktop_runner.py")
    command = [desktop, runner, tmp_path / "base", built.path, picture, facts]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert facts.exists(), done.stderr[-3000:]
    seen = json.loads(facts.read_text(encoding="utf-8"))
    shown = seen.pop("text")
    assert seen == {
        "button": "Import",
        "notes": 5,
        "card": "formula",
        "formulas": 7,
        "red": 0,
        "wide": False,
        "scrollbars": 0,
        "paper": "rgb(252, 252, 251)",
    }
    assert shown.startswith("大语言模型 › 直接偏好优化（DPO）")
    assert "配分函数" in shown
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 10_000
