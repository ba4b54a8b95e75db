"""The version stands in one place, and everything that tells it tells the same."""

import re
import tomllib
from datetime import date
from importlib.metadata import version

from click.testing import CliRunner

from cardsmith import __version__
from cardsmith.cli.main import main
from conftest import ROOT

SECTION = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<day>\S+))?$", re.MULTILINE)


def sections():
    """The changelog's sections, newest first: (version, day), the day empty where there is none yet."""
    return SECTION.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def test_the_command_the_package_and_the_changelog_agree():
    told = CliRunner().invoke(main, ["--version"]).stdout.split()[-1]
    assert told == __version__
    assert version("cardsmith") == __version__, "install it again: pip install -e '.[test]'"
    assert sections()[1][0] == __version__


def test_the_version_is_written_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["project"]["dynamic"] == ["version"]
    source = ROOT / project["tool"]["hatch"]["version"]["path"]
    assert source.read_text(encoding="utf-8").count(f'__version__ = "{__version__}"') == 1


def test_the_changelog_tells_versions_with_their_days_newest_first():
    (unreleased, no_day), *told = sections()
    assert (unreleased, no_day) == ("Unreleased", "")
    days = [date.fromisoformat(day) for _, day in told]
    assert days == sorted(days, reverse=True)
    numbers = [tuple(map(int, name.split("."))) for name, _ in told]
    assert numbers == sorted(numbers, reverse=True)
