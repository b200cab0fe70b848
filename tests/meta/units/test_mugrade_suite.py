"""The suite for MuGrade's own client: two functions for each question."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import cells, mugrade_suite, notebook
from grader.assignment import Assignment


def test_suite_has_two_functions_for_each_question(assignment: Assignment) -> None:
    names: dict[str, Any] = {}
    exec("from grader.mugrade_suite import *", names)
    expected = {f"{kind}_{name}" for kind in ("test", "submit") for name in assignment.names}
    assert names.keys() - {"__builtins__"} == expected
    with pytest.raises(ImportError):
        exec("from grader.mugrade_suite import test_Lineer", {})


def test_suite_tells_lost_points_by_an_assertion(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    seen: list[object] = []

    def check_here(question: str) -> notebook.Shown:
        asked.append(question)
        checks: list[Any] = []
        score = 12 if len(asked) == 1 else 9
        questions = [{"name": question, "score": score, "bonus": 0, "max_score": 12, "checks": checks}]
        return notebook.Shown({"questions": questions, "provisional": False})

    monkeypatch.setattr(notebook, "check_here", check_here)
    monkeypatch.setattr(cells, "show", seen.append)
    mugrade_suite.test_Linear(object)
    with pytest.raises(AssertionError, match="Linear loses points"):
        mugrade_suite.test_Linear(object)
    assert asked == ["Linear", "Linear"]
    assert len(seen) == 2


def test_suite_hands_encoded_answers_to_the_courses_client(
    monkeypatch: pytest.MonkeyPatch, parts_source: str, tmp_path: Path
) -> None:
    given: list[Any] = []
    course = types.ModuleType("mugrade")
    course.submit = given.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mugrade", course)
    (tmp_path / "hw3.py").write_text(
        "from grader.mugrade_suite import *\nfrom grader import check_here\n" + parts_source
    )

    @contextlib.contextmanager
    def session_file() -> Iterator[Path]:
        yield tmp_path / "hw3.py"

    monkeypatch.setattr(notebook, "session_file", session_file)
    mugrade_suite.submit_Linear(object)
    assert [value["_encoded_type"] for value in given] == ["np.ndarray", "np.ndarray", "type"]
    assert given[0]["data"][0] == [-3.625, -3.375, -3.125]
    monkeypatch.setitem(sys.modules, "mugrade", None)
    with pytest.raises(mugrade_suite.AnswersMissing, match="run: grade PATH --submit mugrade"):
        mugrade_suite.submit_Linear(object)
