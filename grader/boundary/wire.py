"""Frames between judge and worker: a JSON header and raw tensor bytes. No pickle, no code, a limit on every length.

A frame is the lengths of header and payload (4 bytes each, little-endian), the header (a UTF-8 JSON object), and the
payload: the bytes of the tensors that `header["tensors"]` lists as `[dtype, [dim, ...]]`. Both sides use this module;
whatever the worker sends is data that the judge checks, never something it obeys.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import torch
from torch.nn.parameter import Parameter

from grader.boundary import strict_json
from grader.boundary.plain import plain

Json: TypeAlias = Any  # what json.loads returns under the limits below
Tensors: TypeAlias = list[torch.Tensor]
MAX_HEADER_BYTES: Final = 64 * 1024
MAX_PAYLOAD_BYTES: Final = 64 * 1024 * 1024
PREFIX_BYTES: Final = 8
MAX_FRAME_BYTES: Final = PREFIX_BYTES + MAX_HEADER_BYTES + MAX_PAYLOAD_BYTES
MAX_DIMS: Final = 8
MAX_DEPTH: Final = 16
MAX_ITEMS: Final = 4096
MAX_TEXT: Final = 8192
MAX_INT: Final = 2**63
CHUNK: Final = 1 << 20
_CONTAINERS: Final = (list, tuple, dict)
_NESTED: Final = ("list", "tuple", "dict", "slice")

DTYPES: Final[Mapping[str, torch.dtype]] = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float32,
        torch.float64,
        torch.float16,
        torch.bfloat16,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.bool,
    )
}
_DTYPE_NAMES: Final = {dtype: name for name, dtype in DTYPES.items()}


class WireError(Exception):
    """A frame could not be sent or received."""


class ProtocolError(WireError):
    """The peer sent something that is not a frame of this protocol."""


class ChannelClosed(WireError):
    """The peer is gone."""


class DeadlinePassed(WireError):
    """Nothing (or not all) arrived before the deadline."""


def text(value: str | bytes) -> torch.Tensor:
    """A text as a frame carries it: the header has room for short ones only."""
    data = bytearray(value if isinstance(value, bytes) else value.encode())
    return torch.frombuffer(data, dtype=torch.uint8) if data else torch.empty(0, dtype=torch.uint8)


# --- values -----------------------------------------------------------------------------------------------------------


def pack(value: Any, tensors: list[torch.Tensor], other: Callable[[Any], Json], depth: int = 0) -> Json:
    """The JSON form of a plain value; its tensors are appended to `tensors`, anything else is given to `other`.

    Plain are None, bool, int, float, str, list, tuple, dict with str keys, torch.dtype, slice, Ellipsis, and dense CPU
    tensors; of a subclass of one of these, what the base class holds (see grader.boundary.plain).
    """
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is str and len(value) <= MAX_TEXT and _is_text(value):
        return value
    if kind is int and -MAX_INT <= value < MAX_INT:
        return value
    if kind is float:
        return {"float": value.hex()}  # exact, and JSON needs no NaN
    if (kind is torch.Tensor or kind is Parameter) and _is_plain(value):
        tensors.append(value)
        return {"tensor": len(tensors) - 1}
    if kind is slice and depth < MAX_DEPTH:
        return {"slice": [pack(part, tensors, other, depth + 1) for part in (value.start, value.stop, value.step)]}
    if kind in _CONTAINERS and depth < MAX_DEPTH and len(value) <= MAX_ITEMS:
        if kind is not dict:
            tag = "list" if kind is list else "tuple"
            return {tag: [pack(item, tensors, other, depth + 1) for item in value]}
        if all(type(key) is str and _is_text(key) for key in value):
            return {"dict": [[key, pack(item, tensors, other, depth + 1)] for key, item in value.items()]}
    if kind is torch.dtype and value in _DTYPE_NAMES:
        return {"dtype": _DTYPE_NAMES[value]}
    if value is Ellipsis:
        return {"ellipsis": True}
    held = plain(value)
    return other(value) if held is value else pack(held, tensors, other, depth)


def unpack(
    packed: Json, tensors: Sequence[torch.Tensor], other: Callable[[str, Json], object], depth: int = 0
) -> object:
    """The value behind a JSON form. `other(tag, content)` answers for the tags that the caller adds of its own.

    Raises ProtocolError for anything that `pack` does not produce.
    """
    if packed is None or type(packed) in (bool, int, str):
        return packed
    if type(packed) is not dict or len(packed) != 1:
        raise ProtocolError("a value is not in a known form")
    tag, content = next(iter(packed.items()))
    if tag == "tensor" and type(content) is int and 0 <= content < len(tensors):
        return tensors[content]
    if tag in _NESTED:
        if depth >= MAX_DEPTH:
            raise ProtocolError("a value is nested too deeply")
        if type(content) is list and len(content) <= MAX_ITEMS:
            return _unpack_nested(tag, content, tensors, other, depth)
    if tag == "float" and type(content) is str and len(content) < 64:
        try:
            return float.fromhex(content)
        except (ValueError, OverflowError) as error:
            raise ProtocolError("a float is malformed") from error
    if tag == "dtype" and type(content) is str and content in DTYPES:
        return DTYPES[content]
    if tag == "ellipsis":
        return ...
    return other(tag, content)


def _unpack_nested(
    tag: str, content: list[Json], tensors: Sequence[torch.Tensor], other: Callable[[str, Json], object], depth: int
) -> object:
    if tag == "dict":
        pairs = {}
        for pair in content:
            if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str or pair[0] in pairs:
                raise ProtocolError("a dict is malformed")
            pairs[pair[0]] = unpack(pair[1], tensors, other, depth + 1)
        return pairs
    items = [unpack(item, tensors, other, depth + 1) for item in content]
    if tag == "slice":
        if len(items) != 3:
            raise ProtocolError("a slice is malformed")
        return slice(*items)
    return items if tag == "list" else tuple(items)


def _is_text(value: str) -> bool:
    """Whether it can be written anywhere: a lone surrogate can't, and would break a report."""
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def _is_plain(tensor: torch.Tensor) -> bool:
    return (
        tensor.layout is torch.strided
        and tensor.is_cpu
        and tensor.dtype in _DTYPE_NAMES
        and tensor.dim() <= MAX_DIMS
        and (tensor.numel() or _extent(tensor.shape)) * tensor.itemsize <= MAX_PAYLOAD_BYTES
    )


