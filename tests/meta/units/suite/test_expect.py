"""Expectations: each failure names what came and what was expected; nothing that is wrong counts as equal."""

import math
import subprocess
import sys
from typing import Any

import pytest
import torch

from grader.boundary.values import Opaque
from grader.suite import expect
from grader.suite.failures import CheckFailed
from grader.suite.oracles import Expected

ONE = Expected(torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64), torch.full((2, 2), 0.1).double())


def message_of(expectation: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(CheckFailed) as caught:
        expectation(*args, **kwargs)
    return str(caught.value)


# --- close ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_any_floating_dtype_within_the_bound_is_close(dtype: torch.dtype) -> None:
    expect.close(torch.tensor([[1.05, 1.95], [3.0, 4.0]], dtype=dtype), ONE)


def test_largest_excess_is_named_with_its_place_and_allowance() -> None:
    actual = torch.tensor([[1.0, 2.2], [3.0, 5.0]])
    message = message_of(expect.close, actual, ONE, what="layer(X)")
    assert message == "layer(X)[1, 1] is 5, expected 4 (off by 1, allowed 0.1)"


TOLD = """
import sys, torch
from grader.suite import expect
from grader.suite.oracles import exact
try:
    expect.close(torch.ones(2, 3), exact(torch.zeros(2, 3)), what="X")
except AssertionError as error:
    print(error)
print(*{"sympy", "mpmath"} & sys.modules.keys())
"""


def test_symbols_are_not_imported_to_tell_the_place() -> None:
    done = subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=True)
    told, imported = done.stdout.split("\n")[:2]
    assert told.startswith("X[0, 0] is 1, expected 0")
    assert imported == ""


@pytest.mark.parametrize(
    ("what", "place"), [("p after step 1", "p after step 1: entry [1, 1]"), ("f(1, 2)", "f(1, 2)[1, 1]")]
)
def test_entry_is_told_in_words_where_the_tensor_is(what: str, place: str) -> None:
    actual = torch.tensor([[1.0, 2.0], [3.0, 5.0]])
    assert message_of(expect.close, actual, ONE, what=what).startswith(f"{place} is 5, expected 4")
    assert message_of(expect.equal, actual, ONE.value.float(), what=what).startswith(f"{place} is 5.0, expected 4.0")


def test_excess_is_measured_by_the_bound_of_its_own_entry() -> None:
    expected = Expected(torch.zeros(2).double(), torch.tensor([1.0, 1e-6]).double())
    message = message_of(expect.close, torch.tensor([3.0, 0.5]), expected, what="x")
    assert message == "x[1] is 0.5, expected 0 (off by 0.5, allowed 1e-06)"


def test_what_is_right_for_all_is_told_where_a_slip_of_another_check_decides_what_is_expected() -> None:
    scaled = Expected(2 * ONE.value, ONE.bound, told=ONE)
    expect.close((2 * ONE.value).float(), scaled)
    message = message_of(expect.close, 5 * torch.ones(2, 2), scaled, what="x")
    assert message == "x[0, 0] is 5, expected 1 (off by 4, allowed 0.1)"
    message = message_of(expect.close, ONE.value.float(), scaled, what="x")  # right, but not with what came before
    assert message == "x[1, 1] is 4, expected 8 (off by 4, allowed 0.1)"
    with pytest.raises(CheckFailed) as caught:
        expect.close(5 * torch.ones(2, 2), scaled, what="x")
    shown = caught.value.claim()
    assert shown is not None
    assert torch.equal(shown.parts[1], ONE.value.float())  # type: ignore[arg-type]


