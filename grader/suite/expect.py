"""Expectations: what a check says about values. Everything is fetched from the worker and compared in the judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Final, TypeGuard

import torch

from grader.suite.checks import Causes
from grader.suite.claims import LAST, Claim, claim
from grader.suite.handles import Handle, Opaque, error_of, examine, fetch, render
from grader.suite.oracles import Expected, exact

Mistakes = Mapping[str, Callable[[], object]]


"""Mistakes by name, and what each of them would give: a tensor, an Expected or another value (for `that`: a bool).

Where one mistake is made in several ways, a tuple of what each of them gives.
"""


Likely = Callable[[], Mistakes]


"""The mistakes that an expectation looks for. Called only where it does not hold: a right submission pays nothing."""


class CheckFailed(AssertionError):
    """An expectation does not hold. The message names the call, actual, expected and the allowance.

    claim: the expectation as Python, for the snippet. causes: the likely mistakes that explain what came.
    """

    def __init__(self, message: str, claim: Callable[[], Claim | None] = lambda: None, causes: Causes = ()) -> None:
        super().__init__(message)
        self.claim = claim
        self.causes = causes


def close(
    actual: object,
    expected: Expected,
    *,
    what: str | None = None,
    likely: Likely = dict,
    shows: Claim | None = None,
) -> None:
    """Every entry of `actual` lies within the oracle's bound around its value. Shapes must be equal; NaN never is.

    actual: a handle or tensor, any floating dtype. what: how to call it (default: the expression of the handle).
    shows: the expectation as Python, where the expected numbers hold for this one submission alone.
    """
    if _is_silent(actual):
        return examine(partial(close, expected=expected, what=what, likely=likely, shows=shows), actual)
    name, value = _value(actual, what)
    tensor = _as_tensor(name, value, actual, likely)
    causes = partial(_explaining, tensor, expected, likely)
    if tensor.shape != expected.value.shape:
        raise _wrong_shape(name, tensor, expected.value.shape, actual, causes())
    if not tensor.dtype.is_floating_point:
        raise CheckFailed(
            f"{name} has dtype {tensor.dtype}, expected a floating-point tensor",
            lambda: claim("assert {0}.is_floating_point(), {0}.dtype", actual),
        )
    _within(name, tensor, expected, causes, shows or partial(_close_claim, actual, tensor, expected))


def close_float(actual: object, expected: Expected, *, what: str, likely: Likely = dict) -> None:
    """A Python float within the oracle's bound around its value, which is 0-d."""
    value = a_float(actual, what=what)
    tensor = torch.tensor(value, dtype=torch.float64)
    causes = partial(_explaining, tensor, expected, likely)
    _within(what, tensor, expected, causes, partial(_float_claim, actual, value, expected))


def _within(
    name: str,
    tensor: torch.Tensor,
    expected: Expected,
    causes: Callable[[], Causes],
    shows: Claim | Callable[[], Claim | None],
) -> None:
    outside = _outside(tensor, expected)
    if not outside.any():
        return
    difference = (tensor.double() - expected.value).abs()
    index = _worst(difference, expected.bound, outside)
    place = f"{name}[{', '.join(map(str, index))}]" if index else name
    off, allowed = difference[index].item(), expected.bound.expand_as(difference)[index].item()
    raise CheckFailed(
        f"{place} is {tensor[index].item():.6g}, expected {expected.value[index].item():.6g} "
        f"(off by {off:.2g}, allowed {allowed:.2g})",
        (lambda: shows) if isinstance(shows, Claim) else shows,
        causes(),
    )


def equal(actual: object, expected: object, *, what: str | None = None, likely: Likely = dict) -> None:
    """Exactly equal: a tensor in dtype, shape and every entry, any other value in type and value, and all in it."""
    if _is_silent(actual):
        return examine(partial(equal, expected=expected, what=what, likely=likely), actual)
    name, value = _value(actual, what)
    causes = partial(_equal_to, value, likely)
    if not isinstance(expected, torch.Tensor):
        if not same(value, expected):
            code = f"assert {{0}} {'is' if expected is None else '=='} {{1}}, {{0}}"
            message = f"{name} is {show(value)}, expected {show(expected)}"
            raise CheckFailed(message, lambda: claim(code, actual, expected), causes())
        return
    tensor = _as_tensor(name, value, actual, likely)
    if tensor.shape != expected.shape:
        raise _wrong_shape(name, tensor, expected.shape, actual, causes())
    if tensor.dtype != expected.dtype:
        raise CheckFailed(
            f"{name} has dtype {tensor.dtype}, expected {expected.dtype}",
            lambda: claim("assert {0}.dtype == {1}, {0}.dtype", actual, expected.dtype),
            causes(),
        )
    different = tensor != expected
    if different.any():
        index = _worst((tensor.double() - expected.double()).abs(), torch.ones(()), different)
        place = f"{name}[{', '.join(map(str, index))}]" if index else name
        raise CheckFailed(
            f"{place} is {tensor[index].item()}, expected {expected[index].item()}",
            lambda: claim("assert torch.equal({0}, {1}), {0}", actual, expected),
            causes(),
        )


