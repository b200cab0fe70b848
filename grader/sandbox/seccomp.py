"""seccomp: this process makes the system calls that computing takes, and no others. No fork, no exec, no socket.

A list of what is allowed: a call that is not on it is refused, tomorrow's too. By hand, because no library does it:
`pyseccomp` (0.1.2, of 2021) needs a libseccomp.so that machines don't have, `seccompy` (0.2.0) has no rule for a range
of numbers and lets x32 calls past a list, `sandlock` (0.9.0) filters only programs that its own supervisor starts.

The filter is a program of the kernel's classic BPF: check the architecture, find the number's run, check arguments
where the run has such rules. Numbers are those of the kernel's tables (asm/unistd_64.h, asm-generic/unistd.h).
"""

from __future__ import annotations

import ctypes
import errno
import itertools
import os
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from grader.sandbox import linux

# Each call with its number on x86_64 and on aarch64, "-" where that has none. The aarch64 column has not been run.
_ALLOWED: Final = """
memory: mmap 9 222, mprotect 10 226, munmap 11 215, mremap 25 216, msync 26 227, madvise 28 233, brk 12 214,
  get_mempolicy 239 236, mseal 462 462
paths, which Landlock holds: open 2 -, openat 257 56, mkdir 83 -, mkdirat 258 34, rmdir 84 -, unlink 87 -,
  unlinkat 263 35, rename 82 -, renameat 264 38, renameat2 316 276
paths, to look at only: stat 4 -, lstat 6 -, newfstatat 262 79, statx 332 291, access 21 -, faccessat 269 48,
  faccessat2 439 439, statfs 137 43, readlink 89 -, readlinkat 267 78, getcwd 79 17, chdir 80 49, fchdir 81 50
open files: read 0 63, pread64 17 67, readv 19 65, preadv 295 69, preadv2 327 286, write 1 64, pwrite64 18 68,
  writev 20 66, pwritev 296 70, pwritev2 328 287, lseek 8 62, close 3 57, close_range 436 436, fstat 5 80,
  fstatfs 138 44, ftruncate 77 46, fallocate 285 47, fsync 74 82, fdatasync 75 83, fadvise64 221 223, getdents 78 -,
  getdents64 217 61, dup 32 23, dup2 33 -, dup3 292 24, fcntl 72 25, ioctl 16 29, sendfile 40 71,
  copy_file_range 326 285, umask 95 166
waiting: poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_create 213 -, epoll_create1 291 20,
  epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22, epoll_pwait2 441 441, eventfd 284 -, eventfd2 290 19,
  pipe 22 -, pipe2 293 59, wait4 61 260, waitid 247 95, pause 34 -
the channel: socketpair 53 199, sendto 44 206, recvfrom 45 207, sendmsg 46 211, recvmsg 47 212, shutdown 48 210,
  getsockname 51 204, getpeername 52 205, getsockopt 55 209
threads: clone 56 220, exit 60 93, exit_group 231 94, futex 202 98, futex_waitv 449 449, futex_wake 454 454,
  futex_wait 455 455, futex_requeue 456 456, set_robust_list 273 99, set_tid_address 218 96, rseq 334 293,
  membarrier 324 283, sched_yield 24 124, sched_getaffinity 204 123, sched_getparam 143 121,
  sched_getscheduler 145 120, sched_get_priority_max 146 125, sched_get_priority_min 147 126, getcpu 309 168,
  gettid 186 178
signals: rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136,
  rt_sigtimedwait 128 137, rt_sigsuspend 130 133, sigaltstack 131 132, restart_syscall 219 128, kill 62 129,
  tgkill 234 131, alarm 37 -, getitimer 36 102, setitimer 38 103
time: nanosleep 35 101, clock_nanosleep 230 115, clock_gettime 228 113, clock_getres 229 114, gettimeofday 96 169,
  time 201 -, times 100 153, timer_create 222 107, timer_settime 223 110, timer_gettime 224 108,
  timer_getoverrun 225 109, timer_delete 226 111, timerfd_create 283 85, timerfd_settime 286 86,
  timerfd_gettime 287 87
asking: getpid 39 172, getppid 110 173, getpgrp 111 -, getpgid 121 155, getsid 124 156, getuid 102 174,
  geteuid 107 175, getgid 104 176, getegid 108 177, getresuid 118 148, getresgid 120 150, getgroups 115 158,
  getrlimit 97 163, prlimit64 302 261, getrusage 98 165, getpriority 140 141, sysinfo 99 179, uname 63 160,
  capget 125 90, getrandom 318 278, prctl 157 167, arch_prctl 158 -
"""


