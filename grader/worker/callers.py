"""Inside the worker: whose code is a frame's? For the guard, which notes what the student's code calls."""

from __future__ import annotations

import enum
import functools
import os
import sysconfig
import types
from pathlib import Path
from typing import Any, Final

import torch

from grader.machine.package import PACKAGE

STAND_INS: Final = "<stand-ins>"
MAX_WRAPPERS: Final = 3
MAX_ITEMS: Final = 8

_CALLS_ON_IN_TORCH: Final = {  # in torch: these call what they are given, and nothing banned of their own
    "torch/_compile.py": ("inner",),
    "torch/_dynamo/eval_frame.py": ("_fn",),
    "torch/_functorch/apis.py": ("wrapped", "wrapper"),
    "torch/_functorch/eager_transforms.py": (
        *("grad_impl", "grad_and_value_impl", "jvp", "vjp", "_jvp_with_argnums", "_vjp_with_argnums", "push_jvp"),
        *("wrapped", "wrapper", "wrapper_fn"),
    ),
    "torch/_functorch/vmap.py": ("fn", "vmap_impl", "_flat_vmap", "wrapped"),
    "torch/autograd/functional.py": ("hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"),
    "torch/nn/modules/module.py": ("_call_impl", "_wrapped_call_impl", "apply", "inner"),
    "torch/utils/_contextlib.py": ("decorate_context",),
    "torchvision/transforms/transforms.py": ("__call__",),
    "torch/utils/checkpoint.py": ("checkpoint", "_checkpoint_impl", "forward"),
}


class Caller(enum.Enum):
    """Whose code a file is."""

    TRUSTED = enum.auto()  # the harness and the stand-ins
    FREE = enum.auto()  # libraries
    LOOKED_THROUGH = enum.auto()
    STUDENT = enum.auto()
    SUBMISSION = enum.auto()  # the student's, with a line that means something


def classify(file: str, callers: dict[str, Caller]) -> Caller:
    """Whose code it is by the name of its file, kept in `callers`."""
    path = file.replace(os.sep, "/")
    kind = Caller.STUDENT
    if path.startswith("<frozen ") or (path.startswith(_STDLIB) and "/site-packages/" not in path):
        kind = Caller.LOOKED_THROUGH
    if path.startswith(_LIBRARIES):
        kind = Caller.FREE
    if path.startswith(_HARNESS):
        kind = Caller.TRUSTED
    callers[file] = kind
    return kind


def holds(frame: types.FrameType, thing: object) -> bool:
    """Whether a library's function was given what it calls: torch.utils._pytree.tree_map(relu, X) has it as `func`."""
    return any(_leads_to(value, thing) for value in frame.f_locals.values())


def _leads_to(value: Any, thing: object, depth: int = 0) -> bool:
    if value is thing:
        return True
    kind = type(value)
    if depth == MAX_WRAPPERS:
        return False
    if kind is functools.partial:
        return _leads_to(value.func, thing, depth + 1)
    if kind is types.MethodType:
        return value.__func__ is thing
    if kind is map:  # it tells what it calls only so
        return _leads_to(value.__reduce__()[1][0], thing, depth + 1)
    if kind is tuple or kind is list:
        return len(value) <= MAX_ITEMS and any(item is thing for item in value)
    return False


def _normalized(path: str | Path) -> str:
    return str(path).replace(os.sep, "/")


_TORCH: Final = _normalized(Path(torch.__file__).parent.parent)
_STDLIB: Final = tuple(f"{_normalized(sysconfig.get_path(key))}/" for key in ("stdlib", "platstdlib"))
_LIBRARIES: Final = tuple(
    f"{folder}/"
    for folder in {
        _TORCH,
        _normalized(sysconfig.get_path("purelib")),
        _normalized(sysconfig.get_path("platlib")),
    }
)
_HARNESS: Final = f"{_normalized(PACKAGE)}/"
CALLS_ON: Final = {f"{_TORCH}/{file}".replace("/", os.sep): names for file, names in _CALLS_ON_IN_TORCH.items()}
