"""SGD(parameters, learning_rate): step() is p <- p - learning_rate * p.grad, zero_grad() clears the gradients."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from settings_kept import KEPT, expect_settings, settings_of
from sgd_mistakes import (
    IN_PLACE_ERRORS,
    NO_GRADIENT,
    OTHER_RATE,
    RAISES,
    SHARED,
    STILL,
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
    ANYTHING,
    Expected,
    Handle,
    Raised,
    RemoteSubmission,
    Values,
    attempt,
    check,
    claim,
    deferrable,
    example,
    expect,
    given,
    oracles,
    render,
    strategies,
    value,
)

EASY = Values("halves", 0)
# Layers have matrices. Vectors belong to test_step; the homework has no parameter without dimensions.
MATRICES = strategies.lists(strategies.sampled_from(((2, 3), (3, 2), (4, 1), (30, 20))), min_size=1, max_size=4)
SHAPES = strategies.lists(
    strategies.sampled_from(((1,), (3,), (2, 3), (4, 1), (2, 3, 2), (30, 20))), min_size=1, max_size=4
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


def step_unrecorded(submission: RemoteSubmission, opt: Handle) -> Handle:
    """opt.step() where nothing is recorded: that it sees to this itself is for test_step_is_not_recorded alone."""
    stepped: Handle = submission.torch.no_grad()(opt.step)()
    return stepped


@check(
    "SGD", hint="with torch.no_grad(): p -= self.learning_rate * p.grad, for each parameter and in place", errors=RAISES
)
@given(shapes=SHAPES, learning_rate=strategies.learning_rates(), values=strategies.values())
@example(shapes=[(2, 3)], learning_rate=0.5, values=EASY)
@example(shapes=[(2, 3), (3,)], learning_rate=0.5, values=EASY)
@example(shapes=[(2, 3, 2)], learning_rate=1.7, values=EASY)
def test_step(
    submission: RemoteSubmission, shapes: list[tuple[int, ...]], learning_rate: float, values: Values
) -> None:
    """step() changes each parameter p in place to p - learning_rate * p.grad."""
    before, gradients = [values(*shape) for shape in shapes], [values(*shape) for shape in shapes]
    parameters = make_parameters(submission, before)
    opt = submission.SGD(submission.make_list(parameters), learning_rate)
    beside = make_parameters(submission, [torch.ones(2)])
    submission.SGD(submission.make_list(beside), OTHER_RATE)  # another one, with a parameter of its own
    set_gradients([*parameters, *beside], [*gradients, torch.ones(2)])
    step_unrecorded(submission, opt)
    after = [value(parameter) for parameter in parameters]
    what = "the parameter of another optimizer after opt.step()"
    expect.equal(beside[0], torch.ones(2), what=what, likely={SHARED: ANYTHING})
    expect.holds(expect_step, after, before, gradients, learning_rate)


def expect_step(
    after: Sequence[object], before: Sequence[torch.Tensor], gradients: Sequence[torch.Tensor], learning_rate: float
) -> None:
    """The step was right. after, before: the parameters after and before it."""
    still = why_still(after, before)
    for actual, start, gradient in zip(after, before, gradients, strict=True):
        given = f"p = {render(start)}, p.grad = {render(gradient)} (lr {learning_rate:g})"
        expected = oracles.sgd_step(start, gradient, learning_rate)
        likely = wrong_steps(start, gradient, learning_rate, still)
        expect.close(actual, expected, what=f"p after one step from {given}", likely=likely)


@check("SGD", hint="model.parameters() can be iterated over only once: keep list(parameters)", errors=RAISES)
@given(learning_rate=strategies.learning_rates())
@example(learning_rate=0.5)
def test_parameters_from_a_generator(submission: RemoteSubmission, learning_rate: float) -> None:
    """The parameters may come as a generator, such as model.parameters()."""
    parameters = make_parameters(submission, [torch.tensor([[1.0, 2.0]])])
    opt = submission.SGD(submission.make_generator(parameters), learning_rate)
    for step in (1, 2):
        before = submission.torch.clone(parameters[0])
        set_gradients(parameters, [torch.ones(1, 2)])
        step_unrecorded(submission, opt)
        what = f"a parameter given by a generator does not change in step {step}"
        expect_moved(parameters[0], before, what, USED_UP if step > 1 else STILL)


def expect_moved(parameter: Handle, before: object, otherwise: str, likely: str) -> None:
    """The parameter has changed: how far, test_step says. before: what it was. likely: the mistake if it has not."""
    shows = claim("assert not torch.equal({0}, {1}), {0}", parameter, before)
    moved = deferrable(moves)(parameter, before)
    expect.is_true(moved, otherwise=otherwise, shows=shows, likely={likely: True})


@check(
    "SGD",
    hint="set p.grad to None or zero it, for each p whose grad is not None",
    errors={"'NoneType' object": NO_GRADIENT, **RAISES},
)
@given(shapes=MATRICES, values=strategies.values(), without=strategies.booleans())
@example(shapes=[(2, 3)], values=EASY, without=False)
@example(shapes=[(2, 3), (3, 2)], values=EASY, without=False)
@example(shapes=[(2, 3)], values=EASY, without=True)
def test_zero_grad(submission: RemoteSubmission, shapes: list[tuple[int, ...]], values: Values, without: bool) -> None:
    """zero_grad() sets the gradients to zero or None, and copes with parameters that have none."""
    starts = [values(*shape) for shape in shapes]
    parameters = make_parameters(submission, starts)
    bare = submission.torch.nn.Parameter(torch.ones(2, 2))
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


@check(
    "SGD",
    hint="update inside `with torch.no_grad():`, and leave p.grad as it is",
    errors={"does not require grad": KEPT["is_grad_enabled"], **IN_PLACE_ERRORS, **RAISES},
)
@given(learning_rate=strategies.sampled_from((0.5, 0.1, 0.01, 0.3, 0.007, 1.7)))
@example(learning_rate=0.5)
def test_step_is_not_recorded(submission: RemoteSubmission, learning_rate: float) -> None:
    """step() is not recorded by autograd, and modifies neither the gradients nor torch's settings."""
    start, gradient, settings = torch.tensor([[1.0, 2.0]]), torch.ones(1, 2), settings_of(submission)
    parameter = submission.torch.nn.Parameter(start)
    opt = submission.SGD(submission.make_list([parameter]), learning_rate)
    parameter.grad = gradient
    opt.step()
    expect_moved(parameter, start, "the parameter does not change in step()", STILL)
    likely = changed_gradients(gradient, learning_rate)
    expect.equal(parameter.grad, gradient, what="p.grad after step()", likely=likely)
    expect_leaf(parameter)
    expect_settings(submission, settings, after="step()")
    parameter.grad = None
    submission.torch.mul(parameter, 2.0).sum().backward()
    expect.equal(parameter.grad, torch.full_like(start, 2.0), what="the gradient of (2 * p).sum() after step()")


