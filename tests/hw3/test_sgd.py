"""SGD(parameters, learning_rate): step() is p <- p - learning_rate * p.grad, zero_grad() clears the gradients."""

from collections.abc import Sequence

import torch
from sgd_mistakes import (
    IN_PLACE_ERRORS,
    NO_GRADIENT,
    SOME,
    USED_UP,
    ZEROED,
    Descent,
    changed_gradients,
    left_gradients,
    moves,
    why_still,
    wrong_descents,
    wrong_steps,
)

from grader.suite import (
    Handle,
    Raised,
    RemoteSubmission,
    Values,
    attempt,
    check,
    claim,
    deferrable,
    expect,
    given,
    oracles,
    render,
    strategies,
    value,
)

SHAPES = strategies.lists(
    strategies.sampled_from(((), (1,), (3,), (2, 3), (4, 1), (2, 3, 2), (30, 20))), min_size=1, max_size=4
)
ADVICE = (
    "step() raises for a parameter that has no gradient yet. No points are lost, but torch.optim.SGD skips it: "
    "if p.grad is not None."
)


def make_parameters(submission: RemoteSubmission, starts: Sequence[torch.Tensor]) -> list[Handle]:
    """Parameters in the worker with these values."""
    return [submission.torch.nn.Parameter(start) for start in starts]


def set_gradients(parameters: Sequence[Handle], gradients: Sequence[torch.Tensor]) -> None:
    """Give each parameter its gradient."""
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient


@check(
    "SGD",
    hint="with torch.no_grad(): p -= self.learning_rate * p.grad, for each parameter and in place",
    errors=IN_PLACE_ERRORS,
)
@given(
    shapes=SHAPES,
    learning_rate=strategies.learning_rates(),
    steps=strategies.integers(1, 3),
    values=strategies.values(),
)
def test_step(
    submission: RemoteSubmission, shapes: list[tuple[int, ...]], learning_rate: float, steps: int, values: Values
) -> None:
    """step() changes each parameter p in place to p - learning_rate * p.grad."""
    before = [values(*shape) for shape in shapes]
    parameters = make_parameters(submission, before)
    opt = submission.SGD(submission.make_list(parameters), learning_rate)
    history: list[list[torch.Tensor]] = []
    for _ in range(steps):
        history.append([values(*shape) for shape in shapes])
        set_gradients(parameters, history[-1])
        opt.step()
        after = [value(parameter) for parameter in parameters]
        expect.holds(expect_step, after, before, list(history), learning_rate)
        before = after


def expect_step(
    after: Sequence[object],
    before: Sequence[torch.Tensor],
    history: Sequence[Sequence[torch.Tensor]],
    learning_rate: float,
) -> None:
    """The last step was right. after, before: the parameters after and before it. history: the gradients of each."""
    step, still = len(history), why_still(after, before, history[-1], len(history))
    for actual, start, *gradients in zip(after, before, *history, strict=True):
        given = f"p = {render(start)}, p.grad = {render(gradients[-1])} (lr {learning_rate:g})"
        expected = oracles.sgd_step(start, gradients[-1], learning_rate)
        likely = wrong_steps(start, gradients, learning_rate, still)
        expect.close(actual, expected, what=f"p after step {step} from {given}", likely=likely)


@check("SGD", hint="model.parameters() can be iterated over only once: keep list(parameters)", errors=IN_PLACE_ERRORS)
@given(layers=strategies.integers(1, 3), learning_rate=strategies.learning_rates(), values=strategies.values())
def test_parameters_from_a_generator(
    submission: RemoteSubmission, layers: int, learning_rate: float, values: Values
) -> None:
    """The parameters may come as a generator, such as model.parameters()."""
    before = [values(1, 2) for _ in range(layers)]
    parameters = make_parameters(submission, before)
    opt = submission.SGD(submission.make_generator(parameters), learning_rate)
    gradients = [values(1, 2) for _ in range(layers)]
    opt.zero_grad()
    for step in (1, 2):
        set_gradients(parameters, gradients)
        opt.step()
        after = [value(parameter) for parameter in parameters]
        what = f"a parameter given by a generator, after step {step}"
        expect.holds(expect_generated_step, what, after, before, gradients, learning_rate)
        before = after


def expect_generated_step(
    what: str,
    after: Sequence[object],
    before: Sequence[torch.Tensor],
    gradients: Sequence[torch.Tensor],
    learning_rate: float,
) -> None:
    """The step was right. after, before: the parameters after and before it."""
    still = (SOME if any(map(moves, after, before)) else USED_UP,)
    for actual, start, gradient in zip(after, before, gradients, strict=True):
        likely = wrong_steps(start, [gradient], learning_rate, still)
        expect.close(actual, oracles.sgd_step(start, gradient, learning_rate), what=what, likely=likely)


