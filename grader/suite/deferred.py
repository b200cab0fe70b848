"""Values that are still on their way: what lets a check be written in straight lines and cost one wait.

`value(handle)` is the value behind a handle as it is now; `oracles.linear(x, linear.weight)` is an oracle of such a
value. Both may stand wherever an expectation takes a value, and are computed when what they need is there: in a run
that tells (see grader.judge.session) at once, in one that only looks whether all passes (grader.judge.silent) later.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NoReturn, ParamSpec, TypeVar

from grader.suite.failures import CheckFailed, NotHere
from grader.suite.handles import Handle, Session, session_of
from grader.suite.rendering import show

P = ParamSpec("P")
T = TypeVar("T")
# What a function raises that gets values which make no sense, as a worker may send them.
UNFIT: Final = (ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)
_MISSING: Final = object()
_ADVICE: Final = "give it to an expectation or an oracle, or look at it in a function for expect.holds(f, value)"


class Refusing:
    """A value that is not here: Python's own operations on it have no answer."""

    __slots__ = ()
    __hash__ = object.__hash__

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError(f"{self!r} is a value that is still in the worker: {_ADVICE}")

    __bool__ = __iter__ = __len__ = __contains__ = __getitem__ = __enter__ = __exit__ = __call__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __int__ = __float__ = __index__ = _refuse
    __eq__ = __ne__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _refuse
    __matmul__ = __rmatmul__ = __neg__ = __abs__ = _refuse

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # copy, pickle and inspection ask for these
            raise AttributeError(name)
        raise AttributeError(f"{self!r} is a value that is still in the worker: {_ADVICE}")


class Snapshot(Refusing):
    """The value behind a handle, as it was when this was made."""

    __slots__ = ("_content", "_used_by", "handle")

    def __init__(self, handle: Handle, content: object = _MISSING) -> None:
        self.handle = handle
        self._content = content
        self._used_by: list[Computed] = []

    def arrive(self, content: object) -> None:
        """The value is here; what was computed from an earlier one, another submission's, counts no more."""
        self._content = content
        for computed in self._used_by:
            computed.forget()

    def leave(self) -> None:
        """It is needed no more."""
        if self._content is not _MISSING:
            self.arrive(_MISSING)

    def is_used_by(self, computed: Computed) -> None:
        """Have it forget what it has computed when another value arrives."""
        self._used_by.append(computed)

    def read(self) -> Any:
        """The value. Raises NotHere before it is here."""
        if self._content is _MISSING:
            raise NotHere(f"{self!r} is not here yet: {_ADVICE}")
        return self._content

    def __repr__(self) -> str:
        return repr(self.handle)


class Computed(Refusing):
    """What a function gives of values that come from the worker; called once, when somebody reads it."""

    __slots__ = ("_arguments", "_function", "_result")

    def __init__(self, function: Callable[..., object], args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
        self._function = function
        self._arguments = (args, kwargs)
        self._result: object = _MISSING
        for snapshot in self.snapshots:
            snapshot.is_used_by(self)

    @property
    def snapshots(self) -> Iterator[Snapshot]:
        """The values that it is computed from."""
        return _snapshots_in(self._arguments)

    def read(self) -> Any:
        """What the function gives. Raises CheckFailed where it can't be computed from what the worker sent."""
        if self._result is _MISSING:
            args, kwargs = resolved(self._arguments)
            try:
                self._result = self._function(*args, **kwargs)
            except UNFIT:
                given = "; ".join(f"{snapshot!r} is {show(snapshot.read())}" for snapshot in self.snapshots)
                raise CheckFailed(f"what is expected can't be computed from what came: {given}") from None
        return self._result

    def forget(self) -> None:
        """What it is computed from has changed."""
        self._result = _MISSING

    def __repr__(self) -> str:
        return f"{self._function.__name__}(...)"


Deferred = Snapshot | Computed


def value(handle: Handle) -> Any:
    """The value behind the handle as it is now, whatever the check asks for later.

        weight = value(submission.Linear(3, 2).weight)
        expect.shape(weight, (2, 3))

    It may stand in an expectation, in an oracle and in `mistakes`; it is no tensor yet, and refuses arithmetic
    (TypeError).
    """
    return session_of(handle).values([handle])[0]


def deferrable(function: Callable[P, T]) -> Callable[..., T]:
    """Let a function of values take handles and values that are still in the worker, too.

        @deferrable
        def largest(weight):  # (out_dim, in_dim)
            return weight.abs().max().item()

    Called with those, it gives a value that is computed when they are here. Handles mean their values as they are when
    the function is called.
    """

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if next(_remote_in((args, kwargs)), None) is None:
            return function(*args, **kwargs)
        return Computed(function, taken(args), taken(kwargs))

    return called


def taken(given: Any) -> Any:
    """The same with each handle in it replaced by its value as it is now."""
    handles = list(_handles_in(given))
    if not handles:
        return given
    snapshots = iter(session_of(handles[0]).values(handles))
    return _replaced(given, lambda part: next(snapshots) if isinstance(part, Handle) else part)


def resolved(given: Any) -> Any:
    """The same with each value that was on its way replaced by what has come. Raises NotHere or CheckFailed."""
    return _replaced(given, lambda part: part.read() if isinstance(part, Snapshot | Computed) else part)


def session_in(*given: object) -> Session | None:
    """The conversation that a handle or value in these belongs to; none where all is here."""
    found = next(_remote_in(given), None)
    return None if found is None else session_of(found)


def _replaced(given: Any, replace: Callable[[Any], Any]) -> Any:
    """The same with its parts replaced: those of lists, tuples and dicts, in order."""
    kind = type(given)
    if kind is tuple or kind is list:
        return kind([_replaced(item, replace) for item in given])
    if kind is dict:
        return {key: _replaced(item, replace) for key, item in given.items()}
    return replace(given)


def _parts(given: object) -> list[object]:
    """All that is in it, in that order."""
    found: list[object] = []
    _add_parts(given, found)
    return found


def _add_parts(given: Any, found: list[object]) -> None:
    kind = type(given)
    if kind is tuple or kind is list:
        for item in given:
            _add_parts(item, found)
    elif kind is dict:
        for item in given.values():
            _add_parts(item, found)
    else:
        found.append(given)


def _handles_in(given: object) -> Iterator[Handle]:
    return (part for part in _parts(given) if isinstance(part, Handle))


def _snapshots_in(given: object) -> Iterator[Snapshot]:
    for part in _parts(given):
        if isinstance(part, Snapshot):
            yield part
        elif isinstance(part, Computed):
            yield from part.snapshots


def _remote_in(given: object) -> Iterator[Handle]:
    """The handles in it, and those whose values are in it."""
    for part in _parts(given):
        if isinstance(part, Handle):
            yield part
        elif isinstance(part, Snapshot | Computed):
            yield from (snapshot.handle for snapshot in _snapshots_in(part))
