"""What a worker's process inherits: environment, descriptors, its channel."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import BinaryIO


def close_all_but(*keep: int) -> None:
    """Close every descriptor but 0, 1, 2 and those given: nothing of the judge's is open in a worker."""
    first = 3
    for descriptor in sorted(keep):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, 4096)


def worker_environment(scratch: Path) -> dict[str, str]:
    """The environment of worker and zygote: an allow-list, so that no secret of the judge's is in it."""
    passed = (
        *("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH"),
        *("MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_"),  # run_autograder sets them: memory is little there
    )
    return {name: os.environ[name] for name in passed if name in os.environ} | {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "TEMP": str(scratch),
        # One thread each: forking stays safe, and two workers on two cores don't fight.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",  # a CUDA context maps more address space than the memory limit allows
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "MPLBACKEND": "Agg",
        "TORCHDYNAMO_DISABLE": "1",  # read when torch is imported; torch.compile itself is a stand-in
    }


def windows_channel(stdin: BinaryIO) -> socket.socket:
    """The channel that the judge shared through standard input, where descriptors can't be inherited."""
    if sys.platform != "win32":
        raise RuntimeError("the channel comes as a descriptor on this platform")
    size = int(stdin.readline())
    return socket.fromshare(stdin.read(size))
