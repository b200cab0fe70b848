"""Which requests of an example its snippet needs, and how often each result is used in it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from torch import Tensor

from grader.boundary.values import Opaque
from grader.judge.transcript import Step
from grader.suite.claims import LAST
from grader.suite.handles import Handle, number_of

INLINE: Final = {"name", "torch", "part", "get", "item", "isinstance", "is", "type"}  # evaluated where they are used
OBJECTS: Final = {"put", "list", "generator"}  # made where they are first used
_CALLS: Final = {"call", "next", "iter", "take"}
_DEPTH: Final = 4


class NoOrigin(Exception):
    """A value that can't be traced to a request."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of a claim came from: the request and the way into its value."""

    number: int
    path: str
    inline: bool = False  # must stand in the claim itself


class Requests:
    """The requests of an example, in order; each by the number of its result."""

    def __init__(self, requests: Iterable[Step]) -> None:
        self._by_number = {request.number: request for request in requests}

    def __iter__(self) -> Iterator[Step]:
        return iter(self._by_number.values())

    def __getitem__(self, number: int) -> Step:
        return self._by_number[number]

    def behind(self, handle: Handle) -> Step:
        """The request that gave the handle. Raises NoOrigin."""
        number = number_of(handle)
        if number not in self._by_number:
            raise NoOrigin
        return self._by_number[number]

    def is_torch(self, request: Step) -> bool:
        """Whether it calls what is torch's own, and no method of an object."""
        target = request.arguments[0] if request.operation == "call" else None
        return isinstance(target, Handle) and self.is_torch_itself(self.behind(target))

    def is_torch_itself(self, request: Step) -> bool:
        """Whether it is torch, or an attribute in it."""
        while request.operation == "get" and isinstance(request.arguments[0], Handle):
            request = self.behind(request.arguments[0])
        return request.operation == "torch"

    def origin(self, part: object, fetched: Sequence[tuple[Handle, Any]]) -> object:
        """The Origin of a part of a claim, or the part itself where it is the check's own. Raises NoOrigin."""
        if part is LAST:
            return Origin(max(self._by_number), "", inline=True)
        if isinstance(part, Handle):
            return Origin(number_of(part), "")
        for handle, value in reversed(fetched):
            path = _path_to(part, value)
            if path is not None:
                return Origin(number_of(handle), path)
        if isinstance(part, Opaque):
            raise NoOrigin
        return part

    def until_seen(self, origins: Sequence[Origin]) -> list[Step]:
        """Without what came after the results that the claim is about: a check asks for several at a time.

        Attributes, tensors of the judge's and parameters that it made may be what later requests change; what the
        submission's calls gave is not.
        """
        seen = [self[origin.number] for origin in origins]
        if not seen or any(r.operation in INLINE | OBJECTS or self.is_torch(r) for r in seen):
            return list(self)
        return [request for request in self if request.number <= max(r.number for r in seen)]


class Needed:
    """The requests that do something, and how their results and the judge's tensors are used.

    A key is the number of a request, or the id of a tensor.
    """

    def __init__(self, requests: Requests, failed: int | None, origins: Sequence[Origin]) -> None:
        """failed: the number of the request that raised. origins: of the claim's parts."""
        told = requests.until_seen(origins)
        self.words = {
            str(r.arguments[0]) for r in told if r.operation in ("name", "part")
        }  # of the submission's code and the author's
        self.uses: Counter[object] = Counter()
        self.users: dict[object, int] = {}  # the first request that uses it; 0: the claim
        self._requests = requests
        # What the submission's own code did: it may have made what an attribute stood for before another thing.
        self._calls = [r.number for r in told if r.operation in _CALLS and not requests.is_torch(r)]
        last = [origin.number for origin in origins]
        if failed is not None and requests[failed].operation in INLINE:
            last.append(failed)
        self.order = self._ordered(told, failed, last)  # numbers of requests

    def _ordered(self, told: Sequence[Step], failed: int | None, last: Iterable[int]) -> list[int]:
        for number in last:
            for reached in self._reached_from(self._requests[number], math.inf):
                self.uses[reached] += 1
                self.users[reached] = 0
        order = []
        for request in reversed(told):
            number = request.number
            if request.operation in INLINE | OBJECTS and not self.uses[number]:
                continue
            if not self.uses[number] and number != failed and self._requests.is_torch(request):
                continue  # a part that this expectation is not about
            for reached in self._reached(list(request.arguments), number):
                self.uses[reached] += 1
                self.users[reached] = number
            if request.operation not in OBJECTS:
                order.append(number)
        return order[::-1]

    def consists_of_any(self, value: object) -> bool:
        """Whether there are results or tensors in a value that is written."""
        return any(self._reached(value, math.inf))

    def _reached(self, value: object, user: float) -> Iterator[object]:
        """The results and tensors that an expression consists of: numbers of requests, ids of tensors.

        user: the number of the request that the expression is part of; infinite for a claim.
        """
        if isinstance(value, Handle):
            yield from self._reached_from(self._requests.behind(value), user)
        elif isinstance(value, Tensor):
            yield id(value)
        elif isinstance(value, list | tuple):
            for item in value:
                yield from self._reached(item, user)
        elif isinstance(value, dict):
            yield from self._reached(list(value.values()), user)

    def _reached_from(self, request: Step, user: float) -> Iterator[object]:
        if request.operation in INLINE and not self._is_kept(request, user):
            yield from self._reached(list(request.arguments), request.number)
        else:
            yield request.number

    def _is_kept(self, request: Step, user: float) -> bool:
        """Whether the check held the object while the submission did something, so that the snippet must, too."""
        is_place = request.operation in ("get", "item") and not self._requests.is_torch_itself(request)
        return is_place and any(request.number < number < user for number in self._calls)


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
