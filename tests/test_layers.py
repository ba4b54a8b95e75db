"""The structure of the house: imports point down, light commands stay light, only the command line prints."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

LAYERS = [
    "errors", "escape", "latex", "text", "traditional", "markup", "clozes", "model", "ids", "files", "git", "mathjax", "nodes", "deckfile",
    "splice", "amend", "fixes", "fmt", "lock", "project", "lineage", "similar", "schema", "sources", "starter", "document", "segment",
    "terms", "subjects", "shapes", "questions", "naming", "stretches", "features", "worth", "rules.base", "rules", "extract", "words", "topics", "reconcile", "proposals",
    "notetypes", "cloze", "render", "media", "notes", "package", "records", "release", "identity", "order", "assemble",
    "announce", "export", "difference", "effects", "wordmarks", "difftext", "diffmarkdown", "faces", "diffhtml",
    "checks.base", "checks.layout", "checks.provenance", "checks.formulas", "checks.cloze", "checks.identity",
    "checks.records", "checks.quality", "checks.twins", "checks", "pagemodel", "site", "pipeline", "desk", "server",
    "cli_decks", "cli_pages", "cli", "__main__",
]  # fmt: skip
"""From the ground up: a module may import what stands before it. The rules import only what stands before them."""

SOURCE = ROOT / "src" / "cardsmith"


def modules():
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if name != "__init__":
            yield name, path


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [node.module]
                if node.module != "cardsmith"
                else [f"cardsmith.{alias.name}" for alias in node.names]
            )
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from names


def layer(name):
    if name.startswith("rules.") and name != "rules.base":
        return LAYERS.index("rules.base") + 0.5
    return LAYERS.index(name)


def test_imports_point_down():
    wrong = [
        f"{name} imports {target}"
        for name, path in modules()
        for target in imported(path)
        if target.startswith("cardsmith.") and target != "cardsmith.__version__"
        if layer(target.removeprefix("cardsmith.")) >= layer(name)
        if not (name == "rules" and target in ("cardsmith.rules", "cardsmith.rules.base"))
        if (name, target) != ("checks", "cardsmith.checks")
    ]
    assert wrong == []


def test_only_the_command_line_prints():
    printing = [
        name
        for name, path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "click.echo")
        if name not in ("cli", "cli_decks", "cli_pages")
    ]
    assert printing == []


def test_the_learners_anki_is_never_imported():
    assert [
        name for name, path in modules() if any(t.split(".")[0] in ("anki", "aqt") for t in imported(path))
    ] == []


HEAVY = [
    "jieba",
    "rjieba",
    "genanki",
    "markdown",
    "pydantic",
    "yaml",
    "nh3",
    "math_core",
    "pygments",
    "quickjs",
]


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["extract", "--help"], ["build", "-h"], ["diff", "-h"], ["review", "-h"]],
)
def test_help_and_version_import_nothing_heavy(arguments):
    program = (
        "import sys; from cardsmith.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert done.stdout


def test_every_runtime_dependency_is_imported():
    import tomllib

    names = {"math-core": "math_core", "pyyaml": "yaml"}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = [entry.split(">")[0] for entry in wanted]
    found = {target.split(".")[0] for _, path in modules() for target in imported(path)}
    assert [name for name in wanted if names.get(name, name) not in found] == []


def test_modules_are_rooms_not_halls():
    sizes = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for _, path in modules()}
    assert {name: size for name, size in sizes.items() if size > 320} == {}


def test_this_list_names_every_module():
    assert sorted(LAYERS) == sorted(
        n for n, _ in modules() if not n.startswith("rules.") or n == "rules.base"
    )
    assert Path(SOURCE / "py.typed").exists()
