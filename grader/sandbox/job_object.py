"""Job objects of Windows: a worker may use so much memory, starts no process, and ends with the judge.

They are limits, not walls: a job object keeps nobody from files or the network, so the tier stays `process`. The judge
has the only handle; the worker can't lift what it is held by. It is put into the job before it is told what to do.

Not run on Windows: written from the documentation (jobapi2.h, winnt.h).
"""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable, Mapping
from ctypes import wintypes
from pathlib import Path
from typing import Any, Final, Protocol

from grader.boundary.limits import Limits
from grader.sandbox import enter, tiers

# What Python and torch commit before the submission does. A guess on the safe side: it was not measured on Windows.
PYTHON_AND_TORCH_MIB: Final = 1024

_BASIC_UI_RESTRICTIONS: Final = 4  # JobObjectBasicUIRestrictions
_EXTENDED_LIMITS: Final = 9  # JobObjectExtendedLimitInformation

_LIMIT_ACTIVE_PROCESS: Final = 0x0008
_LIMIT_PROCESS_MEMORY: Final = 0x0100
_LIMIT_DIE_ON_UNHANDLED_EXCEPTION: Final = 0x0400  # no dialog that waits for somebody to close it
_LIMIT_KILL_ON_JOB_CLOSE: Final = 0x2000
_LIMITS: Final = (
    _LIMIT_ACTIVE_PROCESS | _LIMIT_PROCESS_MEMORY | _LIMIT_DIE_ON_UNHANDLED_EXCEPTION | _LIMIT_KILL_ON_JOB_CLOSE
)


# JOB_OBJECT_UILIMIT_*: windows of others, clipboard, settings of system and display, atoms, desktops, logging off.
_EVERY_UI_RESTRICTION: Final = 0x00FF

_PROCESS_TERMINATE: Final = 0x0001
_PROCESS_SET_QUOTA: Final = 0x0100


# The types have the sizes that they have on 64-bit Windows, on every platform: ctypes.wintypes would not.
class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class IoCounters(ctypes.Structure):
    """IO_COUNTERS."""

    _fields_ = tuple(
        (f"{kind}{unit}Count", ctypes.c_uint64)
        for unit in ("Operation", "Transfer")
        for kind in ("Read", "Write", "Other")
    )


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", IoCounters),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class UiRestrictions(ctypes.Structure):
    """JOBOBJECT_BASIC_UI_RESTRICTIONS."""

    _fields_ = (("UIRestrictionsClass", ctypes.c_uint32),)


class Kernel32(Protocol):
    """The functions of kernel32.dll that are called here: 0 (or None) is failure."""

    def CreateJobObjectW(self, attributes: None, name: None) -> int | None:
        """A new job; no name, so that nobody opens it by one."""

    def SetInformationJobObject(self, job: int, kind: int, information: Any, size: int) -> int:
        """Set limits."""

    def OpenProcess(self, access: int, inherit: bool, pid: int) -> int | None:
        """A handle of a process."""

    def AssignProcessToJobObject(self, job: int, process: int) -> int:
        """Put a process into a job, for ever."""

    def CloseHandle(self, handle: int) -> int:
        """Give a handle back."""


# Handles have 64 bits; what is not declared, ctypes takes for 32.
PROTOTYPES: Final[Mapping[str, tuple[Any, tuple[Any, ...]]]] = {
    "CreateJobObjectW": (wintypes.HANDLE, (ctypes.c_void_p, wintypes.LPCWSTR)),
    "SetInformationJobObject": (wintypes.BOOL, (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)),
    "OpenProcess": (wintypes.HANDLE, (ctypes.c_uint32, wintypes.BOOL, ctypes.c_uint32)),
    "AssignProcessToJobObject": (wintypes.BOOL, (wintypes.HANDLE, wintypes.HANDLE)),
    "CloseHandle": (wintypes.BOOL, (wintypes.HANDLE,)),
}


def load_kernel32() -> Kernel32:
    """The library itself. Raises OSError elsewhere than on Windows."""
    if sys.platform != "win32":
        raise OSError("this is not Windows")
    library: Any = ctypes.WinDLL("kernel32", use_last_error=True)
    for name, (result, arguments) in PROTOTYPES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    found: Kernel32 = library
    return found


class JobObject:
    """Holds a spawned worker by a job of its own."""

    name = "job object"
    isolation = tiers.Isolation(tiers.Tier.PROCESS, "job object")

    def __init__(self, load: Callable[[], Kernel32] = load_kernel32) -> None:
        self._load = functools.cache(load)

    def unreadable(self) -> tuple[Path, ...]:
        """It is no jail."""
        return ()

    def command(self, program: str, scratch: Path) -> list[str]:
        """Nothing starts it but the judge."""
        return []

    def take(self, pid: int, limits: Limits) -> Callable[[], object]:
        """Put that process into a new job; what ends the job, and whoever is in it. Raises OSError."""
        kernel32 = self._load()
        job = _done("CreateJobObjectW", kernel32.CreateJobObjectW(None, None))
        end = functools.partial(kernel32.CloseHandle, job)
        try:
            _limit(kernel32, job, limits)
            process = _done("OpenProcess", kernel32.OpenProcess(_PROCESS_SET_QUOTA | _PROCESS_TERMINATE, False, pid))
            try:
                _assign(kernel32, job, process)
            finally:
                kernel32.CloseHandle(process)
        except BaseException:
            end()
            raise
        return end


def _limit(kernel32: Kernel32, job: int, limits: Limits) -> None:
    information = ExtendedLimits()
    information.BasicLimitInformation.LimitFlags = _LIMITS
    information.BasicLimitInformation.ActiveProcessLimit = 1
    information.ProcessMemoryLimit = int((PYTHON_AND_TORCH_MIB + limits.memory_mib) * enter.MIB)
    _set(kernel32, job, _EXTENDED_LIMITS, information)
    _set(kernel32, job, _BASIC_UI_RESTRICTIONS, UiRestrictions(_EVERY_UI_RESTRICTION))


def _assign(kernel32: Kernel32, job: int, process: int) -> None:
    """Put the process in. A job with UI restrictions can't be nested in the one that a CI service may run us in."""
    if kernel32.AssignProcessToJobObject(job, process):
        return
    _set(kernel32, job, _BASIC_UI_RESTRICTIONS, UiRestrictions(0))
    _done("AssignProcessToJobObject", kernel32.AssignProcessToJobObject(job, process))


def _set(kernel32: Kernel32, job: int, kind: int, information: ctypes.Structure) -> None:
    size = ctypes.sizeof(information)
    _done("SetInformationJobObject", kernel32.SetInformationJobObject(job, kind, ctypes.byref(information), size))


def _done(function: str, result: int | None) -> int:
    if not result:
        last_error = getattr(ctypes, "get_last_error", lambda: 0)  # there is none elsewhere
        raise OSError(f"{function} failed, Windows error {last_error()}")
    return result
