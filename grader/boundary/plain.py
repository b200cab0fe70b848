"""The plain value in an object of a subclass: numpy.float64 is a float, a named tuple a tuple.

A class may override whatever Python or torch asks of its objects: __float__, __iter__, __eq__, __torch_function__. So
nothing is asked of them: the methods of the base class itself read what the object holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import torch

_ancestors: Final = type.__dict__["__mro__"].__get__  # of a class: its metaclass may have a __mro__ of its own


def plain(value: Any) -> Any:
    """The value as its base class holds it, what is in it unchanged; the object itself where it is of no such kind."""
    kind = type(value)
    for ancestor in _ancestors(kind):
        if (read := _BY_IDENTITY.get(id(ancestor))) is not None:
            return value if ancestor is kind else read(value)
    return value


def _pairs(value: dict[Any, Any]) -> Any:
    """Its items under plain keys; the object itself where two keys are one then."""
    pairs = {plain(key): item for key, item in dict.items(value)}
    return pairs if len(pairs) == dict.__len__(value) else value


def _tensor(value: torch.Tensor) -> Any:
    """The same data, and the same place in the graph, as a torch.Tensor; the object itself where it has no data."""
    with torch._C.DisableTorchFunctionSubclass():
        if torch._C._dispatch_keys(value).has(torch._C.DispatchKey.Python):  # operators on it are the class's own
            return value
        return torch.Tensor.as_subclass(value, torch.Tensor)


_READERS: Final[Mapping[type, Callable[[Any], Any]]] = {
    bool: bool,  # of which there are no subclasses: not taken for an int
    float: float.__float__,
    int: int.__int__,
    str: str.__str__,
    tuple: lambda value: tuple(tuple.__iter__(value)),
    list: lambda value: list(list.__iter__(value)),
    dict: _pairs,
    torch.Tensor: _tensor,
}
_BY_IDENTITY: Final = {id(base): read for base, read in _READERS.items()}  # a metaclass may override == and hash()
