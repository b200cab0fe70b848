"""Expectations: what a check says about values. Everything is compared in the judge.

    linear, x = submission.Linear(3, 2), torch.ones(4, 3)
    expect.shape(linear.weight, (2, 3))
    expect.close(linear(x), oracles.linear(x, linear.weight))  # (4, 2), each entry within the oracle's bound
    expect.raises("TypeError", submission.Linear, otherwise="Linear() takes no sizes")

An expectation that does not hold ends the check as failed; its message names the call, what came and what was expected.
It takes handles, values of handles (`value`), oracles of both, and plain values. It costs no wait: it looks when the
values are here, and a check says all that it expects in straight lines.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import torch

from grader.boundary.values import Opaque, Raised
from grader.explanations import unless_it_raises
from grader.suite import ask
from grader.suite.claims import LAST, Claim, claim
from grader.suite.deferred import UNFIT, Computed, Snapshot, deferrable, resolved, session_in, taken
from grader.suite.explain import Likely, explains, giving, named, outside
from grader.suite.failures import Causes, CheckFailed
from grader.suite.handles import Handle, session_of
from grader.suite.rendering import show
from grader.suite.rounding import Expected
from grader.suite.tolerances import close_claim, float_claim

Shows = Claim | Callable[[], Claim | None] | None
"""An expectation as Python, or what writes it; it may be a value that is on its way (`deferrable`)."""
ByType = Mapping[str, Callable[[str], bool]]
"""Mistakes, and whether each of them gives an object of a type of that name."""
_WORDS: Final = re.compile(r"[\w)] [a-z]")  # not in Linear(3, 2)(x)
NONE: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Actual:
    """What came, and where it comes from."""

    origin: object  # a handle, or the value itself
    value: Any
    what: str | None  # how to call it

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.what or (repr(self.origin) if isinstance(self.origin, Handle) else "the value")


def _expect(actual: object, what: str | None, look: Callable[..., None], *others: object) -> None:
    """Have look(actual, *others) called when the values are here."""
    origin = actual.handle if isinstance(actual, Snapshot) else actual
    session = session_in(actual, others)
    if session is None:
        look(Actual(origin, actual, what), *others)
        return
    seen, values = taken(actual), taken(others)
    session.look(lambda: look(Actual(origin, resolved(seen), what), *resolved(values)))


# --- numbers ----------------------------------------------------------------------------------------------------------


def close(
    actual: object, expected: Expected, *, what: str | None = None, likely: Likely = NONE, shows: Shows = None
) -> None:
    """Every entry of `actual` lies within the oracle's bound around its value. Shapes must be equal; NaN never is.

    actual: any floating dtype. what: how to call it (default: the expression of the handle).
    shows: the expectation as Python, where the expected numbers hold for this one submission alone.
    """
    _expect(actual, what, partial(_close, likely=likely, shows=shows), expected)


def _close(actual: Actual, expected: Expected, *, likely: Likely, shows: Shows) -> None:
    tensor = _as_tensor(actual, likely)
    if tensor.shape != expected.value.shape:
        raise _wrong_shape(actual, tensor, expected.value.shape, _giving(tensor, expected, likely))
    if not tensor.dtype.is_floating_point:
        raise CheckFailed(
            f"{actual.name} has dtype {tensor.dtype}, expected a floating-point tensor",
            lambda: claim("assert {0}.is_floating_point(), {0}.dtype", actual.origin),
        )
    told = _told(tensor, expected)
    _within(actual, tensor, expected, likely, shows or partial(close_claim, actual.origin, tensor, told))


def _told(tensor: torch.Tensor, expected: Expected) -> Expected:
    """What is told of what was expected."""
    right = expected.told
    return right if right is not None and outside(tensor, right).any() else expected


def close_float(actual: object, expected: Expected, *, what: str, likely: Likely = NONE) -> None:
    """A Python float within the oracle's bound around its value, which is 0-d."""

    def look(actual: Actual, expected: Expected) -> None:
        _a_float(actual)
        tensor = torch.tensor(actual.value, dtype=torch.float64)
        _within(actual, tensor, expected, likely, partial(float_claim, actual.origin, actual.value, expected))

    _expect(actual, what, look, expected)


