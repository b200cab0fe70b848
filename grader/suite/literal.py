"""Values as Python that a student can paste: exact, short where the numbers allow it, and never thousands of them."""

from __future__ import annotations

import math
import textwrap
from typing import Final

import numpy as np
import torch
from torch import Tensor

MAX_ENTRIES: Final = 300  # of a tensor that is written out
WIDTH: Final = 64  # columns of a tensor on one line; a longer one gets a line for each row
_SOURCE: Final = "grader_source"  # how a tensor that the student can load is written; see `written_as`
_SPELLED: Final = (torch.float32, torch.int64, torch.bool)  # the dtypes that torch.tensor(...) finds by itself


class TooLarge(Exception):
    """A value that has no short form."""


def written_as(tensor: Tensor, source: str, *imports: str) -> Tensor:
    """Have the tensor written as this expression: for data that the student can load, such as images of a data set.

        x = written_as(torch.zeros(1000), "torch.zeros(1000)")

    imports: the import statements that the expression needs beside `import torch`. The same tensor is given back.
    """
    setattr(tensor, _SOURCE, (source, imports))
    return tensor


def imports_of(tensor: Tensor) -> tuple[str, ...]:
    """The import statements that the tensor's expression needs beside `import torch`."""
    found: tuple[str, tuple[str, ...]] = getattr(tensor, _SOURCE, ("", ()))
    return found[1]


def literal(value: object) -> str:
    """The value as an expression that needs only `import torch`. Raises TooLarge."""
    if isinstance(value, Tensor):
        return _tensor(value)
    if isinstance(value, bool | int | str | None):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
    if isinstance(value, torch.dtype):
        return str(value)
    if isinstance(value, torch.Size):
        return literal(tuple(value))
    if isinstance(value, list | tuple):
        inside = ", ".join(map(literal, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, slice):
        return f"slice({literal(value.start)}, {literal(value.stop)}, {literal(value.step)})"
    raise TooLarge(type(value).__name__)


def _tensor(tensor: Tensor) -> str:
    if source := getattr(tensor, _SOURCE, None):
        return str(source[0])
    plain = tensor.detach()
    if plain.numel() == 0:
        return f"torch.zeros({literal(list(plain.shape))}{_dtype(plain, torch.float32)})"
    if plain.numel() > 12 and (short := _pattern(plain)):
        return short
    if plain.numel() > MAX_ENTRIES:
        raise TooLarge(f"a tensor of {plain.numel()} entries")
    dtype = _dtype(plain, *_SPELLED)
    text = f"torch.tensor({_nested(plain)}{dtype})"
    if len(text) <= WIDTH or plain.dim() == 0:
        return text
    written = [_nested(row) for row in plain]
    kept = ", ".join(row.replace(" ", "~") if len(row) <= WIDTH else row for row in written)
    rows = textwrap.fill(kept, WIDTH, break_on_hyphens=False, break_long_words=False)
    return f"torch.tensor(\n    [\n{textwrap.indent(rows.replace('~', ' '), ' ' * 8)}\n    ]{dtype}\n)"


def _pattern(tensor: Tensor) -> str | None:
    """A constant tensor, or numbers that rise in equal steps and maybe begin anew, without writing them all out."""
    flat = tensor.flatten().double()
    shape, dtype = literal(list(tensor.shape)), _dtype(tensor, torch.float32)
    if (flat == flat[0]).all():
        return f"torch.full({shape}, {_number(tensor.flatten()[0])}{_dtype(tensor, torch.float32, torch.int64)})"
    first = int(flat[0])
    counted = torch.arange(first, first + len(flat), dtype=torch.float64)
    period = int(flat.max()) + 1 if flat.abs().max() < len(flat) else 0
    reshaped = "" if tensor.dim() == 1 else f".reshape({', '.join(map(str, tensor.shape))})"
    dtype = "" if tensor.dtype is torch.int64 else f".to({tensor.dtype})"
    if torch.equal(flat, counted):
        return f"torch.arange({first}, {first + len(flat)}){reshaped}{dtype}"
    if first >= 0 and period and torch.equal(flat, counted % period):
        return f"(torch.arange({first}, {first + len(flat)}) % {period}){reshaped}{dtype}"
    return None


def _dtype(tensor: Tensor, *implied: torch.dtype) -> str:
    return "" if tensor.dtype in implied else f", dtype={tensor.dtype}"


def _nested(tensor: Tensor) -> str:
    return _number(tensor) if tensor.dim() == 0 else f"[{', '.join(map(_nested, tensor))}]"


def _number(entry: Tensor) -> str:
    """The shortest decimal that gives the same number again."""
    value = entry.item()
    if not isinstance(value, float):
        return repr(value)
    if not math.isfinite(value):
        return f"float({str(value)!r})"
    if entry.dtype is torch.float64:
        return repr(value)
    return str(np.float32(value))
