"""The house: which room may import which, and how large things may grow (docs/architecture.md)."""

from __future__ import annotations

import ast
import functools
from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
WORKER_MAY_IMPORT: Final = ("worker", "boundary", "sandbox", "data", "machine", "errors")
MOST_LINES: Final = 400  # of a module, tests included
MOST_CLASS_LINES: Final = 150
MOST_ATTRIBUTES: Final = 12


@functools.cache
def trees() -> Mapping[str, ast.Module]:
    """The modules of the package, by dotted name."""
    found = {}
    for path in sorted((ROOT / "grader").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@functools.cache
def imports() -> Mapping[str, frozenset[str]]:
    """The modules of the package that each imports, at its top, inside of functions and for types alone."""
    known = trees().keys()
    found = {}
    for name, tree in trees().items():
        asked = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                inside = {f"{node.module}.{alias.name}" for alias in node.names}
                asked |= inside & known or {node.module}
                asked |= {node.module} if inside - known else set()
        found[name] = frozenset(asked & known - {name})
    return found


def room(module: str) -> str:
    """The folder of a module of the package, or its own name where it stands at the top."""
    return (*module.split("."), "")[1]


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    """Each class of the package, with its module."""
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                yield module, node


def test_worker_imports_what_both_sides_hold_and_nothing_else() -> None:
    found = [(a, b) for a, asked in imports().items() if room(a) == "worker" for b in asked]
    assert found
    assert [(a, b) for a, b in found if room(b) not in WORKER_MAY_IMPORT] == []


def test_nothing_imports_the_worker() -> None:
    assert [(a, b) for a, asked in imports().items() if room(a) != "worker" for b in asked if room(b) == "worker"] == []


def test_imports_have_no_circle() -> None:
    try:
        tuple(TopologicalSorter(imports()).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


SUITES: Final = {"tests/hw3": 40, "examples/hw4": 26}  # how many checks each has


@pytest.mark.parametrize("suite", SUITES)
def test_suite_imports_its_door_alone(suite: str) -> None:
    """Checks of the shipped homework and of the example, as those of others."""
    asked: set[tuple[str, str]] = set()
    beside = {path.stem for path in (ROOT / suite).glob("*.py")}
    for path in (ROOT / suite).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            asked |= {(path.name, module) for module in modules if module.split(".")[0] in ("grader", "hypothesis")}
    assert beside
    assert {(file, module) for file, module in asked if module != "grader.suite"} == set()


@pytest.mark.parametrize("suite", SUITES)
def test_checks_fit_fifteen_lines(suite: str) -> None:
    """Make, call, expect: what is between the docstring and the end of a check."""
    lengths = {}
    for path in sorted((ROOT / suite).glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                lengths[node.name] = (node.end_lineno or 0) - node.body[1].lineno + 1
    assert len(lengths) == SUITES[suite]
    assert {name: lines for name, lines in lengths.items() if lines > 15} == {}


def test_private_names_stay_in_their_module() -> None:
    """Neither `module._name` nor `other._name`: what is private of another module's object is not reached into."""
    found = []
    for module, tree in trees().items():
        own = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        own |= {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
        own |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        own |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}  # slots
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own | FOR_EVERYBODY:
                found.append(f"{module}:{node.lineno}: {ast.unparse(node)}")
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grader"):
                found += [f"{module}: from {node.module} import {a.name}" for a in node.names if is_private(a.name)]
    assert found == []


# With an underscore, and yet for everybody: Python's and torch's documented names, and a few insides of theirs.
FOR_EVERYBODY: Final = frozenset(
    {"_exit", "_getframe", "_replace", "_version", "_C", "_nn", "_Feature", "_dispatch_keys"}
)


def is_private(name: str) -> bool:
    """Whether a name is meant for its own module alone."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


def test_classes_are_small() -> None:
    sizes = {
        f"{module}.{node.name}": ((node.end_lineno or 0) - node.lineno + 1, len(attributes_of(node)))
        for module, node in classes()
    }
    large = {n: size for n, size in sizes.items() if size[0] > MOST_CLASS_LINES or size[1] > MOST_ATTRIBUTES}
    assert large == {}


def attributes_of(node: ast.ClassDef) -> set[str]:
    """What its methods set on the object itself. A frozen record is what it lists, and may be a long list."""
    return {
        n.attr
        for n in ast.walk(node)
        if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store) and ast.unparse(n.value) == "self"
    }


def test_modules_fit_some_screens() -> None:
    files = [*(ROOT / "grader").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    files += (ROOT / "examples").rglob("*.py")
    long = {str(p.relative_to(ROOT)): n for p in files if (n := len(p.read_text("utf-8").splitlines())) > MOST_LINES}
    assert long == {}


def test_each_module_has_a_file_of_unit_tests() -> None:
    """Of its name, in the same place below units/."""
    units = ROOT / "tests/meta/units"
    modules = [path.relative_to(ROOT / "grader") for path in (ROOT / "grader").rglob("*.py")]
    tests = {module: module.with_name(f"test_{module.stem.strip('_')}.py") for module in modules}
    assert [str(m) for m, test in tests.items() if m.stem != "__init__" and not (units / test).exists()] == []


def test_two_things_never_share_a_name() -> None:
    """Public classes of the package; Protocols and records count, too."""
    public = [(module, node.name) for module, node in classes() if not node.name.startswith("_")]
    count = Counter(name for _, name in public)
    assert [(module, name) for module, name in public if count[name] > 1] == []
