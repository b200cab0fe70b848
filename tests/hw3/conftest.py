"""Data for the checks of the trained models: the judge keeps the labels."""

import pytest
from mnist_images import MnistImages

from grader.suite import data


@pytest.fixture(scope="session")
def images(request: pytest.FixtureRequest) -> MnistImages:
    """Read from the package, never from the cache that the submission can reach."""
    pixels, labels = data.mnist.test_set()
    return MnistImages(pixels, labels, request.config.option.seed, data.mnist.training_sample())
