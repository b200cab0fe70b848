"""Frames and values on their way: sent, received and compared."""

from __future__ import annotations

import json
import math
import socket
import struct
import threading
import time
from typing import Any

import torch
from hypothesis import settings
from hypothesis import strategies as st

from grader.boundary import wire
from grader.boundary.channel import Channel
from grader.boundary.wire import ProtocolError

QUICK = settings(max_examples=100, derandomize=True, database=None, deadline=None)


def soon() -> float:
    return time.monotonic() + 5.0


def refuse(value: Any) -> wire.Json:
    return {"object": type(value).__name__}


def no_tag(tag: str, content: wire.Json) -> object:
    raise ProtocolError(f"unknown tag {tag}")


def through_a_channel(value: Any) -> Any:
    """The value after a trip as a frame through a socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        tensors: list[torch.Tensor] = []
        packed = wire.pack(value, tensors, refuse)
        sender = threading.Thread(target=Channel(ours).send, args=({"value": packed}, tensors, soon()))
        sender.start()
        header, received = Channel(theirs).receive(soon())
        sender.join()
    return wire.unpack(header["value"], received, no_tag)


def raw(value: torch.Tensor) -> bytes:
    copy = torch.empty(value.shape, dtype=value.dtype).copy_(value.detach()).reshape(-1)
    return copy.view(torch.uint8).numpy().tobytes() if copy.numel() else b""


def same(actual: Any, expected: Any) -> bool:
    """Equal in kind and in every bit; a torch.Size is received as a tuple, a Parameter as a tensor."""
    if isinstance(expected, torch.Tensor):
        return (
            type(actual) is torch.Tensor
            and (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
            and raw(actual) == raw(expected)
        )
    if isinstance(expected, tuple):
        return type(actual) is tuple and len(actual) == len(expected) and all(map(same, actual, expected))
    if type(actual) is not type(expected):
        return False
    match expected:
        case float():
            return struct.pack("d", actual) == struct.pack("d", expected) or (
                math.isnan(actual) and math.isnan(expected)
            )
        case list():
            return len(actual) == len(expected) and all(map(same, actual, expected))
        case dict():
            return list(actual) == list(expected) and all(same(actual[key], expected[key]) for key in expected)
        case slice():
            parts = ("start", "stop", "step")
            return all(same(getattr(actual, part), getattr(expected, part)) for part in parts)
        case _:
            return bool(actual == expected)


def frame(header: bytes | str, payload: bytes = b"", *, declared: int | None = None) -> bytes:
    """declared: bytes of payload that are said to follow, by default those that do."""
    text = header.encode() if isinstance(header, str) else header
    return wire.prefix(len(text), len(payload) if declared is None else declared) + text + payload


def spec(dtype: object, dims: object, *, declared: int = 0) -> bytes:
    return frame(json.dumps({"tensors": [[dtype, dims]]}), declared=declared)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["float32", "0x1p0", "nan"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["float", "tensor", "list", "tuple", "dict", "dtype", "slice", "ellipsis", "ref", "tensors", "x"]
            ),
            inner,
            max_size=2,
        )
    ),
    max_leaves=10,
)
