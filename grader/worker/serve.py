"""Turns a process into a worker, and answers until the judge hangs up."""

from __future__ import annotations

import errno
import os
import socket
import sys
import traceback
from typing import Any, NoReturn

from grader.boundary import wire
from grader.sandbox import enter, environment, jail
from grader.worker.executor import Executor
from grader.worker.guard import Guard


def run_worker(
    channel_fd: int, output_fd: int | None, settings: dict[str, Any], guard: Guard, jail: jail.Jail | None
) -> NoReturn:
    """Turn this process into a worker: own session, own limits, nothing open but the channel and the output."""
    channel = socket.socket(fileno=channel_fd)
    if output_fd is not None:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(output_fd, 1)
        os.dup2(output_fd, 2)
    environment.close_all_but(channel.fileno(), *([jail.prepare()] if jail else []))
    try:
        enter.enter(settings, jail)
    except BaseException:  # whatever it was: nothing of the student's runs with less than was announced
        os.write(2, traceback.format_exc().encode())
        os._exit(1)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)  # noqa: SIM115
    status = 0
    try:
        Executor(wire.Channel(channel), guard).serve()
    except MemoryError:  # not even a request could be read
        status = errno.ENOMEM
    finally:
        os._exit(status)  # no atexit handler of the student's, no half-copied state of the zygote's
