"""Handles: a check's stand-ins for objects in the worker. Inside a check the submission reads like local PyTorch.

Asking costs no wait: each request names its own result. An exception of the student's code is raised as StudentError by
the next expectation, or at the end of the example.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final, NoReturn, Protocol

import torch
from torch import Tensor

from grader.boundary.requests import Operation
from grader.boundary.values import Leaf, Raised
from grader.explanations import unless_it_raises
from grader.figures import Figure, Measurement
from grader.suite.definitions import defined_in
from grader.suite.failures import NotHere, StudentError
from grader.suite.rendering import call, render

_NOTHING: Final = object()
_ADVICE: Final = "compare it by an expectation (expect.equal, expect.length, ...), or have torch compute with it there"


class Session(Protocol):
    """The conversation with one worker, as handles and expectations need it."""

    seed: int
    tells: bool  # whether a failure is explained; if not, the check is run again

    def request(self, operation: Operation, *arguments: object, text: Callable[[], str], told: bool = True) -> Handle:
        """Ask for one operation; the handle stands for its result. told: whether the snippet tells of it."""

    def attempt(self, handle: Handle) -> Handle:
        """Let an exception be the result of the latest request, which this is, in place of the end of the example."""

    def values(self, handles: Sequence[Handle]) -> Sequence[Any]:
        """The values as they are now (see grader.suite.deferred.Snapshot), to be read when `look` calls."""

    def look(self, look: Callable[[], None]) -> None:
        """Call it when all values that were asked for are here: at once, or in a silent run later."""

    def fetch(self, handles: Sequence[Handle]) -> list[Any]:
        """Wait for all that was asked; the values as they are now. Raises StudentError."""

    def error(self, handle: Handle, raised: Raised) -> StudentError:
        """The exception that an attempt has given, to be raised."""

    def example(self, given: Mapping[str, Any], errors: Mapping[str, str]) -> AbstractContextManager[None]:
        """Around each example of a check. errors: see `check`."""


class Handle:
    """An object in the worker. Attribute access, calls, item access and iteration are requests to it."""

    __slots__ = ("_number", "_session", "_text")
    _session: Session
    _number: int
    _text: Callable[[], str]  # how it was made, as Python; written only where somebody reads it

    def __init__(self, session: Session, number: int, text: Callable[[], str]) -> None:
        object.__setattr__(self, "_session", session)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_text", text)

    def __getattr__(self, name: str) -> Handle:
        if name.startswith("__"):  # copy, pickle and inspection ask for these: they are about the handle
            raise AttributeError(name)
        return self._session.request(Operation.GET, self, name, text=lambda: f"{self!r}.{name}")

    def __setattr__(self, name: str, value: object) -> None:
        self._session.request(Operation.SET, self, name, value, text=lambda: f"{self!r}.{name} = {render(value)}")

    def __call__(self, *args: object, **kwargs: object) -> Handle:
        """Call the object, in the worker."""
        return self._session.request(Operation.CALL, self, list(args), kwargs, text=lambda: call(self, args, kwargs))

    def __getitem__(self, key: object) -> Handle:
        return self._session.request(Operation.ITEM, self, key, text=lambda: f"{self!r}[{render(key)}]")

    def __iter__(self) -> Iterator[Handle]:
        """Wait for each item."""
        session = self._session
        iterator = session.request(Operation.ITER, self, text=lambda: f"iter({self!r})")
        session.fetch([])
        while True:
            item = session.request(Operation.NEXT, iterator, text=lambda: f"next({iterator!r})")
            try:
                session.fetch([])
            except StudentError as error:
                if error.type_name == "StopIteration":
                    return
                raise
            yield item

    def __repr__(self) -> str:
        return self._text()

    __hash__ = object.__hash__

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError(f"{self!r} is an object in the worker: {_ADVICE}")

    __bool__ = __len__ = __contains__ = __enter__ = __exit__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __eq__ = __ne__ = _refuse
    __int__ = __float__ = __index__ = __neg__ = __abs__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _refuse


def session_of(subject: Handle | RemoteSubmission) -> Session:
    """The conversation that it belongs to: an attribute would hide one of the student's."""
    found: Session = object.__getattribute__(subject, "_session")
    return found


def number_of(handle: Handle) -> int:
    """The number of its object in the worker."""
    return handle._number


def text_of(handle: Handle) -> Callable[[], str]:
    """How it was made, as Python."""
    return handle._text


