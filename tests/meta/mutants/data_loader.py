"""Mistakes in DataLoader: rows lost, repeated or paired wrongly, and the iterator protocol."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at


def _mutant(name: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"loader-{name}", questions=("DataLoader",), mistake=mistake, edits=edits)


def _batch(name: str, mistake: str, result: str) -> Mutant:
    """`result` is returned in place of the batch; `batch` is its slice."""
    return _mutant(name, mistake, (at.LOADER_RETURN, f"return {result}"))


_ROWS = (
    _mutant(
        "drops-last",
        "the last batch is dropped when it is shorter than the others",
        (at.LOADER_STOP, at.LOADER_STOP.replace("self.start >=", "self.start + self.batch_size >")),
    ),
    _mutant(
        "drops-last-always",
        "the last batch is dropped even when it is full: the end is reached one batch too early",
        (at.LOADER_STOP, at.LOADER_STOP.replace("self.start >=", "self.start + self.batch_size >=")),
    ),
    _mutant(
        "fills-last",
        "the last batch is filled up with rows from the batch before",
        (
            at.LOADER_BATCH,
            "first = max(min(self.start, len(self.X) - self.batch_size), 0)\n"
            "        batch = slice(first, first + self.batch_size)",
        ),
    ),
    _mutant(
        "wraps-around",
        "the last batch is filled up with rows from the beginning of the data",
        (at.LOADER_BATCH, "batch = torch.arange(self.start, self.start + self.batch_size) % len(self.X)"),
    ),
    _mutant(
        "empty-last",
        "one more batch without any row comes at the end when batch_size divides the number of rows",
        (at.LOADER_STOP, at.LOADER_STOP.replace(">=", ">")),
    ),
    _mutant(
        "overlaps",
        "each batch starts with the last row of the batch before",
        (at.LOADER_ADVANCE, "self.start += max(self.batch_size - 1, 1)"),
    ),
    _mutant(
        "skips-between",
        "one row between two batches is left out",
        (at.LOADER_ADVANCE, "self.start += self.batch_size + 1"),
    ),
    _mutant(
        "short-by-one",
        "the end of the slice is one too small, so that each batch lacks its last row",
        (at.LOADER_BATCH, "batch = slice(self.start, self.start + self.batch_size - 1)"),
    ),
    _mutant(
        "skips-first-row",
        "counting starts at 1, so that the first row is never returned",
        (at.LOADER_ITER, at.LOADER_ITER.replace("= 0", "= 1")),
    ),
    _mutant(
        "skips-first-batch",
        "counting starts at the second batch, so that the first one is never returned",
        (at.LOADER_ITER, at.LOADER_ITER.replace("= 0", "= self.batch_size")),
    ),
    _mutant(
        "shuffles",
        "the rows are shuffled; this loader is sequential",
        (
            at.LOADER_STORE,
            "order = torch.randperm(len(X))\n        self.X, self.y, self.batch_size = X[order], y[order], batch_size",
        ),
    ),
    _mutant(
        "reversed",
        "the batches come in reverse order",
        (
            at.LOADER_BATCH,
            "batch = slice(max(len(self.X) - self.start - self.batch_size, 0), len(self.X) - self.start)",
        ),
    ),
    *(
        _mutant(
            f"shuffles-by-{name}",
            f"the rows are shuffled by {module}'s generator; this loader is sequential",
            (
                at.LOADER_ITER,
                f"        import {module}\n\n        self.start = 0\n        order = {order}\n"
                "        self.X, self.y = self.X[order], self.y[order]\n        return self\n",
            ),
        )
        for name, module, order in (
            ("numpy", "numpy", "torch.from_numpy(numpy.random.permutation(len(self.X)))"),
            ("random", "random", "random.sample(range(len(self.X)), len(self.X))"),
        )
    ),
    _batch(
        "labels-one-late",
        "X and y do not belong together: the labels are taken one row further on",
        "self.X[batch], self.y.roll(-1)[batch]",
    ),
)

_SIZES = (
    _mutant(
        "default-batch-size",
        "the default batch size is 32; it should be 100",
        (at.LOADER_SIGNATURE, "def __init__(self, X, y, batch_size=32):"),
    ),
    _mutant(
        "batch-size-ignored",
        "the batch size is always 100, whatever is passed",
        (at.LOADER_STORE, "self.X, self.y, self.batch_size = X, y, 100"),
    ),
    _mutant(
        "batch-size-at-most-100",
        "a batch never has more than 100 rows, whatever is passed",
        (at.LOADER_STORE, "self.X, self.y, self.batch_size = X, y, min(batch_size, 100)"),
    ),
    _mutant(
        "other-names",
        "the arguments have other names than in the hand-out, so that X= and y= are refused",
        (at.LOADER_SIGNATURE, "def __init__(self, data, targets, batch_size=100):"),
        (at.LOADER_STORE, "X = data\n        self.X, self.y, self.batch_size = data, targets, batch_size"),
    ),
    _mutant(
        "size-has-another-name",
        "batch_size has another name than in the hand-out",
        (at.LOADER_SIGNATURE, "def __init__(self, X, y, size=100):"),
        (at.LOADER_STORE, "self.X, self.y, self.batch_size = X, y, size"),
    ),
    _mutant(
        "batch-size-required",
        "batch_size has no default",
        (at.LOADER_SIGNATURE, "def __init__(self, X, y, batch_size):"),
        (
            "train_dataloader = DataLoader(mnist_train.data.reshape(-1, 784) / 255.0, mnist_train.targets)",
            "train_dataloader = DataLoader(mnist_train.data.reshape(-1, 784) / 255.0, mnist_train.targets, 100)",
        ),
        (
            "test_dataloader = DataLoader(mnist_test.data.reshape(-1, 784) / 255.0, mnist_test.targets)",
            "test_dataloader = DataLoader(mnist_test.data.reshape(-1, 784) / 255.0, mnist_test.targets, 100)",
        ),
    ),
    _mutant(
        "batch-size-counts-batches",
        "batch_size is taken as the number of batches",
        (at.LOADER_STORE, "self.X, self.y, self.batch_size = X, y, -(-len(X) // batch_size)"),
    ),
    _mutant(
        "small-data-refused",
        "a batch size larger than the number of rows is refused; all rows should come in one batch",
        (
            at.LOADER_STORE,
            "if batch_size > len(X):\n            raise ValueError(batch_size)\n        " + at.LOADER_STORE,
        ),
    ),
    _mutant(
        "divisible-only",
        "X is reshaped into batches, which fails when batch_size does not divide the number of rows",
        (at.LOADER_STORE, "X.reshape(-1, batch_size, X.shape[1])\n        " + at.LOADER_STORE),
    ),
)

_PROTOCOL = (
    _mutant(
        "no-reset",
        "__iter__ does not go back to the first batch, so that the second loop gets nothing",
        (at.LOADER_START, "self.start = 0"),
        (at.LOADER_ITER, "        return self\n"),
    ),
    _mutant(
        "resets-when-exhausted",
        "the loader goes back to the first batch only at the end; a loop that was left early is continued",
        (at.LOADER_START, "self.start = 0"),
        (at.LOADER_ITER, "        if self.start >= len(self.X):\n            self.start = 0\n        return self\n"),
    ),
    _mutant(
        "restarts-by-itself",
        "__next__ goes back to the first batch after StopIteration; only __iter__ should",
        (at.LOADER_STOP, at.LOADER_STOP.replace("            raise", "            self.start = 0\n            raise")),
    ),
    _mutant(
        "generator",
        "__iter__ is a generator function; it should return self and leave the batches to __next__",
        (
            at.LOADER_ITER,
            "        for start in range(0, len(self.X), self.batch_size):\n"
            "            yield self.X[start : start + self.batch_size], self.y[start : start + self.batch_size]\n",
        ),
    ),
    _mutant(
        "new-iterator",
        "__iter__ returns a new object; it should return self",
        (
            at.LOADER_ITER,
            "        other = DataLoader(self.X, self.y, self.batch_size)\n"
            "        other.start = 0\n        return other\n",
        ),
    ),
    _mutant(
        "iter-returns-zip",
        "__iter__ returns the iterator that __next__ reads from; it should return self",
        (
            at.LOADER_ITER,
            "        self.batches = zip(self.X.split(self.batch_size), self.y.split(self.batch_size))\n"
            "        return self.batches\n",
        ),
        (at.LOADER_NEXT, "        return next(self.batches)\n"),
    ),
    _mutant(
        "iter-returns-nothing",
        "__iter__ does not return self",
        (at.LOADER_ITER, "        self.start = 0\n"),
    ),
    _mutant(
        "index-error",
        "__next__ raises IndexError at the end; it should raise StopIteration",
        (at.LOADER_STOP, at.LOADER_STOP.replace("StopIteration", "IndexError")),
    ),
    _mutant(
        "single-pass",
        "the batches are made by one iterator in __init__, which is used up after one loop",
        (
            at.LOADER_INIT,
            "        self.batches = zip(torch.split(X, batch_size), torch.split(y, batch_size), strict=True)\n",
        ),
        (at.LOADER_ITER, "        return self\n"),
        (at.LOADER_NEXT, "        return next(self.batches)\n"),
    ),
)

_SHARED = (
    _mutant(
        "shared-position",
        "the position is an attribute of the class, so that two loaders in use at once share it",
        (at.LOADER_START, "pass"),
        (at.LOADER_ITER, "        DataLoader.start = 0\n        return self\n"),
        (at.LOADER_ADVANCE, "DataLoader.start += self.batch_size"),
    ),
    _mutant(
        "shared-data",
        "the data are attributes of the class, so that a loader has those of the one that was made last",
        (at.LOADER_STORE, "DataLoader.X, DataLoader.y, self.batch_size = X, y, batch_size"),
    ),
    _mutant(
        "shared-batches",
        "the list of batches is an attribute of the class, so that each loader also has those of all before it",
        (at.LOADER_CLASS, at.LOADER_CLASS + "    batches = []\n"),
        (
            at.LOADER_INIT,
            "        for start in range(0, len(X), batch_size):\n"
            "            self.batches.append((X[start : start + batch_size], y[start : start + batch_size]))\n"
            "        self.start = len(self.batches)\n",
        ),
        (
            at.LOADER_NEXT,
            "        if self.start >= len(self.batches):\n            raise StopIteration\n"
            "        self.start += 1\n        return self.batches[self.start - 1]\n",
        ),
    ),
)

_SETTINGS = (
    _mutant(
        "seeds",
        "__iter__ sets the seed of the whole program",
        (at.LOADER_ITER, "        torch.manual_seed(0)\n" + at.LOADER_ITER),
    ),
    _mutant(
        "default-dtype",
        "__iter__ makes float64 the default dtype of all of torch",
        (at.LOADER_ITER, "        torch.set_default_dtype(torch.float64)\n" + at.LOADER_ITER),
    ),
    _mutant(
        "changes-threads",
        "__iter__ changes the number of threads of the whole program",
        (at.LOADER_ITER, "        torch.set_num_threads(torch.get_num_threads() % 3 + 1)\n" + at.LOADER_ITER),
    ),
    _mutant(
        "leaves-gradients-off",
        "__next__ leaves gradients switched off",
        (at.LOADER_RETURN, "torch.set_grad_enabled(False)\n        " + at.LOADER_RETURN),
    ),
)

_VALUES = (
    _batch("empty-tuples", "each batch is an empty tuple", "()"),
    _batch("one-tuple", "each batch is a tuple of X alone", "(self.X[batch],)"),
    _batch("list", "each batch is a list; it should be a tuple", "[self.X[batch], self.y[batch]]"),
    _batch("swapped", "each batch is (y, X); it should be (X, y)", "self.y[batch], self.X[batch]"),
    _batch("inputs-only", "the labels are missing: each batch is X alone", "self.X[batch]"),
    _batch("index-first", "each batch has a third element, its position", "self.start, self.X[batch], self.y[batch]"),
    _batch(
        "float-labels",
        "the labels are turned into floats, which can't be used as indices",
        "self.X[batch], self.y[batch].float()",
    ),
    _batch("double-inputs", "the inputs are turned into float64", "self.X[batch].double(), self.y[batch]"),
    _batch("float-inputs", "the inputs are turned into float32", "self.X[batch].float(), self.y[batch]"),
    _batch("int32-labels", "the dtype of the labels is changed to int32", "self.X[batch], self.y[batch].int()"),
    _batch(
        "flattened-inputs",
        "the inputs of a batch are flattened into one long vector",
        "self.X[batch].flatten(), self.y[batch]",
    ),
    _batch(
        "label-column",
        "the labels have shape (N, 1); they should have shape (N,)",
        "self.X[batch], self.y[batch][:, None]",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_ROWS, *_SIZES, *_PROTOCOL, *_SHARED, *_SETTINGS, *_VALUES)
