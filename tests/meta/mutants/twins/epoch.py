"""The mistakes of epoch's mutants in other words."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at

EDITS: dict[str, tuple[Edit, ...]] = {
    "epoch-mean-of-batch-means": (
        (at.EPOCH_LOSS, "total_loss += batch_loss.item()"),
        (at.EPOCH_ERROR, "total_error += (logits.argmax(dim=1) != y).float().mean().item()"),
        (at.EPOCH_COUNT, "count = count + 1"),
    ),
    "epoch-loss-not-weighted": ((at.EPOCH_LOSS, "total_loss = total_loss + float(batch_loss)"),),
    "epoch-accuracy": ((at.EPOCH_RETURN, "return total_loss / count, 1 - total_error / count"),),
    "epoch-percent": ((at.EPOCH_RETURN, "return total_loss / count, total_error * 100.0 / count"),),
    "epoch-swapped": (
        (
            at.EPOCH_RETURN,
            "avg_loss, avg_error = total_loss / count, total_error / count\n    return avg_error, avg_loss",
        ),
    ),
    "epoch-tensors": (
        (at.EPOCH_LOSS, "total_loss += batch_loss.detach() * y.shape[0]"),
        (at.EPOCH_ERROR, "total_error += (logits.argmax(dim=1) != y).sum()"),
    ),
    "epoch-loss-only": ((at.EPOCH_RETURN, "average = total_loss / count\n    return average"),),
    "epoch-no-zero-grad": (
        (at.EPOCH_TRAIN, "            if opt:\n                batch_loss.backward()\n                opt.step()\n"),
    ),
    "epoch-zero-grad-after-step": (
        (
            at.EPOCH_TRAIN,
            "            if opt:\n                batch_loss.backward()\n                opt.step()\n"
            "                opt.zero_grad()\n",
        ),
    ),
    "epoch-step-before-backward": (
        (
            at.EPOCH_TRAIN,
            "            if opt:\n                opt.step()\n                opt.zero_grad()\n"
            "                batch_loss.backward()\n",
        ),
    ),
    "epoch-no-step": ((at.EPOCH_TRAIN, at.EPOCH_TRAIN.replace("opt.step()", "opt.step")),),
    "epoch-loss-after-step": ((at.EPOCH_LOSS, "total_loss += loss(model(X), y).item() * len(X)"),),
    "epoch-optimizer-required": ((at.EPOCH_SIGNATURE, "def epoch(model, loader, loss, opt, /):"),),
    "epoch-own-loss": (
        (
            at.EPOCH_PREDICT,
            at.EPOCH_PREDICT.replace("loss(logits, y)", "(logits.logsumexp(1) - logits[range(len(y)), y]).mean()"),
        ),
    ),
    "epoch-length-of-loader": ((at.EPOCH_RETURN, "len(loader)\n    return total_loss / count, total_error / count"),),
    "epoch-loss-mean-of-batch-means": (
        (at.EPOCH_TOTALS, at.EPOCH_TOTALS + "\n    losses = []"),
        (at.EPOCH_LOSS, "losses.append(float(batch_loss))"),
        (at.EPOCH_RETURN, "return sum(losses) / len(losses), total_error / count"),
    ),
    "epoch-loss-mean-in-evaluation": (
        (at.EPOCH_TOTALS, at.EPOCH_TOTALS + "\n    batches = 0"),
        (at.EPOCH_LOSS, "total_loss += batch_loss.item() * (1 if opt is None else len(y))\n            batches += 1"),
        (at.EPOCH_RETURN, "return total_loss / (batches if opt is None else count), total_error / count"),
    ),
    "epoch-error-mean-in-evaluation": (
        (at.EPOCH_TOTALS, at.EPOCH_TOTALS + "\n    batches = 0"),
        (
            at.EPOCH_ERROR,
            "wrong = (logits.argmax(dim=1) != y).sum().item()\n"
            "            total_error += wrong / len(y) if opt is None else wrong\n            batches += 1",
        ),
        (at.EPOCH_RETURN, "return total_loss / count, total_error / (batches if opt is None else count)"),
    ),
    "epoch-sums": ((at.EPOCH_RETURN, "count = 1.0\n    return total_loss / count, total_error / count"),),
    "epoch-argmax-over-batch": (
        (
            at.EPOCH_ERROR,
            "n = min(logits.shape)\n            total_error += (logits.argmax(0)[:n] != y[:n]).sum().item()",
        ),
    ),
    "epoch-error-tensor": ((at.EPOCH_RETURN, "return total_loss / count, torch.tensor(total_error / count)"),),
    "epoch-return-in-loop": ((at.EPOCH_COUNT, at.EPOCH_COUNT + "\n            break"),),
    "epoch-zero-grad-before-step": (
        (
            at.EPOCH_TRAIN,
            "            if opt:\n                batch_loss.backward()\n                opt.zero_grad()\n"
            "                opt.step()\n",
        ),
    ),
    "epoch-zero-grad-once": (
        (
            at.EPOCH_TRAIN,
            at.EPOCH_TRAIN.replace("opt.zero_grad()", "if count == 0:\n                    opt.zero_grad()"),
        ),
    ),
    "epoch-step-once": (
        (at.EPOCH_TRAIN, at.EPOCH_TRAIN.replace("                opt.step()\n", "")),
        (at.EPOCH_RETURN, "if opt:\n        opt.step()\n    return total_loss / count, total_error / count"),
    ),
    "epoch-double-step": ((at.EPOCH_TRAIN, at.EPOCH_TRAIN.replace("opt.step()", "opt.step(), opt.step()")),),
    "epoch-summed-gradient": (
        (
            at.EPOCH_TRAIN,
            at.EPOCH_TRAIN.replace("batch_loss.backward()", "batch_loss.backward(torch.tensor(1.0 * len(y)))"),
        ),
    ),
    "epoch-error-after-step": ((at.EPOCH_ERROR, "total_error += (model(X).argmax(dim=1) != y).sum().item()"),),
    "epoch-evaluation-leaves-gradients": (
        (at.EPOCH_GRAD_MODE, "with torch.set_grad_enabled(True):"),
        (
            at.EPOCH_TRAIN,
            "            if opt:\n                opt.zero_grad()\n            batch_loss.backward()\n"
            "            if opt:\n                opt.step()\n",
        ),
    ),
    "epoch-evaluation-needs-gradients": (
        (
            at.EPOCH_TRAIN,
            "            if opt:\n                opt.zero_grad()\n            batch_loss.backward()\n"
            "            if opt:\n                opt.step()\n",
        ),
    ),
    "epoch-evaluation-trains": (
        (at.EPOCH_TOTALS, "if opt is None:\n        opt = SGD(list(model.parameters()), 0.05)\n    " + at.EPOCH_TOTALS),
    ),
    "epoch-evaluation-freezes": (
        (
            at.EPOCH_RETURN,
            "if opt is None:\n        model.requires_grad_(False)\n    return total_loss / count, total_error / count",
        ),
    ),
    "epoch-last-batch-dropped": (
        (at.EPOCH_LOOP, "for X, y in [*loader][:-1]:"),
        (at.EPOCH_RETURN, "count = count or 1\n    return total_loss / count, total_error / count"),
    ),
    "epoch-loader-read-twice": (
        (at.EPOCH_TOTALS, "size = sum(len(X) for X, _ in loader)\n    " + at.EPOCH_TOTALS),
        (at.EPOCH_RETURN, "return total_loss / size, total_error / size"),
    ),
    "epoch-data-of-loader": ((at.EPOCH_RETURN, "n = loader.X.shape[0]\n    return total_loss / n, total_error / n"),),
    "epoch-next-on-loader": (
        (
            at.EPOCH_TOTALS,
            "iter(loader)\n    batches = []\n    try:\n        while True:\n            batches += [next(loader)]\n"
            "    except StopIteration:\n        pass\n    " + at.EPOCH_TOTALS,
        ),
        (at.EPOCH_LOOP, "for X, y in batches:"),
    ),
    "epoch-own-optimizer": ((at.EPOCH_TOTALS, "opt = opt and SGD(model.parameters(), 0.1)\n    " + at.EPOCH_TOTALS),),
    "epoch-own-step": (
        (
            at.EPOCH_TRAIN,
            "            if opt is not None:\n                opt.zero_grad()\n                batch_loss.backward()\n"
            "                with torch.no_grad():\n                    for p in model.parameters():\n"
            "                        p -= opt.learning_rate * p.grad\n",
        ),
    ),
    "epoch-loss-arguments-swapped": (
        (at.EPOCH_PREDICT, "            logits = model(X)\n            batch_loss = loss(y, logits)\n"),
    ),
}
