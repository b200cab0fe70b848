"""Puts the memory of a process that forks much into huge pages: what a fork copies of it is 500 times less then.

Of torch's 350 MB, a fork copies 90,000 entries of page tables, which takes longer than most checks compute. What is
copied when it is written stays pages of 4 KiB. Linux 6.1 or later; elsewhere nothing happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from grader.machine.groups import PROC

HUGE: Final = 2 << 20  # bytes of a huge page, on x86-64, and on AArch64 with the usual pages
_MADV_HUGEPAGE: Final = 14
_MADV_COLLAPSE: Final = 25
_MAPPING: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0 *(?:\[heap\])?\n")


def make_huge(proc: Path = PROC) -> Iterator[int]:
    """Make one page huge at each step, some milliseconds; gives its address. It ends where the system can't."""
    if sys.platform != "linux" or mmap.PAGESIZE != 4096:
        return
    advise = ctypes.CDLL(None).madvise
    for start, end in list(mostly_used(proc)):
        for address in range(-(-start // HUGE) * HUGE, end - HUGE + 1, HUGE):
            page = ctypes.c_void_p(address), ctypes.c_size_t(HUGE)
            if advise(*page, _MADV_HUGEPAGE):
                return
            if not advise(*page, _MADV_COLLAPSE):
                yield address


def mostly_used(proc: Path = PROC) -> Iterator[tuple[int, int]]:
    """The private mappings of no file of which most is there: huge pages of others would take memory for nothing."""
    lines = []
    with contextlib.suppress(OSError):
        lines = (proc / "self/smaps").read_text().splitlines(keepends=True)
    start = end = 0
    for line in lines:
        if match := _MAPPING.fullmatch(line):
            start, end = (int(address, 16) for address in match.groups())
        elif not line[0].isupper():
            start = end = 0
        elif line.startswith("Anonymous:") and end - start >= HUGE and 2048 * int(line.split()[1]) >= end - start:
            yield start, end