def _giving(tensor: torch.Tensor, expected: Expected, likely: Likely) -> Causes:
    return giving(likely, lambda result: explains(result, tensor, expected))


def _within(actual: Actual, tensor: torch.Tensor, expected: Expected, likely: Likely, shows: Shows) -> None:
    if not outside(tensor, expected).any():
        return
    told = _told(tensor, expected)
    difference = (tensor.double() - told.value).abs()
    index = _worst(difference, told.bound, outside(tensor, told))
    place = _entry(actual.name, index)
    off, allowed = difference[index].item(), told.bound.expand_as(difference)[index].item()
    distance = f" (off by {off:.2g}, allowed {allowed:.2g})" if math.isfinite(off) else ""
    raise CheckFailed(
        f"{place} is {tensor[index].item():.6g}, expected {told.value[index].item():.6g}{distance}",
        _shown(shows),
        _giving(tensor, expected, likely),
    )


def equal(actual: object, expected: object, *, what: str | None = None, likely: Likely = NONE) -> None:
    """Exactly equal: a tensor in dtype, shape and every entry, any other value in type and value, and all in it."""
    _expect(actual, what, partial(_equal, likely=likely), expected)


def _equal(actual: Actual, expected: object, *, likely: Likely) -> None:
    value, origin = actual.value, actual.origin
    if same(value, expected):
        return
    causes = giving(likely, lambda result: same(value, result))
    if not isinstance(expected, torch.Tensor):
        code = f"assert {{0}} {'is' if expected is None else '=='} {{1}}, {{0}}"
        message = f"{actual.name} is {show(value)}, expected {show(expected)}"
        raise CheckFailed(message, lambda: claim(code, origin, expected), causes)
    tensor = _as_tensor(actual, likely)
    if tensor.shape != expected.shape:
        raise _wrong_shape(actual, tensor, expected.shape, causes)
    if tensor.dtype != expected.dtype:
        raise _wrong_dtype(actual, expected.dtype, "", causes)
    index = _worst((tensor.double() - expected.double()).abs(), torch.ones(()), tensor != expected)
    place = _entry(actual.name, index)
    raise CheckFailed(
        f"{place} is {tensor[index].item()}, expected {expected[index].item()}",
        lambda: claim("assert torch.equal({0}, {1}), {0}", origin, expected),
        causes,
    )


# --- forms ------------------------------------------------------------------------------------------------------------


def shape(actual: object, expected: Sequence[int], *, what: str | None = None, likely: Likely = NONE) -> None:
    """A dense tensor of that shape. likely: mistakes, and the shape that each would give."""

    def look(actual: Actual) -> None:
        tensor = _as_tensor(actual, NONE)
        if tensor.shape != torch.Size(expected):
            shapes = {text: [dims] for text, dims in named(likely).items()}  # a tuple would be several ways to err
            causes = giving(shapes, lambda dims: [*tensor.shape] == [*dims[0]])
            raise _wrong_shape(actual, tensor, torch.Size(expected), causes)

    _expect(actual, what, look)


def dtype(actual: object, expected: torch.dtype, *, what: str | None = None, why: str = "") -> None:
    """A dense tensor of that dtype. why: goes behind the expected one, "as the input"."""

    def look(actual: Actual) -> None:
        if _as_tensor(actual, NONE).dtype != expected:
            raise _wrong_dtype(actual, expected, why, ())

    _expect(actual, what, look)


def a_float(actual: object, *, what: str) -> None:
    """A Python float, as `.item()` gives."""
    _expect(actual, what, _a_float)


def _a_float(actual: Actual) -> None:
    if type(actual.value) is not float:
        raise CheckFailed(
            f"{actual.name} is {show(actual.value)}, expected a Python float",
            lambda: claim("assert isinstance({0}, float), type({0})", actual.origin),
        )


