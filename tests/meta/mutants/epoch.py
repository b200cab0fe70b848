"""Mistakes in epoch: averages, gradients at the wrong time, evaluation that is none, and its own idea of the parts."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at


def _mutant(name: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"epoch-{name}", questions=("epoch",), mistake=mistake, edits=edits)


def _first(name: str, mistake: str, statement: str) -> Mutant:
    """`statement` stands before all others."""
    return _mutant(name, mistake, (at.EPOCH_TOTALS, f"{statement}\n    {at.EPOCH_TOTALS}"))


def _training(name: str, mistake: str, block: str) -> Mutant:
    """`block` stands in place of the three calls of a training step."""
    return _mutant(name, mistake, (at.EPOCH_TRAIN, block))


def _returned(name: str, mistake: str, result: str) -> Mutant:
    return _mutant(name, mistake, (at.EPOCH_RETURN, f"return {result}"))


def _step(*calls: str) -> str:
    """The block that trains, with these calls in this order."""
    return "".join(["            if opt is not None:\n", *(f"                {call}\n" for call in calls)])


_ALWAYS_GRAD = (at.EPOCH_GRAD_MODE, "with torch.enable_grad():")

_AVERAGES = (
    _mutant(
        "mean-of-batch-means",
        "the average is the mean of the batches' means, which counts a short last batch too much",
        (at.EPOCH_LOSS, "total_loss += batch_loss.item()"),
        (at.EPOCH_ERROR, "total_error += (logits.argmax(dim=1) != y).float().mean().item()"),
        (at.EPOCH_COUNT, "count += 1"),
    ),
    _mutant(
        "loss-mean-of-batch-means",
        "the average loss is the mean of the batches' means; only the error is weighted by batch size",
        (at.EPOCH_TOTALS, at.EPOCH_TOTALS + "\n    batches = 0"),
        (at.EPOCH_LOSS, "batches += 1\n            total_loss += batch_loss.item()"),
        (at.EPOCH_RETURN, "return total_loss / batches, total_error / count"),
    ),
    _mutant(
        "loss-not-weighted",
        "the batches' mean losses are added without their sizes and divided by the number of examples",
        (at.EPOCH_LOSS, "total_loss += batch_loss.item()"),
    ),
    _mutant(
        "loss-mean-in-evaluation",
        "without an optimizer the average loss is the mean of the batches' means; only training weights them",
        (at.EPOCH_TOTALS, at.EPOCH_TOTALS + "\n    losses = []"),
        (at.EPOCH_LOSS, "losses.append(batch_loss.item())\n            " + at.EPOCH_LOSS),
        (
            at.EPOCH_RETURN,
            "if opt is None:\n        total_loss = sum(losses) / len(losses) * count\n    " + at.EPOCH_RETURN,
        ),
    ),
    _mutant(
        "error-mean-in-evaluation",
        "without an optimizer the average error is the mean of the batches' errors; only training weights them",
        (at.EPOCH_TOTALS, at.EPOCH_TOTALS + "\n    errors = []"),
        (
            at.EPOCH_ERROR,
            "errors.append((logits.argmax(dim=1) != y).double().mean().item())\n            " + at.EPOCH_ERROR,
        ),
        (
            at.EPOCH_RETURN,
            "if opt is None:\n        total_error = sum(errors) / len(errors) * count\n    " + at.EPOCH_RETURN,
        ),
    ),
    _mutant(
        "loss-mean-in-training",
        "in training the average loss is the mean of the batches' means; only evaluation weights them",
        (at.EPOCH_TOTALS, at.EPOCH_TOTALS + "\n    losses = []"),
        (at.EPOCH_LOSS, "losses.append(batch_loss.item())\n            " + at.EPOCH_LOSS),
        (
            at.EPOCH_RETURN,
            "if opt is not None:\n        total_loss = sum(losses) / len(losses) * count\n    " + at.EPOCH_RETURN,
        ),
    ),
    _mutant(
        "error-mean-in-training",
        "in training the average error is the mean of the batches' errors; only evaluation weights them",
        (at.EPOCH_TOTALS, at.EPOCH_TOTALS + "\n    errors = []"),
        (
            at.EPOCH_ERROR,
            "errors.append((logits.argmax(dim=1) != y).double().mean().item())\n            " + at.EPOCH_ERROR,
        ),
        (
            at.EPOCH_RETURN,
            "if opt is not None:\n        total_error = sum(errors) / len(errors) * count\n    " + at.EPOCH_RETURN,
        ),
    ),
    _returned("sums", "the sums are returned, not the averages", "total_loss, float(total_error)"),
    _mutant(
        "accuracy",
        "the accuracy is returned in place of the error",
        (at.EPOCH_ERROR, at.EPOCH_ERROR.replace("!=", "==")),
    ),
    _returned(
        "swapped",
        "the results are swapped: (error, loss) in place of (loss, error)",
        "total_error / count, total_loss / count",
    ),
    _returned(
        "percent", "the error is in percent; it should be a fraction", "total_loss / count, 100 * total_error / count"
    ),
    _mutant(
        "argmax-over-batch",
        "argmax runs over the examples (dim=0), not over the classes (dim=1)",
        (at.EPOCH_ERROR, "total_error += (logits.argmax(dim=0)[: len(y)] != y[: logits.shape[1]]).sum().item()"),
    ),
    _mutant(
        "tensors",
        "torch tensors are returned; they should be Python floats",
        (at.EPOCH_LOSS, "total_loss += batch_loss.detach() * len(y)"),
        (at.EPOCH_ERROR, "total_error += (logits.argmax(dim=1) != y).sum()"),
    ),
    _mutant(
        "error-tensor",
        "the error is a torch tensor; it should be a Python float",
        (at.EPOCH_ERROR, "total_error += (logits.argmax(dim=1) != y).sum()"),
    ),
    _mutant(
        "loss-tensor",
        "the loss is a torch tensor; it should be a Python float",
        (at.EPOCH_LOSS, "total_loss += batch_loss.detach() * len(y)"),
    ),
    _mutant("loss-only", "only the loss is returned", (at.EPOCH_RETURN, "return total_loss / count")),
    _mutant(
        "return-in-loop",
        "epoch returns inside the loop, after the first batch",
        (at.EPOCH_COUNT, at.EPOCH_COUNT + "\n            return total_loss / count, total_error / count"),
    ),
)

_TRAINING = (
    _training(
        "no-zero-grad",
        "the gradients are never set to zero, so that those of all batches add up",
        _step("batch_loss.backward()", "opt.step()"),
    ),
    _training(
        "zero-grad-after-step",
        "the gradients are set to zero after the step only, so that the first step uses what was left from before",
        _step("batch_loss.backward()", "opt.step()", "opt.zero_grad()"),
    ),
    _training(
        "zero-grad-before-step",
        "zero_grad() stands between backward() and step(), so that the step does nothing",
        _step("batch_loss.backward()", "opt.zero_grad()", "opt.step()"),
    ),
    _training(
        "step-before-backward",
        "step() comes before backward(), so that it does not use this batch's gradient",
        _step("opt.step()", "opt.zero_grad()", "batch_loss.backward()"),
    ),
    _mutant(
        "zero-grad-once",
        "zero_grad() is called once an epoch, not before each batch",
        (
            at.EPOCH_TRAIN,
            _step("batch_loss.backward()", "opt.step()"),
        ),
        (at.EPOCH_TOTALS, at.EPOCH_TOTALS + "\n    if opt is not None:\n        opt.zero_grad()"),
    ),
    _mutant(
        "step-once",
        "step() is called once at the end of the epoch, not once a batch",
        (
            at.EPOCH_TRAIN,
            _step("opt.zero_grad()", "batch_loss.backward()"),
        ),
        (at.EPOCH_RETURN, "if opt is not None:\n        opt.step()\n    " + at.EPOCH_RETURN),
    ),
    _training(
        "double-step",
        "step() is called twice a batch",
        at.EPOCH_TRAIN + "                opt.step()\n",
    ),
    _training(
        "no-step",
        "step() is never called, so that nothing is trained",
        _step("opt.zero_grad()", "batch_loss.backward()"),
    ),
    _training(
        "summed-gradient",
        "the loss is multiplied by the batch size before backward(), so that the steps are too large",
        at.EPOCH_TRAIN.replace("batch_loss.backward()", "(batch_loss * len(y)).backward()"),
    ),
    _training(
        "loss-after-step",
        "the loss is measured after the step; it should be that of the model which made the step",
        at.EPOCH_TRAIN + "                batch_loss = loss(model(X), y)\n",
    ),
    _training(
        "error-after-step",
        "the error is measured after the step; it should be that of the model which made the step",
        at.EPOCH_TRAIN + "                logits = model(X)\n",
    ),
)

_STATE = (
    _mutant(
        "stops-after-11-batches",
        "the loop ends after 11 batches",
        (at.EPOCH_LOOP, "for _, (X, y) in zip(range(11), loader):"),
    ),
    _mutant(
        "evaluation-stops-after-11-batches",
        "an evaluation ends after 11 batches",
        (at.EPOCH_LOOP, "for _, (X, y) in zip(range(11), loader) if opt is None else enumerate(loader):"),
    ),
    _mutant(
        "evaluation-leaves-gradients-off",
        "evaluation switches gradients off for all of torch and not on again",
        (at.EPOCH_GRAD_MODE, "torch.set_grad_enabled(opt is not None)\n    if True:"),
    ),
    _mutant(
        "evaluation-leaves-float64",
        "evaluation makes float64 the default dtype of all of torch",
        (at.EPOCH_TOTALS, "if opt is None:\n        torch.set_default_dtype(torch.float64)\n    " + at.EPOCH_TOTALS),
    ),
    _first("seeds", "epoch sets the seed of the whole program", "torch.manual_seed(0)"),
    _first(
        "changes-threads",
        "epoch changes the number of threads of the whole program",
        "torch.set_num_threads(torch.get_num_threads() % 3 + 1)",
    ),
    _first(
        "remembers-the-model",
        "the model of the first call is used in all calls",
        "model = epoch.__dict__.setdefault('model', model)",
    ),
    _mutant(
        "totals-go-on",
        "the totals of one call are those that the next one starts with",
        (at.EPOCH_SIGNATURE, "def epoch(model, loader, loss, opt=None, totals=[0.0, 0, 0]):"),
        (at.EPOCH_TOTALS, "total_loss, total_error, count = totals"),
        (at.EPOCH_RETURN, "totals[:] = total_loss, total_error, count\n    " + at.EPOCH_RETURN),
    ),
)

_EVALUATION = (
    _training(
        "opt-not-checked",
        "opt is used in an evaluation, too, where it is None",
        "            opt.zero_grad()\n            batch_loss.backward()\n            opt.step()\n",
    ),
    _mutant(
        "evaluation-leaves-gradients",
        "backward() is also called without an optimizer, which leaves gradients in the model",
        _ALWAYS_GRAD,
        (
            at.EPOCH_TRAIN,
            "            if opt is not None:\n                opt.zero_grad()\n"
            "            batch_loss.backward()\n"
            "            if opt is not None:\n                opt.step()\n",
        ),
    ),
    _mutant(
        "evaluation-needs-gradients",
        "backward() is also called without an optimizer, where there is nothing to differentiate",
        (
            at.EPOCH_TRAIN,
            "            if opt is not None:\n                opt.zero_grad()\n"
            "            batch_loss.backward()\n"
            "            if opt is not None:\n                opt.step()\n",
        ),
    ),
    _first(
        "evaluation-trains",
        "without an optimizer one is made, so that the test data train the model",
        "opt = opt or SGD(model.parameters(), 0.1)",
    ),
    _mutant(
        "optimizer-required",
        "opt has no default; evaluation is called without it",
        (at.EPOCH_SIGNATURE, "def epoch(model, loader, loss, opt):"),
        (
            "test_loss, test_err = epoch(model, test_dataloader, loss)",
            "test_loss, test_err = epoch(model, test_dataloader, loss, None)",
        ),
    ),
    _first(
        "evaluation-freezes",
        "evaluation switches requires_grad off and not on again, so that training stops for good",
        "if opt is None:\n        for p in model.parameters():\n            p.requires_grad_(False)",
        (
            at.EPOCH_TRAIN,
            "            if opt is not None and batch_loss.requires_grad:\n"
            "                opt.zero_grad()\n                batch_loss.backward()\n                opt.step()\n",
        ),
    ),
)

_PARTS = (
    _mutant(
        "other-names",
        "the model has another name than in the hand-out, so that model= is refused",
        (at.EPOCH_SIGNATURE, "def epoch(net, loader, loss, opt=None):"),
        (at.EPOCH_TOTALS, "model = net\n    " + at.EPOCH_TOTALS),
    ),
    _mutant(
        "opt-has-another-name",
        "opt has another name than in the hand-out, so that opt= is refused",
        (at.EPOCH_SIGNATURE, "def epoch(model, loader, loss, optimizer=None):"),
        (at.EPOCH_TOTALS, "opt = optimizer\n    " + at.EPOCH_TOTALS),
    ),
    _mutant(
        "loss-shadowed",
        "the loss of a batch is called loss, like the function, which can't be called for the next batch",
        (
            at.EPOCH_PREDICT,
            at.EPOCH_PREDICT.replace("batch_loss = loss(logits, y)", "loss = batch_loss = loss(logits, y)"),
        ),
    ),
    _training(
        "backward-of-the-function",
        "backward() is called on the loss function; what it gives has that method",
        at.EPOCH_TRAIN.replace("batch_loss.backward()", "loss.backward()"),
    ),
    _mutant(
        "dataset-of-loader",
        "loader.dataset is used; a loader is only something to iterate over",
        (at.EPOCH_RETURN, "return total_loss / len(loader.dataset), total_error / len(loader.dataset)"),
    ),
    _mutant(
        "index-of-loader",
        "loader[i] is used; a loader is only something to iterate over",
        (at.EPOCH_LOOP, "for i, (X, y) in enumerate(loader):"),
        (at.EPOCH_COUNT, "count += len(loader[i][1])"),
    ),
    _mutant(
        "last-batch-dropped",
        "the last batch is left out of training and averages",
        (at.EPOCH_LOOP, "for X, y in list(loader)[:-1]:"),
        (at.EPOCH_RETURN, "return total_loss / max(count, 1), total_error / max(count, 1)"),
    ),
    _mutant(
        "loader-read-twice",
        "the loader is read twice: once to count the examples and once to train",
        (at.EPOCH_TOTALS, "total_loss, total_error, count = 0.0, 0, sum(len(y) for _, y in loader)"),
        (at.EPOCH_COUNT, "pass"),
    ),
    _mutant(
        "length-of-loader",
        "len(loader) is used; a loader is only something to iterate over",
        (at.LOADER_RETURN, at.LOADER_RETURN + "\n\n    def __len__(self):\n        return len(self.X)"),
        (at.EPOCH_RETURN, "return total_loss / len(loader), total_error / len(loader)"),
    ),
    _mutant(
        "data-of-loader",
        "loader.X is used; a loader is only something to iterate over",
        (at.EPOCH_RETURN, "return total_loss / len(loader.X), total_error / len(loader.X)"),
    ),
    _mutant(
        "next-on-loader",
        "next() is called on the loader itself, which a list of batches does not allow",
        (
            at.EPOCH_TOTALS,
            "batches = []\n    iter(loader)\n    while True:\n        try:\n            batches.append(next(loader))\n"
            "        except StopIteration:\n            break\n    " + at.EPOCH_TOTALS,
        ),
        (at.EPOCH_LOOP, "for X, y in batches:"),
    ),
    _first(
        "own-loss",
        "the loss that is passed is not used; a CrossEntropyLoss is made instead",
        "loss = CrossEntropyLoss()",
    ),
    _first(
        "own-optimizer",
        "the optimizer that is passed is not used; an SGD with learning rate 0.1 is made instead",
        "if opt is not None:\n        opt = SGD(model.parameters(), 0.1)",
    ),
    _training(
        "own-step",
        "the parameters are updated by hand, with opt.learning_rate, and opt.step() is not called",
        "            if opt is not None:\n"
        "                opt.zero_grad()\n"
        "                batch_loss.backward()\n"
        "                for p in opt.parameters:\n"
        "                    p.data -= opt.learning_rate * p.grad\n",
    ),
    _mutant(
        "loss-arguments-swapped",
        "the loss is called with (y, logits); the order is (logits, y)",
        (at.EPOCH_PREDICT, at.EPOCH_PREDICT.replace("loss(logits, y)", "loss(y, logits)")),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_AVERAGES, *_TRAINING, *_STATE, *_EVALUATION, *_PARTS)
