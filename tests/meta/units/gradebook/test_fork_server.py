"""Judges that are forked from one process: what becomes of them when one of the two ends."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.gradebook.fork_server import ForkedProcess, ForkServer
from grader.gradebook.judges import JudgeHandle, Task
from tests.meta.tools.books import FAKE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="judges are forked on Linux")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ForkServer]:
    found = ForkServer(FAKE, {"folder": ""}, tmp_path)
    yield found
    found.close()
    assert not [*tmp_path.glob("forks-*")]


def ready(server: ForkServer, folder: Path, number: int) -> JudgeHandle:
    judge = JudgeHandle(server, {"folder": ""}, folder / f"judge-{number}")
    while not (lines := judge.hear()):
        pass
    assert lines == [{"is_ready": True}]
    return judge


def outcome(judge: JudgeHandle, folder: Path, text: str) -> object:
    path = folder / "hw.py"
    path.write_text(text)
    judge.give(Task(key="a", path=str(path)), attempt=1)
    while not (lines := judge.hear()):
        pass
    return lines[0]["outcome"]


def pid_of(judge: JudgeHandle) -> int:
    forked = judge._process
    assert isinstance(forked, ForkedProcess)
    assert forked._pid
    return forked._pid


def kill(server: ForkServer) -> None:
    """What it forks from; waits until it is gone."""
    assert server._process
    os.kill(server._process._process._process.pid, signal.SIGKILL)
    server._process._process._process.wait()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_judges_are_children_of_the_run_and_lead_a_group_each(server: ForkServer, tmp_path: Path) -> None:
    judges = [ready(server, tmp_path, number) for number in (1, 2)]
    pids = [pid_of(judge) for judge in judges]
    assert [parent_of(pid) for pid in pids] == [os.getpid()] * 2
    assert [os.getpgid(pid) for pid in pids] == pids
    assert [outcome(judge, tmp_path, "score 3") for judge in judges] == ["graded"] * 2
    for judge in judges:
        judge.end()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)  # killed, and reaped


def test_judge_has_temporary_files_and_a_log_of_its_own(server: ForkServer, tmp_path: Path) -> None:
    judge = ready(server, tmp_path, 1)
    assert outcome(judge, tmp_path, "tell") == "graded"
    assert (tmp_path / "judge-1/log").read_text() == f"{tmp_path}/judge-1\n"
    judge.end()


def test_judge_says_nothing_of_what_was_said_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    server = ForkServer(FAKE, {"folder": "prints"}, tmp_path)
    judge = ready(server, tmp_path, 1)
    assert outcome(judge, tmp_path, "tell") == "graded"
    assert (tmp_path / "judge-1/log").read_text() == f"{tmp_path}/judge-1\n"
    judge.end()
    server.close()


def test_judge_that_ended_by_itself_says_how(server: ForkServer, tmp_path: Path) -> None:
    judge = ready(server, tmp_path, 1)
    with pytest.raises(OSError, match="it is gone"):
        outcome(judge, tmp_path, "die")
    assert judge.last_words() == "its judge ended with status 3"
    judge.end()
    other = ready(server, tmp_path, 2)  # of the same process
    os.kill(pid_of(other), signal.SIGKILL)
    assert judge.last_words() == "its judge ended with status 3"
    assert other.last_words() == "its judge ended with signal SIGKILL"
    other.end()


@pytest.mark.parametrize("has_another", [False, True])
def test_death_of_the_process_ends_no_judge_and_the_next_has_another(
    has_another: bool, server: ForkServer, tmp_path: Path
) -> None:
    judge, dying = ready(server, tmp_path, 1), ready(server, tmp_path, 2)
    pid = pid_of(judge)
    kill(server)
    if has_another:
        other = ready(server, tmp_path, 3)
        assert outcome(other, tmp_path, "score 1") == "graded"
        other.end()
    assert outcome(judge, tmp_path, "score 1") == "graded"
    with pytest.raises(OSError, match=r"gone|reset"):
        outcome(dying, tmp_path, "die")
    assert dying.last_words() == "its judge ended with status 3"
    with contextlib.suppress(OSError):
        judge.channel.settimeout(0.5)
        outcome(judge, tmp_path, "hang")  # with a child
    judge.end()
    dying.end()
    assert not [
        path for path in Path("/proc").glob("[0-9]*/stat") if f" {pid} " in path.read_text().split(")")[-1][:40]
    ]


def test_judge_that_talks_nonsense_was_not_killed_by_somebody(server: ForkServer, tmp_path: Path) -> None:
    judge = ready(server, tmp_path, 1)
    assert judge.last_words() == "its judge ended"  # as it was told to
    judge.end()


def test_judge_that_is_not_there_yet_is_ended_at_once(tmp_path: Path) -> None:
    server = ForkServer(FAKE, {"folder": "slow"}, tmp_path)
    judges = [JudgeHandle(server, {"folder": "slow"}, tmp_path / f"judge-{number}") for number in (1, 2)]
    judges[0].end()
    server.close()
    judges[1].end()
    assert [*tmp_path.iterdir()] == []


def test_what_hinders_all_judges_is_said_of_each_and_is_one_thing(tmp_path: Path) -> None:
    server = ForkServer(FAKE, {"folder": "broken"}, tmp_path)
    judges = [JudgeHandle(server, {"folder": "broken"}, tmp_path / f"judge-{number}") for number in (1, 2)]
    for judge in judges:
        with pytest.raises(OSError, match=r"gone|reset"):
            judge.hear()
        assert judge.last_words() == "its judge ended with status 4: no assignment here"
        judge.end()
    assert judges[0].origin is judges[1].origin
    server.close()


def test_judge_that_can_not_be_forked_says_so(tmp_path: Path) -> None:
    server = ForkServer(FAKE, {"folder": "no forks"}, tmp_path)
    judges = [JudgeHandle(server, {"folder": ""}, tmp_path / f"judge-{number}") for number in (1, 2)]
    for judge in judges:
        with pytest.raises(OSError, match=r"gone|reset"):
            judge.hear()
        assert judge.last_words() == "its judge ended: it can't be forked: no more processes"
        judge.end()
    assert judges[0].origin is not judges[1].origin
    server.close()


RUN = """
import os, signal, sys
from pathlib import Path
from grader.gradebook.fork_server import ForkServer
from grader.gradebook.judges import JudgeHandle
from tests.meta.tools.books import FAKE

kind, folder = sys.argv[1], Path(sys.argv[2])
server = ForkServer(FAKE, {"folder": kind}, folder)
judge = JudgeHandle(server, {"folder": kind}, folder / "judge-1")
print(server._process._process._process.pid, flush=True)
if not kind:
    judge.hear()
    print(judge._process._pid, flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("kind", ["", "slow"])
def test_they_end_with_a_run_that_is_killed(kind: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUN, kind, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdin
        assert run.stdout
        handles = [os.pidfd_open(int(run.stdout.readline())) for _ in range(1 if kind else 2)]
        run.stdin.write("\n")
        run.stdin.flush()
        for handle in handles:
            assert select.select([handle], [], [], 60)[0]
            os.close(handle)
