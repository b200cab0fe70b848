"""Data sets that the package ships, as the judge reads them.

    pixels, labels = data.mnist.test_set()  # (10000, 784) uint8, (10000,) int64

They come from the package, never from the cache that a submission can reach. Raises MnistDamaged where the package's
files are not the original ones.
"""

from grader.data import mnist

__all__ = ["mnist"]
