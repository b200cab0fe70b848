"""Another package on PyPI imports as `grader`, too, and its files overwrite ours: that is told, and how to mend it."""

from __future__ import annotations

import importlib.metadata
from typing import Final

from grader.errors import GraderError

NAME: Final = "grader"


class NamesakeInstalled(GraderError):
    """The other package is installed here."""


def refuse_namesake() -> None:
    """Raises NamesakeInstalled where the other package is installed beside this one."""
    try:
        other = importlib.metadata.distribution(NAME)
    except importlib.metadata.PackageNotFoundError:
        return
    raise NamesakeInstalled(
        f"another package named {NAME} ({other.version}) is installed here, which shares its folder with this one; "
        f"run: python -m pip uninstall {NAME}, and install torch-homework-grader again (pip install --force-reinstall)"
    )
