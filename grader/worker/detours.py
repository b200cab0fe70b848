"""Inside the worker: code in front of what is guarded, which looks who calls and goes on to the original.

A detour takes what the student may rebind in builtins when it is made, and looks nothing up when it runs. The frame
that it looks at is that of the code which called the guarded function.
"""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Callable
from typing import Any, Final

# Takes the dotted name of what is called, the caller's frame, the thing itself, and maybe the name of the class that
# is being made, and the operator of torch.ops that is called.
Look = Callable[..., None]


def into(
    function: types.FunctionType, name: str, look: Look, method_of: type | None, thing: object
) -> Callable[[], object]:
    """Put the looking code into the function itself, which so keeps its identity. Returns what undoes it.

    method_of: the class whose own objects may call it freely. thing: what a caller holds who means the function.
    """
    code = function.__code__
    original = types.FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    original.__kwdefaults__ = function.__kwdefaults__
    function.__code__ = _TEMPLATE.replace(
        co_consts=(*_TEMPLATE.co_consts[:-1], _checked(original, name, look, method_of, thing)),
        co_filename=code.co_filename,
        co_firstlineno=code.co_firstlineno,
        co_name=code.co_name,
        co_qualname=code.co_qualname,
        co_freevars=code.co_freevars,
    )
    return lambda: setattr(function, "__code__", code)


def _checked(
    original: types.FunctionType, name: str, look: Look, method_of: type | None, thing: object
) -> Callable[..., Any]:
    frame, kind = sys._getframe, type

    def checked_function(*args: Any, **kwargs: Any) -> Any:
        look(name, frame(2), thing)
        return original(*args, **kwargs)

    def checked_operator(*args: Any, **kwargs: Any) -> Any:
        look(name, frame(2), args[0], None, args[0])
        return original(*args, **kwargs)

    def checked_method(*args: Any, **kwargs: Any) -> Any:
        if not args or method_of not in kind(args[0]).__mro__:
            look(name, frame(2), thing)
        return original(*args, **kwargs)

    if original.__name__ == "__call__":
        return checked_operator
    return checked_function if method_of is None else checked_method


def around(builtin: types.BuiltinFunctionType, name: str, look: Look) -> types.FunctionType:
    """A function to stand where a function written in C stood."""
    frame = sys._getframe

    def stand(*args: Any, **kwargs: Any) -> Any:
        look(name, frame(1), stand)
        return builtin(*args, **kwargs)

    stand.__name__ = stand.__qualname__ = builtin.__name__
    stand.__doc__ = builtin.__doc__
    return stand  # type: ignore[return-value]


def constructor(kind: type, name: str, look: Look) -> Callable[..., None]:
    """A constructor for a class that inherits its own."""
    frame = sys._getframe
    parent: Any = super

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        look(name, frame(1), kind)
        parent(kind, self).__init__(*args, **kwargs)

    return __init__


def subclass_hook(kind: type, name: str, look: Look) -> Any:
    """What Python calls where a class is derived from this one."""
    frame = sys._getframe
    parent: Any = super

    def __init_subclass__(cls: type, /, **kwargs: Any) -> None:  # noqa: N807
        if kind in cls.__bases__:
            look(name, frame(1), kind, cls.__name__)
        parent(kind, cls).__init_subclass__(**kwargs)

    return classmethod(__init_subclass__)


_PLACE: Final = "the function that looks and goes on"


def _template() -> types.CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # a text is called: it makes room for a function
        code = compile(f"def template(*args, **kwargs):\n    return {_PLACE!r}(*args, **kwargs)", __file__, "exec")
    template = next(constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    if template.co_consts[-1:] != (_PLACE,):
        raise RuntimeError("this Python compiles in another way: the place for the function is not the last constant")
    return template


_TEMPLATE: Final = _template()
