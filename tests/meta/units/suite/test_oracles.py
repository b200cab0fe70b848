"""Oracles: torch's own values in float64, bounds that hold every right float32 computation and no wrong one."""

from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from grader.suite import oracles
from grader.suite.oracles import Expected

QUICK = settings(max_examples=40, derandomize=True, database=None, deadline=None)
SEEDS = st.integers(0, 2**20)
SCALES = st.sampled_from((1.0, 1e-3, 30.0, 1e4, 1e-20))
Tensor = torch.Tensor


def outside(actual: Tensor, expected: Expected) -> bool:
    """Whether an entry lies outside the bound."""
    assert actual.shape == expected.value.shape
    return bool((~((actual.double() - expected.value).abs() <= expected.bound)).any())


def normal(seed: int) -> Callable[..., Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return lambda *shape: torch.randn(*shape, generator=generator)


def labels(seed: int, rows: int, classes: int) -> Tensor:
    return torch.randint(0, classes, (rows,), generator=torch.Generator().manual_seed(seed))


# --- right ways to write the parts ------------------------------------------------------------------------------------

PRODUCTS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "X @ W.T": lambda x, w: x @ w.T,
    "F.linear": functional.linear,
    "einsum": lambda x, w: torch.einsum("...i,oi->...o", x, w),
    "sum over a broadcast product": lambda x, w: (x[..., None, :] * w).sum(-1),
    "one term after the other": lambda x, w: (x[..., None, :] * w).cumsum(-1)[..., -1],
    "last term first": lambda x, w: (x[..., None, :] * w).flip(-1).cumsum(-1)[..., -1],
    "columns": lambda x, w: (w @ x[..., None])[..., 0],
    "float64 inside": lambda x, w: (x.double() @ w.double().T).float(),
}


def shifted(z: Tensor) -> Tensor:
    return z - z.max(dim=1, keepdim=True).values


def one_by_one(z: Tensor, y: Tensor) -> Tensor:
    total = torch.zeros(())
    for row, label in zip(z, y, strict=True):
        total = total + torch.logsumexp(row, 0) - row[label]
    return total / len(y)


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "logsumexp": lambda z, y: (torch.logsumexp(z, 1) - z[range(len(y)), y]).mean(),
    "shift": lambda z, y: (torch.log(torch.exp(shifted(z)).sum(1)) - shifted(z)[range(len(y)), y]).mean(),
    "shift and back": lambda z, y: (
        torch.log(torch.exp(shifted(z)).sum(1)) + z.max(1).values - z[range(len(y)), y]
    ).mean(),
    "log_softmax": lambda z, y: -torch.log_softmax(z, 1)[range(len(y)), y].mean(),
    "one-hot": lambda z, y: -(functional.one_hot(y, z.shape[1]) * torch.log_softmax(z, 1)).sum() / len(y),
    "gather": lambda z, y: (torch.logsumexp(z, 1, keepdim=True) - z.gather(1, y[:, None])).mean(),
    "difference of means": lambda z, y: torch.logsumexp(z, 1).mean() - z[range(len(y)), y].mean(),
    "difference of sums": lambda z, y: (torch.logsumexp(z, 1).sum() - z[range(len(y)), y].sum()) / len(y),
    "row by row": lambda z, y: one_by_one(z, y) if len(y) <= 12 else functional.cross_entropy(z, y),
    "float64 inside": lambda z, y: functional.cross_entropy(z.double(), y).float(),
}

STEPS: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    "p - lr * g": lambda p, g, lr: p - lr * g,
    "sub with alpha": lambda p, g, lr: p.sub(g, alpha=lr),
    "learning rate as a tensor": lambda p, g, lr: p - torch.tensor(lr) * g,
    "fused": lambda p, g, lr: torch.addcmul(p, torch.tensor(-lr), g),
    "float64 inside": lambda p, g, lr: (p.double() - lr * g.double()).float(),
    "divided": lambda p, g, lr: p - g / (1 / lr),
}


# --- values -----------------------------------------------------------------------------------------------------------


@QUICK
@given(seed=SEEDS, sizes=st.tuples(*[st.integers(1, 9)] * 3))
def test_linear_and_its_gradients_are_those_of_torch(seed: int, sizes: tuple[int, int, int]) -> None:
    n, in_dim, out_dim = sizes
    draw = normal(seed)
    x, w, upstream = draw(n, in_dim), draw(out_dim, in_dim), draw(n, out_dim)
    wide_x, wide_w = x.double().requires_grad_(), w.double().requires_grad_()
    out = functional.linear(wide_x, wide_w)
    by_w, by_x = torch.autograd.grad((out * upstream.double()).sum(), (wide_w, wide_x))
    torch.testing.assert_close(oracles.linear(x, w).value, out.detach(), rtol=1e-12, atol=1e-12)
    for oracle, gradient in zip(oracles.linear_gradients(x, w, upstream), (by_w, by_x), strict=True):
        torch.testing.assert_close(oracle.value, gradient, rtol=1e-12, atol=1e-12)


