"""Disguise: code and classes that change their names are heard of, and honest ones are left alone."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.worker import disguise
from grader.worker.callers import Caller

LIBRARY = colorsys.__file__


class Banned:
    pass


def banned() -> None: ...


@pytest.fixture
def callers() -> Iterator[dict[str, Caller]]:
    """Whose code a file is, as it is heard."""
    found: dict[str, Caller] = {}
    looks.clear()
    disguise.listen({id(Banned): "Banned", id(banned): "banned"}, found, lambda *told: looks.append(told))
    yield found
    disguise.listen({}, {}, lambda *told: None)


looks: list[tuple[Any, ...]] = []


def test_library_s_file_is_the_student_s_once_they_compile_under_its_name(callers: dict[str, Caller]) -> None:
    compile("x = 1", LIBRARY, "exec")
    assert callers[LIBRARY] is Caller.STUDENT


def test_library_s_own_text_stays_its_own(callers: dict[str, Caller]) -> None:
    compile(Path(LIBRARY).read_bytes(), LIBRARY, "exec")
    assert callers[LIBRARY] is Caller.LOOKED_THROUGH
    compile(b"x = 1", f"{LIBRARY}.missing", "exec")
    assert callers[f"{LIBRARY}.missing"] is Caller.STUDENT


def test_library_s_file_is_the_student_s_once_they_rename_code_to_it(callers: dict[str, Caller]) -> None:
    banned.__code__.replace(co_filename=LIBRARY)
    assert callers[LIBRARY] is Caller.STUDENT


def test_code_of_a_trusted_file_may_compile_under_any_name(callers: dict[str, Caller]) -> None:
    source = f"compile('x = 1', {LIBRARY!r}, 'exec')"
    program = compile(source, "trusted.py", "exec")
    callers["trusted.py"] = Caller.TRUSTED
    exec(program)
    assert callers[LIBRARY] is Caller.LOOKED_THROUGH


def test_code_of_a_banned_function_is_a_use_of_it(callers: dict[str, Caller]) -> None:
    assert test_library_s_own_text_stays_its_own.__code__
    assert looks == []
    assert banned.__code__
    assert [name for name, *_ in looks] == ["banned"]


def test_object_that_is_given_a_banned_class_is_a_use_of_it(callers: dict[str, Caller]) -> None:
    class Heir(Banned):
        pass

    class Free:
        pass

    thing = Free()
    thing.__class__ = type("Free", (), {})
    assert looks == []
    thing.__class__ = Heir  # type: ignore[assignment]
    assert [(name, kind) for name, _, kind in looks] == [("Banned", Heir)]


def test_one_guard_listens_and_the_last_is_the_one(callers: dict[str, Caller]) -> None:
    later: dict[str, Caller] = {}
    disguise.listen({}, later, lambda *told: None)
    compile("x = 1", LIBRARY, "exec")
    assert (callers, later) == ({}, {LIBRARY: Caller.STUDENT} | {__file__: Caller.STUDENT})
