"""An expectation as Python, for a snippet: at a tolerance that a reader knows, which separates right from wrong."""

from __future__ import annotations

from typing import Final

import torch

from grader.suite.claims import Claim, claim
from grader.suite.rounding import Expected

_TOLERANCES: Final = ((1.3e-6, 1e-5), (1e-5, 1e-5), (1e-4, 1e-4), (1e-3, 1e-3), (1e-6, 1e-6), (1e-6, 1e-7), (1e-6, 0.0))


def close_claim(actual: object, tensor: torch.Tensor, expected: Expected) -> Claim | None:
    """An assert that right code passes and what came does not: at the first usual tolerance of which that is true.

    tensor: what came, of the oracle's shape. None where no tolerance separates the two.
    """
    written = expected.value.float()
    for rtol, atol in (*_TOLERANCES, (0.0, float(f"{2 * expected.bound.amax().item():.1e}"))):
        if _separates(atol + rtol * written.double().abs(), tensor, written, expected):
            given = "" if (rtol, atol) == _TOLERANCES[0] else f", rtol={rtol:g}, atol={atol:g}"
            kind = "" if tensor.dtype is torch.float32 else ", check_dtype=False"
            return claim(f"torch.testing.assert_close({{0}}, {{1}}{given}{kind})", actual, written)
    return None


def float_claim(actual: object, value: float, expected: Expected) -> Claim | None:
    """The same of a Python float, whose value the oracle gives as 0-d; None where no tolerance separates the two."""
    tensor = torch.tensor(value, dtype=torch.float64)
    written = torch.tensor(float(f"{expected.value.item():.6g}"), dtype=torch.float64)
    for allowed in (1e-4, 1e-5, 1e-3, 1e-6, 1e-7, 1e-8, float(f"{2 * expected.bound.item():.1e}")):
        if _separates(torch.tensor(allowed), tensor, written, expected):
            return claim(f"assert abs({{0}} - {written.item():g}) < {allowed:g}, {{0}}", actual)
    return None


def _separates(allowed: torch.Tensor, tensor: torch.Tensor, written: torch.Tensor, expected: Expected) -> bool:
    """Whether right code is inside, with some room, and what came is outside of these differences from `written`."""
    right = (written.double() - expected.value).abs() + expected.bound <= 0.9 * allowed
    wrong = ~((tensor.double() - written.double()).abs() <= 1.1 * allowed)
    return bool(right.all() and wrong.any())
