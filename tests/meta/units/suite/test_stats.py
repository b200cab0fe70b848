"""Statistical tests: right draws are never rejected, wrong ones are found, at the stated false-alarm rate."""

from collections.abc import Callable

import pytest
import scipy.stats
import torch
from linear_mistakes import LAYERS

from grader.suite import stats

Draw = Callable[[int, int], torch.Tensor]
SMALL = ((100, 40), (100, 40), (40, 100))


def problem(draw: Draw, *, layers: tuple[tuple[int, int], ...] = LAYERS) -> str | None:
    """What is found in layers whose standardised weights `draw(out_dim, in_dim)` makes."""
    drawn = [(f"Linear({i}, {o}).weight", draw(o, i) * (2 / i) ** 0.5) for i, o in layers]
    return stats.initialisation_problem(drawn, std_of=lambda in_dim: float((2 / in_dim) ** 0.5))


def right(rows: int, n: int) -> torch.Tensor:
    return torch.randn(rows, n)


def laplace(rows: int, n: int) -> torch.Tensor:
    return torch.distributions.Laplace(0.0, 0.5**0.5).sample((rows, n))


def truncated(rows: int, n: int) -> torch.Tensor:
    return torch.nn.init.trunc_normal_(torch.empty(rows, n), 0.0, 1.0, -2.0, 2.0) / 0.8796256610342398


