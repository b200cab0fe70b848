"""Where memory is little, what trains runs one after the other."""

from pathlib import Path

import pytest

from grader.assignment import Assignment
from grader.judge import grading as grading_module
from grader.judge.attempt import OWN
from grader.judge.grade import grade
from grader.judge.grading import Grading
from grader.machine import memory
from grader.processes.workers import Workers
from grader.settings import Settings
from grader.submission import read_submission

MACHINE = "MemTotal:       25165824 kB\nMemFree:  1 kB\n"  # 24 GiB


def system(folder: Path, cgroup: str, limits: dict[str, str], meminfo: str = MACHINE) -> tuple[Path, Path]:
    """Folders like /proc and /sys/fs/cgroup."""
    proc, groups = folder / "proc", folder / "groups"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text(meminfo)
    (proc / "self" / "cgroup").write_text(cgroup)
    for name, limit in limits.items():
        path = groups / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{limit}\n")
    return proc, groups


LITTLE, MUCH, UNLIMITED = str(768 << 20), str(4 << 30), "9223372036854771712"


@pytest.mark.parametrize(
    ("cgroup", "limits", "expected"),
    [
        ("0::/\n", {"memory.max": LITTLE}, True),
        ("0::/\n", {"memory.max": "max"}, False),
        ("0::/\n", {"memory.max": MUCH}, False),
        ("0::/a/b\n", {"a/memory.max": LITTLE, "a/b/memory.max": "max"}, True),
        ("0::/of/the/host\n", {"memory.max": LITTLE}, True),
        ("3:cpu:/\n2:memory:/a\n0::/\n", {"memory/a/memory.limit_in_bytes": LITTLE}, True),
        ("3:cpu:/\n2:memory:/a\n0::/\n", {"memory/a/memory.limit_in_bytes": UNLIMITED}, False),
        ("3:cpu:/a\n", {"memory/a/memory.limit_in_bytes": LITTLE}, False),
        ("", {}, False),
    ],
)
def test_limits_of_the_groups_around_count(cgroup: str, limits: dict[str, str], expected: bool, tmp_path: Path) -> None:
    assert memory.is_little(*system(tmp_path, cgroup, limits)) is expected


def test_memory_of_the_machine_counts(tmp_path: Path) -> None:
    assert memory.is_little(*system(tmp_path, "", {}, "MemTotal: 2000000 kB\n"))


def test_where_nothing_is_known_memory_is_not_little(tmp_path: Path) -> None:
    assert not memory.is_little(tmp_path / "proc", tmp_path / "groups")


@pytest.mark.parametrize(("mib", "is_told"), [(512, True), (768, False)])
def test_container_that_is_too_small_is_told(mib: int, is_told: bool, tmp_path: Path) -> None:
    text = memory.warning(*system(tmp_path, "0::/\n", {"memory.max": str(mib << 20)}))
    assert text.startswith("512 MiB of memory are here") == is_told
    assert bool(text) == is_told


def test_where_nothing_is_known_nothing_is_told(tmp_path: Path) -> None:
    assert memory.warning(tmp_path / "proc", tmp_path / "groups") == ""


def test_too_little_memory_is_a_warning_of_the_scorecard(
    assignment: Assignment, workers: Workers, tmp_path: Path, parts_source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "warning", lambda: "512 MiB of memory are here")
    path = tmp_path / "student.py"
    path.write_text(parts_source)
    scorecard = grade(read_submission(path), assignment, Settings(only=("SGD",)), workers=workers)
    assert scorecard.warnings == ("512 MiB of memory are here",)


@pytest.mark.parametrize("little", [True, False])
def test_where_memory_is_little_one_question_trains_at_a_time(
    little: bool,
    assignment: Assignment,
    workers: Workers,
    tmp_path: Path,
    parts_source: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_back: list[int] = []
    monkeypatch.setattr(grading_module, "cores", lambda: 3)  # two for trainings, if there is memory for them
    monkeypatch.setattr(memory, "is_little", lambda: little)
    monkeypatch.setattr(memory, "give_back", lambda: given_back.append(alive()))
    path = tmp_path / "student.py"
    trained = "\nlinear_model, two_layer_model = Linear(784, 10), TwoLayerNN(784, 300, 10)\n"
    for name in ("linear_model", "two_layer_nn"):
        parts_source = parts_source.replace(f"def eval_{name}", f"{trained}\n\ndef eval_{name}")
    path.write_text(parts_source)
    questions = ["eval_linear_model", "eval_two_layer_nn"]

    def alive() -> int:
        return sum(shared.worker.is_alive for shared in grading._shared.values())

    with Grading(read_submission(path), assignment, Settings(), workers) as grading:
        grading.start(questions)
        assert alive() == (0 if little else 2)
        for question in (*questions, questions[0]):
            with grading.check(question, OWN) as submission:
                submission.Linear(2, 3)
                submission._session.sync()
            assert alive() == (1 if little else 2)
    assert given_back == ([0, 0, 0] if little else [])  # when nothing else trains, and before the next does
