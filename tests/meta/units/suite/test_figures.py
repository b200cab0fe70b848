"""Figures of a suite: made from the tensors that a check has."""

import torch

from grader.suite.figures import wrong_images


def test_images_that_are_read_wrongly_may_be_bytes() -> None:
    images, predicted, labels = torch.tensor([[[0, 255]], [[7, 8]]]), torch.tensor([0, 1]), torch.tensor([1, 1])
    from_bytes = wrong_images("digits", images.byte(), predicted, labels)
    assert from_bytes.pixels == (b"\x00\xff",)
    assert from_bytes == wrong_images("digits", images / 255, predicted, labels)
