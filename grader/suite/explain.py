"""What explains a wrong value: the mistakes that a check knows, and whether one of them gives what came."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, ParamSpec, TypeVar

import torch

from grader.explanations import unless_it_raises
from grader.suite.deferred import resolved, session_in, taken
from grader.suite.failures import Causes
from grader.suite.oracles import Expected, exact

P = ParamSpec("P")
T = TypeVar("T")

Mistakes = Mapping[str, object]
"""Mistakes by name, and what each of them would give: a tensor, an Expected or another value, or a function of it.

Where one mistake is made in several ways, a tuple of what each of them gives.
"""


class Model(Generic[T]):
    """Mistakes that are worked out where an expectation does not hold: a right submission pays nothing."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make

    def read(self) -> T:
        """The mistakes, by name."""
        return self._make()

    def __or__(self, more: Likely) -> Model[Any]:
        """These and more; those that are named first come first."""
        return Model(lambda: {**named(self), **named(more)})

    def where(self, fits: Callable[[Any], bool]) -> Model[Any]:
        """Those of which fits(what the mistake gives) is true: they explain whatever an expectation looks at."""
        return Model(lambda: dict.fromkeys(giving(self, fits), ANYTHING))


Likely = Mistakes | Model[Any]
ANYTHING: Final = object()  # what a mistake gives that explains whatever came


def mistakes(function: Callable[P, T]) -> Callable[..., Model[T]]:
    """Make a function of values a model of mistakes. It takes handles, too, as they are when it is called.

        @mistakes
        def wrong(x, weight):  # (n, in_dim), (out_dim, in_dim)
            return {"the product is not scaled": x.double() @ weight.double().T}

    Given as `likely` to an expectation. It may raise for an example that it has no answer for.
    """

    @functools.wraps(function)
    def model(*args: Any, **kwargs: Any) -> Model[T]:
        session = session_in(args, kwargs)
        if session is None:
            return Model(lambda: function(*args, **kwargs))
        if not session.tells:
            return Model(dict)  # type: ignore[arg-type]
        given = taken((args, kwargs))

        def make() -> T:
            here, named = resolved(given)
            return function(*here, **named)

        return Model(make)

    return model


def named(likely: Likely) -> dict[str, Any]:
    """The mistakes, by name. None where they can't be worked out: what explains a failure must not end in another."""
    return unless_it_raises(lambda: dict(likely.read() if isinstance(likely, Model) else likely), {})


def giving(likely: Likely, gives: Callable[[Any], bool]) -> Causes:
    """The mistakes of which that is true: gives(what the mistake gives)."""

    def is_given(result: object) -> bool:  # or raises, for a value of the worker's that nobody has thought of
        return result is ANYTHING or unless_it_raises(lambda: bool(gives(result)), False)

    return tuple(text for text, result in named(likely).items() if any(map(is_given, _ways(result))))


def _ways(result: object) -> tuple[object, ...]:
    """What a mistake gives, in each of the ways in which it is made; nothing where this example does not allow it."""
    if callable(result):
        result = unless_it_raises(result, ())
    return result if type(result) is tuple else (result,)


def outside(tensor: torch.Tensor, expected: Expected) -> torch.Tensor:
    """Where entries are not within their bounds; shapes are equal."""
    difference = (tensor.double() - expected.value).abs()
    # Not `>`: NaN is on no side. A bound that is not finite (weights of 1e300) allows nothing, not everything.
    return ~((difference <= expected.bound) & expected.bound.isfinite())


def explains(result: object, tensor: torch.Tensor, expected: Expected) -> bool:
    """Whether a mistake that gives this result is what came. It differs from what is right by more than rounding."""
    if isinstance(result, torch.Tensor | float):
        result = exact(torch.as_tensor(result, dtype=torch.float64))
        # The same arithmetic, more or less: it rounds as the right one does, at the size of its own numbers.
        ratio = (result.value.abs().amax() / expected.value.abs().amax().clamp_min(1e-30)).clamp_min(1.0)
        bound = (expected.bound.amax() * ratio).clamp_max(1e-3 * result.value.abs().amax()) + result.bound
        result = Expected(result.value, 4 * bound)
    if not isinstance(result, Expected) or result.value.shape != tensor.shape:
        return False
    if result.value.shape == expected.value.shape and not outside(result.value, expected).any():
        return False
    explained = ~outside(tensor, result) | (tensor.isnan() & result.value.isnan()) | (tensor == result.value)
    return bool(explained.all())
