"""The program that the judge starts: a zygote, or a worker that is told on standard input what it is."""

from __future__ import annotations

import io
import socket
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.boundary.rules import Rules
from grader.boundary.startup import Site, Start
from grader.worker import __main__ as program

Told = list[tuple[Any, ...]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What is called, in order, in place of what would change this process."""
    calls: Told = []
    for name in ("run_zygote", "prepare", "learn", "run_worker"):
        monkeypatch.setattr(program, name, lambda *args, _name=name, **named: calls.append((_name, *args, named)))
    return calls


def test_zygote_gets_the_socket_of_that_number_and_reads_no_input(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    one, other = socket.socketpair()
    number = one.detach()
    program.main(["zygote", str(number)])
    ((name, control, _),) = told
    assert (name, control.fileno()) == ("run_zygote", number)
    control.close()
    other.close()


def test_worker_is_prepared_and_guarded_before_it_serves(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Start(scratch=tmp_path / "scratch", rules=Rules(banned=frozenset({"torch.nn.*"})))
    site = Site(tier="process", data={"mnist": tmp_path})
    lines = f"{site.as_json()}\n{start.as_json()}\n".encode()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(lines)))
    program.main(["worker", "7"])
    (_, data, guard, _), learned, served = told
    assert data == {"mnist": tmp_path}
    assert learned == ("learn", guard, start.rules, {})
    assert served == ("run_worker", 7, None, start, guard, {"jail": None})
    assert start.scratch.is_dir()
