"""Whose the lines are that run time shows."""

from __future__ import annotations

import pytest

from grader.boundary.owners import Lines

LINES = Lines(
    own={"Linear": [[5, 9]], "TwoLayerNN": [[20, 30], [40, 41]], "SGD": [[40, 41]]}, dynamic=[[3, 3]], last=50
)


@pytest.mark.parametrize("loading", [True, False])
def test_lines_seen_at_run_time_have_owners(loading: bool) -> None:
    def owners(line: int, functions: list[str], question: str) -> list[str]:
        return LINES.owners(line, functions, question, loading=loading)

    assert owners(7, ["Linear"], "TwoLayerNN") == ["Linear"]
    assert owners(41, ["helper"], "Linear") == ["TwoLayerNN", "SGD"]
    assert owners(3, ["SGD", "<module>"], "Linear") == ["SGD"]  # a class that is made by exec
    assert owners(0, ["helper", "Linear", "TwoLayerNN"], "TwoLayerNN") == ["Linear"]  # all from strings
    assert owners(51, ["helper", "Linear"], "TwoLayerNN") == ["Linear"]  # of no line that there is


@pytest.mark.parametrize(
    ("line", "functions"),
    [(15, ["SGD", "<module>"]), (15, ["<lambda>"]), (3, ["<module>"]), (0, ["helper"]), (51, ["helper"]), (50, [])],
)
def test_use_without_an_owner_is_free_in_loading_and_else_of_the_question_that_is_checked(
    line: int, functions: list[str]
) -> None:
    assert LINES.owners(line, functions, "Linear", loading=True) == []  # an experiment at top level
    assert LINES.owners(line, functions, "Linear", loading=False) == ["Linear"]


def test_lines_are_the_same_on_the_other_side() -> None:
    assert Lines.from_json(LINES.as_json()) == LINES
    assert Lines.from_json(Lines().as_json()).owners(7, [], "Linear", loading=False) == ["Linear"]
