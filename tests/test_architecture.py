"""The page on the architecture shows the house as it is: its figure is drawn from the imports."""

import importlib.util

import pytest

from conftest import ROOT
from imports import uses


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_figure", ROOT / "docs" / "make_figure.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_figure_and_table_are_todays(script):
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert page == script.with_figure(page), "run: python docs/make_figure.py"


def test_the_arrows_that_are_left_out_lead_nowhere_else(script):
    direct = script.rooms()
    drawn = script.arrows(direct)
    assert sum(map(len, drawn.values())) < sum(map(len, direct.values()))
    assert script.reached(drawn) == script.reached(direct)
    assert {(here, there) for _, here, _, there in uses() if here != there} == {
        (here, there) for here, below in direct.items() for there in below
    }


def test_every_room_has_a_box_and_a_line_in_the_table(script):
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for folder in (path.parent for path in script.SOURCE.glob("*/__init__.py")):
        assert f'{folder.name}["{folder.name}"]' in page
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{folder.name}` |")]
        assert all(cell.strip() for cell in row.strip("|").split("|"))
