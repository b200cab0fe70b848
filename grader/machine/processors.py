"""Processors of this machine, and threads of this process and of its user."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.machine.groups import GROUPS, PROC, around, lines


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Oracles compute small things often: a second thread only takes turns with the workers on the same cores."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def threads_of_user(proc: Path = PROC) -> int:
    """Of all processes of this user, as far as they can be seen; 0 where the system doesn't tell (not Linux)."""
    found, user = 0, os.getuid() if hasattr(os, "getuid") else -1
    for status in proc.glob("[0-9]*/status"):
        try:
            told = dict(line.split(":", 1) for line in lines(status))
            if int(told["Uid"].split()[0]) == user:
                found += int(told["Threads"])
        except (KeyError, ValueError, IndexError):  # gone by now
            continue
    return found


def cores() -> int:
    """Of the machine, those that this process may run on, as far as its container's quota of their time goes."""
    if sys.platform != "linux":
        return os.cpu_count() or 1
    return max(int(min(len(os.sched_getaffinity(0)), *quotas(), math.inf)), 1)


def quotas(proc: Path = PROC, groups: Path = GROUPS) -> Iterator[float]:
    """Of each control group around this process that has one: how many processors its time is that of."""
    for version, group in around("cpu", proc, groups):
        if version == 2:
            quota, period = (*" ".join(lines(group / "cpu.max")).split(), "", "")[:2]
        else:
            quota, period = (" ".join(lines(group / f"cpu.cfs_{name}_us")) for name in ("quota", "period"))
        if quota.isdecimal() and period.isdecimal() and int(period):  # and not "max", or -1
            yield int(quota) / int(period)
