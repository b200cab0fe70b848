"""SGD(parameters, learning_rate): step() is p <- p - learning_rate * p.grad, zero_grad() clears the gradients."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.suite import expect, oracles, strategies
from grader.suite.checks import check
from grader.suite.claims import claim
from grader.suite.handles import Handle, error_of, examine, later, render
from grader.suite.strategies import Values

SHAPES = st.lists(st.sampled_from(((), (1,), (3,), (2, 3), (4, 1), (2, 3, 2), (30, 20))), min_size=1, max_size=4)


def make_parameters(submission: Any, starts: list[torch.Tensor]) -> list[Handle]:
    """Parameters in the worker with these values."""
    return [submission.torch.nn.Parameter(start) for start in starts]


RECORDED = "the update is recorded by autograd, which refuses it: put it inside `with torch.no_grad():`"
IN_PLACE_ERRORS = {"a leaf Variable that requires grad is being used in an in-place operation": RECORDED}

STILL = "the parameter itself does not change: `p = p - ...` binds a new tensor, and a copy is another"
SOME = "some parameters are updated and others are not: the step must reach each of them"
USED_UP = "the generator is used up after one loop, and later loops do nothing: keep list(parameters)"


def wrong_steps(
    start: torch.Tensor, gradients: list[torch.Tensor], learning_rate: float, *, still: Sequence[str] = (STILL,)
) -> expect.Mistakes:
    """Mistakes in step(), and what they make of a parameter. gradients: of all steps so far; start: before this one.

    still: what it may mean that the parameter does not change.
    """
    p, g, lr = start.double(), gradients[-1].double(), learning_rate
    velocity = torch.zeros_like(p)
    for gradient in gradients:
        velocity = 0.9 * velocity + gradient
    return {
        **dict.fromkeys(still, lambda: p),
        "the gradient is added, so that every step climbs the loss: p -= ...": lambda: p + lr * g,
        "the learning rate is not used": lambda: p - g,
        "the learning rate is fixed to 0.1, whatever is passed": lambda: p - 0.1 * g,
        "the learning rate is multiplied twice": lambda: p - lr * lr * g,
        "each step is applied twice": lambda: p - 2 * lr * g,
        "the parameter is replaced by the step, not moved by it": lambda: -lr * g,
        "the step has momentum: earlier gradients take part in it": lambda: p - lr * velocity,
        "the weights decay, which plain gradient descent does not do": lambda: tuple(
            p - lr * (g + decay * p) for decay in (1e-4, 1e-3, 1e-2, 0.1)
        ),
        "the gradient is clipped before the step": lambda: p - lr * g.clamp(-1, 1),
        "the gradient is divided by its norm before the step": lambda: p - lr * g / g.norm(),
        "only the sign of the gradient is used": lambda: p - lr * g.sign(),
    }


@check(
    "SGD",
    hint="with torch.no_grad(): p -= self.learning_rate * p.grad, for each parameter and in place",
    errors=IN_PLACE_ERRORS,
)
@given(shapes=SHAPES, learning_rate=strategies.learning_rates(), steps=st.integers(1, 3), values=strategies.values())
def test_step(submission: Any, shapes: list[tuple[int, ...]], learning_rate: float, steps: int, values: Values) -> None:
    """step() changes each parameter p in place to p - learning_rate * p.grad."""
    current = [values(*shape) for shape in shapes]
    parameters = make_parameters(submission, current)
    opt = submission.SGD(submission.make_list(parameters), learning_rate)
    history: list[list[torch.Tensor]] = []
    for _ in range(steps):
        gradients = [values(*shape) for shape in shapes]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        opt.step()
        history.append(gradients)
        later(partial(expect_step, current, list(history), learning_rate), *parameters)


def expect_step(
    current: list[torch.Tensor], history: list[list[torch.Tensor]], learning_rate: float, *after: torch.Tensor
) -> None:
    """The last step was right. history: the gradients of each step; current: the values before it, then those after."""
    gradients, step = history[-1], len(history)
    still = why_still(after, current, gradients, step)
    for value, before, *earlier in zip(after, current, *history, strict=True):
        gradient = earlier[-1]
        what = f"p after step {step} from p = {render(before)}, p.grad = {render(gradient)} (lr {learning_rate:g})"
        likely = partial(wrong_steps, before, earlier, learning_rate, still=still)
        expect.close(value, oracles.sgd_step(before, gradient, learning_rate), what=what, likely=likely)
    current[:] = after


def _moves(after: object, before: torch.Tensor) -> bool:
    return isinstance(after, torch.Tensor) and not torch.equal(after, before)


def why_still(
    after: Sequence[object], before: list[torch.Tensor], gradients: list[torch.Tensor], step: int
) -> tuple[str, ...]:
    """What it may mean that a parameter does not change in this step, by what the others do."""
    moving, asked = any(map(_moves, after, before)), sum(bool(gradient.any()) for gradient in gradients)
    first = USED_UP if step > 1 else STILL
    return (SOME,) if moving else (first, SOME) if asked == 1 else (first,)


@check("SGD", hint="model.parameters() can be iterated over only once: keep list(parameters)", errors=IN_PLACE_ERRORS)
@given(layers=st.integers(1, 3), learning_rate=strategies.learning_rates(), values=strategies.values())
def test_parameters_from_a_generator(submission: Any, layers: int, learning_rate: float, values: Values) -> None:
    """The parameters may come as a generator, such as model.parameters()."""
    current = [values(1, 2) for _ in range(layers)]
    parameters = make_parameters(submission, current)
    opt = submission.SGD(submission.make_generator(parameters), learning_rate)
    gradients = [values(1, 2) for _ in range(layers)]
    opt.zero_grad()
    for step in (1, 2):
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        opt.step()
        later(partial(expect_step_from_generator, current, gradients, learning_rate, step), *parameters)


def expect_step_from_generator(
    current: list[torch.Tensor],
    gradients: list[torch.Tensor],
    learning_rate: float,
    step: int,
    *after: torch.Tensor,
) -> None:
    """The step was right. current: the values before it, then those after."""
    moving = any(map(_moves, after, current))
    for value, start, gradient in zip(after, current, gradients, strict=True):
        likely = partial(wrong_steps, start, [gradient], learning_rate, still=(SOME if moving else USED_UP,))
        expected = oracles.sgd_step(start, gradient, learning_rate)
        expect.close(value, expected, what=f"a parameter given by a generator, after step {step}", likely=likely)
    current[:] = after


@check(
    "SGD",
    hint="set p.grad to None or zero it, for each p whose grad is not None",
    errors={"'NoneType' object has no attribute": "a parameter may have no gradient yet: if p.grad is not None"},
)
@given(shapes=SHAPES, values=strategies.values(), without=st.booleans())
def test_zero_grad(submission: Any, shapes: list[tuple[int, ...]], values: Values, without: bool) -> None:
    """zero_grad() sets the gradients to zero or None, and copes with parameters that have none."""
    starts = [values(*shape) for shape in shapes]
    parameters = make_parameters(submission, starts)
    bare = submission.torch.nn.Parameter(torch.ones(2))
    opt = submission.SGD(submission.make_list([bare, *parameters] if without else parameters), 0.1)
    for parameter, start in zip(parameters, starts, strict=True):
        parameter.grad = torch.ones_like(start)
    opt.zero_grad()
    look = partial(expect_zeroed, starts)
    examine(look, *(value for parameter in parameters for value in (parameter.grad, parameter)))


def expect_zeroed(starts: list[torch.Tensor], *after: object) -> None:
    """Gradient and value of each parameter after zero_grad()."""
    for index, (gradient, value, start) in enumerate(zip(after[::2], after[1::2], starts, strict=True)):
        if gradient is not None:
            likely = partial(wrong_zeros, start, value)
            what = f"the gradient of parameter {index} after zero_grad()"
            expect.equal(gradient, torch.zeros_like(start), what=what, likely=likely)
        zeroed = partial(wrong_values, torch.zeros_like(start))
        expect.equal(value, start, what=f"parameter {index} after zero_grad()", likely=zeroed)


ZEROED = "zero_grad() sets the parameters to zero, not their gradients"


def wrong_zeros(start: torch.Tensor, after: object) -> expect.Mistakes:
    """Mistakes that leave a gradient of ones as it is, by what they made of its parameter."""
    ones = torch.ones_like(start)
    results: dict[str, Callable[[], object]] = {}
    if not _moves(after, start):
        results["zero_grad() does not reach this gradient, so that gradients add up from step to step"] = lambda: ones
    if not _moves(after, torch.zeros_like(start)):
        results[ZEROED] = lambda: ones
    return results


def wrong_values(zeros: torch.Tensor) -> expect.Mistakes:
    """What is left of a parameter that zero_grad() took for its gradient."""
    return {ZEROED: lambda: zeros}


@check("SGD", hint="update inside `with torch.no_grad():`, and leave p.grad as it is", errors=IN_PLACE_ERRORS)
@given(learning_rate=strategies.learning_rates(), values=strategies.values())
def test_step_is_not_recorded(submission: Any, learning_rate: float, values: Values) -> None:
    """step() is not recorded by autograd, and does not modify the gradients."""
    start, gradient = values(1, 2), values(1, 2)
    parameter = submission.torch.nn.Parameter(start)
    opt = submission.SGD(submission.make_list([parameter]), learning_rate)
    parameter.grad = gradient
    opt.step()

    def look(value: torch.Tensor, after: torch.Tensor, is_leaf: bool, requires_grad: bool) -> None:
        likely = partial(wrong_steps, start, [gradient], learning_rate)
        expected = oracles.sgd_step(start, gradient, learning_rate)
        expect.close(value, expected, what="the parameter after step()", likely=likely)
        expect.equal(
            after,
            gradient,
            what="p.grad after step()",
            likely=lambda: {
                "step() sets the gradient to zero; that is left to zero_grad()": lambda: torch.zeros_like(gradient),
                "step() multiplies the gradient with the learning rate in place": lambda: gradient * learning_rate,
            },
        )
        expect.that(
            is_leaf is True and requires_grad is True,
            "after step() the parameter is no leaf that requires a gradient",
            shows=claim("assert {0}.is_leaf and {0}.requires_grad", parameter),
        )

    later(look, parameter, parameter.grad, parameter.is_leaf, parameter.requires_grad)
    opt.zero_grad()
    submission.torch.mul(parameter, 2.0).sum().backward()
    expect.equal(
        parameter.grad, torch.full_like(start, 2.0), what="the gradient of (2 * p).sum() after step() and zero_grad()"
    )


@check(
    "SGD",
    hint="compare with torch.optim.SGD: no momentum, no decay, the same learning rate at every step",
    errors=IN_PLACE_ERRORS,
)
@given(
    rows=st.integers(1, 5),
    learning_rate=st.sampled_from((0.1, 0.05, 0.01)),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 3)),
    steps=st.integers(2, 6),
    values=strategies.values(("halves", "normal")),
)
def test_training_run(
    submission: Any, rows: int, learning_rate: float, sizes: tuple[int, int], steps: int, values: Values
) -> None:
    """Training a model for several steps gives what torch.optim.SGD gives."""
    in_dim, out_dim = sizes
    x, target, start = values(rows, in_dim), values(rows, out_dim), values(out_dim, in_dim)
    weight = submission.torch.nn.Parameter(start)
    opt = submission.SGD(submission.make_list([weight]), learning_rate)
    for _ in range(steps):
        opt.zero_grad()
        prediction = submission.torch.matmul(x, weight.T)
        submission.torch.nn.functional.mse_loss(prediction, target).backward()
        opt.step()
    run = partial(_descent, x, target, start, learning_rate, steps)
    expect_end = partial(
        expect.close,
        expected=oracles.rounding_of(run),
        what=f"the weight after {steps} steps",
        likely=lambda: {
            "the weight itself does not change": lambda: start.double(),
            "gradients add up from step to step: zero_grad() does not clear them": lambda: run(
                torch.float64, accumulates=True
            ),
            "the step has momentum: earlier gradients take part in it": lambda: run(torch.float64, momentum=0.9),
            "the learning rate shrinks after every step": lambda: run(torch.float64, decay=0.99),
            "the gradient is added, so that every step climbs the loss": lambda: run(torch.float64, sign=-1.0),
        },
    )
    later(expect_end, weight)
    _note_missing_gradient(submission)


def _descent(
    x: torch.Tensor,
    target: torch.Tensor,
    start: torch.Tensor,
    learning_rate: float,
    steps: int,
    dtype: torch.dtype,
    *,
    accumulates: bool = False,
    momentum: float = 0.0,
    decay: float = 1.0,
    sign: float = 1.0,
) -> torch.Tensor:
    """The weight after the steps; with one of the mistakes, if asked."""
    weight, kept = start.to(dtype), torch.zeros_like(start, dtype=dtype)
    for step in range(steps):
        leaf = weight.clone().requires_grad_()
        loss = torch.nn.functional.mse_loss(x.to(dtype) @ leaf.T, target.to(dtype))
        kept = (1.0 if accumulates else momentum) * kept + torch.autograd.grad(loss, [leaf])[0]
        weight = weight - sign * learning_rate * decay**step * kept
    return weight


def _note_missing_gradient(submission: Any) -> None:
    """The hand-out does not ask for it, so it costs no points. One example tells."""
    if submission._session.examples > 1:
        return
    with_gradient, without = submission.torch.nn.Parameter(torch.ones(2)), submission.torch.nn.Parameter(torch.ones(2))
    opt = submission.SGD(submission.make_list([without, with_gradient]), 0.5)
    with_gradient.grad = torch.ones(2)
    problem = error_of(opt.step())
    if problem is not None:
        submission.note(
            "step() raises for a parameter that has no gradient yet. No points are lost, but torch.optim.SGD skips it: "
            "if p.grad is not None."
        )
