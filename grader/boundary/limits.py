"""Bounds of a grading, under the names that they have in assignment.toml."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one grading beside the `limit_s` of each question; the names are those of the table [limits]."""

    load_s: float = 300.0  # executing the whole file, or what trains
    part_s: float = 30.0  # executing the statements that one question needs
    grading_s: float = 900.0  # all checks together
    memory_mib: float = 2048.0  # of a worker, on top of Python and torch
    output_mib: float = 1.0  # kept of what the submission prints in one check; the rest is dropped
    scratch_mib: float = 64.0  # all files of a worker together, and each of them
    files: float = 1000.0  # in a worker's scratch folder

    def told_by(self, type_name: str, text: str) -> str:
        """The limit that an exception in the worker tells of, or nothing."""
        if type_name == "MemoryError" or "can't allocate memory" in text:
            return f"memory_mib = {self.memory_mib:g}"
        if "[Errno 27]" in text:  # EFBIG
            return f"scratch_mib = {self.scratch_mib:g}"
        if "[Errno 28]" in text:  # ENOSPC: of its own file system
            return f"scratch_mib = {self.scratch_mib:g} or files = {self.files:g}"
        return ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound in seconds, under the name that it has in assignment.toml."""

    name: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.name} = {self.seconds:g}"
