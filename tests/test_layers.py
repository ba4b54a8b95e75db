"""The structure of the house: imports point down, light commands stay light, only the command line prints."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from conftest import ROOT
from imports import SOURCE, imported, modules, uses

FLOORS = (
    {"text", "errors", "authoring", "places"},
    {"files", "git", "ids", "model"},
    {"sources", "journal", "topics"},
    {"writing"},
    {"extract", "decks"},
    {"anki"},
    {"propose", "release"},
    {"checks", "diff", "starter"},
    {"verify"},
    {"review", "assistant"},
    {"pipeline"},
    {"cli"},
    {"__main__"},
)
"""From the ground up: a room may use what lies below its floor, and of that only what its room hands out."""


def floor(room):
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def test_arrows_between_rooms_point_down():
    upward = {
        (who, whom) for who, here, whom, there in uses() if here != there and floor(there) >= floor(here)
    }
    assert upward == set()


def test_every_room_hands_out_just_what_others_use():
    rooms = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    used = {room: set() for room in rooms}
    for _, here, whom, there in uses():
        if here != there and there in rooms:
            used[there].add(whom.split(".")[1] if "." in whom else "")
    handed = {room: set(ast.literal_eval(all_of(SOURCE / room / "__init__.py"))) for room in rooms}
    assert {room: used[room] - handed[room] for room in rooms if used[room] - handed[room]} == {}
    assert {room: handed[room] - used[room] for room in rooms - {"cli"} if handed[room] - used[room]} == {}


def all_of(path):
    return next(
        ast.unparse(node.value)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )


def test_no_room_is_a_circle_inside():
    graph = {}
    for who, here, whom, there in uses():
        if here == there:
            graph.setdefault(who, set()).add(whom)
    TopologicalSorter(graph).prepare()


def test_only_the_command_line_prints():
    printing = [
        name
        for name, path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "click.echo")
        if name.split(".")[0] != "cli"
    ]
    assert printing == []


def test_the_learners_anki_is_never_imported():
    assert [
        name for name, path in modules() if any(t.split(".")[0] in ("anki", "aqt") for t in imported(path))
    ] == []


HEAVY = [
    "filelock",
    "jieba",
    "rjieba",
    "genanki",
    "markdown",
    "pydantic",
    "yaml",
    "nh3",
    "pygments",
    "quickjs",
    "httpx",
    "asyncio",
]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["extract", "--help"],
        ["build", "-h"],
        ["diff", "-h"],
        ["review", "-h"],
        ["draft", "-h"],
    ],
)
def test_help_and_version_import_nothing_heavy(arguments):
    program = (
        "import sys; from cardsmith.cli.main import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert done.stdout


def test_every_runtime_dependency_is_imported():
    import tomllib

    names = {"pyyaml": "yaml"}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = [entry.split(">")[0] for entry in wanted]
    found = {target.split(".")[0] for _, path in modules() for target in imported(path)}
    assert [name for name in wanted if names.get(name, name) not in found] == []


def test_modules_are_rooms_not_halls():
    sizes = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for _, path in modules()}
    assert {name: size for name, size in sizes.items() if size > 320} == {}


def test_every_room_says_what_comes_in_what_goes_out_and_what_it_touches():
    rooms = list(SOURCE.glob("*/__init__.py"))
    assert {name.split(".")[0] for name, _ in modules()} == set().union(*FLOORS)
    for path in rooms:
        lines = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).splitlines()
        assert lines[2].startswith("In: ")
        assert " Out: " in lines[2]
        assert lines[3].startswith("Touches: ")
    assert Path(SOURCE / "py.typed").exists()