# --- frames -----------------------------------------------------------------------------------------------------------


def encode(header: Mapping[str, Json], tensors: Sequence[torch.Tensor]) -> list[bytes | memoryview]:
    """The buffers of one frame; large tensors are not copied. Raises ProtocolError where it would pass a limit."""
    specs = [[_DTYPE_NAMES[t.dtype], list(t.shape)] for t in tensors]
    text = strict_json.write({**header, "tensors": specs})
    payload = [_tensor_bytes(t) for t in tensors]
    size = sum(map(len, payload))
    if len(text) > MAX_HEADER_BYTES or size > MAX_PAYLOAD_BYTES:
        raise ProtocolError("a frame is larger than the limit")
    return [prefix(len(text), size) + text, *payload]


def prefix(header_bytes: int, payload_bytes: int) -> bytes:
    """What a frame begins with."""
    return header_bytes.to_bytes(4, "little") + payload_bytes.to_bytes(4, "little")


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A frame as it came: what its header says was not looked at yet. It can be read once."""

    text: bytes
    payload: bytearray

    def digest(self, number: int) -> bytes:
        """Frames of one digest are the same, as answers to the message of that number."""
        told = hashlib.sha256(number.to_bytes(8, "little") + prefix(len(self.text), len(self.payload)))
        told.update(self.text)
        told.update(self.payload)
        return told.digest()

    def read(self, *, trusted: bool) -> tuple[dict[str, Json], list[torch.Tensor]]:
        """Header and tensors. trusted: it is the judge's. Raises ProtocolError."""
        header, specs = decode_header(self.text, trusted=trusted)
        if sum(size for _, _, size in specs) != len(self.payload):
            raise ProtocolError("a header lists other tensors than came")
        tensors = []
        for dtype, dims, size in reversed(specs):
            at = len(self.payload) - size
            tensors.append(_tensor(self.payload, at, dtype, dims, size))
            del self.payload[at:]  # a frame may be large: what is read takes its memory once
        return header, tensors[::-1]


