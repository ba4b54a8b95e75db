"""Who imports whom in cardsmith, read from the source: the layer test holds it, ``docs/make_figure.py`` draws it."""

import ast

from conftest import ROOT

SOURCE = ROOT / "src" / "cardsmith"
PACKAGE = "cardsmith"


def modules():
    """Each of our modules but the package itself: (dotted name without the package, path)."""
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        if name != "__init__":
            yield name, path


def imported(path):
    """The dotted names that a file imports, wherever in it; of a package the module that is taken out of it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            inside = node.module.split(".")[0] == PACKAGE and not module_file(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names) if inside else (node.module,)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def module_file(name):
    path = SOURCE.joinpath(*name.split(".")[1:])
    return path.with_suffix(".py").exists()


def uses():
    """Each import of one of our modules by another: (who, room, whom, room)."""
    for name, path in modules():
        for target in imported(path):
            if target.startswith(f"{PACKAGE}.") and target != f"{PACKAGE}.__version__":
                other = target.removeprefix(f"{PACKAGE}.")
                yield name, name.split(".")[0], other, other.split(".")[0]
