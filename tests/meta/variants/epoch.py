"""epoch, written in other ways that are as right as the reference's."""

from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.variants import Variant
from tests.meta.variants.making import variant

VARIANTS: tuple[Variant, ...] = (
    variant(
        "epoch-with-gradients",
        "evaluation builds the graph too and does nothing with it",
        (at.EPOCH_GRAD_MODE, "if True:"),
    ),
    variant(
        "epoch-two-loops",
        "training and evaluation are two loops, and the totals are lists",
        (
            at.EPOCH_BODY,
            "    losses, wrong, sizes = [], [], []\n"
            "    if opt:\n"
            "        for X, y in loader:\n"
            "            opt.zero_grad()\n"
            "            h = model(X)\n"
            "            batch_loss = loss(h, y)\n"
            "            batch_loss.backward()\n"
            "            opt.step()\n"
            "            losses.append(batch_loss.item() * X.shape[0])\n"
            "            wrong.append(int((h.max(dim=1).indices != y).sum()))\n"
            "            sizes.append(X.shape[0])\n"
            "    else:\n"
            "        with torch.no_grad():\n"
            "            for X, y in loader:\n"
            "                h = model(X)\n"
            "                losses.append(loss(h, y).item() * X.shape[0])\n"
            "                wrong.append(int((h.max(dim=1).indices != y).sum()))\n"
            "                sizes.append(X.shape[0])\n"
            "    return sum(losses) / sum(sizes), sum(wrong) / sum(sizes)\n",
        ),
    ),
    variant(
        "epoch-float64-tensors",
        "the totals are float64 tensors, and .item() is called at the end",
        (at.EPOCH_TOTALS, "total_loss, total_error = torch.zeros(2, dtype=torch.float64)\n    count = 0"),
        (at.EPOCH_LOSS, "total_loss += batch_loss.detach().double() * X.size(0)"),
        (at.EPOCH_ERROR, "total_error += torch.ne(torch.argmax(logits, 1), y).double().sum()"),
        (at.EPOCH_RETURN, "return (total_loss / count).item(), (total_error / count).item()"),
    ),
    variant(
        "epoch-one-minus-accuracy",
        "the error is one minus the accuracy",
        (at.EPOCH_ERROR, at.EPOCH_ERROR.replace("!=", "==")),
        (at.EPOCH_RETURN, "return total_loss / count, 1 - total_error / count"),
    ),
    variant(
        "epoch-error-rate-times-size",
        "each batch's error rate is weighted by its size",
        (at.EPOCH_ERROR, "total_error += (logits.argmax(-1) != y).double().mean().item() * len(y)"),
    ),
    variant(
        "epoch-train-and-eval-mode",
        "the model is switched to training or evaluation mode first",
        (at.EPOCH_TOTALS, "model.train(opt is not None)\n    " + at.EPOCH_TOTALS),
    ),
    variant(
        "epoch-numpy-means",
        "the averages are numpy.float64, which is a float: np.average and np.mean",
        importing("import numpy as np"),
        (at.EPOCH_TOTALS, "losses, errors, sizes = [], [], []"),
        (at.EPOCH_LOSS, "losses.append(batch_loss.item())"),
        (at.EPOCH_ERROR, "errors += (logits.argmax(dim=1) != y).tolist()"),
        (at.EPOCH_COUNT, "sizes.append(len(y))"),
        (at.EPOCH_RETURN, "return np.average(losses, weights=sizes), np.mean(errors)"),
    ),
    variant(
        "epoch-named-tuple",
        "the result is a named tuple, of numbers that are of an own kind of float",
        importing(
            "from typing import NamedTuple\n\n\n"
            "class Average(float):\n"
            "    def __repr__(self):\n"
            '        return f"{float(self):.4f}"\n\n\n'
            "class Result(NamedTuple):\n"
            "    loss: float\n"
            "    error: float"
        ),
        (at.EPOCH_RETURN, "return Result(loss=Average(total_loss / count), error=Average(total_error / count))"),
    ),
    variant(
        "epoch-compiled",
        "the whole epoch and the model in it are compiled",
        (at.EPOCH_SIGNATURE, "@torch.compile(dynamic=True)\n" + at.EPOCH_SIGNATURE),
        (at.EPOCH_TOTALS, "model = torch.compile(model)\n    " + at.EPOCH_TOTALS),
    ),
    variant(
        "epoch-zero-grad-first",
        "zero_grad() stands at the beginning of the loop, and the batch is not unpacked there",
        (
            at.EPOCH_BODY,
            "    totals = [0.0, 0.0, 0]\n"
            "    for i, batch in enumerate(loader):\n"
            "        if opt is not None:\n"
            "            opt.zero_grad()\n"
            "        scores = model(batch[0])\n"
            "        value = loss(scores, batch[1])\n"
            "        size = len(batch[1])\n"
            "        totals[0] += float(value) * size\n"
            "        totals[1] += float(torch.count_nonzero(scores.argmax(dim=1) - batch[1]))\n"
            "        totals[2] += size\n"
            "        if opt is None:\n"
            "            continue\n"
            "        value.backward()\n"
            "        opt.step()\n"
            "    avg_loss, avg_error = (total / totals[2] for total in totals[:2])\n"
            "    return (avg_loss, avg_error)\n",
        ),
    ),
)
