"""What an oracle gives, and `of`, which bounds the rounding of any function."""

from __future__ import annotations

import functools
import math
import random
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from grader.suite.deferred import deferrable

EPS: Final = torch.finfo(torch.float32).eps
TINY: Final = 1e-37  # results this small may be flushed to zero
RUNS: Final = 8
FACTOR: Final = 8.0
FLOOR: Final = 2.0
_PLACES: Final = 4099
_HUGE: Final = 1e290  # an error of what is infinite

# Linear in each argument: the size of what is summed is what the operation gives for absolute values.
_SUMS: Final = frozenset({"sum", "mean", "cumsum"})
_PRODUCTS: Final = frozenset({"mm", "bmm", "mv", "dot", "addmm", "baddbmm", "addmv", "convolution"})
_WITHIN_ROWS: Final = frozenset({"_softmax", "_log_softmax", "native_layer_norm", "cumprod", "logcumsumexp"})
# These give numbers that they were given, and round none.
_COPIES: Final = frozenset({"_to_copy", "cat", "clone", "flip", "lift_fresh", "masked_fill", "repeat", "roll", "stack"})
_CHOICES: Final = frozenset({"amax", "amin", "clamp", "clamp_min", "max", "maximum", "min", "minimum", "sort", "topk"})
_PICKED: Final = frozenset({"embedding", "gather", "index", "index_select", "select_backward", "slice_backward"})
_SIGNED: Final = frozenset({"abs", "neg", "relu", "tril", "triu", "where"})
_MADE: Final = frozenset(
    {"empty", "full", "full_like", "new_full", "new_ones", "new_zeros", "ones", "ones_like", "zeros", "zeros_like"}
)
_EXACT: Final = _COPIES | _CHOICES | _PICKED | _SIGNED | _MADE


@dataclass(frozen=True, slots=True)
class Expected:
    """value: float64, any shape. bound: float64, non-negative, of the same shape (or one that broadcasts to it).

    told: where `value` follows from what this submission gave before, so that a slip costs its own check alone: what is
    right for all, of the same shape. Message and snippet name it, unless the submission gives just that.
    """

    value: torch.Tensor
    bound: torch.Tensor
    told: Expected | None = None

    def times(self, factor: float) -> Expected:
        """The same value with a bound wider by `factor`."""
        return Expected(self.value, self.bound * factor, self.told)