# Refused as if the kernel had no such call: the C library then falls back to one that can be checked (clone3 keeps its
# flags in memory, where a filter can't look). io_uring would open files and sockets past any filter.
_ABSENT: Final = "clone3 435 435, io_uring_setup 425 425, io_uring_enter 426 426, io_uring_register 427 427"


# What lies above was not there when this list was made: absent, as it would be on that day's kernel. (The kernel lets
# x86_64's 335, uretprobe, and since 6.18 its 336, uprobe, past every filter: it writes them into programs that it
# traces. Called by hand they open nothing: they end the caller with a signal, or are no call.)
_HIGHEST_REVIEWED: Final = 470

_CLONE_THREAD: Final = 0x10000
_CLONE_NEW_NAMESPACES: Final = 0x7E020000
_O_ACCMODE, _O_TRUNC = 0o3, 0o1000
_O_TMPFILE: Final = 0o20000000  # a file that never has a name, and so is not seen in any folder
_SOCK_FLAGS: Final = 0o2004000  # SOCK_NONBLOCK | SOCK_CLOEXEC

_ALL: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Only:
    """Allowed where the argument (its lower 32 bits, which are all that the kernel reads here) & mask is a value."""

    argument: int
    values: tuple[int, ...]
    mask: int = _ALL


def _conditions(pid: int) -> Mapping[str, tuple[_Only, ...]]:
    """What the calls with rules on their arguments may be used for by the process `pid`."""
    own = (_Only(0, (pid,)),)
    # An empty file may be made of one that may be written. Landlock before ABI 3 doesn't look at O_TRUNC. Without
    # O_TMPFILE, tempfile makes a file and unlinks it.
    modes = (0, 1, 2, 3, _O_TRUNC | os.O_WRONLY, _O_TRUNC | os.O_RDWR)
    return {
        "clone": (_Only(0, (_CLONE_THREAD,), _CLONE_THREAD | _CLONE_NEW_NAMESPACES),),
        "kill": own,
        "tgkill": own,
        "open": (_Only(1, modes, _O_ACCMODE | _O_TRUNC | _O_TMPFILE),),
        "openat": (_Only(2, modes, _O_ACCMODE | _O_TRUNC | _O_TMPFILE),),
        # AF_UNIX, SOCK_STREAM: a pair of datagram sockets could be made to send to any socket that has a path.
        "socketpair": (_Only(0, (1,)), _Only(1, (1,), _ALL ^ _SOCK_FLAGS)),
        "prlimit64": (_Only(0, (0, pid)),),
        "prctl": (_Only(0, (15, 16, 0x53564D41)),),  # PR_SET_NAME, PR_GET_NAME, PR_SET_VMA
        "arch_prctl": (_Only(0, (0x1021, 0x1022, 0x1023)),),  # ARCH_*_XCOMP_*: oneDNN asks for the matrix registers
        # F_DUPFD to F_SETFL, F_DUPFD_CLOEXEC. Not F_SETOWN and F_SETSIG: they send signals to others. Not F_GETLK and
        # the other locks: a lock of a library's file is seen by every worker, and so tells it something.
        "fcntl": (_Only(1, (0, 1, 2, 3, 4, 1030)),),
        # TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX. Not TIOCSTI: it types on the terminal.
        "ioctl": (_Only(1, (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),),
    }


# --- the program ------------------------------------------------------------------------------------------------------

Instruction: TypeAlias = tuple[int, int, int, int]  # code, jump if true, jump if false, constant

_LOAD: Final = 0x20  # a 32-bit word of the call's record
_AND: Final = 0x54
_JUMP_IF_EQUAL: Final = 0x15
_JUMP_IF_GREATER: Final = 0x25
_RETURN: Final = 0x06

_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_REFUSE: Final = 0x00050000  # with an errno in the lower half

_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16


# machine: its column above, AUDIT_ARCH_*, the number of seccomp(2)
_MACHINES: Final = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}

