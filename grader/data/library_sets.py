"""Data sets that torchvision knows by name: fetched once, by the judge, into the user's cache; read there by workers.

A worker has no network, so the class of torchvision is told to look in that folder, and to download nothing.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from grader.errors import GraderError

# What is to be asked for so that all files of the set are there.
NAMES: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "CIFAR10": [{}],
    "CIFAR100": [{}],
    "EMNIST": [{"split": "letters"}],
    "FashionMNIST": [{}],
    "KMNIST": [{}],
    "QMNIST": [{"what": "train"}, {"what": "test"}],
    "STL10": [{"split": "train"}],
    "SVHN": [{"split": "train"}, {"split": "test"}],
    "USPS": [{"train": True}, {"train": False}],
}


class DataMissing(GraderError):
    """A data set is not in the cache, and can't be fetched."""


def fetch(name: str, folder: Path) -> Path:
    """Have torchvision download the set below `folder`, unless it is there; it appears there whole or not at all.

    Raises DataMissing, and OSError where nothing can be written there.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{name}-"))
    try:
        from torchvision import datasets

        for arguments in NAMES[name]:
            with contextlib.redirect_stdout(io.StringIO()):
                getattr(datasets, name)(str(part), download=True, **arguments)
        part.chmod(0o755)
        with contextlib.suppress(FileExistsError):
            part.rename(folder)
    except (OSError, RuntimeError) as error:
        if folder.is_dir():  # another grading was faster
            return folder
        raise DataMissing(
            f"the data set {name} is not in {folder} and can't be downloaded ({error}); grade once with a network"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def offer(name: str, folder: Path) -> None:
    """In a worker: have torchvision's class of that name read the files in `folder`, wherever it is told to look."""
    from torchvision import datasets

    kind = getattr(datasets, name)
    original = kind.__init__
    signature = inspect.signature(original)

    def offline(self: Any, *args: Any, **kwargs: Any) -> None:
        given = signature.bind_partial(self, *args, **kwargs)
        given.arguments["root"] = str(folder)
        extra = given.arguments if "download" in signature.parameters else given.arguments.setdefault("kwargs", {})
        extra["download"] = False
        original(*given.args, **given.kwargs)

    kind.__init__ = offline
