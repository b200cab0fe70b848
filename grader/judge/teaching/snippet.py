"""The snippet: a failing example as Python that the student pastes below their code, without this package.

It is written from the requests of the example, in their order. What the check's own variables are called is what they
are called in the snippet: inside a check the submission reads like local PyTorch. Where no honest snippet can be
written (a tensor of thousands of numbers, a value that can't be traced to a request), there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final

from torch import Tensor

from grader.boundary.values import Leaf
from grader.judge.teaching.naming import FreeNames, default_name, imports_torch, names_in
from grader.judge.teaching.needed import OBJECTS, Needed, NoOrigin, Origin, Requests
from grader.judge.transcript import Step, Transcript
from grader.suite.claims import Claim
from grader.suite.definitions import defined_in, definitions
from grader.suite.handles import Handle, number_of
from grader.suite.literal import TooLarge, imports_of, literal

MAX_LINES: Final = 60
_IMPORT_TORCH: Final = "import torch"
_TORCH: Final = re.compile(r"\btorch\.")
_SHORT: Final = 28  # characters of a tensor that may stand inside a call


def write(
    transcript: Transcript,
    failed: Claim | int,
    trace: TracebackType | None,
    source: str = "",
    *,
    is_seeded: bool = True,
) -> str:
    """The snippet for the present example; empty where there is none.

    failed: the claim that does not hold, or the number of the request that raised. trace: of the exception that ended
    the check. source: the submission's, whose names must not be taken, and whose `import torch` need not be repeated.
    is_seeded: it begins with the seed of the example.
    """
    try:
        written = _Snippet(transcript, failed, names_in(trace), source)
        return written.text(is_seeded=is_seeded, has_torch=imports_torch(source))
    except (TooLarge, NoOrigin):
        return ""


class _Snippet:
    """Statements: one for each request that does something, and what is wrong as the last."""

    def __init__(self, transcript: Transcript, failed: Claim | int, names: Mapping[object, str], source: str) -> None:
        told = transcript.steps
        raising = failed if isinstance(failed, int) else None
        requests = Requests(request for request in told if raising is None or request.number <= raising)
        if raising is not None and requests[raising].operation in ("name", "part"):
            raise NoOrigin  # a part of the file that was not executed for this question may define it
        self._parts = (
            [requests.origin(p, transcript.fetched) for p in failed.parts] if isinstance(failed, Claim) else []
        )
        origins = [part for part in self._parts if isinstance(part, Origin)]
        if self._parts and not origins:
            raise NoOrigin  # it says nothing about the submission
        self._transcript, self._failed, self._names, self._requests = transcript, failed, names, requests
        self._origins = {origin.number: origin for origin in origins}
        self._needed = Needed(requests, raising, origins)
        free = FreeNames(source, self._needed.words)
        self._draft = _Draft(requests, self._needed, names, free, transcript.fetched)

    def text(self, *, is_seeded: bool, has_torch: bool) -> str:
        """All of it. has_torch: the code above it has imported torch."""
        draft, order = self._draft, self._needed.order
        for at, number in enumerate(order):
            self._tell(number, order[at + 1] if at + 1 < len(order) else None)
        if isinstance(self._failed, int) and self._failed not in order:
            draft.lines.append(draft.reference(self._failed))
        if isinstance(self._failed, Claim):
            parts = [self._claimed(part) for part in self._parts]
            draft.lines.append(re.sub(r"\{(\d)\}", lambda match: parts[int(match[1])], self._failed.code))
        if len(draft.lines) + draft.parts.count("\n") > MAX_LINES:
            raise TooLarge(f"{len(draft.lines)} statements")
        lines = [f"torch.manual_seed({self._transcript.seed})", *draft.lines] if is_seeded else draft.lines
        if draft.parts:
            lines = [draft.parts, "", *lines]
        needs_torch = not has_torch and _TORCH.search("\n".join(lines))
        imports = [line for line in draft.imports if line != _IMPORT_TORCH or needs_torch]
        return "\n".join([*imports, *([""] if imports else []), *lines]) + "\n"

    def _tell(self, number: int, after: int | None) -> None:
        """after: the number of the request that is told of next."""
        draft, request, uses = self._draft, self._requests[number], self._needed.uses[number]
        if number in self._origins and self._origins[number].inline:
            pass  # written inside the claim
        elif number in self._transcript.raised and number != self._failed:
            told = self._transcript.raised[number]
            error = told if told.isidentifier() else "Exception"  # the worker's word
            draft.lines.append(f"try:\n    {self._statement(request)}\nexcept {error}:\n    pass")
        elif number == self._failed or request.operation == "set" or not uses:
            draft.lines.append(self._statement(request))
        elif uses == 1 and number not in self._names and self._needed.users[number] == after:
            pass  # written inside the statement that comes next
        else:
            default = "actual" if number in self._origins else None
            draft.assign(number, draft.expression(request), default=default)

    def _statement(self, request: Step) -> str:
        if request.operation != "set":
            return self._draft.expression(request)
        target, name, value = request.arguments
        written = self._draft.value(value)
        # Both would be one tensor: what happens to the one would happen to the other.
        shared = isinstance(value, Tensor) and self._needed.uses[id(value)] > 1
        return f"{self._draft.value(target)}.{name} = {written}{'.clone()' if shared else ''}"

    def _claimed(self, part: object) -> str:
        if not isinstance(part, Origin):
            return literal(part)
        draft = self._draft
        written = draft.expression(self._requests[part.number]) if part.inline else draft.reference(part.number)
        return written + part.path


class _Draft:
    """Expressions, with the lines and imports that they need before them: a result that is used twice has a name."""

    def __init__(
        self,
        requests: Requests,
        needed: Needed,
        names: Mapping[object, str],
        free: FreeNames,
        fetched: list[tuple[Handle, Any]],
    ) -> None:
        self.lines: list[str] = []
        self.imports = [_IMPORT_TORCH]
        self._requests, self._needed, self._names, self._free, self._fetched = requests, needed, names, free, fetched
        self._variables: dict[object, str] = {}  # by request number, or id of a tensor
        self._parts: dict[str, str] = {}  # of the assignment's parts.py: its text, by the names that are used

    def expression(self, request: Step) -> str:
        """What gives the request's result."""
        arguments = request.arguments
        match request.operation:
            case "name":
                return str(arguments[0])
            case "part":
                self._parts[str(arguments[0])] = str(arguments[1])
                return str(arguments[0])
            case "torch":
                return f"torch.{arguments[0]}"
            case "get":
                return f"{self.value(arguments[0])}.{arguments[1]}"
            case "seed":
                return f"torch.manual_seed({arguments[0]})"
            case "item":
                return f"{self.value(arguments[0])}[{self.value(arguments[1])}]"
            case "call":
                return self._call(request)
            case "iter" | "next" | "type" as function_name:
                return f"{function_name}({self.value(arguments[0])})"
            case "isinstance":
                return f"isinstance({self.value(arguments[0])}, {self.value(arguments[1])})"
            case "is":
                return f"{self.value(arguments[0])} is {self.value(arguments[1])}"
            case "take":
                return self._taken_items(request)
            case "list":
                return f"[{', '.join(map(self.value, arguments))}]"
            case "generator":
                return f"(item for item in [{', '.join(map(self.value, arguments))}])"
            case "put":
                value = arguments[0]
                if isinstance(value, Leaf):
                    return literal(value.tensor).removesuffix(")") + ", requires_grad=True)"
                return literal(value)
        raise TooLarge(request.operation)

    @property
    def parts(self) -> str:
        """The definitions of the author's parts that are used, as Python. Raises NoOrigin where a name is taken."""
        source = definitions(next(iter(self._parts.values()), ""), self._parts)
        if any(self._free.is_taken_by_submission(name) for name in defined_in(source)):
            raise NoOrigin  # to define it anew would change what the submission's code does
        return source

    def _call(self, request: Step) -> str:
        function, args, kwargs = request.arguments
        assert isinstance(args, list)
        assert isinstance(kwargs, dict)
        called = self.value(function)  # first: what an argument needs is written before the whole line
        given = [self.value(arg) for arg in args]
        given += [f"{name}={self.value(arg)}" for name, arg in kwargs.items()]
        return f"{called}({', '.join(given)})"

    def _taken_items(self, request: Step) -> str:
        iterable, most = request.arguments
        lengths = [len(value) for handle, value in self._fetched if number_of(handle) == request.number]
        if lengths and isinstance(most, int) and lengths[0] < most:
            return f"list({self.value(iterable)})"
        if "from itertools import islice" not in self.imports:
            self.imports.insert(0, "from itertools import islice")
        return f"list(islice({self.value(iterable)}, {most}))"

    def value(self, value: object, *, inside: bool = False) -> str:
        """A value in which there may be results and tensors. inside: it stands in a list or tuple."""
        if isinstance(value, Handle):
            return self.reference(self._requests.behind(value).number)
        if isinstance(value, Tensor):
            return self._tensor(value, inside=inside)
        if isinstance(value, list | tuple) and self._needed.consists_of_any(value):
            items = ", ".join(self.value(item, inside=True) for item in value)
            return f"[{items}]" if isinstance(value, list) else f"({items}{',' if len(value) == 1 else ''})"
        return literal(value)

    def reference(self, number: int) -> str:
        """The name of the request's result, or the expression that gives it."""
        if number in self._variables:
            return self._variables[number]
        request = self._requests[number]
        written = self.expression(request)
        needs_name = request.operation in OBJECTS and (
            self._needed.uses[number] > 1 or number in self._names or request.operation == "put" or len(written) > 60
        )
        return self.assign(number, written) if needs_name else written

    def _tensor(self, tensor: Tensor, *, inside: bool) -> str:
        key = id(tensor)
        if key in self._variables:
            return self._variables[key]
        written = literal(tensor)
        self.imports += [line for line in imports_of(tensor) if line not in self.imports]
        if key not in self._names and self._needed.uses[key] == 1 and (inside or len(written) <= _SHORT):
            return written
        return self.assign(key, written, default="x" if tensor.dtype.is_floating_point else "y")

    def assign(self, key: int, written: str, *, default: str | None = None) -> str:
        """The name of the result or tensor, which it has from here on."""
        name = self._free.take(self._names.get(key) or default or self._default(key))
        self._variables[key] = name
        self.lines.append(f"{name} = {written}")
        return name

    def _default(self, number: int) -> str:
        request = self._requests[number]
        called = request.arguments[0] if request.operation == "call" else None
        return default_name(
            request, self.expression(self._requests.behind(called)) if isinstance(called, Handle) else ""
        )
