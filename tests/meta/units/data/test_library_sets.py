"""Data sets of torchvision: fetched once and whole, read from there whatever a submission asks for."""

import gzip
import inspect
from pathlib import Path

import pytest
from torchvision import datasets

from grader.data import library_sets, mnist
from grader.data.library_sets import DataMissing


def put_files(folder: Path) -> None:
    """The test half of a set in the format of MNIST."""
    folder.mkdir(parents=True)
    for name in mnist.FILES:
        (folder / name).write_bytes(mnist.packaged(name.replace("train", "t10k")))
        (folder / f"{name}.gz").write_bytes(gzip.compress(b""))


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that FashionMNIST was downloaded to, by a stand-in for the network."""
    found: list[Path] = []

    def download(self: datasets.FashionMNIST) -> None:
        found.append(Path(self.raw_folder))
        put_files(found[-1])

    monkeypatch.setattr(datasets.FashionMNIST, "download", download)
    return found


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """FashionMNIST and QMNIST as in a worker, until the test ends."""
    for name in ("FashionMNIST", "QMNIST"):
        monkeypatch.setattr(getattr(datasets, name), "__init__", getattr(datasets, name).__init__)
    put_files(tmp_path / "data" / "FashionMNIST" / "raw")
    library_sets.offer("FashionMNIST", tmp_path / "data")
    return tmp_path


def test_each_name_is_a_class_that_downloads_into_a_folder() -> None:
    for name, asked in library_sets.NAMES.items():
        signature = inspect.signature(getattr(datasets, name))
        kwargs = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
        assert "root" in signature.parameters, name
        assert kwargs or "download" in signature.parameters, name
        for arguments in asked:
            signature.bind("folder", download=True, **arguments)


def test_set_is_fetched_once_and_appears_whole(tmp_path: Path, downloads: list[Path]) -> None:
    folder = tmp_path / "cache" / "FashionMNIST"
    assert library_sets.fetch("FashionMNIST", folder) == folder
    assert library_sets.fetch("FashionMNIST", folder) == folder
    assert len(downloads) == 1
    assert not downloads[0].is_relative_to(folder)  # it was made beside, and renamed
    assert [path.name for path in folder.parent.iterdir()] == ["FashionMNIST"]
    assert len(datasets.FashionMNIST(str(folder), train=False)) == 10_000


def test_set_that_can_not_be_fetched_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object) -> None:
        raise RuntimeError("no mirror answers")

    monkeypatch.setattr(datasets.FashionMNIST, "download", fail)
    with pytest.raises(DataMissing, match=r"FashionMNIST is not in .* can't be downloaded \(no mirror answers\)"):
        library_sets.fetch("FashionMNIST", tmp_path / "FashionMNIST")
    assert [*tmp_path.iterdir()] == []


def test_library_reads_the_folder_wherever_it_is_told_to_look_and_downloads_nothing(offered: Path) -> None:
    for found in (
        datasets.FashionMNIST(offered / "elsewhere", False, None, None, True),
        datasets.FashionMNIST(root="x", train=False, download=True, transform=lambda image: image.size),
    ):
        assert len(found) == 10_000
    assert found[0][0] == (28, 28)
    assert not (offered / "elsewhere").exists()


def test_set_whose_class_passes_arguments_on_is_offered_too(offered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(datasets.MNIST, "__init__", lambda self, root, train, **rest: told.append((root, rest)))
    library_sets.offer("QMNIST", offered)
    datasets.QMNIST("elsewhere", what="test10k", download=True)
    assert told == [(str(offered), {"download": False})]
