"""Turns a process into a worker, and answers until the judge hangs up."""

from __future__ import annotations

import errno
import faulthandler
import os
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from grader.boundary import messages, wire
from grader.boundary.channel import Channel
from grader.boundary.messages import Heard, Inspect, Load, Play, Run, Written
from grader.boundary.startup import Start
from grader.sandbox import enter, environment, jail
from grader.worker import executor, scripts
from grader.worker.guard import Guard
from grader.worker.reading import inspection
from grader.worker.state import Script, State


def serve(channel: Channel, state: State) -> None:
    """Answer messages until the judge hangs up."""
    while True:
        try:
            header, tensors = channel.receive(None)
        except wire.ChannelClosed:
            return
        message, number = messages.read_message(header, tensors), header["number"]
        written = _answer(message, state)
        sightings = state.guard.take()
        if isinstance(message, Load):
            state.guard.answer()
        try:
            channel.send(*messages.write_answer(written, number, sightings), None)
        except wire.ChannelClosed:
            return
        except Exception:  # too large, or an object that misbehaves while it is written
            channel.send(*messages.write_answer(messages.too_large(message), number, sightings), None)


def _answer(message: Heard, state: State) -> Written:
    match message:
        case Inspect():
            return inspection.inspect(message).write()
        case Load():
            return executor.load(state, message).write()
        case Run():
            return executor.run(state, message)
        case Play():
            return scripts.play(state, message)


def run_worker(
    channel_fd: int,
    output_fd: int | None,
    start: Start,
    guard: Guard,
    jail: jail.Jail | None,
    known: Sequence[Script] = (),
) -> NoReturn:
    """Turn this process into a worker: own session, own limits, nothing open but the channel and the output.

    known: the scripts that it has.
    """
    channel = socket.socket(fileno=channel_fd)
    if output_fd is not None:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(output_fd, 1)
        os.dup2(output_fd, 2)
    environment.close_all_but(channel.fileno(), *([jail.prepare()] if jail else []))
    try:
        enter.enter(start, jail)
    except BaseException:  # whatever it was: nothing of the student's runs with less than was announced
        os.write(2, traceback.format_exc().encode())
        os._exit(1)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)  # noqa: SIM115
    if hasattr(faulthandler, "register"):  # the judge may ask where it is
        faulthandler.register(signal.SIGUSR1, 2, all_threads=False)
    status = 0
    try:
        serve(Channel(channel, trusts=True), State(guard, scripts=known))
    except MemoryError:  # not even a request could be read
        status = errno.ENOMEM
    finally:
        os._exit(status)  # no atexit handler of the student's, no half-copied state of the zygote's
