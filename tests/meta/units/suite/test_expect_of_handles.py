"""Expectations of handles: each passes, fails with its message, and shows itself as Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from grader.suite import expect, oracles
from grader.suite.ask import advance, iterate
from grader.suite.claims import LAST, Claim, claim
from grader.suite.deferred import value
from grader.suite.failures import CheckFailed, StudentError
from grader.suite.handles import Handle, RemoteSubmission
from grader.suite.oracles import Expected
from tests.meta.fakes.worker import conversation, example, told

SOURCE = """
import torch

x = torch.tensor([1.0, 2.0])
whole = torch.tensor([1, 2])
pair = (1, 2)
number = 0.5
yes = True
nothing = None

class Liar(type):
    def __instancecheck__(cls, instance):
        return True

class Layer:
    pass

class Claimed(metaclass=Liar):
    pass

class Closed:
    __class__ = property(lambda self: 1 / 0)

layer = Layer()
"""
Expectation = Callable[[RemoteSubmission], None]
TWO = oracles.exact(torch.tensor([1.0, 2.0]))
NUMBER = Expected(torch.tensor(0.5).double(), torch.tensor(1e-3).double())


def is_positive(x: torch.Tensor) -> str | None:
    return None if (x > 0).all() else f"x is {x.tolist()}, expected positive numbers"


PASSES: dict[str, Expectation] = {
    "close": lambda s: expect.close(s.x, TWO),
    "close, a plain value": lambda s: expect.close(torch.tensor([1.0, 2.0]), oracles.exact(value(s.x))),
    "close_float": lambda s: expect.close_float(s.number, NUMBER, what="the number"),
    "equal": lambda s: expect.equal(s.pair, (1, 2)),
    "equal, of two handles": lambda s: expect.equal(s.x, s.torch.tensor([1.0, 2.0])),
    "shape": lambda s: expect.shape(s.x, (2,)),
    "dtype": lambda s: expect.dtype(s.whole, torch.int64),
    "a_float": lambda s: expect.a_float(s.number, what="the number"),
    "length": lambda s: expect.length(s.pair, 2),
    "is_true": lambda s: expect.is_true(s.yes, otherwise="no"),
    "holds": lambda s: expect.holds(is_positive, s.x),
    "that": lambda s: expect.that(True, "no"),
    "raises": lambda s: expect.raises("StopIteration", advance, iterate(s.make_list([])), otherwise="no"),
    "raises, of a handle": lambda s: expect.raises("TypeError", s.Layer, 1, otherwise="no"),
    "is_same": lambda s: expect.is_same(s.layer, s.layer, otherwise="no"),
    "is_instance": lambda s: expect.is_instance(s.layer, s.Layer, otherwise="no"),
    "is_instance, of a class that takes no attributes": lambda s: expect.is_instance(
        s.x.shape, s.torch.Size, otherwise="no"
    ),
    "is_instance, of a class that says yes to all": lambda s: expect.is_instance(
        s.Claimed(), s.Claimed, otherwise="no"
    ),
}


@pytest.mark.parametrize("kind", ["told", "silent"])
@pytest.mark.parametrize("expectation", PASSES.values(), ids=PASSES)
def test_expectation_passes(expectation: Expectation, kind: str) -> None:
    _, session, submission = conversation(kind, SOURCE)
    example(session, lambda: expectation(submission))
    session.finish()


# The message, and the claim as Python.
FAILS: dict[str, tuple[Expectation, str, str | None]] = {
    "close": (
        lambda s: expect.close(s.x, oracles.exact(torch.tensor([1.0, 3.0]))),
        "x[1] is 2, expected 3 (off by 1, allowed 3.6e-07)",
        "torch.testing.assert_close({0}, {1})",
    ),
    "close, of another shape": (
        lambda s: expect.close(s.x, oracles.exact(torch.ones(3))),
        "x has shape (2,), expected (3,)",
        "assert {0}.shape == {1}, {0}.shape",
    ),
    "close, of whole numbers": (
        lambda s: expect.close(s.whole, TWO),
        "whole has dtype torch.int64, expected a floating-point tensor",
        "assert {0}.is_floating_point(), {0}.dtype",
    ),
    "close, of nothing": (
        lambda s: expect.close(s.nothing, TWO),
        "nothing is None, expected a tensor",
        "assert {0} is not None",
    ),
    "close, of an object": (
        lambda s: expect.close(s.layer, TWO, what="the result"),
        "the result is an object of another kind: Layer, expected a tensor",
        "assert isinstance({0}, torch.Tensor), type({0})",
    ),
    "close, of a tensor that does not cross": (
        lambda s: expect.close(s.x.to_sparse(), TWO, what="it"),
        "it is an object of another kind: tensor of shape (2,), torch.float32, torch.sparse_coo, on cpu, "
        "expected a tensor",
        None,
    ),
    "close, of what the check shows itself": (
        lambda s: expect.close(s.x, oracles.exact(torch.tensor([1.0, 3.0])), shows=claim("assert {0}", s.x)),
        "x[1] is 2, expected 3 (off by 1, allowed 3.6e-07)",
        "assert {0}",
    ),
    "close_float": (
        lambda s: expect.close_float(s.number, Expected(NUMBER.value + 1, NUMBER.bound), what="the loss"),
        "the loss is 0.5, expected 1.5 (off by 1, allowed 0.001)",
        "assert abs({0} - 1.5) < 0.002, {0}",
    ),
    "close_float, of a tensor": (
        lambda s: expect.close_float(s.x, NUMBER, what="the loss"),
        "the loss is a torch.float32 tensor of shape (2,) with the value [1.0, 2.0], expected a Python float",
        "assert isinstance({0}, float), type({0})",
    ),
    "equal": (lambda s: expect.equal(s.pair, (1, 3)), "pair is (1, 2), expected (1, 3)", "assert {0} == {1}, {0}"),
    "equal, to None": (lambda s: expect.equal(s.pair, None), "pair is (1, 2), expected None", "assert {0} is {1}, {0}"),
    "equal, of tensors": (
        lambda s: expect.equal(s.whole, torch.tensor([1, 3])),
        "whole[1] is 2, expected 3",
        "assert torch.equal({0}, {1}), {0}",
    ),
    "equal, of another dtype": (
        lambda s: expect.equal(s.whole, torch.tensor([1.0, 2.0])),
        "whole has dtype torch.int64, expected torch.float32",
        "assert {0}.dtype == {1}, {0}.dtype",
    ),
    "shape": (
        lambda s: expect.shape(s.x, (2, 1)),
        "x has shape (2,), expected (2, 1)",
        "assert {0}.shape == {1}, {0}.shape",
    ),
    "dtype": (
        lambda s: expect.dtype(s.whole, torch.float32, why="as the input"),
        "whole has dtype torch.int64, expected torch.float32 as the input",
        "assert {0}.dtype == {1}, {0}.dtype",
    ),
    "a_float": (
        lambda s: expect.a_float(s.pair, what="the loss"),
        "the loss is (1, 2), expected a Python float",
        "assert isinstance({0}, float), type({0})",
    ),
    "length": (lambda s: expect.length(s.pair, 3), "pair has 2 items, expected 3", "assert len({0}) == {1}, len({0})"),
    "length, of a number": (
        lambda s: expect.length(s.number, 3),
        "number is 0.5, expected 3 items",
        "assert isinstance({0}, (list, tuple)), type({0})",
    ),
    "is_true": (lambda s: expect.is_true(s.number, otherwise="it is not"), "it is not", None),
    "holds": (lambda s: expect.holds(is_positive, s.torch.zeros(1)), "x is [0.0], expected positive numbers", None),
    "holds, of what makes no sense": (
        lambda s: expect.holds(is_positive, s.pair),
        "what came makes no sense: pair is (1, 2)",
        None,
    ),
    "that": (lambda s: expect.that(False, "it is not", shows=claim("assert {0}", s.x)), "it is not", "assert {0}"),
    "raises": (
        lambda s: expect.raises("StopIteration", advance, iterate(s.make_list([1])), otherwise="it goes on"),
        "it goes on",
        "try:\n    {0}\nexcept StopIteration:\n    pass\nelse:\n    raise AssertionError({1})",
    ),
    "is_same": (
        lambda s: expect.is_same(s.Layer(), s.layer, otherwise="it is another {type}"),
        "it is another Layer",
        None,
    ),
    "is_instance": (
        lambda s: expect.is_instance(s.pair, s.Layer, otherwise="it is a {type}", shows=claim("assert {0}", s.pair)),
        "it is a tuple",
        "assert {0}",
    ),
    "is_instance, of a class that believes all": (
        lambda s: expect.is_instance(s.layer, s.Claimed, otherwise="it is a {type}"),
        "it is a Layer",
        None,
    ),
    "is_instance, of a class that takes no attributes": (
        lambda s: expect.is_instance(s.pair, s.torch.Size, otherwise="it is a {type}"),
        "it is a tuple",
        None,
    ),
}


def failure_of(expectation: Expectation) -> CheckFailed:
    _, session, submission = told(SOURCE)
    with pytest.raises(CheckFailed) as caught:
        example(session, lambda: expectation(submission))
    return caught.value


@pytest.mark.parametrize("name", FAILS)
def test_expectation_fails_with_its_message_and_claim(name: str) -> None:
    expectation, message, code = FAILS[name]
    failed = failure_of(expectation)
    found = failed.claim()
    assert str(failed) == message
    assert (found.code if found else None) == code


def parts_of(expectation: Expectation) -> tuple[object, ...]:
    found = failure_of(expectation).claim()
    assert isinstance(found, Claim)
    return found.parts


def test_claim_is_about_the_handle_whose_value_it_was() -> None:
    for actual in (lambda s: s.pair, lambda s: value(s.pair)):
        handle, expected = parts_of(lambda s, actual=actual: expect.equal(actual(s), (1, 3)))  # type: ignore[misc]
        assert isinstance(handle, Handle)
        assert (repr(handle), expected) == ("pair", (1, 3))
    last, _ = parts_of(lambda s: expect.raises("StopIteration", s.Layer, otherwise="no"))
    assert last is LAST


def test_exception_of_another_type_is_the_student_s_with_what_was_expected() -> None:
    _, session, submission = told(SOURCE)
    with pytest.raises(StudentError, match="TypeError") as caught:
        example(session, lambda: expect.raises("StopIteration", submission.Layer, 1, otherwise="no"))
    assert caught.value.call == "Layer(1)"
    assert caught.value.claim is not None
    assert "except StopIteration" in caught.value.claim.code


def test_expected_exception_is_about_its_own_request_alone() -> None:
    _, session, submission = told(SOURCE)
    with pytest.raises(StudentError, match="TypeError"):
        example(session, lambda: expect.raises("TypeError", submission.Layer(1), otherwise="no"))


def test_question_about_an_instance_that_raises_raises() -> None:
    _, session, submission = told(SOURCE)
    with pytest.raises(StudentError, match="ZeroDivisionError"):
        example(session, lambda: expect.is_instance(submission.Closed(), submission.Layer, otherwise="no"))


def test_mistakes_are_named_by_what_each_expectation_compares() -> None:
    def causes(expectation: Expectation) -> tuple[str, ...]:
        return failure_of(expectation).causes

    doubled = {"doubled": torch.tensor([1.0, 2.0]), "halved": torch.tensor([0.25, 0.5])}
    right = oracles.exact(torch.tensor([0.5, 1.0]))
    assert causes(lambda s: expect.close(s.x, right, likely=doubled)) == ("doubled",)
    assert causes(lambda s: expect.equal(s.x, right.value.float(), likely=doubled)) == ("doubled",)
    assert causes(lambda s: expect.equal(s.pair, (2, 1), likely={"swapped": ((1, 2),)})) == ("swapped",)
    assert causes(lambda s: expect.close(s.nothing, right, likely={"no return": None})) == ("no return",)
    assert causes(lambda s: expect.length(s.pair, 3, likely={"last lost": 2})) == ("last lost",)
    assert causes(lambda s: expect.is_true(s.number, otherwise="no", likely={"made": True, "not": 1})) == ("made",)
    kinds = {"a tuple": "tuple".__eq__, "a list": "list".__eq__}
    assert causes(lambda s: expect.is_instance(s.pair, s.Layer, otherwise="no", likely=kinds)) == ("a tuple",)
    assert causes(lambda s: expect.is_same(s.pair, s.layer, otherwise="no", likely=kinds)) == ("a tuple",)


def test_fault_of_a_function_of_plain_values_is_no_failure_of_the_student() -> None:
    with pytest.raises(TypeError, match="not supported"):
        expect.holds(is_positive, "text")