def shape(
    actual: object,
    expected: Sequence[int],
    *,
    what: str | None = None,
    likely: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> torch.Tensor:
    """A dense tensor of that shape; returns it. likely: mistakes, and the shape that each would give."""
    name, value = _value(actual, what)
    tensor = _as_tensor(name, value, actual)
    if tensor.shape != torch.Size(expected):
        causes = tuple(text for text, mistaken in likely.items() if tensor.shape == torch.Size(mistaken))
        raise _wrong_shape(name, tensor, torch.Size(expected), actual, causes)
    return tensor


def a_float(actual: object, *, what: str) -> float:
    """A Python float, as `.item()` gives; returns it."""
    name, value = _value(actual, what)
    if type(value) is not float:
        raise CheckFailed(
            f"{name} is {show(value)}, expected a Python float",
            lambda: claim("assert type({0}) is float, type({0})", actual),
        )
    return value


def length(
    actual: object, expected: int, *, what: str, likely: Mapping[str, int] = MappingProxyType({})
) -> Sequence[Any]:
    """A list or tuple of that length; returns it. likely: mistakes, and the length that each would give."""
    name, value = _value(actual, what)
    if not isinstance(value, list | tuple):
        raise CheckFailed(
            f"{name} is {show(value)}, expected {expected} items",
            lambda: claim("assert isinstance({0}, (list, tuple)), type({0})", actual),
        )
    if len(value) != expected:
        raise CheckFailed(
            f"{name} has {len(value)} items, expected {expected}",
            lambda: claim("assert len({0}) == {1}, len({0})", actual, expected),
            tuple(text for text, mistaken in likely.items() if mistaken == len(value)),
        )
    return value


def that(condition: bool, message: str, *, shows: Claim | None = None, likely: Likely = dict) -> None:
    """Any other condition. The message names the call, what came and what was expected; `shows` is it as Python."""
    if not condition:
        raise CheckFailed(
            message, lambda: shows, tuple(text for text, holds in likely().items() if _result_of(holds) is True)
        )


def raises(actual: Handle, type_name: str, *, otherwise: str) -> None:
    """The latest request raises that exception, by the name of its type; `otherwise` is the message if it does not."""
    code = f"try:\n    {{0}}\nexcept {type_name}:\n    pass\nelse:\n    raise AssertionError({{1}})"
    shows = claim(code, LAST, f"no {type_name}")
    error = error_of(actual)
    if error is None:
        raise CheckFailed(otherwise, lambda: shows)
    if error.type_name != type_name:
        error.claim = shows
        raise error


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


def show(value: object) -> str:
    """A value from the worker, in a few words."""
    if isinstance(value, torch.Tensor):
        small = f" with the value {value.tolist()}" if value.numel() <= 4 else ""
        return f"a {value.dtype} tensor of shape {tuple(value.shape)}{small}"
    if isinstance(value, Opaque):
        return f"an object of another kind: {value.description}"
    return render(value)[:300]


def _is_silent(actual: object) -> TypeGuard[Handle]:
    """Whether the value need not be waited for: if it is not as expected, the check is run again."""
    return isinstance(actual, Handle) and actual._session.silent


def _value(actual: object, what: str | None) -> tuple[str, Any]:
    name = what or (repr(actual) if isinstance(actual, Handle) else "the value")
    return name, fetch(actual) if isinstance(actual, Handle) else actual


def _as_tensor(name: str, value: object, actual: object, likely: Likely = dict) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value
    # A tensor that did not cross the boundary, say of a subclass, is a torch.Tensor in the snippet.
    hidden = isinstance(value, Opaque) and value.description.startswith("tensor ")
    code = "assert type({0}) in (torch.Tensor, torch.nn.Parameter), type({0})"
    code = "assert {0} is not None" if value is None else code
    causes = _equal_to(value, likely) if value is None else ()
    message = f"{name} is {show(value)}, expected a tensor"
    raise CheckFailed(message, lambda: None if hidden else claim(code, actual), causes)


def _wrong_shape(name: str, tensor: torch.Tensor, expected: torch.Size, actual: object, causes: Causes) -> CheckFailed:
    return CheckFailed(
        f"{name} has shape {tuple(tensor.shape)}, expected {tuple(expected)}",
        lambda: claim("assert {0}.shape == {1}, {0}.shape", actual, expected),
        causes,
    )


def _outside(tensor: torch.Tensor, expected: Expected) -> torch.Tensor:
    """Where entries are not within their bounds; shapes are equal."""
    difference = (tensor.double() - expected.value).abs()
    # Not `>`: NaN is on no side. A bound that is not finite (weights of 1e300) allows nothing, not everything.
    return ~((difference <= expected.bound) & expected.bound.isfinite())


def _worst(difference: torch.Tensor, bound: torch.Tensor, outside: torch.Tensor) -> tuple[int, ...]:
    """The place that is furthest outside its bound; one that is not a number comes first."""
    excess = torch.where(outside, (difference / bound.clamp_min(1e-300)).nan_to_num(nan=torch.inf), 0.0)
    return tuple(int(i) for i in torch.unravel_index(excess.argmax(), excess.shape)) if excess.dim() else ()


def _explaining(tensor: torch.Tensor, expected: Expected, likely: Likely) -> Causes:
    """The mistakes whose result is what came. Each differs from what is right by more than rounding, or it is none."""
    return tuple(
        text
        for text, mistaken in likely().items()
        if any(_explains(result, tensor, expected) for result in _ways(_result_of(mistaken)))
    )


def _ways(result: object) -> tuple[object, ...]:
    return result if isinstance(result, tuple) else (result,)


def _explains(result: object, tensor: torch.Tensor, expected: Expected) -> bool:
    if isinstance(result, torch.Tensor | float):
        result = exact(torch.as_tensor(result, dtype=torch.float64))
        # The same arithmetic, more or less: it rounds as the right one does, at the size of its own numbers.
        ratio = (result.value.abs().amax() / expected.value.abs().amax().clamp_min(1e-30)).clamp_min(1.0)
        bound = (expected.bound.amax() * ratio).clamp_max(1e-3 * result.value.abs().amax()) + result.bound
        result = Expected(result.value, 4 * bound)
    if not isinstance(result, Expected) or result.value.shape != tensor.shape:
        return False
    if result.value.shape == expected.value.shape and not _outside(result.value, expected).any():
        return False
    explained = ~_outside(tensor, result) | (tensor.isnan() & result.value.isnan()) | (tensor == result.value)
    return bool(explained.all())


def _equal_to(value: object, likely: Likely) -> Causes:
    return tuple(text for text, mistaken in likely().items() if same(value, _result_of(mistaken)))


def _result_of(mistaken: Callable[[], object]) -> object:
    """What the mistake gives; nothing that could be a value where the shapes of this example don't allow it."""
    try:
        return mistaken()
    except (RuntimeError, IndexError, ArithmeticError, ValueError):
        return NotImplemented


_TOLERANCES: Final = ((1.3e-6, 1e-5), (1e-5, 1e-5), (1e-4, 1e-4), (1e-3, 1e-3), (1e-6, 1e-6), (1e-6, 1e-7), (1e-6, 0.0))


def _close_claim(actual: object, tensor: torch.Tensor, expected: Expected) -> Claim | None:
    """An assert that right code passes and what came does not: the first usual tolerance of which that is true."""
    written = expected.value.float()
    for rtol, atol in (*_TOLERANCES, (0.0, float(f"{2 * expected.bound.amax().item():.1e}"))):
        if _separates(atol + rtol * written.double().abs(), tensor, written, expected):
            given = "" if (rtol, atol) == _TOLERANCES[0] else f", rtol={rtol:g}, atol={atol:g}"
            kind = "" if tensor.dtype is torch.float32 else ", check_dtype=False"
            return claim(f"torch.testing.assert_close({{0}}, {{1}}{given}{kind})", actual, written)
    return None


def _float_claim(actual: object, value: float, expected: Expected) -> Claim | None:
    tensor = torch.tensor(value, dtype=torch.float64)
    written = torch.tensor(float(f"{expected.value.item():.6g}"), dtype=torch.float64)
    for allowed in (1e-4, 1e-5, 1e-3, 1e-6, 1e-7, 1e-8, float(f"{2 * expected.bound.item():.1e}")):
        if _separates(torch.tensor(allowed), tensor, written, expected):
            return claim(f"assert abs({{0}} - {written.item():g}) < {allowed:g}, {{0}}", actual)
    return None


def _separates(allowed: torch.Tensor, tensor: torch.Tensor, written: torch.Tensor, expected: Expected) -> bool:
    """Whether right code is inside, with some room, and what came is outside of these differences from `written`."""
    right = (written.double() - expected.value).abs() + expected.bound <= 0.9 * allowed
    wrong = ~((tensor.double() - written.double()).abs() <= 1.1 * allowed)
    return bool(right.all() and wrong.any())
