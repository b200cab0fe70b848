"""The limits around a worker, in tiers. The zygote tries out which one the machine has; a worker gets that, or ends.

`process` (everywhere): the submission can't forge a verdict, nor crash, hang or fill the judge, whatever it does in its
own process. It has an environment without secrets, no descriptor but its channel, and resource limits.

`jail` (Linux 5.13 and later, any user, in containers too): it also reads nothing but Python, the installed libraries
and its data, writes nothing but its scratch folder, reaches no network, starts no process, and signals, traces and
reads no other one. Two layers that hold each other's gaps: Landlock for files, seccomp for system calls.
What it does not hide: that a file is there (stat), the names of files beside the installed libraries, the time.

On macOS the jail is a profile of Seatbelt (grader.sandbox.seatbelt). It also reads the grader's own package, the suites
aside, and memory has no limit there.

`namespaces` (where bubblewrap works, too): the jail, and a view of the machine without its other files and processes.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import tempfile
from pathlib import Path
from typing import Final

from grader.boundary.limits import Limits
from grader.boundary.startup import Start
from grader.sandbox import linux, scratch, seccomp
from grader.sandbox.jail import Jail
from grader.sandbox.walls import weakness

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


MIB: Final = 1 << 20
MAX_OPEN_FILES: Final = 256
# Where no file system bounds them: a file that was unlinked counts nowhere, and is as large as scratch_mib at most.
MAX_OPEN_UNBOUNDED: Final = 64
MAX_THREADS: Final = 256  # of a worker; the system counts all that its user runs
SPARE_THREADS: Final = 32  # of the user's, which no worker can take: the judge starts processes with them


# The ids that no system gives away: a worker that may choose its real user id takes one of them. By chance, because
# process ids are the same in the namespaces of another grading, and threads are counted for the machine.
FIRST_USER_ID: Final = 0x70000000
_USER_IDS: Final = 0x0FFFFFFF


def enter(start: Start, jail: Jail | None) -> None:
    """Lock this process in: own session (so that its whole group can be killed), scratch folder, limits, the jail.

    Raises where less than that can be had; the caller then ends the process before any of the student's code runs.
    """
    if hasattr(os, "setsid"):
        with contextlib.suppress(PermissionError):  # already a leader, where the worker was started and not forked
            os.setsid()
    folder = str(start.scratch)
    if jail is not None:
        if len(os.listdir("/proc/self/task")) != 1:
            raise RuntimeError("another thread is running, which Landlock would leave free")
        if jail.bounds_scratch:
            scratch.mount(start.scratch, start.limits)
    os.chdir(folder)
    os.environ.update(dict.fromkeys(("HOME", "TMPDIR", "TEMP"), folder))
    tempfile.tempdir = None
    limits = start.limits
    if jail is None:
        _limit_resources(_most_threads(start.threads), MAX_OPEN_UNBOUNDED, limits)
        if start.unreadable:  # a jail was put around this process: it is one if it holds
            found = weakness(os.getppid(), start.unreadable)
            if found:
                raise RuntimeError(found)
        return
    threads = MAX_THREADS if _take_user_id() else _most_threads(start.threads)
    _limit_resources(threads, MAX_OPEN_FILES if jail.bounds_scratch else MAX_OPEN_UNBOUNDED, limits)
    linux.set_no_new_privileges()
    jail.lock(folder)
    linux.drop_capabilities()
    linux.hide_memory()
    linux.die_with_parent(signal.SIGKILL)
    if os.getppid() != jail.zygote:
        raise RuntimeError("the zygote ended")
    seccomp.enter(jail.system_calls, os.getpid())


def _take_user_id() -> bool:
    """As root, take a real user id that no other process has, so that threads can be counted: root's are not.

    The effective id stays, and with it the access to a Python in root's home.
    """
    if os.geteuid() != 0:
        return False
    try:
        os.setresuid(FIRST_USER_ID + secrets.randbelow(_USER_IDS), -1, -1)
    except OSError:  # without the capability, or where the container has fewer ids: threads cost memory all the same
        return False
    return True


def _most_threads(of_user: int) -> int:
    """So many may the user have with those of the worker: what there are, and some more; never all that may be."""
    most = of_user + MAX_THREADS
    kind = getattr(resource, "RLIMIT_NPROC", None)
    if resource is None or kind is None:
        return most
    allowed, _ = resource.getrlimit(kind)
    return most if allowed == resource.RLIM_INFINITY else max(min(most, allowed - SPARE_THREADS), 1)


def _limit_resources(threads: int, open_files: int, given: Limits) -> None:
    if resource is None:
        return
    limits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": int(given.scratch_mib * MIB),
        "RLIMIT_NOFILE": open_files,
        "RLIMIT_NPROC": threads,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_MEMLOCK": 0,
    }
    mapped = _mapped_bytes()
    if mapped is not None:
        limits["RLIMIT_AS"] = mapped + int(given.memory_mib * MIB)
    for name, value in limits.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            _, most = resource.getrlimit(kind)
            value = value if most == resource.RLIM_INFINITY else min(value, most)
            resource.setrlimit(kind, (value, value))


def _mapped_bytes() -> int | None:
    """Address space of this process, or None where the system does not tell (macOS does not enforce the limit)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
