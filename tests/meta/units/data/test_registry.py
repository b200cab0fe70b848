"""Data sets by the names that assignment.toml has for them: unpacked for workers, offered in one."""

from pathlib import Path

import pytest
import torch
from torchvision import datasets

from grader.data.mnist import test_set as images_of_the_judge
from grader.data.registry import DATA_SETS


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    folder = tmp_path / "new" / "mnist"
    assert DATA_SETS["mnist"].unpack(folder) == folder
    return folder


@pytest.fixture
def offered(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As in a worker, until the test ends."""
    monkeypatch.setattr(datasets.MNIST, "__init__", datasets.MNIST.__init__)
    monkeypatch.setattr(datasets.mnist, "read_image_file", datasets.mnist.read_image_file)
    DATA_SETS["mnist"].offer(unpacked)
    return unpacked


@pytest.mark.usefixtures("offered")
def test_library_reads_what_was_unpacked_wherever_it_is_told_to_look(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for given in (datasets.MNIST(elsewhere, False, None, None, True), datasets.MNIST(root="x", train=False)):
        assert torch.equal(given.data.reshape(-1, 784), images_of_the_judge()[0])
    assert not elsewhere.exists()


@pytest.mark.usefixtures("offered")
def test_transforms_are_the_student_s_own() -> None:
    given = datasets.MNIST("data", False, lambda image: image.size, lambda label: label + 10)
    assert given[0] == ((28, 28), 17)


@pytest.mark.usefixtures("offered")
def test_data_set_of_another_name_is_not_answered_with_this_one(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not found"):
        datasets.FashionMNIST(tmp_path / "fashion", train=False)
