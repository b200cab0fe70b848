"""What there is before the student's code runs: seeds, stand-in modules, the data."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.random  # which NumPy imports at its first use: once here, not in each worker
import torch

from grader.data.mnist import mapped_images
from grader.worker import postponed, stand_in_modules
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


def _install_stand_in_modules(mnist_root: str) -> None:
    """datasets.MNIST reads the packaged data, wherever it is told to look; no program is started."""
    stand_in_modules.forbid_programs()
    from torchvision import datasets

    original, read = datasets.MNIST.__init__, datasets.mnist.read_image_file

    def read_or_map(path: str) -> torch.Tensor:
        return mapped_images(Path(path)) if Path(path).is_relative_to(mnist_root) else read(path)

    def offline(self: Any, root: Any = ".", train: bool = True, *args: Any, **kwargs: Any) -> None:
        if type(self).__name__ != "MNIST":  # FashionMNIST and the like inherit from it
            original(self, root, train, *args, **kwargs)
            return
        names = ("transform", "target_transform", "download")
        kwargs.update(zip(names, args, strict=False))
        kwargs["download"] = False
        original(self, mnist_root, train, **kwargs)

    datasets.MNIST.__init__ = offline
    datasets.mnist.read_image_file = read_or_map


def prepare(mnist_root: str, guard: Guard) -> None:
    """Make this process one that student code can run in, or that such processes are forked from."""
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode("warn")  # torch.empty is NaN then, not what happens to be in memory
    postponed.install(guard)
    _install_stand_in_modules(mnist_root)
