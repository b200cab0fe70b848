"""DataLoader, written in other ways that are as right as the reference's."""

from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.variants import Variant
from tests.meta.variants.making import variant

VARIANTS: tuple[Variant, ...] = (
    variant(
        "loader-split",
        "the batches are views made by torch.split, with a counter",
        (
            at.LOADER_INIT,
            "        self.batches = list(zip(torch.split(X, batch_size), torch.split(y, batch_size)))\n"
            "        self.current = 0\n",
        ),
        (at.LOADER_ITER, "        self.current = 0\n        return self\n"),
        (
            at.LOADER_NEXT,
            "        if self.current == len(self.batches):\n"
            "            raise StopIteration\n"
            "        self.current += 1\n"
            "        return self.batches[self.current - 1]\n",
        ),
    ),
    variant(
        "loader-batch-number",
        "the batches are counted, and the first one is ready from the start",
        (
            at.LOADER_INIT,
            "        self.X = X\n        self.y = y\n        self.batch_size = batch_size\n"
            "        self.number, self.count = 0, math.ceil(len(X) / batch_size)\n",
        ),
        (at.LOADER_ITER, "        self.number = 0\n        return self\n"),
        (
            at.LOADER_NEXT,
            "        if self.number < self.count:\n"
            "            first = self.number * self.batch_size\n"
            "            last = min(first + self.batch_size, self.X.shape[0])\n"
            "            self.number += 1\n"
            "            return self.X[first:last], self.y[first:last]\n"
            "        raise StopIteration()\n",
        ),
        importing("import math"),
    ),
    variant(
        "loader-generator-inside",
        "__iter__ keeps a generator and returns self; __next__ asks it",
        (
            at.LOADER_INIT,
            "        self.X, self.y, self.batch_size = X, y, batch_size\n        self.batches = iter(())\n",
        ),
        (
            at.LOADER_ITER,
            "        starts = range(0, len(self.y), self.batch_size)\n"
            "        slices = (slice(start, start + self.batch_size) for start in starts)\n"
            "        self.batches = ((self.X[rows], self.y[rows]) for rows in slices)\n"
            "        return self\n",
        ),
        (at.LOADER_NEXT, "        return next(self.batches)\n"),
    ),
    variant(
        "loader-index-tensor",
        "the rows of a batch are picked by a tensor of indices",
        (at.LOADER_BATCH, "batch = torch.arange(self.start, min(self.start + self.batch_size, self.X.size(0)))"),
    ),
    variant(
        "loader-chunks",
        "the indices are cut into pieces, which are taken from a list one by one",
        (
            at.LOADER_INIT,
            at.LOADER_INIT.replace("self.start = len(X)  # exhausted until iter() is called", "self.left = []"),
        ),
        (
            at.LOADER_ITER,
            "        self.left = list(torch.arange(len(self.X)).split(self.batch_size)) if len(self.X) else []\n"
            "        return self\n",
        ),
        (
            at.LOADER_NEXT,
            "        if not self.left:\n"
            "            raise StopIteration\n"
            "        rows = self.left.pop(0)\n"
            "        return (self.X.index_select(0, rows), self.y.index_select(0, rows))\n",
        ),
    ),
    variant(
        "loader-counter-set-by-iter",
        "the counter is first set by __iter__, and narrow cuts the batches",
        (at.LOADER_INIT, "        self.X, self.y, self.batch_size = X, y, batch_size\n"),
        (
            at.LOADER_NEXT,
            "        size = min(self.batch_size, len(self.X) - self.start)\n"
            "        if size <= 0:\n"
            "            raise StopIteration\n"
            "        start, self.start = self.start, self.start + size\n"
            "        return self.X.narrow(0, start, size), self.y.narrow(0, start, size)\n",
        ),
    ),
    variant(
        "loader-named-tuple",
        "a batch is a named tuple",
        importing('from collections import namedtuple\n\nBatch = namedtuple("Batch", ["X", "y"])'),
        (at.LOADER_RETURN, "return Batch(X=self.X[batch], y=self.y[batch])"),
    ),
    variant(
        "loader-tensors-of-an-own-kind",
        "the tensors of a batch, and what Linear makes of them, are of a subclass of torch.Tensor",
        (at.LINEAR_CLASS, "class Rows(torch.Tensor):\n    pass\n\n\n" + at.LINEAR_CLASS),
        (at.LINEAR_FORWARD, "return (X @ self.weight.T).as_subclass(Rows)"),
        (at.LOADER_RETURN, "return self.X[batch].as_subclass(Rows), self.y[batch].as_subclass(Rows)"),
    ),
)
