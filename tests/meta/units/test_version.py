"""The version: one place that the build, the package and its users read."""

import re
import tomllib

import grader
from grader.version import __version__
from tests.meta.tools.repository import ROOT


def test_build_finds_the_version_where_pyproject_says_it_is() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    source = (ROOT / table["tool"]["hatch"]["version"]["path"]).read_text(encoding="utf-8")
    assert re.findall(r'^__version__ = "(.*)"$', source, re.MULTILINE) == [__version__]
    assert "version" in table["project"]["dynamic"]
    assert "version" not in table["project"]


def test_package_tells_that_version() -> None:
    assert grader.__version__ == __version__


def test_changelog_begins_with_that_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == __version__
