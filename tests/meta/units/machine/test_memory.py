"""How much memory there is: limits of the groups around count, and too little is told."""

from pathlib import Path

import pytest

from grader.machine import memory

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


FREE = "MemTotal: 25165824 kB\nMemAvailable: 8388608 kB\n"  # 8 GiB


@pytest.mark.parametrize(
    ("cgroup", "files", "expected"),
    [
        ("", {}, 3),  # of 2 GiB each, and one more
        ("0::/\n", {"memory.max": str(6 << 30), "memory.current": str(1 << 30)}, 1),
        ("0::/\n", {"memory.max": str(8 << 30), "memory.current": str(2 << 30)}, 2),
        ("0::/\n", {"memory.max": str(8 << 30), "memory.current": str(4 << 30)}, 1),
        (
            "0::/\n",
            {
                "memory.max": str(8 << 30),
                "memory.current": str(4 << 30),
                "memory.stat": f"anon 1\ninactive_file {2 << 30}\n",
            },
            2,
        ),
        ("0::/\n", {"memory.max": "max", "memory.current": "1"}, 3),
        ("2:memory:/a\n", {"memory/a/memory.limit_in_bytes": LITTLE, "memory/a/memory.usage_in_bytes": "0"}, 1),
        ("0::/\n", {"memory.max": "1", "memory.current": "2"}, 1),
    ],
)
def test_as_many_workers_as_free_memory_is_there_for(
    cgroup: str, files: dict[str, str], expected: int, tmp_path: Path
) -> None:
    assert memory.most_workers(2048, *system(tmp_path, cgroup, files, FREE)) == expected


def test_where_free_memory_is_not_known_workers_are_many(tmp_path: Path) -> None:
    assert memory.most_workers(2048, tmp_path / "proc", tmp_path / "groups") == memory.MANY


@pytest.mark.parametrize(("mib", "is_told"), [(512, True), (768, False)])
def test_container_that_is_too_small_is_told(mib: int, is_told: bool, tmp_path: Path) -> None:
    text = memory.warning(768, *system(tmp_path, "0::/\n", {"memory.max": str(mib << 20)}))
    assert text.startswith("512 MiB of memory are here, and this assignment needs 768") == is_told
    assert bool(text) == is_told


def test_assignment_that_names_no_need_is_never_warned(tmp_path: Path) -> None:
    assert memory.warning(0, *system(tmp_path, "0::/\n", {"memory.max": "1"})) == ""


def test_where_nothing_is_known_nothing_is_told(tmp_path: Path) -> None:
    assert memory.warning(768, tmp_path / "proc", tmp_path / "groups") == ""
