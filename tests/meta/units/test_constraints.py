"""constraints.txt: the versions that were tested, in one place, and of all that an installed grader needs."""

from __future__ import annotations

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.meta.tools.needs import needed
from tests.meta.tools.repository import ROOT

TEXT = (ROOT / "grader" / "constraints.txt").read_text(encoding="utf-8")
PINNED = dict(line.split("==") for line in TEXT.splitlines() if not line.startswith("#"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_each_dependency_is_pinned_within_the_bounds_of_pyproject() -> None:
    for requirement in map(Requirement, PROJECT["dependencies"]):
        assert requirement.specifier.contains(PINNED[canonicalize_name(requirement.name)]), requirement


def test_what_the_dependencies_need_in_turn_is_pinned_too() -> None:
    """But for what the CUDA build of torch brings, which torch pins itself."""
    names = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    assert sorted(needed(names) - PINNED.keys()) == []


def test_names_are_sorted_and_none_is_pinned_twice() -> None:
    names = [line.split("==")[0] for line in TEXT.splitlines() if not line.startswith("#")]
    assert names == sorted(set(names)) == [canonicalize_name(name) for name in names]


def test_readme_and_project_name_the_tested_python_and_torch() -> None:
    (python,) = re.findall(r"in Python (\d\.\d+)\.", TEXT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python {python}, torch {PINNED['torch']}," in " ".join(readme.split())
    assert PROJECT["requires-python"] == f">={python}"


def test_commands_of_the_readme_and_of_ci_install_them() -> None:
    for name in ("README.md", ".ci/run", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        installs = re.findall(r"pip install [^\n]*-e [^\n]*", text)
        assert all("-c grader/constraints.txt" in line for line in installs), name
        assert installs or name == "CONTRIBUTING.md"
