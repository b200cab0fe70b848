"""A kernel32 of Python, the library of Windows that makes job objects: it notes what it is asked for."""

from __future__ import annotations

import ctypes
from typing import Any

from grader.sandbox import job_object

JOB, PROCESS = 0x7FFF_0000_0001, 0x7FFF_0000_0002  # handles of more than 32 bits


class Kernel32:
    """Notes what it is asked for; the calls in `failing` fail, each as often as it is there."""

    def __init__(self, *failing: str) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.failing = list(failing)

    def _answer(self, name: str, *arguments: Any, result: int = 1) -> int:
        self.calls.append((name, *arguments))
        if name in self.failing:
            self.failing.remove(name)
            return 0
        return result

    def CreateJobObjectW(self, attributes: None, name: None) -> int:  # noqa: N802
        return self._answer("CreateJobObjectW", attributes, name, result=JOB)

    def SetInformationJobObject(self, job: int, kind: int, information: Any, size: int) -> int:  # noqa: N802
        record = {9: job_object.ExtendedLimits, 4: job_object.UiRestrictions}[kind]
        assert size == ctypes.sizeof(record)
        return self._answer("SetInformationJobObject", job, kind, bytes(information._obj))

    def OpenProcess(self, access: int, inherit: bool, pid: int) -> int:  # noqa: N802
        return self._answer("OpenProcess", access, inherit, pid, result=PROCESS)

    def AssignProcessToJobObject(self, job: int, process: int) -> int:  # noqa: N802
        return self._answer("AssignProcessToJobObject", job, process)

    def CloseHandle(self, handle: int) -> int:  # noqa: N802
        return self._answer("CloseHandle", handle)


def names(kernel32: Kernel32) -> list[str]:
    return [name for name, *_ in kernel32.calls]
