"""What things are called in a snippet: as the check calls them, where that name is free."""

from __future__ import annotations

import builtins
import dataclasses
import keyword
import re
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final

from torch import Tensor

from grader.judge.transcript import Step
from grader.suite.handles import Handle, number_of

MAX_SOURCE: Final = 1 << 20


class FreeNames:
    """Gives each name once, and none that means something already."""

    def __init__(self, source: str, words: Iterable[str]) -> None:
        """source: the submission's. words: other names that must not be taken."""
        self._taken = {*dir(builtins), *keyword.kwlist, *keyword.softkwlist, "torch", "islice", "submission", *words}
        self._of_submission = _top_level_names(source)
        self._taken |= self._of_submission

    def is_taken_by_submission(self, name: str) -> bool:
        """Whether the submission may bind that name at its top level."""
        return name in self._of_submission

    def take(self, wanted: str) -> str:
        """The wanted name, or one like it with a number."""
        name, number = wanted, 2
        while name in self._taken:
            name, number = f"{wanted}{number}", number + 1
        self._taken.add(name)
        return name


def default_name(request: Step, called: str) -> str:
    """What the result of a request is called that has no name in the check. called: what it calls, as Python."""
    match request.operation:
        case "call":
            word = called.split(".")[-1]
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


def imports_torch(source: str) -> bool:
    """Whether a line at top level is `import torch`, among other modules, too; so is marimo's `with app.setup:`."""
    in_setup = False
    for line in source[:MAX_SOURCE].splitlines():
        if line and not line[0].isspace():
            in_setup = line.startswith("with ")
        found = line.strip() if in_setup else line
        names = found[len("import ") :].partition("#")[0] if found.startswith("import ") else ""
        if any(name.strip() == "torch" for name in names.split(",")):
            return True
    return False


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


def names_in(trace: TracebackType | None) -> dict[object, str]:
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
