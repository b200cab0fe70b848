"""What a class is graded with."""

from dataclasses import replace
from pathlib import Path

import pytest

from grader.gradebook.context import Context
from grader.settings import Effort, Settings
from tests.meta.tools.books import toy_assignment


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context.of(toy_assignment(tmp_path), Settings(seed=5), "")


def test_context_is_the_same_after_it_was_kept(context: Context) -> None:
    assert Context.from_json(context.as_json()) == context
    assert context.differences(context) == ()


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 6},
        {"effort": "quick"},
        {"entry": "hw.py"},
        {"suite": "x"},
        {"require_isolation": "jail"},
        {"versions": {"torch": "1"}},
    ],
)
def test_key_is_of_all_that_a_score_depends_on(other: dict[str, object], context: Context) -> None:
    changed = replace(context, **other)  # type: ignore[arg-type]
    assert changed.key("work") != context.key("work") != context.key("other")
    assert replace(context, folder="elsewhere").key("work") == context.key("work")


def test_differences_are_told_in_words(tmp_path: Path, context: Context) -> None:
    assignment = toy_assignment(tmp_path)
    other = Context.of(assignment, Settings(seed=6, effort=Effort.QUICK), "")
    assert context.differences(other) == ("seed 5, now 6", "effort standard, now quick")
    assert context.differences(replace(context, entry="hw.py")) == ("entry none, now hw.py",)
    assert replace(context, entry="hw.py").differences(context) == ("entry hw.py, now none",)
    (assignment.folder / "test_toy.py").write_text("# other")
    (told,) = context.differences(Context.of(assignment, Settings(seed=5), ""))
    assert told.startswith("suite toy ")
