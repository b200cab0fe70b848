"""Limits: each may stand in assignment.toml under its own name, and is told by that name."""

import dataclasses
from pathlib import Path

import pytest

from grader.assignment import load_assignment
from grader.boundary.limits import Limit, Limits
from grader.errors import AssignmentInvalid
from tests.meta.tools.toy import TOY_TABLE

NAMES = [field.name for field in dataclasses.fields(Limits)]


def limits(folder: Path, line: str) -> Limits:
    """The limits of a homework with that line in its table."""
    (folder / "assignment.toml").write_text(f"{TOY_TABLE}[limits]\n{line}\n")
    return load_assignment(folder).limits


@pytest.mark.parametrize("name", NAMES)
def test_limit_is_read_by_its_name_and_the_others_keep_their_defaults(name: str, tmp_path: Path) -> None:
    assert limits(tmp_path, f"{name} = 7") == dataclasses.replace(Limits(), **{name: 7.0})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "true", '"long"'])
def test_limit_that_bounds_nothing_is_refused_by_its_name(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(AssignmentInvalid, match=name):
        limits(tmp_path, f"{name} = {value}")


def test_unknown_limit_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(AssignmentInvalid, match=r"unknown key 'memory_mb'.*memory_mib"):
        limits(tmp_path, "memory_mb = 7")


@pytest.mark.parametrize(("seconds", "told"), [(300.0, "300"), (0.25, "0.25"), (1.5, "1.5")])
def test_limit_is_told_as_it_may_be_written_into_the_file(seconds: float, told: str, tmp_path: Path) -> None:
    line = str(Limit("load_s", seconds))
    assert line == f"load_s = {told}"
    assert limits(tmp_path, line).load_s == seconds


@pytest.mark.parametrize(
    ("type_name", "text", "told"),
    [
        ("MemoryError", "", "memory_mib = "),
        ("RuntimeError", "DefaultCPUAllocator: can't allocate memory: ...", "memory_mib = "),
        ("OSError", "[Errno 27] File too large", "scratch_mib = 64"),
        ("OSError", "[Errno 28] No space left on device", "scratch_mib = 64 or files = 1000"),
        ("OSError", "[Errno 2] No such file", ""),
    ],
)
def test_limit_that_an_exception_tells_of_is_named(type_name: str, text: str, told: str) -> None:
    found = Limits().told_by(type_name, text)
    assert found.startswith(told)
    assert bool(found) == bool(told)