@QUICK
@given(seed=SEEDS, dims=st.lists(st.integers(1, 6), min_size=2, max_size=4))
def test_network_and_its_gradients_are_those_of_torch(seed: int, dims: list[int]) -> None:
    draw = normal(seed)
    weights = [draw(b, a) for a, b in zip(dims[:-1], dims[1:], strict=True)]
    x, upstream = draw(5, dims[0]), draw(5, dims[-1])
    wide = [w.double().requires_grad_() for w in weights]
    out = x.double()
    for w in wide[:-1]:
        out = torch.relu(functional.linear(out, w))
    out = functional.linear(out, wide[-1])
    torch.testing.assert_close(oracles.relu_network(x, weights).value, out.detach(), rtol=1e-12, atol=1e-12)
    gradients = torch.autograd.grad((out * upstream).sum(), wide)
    for oracle, gradient in zip(oracles.relu_network_gradients(x, weights, upstream), gradients, strict=True):
        torch.testing.assert_close(oracle.value, gradient, rtol=1e-12, atol=1e-12)
    assert not any(w.requires_grad for w in weights)  # the caller's tensors stay as they are


@QUICK
@given(seed=SEEDS, rows=st.integers(1, 9), classes=st.integers(1, 9), scale=SCALES)
def test_cross_entropy_and_its_gradient_are_those_of_torch(seed: int, rows: int, classes: int, scale: float) -> None:
    z, y = normal(seed)(rows, classes) * scale, labels(seed, rows, classes)
    wide = z.double().requires_grad_()
    loss = functional.cross_entropy(wide, y)
    (gradient,) = torch.autograd.grad(loss, wide)
    torch.testing.assert_close(oracles.cross_entropy(z, y).value, loss.detach(), rtol=1e-12, atol=1e-12 * scale)
    torch.testing.assert_close(oracles.cross_entropy_gradient(z, y).value, gradient, rtol=1e-12, atol=1e-12)


@QUICK
@given(seed=SEEDS, rate=st.sampled_from((1.0, 0.1, 0.007, 1.7)))
def test_sgd_step_is_that_of_torch(seed: int, rate: float) -> None:
    draw = normal(seed)
    p, g = draw(3, 2), draw(3, 2)
    parameter = torch.nn.Parameter(p.double())
    parameter.grad = g.double()
    torch.optim.SGD([parameter], lr=rate).step()
    torch.testing.assert_close(oracles.sgd_step(p, g, rate).value, parameter.detach(), rtol=1e-14, atol=1e-14)


