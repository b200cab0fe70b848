"""Control groups: those around this process, of both versions."""

from __future__ import annotations

from pathlib import Path

from grader.machine.groups import around, number


def test_groups_of_both_versions_are_found_up_to_the_root(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self/cgroup").write_text("5:cpuset:/x\n4:cpu,cpuacct:/a\n0::/b\n")
    groups = tmp_path / "groups"
    found = [*around("cpu", tmp_path, groups)]
    assert found == [(1, groups / "cpu/a"), (1, groups / "cpu"), (2, groups / "b"), (2, groups)]


def test_number_is_one_or_nothing(tmp_path: Path) -> None:
    for text, expected in {"12\n": 12, "max\n": None, "-1\n": None, "": None}.items():
        (tmp_path / "file").write_text(text)
        assert number(tmp_path / "file") == expected
    assert number(tmp_path / "nothing") is None