WRONG: dict[str, tuple[Draw, str]] = {
    "2 % too large": (lambda rows, n: right(rows, n) * 1.02, "the standard deviation is 1.0"),
    "2 % too small": (lambda rows, n: right(rows, n) * 0.98, "the standard deviation is 0.9"),
    "uniform": (lambda rows, n: (torch.rand(rows, n) * 2 - 1) * 3**0.5, "the shape is not Gaussian"),
    "Laplace": (laplace, "the shape is not Gaussian"),
    "truncated": (truncated, "the shape is not Gaussian"),
    "rows that share a part": (lambda rows, n: right(rows, n) * 0.9**0.5 + right(1, n) * 0.1**0.5, ""),
    "columns that share a part": (lambda rows, n: right(rows, n) * 0.9**0.5 + right(rows, 1) * 0.1**0.5, ""),
    "a shifted mean": (lambda rows, n: right(rows, n) + 0.02, "the mean is 0.0"),
    "a constant": (lambda rows, n: torch.full((rows, n), 0.1), "is constant"),
    "one row repeated": (lambda rows, n: right(1, n).repeat(rows, 1), "rows that repeat each other"),
    "one row that is twice there": (lambda rows, n: torch.cat([a := right(rows - 1, n), a[:1]]), "rows that repeat"),
    "not a number": (lambda rows, n: right(rows, n).index_fill(0, torch.tensor(3), torch.nan), "not finite"),
    "infinite": (lambda rows, n: right(rows, n).index_fill(1, torch.tensor(0), torch.inf), "not finite"),
    "each number twice": (lambda rows, n: right(rows, n // 2).repeat_interleave(2, 1), "not independent"),
}


@pytest.mark.parametrize("seed", range(3))
def test_right_initial_weights_are_accepted(seed: int) -> None:
    torch.manual_seed(seed)
    assert problem(right) is None


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_initial_weights_are_found(wrong: str) -> None:
    draw, message = WRONG[wrong]
    torch.manual_seed(0)
    found = problem(draw)
    assert found is not None
    assert message in found


def test_layers_that_start_with_the_same_weights_are_found() -> None:
    def seeded(rows: int, n: int) -> torch.Tensor:
        torch.manual_seed(0)
        return right(rows, n)

    found = problem(seeded)
    assert found is not None
    assert "two separate layers, are not independent" in found


def test_layers_that_are_the_negatives_of_each_other_are_found() -> None:
    torch.manual_seed(0)
    first = right(100, 784)
    draws = iter((first, -first))
    found = problem(lambda rows, n: next(draws), layers=((784, 100), (784, 100)))
    assert found is not None
    assert "not independent" in found


def test_tests_together_reject_right_draws_as_seldom_as_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a rate of 10 % at most 10 % of right draws are rejected: more than 21 of 100 would be, with chance 1 in 2,000.

    None at all would mean that the tests are far too mild.
    """
    monkeypatch.setattr(stats, "FALSE_ALARM", 0.1)
    rejected = 0
    for seed in range(100):
        torch.manual_seed(seed)
        rejected += problem(right, layers=SMALL) is not None
    assert 1 <= rejected <= 21


@pytest.mark.parametrize("wrong", [torch.full((10_000,), torch.nan), torch.full((10_000,), torch.inf)])
def test_draws_that_are_not_finite_are_not_gaussian(wrong: torch.Tensor) -> None:
    assert stats.gaussian_problem(wrong.double(), tests=1) is not None


def test_draws_that_give_no_statistic_are_not_independent() -> None:
    nothing, nan = torch.zeros(3, 100), torch.full((100,), torch.nan)
    assert stats.common_part_problem(nothing, tests=1) is not None
    assert stats.correlation_problem(nan, nan, tests=1) is not None


def test_messages_name_the_layer_and_the_standard_deviation_asked_for() -> None:
    torch.manual_seed(0)
    found = problem(lambda rows, n: right(rows, n) * 2, layers=((50, 400),))
    assert found is not None
    assert found.startswith("Linear(50, 400).weight is not Gaussian with standard deviation 0.2: ")
    assert found.endswith("times the one asked for")


@pytest.mark.parametrize("n", [10_000, 235_200])
@pytest.mark.parametrize("deviations", [-9, -6, -1, 0, 2, 6, 9])
def test_chances_of_a_sum_of_squares_are_those_of_scipy(n: int, deviations: int) -> None:
    value = n + deviations * (2 * n) ** 0.5
    expected = 2 * min(scipy.stats.chi2.cdf(value, n), scipy.stats.chi2.sf(value, n))
    assert stats.chi_squared_p(value, n) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("n", [10_000, 78_400])
@pytest.mark.parametrize("shift", [-0.05, -0.02, 0.0, 0.01, 0.06])
def test_chances_of_a_shape_are_never_below_those_of_scipy_and_hardly_above(n: int, shift: float) -> None:
    torch.manual_seed(0)
    draws = torch.randn(n, dtype=torch.float64) + shift
    expected = scipy.stats.kstest(draws.numpy(), "norm").pvalue
    assert expected <= stats.kolmogorov_smirnov_p(draws) <= (1.05 * expected if expected < 0.1 else 1.0)


def test_what_was_found_is_found_again_without_looking_and_for_the_same_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, look = list[int](), stats.repeated_rows

    def noting(draws: torch.Tensor) -> bool:
        looks.append(1)
        return look(draws)

    monkeypatch.setattr(stats, "repeated_rows", noting)
    stats._found.clear()
    monkeypatch.setattr(stats, "MOST_FOUND", 4)
    torch.manual_seed(0)
    weight = right(100, 200)
    other = weight.clone()
    other[5] = other[6]

    def found(drawn: torch.Tensor, name: str = "weight", std: float = 1.0) -> tuple[str | None, int]:
        looks.clear()
        return stats.initialisation_problem([(name, drawn)], std_of=lambda in_dim: std), len(looks)

    for times in (1, 0):
        assert found(weight) == (None, times)
        assert found(weight.T.contiguous().T) == (None, 0)
        assert found(weight, "W") == (None, times)
        assert found(other) == ("weight has rows that repeat each other", times)
        problem, looked = found(weight, std=1.1)
        assert "standard deviation 1.1" in str(problem)
        assert looked == times
    assert found(weight.bfloat16())[1] == 1
    assert len(stats._found) == 1, "no more are kept than so many"
