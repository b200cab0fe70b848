"""Statistical tests for what a submission draws at random, with a stated false-alarm rate.

    weight = torch.randn(100, 784) * (2 / 784) ** 0.5
    stats.initialisation_problem([("weight", weight)], std_of=lambda in_dim: (2 / in_dim) ** 0.5)  # None: all is well

Each test has the same small chance to reject right code; the chance that any of `tests` does is at most FALSE_ALARM.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Final

import numpy as np
import torch

FALSE_ALARM: Final = 1e-9  # of all tests of one grading together
MOST_FOUND: Final = 100
_found: Final = dict[bytes, str | None]()  # by what the weights are, to the last bit


def initialisation_problem(layers: Sequence[tuple[str, torch.Tensor]], *, std_of: Callable[[int], float]) -> str | None:
    """Why initial weights are not independent draws from N(0, std_of(in_dim)^2), or None.

    layers: (name for the message, weight of shape (out_dim, in_dim)), some 10,000 entries or more in each. Layers of
    one shape are also compared with each other. What was found is kept: in a class, most draw the same by one seed.
    """
    stds = [std_of(weight.shape[1]) for _, weight in layers]
    key = _digest(layers, stds)
    if key not in _found:
        if len(_found) >= MOST_FOUND:
            _found.clear()
        _found[key] = _initialisation_problem(layers, stds)
    return _found[key]


def _initialisation_problem(layers: Sequence[tuple[str, torch.Tensor]], stds: Sequence[float]) -> str | None:
    draws = [(name, weight.double() / std) for (name, weight), std in zip(layers, stds, strict=True)]
    twins = [(a, b) for a, b in combinations(draws, 2) if a[1].shape == b[1].shape]
    tests = 5 * len(draws) + 4 + len(twins)
    for (name, weight), std in zip(draws, stds, strict=True):
        if not weight.isfinite().all():
            return f"{name} has entries that are not finite"
        if weight.min() == weight.max():
            return f"{name} is constant, expected random numbers"
        if repeated_rows(weight):
            return f"{name} has rows that repeat each other"
        if problem := gaussian_problem(weight.flatten(), tests=tests):
            return f"{name} is not Gaussian with standard deviation {std:.4g}: {problem}"
        for part in (weight, weight.T):
            if problem := common_part_problem(part, tests=tests):
                return f"the rows or columns of {name} are not independent: {problem}"
    pooled = torch.cat([weight.flatten() for _, weight in draws])
    if problem := gaussian_problem(pooled, tests=tests):
        return f"the weights of all layers together are not the Gaussians asked for: {problem}"
    if problem := correlation_problem(pooled[:-1], pooled[1:], tests=tests):
        return f"weights that stand side by side are not independent: {problem}"
    for (name, one), (other, two) in twins:
        if problem := correlation_problem(one.flatten(), two.flatten(), tests=tests):
            return f"{name} and {other}, two separate layers, are not independent: {problem}"
    return None


def _digest(layers: Sequence[tuple[str, torch.Tensor]], stds: Sequence[float]) -> bytes:
    told = [
        (name, str(weight.dtype), tuple(weight.shape), std) for (name, weight), std in zip(layers, stds, strict=True)
    ]
    digest = hashlib.sha256(repr(told).encode())
    for _, weight in layers:
        digest.update(weight.double().numpy(force=True).tobytes())
    return digest.digest()


def gaussian_problem(standardised: torch.Tensor, *, tests: int) -> str | None:
    """Why the draws are not from N(0, 1), or None. standardised: (n,) float64; sensible from n = 10,000 on."""
    if not standardised.isfinite().all():
        return "not all of them are finite"
    n = len(standardised)
    mean, std = standardised.mean().item(), standardised.square().mean().sqrt().item()
    if _rejects(_two_sided(mean * math.sqrt(n)), tests):
        return f"the mean is {mean:.3g} standard deviations away from 0"
    squares = n * std**2
    if _rejects(chi_squared_p(squares, n), tests):
        return f"the standard deviation is {std:.4g} times the one asked for"
    if _rejects(kolmogorov_smirnov_p(standardised), tests):
        return "mean and standard deviation are right, but the shape is not Gaussian"
    return None


def correlation_problem(a: torch.Tensor, b: torch.Tensor, *, tests: int) -> str | None:
    """Why two sets of N(0, 1) draws are not independent of each other, or None. a, b: (n,) float64."""
    r = (a * b).mean().item() / math.sqrt(a.square().mean().item() * b.square().mean().item() or 1.0)
    if _rejects(_two_sided(r * math.sqrt(len(a))), tests):
        return f"they are correlated (r = {r:.2g})"
    return None


def common_part_problem(draws: torch.Tensor, *, tests: int) -> str | None:
    """Why the rows of Gaussian draws share a common part, or None. draws: (rows, n) float64, of any one variance.

    If rows are independent, the sum over the rows has `rows` times the variance of an entry in each column; a part
    that rows share, however small in each, adds up in the sum.
    """
    rows, n = draws.shape
    energy = (draws.sum(0).square().sum() / (rows * draws.square().mean())).item()
    if _rejects(chi_squared_p(energy, n), tests):
        return "they share a common part"
    return None


# Without scipy.stats, which takes a second and 45 MiB to import.


def chi_squared_p(value: float, n: int) -> float:
    """The chance, in [0, 1], that a sum of n squares of N(0, 1) draws lies as far out as this, to either side."""
    shape, at = torch.tensor([n / 2, value / 2], dtype=torch.float64)
    return 2 * min(float(torch.special.gammainc(shape, at)), float(torch.special.gammaincc(shape, at)))


def kolmogorov_smirnov_p(draws: torch.Tensor) -> float:
    """At least the chance that n draws from N(0, 1) lie as far from it as these, by Massart's inequality.

    In the tail, where tests reject, it is what the exact distribution says, but for some per cent. draws: (n,) float64.
    """
    n = len(draws)
    cdf = torch.special.ndtr(torch.from_numpy(np.sort(draws.numpy(force=True))))  # in half the time of torch's sort
    above = torch.arange(1, n + 1, dtype=torch.float64) / n - cdf
    return min(2 * math.exp(-2 * n * max(above.max().item(), 1 / n - above.min().item()) ** 2), 1.0)


def repeated_rows(draws: torch.Tensor) -> bool:
    """Whether two rows are the same. draws: (rows, n), any dtype."""
    return len(torch.unique(draws, dim=0)) < len(draws)


def _rejects(p_value: float, tests: int) -> bool:
    return not p_value >= FALSE_ALARM / tests  # not `<`: draws that give NaN are not right


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))
