"""The snippet: a failing example as Python that the student pastes below their code, without this package.

It is written from the requests of the example, in their order. What the check's own variables are called is what they
are called in the snippet: inside a check the submission reads like local PyTorch. Where no honest snippet can be
written (a tensor of thousands of numbers, a value that can't be traced to a request), there is none.
"""

from __future__ import annotations

import builtins
import dataclasses
import keyword
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

from torch import Tensor

from grader.boundary.values import Leaf, Opaque
from grader.judge.transcript import Step, Transcript
from grader.suite.claims import LAST, Claim
from grader.suite.handles import Handle, number_of
from grader.suite.literal import TooLarge, imports_of, literal

MAX_LINES: Final = 60


MAX_SOURCE: Final = 1 << 20


_INLINE: Final = {"name", "torch", "get", "item", "isinstance", "is", "type"}  # evaluated where they are used


_CALLS: Final = {"call", "next", "iter", "take"}


_OBJECTS: Final = {"put", "list", "generator"}  # made where they are first used


_SHORT: Final = 28  # characters of a tensor that may stand inside a call


_DEPTH: Final = 4


def write(transcript: Transcript, failed: Claim | int, trace: TracebackType | None, source: str = "") -> str:
    """The snippet for the present example; empty where there is none.

    failed: the claim that does not hold, or the number of the request that raised. trace: of the exception that ended
    the check. source: the submission's, whose names must not be taken.
    """
    try:
        return _Writer(transcript, failed, _names(trace), source).text()
    except (TooLarge, _NoOrigin):
        return ""


class _NoOrigin(Exception):
    """A value that can't be traced to a request."""


@dataclass(frozen=True, slots=True)
class _Code:
    """A part of a claim that came from the submission: the request and the way into its value."""

    number: int
    path: str
    inline: bool = False  # must stand in the claim itself


