"""epoch, written in other ways that are as right as the reference's."""

from tests.meta.mutants import anchors as at
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
