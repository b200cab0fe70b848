"""The filter of system calls, on every architecture."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import pytest

from grader.sandbox import seccomp


def verdict(program: list[seccomp.Instruction], number: int, architecture: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would make of the call: the program, interpreted."""
    words = {0: number, 4: architecture} | {16 + 8 * i: value & 0xFFFFFFFF for i, value in enumerate(arguments)}
    at = accumulator = 0
    while True:
        code, if_true, if_false, constant = program[at]
        at += 1
        match code:
            case 0x20:
                accumulator = words.get(constant, 0)
            case 0x54:
                accumulator &= constant
            case 0x15:
                at += if_true if accumulator == constant else if_false
            case 0x25:
                at += if_true if accumulator > constant else if_false
            case 0x06:
                return constant
            case _:
                raise AssertionError(f"instruction {code:#x} is not known")


ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x50001, 0x50026
ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NUMBERS: Final[dict[str, dict[str, int | None]]] = {
    "x86_64": {"read": 0, "fork": 57, "socket": 41, "clone": 56, "kill": 62, "openat": 257, "ioctl": 16},
    "aarch64": {"read": 63, "fork": None, "socket": 198, "clone": 220, "kill": 129, "openat": 56, "ioctl": 29},
}


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_filter_answers(machine: str) -> None:
    program, architecture, numbers = seccomp.program(machine, 4321), ARCHITECTURES[machine], NUMBERS[machine]

    def answer(name: str, *arguments: int) -> int:
        number = numbers[name]
        return EPERM if number is None else verdict(program, number, architecture, arguments)

    assert answer("read") == ALLOW
    assert answer("fork") == answer("socket") == EPERM
    assert answer("clone", 17) == answer("clone", 0x10000 | 0x10000000) == EPERM
    assert answer("clone", 0x3D0F00) == ALLOW
    assert answer("kill", 4321, 9) == ALLOW
    assert {answer("kill", pid, 9) for pid in (0, 1, -1, -4321, 4322)} == {EPERM}
    assert answer("openat", 0, 0, os.O_WRONLY | 0o1100) == answer("openat", 0, 0, 0) == ALLOW
    assert answer("openat", 0, 0, 0o1000) == answer("openat", 0, 0, 0o1003) == EPERM
    assert answer("ioctl", 0, 0x5401) == ALLOW
    assert answer("ioctl", 0, 0x5412) == EPERM
    for number in (435, 425, 426, 427, 471, 1000, 0x40000000, 0x40000000 + 59, 0xFFFFFFFF):
        assert verdict(program, number, architecture) == ENOSYS
    for other in (0x40000003, 0x40000028, 0):  # i386, arm
        assert verdict(program, 0, other) == KILL


@pytest.mark.parametrize(
    ("machine", "header"),
    [("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), ("aarch64", "/usr/include/asm-generic/unistd.h")],
)
def test_numbers_are_the_kernel_s(machine: str, header: str) -> None:
    if not Path(header).exists():
        pytest.skip(f"no {header} here")
    listed: list[tuple[str, str]] = re.findall(r"#define __NR(?:3264)?_(\w+) (\d+)", Path(header).read_text())
    kernel = {"newfstatat" if name == "fstatat" else name: int(number) for name, number in listed}
    column = list(ARCHITECTURES).index(machine)
    numbers = seccomp._numbers(seccomp._ALLOWED, column) | seccomp._numbers(seccomp._ABSENT, column)
    newer = {name for name, number in numbers.items() if number > max(kernel.values())}
    assert newer <= {"futex_wake", "futex_wait", "futex_requeue", "mseal"}
    assert {name: number for name, number in numbers.items() if name not in newer} == {
        name: kernel[name] for name in numbers if name not in newer
    }
