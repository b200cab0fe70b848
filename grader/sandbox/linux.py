"""Linux system calls that Python has no function for. Each raises OSError where the kernel refuses."""

from __future__ import annotations

import ctypes
import functools
import os
import struct
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_CAPBSET_DROP: Final = 24
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_CLONE_NEWNS: Final = 0x20000
_CLONE_NEWUSER: Final = 0x10000000
_MS_PRIVATE: Final = 0x4000 | 0x40000  # with all below (MS_REC)
_MS_NOSUID_NODEV: Final = 2 | 4
_CAPABILITY_VERSION_3: Final = 0x20080522
_CAP_SETPCAP: Final = 8


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def call(number: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """The system call of that number; bytes and buffers are passed by address."""
    passed = [ctypes.c_ulong(argument) if isinstance(argument, int) else argument for argument in arguments]
    result = int(_libc().syscall(ctypes.c_long(number), *passed))
    if result == -1:
        raise _error()
    return result


def _prctl(option: int, *arguments: int) -> None:
    padded = (*arguments, 0, 0, 0, 0)[:4]
    if _libc().prctl(ctypes.c_int(option), *map(ctypes.c_ulong, padded)) == -1:
        raise _error()


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


def set_no_new_privileges() -> None:
    """From now on no program that is started gains a privilege. Landlock and seccomp ask for it."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent(signal_number: int) -> None:
    """Send this process a signal when its parent ends. A change of user or capabilities clears it: call it after."""
    _prctl(_PR_SET_PDEATHSIG, signal_number)


def adopt_orphans() -> None:
    """Become the parent of whatever processes the children leave behind."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def leave_orphans() -> None:
    """From now on, become the parent of none."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 0)


def children(parent: int) -> list[int]:
    """The process ids of the children of `parent`, dead ones that were not waited for among them."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):  # "self" is no process but this one again
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                found_parent = file.read().rpartition(b")")[2].split()[1]
        except (OSError, IndexError):  # gone by now
            continue
        if int(found_parent) == parent:
            found.append(int(name))
    return found


def process_of(descriptor: int) -> int | None:
    """The process that a descriptor of one (pidfd) stands for, by the number that it has here; None once it is gone."""
    with open(f"/proc/self/fdinfo/{descriptor}", "rb") as file:
        found = next(int(line.split()[1]) for line in file if line.startswith(b"Pid:"))
    return found if found > 0 else None


def hide_memory() -> None:
    """Refuse /proc/PID/mem, environ and fd, ptrace and core dumps to other processes of the same user."""
    _prctl(_PR_SET_DUMPABLE, 0)


def show_memory() -> None:
    """Undo hide_memory."""
    _prctl(_PR_SET_DUMPABLE, 1)


def unshare_mounts(*, and_users: bool = False) -> None:
    """Give this process mounts of its own, which no other sees; and_users: and users, whose root it is then."""
    if _libc().unshare(ctypes.c_int(_CLONE_NEWNS | (_CLONE_NEWUSER if and_users else 0))) == -1:
        raise _error()


def mount(kind: str, folder: str, options: str) -> None:
    """Mount a new file system of that kind on a folder, in mounts that are this process's own."""
    for arguments in (
        (b"none", b"/", None, ctypes.c_ulong(_MS_PRIVATE), None),
        (kind.encode(), os.fsencode(folder), kind.encode(), ctypes.c_ulong(_MS_NOSUID_NODEV), options.encode()),
    ):
        if _libc().mount(*arguments) == -1:
            raise _error()


def drop_capabilities() -> None:
    """Give up every capability for ever: uid 0 becomes a user like any other."""
    header, sets = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), ctypes.create_string_buffer(24)
    if _libc().capget(header, sets) == -1:
        raise _error()
    if struct.unpack_from("=I", sets)[0] & 1 << _CAP_SETPCAP:  # else the set is out of reach; nothing is started anyway
        for capability in range(64):
            try:
                _prctl(_PR_CAPBSET_DROP, capability)
            except OSError:  # past the last one that this kernel knows
                break
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    if _libc().capset(header, bytes(24)) == -1:
        raise _error()
