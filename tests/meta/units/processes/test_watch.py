"""What a worker's files may take where no file system bounds them: seen whatever their names and rights."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from grader.boundary.limits import Limits
from grader.machine import trees
from grader.processes.watch import overfull

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no rights of folders there")
LIMITS = Limits(scratch_mib=1.0, files=10.0)


def test_files_within_the_limits_are_none_of_anyones_business(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(bytes(900_000))
    assert overfull(tmp_path, LIMITS) == ""
    assert overfull(tmp_path / "gone", LIMITS) == ""


@pytest.mark.parametrize("mode", [0o700, 0o300, 0o000])
def test_what_lies_in_a_folder_counts_whatever_its_rights(tmp_path: Path, mode: int) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "large").write_bytes(bytes(1_200_000))
    inner.chmod(mode)
    assert overfull(tmp_path, LIMITS) == "wrote more than 1 MiB to files (scratch_mib)"


def test_number_of_files_counts(tmp_path: Path) -> None:
    for number in range(11):
        (tmp_path / str(number)).touch()
    assert overfull(tmp_path, LIMITS) == "made more than 10 files (files)"


def test_folders_that_are_too_deep_to_look_into_count_as_too_many(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(trees.MOST_DEPTH + 1):
        deep = deep / "d"
        deep.mkdir()
    assert overfull(tmp_path, Limits(files=1e6)).endswith("counts as too many (files)")
