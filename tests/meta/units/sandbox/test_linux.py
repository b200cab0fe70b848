"""System calls: each does what its name says, to one thread where it may be undone by that thread's end."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox import linux
from tests.meta.tools.threads import in_a_thread

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="for Linux")

GET_DEATH_SIGNAL, GET_DUMPABLE, SET_DUMPABLE, SET_SUBREAPER, GET_SUBREAPER = 2, 3, 4, 36, 37


def prctl(option: int, argument: object = 0) -> int:
    return int(ctypes.CDLL(None).prctl(option, argument, 0, 0, 0))


def status() -> dict[str, str]:
    """What the kernel tells of this thread."""
    lines = Path("/proc/thread-self/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.fixture
def ended() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has ended, and that nobody has waited for."""
    with subprocess.Popen(["/bin/true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        yield process


def test_call_that_the_kernel_refuses_is_an_error_with_its_number() -> None:
    with pytest.raises(OSError, match="Function not implemented") as caught:
        linux.call(100_000)
    assert caught.value.errno == errno.ENOSYS


@pytest.mark.skipif(os.uname().machine != "x86_64" if hasattr(os, "uname") else True, reason="a number of x86_64")
def test_call_takes_numbers_and_buffers_and_gives_the_result() -> None:
    reader, writer = os.pipe()
    try:
        assert linux.call(1, writer, b"bytes", 5) == 5  # write
        buffer = ctypes.create_string_buffer(8)
        assert linux.call(0, reader, buffer, 8) == 5  # read
        assert buffer.value == b"bytes"
    finally:
        os.close(reader)
        os.close(writer)


def test_no_privilege_is_gained_any_more_by_the_thread_that_says_so() -> None:
    def run() -> str:
        linux.set_no_new_privileges()
        return status()["NoNewPrivs"]

    before = status()["NoNewPrivs"]
    assert in_a_thread(run) == "1"
    assert status()["NoNewPrivs"] == before


def test_no_capability_is_left_and_none_can_come_back() -> None:
    def run() -> dict[str, str]:
        linux.drop_capabilities()
        return status()

    root = os.geteuid() == 0 and int(status()["CapEff"], 16) >> 8 & 1
    found = in_a_thread(run)
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", *(("CapBnd",) if root else ())):
        assert int(found[name], 16) == 0, name


def test_signal_at_the_parent_s_end_is_that_which_was_asked_for() -> None:
    def run() -> int:
        linux.die_with_parent(signal.SIGUSR1)
        found = ctypes.c_int()
        prctl(GET_DEATH_SIGNAL, ctypes.byref(found))
        return found.value

    assert in_a_thread(run) == signal.SIGUSR1


def test_memory_is_hidden_from_other_processes_of_the_user() -> None:
    before = prctl(GET_DUMPABLE)
    try:
        linux.hide_memory()
        assert prctl(GET_DUMPABLE) == 0
    finally:
        prctl(SET_DUMPABLE, before)


def test_orphans_are_adopted() -> None:
    found = ctypes.c_int()
    try:
        linux.adopt_orphans()
        prctl(GET_SUBREAPER, ctypes.byref(found))
        assert found.value == 1
    finally:
        prctl(SET_SUBREAPER, 0)


def test_child_is_found_even_when_it_has_ended(ended: subprocess.Popen[bytes]) -> None:
    assert ended.pid in linux.children(os.getpid())
    assert os.getpid() not in linux.children(os.getpid())
    ended.wait()
    assert ended.pid not in linux.children(os.getpid())


def test_child_is_found_whatever_it_calls_itself() -> None:
    name = Path("/proc/self/comm")
    before = name.read_text()
    try:
        name.write_text(") S 1 (x")
        assert os.getpid() in linux.children(os.getppid())
    finally:
        name.write_text(before)


def test_descriptor_of_a_process_tells_its_number_until_it_is_gone(ended: subprocess.Popen[bytes]) -> None:
    descriptor = os.pidfd_open(ended.pid)
    try:
        assert linux.process_of(descriptor) == ended.pid
        ended.wait()
        assert linux.process_of(descriptor) is None
    finally:
        os.close(descriptor)
