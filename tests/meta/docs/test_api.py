"""What the two doors offer has a docstring, and each function and module an example, which is executed."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import grader
import grader.suite
from grader.processes.workers import Workers
from tests.meta.docs.bench import Bench
from tests.meta.tools.repository import ROOT


def offered() -> Iterator[tuple[str, Any]]:
    """All that the doors offer, but for what Hypothesis documents itself, and the doors."""
    for door in (grader, grader.suite):
        yield door.__name__, door
        for name in door.__all__:
            thing = getattr(door, name)
            if not name.startswith("__") and not getattr(thing, "__module__", "").startswith("hypothesis"):
                yield f"{door.__name__}.{name}", thing


OFFERED: Final = dict(offered())
SHOWN: Final = {name: thing for name, thing in OFFERED.items() if inspect.isroutine(thing) or inspect.ismodule(thing)}


def example(thing: Any) -> str:
    """The first indented block of its docstring that is code; nothing where there is none."""
    found = re.search(r"\n\n((?:    .*\n|\n)+)", f"{inspect.getdoc(thing)}\n")
    return textwrap.dedent(found[1]) if found else ""


def public(module: Any) -> Iterator[tuple[str, Any]]:
    """The functions and classes that a module defines for others, and the methods of these classes."""
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
            continue
        yield name, thing
        if inspect.isclass(thing):
            yield from ((f"{name}.{n}", t) for n, t in vars(thing).items() if inspect.isroutine(t) and n[0] != "_")


@pytest.mark.parametrize("name", [name for name, thing in OFFERED.items() if inspect.ismodule(thing)])
def test_all_of_a_module_is_told(name: str) -> None:
    assert [each for each, thing in public(OFFERED[name]) if not inspect.getdoc(thing)] == []


def test_each_name_is_told() -> None:
    """By its docstring, or on the page where it is a constant."""
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    has_one = {name for name, thing in OFFERED.items() if inspect.isclass(thing) or name in SHOWN}
    told = {name for name in has_one if inspect.getdoc(OFFERED[name])}
    told |= {name for name in OFFERED.keys() - has_one if f"| `{name.rpartition('.')[2]}`" in page}
    assert OFFERED.keys() - told == set()


@pytest.fixture(scope="module")
def bench(workers: Workers, tmp_path_factory: pytest.TempPathFactory, parts_source: str) -> Bench:
    """A bench with all that the doors offer at hand."""
    made = Bench(tmp_path_factory.mktemp("api"), workers, parts_source)
    made.python("import torch\nfrom pathlib import Path\nfrom hypothesis import given")
    made.namespace |= {name.rpartition(".")[2]: thing for name, thing in OFFERED.items() if "." in name}
    return made


@pytest.mark.parametrize("name", SHOWN)
def test_example_of_a_docstring_runs(name: str, bench: Bench) -> None:
    code = example(SHOWN[name])
    assert code, f"{name} has no example"
    compile(code, name, "exec")
    bench.python(code)


def test_example_is_found_behind_the_first_line() -> None:
    assert example(Path.exists) == ""
    assert "expect.close(linear(x)" in example(grader.suite.check)
