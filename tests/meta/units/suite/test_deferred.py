"""Values on their way: the same in both kinds of session, and no value before they are here."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from grader.suite import expect, oracles
from grader.suite.deferred import Computed, Snapshot, deferrable, resolved, session_in, taken, value
from grader.suite.failures import CheckFailed
from grader.suite.handles import Handle, RemoteSubmission
from tests.meta.fakes.worker import conversation, example, silent, told

SOURCE = """
import torch

weight = torch.tensor([[1.0, 2.0]])

def linear(x):
    return x @ weight.T

def fill(x):
    weight.fill_(x)

def text():
    return "none"
"""
Both = Callable[[Callable[[RemoteSubmission], object]], None]


@pytest.fixture(params=["told", "silent"])
def both(request: pytest.FixtureRequest) -> Both:
    """both(check): run one example of it, in a session that tells or in a silent one."""

    def run(check: Callable[[RemoteSubmission], object]) -> None:
        _, session, submission = conversation(request.param, SOURCE)
        example(session, lambda: check(submission))
        session.finish()

    return run


@pytest.fixture
def weight() -> Handle:
    """A handle of a silent session, whose value is not here."""
    _, _, submission = silent(SOURCE)
    return submission.weight


# --- values of handles ------------------------------------------------------------------------------------------------


def test_oracle_takes_handles_and_values_alike(both: Both) -> None:
    def check(submission: RemoteSubmission) -> None:
        x = torch.tensor([[1.0, 1.0], [0.0, 3.0]])
        weight, out = submission.weight, submission.linear(x)
        expect.close(out, oracles.linear(x, weight))
        expect.close(value(out), oracles.linear(x, value(weight)))
        expect.equal(out, torch.tensor([[3.0], [6.0]]))
        expect.equal(torch.tensor([[1.0, 2.0]]), weight, what="what was written")

    both(check)


def test_oracle_of_a_handle_means_its_value_when_it_was_called(both: Both) -> None:
    def check(submission: RemoteSubmission) -> None:
        submission.weight.copy_(torch.tensor([[1.0, 2.0]]))
        x = torch.ones(1, 2)
        before = oracles.linear(x, submission.weight)
        out = submission.linear(x)
        submission.fill(0.0)
        expect.close(out, before)
        expect.close(submission.linear(x), oracles.linear(x, submission.weight))

    both(check)


def test_handles_stand_in_lists_tuples_and_dicts(both: Both) -> None:
    seen: list[object] = []

    def check(submission: RemoteSubmission) -> None:
        expect.holds(seen.append, [submission.text(), {"a": (value(submission.text()),)}, 3])
        expect.equal([submission.text(), 1], ["none", 1])

    both(check)
    assert seen == [["none", {"a": ("none",)}, 3]]


def test_oracle_of_an_oracle_is_computed_once(both: Both) -> None:
    calls: list[str] = []

    @deferrable
    def counted(x: torch.Tensor) -> torch.Tensor:
        calls.append("counted")
        return 2 * x

    @deferrable
    def sum_of(x: torch.Tensor) -> torch.Tensor:
        return x.sum()

    def check(submission: RemoteSubmission) -> None:
        doubled = counted(submission.weight)
        for _ in range(3):
            expect.equal(sum_of(doubled), torch.tensor(6.0))
            expect.equal(doubled, torch.tensor([[2.0, 4.0]]))

    both(check)
    assert calls == ["counted"]


def test_oracle_of_plain_values_is_called_at_once() -> None:
    assert deferrable(operator.add)(1, 2) == 3
    assert type(oracles.linear(torch.ones(1, 2), torch.ones(1, 2))) is oracles.Expected


def test_oracle_keeps_its_name_and_tells_of_itself(weight: Handle) -> None:
    found = oracles.linear(torch.ones(1, 2), weight)
    assert isinstance(found, Computed)
    assert oracles.linear.__name__ == "linear"
    assert repr(found) == "linear(...)"
    assert [repr(snapshot) for snapshot in found.snapshots] == ["weight"]


@pytest.mark.parametrize(
    "error", [ZeroDivisionError, AttributeError, KeyError, MemoryError, RuntimeError, TypeError, ValueError]
)
def test_oracle_that_can_not_be_computed_from_what_came_is_a_failure(error: type[Exception]) -> None:
    @deferrable
    def fails(x: object) -> object:
        raise error

    _, session, submission = told(SOURCE)
    with pytest.raises(CheckFailed, match=r"can't be computed from what came: text\(\) is 'none'"):
        example(session, lambda: expect.equal(1, fails(submission.text())))


def test_oracle_of_an_oracle_that_can_not_be_computed_tells_of_the_first() -> None:
    _, session, submission = told(SOURCE)
    second = deferrable(lambda x, y: x)
    inner = deferrable(lambda x: x.shape[0])
    with pytest.raises(CheckFailed, match=r"from what came: text\(\) is 'none'$"):
        example(session, lambda: expect.equal(1, second(inner(submission.text()), submission.weight)))


# --- what is not here -------------------------------------------------------------------------------------------------


def test_value_that_is_not_here_can_not_be_read(weight: Handle) -> None:
    found = value(weight)
    assert isinstance(found, Snapshot)
    with pytest.raises(LookupError, match=r"weight is not here yet: .*expect\.holds"):
        found.read()
    found.arrive(3)
    assert found.read() == 3


def entering(x: Any) -> None:
    with x:
        pass


REFUSED: dict[str, Callable[[Any], object]] = {
    "==": lambda x: x == 1,
    "== on the right": lambda x: x == 1,
    "!=": lambda x: x != 1,
    "in": lambda x: 1 in x,
    "in a list": lambda x: x in [1, 2],
    "len": len,
    "bool": bool,
    "not": operator.not_,
    "if": lambda x: 1 if x else 2,
    "with": entering,
    "<": lambda x: x < 1,
    ">=": lambda x: x >= 1,
    "+": lambda x: x + 1,
    "+ on the right": lambda x: 1 + x,
    "+ a tensor": lambda x: torch.ones(2) + x,
    "-": lambda x: x - 1,
    "*": lambda x: 2 * x,
    "/": lambda x: x / 2,
    "//": lambda x: x // 2,
    "%": lambda x: x % 2,
    "**": lambda x: x**2,
    "@": lambda x: x @ x,
    "@ of a tensor": lambda x: torch.ones(2, 2) @ x,
    "-x": operator.neg,
    "abs": abs,
    "int": int,
    "float": float,
    "range": range,
}
REFUSED_BY_VALUES: dict[str, Callable[[Any], object]] = {
    "iteration": list,
    "an item": lambda x: x[0],
    "a call": lambda x: x(),
    "an attribute": lambda x: x.shape,
}


@pytest.mark.parametrize("operation", REFUSED.values(), ids=REFUSED)
def test_handle_refuses_with_the_next_step(operation: Callable[[Any], object], weight: Handle) -> None:
    with pytest.raises(TypeError, match=r"weight is an object in the worker: compare it by an expectation"):
        operation(weight)


@pytest.mark.parametrize(
    "operation", [*REFUSED.values(), *REFUSED_BY_VALUES.values()], ids=[*REFUSED, *REFUSED_BY_VALUES]
)
@pytest.mark.parametrize("kind", ["value", "oracle"])
def test_value_refuses_with_the_next_step(operation: Callable[[Any], object], kind: str, weight: Handle) -> None:
    given = value(weight) if kind == "value" else oracles.exact(value(weight))
    name = "weight" if kind == "value" else r"exact\(\.\.\.\)"
    with pytest.raises((TypeError, AttributeError), match=f"{name} is a value that is still in the worker: give it to"):
        operation(given)


def test_handles_and_values_may_be_kept_in_sets_and_dicts(weight: Handle) -> None:
    found = value(weight)
    assert len({weight, found}) == 2
    assert {weight: 1, found: 2}[found] == 2


def test_value_is_no_other_thing_to_those_who_ask(weight: Handle) -> None:
    """Libraries look for methods of their own: there are none, and nothing is refused to them."""
    for given in (weight, value(weight)):
        assert not hasattr(given, "__torch_function__")
        assert not hasattr(given, "__array__")
        assert not hasattr(given, "__deepcopy__")


# --- the parts of it --------------------------------------------------------------------------------------------------


def parts(weight: Handle) -> Iterator[object]:
    yield weight
    yield value(weight)
    yield oracles.linear(torch.ones(1, 2), value(weight))
    yield [1, (weight,)]
    yield {"a": [value(weight)]}


def test_session_is_found_in_whatever_holds_a_handle(weight: Handle) -> None:
    for part in parts(weight):
        assert session_in(1, part) is not None
    assert session_in(1, [torch.ones(1)], {"a": None}) is None


def test_what_is_all_here_stays_the_very_same() -> None:
    given = [1, (2, {"a": torch.ones(1)})]
    assert taken(given) is given
    assert resolved(given) == given


def test_snapshots_take_the_place_of_handles_and_what_came_that_of_snapshots(weight: Handle) -> None:
    found = taken([weight, {"a": (weight, 1)}])
    first, inner = found
    assert isinstance(first, Snapshot)
    assert inner["a"][0] is first
    first.arrive(5)
    assert resolved(found) == [5, {"a": (5, 1)}]