def length(actual: object, expected: int, *, what: str | None = None, likely: Likely = NONE) -> None:
    """A list or tuple of that length. likely: mistakes, and the length that each would give."""

    def look(actual: Actual) -> None:
        value = actual.value
        if not isinstance(value, list | tuple):
            raise CheckFailed(
                f"{actual.name} is {show(value)}, expected {_items(expected)}",
                lambda: claim("assert isinstance({0}, (list, tuple)), type({0})", actual.origin),
            )
        if len(value) != expected:
            raise CheckFailed(
                f"{actual.name} has {_items(len(value))}, expected {expected}",
                lambda: claim("assert len({0}) == {1}, len({0})", actual.origin, expected),
                giving(likely, lambda mistaken: mistaken == len(value)),
            )

    _expect(actual, what, look)


def _items(number: int) -> str:
    return f"{number} {'item' if number == 1 else 'items'}"


# --- conditions -------------------------------------------------------------------------------------------------------


def is_true(actual: object, *, otherwise: str, shows: Shows = None, likely: Likely = NONE) -> None:
    """The value True. otherwise: the message if it is not. likely: mistakes, and whether each was made."""

    def look(actual: Actual) -> None:
        if actual.value is not True:
            raise CheckFailed(otherwise, _shown(shows), _made(likely))

    _expect(actual, None, look)


def that(condition: bool, message: str, *, shows: Shows = None, likely: Likely = NONE) -> None:
    """Any other condition of values that are here. likely: mistakes, and whether each was made.

    The message names the call, what came and what was expected; `shows` is it as Python.
    """
    if not condition:
        raise CheckFailed(message, _shown(shows), _made(likely))


def holds(look: Callable[..., str | None], *values: object, shows: Shows = None, likely: Likely = NONE) -> None:
    """look(*values), called with the values when they are here, finds nothing wrong with them.

    It gives a text that says what is wrong, or has expectations of its own about the plain values: for what needs
    several values at a time.
    """

    def called(_: Actual, *here: object) -> None:
        try:
            problem = look(*here)
        except UNFIT:
            came = [(value, now) for value, now in zip(values, here, strict=True) if session_in(value)]
            if not came:
                raise
            given = "; ".join(f"{value!r} is {show(now)}" for value, now in came)
            raise CheckFailed(f"what came makes no sense: {given}", _shown(shows)) from None
        if problem:
            raise CheckFailed(problem, _shown(shows), _made(likely))

    _expect(None, None, called, *values)


def raises(
    type_name: str, function: Handle | Callable[..., Handle], *args: object, otherwise: str, **kwargs: object
) -> None:
    """function(*args) raises that exception, by the name of its type; `otherwise` is the message if it does not.

    function: a handle to be called, or a function of grader.suite.ask: raises("StopIteration", advance, loader).
    """
    asked = ask.attempt(function, *args, **kwargs)
    code = f"try:\n    {{0}}\nexcept {type_name}:\n    pass\nelse:\n    raise AssertionError({{1}})"
    shows = claim(code, LAST, f"no {type_name}")

    def look(actual: Actual) -> None:
        if type(actual.value) is not Raised:
            raise CheckFailed(otherwise, lambda: shows)
        if actual.value.type_name != type_name:
            error = session_of(asked).error(asked, actual.value)
            error.claim = shows
            raise error

    _expect(asked, None, look)


def is_same(actual: Handle, expected: Handle, *, otherwise: str, shows: Shows = None, likely: ByType = NONE) -> None:
    """The very same object. The worker's word: use it together with numbers. {type} in `otherwise` is its type."""

    def look(word: Actual) -> None:
        if word.value is not True:
            raise _of_another_type(actual, otherwise, shows, likely)

    _expect(ask.is_same(actual, expected), None, look)