class TorchModule:
    """torch in the worker, or a module in it. Its functions and classes are handles, of one request each."""

    def __init__(self, session: Session, module: ModuleType, path: str) -> None:
        self._session, self._module, self._path = session, module, path

    def __getattr__(self, name: str) -> Any:
        """A TorchModule or a Handle."""
        if name.startswith("__"):
            raise AttributeError(name)
        path, here = f"{self._path}{name}", getattr(self._module, name, _NOTHING)
        if here is _NOTHING:  # not the student's mistake: nothing is asked of the worker
            raise LookupError(f"torch has no {path}; see the documentation of the torch that is here")
        if isinstance(here, ModuleType):
            return TorchModule(self._session, here, f"{path}.")
        return self._session.request(Operation.TORCH, path, text=lambda: f"torch.{path}")


class PartsModule:
    """The assignment's parts.py, as it is executed in the worker. Its functions and classes are handles."""

    def __init__(self, session: Session, source: str) -> None:
        self._session, self._source = session, source

    def __getattr__(self, name: str) -> Handle:
        """What it defines under that name. Raises AttributeError where it defines nothing: a fault of the check."""
        if name not in (names := defined_in(self._source)):
            there = f"parts.py defines {', '.join(names)}" if names else "there is no parts.py"
            raise AttributeError(f"the assignment has no part {name!r}: {there}")
        return self._session.request(Operation.PART, name, self._source, text=lambda: name)


@dataclass(slots=True)
class Attachments:
    """What a check gives its result beside the verdict."""

    notes: list[str] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)
    measurements: dict[str, Measurement] = field(default_factory=dict)
    count: int = 0  # how often something was added

    def clear(self) -> None:
        """Nothing of it counts any more."""
        self.notes.clear()
        self.figures.clear()
        self.measurements.clear()

    def take(self, other: Attachments) -> None:
        """Have what another one has."""
        for record in (*other.notes, *other.figures.values(), *other.measurements.values()):
            self.add(record)

    def add(self, record: Figure | Measurement | str | None) -> None:
        """A figure, a measurement or a note; a later one of that title, name or text replaces it."""
        if record is None:
            return
        self.count += 1
        if isinstance(record, str):
            self.notes += [] if record in self.notes else [record]
        elif isinstance(record, Measurement):
            self.measurements[record.name] = record
        else:
            self.figures[record.title] = record


class RemoteSubmission:
    """What a check gets as `submission`: the student's names as attributes, and what is needed to exercise them."""

    def __init__(self, session: Session, parts: str = "", names: Sequence[str] | None = None) -> None:
        """parts: the text of the assignment's parts.py. names: what a check may ask for, its question and its needs."""
        self._session, self._parts, self._names = session, parts, names
        self._attachments = Attachments()

    def __getattr__(self, name: str) -> Handle:
        if name.startswith(("_", "hypothesis_")) or name.endswith("_example"):  # Hypothesis looks for its hooks
            raise AttributeError(name)
        if self._names is not None and name not in self._names:  # its worker has not executed that
            known = ", ".join(self._names)
            raise LookupError(f"submission.{name} is no part that this check's question needs: it has {known}")
        return self._session.request(Operation.NAME, name, text=lambda: name)

    @property
    def torch(self) -> TorchModule:
        """The worker's torch: parts that are not the student's."""
        return TorchModule(self._session, torch, "")

    @property
    def parts(self) -> PartsModule:
        """The assignment's parts.py in the worker: objects of the author's own. What they tell is the worker's word."""
        return PartsModule(self._session, self._parts)

    def tensor(self, value: Tensor, *, requires_grad: bool = False) -> Handle:
        """A tensor in the worker, to be given to several calls or asked for its gradient."""
        sent = Leaf(value) if requires_grad else value
        return self._session.request(Operation.PUT, sent, text=lambda: render(value))

    def make_list(self, items: Sequence[object]) -> Handle:
        """A list in the worker, of values and handles."""
        return self._session.request(Operation.LIST, *items, text=lambda: render(list(items)))

    def make_generator(self, items: Sequence[object]) -> Handle:
        """A generator in the worker that yields the items once."""
        return self._session.request(
            Operation.GENERATOR, *items, text=lambda: f"(item for item in {render(list(items))})"
        )

    def note(self, text: str | None) -> None:
        """Tell the student something that costs no points, or nothing if there is no text; it may be on its way."""
        self._attach(text)

    def attach(self, record: Figure | Measurement) -> None:
        """Give the check's result a figure or a measurement, of values that are here or on their way."""
        self._attach(record)

    def _attach(self, record: Figure | Measurement | str | None) -> None:
        read = getattr(record, "read", lambda: record)  # see grader.suite.deferred
        self._session.look(lambda: self._attachments.add(unless_it_raises(read, None, but=(NotHere,))))


def attachments_of(submission: RemoteSubmission) -> Attachments:
    """What the check has attached so far."""
    return submission._attachments