def expect_leaf(parameter: Handle) -> None:
    """Autograd takes the parameter for one, and not for a result."""
    otherwise = "after step() the parameter is no leaf that requires a gradient"
    shows = claim("assert {0}.is_leaf and {0}.requires_grad", parameter)
    expect.is_true(parameter.is_leaf, otherwise=otherwise, shows=shows)
    expect.is_true(parameter.requires_grad, otherwise=otherwise, shows=shows)


@check("SGD", hint="compare with torch.optim.SGD: no momentum, the same learning rate at every step", errors=RAISES)
@given(
    rows=strategies.integers(2, 5),
    learning_rate=strategies.sampled_from((0.1, 0.05, 0.01)),
    sizes=strategies.tuples(strategies.integers(2, 4), strategies.integers(2, 3)),
    steps=strategies.integers(2, 6),
    values=strategies.values(("halves", "normal")),
)
@example(rows=2, learning_rate=0.1, sizes=(2, 2), steps=2, values=EASY)
@example(rows=2, learning_rate=0.1, sizes=(2, 2), steps=6, values=EASY)
@example(rows=3, learning_rate=0.01, sizes=(2, 2), steps=12, values=EASY)
def test_training_run(
    submission: RemoteSubmission, rows: int, learning_rate: float, sizes: tuple[int, int], steps: int, values: Values
) -> None:
    """Training a model for several steps gives what torch.optim.SGD gives."""
    x, target, start = values(rows, sizes[0]), values(rows, sizes[1]), values(sizes[1], sizes[0])
    weight = submission.torch.nn.Parameter(start)
    opt = submission.SGD(submission.make_list([weight]), learning_rate=learning_rate)  # named, as in the hand-out
    ends = []
    for _ in range(steps):
        weight.grad = None  # zero_grad() has its own check
        prediction = submission.torch.matmul(x, weight.T)
        submission.torch.nn.functional.mse_loss(prediction, target).backward()
        step_unrecorded(submission, opt)
        ends.append(value(weight))
    right = Descent(x=x, target=target, start=start, learning_rate=learning_rate, steps=steps)
    likely = wrong_descents(right, ends[0])
    expect.close(weight, descent_of(right, ends[0]), what=f"the weight after {steps} steps", likely=likely)
    note_missing_gradient(submission)


@deferrable
def descent_of(right: Descent, first: torch.Tensor) -> Expected:
    """Where the training ends, with steps as long as the first one, whose length test_step is about."""
    stepped, asked = right.as_stepped(first), oracles.rounding_of(right.end)
    return asked if stepped is right else replace(oracles.rounding_of(stepped.end), told=asked)


def note_missing_gradient(submission: RemoteSubmission) -> None:
    """The hand-out does not ask step() to skip a parameter without a gradient, so it costs no points."""
    bare, parameter = make_parameters(submission, [torch.ones(2, 2), torch.ones(2, 2)])
    opt = submission.SGD(submission.make_list([bare, parameter]), 0.5)
    parameter.grad = torch.ones(2, 2)
    submission.note(advice_after(attempt(submission.torch.no_grad()(opt.step))))


@deferrable
def advice_after(stepped: object) -> str | None:
    """The advice, where the step raised. stepped: what it gave."""
    return ADVICE if type(stepped) is Raised else None
