"""What explains a wrong value: a mistake that gives what came; one that can't be worked out explains nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from grader.suite import expect
from grader.suite.deferred import value
from grader.suite.explain import ANYTHING, Model, explains, giving, mistakes, named, outside
from grader.suite.failures import CheckFailed
from grader.suite.oracles import Expected, exact
from tests.meta.fakes.worker import example, silent, told

SOURCE = "import torch\nweight = torch.tensor([2.0])\ndef double(x):\n    return 3 * x\n"
RIGHT = exact(torch.tensor([1.0, 2.0]))


def raising(*_: object) -> Any:
    raise ZeroDivisionError


# --- models -----------------------------------------------------------------------------------------------------------


@mistakes
def wrong(x: float) -> dict[str, object]:
    return {"tripled": 3 * x, "forgotten": x}


def test_model_is_worked_out_when_it_is_read() -> None:
    calls: list[int] = []

    @mistakes
    def counted() -> dict[str, int]:
        calls.append(1)
        return {"a": 1}

    model = counted()
    assert calls == []
    assert named(model) == {"a": 1}
    assert calls == [1]


def test_models_and_mappings_are_joined_in_their_order() -> None:
    both = wrong(2.0) | {"doubled": 4.0} | wrong(1.0)
    assert named(both) == {"tripled": 3.0, "forgotten": 1.0, "doubled": 4.0}
    assert list(named(both)) == ["tripled", "forgotten", "doubled"]


def test_model_that_can_not_be_worked_out_explains_nothing() -> None:
    assert named(Model(raising)) == {}
    assert giving(Model(raising), lambda result: True) == ()
    assert named(mistakes(raising)(1) | {"a": 1}) == {"a": 1}


def test_model_of_handles_knows_their_values_when_it_was_called() -> None:
    _, session, submission = told(SOURCE)

    def check() -> None:
        weight = submission.weight
        likely = wrong(value(weight))
        weight.zero_()
        expect.equal(submission.double(torch.tensor([2.0])), torch.tensor([4.0]), likely=likely)

    with pytest.raises(CheckFailed) as caught:
        example(session, check)
    assert caught.value.causes == ("tripled",)


def test_silent_session_asks_for_nothing_more_to_explain() -> None:
    worker, session, submission = silent(SOURCE)
    example(session, lambda: wrong(submission.weight))
    session.finish()
    assert "value" not in worker.operations
    assert named(wrong(submission.weight)) == {}
    assert named(wrong(2.0)) == {"tripled": 6.0, "forgotten": 2.0}


def test_passing_expectation_works_no_mistake_out() -> None:
    _, session, submission = told(SOURCE)
    model = mistakes(raising)
    example(session, lambda: expect.equal(submission.double(1), 3, likely=model(submission.weight)))


# --- which of them is it ----------------------------------------------------------------------------------------------


def test_mistakes_that_give_what_came_are_named_in_their_order() -> None:
    likely = {"b": 2, "a": lambda: 2, "c": 3, "d": (1, 2), "e": lambda: (4, 2)}
    assert giving(likely, lambda result: result == 2) == ("b", "a", "d", "e")


def test_mistake_that_this_example_does_not_allow_explains_nothing() -> None:
    assert giving({"a": raising, "b": 2}, lambda result: result == 2) == ("b",)


def test_comparison_that_fails_explains_nothing() -> None:
    assert giving({"a": torch.ones(2), "b": 2}, lambda result: bool(result == 2)) == ("b",)
    assert giving({"a": 1}, raising) == ()


def test_anything_explains_whatever_came() -> None:
    assert giving({"a": ANYTHING, "b": 2}, lambda result: False) == ("a",)
    assert giving({"a": (1, ANYTHING)}, raising) == ("a",)


def test_mistake_explains_what_it_gives_and_no_more() -> None:
    doubled = RIGHT.value * 2
    assert explains(doubled, doubled.float(), RIGHT)
    assert explains(exact(doubled), doubled.float(), RIGHT)
    assert not explains(doubled, doubled.float() + 0.1, RIGHT)
    assert not explains(doubled, torch.cat([doubled, doubled]).float(), RIGHT)
    assert not explains("doubled", doubled.float(), RIGHT)


def test_mistake_that_gives_what_is_right_explains_nothing() -> None:
    assert not explains(RIGHT.value, RIGHT.value.float(), RIGHT)


def test_mistake_may_give_what_is_not_a_number() -> None:
    nan = torch.tensor([float("nan"), 2.0])
    assert explains(nan, nan, RIGHT)
    infinite = torch.tensor([float("inf"), 2.0])
    assert explains(infinite, infinite, RIGHT)
    assert not explains(nan, infinite, RIGHT)


def test_mistake_may_give_a_number_for_a_scalar() -> None:
    assert explains(2.0, torch.tensor(2.0), exact(torch.tensor(1.0)))


def test_entries_outside_of_their_bounds_are_found() -> None:
    expected = Expected(torch.zeros(4).double(), torch.tensor([1.0, 1.0, float("inf"), float("nan")]).double())
    assert outside(torch.tensor([0.5, 2.0, 0.0, 0.0]), expected).tolist() == [False, True, True, True]
    assert outside(torch.tensor([float("nan")] * 4), expected).all()
