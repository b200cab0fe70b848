"""The data sets that an assignment may name in its assignment.toml. The package carries them: no network is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.data import mnist


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """How a data set gets from the package to a submission that asks its library for it."""

    unpack: Callable[[Path], Path]  # into that folder, whole; what workers may read. Raises OSError
    offer: Callable[[Path], None]  # in a worker: have the library read that folder


DATA_SETS: Final[Mapping[str, DataSet]] = {"mnist": DataSet(unpack=mnist.unpack_into_cache, offer=mnist.offer)}