def split(frames: bytes) -> Iterator[RawFrame]:
    """The frames that stand one after the other in a text of the judge's own."""
    at = 0
    while at < len(frames):
        sizes = frames[at : at + PREFIX_BYTES]
        begins = at + PREFIX_BYTES + int.from_bytes(sizes[:4], "little")
        ends = begins + int.from_bytes(sizes[4:], "little")
        yield RawFrame(frames[at + PREFIX_BYTES : begins], bytearray(frames[begins:ends]))
        at = ends


def decode_header(
    text: bytes, *, trusted: bool = False
) -> tuple[dict[str, Json], list[tuple[torch.dtype, list[int], int]]]:
    """The header and each tensor's dtype, shape and bytes. trusted: it is the judge's. Raises ProtocolError."""
    try:
        header = strict_json.read(text, trusted=trusted)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a header is not strict JSON: {str(error)[:80]}") from error
    if type(header) is not dict or type(header.get("tensors")) is not list:
        raise ProtocolError("a header is not an object that lists its tensors")
    specs = [_tensor_spec(spec) for spec in header.pop("tensors")]
    if sum(size for _, _, size in specs) > MAX_PAYLOAD_BYTES:
        raise ProtocolError("a frame declares more bytes than the limit")
    return header, specs


def _tensor_spec(spec: Json) -> tuple[torch.dtype, list[int], int]:
    if type(spec) is not list or len(spec) != 2 or type(spec[0]) is not str or spec[0] not in DTYPES:
        raise ProtocolError("a tensor has no known dtype")
    dtype, dims = DTYPES[spec[0]], spec[1]
    if type(dims) is not list or len(dims) > MAX_DIMS or any(type(d) is not int or not 0 <= d < 2**40 for d in dims):
        raise ProtocolError("a tensor has no valid shape")
    elements = math.prod(dims)
    if (elements or _extent(dims)) * dtype.itemsize > MAX_PAYLOAD_BYTES:
        raise ProtocolError("a tensor is larger than the limit")
    return dtype, dims, elements * dtype.itemsize


def _extent(dims: Sequence[int]) -> int:
    """The number of elements, zeros left out: torch can't make a (0, 2**39, 2**39) tensor, though it is empty."""
    return math.prod(dim or 1 for dim in dims)


def _tensor_bytes(tensor: torch.Tensor) -> bytes | memoryview:
    if tensor.dtype is torch.bfloat16:  # which numpy does not know
        tensor = tensor.detach().contiguous().view(torch.int16)
    if tensor.nbytes > CHUNK:
        return tensor.detach().resolve_neg().contiguous().reshape(-1).view(torch.uint8).numpy().data
    return tensor.numpy(force=True).tobytes()


def _tensor(payload: bytearray, at: int, dtype: torch.dtype, dims: list[int], size: int) -> torch.Tensor:
    if not size:
        return torch.empty(dims, dtype=dtype)
    if dtype is torch.bool:  # a byte other than 0 and 1 must not reach an operator that trusts it
        return torch.frombuffer(payload, dtype=torch.uint8, count=size, offset=at).view(dims).ne(0)
    # A copy at last, and not a view of one: student code may call detach_() or resize_() on what it is given.
    return torch.frombuffer(payload, dtype=dtype, count=size // dtype.itemsize, offset=at).view(dims).clone()