@QUICK
@given(seed=SEEDS, counts=st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_weighted_mean_of_batches_is_the_mean_over_all_rows(seed: int, counts: list[int]) -> None:
    z, y = normal(seed)(sum(counts), 4), labels(seed, sum(counts), 4)
    parts = [oracles.cross_entropy(a, b) for a, b in zip(torch.split(z, counts), torch.split(y, counts), strict=True)]
    whole = functional.cross_entropy(z.double(), y)
    torch.testing.assert_close(oracles.weighted_mean(parts, counts).value, whole, rtol=1e-12, atol=1e-12)


def test_exact_allows_one_rounding() -> None:
    value = torch.tensor([1.0, -3.0, 0.0])
    assert not outside(torch.nextafter(value, torch.tensor(9.0)), oracles.exact(value))
    assert outside(value * (1 + 1e-6), oracles.exact(value))


# --- bounds hold what is right ----------------------------------------------------------------------------------------


def products(seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Inputs and weights of many sizes; all of one sign, where errors add up, among them."""
    draw = normal(seed)
    for round_ in range(40):
        n, in_dim, out_dim = (3, 784, 100) if round_ % 20 == 0 else (1 + round_ % 4, 1 + round_ % 13, 1 + round_ % 7)
        x, w = draw(n, in_dim) * (1.0, 1e-3, 30.0, 1e4, 1e-20)[round_ % 5], draw(out_dim, in_dim)
        yield (x.abs(), w.abs()) if round_ % 3 == 0 else (x, w)


@pytest.mark.parametrize("seed", range(2))
def test_layer_written_in_any_order_is_within_the_bound(seed: int) -> None:
    for x, w in products(seed):
        expected, last = oracles.linear(x, w), normal(seed)(4, len(w))
        through = oracles.relu_network(x, [w, last])
        upstream = normal(seed)(len(x), len(w))
        by_w, by_x = oracles.linear_gradients(x, w, upstream)
        for name, product in PRODUCTS.items():
            leaf_x, leaf_w = x.clone().requires_grad_(), w.clone().requires_grad_()
            out = product(leaf_x, leaf_w)
            assert not outside(out.detach(), expected), name
            assert not outside(product(torch.relu(out.detach()), last), through), name
            gradients = torch.autograd.grad((out * upstream).sum(), (leaf_w, leaf_x))
            assert not outside(gradients[0], by_w), name
            assert not outside(gradients[1], by_x), name


@pytest.mark.parametrize("seed", range(2))
def test_network_gradients_in_any_order_are_within_the_bound(seed: int) -> None:
    relus: tuple[Callable[[Tensor], Tensor], ...] = (
        torch.relu,
        lambda z: z * (z > 0),
        lambda z: torch.maximum(z, torch.zeros(())),
        lambda z: z.clamp(min=0),
    )
    draw = normal(seed)
    for round_ in range(20):
        n, a, b, c = 1 + round_ % 5, 1 + round_ % 7, 1 + round_ % 3, 1 + round_ % 4
        x, weights = draw(n, a), [draw(b, a), draw(c, b)]
        if round_ % 2:
            x = (x * 2).round() / 2  # as `halves`: exact sums, and hidden units at exactly 0
        upstream = draw(n, c) * oracles.away_from_kinks(x, weights)[:, None]
        expected = oracles.relu_network_gradients(x, weights, upstream)
        for name, product in PRODUCTS.items():
            leaves = [w.clone().requires_grad_() for w in weights]
            out = product(relus[round_ % 4](product(x, leaves[0])), leaves[1])
            for gradient, oracle in zip(torch.autograd.grad((out * upstream).sum(), leaves), expected, strict=True):
                assert not outside(gradient, oracle), name


def logits(seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits of many sizes, up to 10,000, with labels."""
    draw = normal(seed)
    for round_ in range(42):
        n, k = (1, 2, 3, 6, 12, 100)[round_ % 6], (1, 2, 3, 5, 12)[round_ % 5]
        scale = (1.0, 1e-3, 3.0, 30.0, 100.0, 1e3, 1e4)[round_ % 7]
        z = draw(n, k)
        z = z / z.abs().max() * scale if scale >= 100 else z * scale
        yield z, labels(seed + round_, n, k)


@pytest.mark.parametrize("seed", range(2))
def test_loss_written_in_any_way_is_within_the_bound(seed: int) -> None:
    for z, y in logits(seed):
        expected, expected_gradient = oracles.cross_entropy(z, y), oracles.cross_entropy_gradient(z, y)
        for name, loss in LOSSES.items():
            leaf = z.clone().requires_grad_()
            value = loss(leaf, y)
            assert not outside(value.detach(), expected), name
            assert not outside(torch.autograd.grad(value, leaf)[0], expected_gradient), name


@pytest.mark.parametrize("seed", range(2))
def test_step_written_in_any_way_is_within_the_bound(seed: int) -> None:
    draw = normal(seed)
    for rate in (1.0, 0.5, 0.1, 0.01, 0.3, 0.007, 1.7):
        for scale in (1.0, 1e-3, 30.0, 1e-25, 1e15):
            p, g = draw(30, 4) * scale, draw(30, 4) * scale * 3
            for name, step in STEPS.items():
                assert not outside(step(p, g, rate), oracles.sgd_step(p, g, rate)), name


def descent(dtype: torch.dtype, seed: int, product: Callable[[Tensor, Tensor], Tensor], rate: float = 0.1) -> Tensor:
    draw = normal(seed)
    x, target, weight = (draw(*shape).to(dtype) for shape in ((5, 3), (5, 2), (2, 3)))
    for _ in range(5):
        leaf = weight.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(functional.mse_loss(product(x, leaf), target), [leaf])
        weight = weight - rate * gradient
    return weight


@pytest.mark.parametrize("seed", range(10))
def test_training_run_in_any_order_is_within_its_rounding_and_a_wrong_one_is_not(seed: int) -> None:
    expected = oracles.rounding_of(lambda dtype: descent(dtype, seed, functional.linear))
    for product in PRODUCTS.values():
        assert not outside(descent(torch.float32, seed, product), expected)
    assert outside(descent(torch.float32, seed, functional.linear, rate=0.1001), expected)
    assert outside(descent(torch.float32, seed, functional.linear) * (1 + 1e-4), expected)


# --- and nothing that is wrong ----------------------------------------------------------------------------------------

SLIP = 1 + 1e-4


@QUICK
@given(seed=SEEDS, scale=SCALES, in_dim=st.integers(1, 12))
def test_layer_that_is_off_by_one_in_ten_thousand_is_outside(seed: int, scale: float, in_dim: int) -> None:
    draw = normal(seed)
    x, w = draw(2, in_dim) * scale, draw(5, in_dim)
    assert outside((x @ w.T) * SLIP, oracles.linear(x, w))
    x, w = x.abs(), w.abs()  # else all hidden units may be 0, and 0 times anything is right
    assert outside(torch.relu(x @ w.T) @ w * SLIP, oracles.relu_network(x, [w, w.T]))
    assert outside(x.bfloat16().float() @ w.T, oracles.linear(x, w))


@QUICK
@given(seed=SEEDS, rows=st.integers(1, 12), classes=st.integers(2, 12), scale=st.sampled_from((1.0, 3.0, 1e3, 1e4)))
def test_loss_that_is_off_by_one_in_ten_thousand_is_outside(seed: int, rows: int, classes: int, scale: float) -> None:
    z, y = normal(seed)(rows, classes) * scale, labels(seed, rows, classes)
    y[0] = z[0].argmin()  # else the loss of a single large logit may be 0, and 0 times anything is right
    assert outside(functional.cross_entropy(z, y) * SLIP, oracles.cross_entropy(z, y))
    gradient = oracles.cross_entropy_gradient(z, y)
    if scale <= 3.0:
        assert outside(gradient.value * SLIP, gradient)


@QUICK
@given(seed=SEEDS, rate=st.sampled_from((1.0, 0.1, 0.01, 0.007)))
def test_step_that_is_off_by_one_in_ten_thousand_is_outside(seed: int, rate: float) -> None:
    draw = normal(seed)
    p, g = draw(6), draw(6)
    expected = oracles.sgd_step(p, g, rate)
    assert outside((p - rate * g) * SLIP, expected)
    assert outside(p - rate * SLIP * g, expected)


def test_long_sum_has_a_bound_below_a_half_percent() -> None:
    x, w = normal(0)(4, 784), normal(1)(100, 784)
    assert outside((x @ w.T) * 1.005, oracles.linear(x, w))
    assert outside((x.bfloat16() @ w.bfloat16().T).float(), oracles.linear(x, w))


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf, -torch.inf])
def test_nothing_that_is_not_finite_is_within_a_bound(wrong: float) -> None:
    expected = oracles.linear(torch.ones(1, 2), torch.ones(1, 2))
    assert outside(torch.tensor([[wrong]]), expected)


