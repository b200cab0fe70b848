"""Inside the worker: whose code is a frame's? For the guard, which notes what the student's code calls."""

from __future__ import annotations

import enum
import functools
import os
import sysconfig
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import torch

from grader.machine.package import PACKAGE

STAND_INS: Final = "<stand-ins>"
PARTS: Final = "<parts>"
MAX_WRAPPERS: Final = 3
_FAMILIES: Final = ("torch.nn.", "torch.optim.", "torch.utils.data.")  # which call on each other, as other packages do
MAX_ITEMS: Final = 8
MAX_TYPES: Final = 1000
# Types of objects that lead to no other, by id: a class of the student's may say that it equals any of them.
_LEAD_NOWHERE: Final[dict[int, type]] = {
    id(kind): kind for kind in (torch.Tensor, torch.nn.Parameter, int, float, bool, str)
}

_CALLS_ON_IN_TORCH: Final = {  # in torch: these call what they are given, and nothing banned of their own
    "torch/_compile.py": ("inner",),
    "torch/_dynamo/eval_frame.py": ("_fn",),
    "torch/_functorch/apis.py": ("wrapped", "wrapper"),
    "torch/_functorch/eager_transforms.py": (
        *("grad_impl", "grad_and_value_impl", "jvp", "vjp", "_jvp_with_argnums", "_vjp_with_argnums", "push_jvp"),
        *("wrapped", "wrapper", "wrapper_fn"),
    ),
    "torch/_tensor.py": ("backward",),  # what hooks of tensors are called by
    "torch/autograd/__init__.py": ("backward", "grad"),
    "torch/autograd/function.py": ("apply",),
    "torch/autograd/graph.py": ("_engine_run_backward",),
    "torch/_functorch/vmap.py": ("fn", "vmap_impl", "_flat_vmap", "wrapped"),
    "torch/autograd/functional.py": ("hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"),
    "torch/nn/modules/module.py": ("_call_impl", "_wrapped_call_impl", "apply", "inner"),
    "torch/utils/_contextlib.py": ("decorate_context",),
    "torchvision/transforms/transforms.py": ("__call__",),
    "torchvision/transforms/v2/_container.py": ("forward",),
    "torchvision/transforms/v2/_misc.py": ("transform",),
    "torchvision/transforms/v2/_transform.py": ("forward", "<listcomp>"),
    "torch/utils/checkpoint.py": ("checkpoint", "_checkpoint_impl", "forward"),
}


class Caller(enum.Enum):
    """Whose code a file is."""

    TRUSTED = enum.auto()  # the stand-ins
    PARTS = enum.auto()  # of the assignment: free to call what they name, and not what they are given
    FREE = enum.auto()  # libraries
    LOOKED_THROUGH = enum.auto()  # Python's own library, and the harness: it may be made to call for the student
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
        kind = Caller.TRUSTED if path == _DETOURS else Caller.LOOKED_THROUGH  # a detour has looked
    callers[file] = kind
    return kind


@functools.lru_cache(maxsize=4096)
def names(code: types.CodeType, name: str) -> bool:
    """Whether a library's code means the thing of that dotted name itself: it says the last part, or need not.

    Nobody says what `super()` or an operator calls; and what lies together hands each other functions about.
    """
    package = name.partition(".")[0]
    if package != "torch" and code.co_filename.startswith(f"{_TORCH}/{package}/".replace("/", os.sep)):
        return True
    if any(name.startswith(family) and code.co_filename.startswith(files) for family, files in _FILES_OF_FAMILIES):
        return True
    last, said = name.rpartition(".")[2], code.co_names
    return (
        last in said
        or last in code.co_freevars
        or last.startswith("__")
        or (code.co_name == "__init__" and "super" in said)
    )


def holds(frame: types.FrameType, thing: object) -> bool:
    """Whether a library's function was given what it calls: torch.utils._pytree.tree_map(relu, X) has it as `func`."""
    for value in frame.f_locals.values():
        if value is thing or (id(type(value)) not in _LEAD_NOWHERE and _leads_to(value, thing)):
            return True
    return False


def _leads_to(value: Any, thing: object, depth: int = 0) -> bool:
    if value is thing:
        return True
    if type(value) is tuple or type(value) is list:
        return len(value) <= MAX_ITEMS and any(item is thing for item in value)
    return depth < MAX_WRAPPERS and any(_leads_to(inner, thing, depth + 1) for inner in _inside(value))


def unwrapped(value: Any, depth: int = 0) -> Iterator[Any]:
    """The value, and what it would call or holds."""
    yield value
    if depth < MAX_WRAPPERS:
        for inner in _inside(value):
            yield from unwrapped(inner, depth + 1)


def _inside(value: Any) -> Sequence[Any]:
    kind = type(value)
    if functools.partial in kind.__mro__:
        return (_FUNCTION_OF_PARTIAL(value),)
    if kind is types.MethodType or kind is staticmethod or kind is classmethod:
        return (value.__func__,)
    if kind is map:  # it tells what it calls only so
        return (value.__reduce__()[1][0],)
    if kind is tuple or kind is list:
        return value[:MAX_ITEMS]  # type: ignore[no-any-return]
    if len(_LEAD_NOWHERE) < MAX_TYPES:
        _LEAD_NOWHERE[id(kind)] = kind
    return ()


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
_DETOURS: Final = f"{_HARNESS}worker/detours.py"
_FUNCTION_OF_PARTIAL: Final = vars(functools.partial)["func"].__get__
_FILES_OF_FAMILIES: Final = tuple((f, f"{_TORCH}/{f.replace('.', '/')}".replace("/", os.sep)) for f in _FAMILIES)
CALLS_ON: Final = {f"{_TORCH}/{file}".replace("/", os.sep): names for file, names in _CALLS_ON_IN_TORCH.items()}
