"""The data sets that an assignment may name: MNIST, which the package carries, and others of torchvision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from grader.data import library_sets, mnist


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """How a data set gets from the package to a submission that asks its library for it."""

    unpack: Callable[[Path], Path]  # into that folder, whole; what workers may read. Raises OSError
    offer: Callable[[Path], None]  # in a worker: have the library read that folder


DATA_SETS: Final[Mapping[str, DataSet]] = {
    "mnist": DataSet(unpack=mnist.unpack_into_cache, offer=mnist.offer),
    **{
        name: DataSet(unpack=partial(library_sets.fetch, name), offer=partial(library_sets.offer, name))
        for name in library_sets.NAMES
    },
}
OTHER_NAMES: Final[Mapping[str, str]] = {"MNIST": "mnist"}  # as torchvision calls it
