"""What the judge is told of exceptions and objects: text, cut short."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import torch

from grader.boundary.values import Frame, Raised
from grader.worker.absent import explained

MAX_FRAMES: Final = 8
MAX_MESSAGE: Final = 1000

# The student's source, by file name as tracebacks show it: how many lines stand before it, and its own.
Lines: TypeAlias = Mapping[str, tuple[int, list[str]]]


def raised(error: BaseException, lines: Lines) -> Raised:
    """The exception, with those of its frames that are in the student's source."""
    frames = []
    if isinstance(error, SyntaxError) and error.filename and error.filename in lines:
        before, _ = lines[error.filename]
        frames.append(Frame(before + (error.lineno or 0), "", (error.text or "").strip()[:200]))
    for frame, line in traceback.walk_tb(error.__traceback__):
        before, source = lines.get(frame.f_code.co_filename, (0, None))
        if source is not None:
            code = source[line - 1].strip() if 0 < line <= len(source) else ""
            frames.append(Frame(before + line, frame.f_code.co_name[:100], code[:200]))
    return Raised(type(error).__name__[:100], safe_text(error), tuple(frames[-MAX_FRAMES:]))


def safe_text(error: BaseException) -> str:
    """The message of the exception, with what is not here, or what stands for one that can't be shown."""
    try:
        return explained(error)[:MAX_MESSAGE].encode("utf-8", "replace").decode()
    except BaseException:
        return "(its message can't be shown)"


def describe(value: Any) -> str:
    """What a value that can't cross the boundary is: shown to people, never compared."""
    kind = type(value)
    if kind in (torch.Tensor, torch.nn.Parameter):
        return f"tensor of shape {tuple(value.shape)}, {value.dtype}, {value.layout}, on {value.device}"
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("__main__.").removeprefix("builtins.")
