"""Data for the judge: from the package, whatever a cache within reach of a submission holds."""

import hashlib
import shutil
from pathlib import Path

import pytest
import torch

from grader import suite
from grader.data.mnist import FILES
from grader.suite import data


def test_suite_s_door_has_the_data() -> None:
    assert suite.data is data
    assert data.mnist.test_set()[0].shape == (10_000, 784)


def test_forged_files_in_a_cache_are_not_what_the_judge_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = data.mnist.test_set()
    raw = tmp_path / "MNIST" / "raw"
    data.mnist.unpack_into_cache(tmp_path)
    for name in FILES:
        (raw / name).chmod(0o644)
        (raw / name).write_bytes(bytes((raw / name).stat().st_size))
    shutil.copytree(tmp_path / "MNIST", tmp_path / "data" / "MNIST")
    for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    data.mnist._kept.cache_clear()  # what was read once is not read again
    assert all(torch.equal(ours, found) for ours, found in zip(right, data.mnist.test_set(), strict=True))
    forged = (raw / "t10k-images-idx3-ubyte").read_bytes()
    assert hashlib.sha256(forged).hexdigest() != FILES["t10k-images-idx3-ubyte"]
