"""An object that takes whatever it is given and does nothing: what stands in where a library shows, asks or sends."""

from __future__ import annotations

import dis
import sys
import types
from collections.abc import Iterator
from typing import Any, Final

from grader.worker import plots, progress

_UNPACK: Final = dis.opmap["UNPACK_SEQUENCE"]
_UNPACK_SOME: Final = dis.opmap["UNPACK_EX"]
_SECOND: Final = (*("radd", "rsub", "rmul", "rtruediv", "rfloordiv", "rmod", "rpow", "rmatmul"), "ror", "rand", "rxor")
_ARITHMETIC: Final = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "or", "and", "xor", "neg", "pos", "abs"),
    *("iadd", "isub", "imul", "itruediv", "round", "invert", *_SECOND),
)


class Harmless:
    """Takes whatever it is given. Called with a function or class, it gives that back: it may be a decorator."""

    def __init__(self, name: str, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> None:
        self._name = name
        self._args = args
        self._kwargs = kwargs or {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Gives back a function or class, and else something as harmless, in the number that the real one gives."""
        if len(args) == 1 and not kwargs and isinstance(args[0], type | types.FunctionType):
            return args[0]
        if self._name == "state" and args:  # marimo: a getter and a setter
            return (lambda: args[0]), Harmless("set")
        if returns := plots.RETURNS.get(self._name):
            return returns(Harmless, args, kwargs)
        return Harmless(self._name, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "value":  # of a widget: a button counts as pressed, a slider stands where it begins
            first = self._args[0] if self._args else None
            return self._kwargs.get("value", first if type(first) in (int, float) else True)
        if name in progress.NAMES:
            return progress.NAMES[name]
        full = f"figure.{name}" if self._name in plots.FIGURES else name
        return Harmless(full if full in plots.RETURNS else name)

    def __getitem__(self, key: Any) -> Any:
        return Harmless(self._name)

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        """As many as `a, b = it` asks for; elsewhere what it was given to go through, as progress_bar(loader) is."""
        count = _asked_for(sys._getframe(1))
        if count is None:
            return iter(self._args[0] if self._args and hasattr(self._args[0], "__iter__") else ())
        return iter([Harmless(self._name) for _ in range(count)])

    def __len__(self) -> int:
        return len(self._args[0]) if self._args and hasattr(self._args[0], "__len__") else 0

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Harmless:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def __instancecheck__(self, instance: object) -> bool:
        """isinstance(X, Float[Tensor, "n k"]): nothing is checked."""
        return True

    def __float__(self) -> float:
        return 0.0

    def __int__(self) -> int:
        return 0

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __repr__(self) -> str:
        return f"<{self._name}, which does nothing here>"


def _asked_for(frame: types.FrameType) -> int | None:
    """How many values the frame is about to unpack, if that is what it does."""
    code, at = frame.f_code.co_code, frame.f_lasti
    if code[at] == _UNPACK_SOME:  # those before the star, and those behind it
        return code[at + 1] + (code[at - 1] if at and code[at - 2] == dis.EXTENDED_ARG else 0)
    return code[at + 1] if code[at] == _UNPACK else None


def _itself(self: Harmless, *_: object) -> Harmless:
    """What comes of computing with it."""
    return self


def _no(self: Harmless, other: object) -> bool:
    """It is neither more nor less than anything."""
    return False


for _operation in _ARITHMETIC:
    setattr(Harmless, f"__{_operation}__", _itself)
for _operation in ("lt", "le", "gt", "ge"):
    setattr(Harmless, f"__{_operation}__", _no)
