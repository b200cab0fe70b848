"""The bound of any function: right programs in float32 stay inside, wrong ones don't, and it is the same each time."""

from collections.abc import Callable

import pytest
import torch

from grader.suite import expect, oracles
from grader.suite.failures import CheckFailed
from grader.suite.oracles import EPS, Expected
from grader.suite.rounding import of
from tests.meta.fakes.worker import example, told

Function = Callable[..., torch.Tensor]


def drawn(*shape: int, seed: int = 0, scale: float = 1.0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * scale


def worst(expected: Expected, actual: torch.Tensor) -> float:
    """How much of the bound is used up, at the worst entry."""
    return float(((actual.double() - expected.value).abs() / expected.bound).max())


X, W = drawn(20, 300), drawn(30, 300, seed=1)


def summed_up(x: torch.Tensor) -> torch.Tensor:
    total = torch.zeros(len(x))
    for column in x.T:
        total = total + column
    return total


RIGHT: dict[str, tuple[Function, Function, tuple[torch.Tensor, ...]]] = {
    "a product": (lambda x, w: x @ w.T, lambda x, w: (x[:, None] * w).sum(-1), (X, W)),
    "a product, column by column": (
        lambda x, w: x @ w.T,
        lambda x, w: torch.stack([(x * row).cumsum(-1)[:, -1] for row in w], 1),
        (X, W),
    ),
    "a sum in order": (lambda x: x.sum(-1), summed_up, (X.abs(),)),
    "a mean": (lambda x: x.mean(-1), lambda x: summed_up(x) / x.shape[-1], (X,)),
    "what cancels": (lambda x: (x + 1000) - 1000, lambda x: (x + 1000) - 1000, (X,)),
    "what amplifies": (lambda x: (20 * x).exp(), lambda x: (4 * x).exp() ** 5, (X,)),
    "two norms": (
        lambda x: x / x.pow(2).sum(-1, keepdim=True).sqrt(),
        lambda x: x / torch.linalg.vector_norm(x, dim=-1, keepdim=True),
        (X,),
    ),
    "in place": (lambda x: x.clone().mul_(3).add_(1), lambda x: 1 + x + x + x, (X,)),
    "what changes its input": (lambda x: x.mul_(3), lambda x: x + x + x, (X,)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_ways_to_compute_the_same_use_a_small_part_of_the_bound(name: str) -> None:
    function, other, inputs = RIGHT[name]
    expected = of(function)(*inputs)
    for way in (function, other):
        assert worst(expected, way(*(x.clone() for x in inputs))) < 0.5
    assert torch.equal(X, drawn(20, 300))


def test_bound_is_the_same_each_time_and_no_wider_than_some_roundings() -> None:
    tripled = of(lambda x: 3 * x)
    first, again = tripled(X), tripled(X)
    assert torch.equal(first.bound, again.bound)
    assert torch.equal(first.value, 3 * X.double())
    share = first.bound / (EPS * first.value.abs())
    assert 2.5 < share.min() <= share.max() < 40  # of one rounding of the input, and one of the result
    assert 9 < share.median() < 17


def test_bound_of_a_long_sum_grows_as_the_root_of_its_terms() -> None:
    short, long = (of(lambda x: x.sum())(torch.ones(n)) for n in (100, 10_000))
    relative = [float(e.bound / e.value / EPS) for e in (short, long)]
    assert 40 < relative[0] < 200  # sqrt(100) * 8
    assert 5 < relative[1] / relative[0] < 20
    assert worst(oracles.of(lambda x, w: x @ w.T)(X, W), X @ W.T * (1 + 1e-3)) > 1


def test_rows_of_a_table_are_taken_without_rounding_for_its_size() -> None:
    table = drawn(1000, 4)
    expected = of(lambda table: table[torch.tensor([3, 5])])(table)
    assert float((expected.bound / expected.value.abs()).max()) < 30 * EPS


def test_gradient_may_be_computed_in_it() -> None:
    def gradients(x: torch.Tensor, w: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x.requires_grad_()
        w.requires_grad_()
        return torch.autograd.grad(torch.tanh(x @ w.T / 17).sum(), (x, w))

    by_x, by_w = of(gradients)(X, W)
    slope = 1 - torch.tanh(X @ W.T / 17) ** 2
    assert worst(by_x, slope @ W / 17) < 0.5
    assert worst(by_w, slope.T @ X / 17) < 0.5
    assert worst(by_x, slope @ W / 17.001) > 1


def test_inputs_may_lie_in_lists_and_tables_and_whole_numbers_stay() -> None:
    def picked(tables: dict[str, list[torch.Tensor]], at: torch.Tensor, scale: float) -> torch.Tensor:
        assert at.dtype is torch.int64
        return tables["x"][0][at] * scale

    assert worst(of(picked)({"x": [X]}, torch.tensor([2]), 2.0), X[[2]] * 2) < 0.5


def test_infinite_entries_have_no_part_in_it() -> None:
    expected = of(lambda x: torch.cat([x, x.new_full((2,), -torch.inf)]).exp())(torch.ones(2))
    assert expected.value[2:].tolist() == [0, 0]
    assert expected.bound.isfinite().all()


def test_handles_may_stand_for_its_inputs() -> None:
    _, session, submission = told("import torch\nx = torch.tensor([1.0, 2.0])\ndef tripled(x): return x * 3\n")
    tripled = of(lambda x: 3 * x)

    def check() -> None:
        expect.close(submission.tripled(submission.x), tripled(submission.x))
        with pytest.raises(CheckFailed):
            expect.close(submission.x, tripled(submission.x))

    example(session, check)


# --- what is shipped --------------------------------------------------------------------------------------------------

F = torch.nn.functional
ROWS = drawn(6, 50)
SCALE, SHIFT = drawn(50, seed=2), drawn(50, seed=3)
Q, K, V = (drawn(2, 3, 16, 8, seed=seed) for seed in (4, 5, 6))


@pytest.mark.parametrize("size", [1e-3, 1.0, 30.0, 1000.0])
def test_softmax(size: float) -> None:
    x = torch.cat([ROWS * size, torch.tensor([[size] + [size * 0.999] * 49])])
    expected = oracles.softmax(x)
    shifted = (x - x.amax(-1, keepdim=True)).exp()
    for actual in (torch.softmax(x, -1), torch.log_softmax(x, -1).exp(), shifted / shifted.sum(-1, keepdim=True)):
        assert worst(expected, actual) < 0.5
    assert worst(oracles.softmax(x, 0), torch.softmax(x, 0)) < 0.5
    assert size < 1 or worst(expected, torch.softmax(x * 1.001, -1)) > 1


def test_normalisation() -> None:
    rms, layer = oracles.rms_norm(ROWS, SCALE, eps=1e-5), oracles.layer_norm(ROWS, SCALE, SHIFT, eps=1e-5)
    assert worst(rms, F.rms_norm(ROWS, (50,), SCALE, 1e-5)) < 0.5
    assert worst(layer, F.layer_norm(ROWS, (50,), SCALE, SHIFT)) < 0.5
    assert worst(oracles.rms_norm(ROWS), ROWS / ROWS.pow(2).mean(-1, keepdim=True).sqrt()) < 0.5
    assert worst(oracles.layer_norm(ROWS), F.layer_norm(ROWS, (50,), eps=0.0)) < 0.5
    assert worst(rms, F.rms_norm(ROWS, (50,), SCALE, 1e-3)) > 1
    unbiased = (ROWS - ROWS.mean(-1, keepdim=True)) / ROWS.std(-1, keepdim=True) * SCALE + SHIFT
    assert worst(layer, unbiased) > 1


def test_attention() -> None:
    full, causal = oracles.attention(Q, K, V), oracles.attention(Q, K, V, causal=True)
    assert worst(full, F.scaled_dot_product_attention(Q, K, V)) < 0.5
    assert worst(causal, F.scaled_dot_product_attention(Q, K, V, is_causal=True)) < 0.5
    by_row = [
        F.scaled_dot_product_attention(Q[..., t : t + 1, :], K[..., : t + 1, :], V[..., : t + 1, :]) for t in range(16)
    ]
    assert worst(causal, torch.cat(by_row, -2)) < 0.5
    assert worst(causal, F.scaled_dot_product_attention(Q, K, V)) > 1
    assert worst(full, torch.softmax(Q @ K.mT, -1) @ V) > 1
    last = oracles.attention(Q[..., -2:, :], K, V, causal=True)  # as with a cache of keys
    assert torch.allclose(last.value, causal.value[..., -2:, :])


def test_wider_bound_keeps_what_is_told() -> None:
    one, two = (Expected(torch.full((2,), n), torch.ones(2)) for n in (1.0, 2.0))
    wider = Expected(one.value, one.bound, told=two).times(3)
    assert wider.told is two
    assert wider.bound.tolist() == [3, 3]
