"""Values as Python that a student can paste."""

import torch
from mnist_images import MnistImages
from torchvision import datasets

from grader.data import mnist
from grader.processes.workers import Workers
from grader.suite.literal import WIDTH, imports_of, literal


def test_images_are_written_as_what_the_student_can_load(workers: Workers) -> None:
    images = MnistImages(*mnist.test_set(), seed=0, training=mnist.test_set())
    for tensor, same in ((images.clean, True), (images.disturbed, False)):
        written = literal(tensor).replace('"."', repr(str(workers.data["mnist"])))
        loaded = eval(written, {"torch": torch, "datasets": datasets})
        assert loaded.shape == tensor.shape
        assert torch.equal(loaded, tensor) is same
        assert imports_of(tensor) == ("from torchvision import datasets",)


def test_long_rows_are_broken_between_numbers_alone() -> None:
    tensor = torch.arange(-18.0, 18.0).reshape(2, 3, 2, 3) * 1.5 + 0.25 * torch.arange(36).reshape(2, 3, 2, 3) ** 2
    text = literal(tensor)
    assert "\n" in text
    assert torch.equal(eval(text, {"torch": torch}), tensor)
    assert max(map(len, text.splitlines())) <= WIDTH + 8  # the indent


def test_row_that_just_fits_is_not_broken() -> None:
    tensor = (torch.arange(48) ** 2 % 83 + 10).reshape(3, 16)  # numbers of two digits
    text = literal(tensor)
    row = text.splitlines()[2].strip()
    assert len(row) == WIDTH + 1  # with its comma
    assert torch.equal(eval(text, {"torch": torch}), tensor)
