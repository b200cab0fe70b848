"""The data that the package carries: checked, unpacked once, whole even when two graders start at once."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
import torch
from torchvision import datasets

from grader.data import mnist

LABELS = "t10k-labels-idx1-ubyte"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that has been filled once. Tests that change a file do so in `cache`."""
    return mnist.unpack_into_cache(tmp_path_factory.mktemp("filled"))


@pytest.fixture
def cache(filled: Path, tmp_path: Path) -> Path:
    """A cache of its own, by links: a file is replaced, never written to."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in mnist.FILES:
        (raw / name).hardlink_to(filled / "MNIST" / "raw" / name)
    return tmp_path


def is_whole(cache: Path) -> bool:
    raw = cache / "MNIST" / "raw"
    return all(hashlib.sha256((raw / name).read_bytes()).hexdigest() == digest for name, digest in mnist.FILES.items())


def replace(path: Path, data: bytes) -> None:
    path.unlink()
    path.write_bytes(data)


def test_torchvision_reads_the_cache(filled: Path) -> None:
    train, test = datasets.MNIST(filled, train=True), datasets.MNIST(filled, train=False)
    assert train.data.shape == (60000, 28, 28)
    assert test.data.shape == (10000, 28, 28)
    assert (len(train.targets), len(test.targets)) == (60000, 10000)


def test_the_judge_and_torchvision_see_the_same_test_images(filled: Path) -> None:
    images, labels = mnist.test_set()
    theirs = datasets.MNIST(filled, train=False)
    assert torch.equal(images, theirs.data.reshape(-1, 784))
    assert torch.equal(labels, theirs.targets)


@pytest.mark.parametrize("name", ["train", "t10k"])
def test_mapped_images_are_those_that_torchvision_reads(name: str, filled: Path) -> None:
    path = filled / "MNIST" / "raw" / f"{name}-images-idx3-ubyte"
    mapped = mnist.mapped_images(path)
    assert torch.equal(mapped, datasets.MNIST(filled, train=name == "train").data)
    mapped[0] = 255  # to a copy: the file and the next mapping stay as they are
    assert torch.equal(mnist.mapped_images(path)[0], datasets.MNIST(filled, train=name == "train").data[0])
    assert is_whole(filled)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what is mapped")
def test_a_worker_maps_the_images(filled: Path) -> None:
    code = "import sys; from grader.worker import guard, surroundings"
    code += "; surroundings.prepare({'mnist': sys.argv[1]}, guard.Guard())"
    code += (
        "; from torchvision import datasets; images = datasets.MNIST('.').data; print(open('/proc/self/maps').read())"
    )
    done = subprocess.run([sys.executable, "-c", code, str(filled)], capture_output=True, text=True, timeout=60)
    assert done.stdout.count("train-images-idx3-ubyte") == 1, done.stderr


def test_test_set_has_the_known_shape_and_labels() -> None:
    images, labels = mnist.test_set()
    assert (images.shape, images.dtype) == ((10000, 784), torch.uint8)
    assert (labels.shape, labels.dtype) == ((10000,), torch.int64)
    assert (images.min().item(), images.max().item()) == (0, 255)
    assert labels.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_what_somebody_does_to_the_images_is_not_seen_by_the_next() -> None:
    for read in (mnist.test_set, mnist.training_sample):
        before = [part.clone() for part in read()]
        for part in read():
            part.zero_()
        assert all(map(torch.equal, read(), before))


def test_whole_cache_is_left_alone(cache: Path) -> None:
    before = {path: path.stat().st_ino for path in (cache / "MNIST" / "raw").iterdir()}
    assert mnist.unpack_into_cache(cache) == cache
    assert {path: path.stat().st_ino for path in (cache / "MNIST" / "raw").iterdir()} == before


@pytest.mark.parametrize("damage", ["one byte changed", "cut short", "empty", "longer", "missing"])
def test_file_that_is_not_whole_is_rebuilt(damage: str, cache: Path) -> None:
    path = cache / "MNIST" / "raw" / LABELS
    data = path.read_bytes()
    match damage:
        case "one byte changed":
            replace(path, data[:500] + bytes([data[500] ^ 1]) + data[501:])
        case "cut short":
            replace(path, data[:-1])
        case "empty":
            replace(path, b"")
        case "longer":
            replace(path, data + b"\0")
        case _:
            path.unlink()
    mnist.unpack_into_cache(cache)
    assert is_whole(cache)


def test_link_to_nothing_is_rebuilt(cache: Path) -> None:
    path = cache / "MNIST" / "raw" / LABELS
    path.unlink()
    path.symlink_to(cache / "gone")
    mnist.unpack_into_cache(cache)
    assert is_whole(cache)


def test_half_written_file_of_a_grader_that_died_is_ignored(cache: Path) -> None:
    left = cache / "MNIST" / "raw" / f".{LABELS}-abc123"
    left.write_bytes(b"half")
    mnist.unpack_into_cache(cache)
    assert is_whole(cache)
    assert len(datasets.MNIST(cache, train=False)) == 10000


def test_file_that_fails_to_be_written_leaves_nothing_behind(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = cache / "MNIST" / "raw" / LABELS
    path.unlink()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        mnist.unpack_into_cache(cache)
    assert not path.exists()
    assert not list(path.parent.glob(".*"))


def test_folder_where_a_file_is_needed_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "MNIST").write_text("in the way")
    with pytest.raises(OSError):
        mnist.unpack_into_cache(tmp_path)


def test_graders_that_start_at_once_both_find_whole_files(cache: Path) -> None:
    for name in (LABELS, "train-labels-idx1-ubyte"):
        replace(cache / "MNIST" / "raw" / name, b"damaged")
    # Importing grader.data.mnist needs no torch: two processes start quickly, and together.
    code = "import sys; from pathlib import Path; from grader.data.mnist import unpack_into_cache as unpack"
    code += "; sys.stdin.read(1); unpack(Path(sys.argv[1]))"
    graders = [subprocess.Popen([sys.executable, "-c", code, str(cache)], stdin=subprocess.PIPE) for _ in range(3)]
    for grader in graders:
        assert grader.stdin
        grader.stdin.close()
    assert [grader.wait(60) for grader in graders] == [0, 0, 0]
    assert is_whole(cache)
    assert not list((cache / "MNIST" / "raw").glob(".*"))


@pytest.mark.parametrize(
    "packed",
    [b"", b"not gzip", gzip.compress(b"x" * 99)[:-9], gzip.compress(b"other data")],
    ids=["empty", "text", "cut", "other"],
)
def test_damaged_package_is_told_and_never_used(packed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / f"{LABELS}.gz").write_bytes(packed)
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    with pytest.raises(mnist.MnistDamaged, match=f"{LABELS}.gz .*install the package again"):
        mnist.packaged(LABELS)


def test_corrupt_deflate_stream_is_told_as_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = bytearray(gzip.compress(bytes(range(256)) * 20))
    packed[10:40] = b"\xff" * 30  # a block of a type that does not exist
    test_damaged_package_is_told_and_never_used(bytes(packed), tmp_path, monkeypatch)


def test_file_that_is_not_in_the_package_is_told_as_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    with pytest.raises(mnist.MnistDamaged):
        mnist.packaged(LABELS)
