"""Judges die, hang and talk nonsense; each costs its submission alone."""

import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.errors import AssignmentInvalid, WorkerStartFailed
from grader.gradebook.judges import Task
from grader.gradebook.supervisor import Graded, Supervisor
from grader.machine import interrupts
from tests.meta.tools.books import FAKE


@pytest.fixture(params=[True, False], ids=["forked", "each on its own"])
def forks(request: pytest.FixtureRequest) -> bool:
    found: bool = request.param
    if found and sys.platform != "linux":
        pytest.skip("judges are forked on Linux")
    return found


def grade(
    tmp_path: Path, files: Mapping[str, str], *, forks: bool, limit_s: float = 30.0, folder: str = ""
) -> dict[str, Graded]:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    tasks = []
    for name, text in files.items():
        path = tmp_path / name / "hw.py"
        path.parent.mkdir()
        path.write_text(text)
        tasks.append(Task(key=name, path=str(path)))
    with Supervisor({"folder": folder}, temporary, jobs=2, limit_s=limit_s, command=FAKE, forks=forks) as supervisor:
        found = {graded.key: graded for graded in supervisor.run(tasks)}
    assert [*temporary.iterdir()] == []
    return found


def count(tmp_path: Path, name: str) -> int:
    return len((tmp_path / name / "count").read_text())


def test_each_death_costs_its_own_submission(tmp_path: Path, forks: bool) -> None:
    found = grade(
        tmp_path,
        {"a": "score 4", "b": "die", "c": "score 1", "d": "nonsense", "e": "refuse", "f": "score 2"},
        forks=forks,
    )
    assert {name: graded.outcome for name, graded in found.items()} == {
        "a": "graded", "b": "crashed", "c": "graded", "d": "crashed", "e": "unreadable", "f": "graded"
    }  # fmt: skip
    assert found["b"].reason == "its judge ended with status 3; twice"
    assert [count(tmp_path, name) for name in "abcef"] == [1, 2, 1, 1, 1]
    assert found["a"].page == "p"


def test_judge_that_somebody_killed_costs_nothing(tmp_path: Path, forks: bool) -> None:
    found = grade(tmp_path, {"a": "die once", "b": "score 4"}, forks=forks)
    assert (found["a"].outcome, count(tmp_path, "a")) == ("graded", 2)


def test_worker_that_somebody_killed_costs_nothing(tmp_path: Path, forks: bool) -> None:
    found = grade(tmp_path, {"a": "crash once"}, forks=forks)
    assert found["a"].card is not None
    assert (found["a"].card["score"], count(tmp_path, "a")) == (4.0, 2)


def test_suite_that_can_not_be_run_ends_the_run_and_is_nobodys_fault(tmp_path: Path, forks: bool) -> None:
    with pytest.raises(AssignmentInvalid, match=r"test_toy.py:7: test_double is a check of no question"):
        grade(tmp_path, {"a": "unfit", "b": "score 4"}, forks=forks)


def test_hang_is_ended_with_its_group(tmp_path: Path, forks: bool) -> None:
    found = grade(tmp_path, {"a": "hang", "b": "score 4"}, forks=forks, limit_s=2)
    assert {name: graded.outcome for name, graded in found.items()} == {"a": "timed_out", "b": "graded"}
    assert processes_in(tmp_path) == []


def test_machine_that_cannot_start_a_judge_ends_the_run(tmp_path: Path, forks: bool) -> None:
    with pytest.raises(WorkerStartFailed, match=r"status 4: no assignment here"):
        grade(tmp_path, {"a": "score 4"}, forks=forks, folder="broken")


def test_machine_that_cannot_start_workers_ends_the_run(tmp_path: Path, forks: bool) -> None:
    with pytest.raises(WorkerStartFailed, match=r"status 5: no workers here"):
        grade(tmp_path, {"a": "score 4"}, forks=forks, folder="no workers")


def test_one_death_that_many_judges_have_waited_for_does_not_end_the_run(tmp_path: Path) -> None:
    class Failed:
        origin = object()

    with Supervisor({"folder": ""}, tmp_path, jobs=4, limit_s=9, command=FAKE) as supervisor:
        failed: Any = Failed()
        for _ in range(4):
            supervisor._count_failed_start(failed, "it was killed")
        other: Any = type("Other", (), {"origin": object()})
        supervisor._count_failed_start(other, "it was killed")
        with pytest.raises(WorkerStartFailed, match="it was killed"):
            supervisor._count_failed_start(type("Third", (), {"origin": object()}), "it was killed")  # type: ignore[arg-type]


def test_judges_end_with_the_run(tmp_path: Path, forks: bool) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    (tmp_path / "hw.py").write_text("score 1")
    with Supervisor({"folder": ""}, temporary, jobs=2, limit_s=9, command=FAKE, forks=forks) as supervisor:
        results = supervisor.run([Task(key=name, path=str(tmp_path / "hw.py")) for name in "abcdef"])
        next(results)
        assert processes_in(tmp_path) != []
    assert processes_in(tmp_path) == []


def processes_in(folder: Path) -> list[int]:
    """The processes whose temporary files are there."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if os.fsencode(f"TMPDIR={folder}") in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def test_interrupt_that_python_has_swallowed_ends_the_run(tmp_path: Path, forks: bool) -> None:
    (tmp_path / "tmp").mkdir()
    with interrupts.raised():
        with contextlib.suppress(interrupts.Interrupted):
            os.kill(os.getpid(), signal.SIGTERM)
        with (
            Supervisor({"folder": ""}, tmp_path / "tmp", jobs=1, limit_s=9, command=FAKE, forks=forks) as supervisor,
            pytest.raises(interrupts.Interrupted),
        ):
            next(supervisor.run([Task(key="a", path=str(tmp_path / "hw.py"))]))
