"""Values and calls in messages: short Python, for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from grader.boundary.values import Opaque


def _numbers(value: object) -> str:
    """Nested lists of numbers, with six digits."""
    if isinstance(value, list):
        return f"[{', '.join(map(_numbers, value))}]"
    if isinstance(value, float) and math.isfinite(value):
        short = f"{value:.6g}"
        return short if any(c in short for c in ".e") else f"{short}.0"
    if isinstance(value, dict | slice):  # of anything: its repr could take for ever
        return f"<{type(value).__name__}>"
    return repr(value)[:200]


def render(value: object) -> str:
    """A value as Python, short enough for a message: small tensors written out, larger ones by their shape.

        render(torch.zeros(2))  # "torch.tensor([0.0, 0.0])"

    Numbers have six digits.
    """
    if isinstance(value, Tensor):
        if value.numel() <= 6:
            dtype = "" if value.dtype in (torch.float32, torch.int64, torch.bool) else f", dtype={value.dtype}"
            return f"torch.tensor({_numbers(value.tolist())}{dtype})"
        return f"<tensor {'x'.join(map(str, value.shape))}>"
    if isinstance(value, list | tuple):
        inside = ", ".join(render(item) for item in value[:8]) + (", ..." if len(value) > 8 else "")
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' if len(value) == 1 else ''})"
    return repr(value)


def call(function: object, args: Sequence[object], kwargs: Mapping[str, object]) -> str:
    """A call as Python."""
    given = [render(arg) for arg in args] + [f"{name}={render(arg)}" for name, arg in kwargs.items()]
    return f"{function!r}({', '.join(given)})"


def show(value: object) -> str:
    """A value from the worker, in a few words.

        show(torch.zeros(2, 3))  # "a torch.float32 tensor of shape (2, 3)"

    300 characters at most; of a tensor the values, too, where it has four or fewer.
    """
    if isinstance(value, torch.Tensor):
        small = f" with the value {value.tolist()}" if value.numel() <= 4 else ""
        return f"a {value.dtype} tensor of shape {tuple(value.shape)}{small}"
    if isinstance(value, Opaque):
        return f"an object of another kind: {value.description}"
    return render(value)[:300]