@check(
    "SGD",
    hint="set p.grad to None or zero it, for each p whose grad is not None",
    errors={"'NoneType' object has no attribute": NO_GRADIENT},
)
@given(shapes=SHAPES, values=strategies.values(), without=strategies.booleans())
def test_zero_grad(submission: RemoteSubmission, shapes: list[tuple[int, ...]], values: Values, without: bool) -> None:
    """zero_grad() sets the gradients to zero or None, and copes with parameters that have none."""
    starts = [values(*shape) for shape in shapes]
    parameters = make_parameters(submission, starts)
    bare = submission.torch.nn.Parameter(torch.ones(2))
    opt = submission.SGD(submission.make_list([bare, *parameters] if without else parameters), 0.1)
    set_gradients(parameters, [torch.ones_like(start) for start in starts])
    opt.zero_grad()
    for index, (parameter, start) in enumerate(zip(parameters, starts, strict=True)):
        gradient, what = parameter.grad, f"the gradient of parameter {index} after zero_grad()"
        expect.equal(gradient, cleared(gradient, start), what=what, likely=left_gradients(start, parameter))
        zeroed = {ZEROED: torch.zeros_like(start)}
        expect.equal(parameter, start, what=f"parameter {index} after zero_grad()", likely=zeroed)


@deferrable
def cleared(gradient: object, start: torch.Tensor) -> torch.Tensor | None:
    """What a gradient must be after zero_grad(): None where it is that, otherwise zeros."""
    return None if gradient is None else torch.zeros_like(start)


@check("SGD", hint="update inside `with torch.no_grad():`, and leave p.grad as it is", errors=IN_PLACE_ERRORS)
@given(learning_rate=strategies.learning_rates(), values=strategies.values())
def test_step_is_not_recorded(submission: RemoteSubmission, learning_rate: float, values: Values) -> None:
    """step() is not recorded by autograd, and does not modify the gradients."""
    start, gradient = values(1, 2), values(1, 2)
    parameter = submission.torch.nn.Parameter(start)
    opt = submission.SGD(submission.make_list([parameter]), learning_rate)
    parameter.grad = gradient
    opt.step()
    expected, likely = oracles.sgd_step(start, gradient, learning_rate), wrong_steps(start, [gradient], learning_rate)
    expect.close(parameter, expected, what="the parameter after step()", likely=likely)
    likely = changed_gradients(gradient, learning_rate)
    expect.equal(parameter.grad, gradient, what="p.grad after step()", likely=likely)
    expect_leaf(parameter)
    opt.zero_grad()
    submission.torch.mul(parameter, 2.0).sum().backward()
    what = "the gradient of (2 * p).sum() after step() and zero_grad()"
    expect.equal(parameter.grad, torch.full_like(start, 2.0), what=what)


def expect_leaf(parameter: Handle) -> None:
    """Autograd takes the parameter for one, and not for a result."""
    otherwise = "after step() the parameter is no leaf that requires a gradient"
    shows = claim("assert {0}.is_leaf and {0}.requires_grad", parameter)
    expect.is_true(parameter.is_leaf, otherwise=otherwise, shows=shows)
    expect.is_true(parameter.requires_grad, otherwise=otherwise, shows=shows)


@check(
    "SGD",
    hint="compare with torch.optim.SGD: no momentum, no decay, the same learning rate at every step",
    errors=IN_PLACE_ERRORS,
)
@given(
    rows=strategies.integers(1, 5),
    learning_rate=strategies.sampled_from((0.1, 0.05, 0.01)),
    sizes=strategies.tuples(strategies.integers(1, 4), strategies.integers(1, 3)),
    steps=strategies.integers(2, 6),
    values=strategies.values(("halves", "normal")),
)
def test_training_run(
    submission: RemoteSubmission, rows: int, learning_rate: float, sizes: tuple[int, int], steps: int, values: Values
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
    right = Descent(x=x, target=target, start=start, learning_rate=learning_rate, steps=steps)
    expected, likely = oracles.rounding_of(right.end), wrong_descents(right)
    expect.close(weight, expected, what=f"the weight after {steps} steps", likely=likely)
    note_missing_gradient(submission)


def note_missing_gradient(submission: RemoteSubmission) -> None:
    """The hand-out does not ask step() to skip a parameter without a gradient, so it costs no points."""
    bare, parameter = make_parameters(submission, [torch.ones(2), torch.ones(2)])
    opt = submission.SGD(submission.make_list([bare, parameter]), 0.5)
    parameter.grad = torch.ones(2)
    submission.note(advice_after(attempt(opt.step)))


@deferrable
def advice_after(stepped: object) -> str | None:
    """The advice, where the step raised. stepped: what it gave."""
    return ADVICE if type(stepped) is Raised else None