def of(function: Callable[..., Any]) -> Callable[..., Any]:
    """An oracle of the function: its value in float64, with a bound for whoever computes it in float32.

        expected = oracles.of(lambda x, w: torch.tanh(x @ w.T))(x, linear.weight)

    function: of tensors and plain values, in torch; it gives a tensor, or a tuple of them. Gradients may be computed
    in it. Float tensors that it is given, alone, in lists, tuples and dicts, come to it in float64. Write it as the
    homework's formula, in the form that does not overflow: the bound is about that formula.

    The bound. The function is computed RUNS times more, in float64, and each float result of each operation is
    disturbed by a rounding: an entry by a normal error of eps times its size, eps being float32's (twice what one
    rounding can be); a sum of n terms by sqrt(n) * eps times the sum of their sizes, since the error of a sum grows so
    in whatever order it is taken (Higham and Mary, A new approach to probabilistic rounding error analysis, 2019: it
    stays below lambda * sqrt(n) * eps / 2 but for a probability of 2 exp(-lambda^2 / 2)). The inputs are disturbed,
    too, by eps of their size: another right way to compute the same may begin with another operation on them. What
    comes back differs from the value as the results of right programs do, with all that the function amplifies or
    cancels, and to all orders. The bound is FACTOR times the root of the mean square of the differences, entry by
    entry (some 27 standard deviations of roundings that are spread evenly), and FLOOR roundings of the value at the
    least: of few runs all may happen to be near. The disturbances are drawn from a seed of their own: the bound is the
    same each time.

    What it can't know: a way to compute that is worse conditioned than the function as it is written (the variance as
    E[x^2] - E[x]^2, or a softmax near 1 as exp(x - logsumexp)). If that is right, too, write it so. Where rounding
    decides between two branches (relu at 0), the bound has both.
    """

    @functools.wraps(function)
    def oracle(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = _float64((args, kwargs))
        own_args, own_kwargs = _mapped((args, kwargs), torch.clone)  # what it does to them is not done to the next
        values = function(*own_args, **own_kwargs)
        single = isinstance(values, torch.Tensor)
        exact = [value.detach() for value in ((values,) if single else values)]
        squares = [torch.zeros_like(value) for value in exact]
        for near in _disturbed_runs(function, args, kwargs):
            for square, value, one in zip(squares, exact, (near,) if single else near, strict=True):
                square += (one.detach() - value).nan_to_num(nan=0.0, posinf=0.0, neginf=0.0) ** 2
        found = [
            Expected(v, FACTOR * (s / RUNS).sqrt() + FLOOR * EPS * v.abs() + TINY)
            for v, s in zip(exact, squares, strict=True)
        ]
        return found[0] if single else tuple(found)

    return deferrable(oracle)


def _disturbed_runs(function: Callable[..., Any], args: Any, kwargs: Any) -> list[Any]:
    """What the function gives in RUNS disturbed runs: all at once where torch can (vmap), or one by one."""
    mode = _Disturbed(random.Random(0))
    inputs = [t for t in _tensors((args, kwargs)) if t.is_floating_point()]

    def run(*given: torch.Tensor) -> Any:
        parts = iter(given)
        near_args, near_kwargs = _mapped((args, kwargs), lambda _: next(parts))
        return function(*near_args, **near_kwargs)

    many = [mode.disturbed(t.expand(RUNS, *t.shape)) for t in inputs]
    try:
        with mode, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is slow in vmap
            together = torch.func.vmap(run)(*many)
    except (RuntimeError, ValueError):  # it differentiates, writes in place, or decides by a value
        runs = []
        for i in range(RUNS):
            with mode:
                runs.append(run(*(t[i].clone() for t in many)))
        return runs
    return [together[i] if isinstance(together, torch.Tensor) else [t[i] for t in together] for i in range(RUNS)]


@functools.cache
def _pool(at_least: int) -> torch.Tensor:
    """So many numbers of a normal distribution, drawn once: float64."""
    return torch.randn(at_least, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


class _Disturbed(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within, each operation's float64 results are disturbed as rounding to float32 might."""

    def __init__(self, drawn: random.Random) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._drawn = drawn
        self._views = set[str]()  # operations that were seen to give a view: they round nothing

    def disturbed(self, value: torch.Tensor, size: torch.Tensor | None = None, terms: int = 1) -> torch.Tensor:
        """The value with an error of the size of sqrt(terms) * eps * size. size: by default the value's own."""
        count, start = value.numel(), self._drawn.randrange(_PLACES)
        errors = _pool(1 << (count + _PLACES).bit_length())[start : start + count].view(value.shape)
        finite = (value if size is None else size).clamp(-_HUGE, _HUGE)
        return torch.addcmul(value, errors, finite, value=EPS * math.sqrt(terms))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = func.__name__.partition(".")[0]  # mm.default
        if name in _EXACT or name in self._views:
            return result

        def after(value: Any) -> Any:
            if not isinstance(value, torch.Tensor) or value.dtype is not torch.float64:
                return value
            if name.endswith("_"):  # written in place
                return value.copy_(self.disturbed(value))
            tensors = [t for t in _tensors((args, kwargs)) if t.is_floating_point()]
            if any(_is_view(value, t) for t in tensors):
                self._views.add(name)
                return value
            return self.disturbed(value, *_summed(func, name, args, kwargs or {}, tensors, value))

        return type(result)(map(after, result)) if isinstance(result, list | tuple) else after(result)


def _is_view(value: torch.Tensor, of_: torch.Tensor) -> bool:
    return value.untyped_storage().data_ptr() == of_.untyped_storage().data_ptr()


def _summed(
    func: Any, name: str, args: Any, kwargs: Mapping[str, Any], tensors: list[torch.Tensor], value: torch.Tensor
) -> tuple[torch.Tensor | None, int]:
    """The sum of the sizes of what an entry is a sum of, if that is not its own size; and how many there are."""
    if name in _PRODUCTS:
        terms = _inner(name, tensors)
    elif name in _WITHIN_ROWS or name == "cumsum":
        terms = tensors[0].shape[-1] if tensors[0].dim() else 1
    else:
        terms = max((t.numel() for t in tensors), default=1) // max(1, value.numel())
    if name not in _SUMS and name not in _PRODUCTS:
        return None, max(1, terms)
    return func(*_mapped(args, torch.abs), **_mapped(kwargs, torch.abs)), max(1, terms)


def _inner(name: str, tensors: list[torch.Tensor]) -> int:
    """How many products are added up for an entry."""
    if name == "convolution":
        return max(1, tensors[1].numel() // max(1, tensors[1].shape[0]))
    return tensors[-1].shape[0 if tensors[-1].dim() == 1 else -2] + (name.startswith(("add", "badd")))


def _float64(given: Any) -> Any:
    return _mapped(given, lambda t: t.detach().double() if t.is_floating_point() else t)


def _mapped(given: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """The same with each float tensor in lists, tuples and dicts changed."""
    if type(given) in (list, tuple):
        return type(given)(_mapped(part, change) for part in given)
    if type(given) is dict:
        return {key: _mapped(part, change) for key, part in given.items()}
    return change(given) if isinstance(given, torch.Tensor) and given.is_floating_point() else given


def _tensors(given: Any) -> Iterator[torch.Tensor]:
    if isinstance(given, torch.Tensor):
        yield given
    elif isinstance(given, list | tuple):
        for part in given:
            yield from _tensors(part)
    elif isinstance(given, dict):
        yield from _tensors(list(given.values()))
