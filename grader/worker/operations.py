"""What the judge may ask for, one function each."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable
from typing import Any, Final

import torch

from grader.worker.executor import Executor
from grader.worker.surroundings import seed_everything


def _is_instance(worker: Executor, value: Any, kind: Any) -> bool:
    return isinstance(value, kind)


def _set_attribute(worker: Executor, target: Any, name: str, value: Any) -> None:
    setattr(target, name, value)


def _begin(worker: Executor, seed: int, taken: list[int]) -> None:
    """Begin a new example before the one before is answered for: only what was taken of that is kept."""
    worker._objects = {number: worker._objects[number] for number in taken}
    seed_everything(seed)


def _now(worker: Executor, value: Any) -> Any:
    """What later requests can't change any more, as far as it crosses the boundary."""
    if type(value) in (torch.Tensor, torch.nn.Parameter):
        return value.detach().clone()
    if type(value) in (list, tuple):
        return type(value)(_now(worker, item) for item in value)
    return value


def _recorded(worker: Executor, subject: Any) -> list[Any]:
    return worker._recorder.calls_with(subject)


def _take(worker: Executor, iterable: Iterable[Any], most: int) -> list[Any]:
    return list(itertools.islice(iterable, most))


OPERATIONS: Final[dict[str, Callable[..., Any]]] = {
    "name": Executor._name,
    "begin": _begin,
    "torch": lambda worker, path: operator.attrgetter(path)(torch),
    "put": lambda worker, value: value,
    "get": lambda worker, target, name: getattr(target, name),
    "set": _set_attribute,
    "call": lambda worker, target, args, kwargs: target(*args, **kwargs),
    "item": lambda worker, target, key: target[key],
    "iter": lambda worker, target: iter(target),
    "next": lambda worker, target: next(target),
    "take": _take,
    "now": _now,
    "list": lambda worker, *items: list(items),
    "generator": lambda worker, *items: (item for item in items),
    "isinstance": _is_instance,
    "is": lambda worker, a, b: a is b,
    "recorded": _recorded,
    "type": lambda worker, value: type(value).__name__,
}
