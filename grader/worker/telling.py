"""What the judge is told of exceptions and objects: text, cut short."""

from __future__ import annotations

from typing import Any, Final

import torch

MAX_FRAMES: Final = 8


MAX_MESSAGE: Final = 1000


Error = dict[str, Any]


def safe_text(error: BaseException) -> str:
    try:
        return str(error)[:MAX_MESSAGE].encode("utf-8", "replace").decode()
    except BaseException:
        return "(its message can't be shown)"


def describe_object(value: Any) -> dict[str, Any]:
    """What a value that can't cross the boundary is: shown to people, never compared."""
    kind = type(value)
    text = f"{kind.__module__}.{kind.__qualname__}".removeprefix("__main__.").removeprefix("builtins.")
    if kind in (torch.Tensor, torch.nn.Parameter):
        text = f"tensor of shape {tuple(value.shape)}, {value.dtype}, {value.layout}, on {value.device}"
    return {"object": text[:200]}


def as_bytes(tensor: torch.Tensor) -> bytes:
    return tensor.numpy().tobytes()


def as_text(tensor: torch.Tensor) -> str:
    return as_bytes(tensor).decode()
