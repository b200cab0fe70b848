"""Landlock: this process reads and writes below the folders that are listed, and nothing else.

By hand, because no library does it all: `landlock` (1.0.0.dev5) knows neither networks nor signals, `py-landlock`
(0.1.1) stops at ABI 6 and would be a dependency for three system calls, `sandlock` (0.9.0) wants ABI 6 and confines
the present process with Landlock alone. The kernel's interface is stable: include/uapi/linux/landlock.h.

Landlock does not hold stat, chmod, chown, utime, UDP, or sockets by path; grader.sandbox.seccomp does. It binds the
calling thread and those that it starts: enter it with one thread.
"""

from __future__ import annotations

import enum
import os
import struct
from collections.abc import Iterable
from typing import Final

from grader.sandbox import linux

# The numbers are the same on every architecture.
_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_RULE_PATH_BENEATH: Final = 1
_VERSION: Final = 1


class Access(enum.IntFlag):
    """What may be done with files. EXECUTE is for starting programs; loading a library is reading."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # ABI 2
    TRUNCATE = 1 << 14  # ABI 3
    IOCTL_DEV = 1 << 15  # ABI 5
    RESOLVE_UNIX = 1 << 16  # ABI 9


READ: Final = Access.READ_FILE | Access.READ_DIR
WRITE: Final = Access.WRITE_FILE | Access.TRUNCATE


# Everything but programs, devices, sockets, pipes and symbolic links: nothing that misleads whoever cleans up.
READ_AND_WRITE: Final = (
    READ | WRITE | Access.REMOVE_DIR | Access.REMOVE_FILE | Access.MAKE_DIR | Access.MAKE_REG | Access.REFER
)


def abi() -> int:
    """The version that the kernel offers. Raises OSError where it has no Landlock.

    Asked by system call: /sys/kernel/security/lsm is missing on many machines that have it.
    """
    return linux.call(_CREATE_RULESET, None, 0, _VERSION)


def ruleset(rules: Iterable[tuple[str, int]], version: int) -> int:
    """The descriptor of a ruleset: the files that are listed, no TCP port, no signal or abstract socket outside.

    `version`: as abi() told. Making it takes a while; a forked process can be given one that lacks only its own folder.
    """
    attributes = struct.pack("=QQQ", handled(version), 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)
    descriptor = linux.call(_CREATE_RULESET, attributes, len(attributes), 0)
    for path, access in rules:
        allow(descriptor, path, access)
    return descriptor


def allow(ruleset: int, path: str, access: int) -> None:
    """Add a rule. A path that does not exist is passed over. For a file, no right that only a folder has."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        linux.call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", access, descriptor), 0)
    finally:
        os.close(descriptor)


def enter(ruleset: int) -> None:
    """Hold this thread, and those that it starts, to the ruleset for ever."""
    linux.call(_RESTRICT_SELF, ruleset, 0)


def handled(version: int) -> int:
    """All rights that the version knows: one that is not handled is free, and can't be in a rule."""
    known = (1 << 13) - 1
    for since, right in ((2, Access.REFER), (3, Access.TRUNCATE), (5, Access.IOCTL_DEV), (9, Access.RESOLVE_UNIX)):
        if version >= since:
            known |= right
    return known