def test_scalar_has_no_place() -> None:
    expected = Expected(torch.tensor(1.0).double(), torch.tensor(0.0).double())
    assert message_of(expect.close, torch.tensor(1.5), expected, what="the loss").startswith("the loss is 1.5, ")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_never_close(bad: float) -> None:
    actual = torch.tensor([[1.0, 2.0], [bad, 9.0]])
    message = message_of(expect.close, actual, ONE, what="x")
    assert message == f"x[1, 0] is {bad:g}, expected 3"


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_bound_or_value_that_is_not_finite_allows_nothing(bad: float) -> None:
    whole = torch.ones(1).double()
    message_of(expect.close, torch.ones(1), Expected(whole, whole * bad))
    message_of(expect.close, torch.ones(1) * bad, Expected(whole * bad, whole))


@pytest.mark.parametrize("wrong", [(2,), (2, 2, 1), (1, 2), (4,), (), (0, 2)])
def test_other_shape_is_not_close_although_it_might_broadcast(wrong: tuple[int, ...]) -> None:
    message = message_of(expect.close, torch.zeros(wrong), ONE, what="layer(X)")
    assert message == f"layer(X) has shape {wrong}, expected (2, 2)"


def test_integers_are_not_close() -> None:
    message = message_of(expect.close, torch.tensor([[1, 2], [3, 4]]), ONE, what="x")
    assert message == "x has dtype torch.int64, expected a floating-point tensor"


def test_empty_tensor_of_the_right_shape_is_close() -> None:
    expect.close(torch.zeros(0, 3), Expected(torch.zeros(0, 3).double(), torch.zeros(0, 3).double()))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (1.5, "1.5"),
        ([1, 2], "[1, 2]"),
        ("text", "'text'"),
        (Opaque("Liar"), "an object of another kind: Liar"),
    ],
)
def test_what_is_no_tensor_is_shown(value: object, shown: str) -> None:
    assert message_of(expect.close, value, ONE, what="layer(X)") == f"layer(X) is {shown}, expected a tensor"
    assert message_of(expect.shape, value, (2, 2), what="w") == f"w is {shown}, expected a tensor"
    assert message_of(expect.equal, value, torch.ones(1), what="w") == f"w is {shown}, expected a tensor"


# --- equal ------------------------------------------------------------------------------------------------------------

SAME = [1, 0, -1, 1.5, True, None, "x", "", [], [1, 2.0], (1, [2]), {"a": 1}, torch.float32]


@pytest.mark.parametrize("value", SAME, ids=repr)
def test_value_is_equal_to_itself(value: object) -> None:
    expect.equal(value, value)


LOOK_ALIKES = [
    (True, 1),
    (1, True),
    (1.0, 1),
    (1, 1.0),
    (0, False),
    (None, False),
    ("1", 1),
    ((1, 2), [1, 2]),
    ([1, 2], [1, 2, 3]),
    ([True], [1]),
    ([1.0, 2], [1, 2]),
    ({"a": 1.0}, {"a": 1}),
    ({"a": 1}, {"b": 1}),
    ((1, (True,)), (1, (1,))),
    (math.nan, math.nan),
    ([math.nan], [math.nan]),
    (Opaque("Yes"), 1),
    (torch.ones(1), 1.0),
    (torch.ones(1), [1.0]),
]


@pytest.mark.parametrize(("actual", "expected"), LOOK_ALIKES, ids=repr)
def test_look_alike_is_not_equal(actual: object, expected: object) -> None:
    message = message_of(expect.equal, actual, expected, what="it")
    assert message.startswith("it is ")
    assert ", expected " in message


def test_nan_is_not_equal_even_as_one_object() -> None:
    values = [math.nan]
    message_of(expect.equal, values, values)
    message_of(expect.equal, torch.tensor([math.nan]), torch.tensor([math.nan]))


def test_distance_is_told_where_there_is_one() -> None:
    assert message_of(expect.close, torch.tensor([[math.inf, 2.0], [3.0, 4.0]]), ONE, what="x").endswith("expected 1")
    assert "(off by 1, allowed" in message_of(expect.close, torch.tensor([[2.0, 2.0], [3.0, 4.0]]), ONE, what="x")


