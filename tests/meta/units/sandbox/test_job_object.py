"""Job objects of Windows, as far as they can be tried elsewhere: see docs/security.md for what was not."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes
from types import SimpleNamespace

import pytest

from grader.boundary.limits import Limits
from grader.sandbox import job_object
from tests.meta.fakes.kernel32 import JOB, PROCESS, Kernel32


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the layout is that of 64 bits")
def test_records_have_the_layout_of_64_bit_windows() -> None:
    sizes = {job_object.BasicLimits: 64, job_object.IoCounters: 48, job_object.ExtendedLimits: 144}
    assert {record: ctypes.sizeof(record) for record in sizes} == sizes
    assert layout(job_object.BasicLimits) == {
        "PerProcessUserTimeLimit": (0, 8),
        "PerJobUserTimeLimit": (8, 8),
        "LimitFlags": (16, 4),
        "MinimumWorkingSetSize": (24, 8),
        "MaximumWorkingSetSize": (32, 8),
        "ActiveProcessLimit": (40, 4),
        "Affinity": (48, 8),
        "PriorityClass": (56, 4),
        "SchedulingClass": (60, 4),
    }
    assert layout(job_object.IoCounters) == {
        "ReadOperationCount": (0, 8),
        "WriteOperationCount": (8, 8),
        "OtherOperationCount": (16, 8),
        "ReadTransferCount": (24, 8),
        "WriteTransferCount": (32, 8),
        "OtherTransferCount": (40, 8),
    }
    assert layout(job_object.ExtendedLimits) == {
        "BasicLimitInformation": (0, 64),
        "IoInfo": (64, 48),
        "ProcessMemoryLimit": (112, 8),
        "JobMemoryLimit": (120, 8),
        "PeakProcessMemoryUsed": (128, 8),
        "PeakJobMemoryUsed": (136, 8),
    }
    assert layout(job_object.UiRestrictions) == {"UIRestrictionsClass": (0, 4)}


def layout(record: type[ctypes.Structure]) -> dict[str, tuple[int, int]]:
    """The offset and size of each field, by name."""
    fields = {name: getattr(record, name) for name, *_ in record._fields_}
    return {name: (field.offset, field.size) for name, field in fields.items()}


def test_process_is_put_into_a_job_that_has_its_limits() -> None:
    kernel32 = Kernel32()
    end = job_object.JobObject(lambda: kernel32).take(4321, Limits(memory_mib=512.0))
    create, limit, restrict, opened, assign, close = kernel32.calls
    assert create == ("CreateJobObjectW", None, None)
    assert limit[:3] == ("SetInformationJobObject", JOB, 9)
    limits = job_object.ExtendedLimits.from_buffer_copy(limit[3])
    assert limits.BasicLimitInformation.LimitFlags == 0x8 | 0x100 | 0x400 | 0x2000
    assert limits.BasicLimitInformation.ActiveProcessLimit == 1
    assert limits.ProcessMemoryLimit == (job_object.PYTHON_AND_TORCH_MIB + 512) << 20
    assert restrict == ("SetInformationJobObject", JOB, 4, (0xFF).to_bytes(4, "little"))
    assert opened == ("OpenProcess", 0x0100 | 0x0001, False, 4321)
    assert assign == ("AssignProcessToJobObject", JOB, PROCESS)
    assert close == ("CloseHandle", PROCESS)
    end()
    assert kernel32.calls[6:] == [("CloseHandle", JOB)]


def test_job_that_can_not_be_nested_goes_without_ui_restrictions() -> None:
    kernel32 = Kernel32("AssignProcessToJobObject")
    job_object.JobObject(lambda: kernel32).take(4321, Limits(memory_mib=512.0))
    assert kernel32.calls[4:] == [
        ("AssignProcessToJobObject", JOB, PROCESS),
        ("SetInformationJobObject", JOB, 4, bytes(4)),
        ("AssignProcessToJobObject", JOB, PROCESS),
        ("CloseHandle", PROCESS),
    ]


@pytest.mark.parametrize(
    ("failing", "closed"),
    [
        (["CreateJobObjectW"], []),
        (["SetInformationJobObject"], [JOB]),
        (["OpenProcess"], [JOB]),
        (["AssignProcessToJobObject"] * 2, [PROCESS, JOB]),
    ],
)
def test_call_that_fails_is_named_and_leaves_no_handle(
    failing: list[str], closed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "get_last_error", lambda: 5, raising=False)
    kernel32 = Kernel32(*failing)
    with pytest.raises(OSError, match=rf"^{failing[0]} failed, Windows error 5$"):
        job_object.JobObject(lambda: kernel32).take(4321, Limits(memory_mib=512.0))
    assert [handle for name, handle, *_ in kernel32.calls if name == "CloseHandle"] == closed


def test_functions_are_declared_with_handles_of_64_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    library = SimpleNamespace(**{name: SimpleNamespace() for name in job_object.PROTOTYPES})
    given: list[tuple[str, bool]] = []

    def load(name: str, *, use_last_error: bool) -> SimpleNamespace:
        given.append((name, use_last_error))
        return library

    monkeypatch.setattr(ctypes, "WinDLL", load, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    assert job_object.load_kernel32() is library
    assert given == [("kernel32", True)]
    called = {name for name in vars(job_object.Kernel32) if name[0].isupper()}
    assert called == set(job_object.PROTOTYPES)
    for name in ("CreateJobObjectW", "OpenProcess"):
        assert getattr(library, name).restype is wintypes.HANDLE
    for name in ("SetInformationJobObject", "AssignProcessToJobObject", "CloseHandle"):
        assert getattr(library, name).argtypes[0] is wintypes.HANDLE


@pytest.mark.skipif(sys.platform == "win32", reason="it is there")
def test_there_is_no_job_object_elsewhere() -> None:
    with pytest.raises(OSError, match="this is not Windows"):
        job_object.JobObject().take(4321, Limits(memory_mib=512.0))
