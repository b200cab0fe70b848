"""Siblings: files beside the main one are imported from memory, under the names that they would have beside it."""

from __future__ import annotations

import importlib.util
import linecache
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest

from grader.worker.recorder import Recorder
from grader.worker.siblings import Siblings, execute

FILES = {
    "parts.py": "def one():\n    return 1\n",
    "hw/near.py": "x = 2",
    "hw/models/__init__.py": "from . import deep\ny = deep.z",
    "hw/models/deep.py": "z = 3",
}


@pytest.fixture
def finder() -> Iterator[Siblings]:
    yield Siblings("hw/main.py", FILES, {}, Recorder(()))
    for file in FILES:
        linecache.cache.pop(file, None)


@pytest.mark.parametrize(
    ("name", "file", "is_package"),
    [
        ("parts", "parts.py", False),
        ("submission.parts", "parts.py", False),
        ("hw.near", "hw/near.py", False),
        ("near", "hw/near.py", False),
        ("models", "hw/models/__init__.py", True),
        ("models.deep", "hw/models/deep.py", False),
        ("hw", None, True),
        ("submission", None, True),
        ("submission.hw", None, True),
    ],
)
def test_file_is_found_from_the_top_and_from_beside_the_main_one(
    finder: Siblings, name: str, file: str | None, is_package: bool
) -> None:
    spec = finder.find_spec(name, None)
    assert spec is not None
    assert (spec.origin, spec.submodule_search_locations is not None) == (file, is_package)


@pytest.mark.parametrize("name", ["torch", "main", "deep", "submission.near"])
def test_other_names_are_none_of_its_business(finder: Siblings, name: str) -> None:
    assert finder.find_spec(name, None) is None


def test_module_is_executed_and_its_lines_can_be_shown(finder: Siblings) -> None:
    spec = finder.find_spec("parts", None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    finder.exec_module(module)
    assert (module.one(), module.__file__) == (1, "parts.py")
    assert linecache.getline("parts.py", 2) == "    return 1\n"


def test_folder_without_a_file_is_a_module_with_nothing_in_it(finder: Siblings) -> None:
    spec = finder.find_spec("hw", None)
    assert spec is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    finder.exec_module(module)
    assert not hasattr(module, "__file__")


def executed(source: str, replaced: Mapping[str, Any]) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    execute(source, "parts.py", namespace, replaced, Recorder(()))
    return namespace


def test_known_good_part_stays_what_it_is_whatever_the_file_binds() -> None:
    found = executed("def one(): return 1\nkept = one\none = 2\nother = 3\n", {"one": "good", "two": "good"})
    assert (found["kept"], found["one"], found["other"]) == ("good", "good", 3)
    assert "two" not in found


def test_future_imports_of_the_file_hold_for_all_its_statements() -> None:
    found = executed("from __future__ import annotations\ndef f(x: Unknown): pass\n", {})
    assert found["f"].__annotations__ == {"x": "Unknown"}


def test_file_that_raises_is_executed_no_further() -> None:
    namespace: dict[str, Any] = {}
    with pytest.raises(ZeroDivisionError):
        execute("x = 1\n1 / 0\ny = 2", "parts.py", namespace, {}, Recorder(()))
    assert namespace["x"] == 1
    assert "y" not in namespace
