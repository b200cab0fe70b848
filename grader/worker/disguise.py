"""Inside the worker: banned things in disguise, as far as the interpreter tells of it by its audit events.

Code that is compiled, or renamed, under the name of a library's file makes that file the student's; giving an object a
banned class, and reading the code of a banned function, is a use of it.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from grader.machine.package import PACKAGE
from grader.worker.callers import Caller, classify

_EVENTS: Final = frozenset(("compile", "code.__new__", "object.__getattr__", "object.__setattr__"))

# Where nothing of the student's stands between: the harness itself. In a thread of the student's it is not to be met.
_BASE: Final = str(PACKAGE / "worker" / "serve.py")

_listening: list[Callable[[str, tuple[Any, ...]], None]] = []


def listen(names: dict[int, str], callers: dict[str, Caller], look: Callable[..., None]) -> None:
    """Hear of code and classes that change their names. A hook stays for as long as the process; one guard listens.

    names: of what is guarded, by id. callers: whose code a file is, as the guard holds it; borrowed names are set here.
    """
    if not _listening:
        _listening.append(_listener(names, callers, look))
        sys.addaudithook(_hook(_listening, _EVENTS))
    _listening[0] = _listener(names, callers, look)


def _hook(
    listening: list[Callable[[str, tuple[Any, ...]], None]], events: frozenset[str]
) -> Callable[[str, tuple[Any, ...]], None]:
    """Most events are of no interest, and each call of what is guarded makes one: whoever listens hears of few."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in events:
            listening[0](event, arguments)

    return hook


def _listener(
    names: dict[int, str], callers: dict[str, Caller], look: Callable[..., None]
) -> Callable[[str, tuple[Any, ...]], None]:
    frame_at, kind_of = sys._getframe, type
    trusted, free, through, student = Caller.TRUSTED, Caller.FREE, Caller.LOOKED_THROUGH, Caller.STUDENT
    parts = Caller.PARTS
    is_genuine, base = _is_genuine, _BASE

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        frame = frame_at(2)  # 0: this function, 1: the hook
        if event == "compile" or event == "code.__new__":
            source, file = arguments[:2]
            if kind_of(file) is not str or (callers.get(file) or classify(file, callers)) not in (
                trusted,
                free,
                through,
                parts,
            ):
                return
            while frame.f_back is not None and caller(frame) is through and frame.f_code.co_filename != base:
                frame = frame.f_back
            is_ours = caller(frame) in (trusted, free) or frame.f_code.co_filename == base
            if not is_ours and not (event == "compile" and is_genuine(source, file)):
                callers[file] = student
        elif arguments[1] == "__code__":  # of a guarded function: it leads to the original
            if id(arguments[0]) in names and caller(frame) not in (trusted, free, through):
                look(names[id(arguments[0])], frame, None)
        elif event == "object.__setattr__" and arguments[1] == "__class__" and isinstance(arguments[2], kind_of):
            banned = [base for base in arguments[2].__mro__ if id(base) in names]
            if banned:
                look(names[id(banned[0])], frame, arguments[2])

    def caller(frame: types.FrameType) -> Caller:
        return callers.get(frame.f_code.co_filename) or classify(frame.f_code.co_filename, callers)

    return hear


def _is_genuine(source: object, file: str) -> bool:
    """Whether this is what stands in the file, as it is when a library's module is imported."""
    try:
        return isinstance(source, bytes) and source == Path(file).read_bytes()
    except OSError:
        return False
