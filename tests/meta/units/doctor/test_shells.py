"""The two empty submissions: one raises, the other accepts anything."""

from __future__ import annotations

from typing import Any

import pytest

from grader.doctor.shells import ACCEPTS, RAISES, shells

SHELLS = shells(["part", "Other"])


def executed(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(source, "shell", "exec"), namespace)
    return namespace


def test_every_part_raises() -> None:
    found = executed(SHELLS[RAISES])
    for name in ("part", "Other"):
        with pytest.raises(ZeroDivisionError):
            found[name](1, x=2)


def test_every_part_accepts_anything() -> None:
    found = executed(SHELLS[ACCEPTS])
    anything = found["Other"](1, x=2)
    anything.weight = 3
    assert anything.weight(4).T[0] is anything
    assert [*anything] == []
    assert len(anything) == 0
    assert anything == 42
    assert anything + 1 is anything
    assert 1 @ anything is anything
    with anything as held:
        assert held is None or held is anything


def test_what_python_itself_looks_for_is_not_there() -> None:
    anything = executed(SHELLS[ACCEPTS])["part"]()
    assert not hasattr(anything, "__array__")
    assert not hasattr(anything, "__torch_function__")
