"""MNIST as the package ships it: the four original IDX files, checked, and unpacked once for torchvision.

The data are by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, licensed CC BY-SA 3.0.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grader.errors import GraderError

if TYPE_CHECKING:
    import torch

# SHA-256 of the unpacked files.
FILES: Final[Mapping[str, str]] = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


class MnistDamaged(GraderError):
    """The data in the package are not the original ones: the installation is damaged."""


def packaged(name: str) -> bytes:
    """The unpacked bytes of one of FILES, from the package. Raises MnistDamaged."""
    try:
        raw = gzip.decompress(resources.files("grader").joinpath("data", f"{name}.gz").read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise MnistDamaged(f"{name}.gz can't be unpacked ({error}); install the package again") from error
    if hashlib.sha256(raw).hexdigest() != FILES[name]:
        raise MnistDamaged(f"{name}.gz is not the original file; install the package again")
    return raw


_kept = functools.cache(packaged)  # a judge of a class needs the small ones again and again


def test_set() -> tuple[torch.Tensor, torch.Tensor]:
    """The 10,000 test images, (10000, 784) uint8, and their labels, (10000,) int64. From the package."""
    import torch

    images = torch.frombuffer(bytearray(_kept("t10k-images-idx3-ubyte")[16:]), dtype=torch.uint8)
    labels = torch.frombuffer(bytearray(_kept("t10k-labels-idx1-ubyte")[8:]), dtype=torch.uint8)
    return images.reshape(-1, 784), labels.long()


def training_sample(count: int = 10_000) -> tuple[torch.Tensor, torch.Tensor]:
    """The first of the 60,000 training images, (count, 784) uint8, and their labels, (count,) int64. From the package.

    Only they are unpacked, so the file as a whole is not checked: no points hang on it.
    """
    import torch

    images = torch.frombuffer(bytearray(_first_images(count)), dtype=torch.uint8)
    labels = torch.frombuffer(bytearray(_kept("train-labels-idx1-ubyte")[8:]), dtype=torch.uint8)
    return images.reshape(-1, 784), labels[:count].long()


@functools.cache
def _first_images(count: int) -> bytes:
    kept = resources.files("grader").joinpath("data", "train-images-idx3-ubyte.gz")
    with kept.open("rb") as packed, gzip.open(packed) as file:
        return file.read(16 + 784 * count)[16:]


def mapped_images(path: Path) -> torch.Tensor:
    """The images of an unpacked file, (N, 28, 28) uint8. What nobody writes to stays the file's and takes no memory."""
    import numpy as np
    import torch

    size = (path.stat().st_size - 16) // 784
    return torch.from_numpy(np.memmap(path, np.uint8, mode="c", offset=16, shape=(size, 28, 28)))


def offer(folder: Path) -> None:
    """In a worker: have torchvision's datasets.MNIST read the files below `folder`, wherever it is told to look."""
    from torchvision import datasets

    original, read = datasets.MNIST.__init__, datasets.mnist.read_image_file

    def read_or_map(path: str) -> torch.Tensor:
        return mapped_images(Path(path)) if Path(path).is_relative_to(folder) else read(path)

    def offline(self: Any, root: Any = ".", train: bool = True, *args: Any, **kwargs: Any) -> None:
        if type(self).__name__ != "MNIST":  # FashionMNIST and the like inherit from it
            original(self, root, train, *args, **kwargs)
            return
        names = ("transform", "target_transform", "download")
        kwargs.update(zip(names, args, strict=False))
        kwargs["download"] = False
        original(self, str(folder), train, **kwargs)

    datasets.MNIST.__init__ = offline
    datasets.mnist.read_image_file = read_or_map


def unpack_into_cache(cache: Path) -> Path:
    """Unpack the files below `cache` unless they are there and whole; the root for `torchvision.datasets.MNIST(root)`.

    Each file appears under its name only when it is complete, so graders that start at once don't disturb each other.
    Where the cache can't be written (OSError), the caller chooses another folder.
    """
    raw = cache / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for name, digest in FILES.items():
        target = raw / name
        if not _is_whole(target, digest):
            _write_atomically(target, packaged(name))
    return cache


def _is_whole(path: Path, digest: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False


def _write_atomically(target: Path, data: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o444)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
