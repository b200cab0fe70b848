"""A class on a Dask cluster of real processes, with judges that obey what is in the files."""

import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, LocalCluster

from grader.assignment import Assignment, find_assignment
from grader.errors import SettingsInvalid, WorkerStartFailed
from grader.gradebook import cluster
from grader.gradebook.cluster import Cluster, unfit, versions_of
from grader.gradebook.judges import Task
from grader.gradebook.standing import standings
from grader.gradebook.supervisor import Graded
from tests.meta.tools.books import FAKE, graded_class, toy_assignment
from tests.meta.tools.books import opened as opened_book


@pytest.fixture(scope="module")
def dask_cluster() -> Iterator[LocalCluster]:
    """Two workers that are started again when they die, and a scheduler that blames a task at its first death."""
    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.comm.timeouts.connect": "60s"}
    with (
        dask.config.set(settings),
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="") as found,
    ):
        yield found


@pytest.fixture
def toy(tmp_path: Path) -> Assignment:
    return toy_assignment(tmp_path)


def config_of(toy: Assignment) -> Mapping[str, Any]:
    return {"assignment": toy.name, "folder": str(toy.folder), "seed": 3}


def tasks(tmp_path: Path, files: Mapping[str, str]) -> list[Task]:
    found = []
    for name, text in files.items():
        path = tmp_path / name / "hw.py"
        path.parent.mkdir()
        path.write_text(text)
        found.append(Task(key=f"{tmp_path.name}-{name}", path=str(path)))
    return found


def opened(toy: Assignment, dask_cluster: LocalCluster, **other: str) -> Cluster:
    versions = {**versions_of(toy), **other}
    return Cluster(config_of(toy), versions, dask_cluster.scheduler_address, limit_s=60.0, command=FAKE)


def by_name(found: list[Graded]) -> dict[str, Graded]:
    assert len({graded.key for graded in found}) == len(found)
    return {graded.key.rpartition("-")[2]: graded for graded in found}


def test_results_are_those_of_a_judge_here(tmp_path: Path, toy: Assignment, dask_cluster: LocalCluster) -> None:
    files = {"a": "score 4", "b": "score 1", "c": "refuse", "d": "die", "e": "seed"}
    with opened(toy, dask_cluster) as pool:
        found = by_name([*pool.run(tasks(tmp_path, files))])
    assert {name: graded.outcome for name, graded in found.items()} == {
        "a": "graded",
        "b": "graded",
        "c": "unreadable",
        "d": "crashed",
        "e": "graded",
    }
    assert [found[name].card["score"] for name in "abe"] == [4, 1, 3]  # type: ignore[index]


def test_class_is_graded_there_as_it_is_here(tmp_path: Path, dask_cluster: LocalCluster) -> None:
    files = {"ada/hw.py": "score 4", "bob/hw.py": "refuse", "cy/hw.py": "seed", "di/hw.py": "score 4"}
    found = []
    for place, scheduler in (("here", ""), ("there", dask_cluster.scheduler_address)):
        (tmp_path / place).mkdir()
        out, heard = graded_class(tmp_path / place, files, scheduler=scheduler)
        with opened_book(out) as (book, _):
            found.append([(each.student, each.outcome, each.score) for each in standings(book)])
        assert sorted(names for _, names in heard.graded) == [("ada", "di"), ("bob",), ("cy",)]
    assert found[0] == found[1]


def test_folder_is_sent_whole(tmp_path: Path, toy: Assignment) -> None:
    (tmp_path / "hw/inner").mkdir(parents=True)
    (tmp_path / "hw/part.py").write_text("score 2")
    (tmp_path / "hw/inner/other.py").write_bytes(b"\xff")
    parcel = Cluster(config_of(toy), {}, "", limit_s=1.0).parcel(
        Task(key="k", path=str(tmp_path / "hw"), entry="part.py")
    )
    assert (parcel.path, parcel.entry) == ("hw", "part.py")
    assert dict(parcel.files) == {"hw/part.py": b"score 2", "hw/inner/other.py": b"\xff"}


def test_judges_of_another_run_leave_no_folder(
    tmp_path: Path, toy: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (task,) = tasks(tmp_path, {"a": "score 4"})
    for limit_s in (50.0, 60.0):
        parcel = Cluster(config_of(toy), versions_of(toy), "", limit_s=limit_s, command=FAKE).parcel(task)
        assert cluster.graded_here(parcel)["outcome"] == "graded"
        assert len([*(tmp_path / "temporary").iterdir()]) == 1  # of this run
    cluster._here.supervisors.clear()
    cluster._here.kept.close()
    assert [*(tmp_path / "temporary").iterdir()] == []


def test_lost_worker_loses_no_work(tmp_path: Path, toy: Assignment, dask_cluster: LocalCluster) -> None:
    files = {str(number): "slow 3" for number in range(30)}
    with Client(dask_cluster, set_as_default=False) as client, opened(toy, dask_cluster) as pool:
        results = pool.run(tasks(tmp_path, files))
        found = [next(results)]
        os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
        found += results
    assert {graded.outcome for graded in found} == {"graded"}
    assert len(by_name(found)) == 30


def test_poison_costs_its_own_submission(tmp_path: Path, toy: Assignment, dask_cluster: LocalCluster) -> None:
    files = {str(number): "poison" if number == 3 else "score 2" for number in range(8)}
    with opened(toy, dask_cluster) as pool:
        found = by_name([*pool.run(tasks(tmp_path, files))])
    assert [name for name, graded in found.items() if graded.outcome != "graded"] == ["3"]
    assert found["3"].outcome == "crashed"
    assert "the cluster lost it 3 times (KilledWorker)" in found["3"].reason


def test_worker_with_other_versions_grades_nothing(toy: Assignment, dask_cluster: LocalCluster) -> None:
    told = r"the Dask worker tcp://\S+ has torch 2\S+, not 1.0: install there what is installed here"
    with pytest.raises(SettingsInvalid, match=told), opened(toy, dask_cluster, torch="1.0"):
        pass


def test_worker_that_joins_later_is_asked_as_well(tmp_path: Path, toy: Assignment, dask_cluster: LocalCluster) -> None:
    with opened(toy, dask_cluster) as pool:
        pool._versions = {**pool._versions, "suite": "another"}  # what one that has joined meanwhile would find
        with pytest.raises(SettingsInvalid, match="a Dask worker has suite"):
            [*pool.run(tasks(tmp_path, {"a": "score 1"}))]


def test_suite_that_can_not_be_run_is_told(tmp_path: Path, toy: Assignment, dask_cluster: LocalCluster) -> None:
    with (
        opened(toy, dask_cluster) as pool,
        pytest.raises(SettingsInvalid, match=r"can't run the suite: test_toy\.py:7"),
    ):
        [*pool.run(tasks(tmp_path, {"a": "unfit"}))]


def test_suite_that_is_not_there_is_told() -> None:
    config = {"assignment": "no-such-homework", "folder": "/nowhere"}
    assert unfit(config, {"suite": "x"}).startswith("can't load the suite: ")


def test_installed_suite_is_found_wherever_it_stands() -> None:
    assert cluster._folder({"assignment": "hw3", "folder": "/nowhere"}) == find_assignment("hw3")


def test_no_scheduler_is_told(toy: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "WAIT_S", 0.5)
    pool = Cluster(config_of(toy), {}, "tcp://127.0.0.1:9", limit_s=1.0)
    with pytest.raises(WorkerStartFailed, match="no Dask cluster with a worker answers at tcp"), pool:
        pass