_SOME_PROCESS: Final = 0x5AFEC0DE  # stands for the process id; larger than any, and nothing else in a filter

_SET_MODE_FILTER: Final = 1
_ALL_THREADS: Final = 1  # SECCOMP_FILTER_FLAG_TSYNC
_FULL_SPEED: Final = 4  # SECCOMP_FILTER_FLAG_SPEC_ALLOW, the default since Linux 5.16


def machine() -> str:
    """This machine's architecture, as a filter needs it. Raises OSError where there is no table for it."""
    name = os.uname().machine
    if name not in _MACHINES or sys.maxsize < 2**32 or sys.byteorder != "little":
        raise OSError(errno.ENOTSUP, f"no table of system calls for {name}")
    return name


def template() -> bytes:
    """The filter for this machine, to be completed by enter() with a process id. Making it takes a while."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program(machine(), _SOME_PROCESS))


def enter(template: bytes, pid: int) -> None:
    """Filter the system calls of this process, whose id is `pid`, for ever."""
    _, _, seccomp = _MACHINES[machine()]
    instructions = template.replace(_SOME_PROCESS.to_bytes(4, "little"), pid.to_bytes(4, "little"))
    kept = ctypes.create_string_buffer(instructions, len(instructions))
    attributes = struct.pack("@HP", len(instructions) // 8, ctypes.addressof(kept))
    thread = linux.call(seccomp, _SET_MODE_FILTER, _ALL_THREADS | _FULL_SPEED, attributes)
    if thread != 0:  # TSYNC reports the thread that it could not bind
        raise OSError(errno.ESRCH, f"thread {thread} can't be filtered")


def program(machine_name: str, pid: int) -> list[Instruction]:
    """The filter for a process `pid` on such a machine."""
    column, architecture, _ = _MACHINES[machine_name]
    allow, refuse, absent = _answer(_ALLOW), _answer(_REFUSE | errno.EPERM), _answer(_REFUSE | errno.ENOSYS)
    answers = [refuse] * (_HIGHEST_REVIEWED + 1)
    for number in _numbers(_ABSENT, column).values():
        answers[number] = absent
    numbers = _numbers(_ALLOWED, column)
    for number in numbers.values():
        answers[number] = allow
    for name, conditions in _conditions(pid).items():
        if name in numbers:
            answers[numbers[name]] = _check(conditions)

    # 32-bit calls (int 0x80) have other numbers and their own architecture. x32 has ours, with bit 30 set in the
    # number: above all that was reviewed.
    found = [(_LOAD, 0, 0, _ARCHITECTURE_AT), (_JUMP_IF_EQUAL, 1, 0, architecture), *_answer(_KILL)]
    found.append((_LOAD, 0, 0, _NUMBER_AT))
    last = -1
    for answer, run in itertools.groupby(answers):
        last += len(list(run))
        found += [(_JUMP_IF_GREATER, len(answer), 0, last), *answer]
    return found + absent


def _answer(value: int) -> list[Instruction]:
    return [(_RETURN, 0, 0, value)]


def _check(conditions: tuple[_Only, ...]) -> list[Instruction]:
    found: list[Instruction] = []
    for condition in conditions:
        found += [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * condition.argument), (_AND, 0, 0, condition.mask)]
        for left in reversed(range(len(condition.values))):
            value = condition.values[len(condition.values) - 1 - left]
            found.append((_JUMP_IF_EQUAL, left + 1, 0, value))  # past the values that are left and the refusal
        found += _answer(_REFUSE | errno.EPERM)
    return found + _answer(_ALLOW)


def _numbers(table: str, column: int) -> dict[str, int]:
    """name -> number, from the lines `topic: name number number, ...` of a table."""
    entries = [entry.split() for line in table.replace("\n  ", " ").splitlines() for entry in _entries(line)]
    return {name: int(numbers[column]) for name, *numbers in entries if numbers[column] != "-"}


def _entries(line: str) -> list[str]:
    return [entry for entry in line.rpartition(":")[2].split(",") if entry.strip()]