def is_instance(handle: Handle, kind: Handle, *, otherwise: str, shows: Shows = None, likely: ByType = NONE) -> None:
    """An instance of the class (see grader.suite.ask.is_instance). {type} in `otherwise` is the name of its type."""

    def look(found: Actual) -> None:
        if found.value is not True:
            raise _of_another_type(handle, otherwise, shows, likely)

    _expect(ask.is_instance(handle, kind), None, look)


def _of_another_type(subject: Handle, otherwise: str, shows: Shows, likely: ByType) -> CheckFailed:
    kind = "another type"
    if session_of(subject).tells:
        kind = unless_it_raises(lambda: str(ask.fetch(ask.type_name(subject))), kind)
    causes = giving({text: [fits] for text, fits in likely.items()}, lambda fits: fits[0](kind))
    return CheckFailed(otherwise.replace("{type}", kind), _shown(shows), causes)


@deferrable
def same(actual: object, expected: object) -> bool:
    """Equal in type and value at every depth: to Python [True] equals [1], and a list that holds NaN equals itself."""
    if isinstance(actual, torch.Tensor) and isinstance(expected, torch.Tensor):
        same_kind = actual.dtype == expected.dtype and actual.shape == expected.shape
        return same_kind and bool((actual == expected).all())
    if type(actual) is not type(expected):
        return False
    if isinstance(actual, list | tuple) and isinstance(expected, list | tuple):
        return len(actual) == len(expected) and all(map(same, actual, expected))
    if isinstance(actual, dict) and isinstance(expected, dict):
        return actual.keys() == expected.keys() and all(same(actual[key], expected[key]) for key in expected)
    return bool(actual == expected)


def _made(likely: Likely) -> Causes:
    return giving(likely, lambda made: made is True)


def _shown(shows: Shows) -> Callable[[], Claim | None]:
    if isinstance(shows, Computed):
        return shows.read
    return shows if callable(shows) else lambda: shows


def _as_tensor(actual: Actual, likely: Likely) -> torch.Tensor:
    value = actual.value
    if isinstance(value, torch.Tensor):
        return value
    # A tensor that did not cross the boundary, a sparse one, is a torch.Tensor in the snippet.
    hidden = isinstance(value, Opaque) and value.description.startswith("tensor ")
    code = "assert isinstance({0}, torch.Tensor), type({0})"
    code = "assert {0} is not None" if value is None else code
    causes = giving(likely, lambda result: result is None) if value is None else ()
    message = f"{actual.name} is {show(value)}, expected a tensor"
    raise CheckFailed(message, lambda: None if hidden else claim(code, actual.origin), causes)


def _wrong_shape(actual: Actual, tensor: torch.Tensor, expected: torch.Size, causes: Causes) -> CheckFailed:
    return CheckFailed(
        f"{actual.name} has shape {tuple(tensor.shape)}, expected {tuple(expected)}",
        lambda: claim("assert {0}.shape == {1}, {0}.shape", actual.origin, expected),
        causes,
    )


def _wrong_dtype(actual: Actual, expected: torch.dtype, why: str, causes: Causes) -> CheckFailed:
    return CheckFailed(
        f"{actual.name} has dtype {actual.value.dtype}, expected {expected} {why}".strip(),
        lambda: claim("assert {0}.dtype == {1}, {0}.dtype", actual.origin, expected),
        causes,
    )


def _entry(name: str, index: tuple[int, ...]) -> str:
    """Where in a tensor: as Python writes it, or in words where the tensor is named in words."""
    written = f"[{', '.join(map(str, index))}]" if index else ""
    return f"{name}: entry {written}" if written and _WORDS.search(name) else f"{name}{written}"


def _worst(difference: torch.Tensor, bound: torch.Tensor, outside: torch.Tensor) -> tuple[int, ...]:
    """The place that is furthest outside its bound; one that is not a number comes first."""
    excess = torch.where(outside, (difference / bound.clamp_min(1e-300)).nan_to_num(nan=torch.inf), 0.0)
    return tuple((excess == excess.amax()).nonzero()[0].tolist())  # torch.unravel_index would import sympy for it
