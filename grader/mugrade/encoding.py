"""A value as MuGrade's protocol writes it in JSON."""

from __future__ import annotations

import math
from typing import Final

import torch

# The answers of a homework are small. What a submission gives instead need not be: it is wrong, and sent as null.
MOST_NUMBERS: Final = 100_000
MOST_CHARACTERS: Final = 1_000
DEEPEST: Final = 20


def encoded(value: object, *, depth: int = 0) -> object:
    """Numbers, texts and lists as they are, arrays and types in an object that says so; null for anything else.

    NaN and infinities have no form in JSON: null too, which is no right answer either.
    """
    match value:
        case torch.Tensor():
            if value.numel() > MOST_NUMBERS or value.is_complex():
                return None
            numbers = value.detach().double() if value.is_floating_point() else value.detach()
            return {"_encoded_type": "np.ndarray", "data": _finite(numbers.tolist())}
        case type():
            return {"_encoded_type": "type", "data": repr(value)}
        case bool() | int() | None:
            return value
        case float():
            return _finite(value)
        case str():
            return value[:MOST_CHARACTERS]
        case list() | tuple() if depth < DEEPEST and len(value) <= MOST_NUMBERS:
            return [encoded(item, depth=depth + 1) for item in value]
        case _:
            return None


def _finite(value: object) -> object:
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
