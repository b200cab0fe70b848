"""The same requests, carried out at once on objects of this process: no frames, no second process."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch

from grader.boundary.messages import Load
from grader.boundary.requests import Operation
from grader.boundary.values import Leaf, Raised
from grader.suite.deferred import Snapshot
from grader.suite.failures import StudentError
from grader.suite.handles import Handle, number_of
from grader.worker import executor
from grader.worker.operations import OPERATIONS
from grader.worker.state import State


class DirectSession:
    """What judge and worker do together, in one process; see grader.suite.handles.Session."""

    tells = False

    def __init__(self, source: str, indices: tuple[int, ...] | None) -> None:
        self.seed = 0
        self._state = State()
        main_module = sys.modules["__main__"]
        executor.load(self._state, Load(file="hw3.py", source=source, siblings={}, indices=indices))
        sys.modules["__main__"] = main_module
        self._number = 0
        self._raised: StudentError | None = None  # by a request that nobody has waited for yet

    @contextlib.contextmanager
    def example(self, given: Mapping[str, Any], errors: Mapping[str, str]) -> Iterator[None]:
        """Begin anew, and raise at the end what was raised meanwhile."""
        OPERATIONS[Operation.BEGIN](self._state, self.seed)
        self._raised = None
        yield
        self.fetch([])

    def request(self, operation: Operation, *arguments: object, text: Callable[[], str], told: bool = True) -> Handle:
        """Carry out one request, if none before it has raised."""
        self._number += 1
        if self._raised is None:
            try:
                result = OPERATIONS[operation](self._state, *map(self._real, arguments))
                self._state.objects[self._number] = result
            except Exception as error:
                self._raised = StudentError(type(error).__name__, str(error), [], text(), request=self._number)
        return Handle(self, self._number, text)

    def attempt(self, handle: Handle) -> Handle:
        """Take what the latest request has raised for its result."""
        error, self._raised = self._raised, None
        if error is not None:
            self._state.objects[number_of(handle)] = Raised(error.type_name, error.text, ())
        return handle

    def values(self, handles: Sequence[Handle]) -> list[Snapshot]:
        """Copies, as the worker's are."""
        return list(map(Snapshot, handles, self.fetch(handles)))

    def look(self, look: Callable[[], None]) -> None:
        """Look at once."""
        look()

    def fetch(self, handles: Sequence[Handle]) -> list[Any]:
        """Copies; raises what was raised."""
        error, self._raised = self._raised, None
        if error is not None:
            raise error
        return [_copy(self._state.objects[number_of(handle)]) for handle in handles]

    def error(self, handle: Handle, raised: Raised) -> StudentError:
        """The exception that an attempt has given."""
        return StudentError(raised.type_name, raised.text, raised.frames, repr(handle))

    def _real(self, argument: Any) -> Any:
        if isinstance(argument, Handle):
            return self._state.objects[number_of(argument)]
        if isinstance(argument, Leaf):
            return argument.tensor.clone().requires_grad_()
        if isinstance(argument, torch.Tensor):
            return argument.clone()
        if isinstance(argument, list | tuple):
            return type(argument)(map(self._real, argument))
        if isinstance(argument, dict):
            return {key: self._real(value) for key, value in argument.items()}
        return argument


def _copy(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if type(value) in (list, tuple):
        return type(value)(map(_copy, value))
    return value