class _Writer:
    def __init__(self, transcript: Transcript, failed: Claim | int, names: Mapping[object, str], source: str) -> None:
        requests = transcript.steps
        if isinstance(failed, int):
            requests = [request for request in requests if request.number <= failed]
        self._transcript, self._failed, self._names = transcript, failed, names
        self._requests = {request.number: request for request in requests}
        if isinstance(failed, int) and self._requests[failed].operation == "name":
            raise _NoOrigin  # a part of the file that was not executed for this question may define it
        self._parts = [self._part(part) for part in failed.parts] if isinstance(failed, Claim) else []
        if self._parts and not any(isinstance(part, _Code) for part in self._parts):
            raise _NoOrigin  # it says nothing about the submission
        requests = self._until_seen(requests)
        # What the submission's own code did: it may have made what an attribute stood for before another thing.
        self._calls = [r.number for r in requests if r.operation in _CALLS and not self._is_torch(r)]
        self._lines: list[str] = []
        self._imports = ["import torch"]
        self._variables: dict[object, str] = {}  # by request number, or id of a tensor
        taken = {str(r.arguments[0]) for r in requests if r.operation == "name"}
        self._taken = {*dir(builtins), *keyword.kwlist, *keyword.softkwlist, "torch", "islice", "submission", *taken}
        self._taken |= _top_level_names(source)
        self._uses: Counter[object] = Counter()
        self._users: dict[object, int] = {}
        self._order = self._needed(requests)

    def text(self) -> str:
        """All of it."""
        claimed = {part.number: part for part in self._parts if isinstance(part, _Code)}
        for at, number in enumerate(self._order):
            request = self._requests[number]
            after = self._order[at + 1] if at + 1 < len(self._order) else None
            if number in claimed and claimed[number].inline:
                pass  # written inside the claim
            elif number in self._transcript.raised and number != self._failed:
                told = self._transcript.raised[number]
                error = told if told.isidentifier() else "Exception"  # the worker's word
                self._lines.append(f"try:\n    {self._statement(request)}\nexcept {error}:\n    pass")
            elif number == self._failed or request.operation == "set" or not self._uses[number]:
                self._lines.append(self._statement(request))
            elif self._uses[number] == 1 and number not in self._names and self._users[number] == after:
                pass  # written inside the statement that comes next
            else:
                default = "actual" if number in claimed else None
                self._assign(number, self._expression(request), default=default)
        if isinstance(self._failed, int) and self._failed not in self._order:
            self._lines.append(self._reference(self._failed))
        if isinstance(self._failed, Claim):
            parts = [self._claimed(part) for part in self._parts]
            self._lines.append(re.sub(r"\{(\d)\}", lambda match: parts[int(match[1])], self._failed.code))
        if len(self._lines) > MAX_LINES:
            raise TooLarge(f"{len(self._lines)} statements")
        return "\n".join([*self._imports, "", f"torch.manual_seed({self._transcript.seed})", *self._lines]) + "\n"

    # --- what is needed --------------------------------------------------------------------------------------------

    def _part(self, part: object) -> object:
        if part is LAST:
            return _Code(max(self._requests), "", inline=True)
        if isinstance(part, Handle):
            return _Code(number_of(part), "")
        for handle, value in reversed(self._transcript.fetched):
            path = _path_to(part, value)
            if path is not None:
                return _Code(number_of(handle), path)
        if isinstance(part, Opaque):
            raise _NoOrigin
        return part

    def _until_seen(self, requests: list[Step]) -> list[Step]:
        """Without what came after the results that the claim is about: a check asks for several at a time.

        Attributes, tensors of the judge's and parameters that it made may be what later requests change; what the
        submission's calls gave is not.
        """
        seen = [self._requests[part.number] for part in self._parts if isinstance(part, _Code)]
        if not seen or any(r.operation in _INLINE | _OBJECTS or self._is_torch(r) for r in seen):
            return requests
        return [request for request in requests if request.number <= max(r.number for r in seen)]

    def _needed(self, requests: Sequence[Step]) -> list[int]:
        """The numbers of the requests that do something, in order, and how often each result is used."""
        last = [part.number for part in self._parts if isinstance(part, _Code)]
        if isinstance(self._failed, int) and self._requests[self._failed].operation in _INLINE:
            last.append(self._failed)
        for number in last:
            for reached in self._reached_from(self._requests[number], math.inf):
                self._uses[reached] += 1
                self._users[reached] = 0
        order = []
        for request in reversed(requests):
            number = request.number
            if request.operation in _INLINE | _OBJECTS and not self._uses[number]:
                continue
            if not self._uses[number] and number != self._failed and self._is_torch(request):
                continue  # a part that this expectation is not about
            for reached in self._reached(list(request.arguments), number):
                self._uses[reached] += 1
                self._users[reached] = number
            if request.operation not in _OBJECTS:
                order.append(number)
        return order[::-1]

    def _reached(self, value: object, user: float) -> Iterator[object]:
        """The results and tensors that an expression consists of: numbers of requests, ids of tensors.

        user: the number of the request that the expression is part of; infinite for a claim.
        """
        if isinstance(value, Handle):
            yield from self._reached_from(self._request(value), user)
        elif isinstance(value, Tensor):
            yield id(value)
        elif isinstance(value, list | tuple):
            for item in value:
                yield from self._reached(item, user)
        elif isinstance(value, dict):
            yield from self._reached(list(value.values()), user)

    def _reached_from(self, request: Step, user: float) -> Iterator[object]:
        if request.operation in _INLINE and not self._is_kept(request, user):
            yield from self._reached(list(request.arguments), request.number)
        else:
            yield request.number

    def _is_kept(self, request: Step, user: float) -> bool:
        """Whether the check held the object while the submission did something, so that the snippet must, too."""
        is_place = request.operation in ("get", "item") and not self._is_torch_itself(request)
        return is_place and any(request.number < number < user for number in self._calls)

    def _request(self, handle: Handle) -> Step:
        if number_of(handle) not in self._requests:
            raise _NoOrigin
        return self._requests[number_of(handle)]

    def _is_torch(self, request: Step) -> bool:
        """Whether it calls what is torch's own, and no method of an object."""
        target = request.arguments[0] if request.operation == "call" else None
        return isinstance(target, Handle) and self._is_torch_itself(self._request(target))

    def _is_torch_itself(self, request: Step) -> bool:
        """Whether it is torch, or an attribute in it."""
        while request.operation == "get" and isinstance(request.arguments[0], Handle):
            request = self._request(request.arguments[0])
        return request.operation == "torch"

    # --- writing ---------------------------------------------------------------------------------------------------

    def _statement(self, request: Step) -> str:
        if request.operation != "set":
            return self._expression(request)
        target, name, value = request.arguments
        written = self._value(value)
        # Both would be one tensor: what happens to the one would happen to the other.
        shared = isinstance(value, Tensor) and self._uses[id(value)] > 1
        return f"{self._value(target)}.{name} = {written}{'.clone()' if shared else ''}"

    def _expression(self, request: Step) -> str:
        arguments = request.arguments
        match request.operation:
            case "name":
                return str(arguments[0])
            case "torch":
                return f"torch.{arguments[0]}"
            case "get":
                return f"{self._value(arguments[0])}.{arguments[1]}"
            case "seed":
                return f"torch.manual_seed({arguments[0]})"
            case "item":
                return f"{self._value(arguments[0])}[{self._value(arguments[1])}]"
            case "call":
                function, args, kwargs = arguments
                assert isinstance(args, list)
                assert isinstance(kwargs, dict)
                called = self._value(function)  # first: what an argument needs is written before the whole line
                given = [self._value(arg) for arg in args]
                given += [f"{name}={self._value(arg)}" for name, arg in kwargs.items()]
                return f"{called}({', '.join(given)})"
            case "iter" | "next" | "type" as function_name:
                return f"{function_name}({self._value(arguments[0])})"
            case "isinstance":
                return f"isinstance({self._value(arguments[0])}, {self._value(arguments[1])})"
            case "is":
                return f"{self._value(arguments[0])} is {self._value(arguments[1])}"
            case "take":
                return self._taken_items(request)
            case "list":
                return f"[{', '.join(map(self._value, arguments))}]"
            case "generator":
                return f"(item for item in [{', '.join(map(self._value, arguments))}])"
            case "put":
                value = arguments[0]
                if isinstance(value, Leaf):
                    return literal(value.tensor).removesuffix(")") + ", requires_grad=True)"
                return literal(value)
        raise TooLarge(request.operation)

    def _taken_items(self, request: Step) -> str:
        iterable, most = request.arguments
        came = [value for handle, value in self._transcript.fetched if number_of(handle) == request.number]
        lengths = [len(value) for value in came if isinstance(value, list)]
        if lengths and isinstance(most, int) and lengths[0] < most:
            return f"list({self._value(iterable)})"
        if "from itertools import islice" not in self._imports:
            self._imports.insert(0, "from itertools import islice")
        return f"list(islice({self._value(iterable)}, {most}))"

    def _value(self, value: object, *, inside: bool = False) -> str:
        if isinstance(value, Handle):
            return self._reference(self._request(value).number)
        if isinstance(value, Tensor):
            return self._tensor(value, inside=inside)
        if isinstance(value, list | tuple) and any(self._reached(value, math.inf)):
            items = ", ".join(self._value(item, inside=True) for item in value)
            return f"[{items}]" if isinstance(value, list) else f"({items}{',' if len(value) == 1 else ''})"
        return literal(value)

    def _reference(self, number: int) -> str:
        if number in self._variables:
            return self._variables[number]
        request = self._requests[number]
        written = self._expression(request)
        needs_name = request.operation in _OBJECTS and (
            self._uses[number] > 1 or number in self._names or request.operation == "put" or len(written) > 60
        )
        return self._assign(number, written) if needs_name else written

    def _tensor(self, tensor: Tensor, *, inside: bool) -> str:
        key = id(tensor)
        if key in self._variables:
            return self._variables[key]
        written = literal(tensor)
        self._imports += [line for line in imports_of(tensor) if line not in self._imports]
        if key not in self._names and self._uses[key] == 1 and (inside or len(written) <= _SHORT):
            return written
        return self._assign(key, written, default="x" if tensor.dtype.is_floating_point else "y")

    def _claimed(self, part: object) -> str:
        if not isinstance(part, _Code):
            return literal(part)
        base = self._requests[part.number]
        written = self._expression(base) if part.inline else self._reference(part.number)
        return written + part.path

    def _assign(self, key: object, written: str, *, default: str | None = None) -> str:
        name = self._free(self._names.get(key) or default or self._default(key))
        self._variables[key] = name
        self._lines.append(f"{name} = {written}")
        return name

    def _default(self, key: object) -> str:
        request = self._requests[key]  # type: ignore[index]
        match request.operation:
            case "call":
                called = request.arguments[0]
                text = self._expression(self._request(called)) if isinstance(called, Handle) else ""
                word = text.split(".")[-1]
                return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower() if word.isidentifier() else "result"
            case "get":
                return str(request.arguments[1])
            case "iter":
                return "iterator"
            case "next" | "item":
                return "item"
            case "put":
                return "x"
            case _:
                return "items"

    def _free(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self._taken:
            name, number = f"{wanted}{number}", number + 1
        self._taken.add(name)
        return name


def _top_level_names(source: str) -> set[str]:
    """Words that the submission may bind at top level: to bind them anew could change what its code does.

    By lines and their first characters alone: the source is hostile, and no place for a clever expression.
    """
    found: set[str] = set()
    for line in source[:MAX_SOURCE].split("\n"):
        start = line[:200]
        if start.startswith(("import ", "from ")):
            found.update(re.findall(r"\w+", start))
        elif start.startswith(("def ", "class ", "async ")):
            found.update(re.findall(r"\w+", start.removeprefix("async "))[1:2])
        elif not start.startswith((" ", "\t", "#")) and "=" in start:
            found.update(re.findall(r"\w+", start.partition("=")[0].partition("(")[0]))
    return found


def _path_to(wanted: object, value: object, depth: int = 0) -> str | None:
    """How to come from `value` to the very object `wanted` inside it: "" if it is that, "[0][1]", or None."""
    if wanted is value and isinstance(value, Tensor | float | list | tuple | dict | Opaque):
        return ""
    if depth < _DEPTH and isinstance(value, list | tuple | dict):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            path = _path_to(wanted, item, depth + 1)
            if path is not None:
                return f"[{key!r}]{path}"
    return None


def _names(trace: TracebackType | None) -> dict[object, str]:
    """What the check calls its handles and tensors: names by number of the request, or id of the tensor."""
    names: dict[object, str] = {}
    while trace is not None:
        frame = trace.tb_frame
        if not str(frame.f_globals.get("__name__", "")).startswith(("grader.", "hypothesis", "_pytest")):
            for name, value in frame.f_locals.items():
                _collect(name, value, names, 0)
        trace = trace.tb_next
    return names


def _collect(name: str, value: Any, names: dict[object, str], depth: int) -> None:
    if not name.isidentifier() or depth > 2:
        return
    if isinstance(value, Handle):
        names.setdefault(number_of(value), name)
    elif isinstance(value, Tensor):
        names.setdefault(id(value), name)
    elif isinstance(value, list | tuple):
        single = name.removesuffix("s")
        if name.endswith("s") and all(isinstance(item, Handle | Tensor) for item in value):
            for index, item in enumerate(_first(value, 20)):
                _collect(single if len(value) == 1 else f"{single}{index}", item, names, depth + 1)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            _collect(field.name, getattr(value, field.name), names, depth + 1)


def _first(items: Iterable[Any], most: int) -> list[Any]:
    return [item for item, _ in zip(items, range(most), strict=False)]
