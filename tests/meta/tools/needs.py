"""What installed libraries need in turn."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_OF_CUDA = ("cuda-", "nvidia-", "triton")


def needed(names: Iterable[str]) -> set[str]:
    """These libraries and all that they need here, by their normalised names; nothing of CUDA's."""
    found, fresh = set[str](), set(names)
    while fresh:
        found |= fresh
        lines = [line for name in fresh for line in importlib.metadata.requires(name) or []]
        asked = [r for r in map(Requirement, lines) if r.marker is None or r.marker.evaluate({"extra": ""})]
        asked_for: set[str] = {canonicalize_name(requirement.name) for requirement in asked}
        fresh = {name for name in asked_for - found if not name.startswith(_OF_CUDA)}
    return found
