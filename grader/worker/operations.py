"""What the judge may ask for, one function for each operation."""

from __future__ import annotations

import functools
import itertools
import operator
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import torch

from grader.boundary.requests import Operation, Request
from grader.worker.callers import PARTS
from grader.worker.state import State
from grader.worker.surroundings import seed_everything

_set_grad_enabled: Final = torch.set_grad_enabled  # as torch made it, whatever a submission does to it


def _begin(state: State, seed: int) -> None:
    state.objects.clear()
    state.of_judge.clear()
    state.parts = {}
    seed_everything(seed)
    _set_grad_enabled(True)  # what an example before, or the file's own training, left off


def _name(state: State, name: str) -> Any:
    try:
        value = state.namespace[name]
    except KeyError:
        raise NameError(f"name '{name}' is not defined") from None
    state.guard.look_at(name, value)
    return value


def _part(state: State, name: str, source: str) -> Any:
    """What the assignment's parts.py has under a name. Each example executes it anew, so that nothing is left in it."""
    if not state.parts:
        state.parts = {"__name__": "parts"}
        exec(_compiled(source), state.parts)
    return state.parts[name]


@functools.cache
def _compiled(source: str) -> types.CodeType:
    return compile(source, PARTS, "exec")


def _set(state: State, target: Any, name: str, value: Any) -> None:
    setattr(target, name, value)


def _take(state: State, iterable: Iterable[Any], most: int) -> list[Any]:
    return list(itertools.islice(iterable, most))


def _is_instance(state: State, value: Any, kind: Any) -> bool:
    return isinstance(value, kind)


def _recorded(state: State, subject: Any) -> list[Any]:
    return state.recorder.calls_with(subject)


_FRAME: Final = "def judge_asks(operation, state, arguments):\n    return operation(state, *arguments)\n"
_frame: Final[dict[str, Any]] = {}
exec(compile(_FRAME, "<what the judge asks>", "exec"), _frame)

# Carries out an operation for the student, from a frame that the guard holds for the student's code: what the judge
# calls, takes or iterates over may be a banned thing itself, in whatever wrapper.
for_student: Final[Callable[[Callable[..., Any], State, Iterable[Any]], Any]] = _frame["judge_asks"]

# What these give is the judge's own where what they are asked of is: torch.optim.SGD(...).step. What a part does with
# what it is given is done for the student.
GIVEN_BY_JUDGE: Final = frozenset(
    (Operation.TORCH, Operation.GET, Operation.CALL, Operation.ITEM, Operation.ITER, Operation.NEXT, Operation.TAKE)
)


def is_asked_of_judge(request: Request, of_judge: set[int]) -> bool:
    """Whether it is asked of what comes from the judge's own use of torch. Then what it gives may be, too: noted."""
    if request.operation not in (Operation.TORCH, Operation.PART):
        first = request.arguments[0] if of_judge and request.arguments else None
        if type(first) is not dict or first.get("ref") not in of_judge:
            return False
    if request.operation in GIVEN_BY_JUDGE:
        of_judge.add(request.result)
    return True


# VALUE is not here: it makes no object, but a part of the answer.
OPERATIONS: Final[Mapping[str, Callable[..., Any]]] = {
    Operation.BEGIN: _begin,
    Operation.NAME: _name,
    Operation.TORCH: lambda state, path: operator.attrgetter(path)(torch),
    Operation.PART: _part,
    Operation.PUT: lambda state, value: value,
    Operation.GET: lambda state, target, name: getattr(target, name),
    Operation.SET: _set,
    Operation.CALL: lambda state, target, args, kwargs: target(*args, **kwargs),
    Operation.ITEM: lambda state, target, key: target[key],
    Operation.ITER: lambda state, target: iter(target),
    Operation.NEXT: lambda state, target: next(target),
    Operation.TAKE: _take,
    Operation.LIST: lambda state, *items: list(items),
    Operation.GENERATOR: lambda state, *items: (item for item in items),
    Operation.IS_INSTANCE: _is_instance,
    Operation.IS_SAME: lambda state, a, b: a is b,
    Operation.TYPE: lambda state, value: type(value).__name__,
    Operation.RECORDED: _recorded,
}
