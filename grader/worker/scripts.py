"""Inside the worker: requests as code, compiled once for all workers of a class.

Whoever grades a class asks all submissions the same. What a worker needs to read such a message, and to find its way
through the requests, takes longer than most of what is asked. So the zygote is given these messages before it forks
workers, and makes a script of each: a function with a line for each request. A worker is told the script's number, and
the secrets, which nothing in it may know before.

A script does what grader.worker.executor does with the same requests, in the same order, and its answer is the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

import torch

from grader.boundary import wire
from grader.boundary.messages import Play, Run, Written, read_message
from grader.boundary.requests import Operation, Request
from grader.boundary.wire import DTYPES, Json
from grader.worker.operations import OPERATIONS, for_student, is_asked_of_judge
from grader.worker.state import Script, State
from grader.worker.telling import raised
from grader.worker.values import PackedValues, last_change

_FIRST_LINE: Final = 2  # of a function, below its head: that of the first request


def read(frames: bytes) -> list[Script]:
    """The scripts of the messages in these frames, which are the judge's."""
    messages = (read_message(*frame.read(trusted=True)) for frame in wire.split(frames))
    return [compiled(message) for message in messages if isinstance(message, Run)]


def compiled(message: Run) -> Script:
    """The script of a message. Raises ValueError where its requests don't begin an example."""
    if not message.requests or message.requests[0].operation != Operation.BEGIN:
        raise ValueError("a script begins with an example")
    defined = dict(_NAMES)
    exec(compile(_source(message.requests), __file__, "exec"), defined)
    return Script(defined["script"], message.tensors)


def play(state: State, message: Play) -> Written:
    """Carry out the requests of a script. The first that raises ends them."""
    script, values = state.scripts[message.script], PackedValues()
    try:
        script.function(state, state.objects, script.tensors, message.secrets, values.add, values.add_copy)
    except BaseException as error:
        return values.written(raised(error, state.lines), _place(sys.exc_info()[2]))
    return values.written()


def _place(traceback: Any) -> int:
    """The place of the request that raised. traceback: of the frame that has called the script."""
    return int(traceback.tb_next.tb_lineno) - _FIRST_LINE


# --- the code ---------------------------------------------------------------------------------------------------------


def _source(requests: Iterable[Request]) -> str:
    """A function with a line for each request."""
    requests = [*requests]
    changes_until, of_judge = last_change(requests), set[int]()
    lines = ["def script(state, o, tensors, secrets, add, add_copy):"]
    for place, request in enumerate(requests):
        arguments = ", ".join(map(_written, request.arguments))
        if request.operation == Operation.VALUE:
            lines.append(f" {'add_copy' if place < changes_until else 'add'}({arguments})")
            continue
        operation = Operation(request.operation).name
        if request.operation == Operation.BEGIN:
            of_judge.clear()
        asked = "for_judge" if is_asked_of_judge(request, of_judge) else "for_student"
        if request.attempt:
            call = f"attempted({asked}, {operation}, state, [{arguments}])"
        elif asked == "for_judge":
            call = f"{operation}(state, {arguments})"
        else:
            call = f"for_student({operation}, state, [{arguments}])"
        lines.append(f" o[{int(request.result)}] = {call}")
    return "\n".join(lines)


def _written(packed: Json) -> str:
    """An expression for an argument, as grader.boundary.requests packs them, or for the place of a secret."""
    if packed is None or type(packed) in (bool, int, str):
        return repr(packed)
    ((tag, content),) = packed.items()
    return _EXPRESSIONS[tag](content)


def _several(contents: Iterable[Json]) -> str:
    return "".join(f"{_written(content)}, " for content in contents)


_EXPRESSIONS: Final[dict[str, Callable[[Any], str]]] = {
    "ref": lambda number: f"o[{int(number)}]",
    "tensor": lambda place: f"clone(tensors[{int(place)}])",
    "leaf": lambda place: f"leaf(tensors[{int(place)}])",
    "secret": lambda place: f"secrets[{int(place)}]",
    "tuple": lambda parts: f"({_several(parts)})",
    "list": lambda parts: f"[{_several(parts)}]",
    "dict": lambda pairs: "{" + "".join(f"{key!r}: {_written(value)}, " for key, value in pairs) + "}",
    "slice": lambda parts: f"slice({_several(parts)})",
    "float": lambda digits: f"({float.fromhex(digits)!r})",  # inf and nan are names here
    "dtype": lambda name: f"dtypes[{str(name)!r}]",
    "ellipsis": lambda _: "...",
}


def _leaf(tensor: torch.Tensor) -> torch.Tensor:
    return _clone(tensor).requires_grad_()


def _for_judge(operation: Callable[..., Any], state: State, arguments: Iterable[Any]) -> Any:
    return operation(state, *arguments)


def _attempted(
    asked: Callable[..., Any], operation: Callable[..., Any], state: State, arguments: Iterable[Any]
) -> object:
    try:
        return asked(operation, state, arguments)
    except Exception as error:
        return raised(error, state.lines)


_clone: Final = torch.Tensor.clone
_NAMES: Final[dict[str, Any]] = {  # all that a script knows: nothing that a submission may rebind
    **{Operation(operation).name: carried_out for operation, carried_out in OPERATIONS.items()},
    "__name__": __name__,
    "attempted": _attempted,
    "clone": _clone,
    "dtypes": DTYPES,
    "for_judge": _for_judge,
    "for_student": for_student,
    "inf": float("inf"),
    "leaf": _leaf,
    "nan": float("nan"),
    "slice": slice,
}
