"""What the caller chooses: read from the words of the command, and unchanged while a grading runs."""

import dataclasses
from itertools import pairwise

import pytest

from grader.settings import Effort, Settings


def test_each_effort_has_more_examples_than_the_one_before() -> None:
    examples = [effort.examples for effort in Effort]
    assert examples[0] > 0
    assert all(less < more for less, more in pairwise(examples))


def test_effort_is_read_from_its_word_and_no_other() -> None:
    assert [Effort(str(effort)) for effort in Effort] == list(Effort)
    with pytest.raises(ValueError, match="'lazy' is not a valid Effort"):
        Effort("lazy")


def test_settings_stay_as_they_were_chosen() -> None:
    chosen = Settings(seed=3, only=("Linear",))
    with pytest.raises(dataclasses.FrozenInstanceError):
        chosen.seed = 4  # type: ignore[misc]
    assert {chosen, Settings(seed=3, only=("Linear",))} == {chosen}
    assert dataclasses.replace(chosen, effort=Effort.QUICK) != chosen


def test_nothing_chosen_grades_all_questions_wherever_a_worker_can_be_started() -> None:
    from grader.sandbox.tiers import Tier

    assert Settings().only == ()
    assert Settings().require_isolation is next(iter(Tier))
