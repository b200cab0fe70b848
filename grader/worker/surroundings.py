"""What there is before the student's code runs: seeds, stand-in modules, the data."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.random  # which NumPy imports at its first use: once here, not in each worker
import torch

from grader.data.registry import DATA_SETS
from grader.worker import postponed, stand_in_functions
from grader.worker.callers import STAND_INS
from grader.worker.guard import Guard


def known_good(source: str, names: Sequence[str]) -> dict[str, Any]:
    """The stand-ins of these names. They find each other only where they are asked for: the rest is the student's."""
    if not names:
        return {}
    namespace: dict[str, Any] = {"__name__": "stand_ins"}
    exec(compile(source, STAND_INS, "exec"), namespace)
    return {name: namespace[name] for name in names}


def seed_everything(seed: int) -> None:
    """Seed all random numbers that a submission may draw."""
    random.seed(seed)
    numpy.random.seed(seed)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed also queues work for CUDA on each call


def prepare(data: Mapping[str, Path], guard: Guard) -> None:
    """Make this process one that student code can run in, or that such processes are forked from.

    data: the folder of each data set that the student's code may read, by its name; files need no offer.
    """
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode("warn")  # torch.empty is NaN then, not what happens to be in memory
    postponed.install(guard)
    stand_in_functions.install()
    for name, folder in data.items():
        if name in DATA_SETS:
            DATA_SETS[name].offer(folder)
