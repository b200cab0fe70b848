"""An expectation as Python: right code passes it, what came does not, and the tolerance is one that is known."""

from __future__ import annotations

import pytest
import torch

from grader.suite.claims import Claim
from grader.suite.rounding import Expected
from grader.suite.tolerances import close_claim, float_claim


def expected(value: float, bound: float) -> Expected:
    return Expected(torch.tensor(value, dtype=torch.float64), torch.tensor(bound, dtype=torch.float64))


@pytest.mark.parametrize(
    ("came", "bound", "code"),
    [
        (2.0, 1e-7, "torch.testing.assert_close({0}, {1})"),
        (2.0, 1e-4, "torch.testing.assert_close({0}, {1}, rtol=0.0001, atol=0.0001)"),
        (1.000004, 1e-7, "torch.testing.assert_close({0}, {1}, rtol=1e-06, atol=1e-06)"),
        (2.0, 0.1, "torch.testing.assert_close({0}, {1}, rtol=0, atol=0.2)"),
    ],
)
def test_first_usual_tolerance_that_separates_is_taken(came: float, bound: float, code: str) -> None:
    assert close_claim("y", torch.tensor(came), expected(1.0, bound)) == Claim(code, ("y", torch.tensor(1.0)))


def test_other_dtypes_are_let_pass() -> None:
    found = close_claim("y", torch.tensor(2.0, dtype=torch.float64), expected(1.0, 1e-7))
    assert found is not None
    assert found.code.endswith(", check_dtype=False)")


def test_nothing_is_claimed_where_no_tolerance_separates() -> None:
    assert close_claim("y", torch.tensor(1.2), expected(1.0, 0.15)) is None
    assert float_claim("y", 1.2, expected(1.0, 0.15)) is None


def test_float_is_compared_with_a_difference() -> None:
    assert float_claim("loss", 0.5, expected(1 / 3, 1e-9)) == Claim(
        "assert abs({0} - 0.333333) < 0.0001, {0}", ("loss",)
    )
    assert float_claim("loss", 0.33334, expected(1 / 3, 1e-9)) == Claim(
        "assert abs({0} - 0.333333) < 1e-06, {0}", ("loss",)
    )


def test_nan_is_no_right_value() -> None:
    assert close_claim("y", torch.tensor(torch.nan), expected(1.0, 1e-7)) is not None
