"""Imports: the names that files go by beside the main one, and which file an import takes what from."""

from __future__ import annotations

import ast

import pytest

from grader.worker.reading.imports import Taken, modules, package_of, taken

FILES = ("hw/parts.py", "hw/models/__init__.py", "hw/models/deep.py", "top.py")
KNOWN = modules("hw/main.py", FILES)


def test_package_of_a_file_is_its_folder() -> None:
    assert (package_of("hw.py"), package_of("a/b/hw.py")) == ("submission", "submission.a.b")


def test_file_goes_by_its_path_from_the_top_from_beside_the_main_one_and_in_the_package() -> None:
    assert {name for name, file in KNOWN.items() if file == "hw/models/deep.py"} == {
        *("models.deep", "hw.models.deep", "submission.hw.models.deep"),
    }
    assert (KNOWN["models"], KNOWN["hw"], KNOWN["submission"]) == ("hw/models/__init__.py", "", "")
    assert "main" not in KNOWN


ALL = None
CASES: dict[str, list[tuple[str, set[str] | None]]] = {
    "import parts": [("hw/parts.py", ALL)],
    "import torch, top": [("top.py", ALL)],
    "from parts import a, b as c": [("hw/parts.py", {"a", "b"})],
    "from parts import *": [("hw/parts.py", {"*"})],
    "from .parts import a": [("hw/parts.py", {"a"})],
    "from ..top import a": [("top.py", {"a"})],
    "from .......top import a": [],
    "from . import parts": [("hw/parts.py", ALL)],
    "import models.deep": [("hw/models/__init__.py", set()), ("hw/models/deep.py", ALL)],
    "from models import deep": [("hw/models/__init__.py", {"deep"}), ("hw/models/deep.py", ALL)],
    "def f():\n    if f:\n        import parts": [("hw/parts.py", ALL)],
    "importlib.import_module('parts')": [("hw/parts.py", ALL)],
    "__import__(name='parts')": [("hw/parts.py", ALL)],
    "runpy.run_path('hw/parts.py')": [("hw/parts.py", ALL)],
    "print('parts')": [],
    "from torch import nn": [],
}


@pytest.mark.parametrize("source", CASES)
def test_import_takes_names_from_the_files_that_it_executes(source: str) -> None:
    found = list(taken([ast.parse(source)], "hw/main.py", KNOWN))
    assert found == [Taken(file, None if names is None else frozenset(names)) for file, names in CASES[source]]
