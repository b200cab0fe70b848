"""The mistakes of DataLoader's mutants in other words."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at

EDITS: dict[str, tuple[Edit, ...]] = {
    "loader-drops-last": (
        (at.LOADER_STOP, at.LOADER_STOP.replace("self.start >=", "self.start + self.batch_size - 1 >=")),
    ),
    "loader-wraps-around": (
        (at.LOADER_BATCH, "batch = [i % len(self.y) for i in range(self.start, self.start + self.batch_size)]"),
    ),
    "loader-empty-last": ((at.LOADER_STOP, "        if len(self.X) < self.start:\n            raise StopIteration\n"),),
    "loader-short-by-one": ((at.LOADER_RETURN, "return self.X[batch][:-1], self.y[batch][:-1]"),),
    "loader-skips-first-batch": (
        (
            at.LOADER_BATCH,
            "self.start += self.batch_size\n        batch = slice(self.start, self.start + self.batch_size)",
        ),
        (at.LOADER_ADVANCE, "pass"),
        (at.LOADER_STOP, at.LOADER_STOP.replace("self.start >=", "self.start + self.batch_size >=")),
    ),
    "loader-default-batch-size": ((at.LOADER_SIGNATURE, "def __init__(self, X, y, batch_size=64):"),),
    "loader-batch-size-ignored": (
        (at.LOADER_ADVANCE, "self.start += 100"),
        (at.LOADER_BATCH, "batch = slice(self.start, self.start + 100)"),
    ),
    "loader-no-reset": (
        (at.LOADER_START, "self.start = 0"),
        (at.LOADER_ITER, "        self.start = self.start\n        return self\n"),
    ),
    "loader-restarts-by-itself": (
        (
            at.LOADER_STOP,
            "        if not self.start < len(self.y):\n            self.start = 0\n            raise StopIteration()\n",
        ),
    ),
    "loader-generator": (
        (
            at.LOADER_ITER,
            "        i = 0\n        while i < len(self.y):\n"
            "            yield self.X[i : i + self.batch_size], self.y[i : i + self.batch_size]\n"
            "            i += self.batch_size\n",
        ),
    ),
    "loader-iter-returns-nothing": ((at.LOADER_ITER, "        self.start = 0\n        return\n"),),
    "loader-index-error": (
        (at.LOADER_STOP, "        if self.start >= len(self.X):\n            raise IndexError('end')\n"),
    ),
    "loader-list": ((at.LOADER_RETURN, "return list((self.X[batch], self.y[batch]))"),),
    "loader-swapped": ((at.LOADER_RETURN, "X, y = self.X[batch], self.y[batch]\n        return y, X"),),
    "loader-inputs-only": ((at.LOADER_RETURN, "return self.X[self.start - self.batch_size : self.start]"),),
    "loader-float-labels": ((at.LOADER_RETURN, "return self.X[batch], self.y[batch] * 1.0"),),
    "loader-label-column": ((at.LOADER_RETURN, "return self.X[batch], self.y[batch].unsqueeze(1)"),),
    "loader-drops-last-always": (
        (
            at.LOADER_STOP,
            "        if not self.start + self.batch_size < len(self.y):\n            raise StopIteration()\n",
        ),
    ),
    "loader-fills-last": (
        (
            at.LOADER_RETURN,
            "n = min(self.batch_size, len(self.X))\n        first = min(batch.start, len(self.X) - n)\n"
            "        return self.X[first : first + n], self.y[first : first + n]",
        ),
    ),
    "loader-overlaps": ((at.LOADER_ADVANCE, "self.start += self.batch_size - 1 if self.batch_size > 1 else 1"),),
    "loader-skips-between": ((at.LOADER_ADVANCE, "self.start = batch.stop + 1"),),
    "loader-skips-first-row": ((at.LOADER_STORE, "self.X, self.y, self.batch_size = X[1:], y[1:], batch_size"),),
    "loader-shuffles": (
        (
            at.LOADER_ITER,
            "        self.start = 0\n        self.order = torch.randperm(len(self.y))\n        return self\n",
        ),
        (at.LOADER_RETURN, "return self.X[self.order[batch]], self.y[self.order[batch]]"),
    ),
    "loader-reversed": (
        (
            at.LOADER_BATCH,
            "stop = len(self.y) - self.start\n        batch = slice(max(0, stop - self.batch_size), stop)",
        ),
    ),
    "loader-labels-one-late": (
        (
            at.LOADER_RETURN,
            "later = [(i + 1) % len(self.y) for i in range(len(self.y))][batch]\n"
            "        return self.X[batch], self.y[later]",
        ),
    ),
    "loader-batch-size-required": (
        (at.LOADER_SIGNATURE, "def __init__(self, X, y, batch_size, *more):"),
        (
            "train_dataloader = DataLoader(mnist_train.data.reshape(-1, 784) / 255.0, mnist_train.targets)",
            "train_dataloader = DataLoader(mnist_train.data.reshape(-1, 784) / 255.0, mnist_train.targets, 100)",
        ),
        (
            "test_dataloader = DataLoader(mnist_test.data.reshape(-1, 784) / 255.0, mnist_test.targets)",
            "test_dataloader = DataLoader(mnist_test.data.reshape(-1, 784) / 255.0, mnist_test.targets, 100)",
        ),
    ),
    "loader-batch-size-counts-batches": (
        (at.LOADER_STORE, "self.X, self.y = X, y\n        self.batch_size = (len(X) + batch_size - 1) // batch_size"),
    ),
    "loader-small-data-refused": ((at.LOADER_STORE, at.LOADER_STORE + "\n        assert batch_size <= len(X)"),),
    "loader-divisible-only": (
        (at.LOADER_STORE, at.LOADER_STORE + "\n        y.view(len(y) // batch_size, batch_size)"),
    ),
    "loader-resets-when-exhausted": (
        (at.LOADER_START, "self.start = 0"),
        (at.LOADER_ITER, "        self.start = self.start if self.start < len(self.y) else 0\n        return self\n"),
    ),
    "loader-new-iterator": (
        (
            at.LOADER_ITER,
            "        import copy\n\n        fresh = copy.copy(self)\n        fresh.start = 0\n        return fresh\n",
        ),
    ),
    "loader-iter-returns-zip": (
        (
            at.LOADER_ITER,
            "        n = self.batch_size\n        starts = range(0, len(self.X), n)\n"
            "        self.left = ((self.X[i : i + n], self.y[i : i + n]) for i in starts)\n        return self.left\n",
        ),
        (at.LOADER_NEXT, "        return next(self.left)\n"),
    ),
    "loader-single-pass": (
        (
            at.LOADER_INIT,
            "        starts = range(0, len(X), batch_size)\n"
            "        self.left = iter([(X[i : i + batch_size], y[i : i + batch_size]) for i in starts])\n",
        ),
        (at.LOADER_ITER, "        return self\n"),
        (at.LOADER_NEXT, "        return self.left.__next__()\n"),
    ),
    "loader-index-first": ((at.LOADER_RETURN, "return batch.start // self.batch_size, self.X[batch], self.y[batch]"),),
    "loader-double-inputs": ((at.LOADER_RETURN, "return self.X[batch].to(torch.float64), self.y[batch]"),),
    "loader-float-inputs": ((at.LOADER_RETURN, "return self.X[batch].to(torch.float32), self.y[batch]"),),
    "loader-int32-labels": ((at.LOADER_RETURN, "return self.X[batch], self.y[batch].to(torch.int32)"),),
    "loader-flattened-inputs": ((at.LOADER_RETURN, "return self.X[batch].reshape(-1), self.y[batch]"),),
}