# --- places where rounding may decide ---------------------------------------------------------------------------------


def test_error_range_is_one_number_where_the_best_logits_are_clear() -> None:
    logits, y = torch.tensor([[2.0, 1.0], [0.0, 3.0], [5.0, 0.0]]), torch.tensor([0, 0, 0])
    assert oracles.error_range(oracles.exact(logits), y) == (1, 1)


def test_error_range_leaves_a_tie_open() -> None:
    logits, y = torch.tensor([[1.0, 1.0], [0.0, 3.0], [4.0, 0.0]]), torch.tensor([0, 0, 0])
    assert oracles.error_range(oracles.exact_input(logits), y) == (1, 2)


@QUICK
@given(seed=SEEDS, rows=st.integers(1, 8))
def test_right_error_is_within_the_range(seed: int, rows: int) -> None:
    draw = normal(seed)
    x, w = (draw(rows, 3) * 2).round() / 2, (draw(4, 3) * 2).round() / 2  # ties are common
    low, high = oracles.error_range(oracles.linear(x, w), y := labels(seed, rows, 4))
    for product in PRODUCTS.values():
        assert low <= int((product(x, w).argmax(1) != y).sum()) <= high


def test_error_range_of_a_single_class_is_zero() -> None:
    assert oracles.error_range(oracles.exact(torch.ones(3, 1)), torch.zeros(3, dtype=torch.int64)) == (0, 0)


def test_rows_with_a_hidden_unit_at_zero_are_not_away_from_kinks() -> None:
    weights = [torch.tensor([[1.0, -1.0]]), torch.ones(1, 1)]
    x = torch.tensor([[2.0, 1.0], [1.0, 1.0], [0.0, 0.0], [1.0, 1.0 + 1e-7], [1.0, 2.0]])
    assert oracles.away_from_kinks(x, weights).tolist() == [True, False, False, False, True]


def test_network_without_a_hidden_layer_has_no_kinks() -> None:
    assert oracles.away_from_kinks(torch.zeros(3, 2), [torch.ones(1, 2)]).tolist() == [True] * 3


def test_loss_of_logits_that_carry_an_error_has_a_wider_bound() -> None:
    z, y = normal(0)(4, 3), labels(0, 4, 3)
    wide = oracles.cross_entropy_of(Expected(z.double(), torch.full((4, 3), 1e-3, dtype=torch.float64)), y)
    narrow = oracles.cross_entropy_of(oracles.exact_input(z), y)
    assert outside(narrow.value + 1.9e-3, narrow)
    assert not outside(narrow.value + 1.9e-3, wide)
    assert outside(narrow.value + 2.1e-3, wide)