def test_infinity_is_equal_to_itself_alone() -> None:
    expect.equal(math.inf, math.inf)
    expect.equal(torch.tensor([math.inf]), torch.tensor([math.inf]))
    message_of(expect.equal, torch.tensor([math.inf]), torch.tensor([-math.inf]))


def test_tensors_of_a_list_are_compared_by_value() -> None:
    expect.equal([torch.ones(2), 1], [torch.ones(2), 1])
    message_of(expect.equal, [torch.ones(2)], [torch.zeros(2)])
    message_of(expect.equal, [torch.ones(2)], [torch.ones(1)])


def test_first_difference_of_tensors_is_named() -> None:
    actual, expected = torch.tensor([[1, 2], [3, 5]]), torch.tensor([[1, 2], [3, 4]])
    assert message_of(expect.equal, actual, expected, what="y") == "y[1, 1] is 5, expected 4"
    assert message_of(expect.equal, torch.tensor(2), torch.tensor(3), what="y") == "y is 2, expected 3"


def test_tensors_of_other_dtype_or_shape_are_not_equal() -> None:
    one = torch.ones(2)
    assert message_of(expect.equal, one.double(), one, what="X") == "X has dtype torch.float64, expected torch.float32"
    assert message_of(expect.equal, torch.ones(1), one, what="X") == "X has shape (1,), expected (2,)"
    message_of(expect.equal, torch.ones(2, dtype=torch.int64), one)


# --- the others -------------------------------------------------------------------------------------------------------


def test_shape_is_that_of_a_tensor() -> None:
    tensor = torch.ones(2, 3)
    expect.shape(tensor, (2, 3))
    assert message_of(expect.shape, tensor, (3, 2), what="w") == "w has shape (2, 3), expected (3, 2)"


@pytest.mark.parametrize("value", [1, True, torch.tensor(1.0), None, "1.0", Opaque("numpy.float64")])
def test_only_a_python_float_is_a_float(value: object) -> None:
    assert message_of(expect.a_float, value, what="the loss").endswith(", expected a Python float")
    expect.a_float(0.5, what="the loss")


def test_length_of_lists_and_tuples_alone() -> None:
    expect.length((1, 2), 2, what="it")
    assert message_of(expect.length, [1], 2, what="it") == "it has 1 item, expected 2"
    assert message_of(expect.length, "ab", 2, what="it") == "it is 'ab', expected 2 items"
    assert message_of(expect.length, torch.ones(2), 2, what="it").startswith("it is a torch.float32 tensor of shape")


def test_that_says_its_message() -> None:
    expect.that(True, "never")
    assert message_of(expect.that, False, "always") == "always"


def test_without_a_name_a_plain_value_is_called_the_value() -> None:
    assert message_of(expect.equal, 1, 2) == "the value is 1, expected 2"


# --- likely mistakes ----------------------------------------------------------------------------------------------


def causes_of(expectation: Any, *args: Any, **kwargs: Any) -> tuple[str, ...]:
    with pytest.raises(CheckFailed) as caught:
        expectation(*args, **kwargs)
    return caught.value.causes


def test_mistake_that_is_made_in_several_ways_is_named_for_each_of_them() -> None:
    ways = {"doubled or negated": lambda: (2 * ONE.value, -ONE.value), "squared": lambda: ONE.value**2}
    for wrong in (2 * ONE.value, -ONE.value):
        assert causes_of(expect.close, wrong.float(), ONE, likely=ways) == ("doubled or negated",)
    assert causes_of(expect.close, 3 * ONE.value.float(), ONE, likely=ways) == ()


def test_mistake_in_a_shape_is_named_by_the_shape() -> None:
    likely = {"transposed": (3, 2), "flattened": (6,)}
    assert causes_of(expect.shape, torch.zeros(3, 2), (2, 3), likely=likely) == ("transposed",)
    assert causes_of(expect.shape, torch.zeros(1, 6), (2, 3), likely=likely) == ()
