"""The list of mutations cannot rot, and the script that tries them tells a noticed one from an unnoticed one."""

import importlib.util
from collections import Counter

import pytest

from conftest import ROOT

spec = importlib.util.spec_from_file_location("mutate", ROOT / "scripts" / "mutate.py")
mutate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutate)

MUTATIONS = mutate.read_mutations()


def test_every_text_to_be_broken_stands_in_the_code_exactly_once():
    assert mutate.faults(ROOT, MUTATIONS) == []
    assert [mutation.promise for mutation in MUTATIONS if mutation.old == mutation.new] == []


def test_every_test_that_must_go_red_is_there():
    for mutation in MUTATIONS:
        for test in mutation.tests:
            file, _, name = test.partition("::")
            text = (ROOT / "tests" / file).read_text(encoding="utf-8")
            assert not name or f"def {name.partition('[')[0]}(" in text, test


def test_every_room_is_broken_in_several_places():
    rooms = {path.parent.name for path in (ROOT / "src" / "cardsmith").glob("*/__init__.py")}
    found = Counter(mutation.room for mutation in MUTATIONS)
    assert found.total() >= 60
    assert {room for room in {*rooms, "rules", "files", "git", "ids"} if found[room] < 3} == set()
    assert any(mutation.file.endswith(".js") for mutation in MUTATIONS)


CODE = "def is_long(text):\n    return len(text) > 3\n"
TEST = "from cardsmith.sums import is_long\n\n\ndef test_four_are_long():\n    assert is_long('four')\n"


@pytest.fixture
def tree(tmp_path):
    """A tree of one module and one test."""
    files = {"src/cardsmith/__init__.py": "", "src/cardsmith/sums.py": CODE, "tests/test_sums.py": TEST}
    for name, text in files.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "tree"


def mutation(old, new):
    return mutate.Mutation("sums.py", old, new, "Four are long.", ("test_sums.py",))


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (mutation("> 3", "> 4"), None),
        (mutation("> 3", "> 2"), "its tests stay green"),
        (mutation("return", "return ("), "no test runs any more: "),
    ],
    ids=["noticed", "unnoticed", "no code"],
)
def test_a_mutation_is_noticed_or_it_is_said_why_not(tree, broken, reason):
    found = mutate.unnoticed(tree, broken)
    assert (found is None) if reason is None else found.startswith(reason)
    assert (tree / "src/cardsmith/sums.py").read_text(encoding="utf-8") == CODE


def test_tests_that_are_red_at_first_are_told(tree):
    (tree / "src/cardsmith/sums.py").write_text(CODE.replace("> 3", "> 4"), encoding="utf-8")
    assert "test_four_are_long" in mutate.red_at_first(tree, [mutation("> 4", "> 5")])


@pytest.mark.parametrize("old", ["> 2", "text"], ids=["gone", "twice"])
def test_a_text_that_does_not_stand_exactly_once_is_named(tree, old):
    (fault,) = mutate.faults(tree, [mutation(old, "")])
    assert fault.startswith("sums.py: ")
    assert repr(old) in fault
