"""Answers as JSON: every value has a form, and none is without end."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch

from grader.mugrade.encoding import encoded


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (torch.tensor([[1.0, 2.5]]), {"_encoded_type": "np.ndarray", "data": [[1.0, 2.5]]}),
        (torch.tensor(3), {"_encoded_type": "np.ndarray", "data": 3}),
        (torch.tensor([float("nan"), 1.0]), {"_encoded_type": "np.ndarray", "data": [None, 1.0]}),
        (torch.zeros(200_000), None),
        (float, {"_encoded_type": "type", "data": "<class 'float'>"}),
        ((1, [True, None, "a", 0.5]), [1, [True, None, "a", 0.5]]),
        (float("inf"), None),
        (np.float64(1.5), 1.5),
        ("x" * 5000, "x" * 1000),
        ({"a": 1}, None),
        pytest.param(object(), None, id="object"),
    ],
    ids=str,
)
def test_values_have_a_form_in_json(value: object, expected: object) -> None:
    assert encoded(value) == expected
    json.dumps(encoded(value), allow_nan=False)


def test_lists_without_end_have_one() -> None:
    endless: list[Any] = []
    endless.append(endless)
    json.dumps(encoded(endless))
