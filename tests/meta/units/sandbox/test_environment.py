"""What a worker's process inherits: of environment and descriptors, what is listed and nothing else."""

import io
import os
import socket
import sys
from pathlib import Path

import pytest

from grader.sandbox.environment import close_all_but, windows_channel, worker_environment


def test_secrets_of_the_judge_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"PATH": "/bin", "GITHUB_TOKEN": "secret", "PYTHONPATH": "x", "LD_PRELOAD": "x"})
    made = worker_environment(Path("scratch"))
    assert made["PATH"] == "/bin"
    assert not {"GITHUB_TOKEN", "PYTHONPATH", "LD_PRELOAD", "LANG"} & made.keys()
    assert "secret" not in made.values()


def test_home_and_temporary_files_are_in_the_scratch_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "TMPDIR", "TEMP"):
        monkeypatch.setenv(name, "/home/judge")
    made = worker_environment(Path("scratch"))
    assert {made[name] for name in ("HOME", "TMPDIR", "TEMP")} == {"scratch"}


def test_threads_that_the_judge_may_have_are_not_the_worker_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    made = worker_environment(Path("scratch"))
    assert (made["OMP_NUM_THREADS"], made["CUDA_VISIBLE_DEVICES"]) == ("1", "")


def test_nothing_is_compiled_in_a_worker() -> None:
    assert worker_environment(Path("scratch"))["TORCHDYNAMO_DISABLE"] == "1"


@pytest.mark.parametrize("keep", [(), (3,), (9, 5), (4, 3), (5, 5), (4095,)])
def test_all_descriptors_are_closed_but_the_first_three_and_those_given(
    keep: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: set[int] = set()
    monkeypatch.setattr(os, "closerange", lambda first, end: closed.update(range(first, end)))
    close_all_but(*keep)
    assert closed == set(range(3, 4096)) - set(keep)


def test_channel_on_windows_is_made_of_what_its_length_says(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[bytes] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(socket, "fromshare", given.append, raising=False)
    stdin = io.BytesIO(b"4\n\0\n\xffxrest")
    windows_channel(stdin)
    assert (given, stdin.read()) == ([b"\0\n\xffx"], b"rest")


def test_channel_elsewhere_is_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(RuntimeError, match="as a descriptor"):
        windows_channel(io.BytesIO(b"4\nabcd"))
