"""Grades on a Dask cluster: submissions go out as bytes, results come back as plain values, nothing of ours is shared.

A task has a judge of its worker's machine grade, in processes of their own (grader.gradebook.supervisor): warm from one
task to the next, killed with their group at a limit, ended with the worker. What is done is in the book of the run that
asks; the scheduler keeps nothing. Keys tell what is graded, so that asking twice is harmless. A worker with another
grader, torch or suite than the run's grades nothing.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from grader.assignment import find_assignment, load_assignment
from grader.errors import AssignmentInvalid, GraderError, SettingsInvalid, WorkerStartFailed
from grader.gradebook.context import Context
from grader.gradebook.judges import COMMAND, Task
from grader.gradebook.supervisor import Graded, Supervisor
from grader.machine.folders import temporary_folder
from grader.settings import Settings

ATTEMPTS: Final = 3  # Dask blames all that a lost worker had, though one of them may have killed it
WAIT_S: Final = 60.0  # for a scheduler, and for the first worker
AHEAD: Final = 4  # tasks for each thread of the cluster: the scheduler need not hold a whole term


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What a task is sent. versions: of the suite and of what it is graded with, at the run that asks."""

    key: str
    files: Sequence[tuple[str, bytes]]  # below the folder that is graded in, by path
    path: str  # of what is graded, among them
    entry: str
    config: Mapping[str, Any]
    versions: Mapping[str, str]
    limit_s: float
    command: Sequence[str]


