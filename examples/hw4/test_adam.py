"""Adam(parameters, learning_rate=1e-3, betas=(0.9, 0.999), eps=1e-8): step() and zero_grad()."""

from collections.abc import Sequence

import torch
from formulas import adam

from grader.suite import (
    Handle,
    RemoteSubmission,
    Values,
    check,
    deferrable,
    example,
    expect,
    given,
    oracles,
    strategies,
)

EASY = Values("halves", 0)
SHAPES = strategies.lists(strategies.sampled_from(((3,), (2, 3), (1,), (2, 2, 2))), min_size=1, max_size=3)
RATES = strategies.sampled_from((0.5, 0.1, 0.01))


def parameters_of(submission: RemoteSubmission, starts: Sequence[torch.Tensor]) -> list[Handle]:
    """Parameters in the worker with these values."""
    return [submission.torch.nn.Parameter(start) for start in starts]


def step_with(opt: Handle, parameters: Sequence[Handle], gradients: Sequence[torch.Tensor]) -> None:
    """A step with these gradients."""
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    opt.step()


def away_from_zero(values: Values, shape: tuple[int, ...]) -> torch.Tensor:
    """Numbers that are no zeros: there Adam divides zero by eps."""
    drawn = values(*shape)
    return torch.where(drawn.abs() < 0.1, 0.5, drawn)


@check(
    "Adam",
    hint="divide the mean by 1 - beta1^t and the mean square by 1 - beta2^t, the first step is learning_rate long",
)
@given(shapes=SHAPES, rate=RATES, values=strategies.values(("halves", "normal")))
@example(shapes=[(2, 3)], rate=0.5, values=EASY)
def test_first_step(submission: RemoteSubmission, shapes: list[tuple[int, ...]], rate: float, values: Values) -> None:
    """The first step() moves each entry by learning_rate against the sign of its gradient."""
    starts, gradients = [values(*s) for s in shapes], [away_from_zero(values, s) for s in shapes]
    parameters = parameters_of(submission, starts)
    step_with(submission.Adam(submission.make_list(parameters), rate), parameters, gradients)
    for parameter, start, gradient in zip(parameters, starts, gradients, strict=True):
        expect.close(parameter, adam(start, [gradient], rate), what="p after one step")


@check("Adam", hint="the means of the gradients and of their squares are kept from step to step, for each parameter")
@given(steps=strategies.integers(2, 6), rate=RATES, values=strategies.values(("halves", "normal")))
@example(steps=2, rate=0.5, values=EASY)
@example(steps=6, rate=0.1, values=Values("normal", 5))
def test_several_steps(submission: RemoteSubmission, steps: int, rate: float, values: Values) -> None:
    """Each step() moves by the mean of the gradients so far over the root of the mean of their squares."""
    starts, shapes = [values(2, 2), values(3)], [(2, 2), (3,)]
    parameters = parameters_of(submission, starts)
    opt, given_ = submission.Adam(submission.make_list(parameters), rate), []
    for _ in range(steps):
        given_.append([away_from_zero(values, shape) for shape in shapes])
        step_with(opt, parameters, given_[-1])
    for parameter, start, gradients in zip(parameters, starts, zip(*given_, strict=True), strict=True):
        expect.close(parameter, adam(start, list(gradients), rate), what=f"p after {steps} steps")


@check("Adam", hint="def __init__(self, parameters, learning_rate=1e-3, betas=(0.9, 0.999), eps=1e-8)")
@given(betas=strategies.sampled_from(((0.5, 0.9), (0.9, 0.5), (0.0, 0.99))), eps=strategies.sampled_from((0.5, 1e-3)))
@example(betas=(0.5, 0.9), eps=0.5)
def test_adam_settings(submission: RemoteSubmission, betas: tuple[float, float], eps: float) -> None:
    """betas and eps are arguments, with the defaults of the hand-out; eps is added to the root."""
    start, small = torch.tensor([1.0, -2.0, 0.5]), 1e-8  # as the default of eps: what else it is changes the step
    gradients = [torch.tensor([0.5, 1.0, small]), torch.tensor([-1.0, 2.0, 2 * small])]
    for settings in ({"learning_rate": 0.1, "betas": betas, "eps": eps}, {}):
        parameters = parameters_of(submission, [start])
        opt = submission.Adam(submission.make_list(parameters), **settings)
        for gradient in gradients:
            step_with(opt, parameters, [gradient])
        expect.close(parameters[0], adam(start, gradients, **settings), what=f"p after two steps of {opt!r}")


@check("Adam", hint="model.parameters() can be iterated over only once: keep list(parameters)")
@given(rate=RATES)
@example(rate=0.5)
def test_adam_generator(submission: RemoteSubmission, rate: float) -> None:
    """The parameters may come as a generator, such as model.parameters()."""
    parameters = parameters_of(submission, [torch.zeros(2)])
    opt, gradient = submission.Adam(submission.make_generator(parameters), rate), torch.ones(2)
    for _ in range(2):
        before = submission.torch.clone(parameters[0])
        step_with(opt, parameters, [gradient])
        otherwise = "a parameter given by a generator does not move at each step"
        expect.is_true(moved(parameters[0], before), otherwise=otherwise)


@deferrable
def moved(after: torch.Tensor, before: torch.Tensor) -> bool:
    """Whether all entries have changed."""
    return bool((after != before).all())


@check("Adam", hint="if p.grad is None: continue")
@given(values=strategies.values(("halves", "normal")))
@example(values=EASY)
def test_without_gradient(submission: RemoteSubmission, values: Values) -> None:
    """A parameter that has no gradient stays, and the others move; autograd records nothing."""
    starts = [values(2), values(3)]
    parameters = parameters_of(submission, starts)
    opt = submission.Adam(submission.make_list(parameters), 0.1)
    parameters[1].grad = torch.ones(3)
    opt.step()
    expect.equal(parameters[0], starts[0], what="the parameter without a gradient")
    expect.is_true(moved(parameters[1], starts[1]), otherwise="the parameter with a gradient does not move")
    expect.is_true(parameters[1].is_leaf, otherwise="step() is recorded by autograd: use torch.no_grad()")


@check("Adam", hint="p.grad = None, or p.grad.zero_() where there is one")
@given(values=strategies.values(("halves", "normal")))
@example(values=EASY)
def test_adam_zero_grad(submission: RemoteSubmission, values: Values) -> None:
    """zero_grad() sets all gradients to zero or None, and copes with parameters that have none."""
    parameters = parameters_of(submission, [values(2), values(3)])
    opt = submission.Adam(submission.make_list(parameters), 0.1)
    parameters[1].grad = torch.ones(3)
    opt.zero_grad()
    for parameter, size in zip(parameters, (2, 3), strict=True):
        expect.close(or_zeros(parameter.grad, size), oracles.exact(torch.zeros(size)), what="p.grad after zero_grad()")


@deferrable
def or_zeros(gradient: object, size: int) -> object:
    """The gradient, and zeros for None, which is as good."""
    return torch.zeros(size) if gradient is None else gradient