class Cluster:
    """Grades tasks as a Supervisor does, elsewhere. A context manager: at its end nothing is asked for any more."""

    def __init__(
        self,
        config: Mapping[str, Any],
        versions: Mapping[str, str],
        address: str,
        *,
        limit_s: float,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._config, self._versions, self._address = config, versions, address
        self._limit_s, self._command = limit_s, command
        self._stack = contextlib.ExitStack()
        self._client: Any = None

    def __enter__(self) -> Cluster:
        """Raises WorkerStartFailed where no scheduler answers or has no worker, SettingsInvalid where one is unfit."""
        try:
            from distributed import Client
        except ImportError:
            raise SettingsInvalid('--scheduler needs Dask: pip install "torch-homework-grader[cluster]"') from None
        with contextlib.ExitStack() as stack:
            try:
                self._client = stack.enter_context(Client(self._address, timeout=WAIT_S, set_as_default=False))
                self._client.wait_for_workers(1, timeout=WAIT_S)
            except (OSError, ValueError, TimeoutError) as error:
                raise WorkerStartFailed(
                    f"no Dask cluster with a worker answers at {self._address} ({type(error).__name__}: {error}); "
                    "start `dask scheduler` and `dask worker`, and pass its address: tcp://HOST:8786"
                ) from None
            found = self._client.run(unfit, self._config, self._versions)
            for worker, reason in found.items():
                if reason:
                    raise SettingsInvalid(f"the Dask worker {worker} {reason}")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def run(self, tasks: Iterable[Task]) -> Iterator[Graded]:
        """The results, as they come. Raises WorkerStartFailed where the scheduler is gone, SettingsInvalid."""
        from distributed import as_completed

        waiting, suspects = deque((task, 1) for task in tasks), deque[tuple[Task, int]]()
        asked, coming = dict[str, tuple[Any, Task, int]](), as_completed(loop=self._client.loop)
        while waiting or suspects or asked:
            at_a_time = AHEAD * max(1, sum(self._client.nthreads().values()))
            while (waiting and len(asked) < at_a_time) or (suspects and not asked):
                task, attempt = (waiting or suspects).popleft()
                key = f"grade-{task.key}" if attempt == 1 else f"grade-{task.key}-{attempt}"
                future = self._client.submit(graded_here, self.parcel(task), key=key)
                asked[future.key] = future, task, attempt
                coming.add(future)
            future = next(coming)
            _, task, attempt = asked.pop(future.key)
            if future.status == "finished":
                yield _graded(task, future.result())
            elif attempt < ATTEMPTS and self._client.status == "running":
                suspects.append((task, attempt + 1))  # alone, when all else is graded: then it is known who it was
            else:
                yield self._lost(task, future)

    def parcel(self, task: Task) -> Parcel:
        """What a task is sent: a file, or a folder with all that is in it."""
        place = Path(task.path)
        found = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
        return Parcel(
            key=task.key,
            files=[(path.relative_to(place.parent).as_posix(), path.read_bytes()) for path in found],
            path=place.name,
            entry=task.entry,
            config=self._config,
            versions=self._versions,
            limit_s=self._limit_s,
            command=tuple(self._command),
        )

    def _lost(self, task: Task, future: Any) -> Graded:
        if self._client.status != "running":
            raise WorkerStartFailed(f"the Dask scheduler at {self._address} is gone; start it, and run again")
        error = future.exception() if future.status == "error" else None
        what = type(error).__name__ if error else future.status
        return Graded(key=task.key, outcome="crashed", reason=f"the cluster lost it {ATTEMPTS} times ({what})")


def _graded(task: Task, reply: Mapping[str, Any]) -> Graded:
    """What a worker has sent, which is trusted as a judge is. Raises SettingsInvalid where it did not grade."""
    if "unfit" in reply:
        raise SettingsInvalid(f"a Dask worker {reply['unfit']}")
    return Graded(**{**reply, "key": task.key})


# --- on a worker of the cluster ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Here:
    """What a worker keeps from one task to the next."""

    turn: threading.Lock
    supervisors: dict[str, Supervisor]
    known: dict[str, str]  # why it may not grade, by what it is asked
    kept: contextlib.ExitStack  # ends the supervisors


_here: Final = _Here(threading.Lock(), {}, {}, contextlib.ExitStack())


def graded_here(parcel: Parcel) -> dict[str, Any]:
    """Grade on this machine: the fields of Graded, or why not. One at a time: give a worker one thread."""
    if reason := unfit(parcel.config, parcel.versions):
        return {"unfit": reason}
    with _here.turn, tempfile.TemporaryDirectory(prefix="grader-") as name:
        for path, content in parcel.files:
            place = Path(name, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        task = Task(key=parcel.key, path=str(Path(name, parcel.path)), entry=parcel.entry)
        try:
            (graded,) = _supervisor(parcel).run([task])
        except AssignmentInvalid as error:
            return {"unfit": f"can't run the suite: {error}"}
    return asdict(graded)


def _supervisor(parcel: Parcel) -> Supervisor:
    config = {**parcel.config, "folder": str(_folder(parcel.config))}
    key = json.dumps([config, parcel.limit_s, parcel.command], sort_keys=True)
    if key not in _here.supervisors:
        _here.supervisors.clear()
        _here.kept.close()  # those of another run
        folder = _here.kept.enter_context(temporary_folder())  # what a killed worker leaves is swept by the next
        supervisor = Supervisor(config, folder, jobs=1, limit_s=parcel.limit_s, command=parcel.command)
        _here.supervisors[key] = _here.kept.enter_context(supervisor)
    return _here.supervisors[key]


def _folder(config: Mapping[str, Any]) -> Path:
    """The suite's: on a disk that all share, or as it is installed here."""
    folder = Path(config["folder"])
    return folder if (folder / "assignment.toml").is_file() else find_assignment(config["assignment"])


def unfit(config: Mapping[str, Any], versions: Mapping[str, str]) -> str:
    """Why this worker may not grade for a run with these versions, or nothing."""
    asked = json.dumps([config, versions], sort_keys=True, default=str)
    if asked not in _here.known:
        try:
            mine = versions_of(load_assignment(_folder(config), config["assignment"]))
        except GraderError as error:
            return f"can't load the suite: {error}"
        other = [
            f"{name} {mine.get(name)}, not {versions[name]}" for name in versions if mine.get(name) != versions[name]
        ]
        _here.known[asked] = f"has {'; '.join(other)}: install there what is installed here" if other else ""
    return _here.known[asked]


def versions_of(assignment: Any) -> dict[str, str]:
    """What a score depends on beside settings: the suite, the grader and its libraries."""
    context = Context.of(assignment, Settings(), "")
    return {**context.versions, "suite": context.suite}
