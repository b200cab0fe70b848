"""Twins: the mistakes of the mutants made once more in other words, to measure whether they are named rightly.

They were written without a look at how the suite finds a mistake's name. `nox -s diagnoses` grades them.
"""

from __future__ import annotations

from dataclasses import replace

from tests.meta.mutants import Edit, Mutant, all_mutants
from tests.meta.mutants import anchors as at

_LAYERS = "Linear(m, n) for m, n in zip([in_dim, *hidden_dims], [*hidden_dims, out_dim], strict=True)"

EDITS: dict[str, tuple[Edit, ...]] = {
    # --- Linear
    "linear-uniform-init": (
        (
            at.LINEAR_WEIGHT,
            "bound = (6 / in_dim) ** 0.5\n"
            "        self.weight = Parameter(torch.empty(out_dim, in_dim).uniform_(-bound, bound))",
        ),
    ),
    "linear-rand-for-randn": ((at.LINEAR_WEIGHT, "self.weight = Parameter(torch.rand(out_dim, in_dim))"),),
    "linear-glorot-init": (
        (
            at.LINEAR_WEIGHT,
            "std = (2 / (in_dim + out_dim)) ** 0.5\n"
            "        self.weight = Parameter(torch.normal(0.0, std, (out_dim, in_dim)))",
        ),
    ),
    "linear-unscaled-init": ((at.LINEAR_WEIGHT, "self.weight = Parameter(torch.normal(0.0, 1.0, (out_dim, in_dim)))"),),
    "linear-variance-for-std": (
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.normal(0.0, 2 / in_dim, (out_dim, in_dim)))"),
    ),
    "linear-scale-one-over-in-dim": (
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.randn(out_dim, in_dim) / in_dim**0.5)"),
    ),
    "linear-scale-by-out-dim": (
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.normal(0.0, (2 / out_dim) ** 0.5, (out_dim, in_dim)))"),
    ),
    "linear-zeros": ((at.LINEAR_WEIGHT, "self.weight = Parameter(0.0 * torch.randn(out_dim, in_dim))"),),
    "linear-repeated-rows": (
        (
            at.LINEAR_WEIGHT,
            "row = torch.randn(in_dim) * (2 / in_dim) ** 0.5\n"
            "        self.weight = Parameter(torch.stack([row] * out_dim))",
        ),
    ),
    "linear-seeded-init": (
        (
            at.LINEAR_WEIGHT,
            "generator = torch.Generator().manual_seed(42)\n"
            "        self.weight = Parameter(torch.randn(out_dim, in_dim, generator=generator) * (2 / in_dim) ** 0.5)",
        ),
    ),
    "linear-stored-transposed": (
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.normal(0.0, (2 / in_dim) ** 0.5, (in_dim, out_dim)))"),
        (at.LINEAR_FORWARD, "return torch.matmul(X, self.weight)"),
    ),
    "linear-bias": (
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.b = Parameter(torch.rand(1, out_dim))"),
        (at.LINEAR_FORWARD, "return torch.matmul(X, self.weight.T) + self.b"),
    ),
    "linear-zero-bias": (
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.b = Parameter(torch.zeros(1, out_dim))"),
        (at.LINEAR_FORWARD, "return torch.matmul(X, self.weight.T) + self.b"),
    ),
    "linear-plain-tensor": (
        (
            at.LINEAR_WEIGHT,
            "self.weight = torch.randn(out_dim, in_dim, requires_grad=True)\n"
            "        self.weight.data *= (2 / in_dim) ** 0.5",
        ),
    ),
    "linear-frozen-weight": ((at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.weight.requires_grad = False"),),
    "linear-float64-weight": (
        (at.LINEAR_WEIGHT, "self.weight = Parameter((torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5).double())"),
    ),
    "linear-other-name": (
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT.replace("self.weight", "self.w")),
        (at.LINEAR_FORWARD, "return X @ self.w.T"),
    ),
    "linear-no-super-init": (
        (at.LINEAR_SUPER, "        # super().__init__()\n        self.weight"),
        (at.LINEAR_FORWARD, "return torch.matmul(X, self.weight.T)"),
    ),
    "linear-no-transpose": ((at.LINEAR_FORWARD, "return torch.matmul(X, self.weight)"),),
    "linear-matrices-only": ((at.LINEAR_FORWARD, "return X.mm(self.weight.t())"),),
    "linear-flattened-output": ((at.LINEAR_FORWARD, "return X.view(-1, self.weight.shape[1]) @ self.weight.T"),),
    "linear-detached-weight": ((at.LINEAR_FORWARD, "return X @ self.weight.data.T"),),
    "linear-detached-input": ((at.LINEAR_FORWARD, "return torch.matmul(X.data, self.weight.T)"),),
    "linear-weight-drawn-in-forward": (
        (
            at.LINEAR_FORWARD,
            "with torch.no_grad():\n            self.weight.normal_(0, (2 / X.shape[-1]) ** 0.5)\n"
            "        return X @ self.weight.T",
        ),
    ),
    # --- CrossEntropyLoss
    "loss-sum": ((at.LOSS_RETURN, "return -(torch.log_softmax(logits, 1)[torch.arange(len(y)), y]).sum()"),),
    "loss-per-example": ((at.LOSS_RETURN, "return torch.logsumexp(logits, 1) - correct"),),
    "loss-divided-by-classes": (
        (at.LOSS_RETURN, "return (torch.logsumexp(logits, 1) - correct).sum() / len(logits[0])"),
    ),
    "loss-mean-over-all-entries": (
        (
            at.LOSS_RETURN,
            "hot = torch.zeros_like(logits)\n        hot[torch.arange(len(y)), y] = 1\n"
            "        return (-hot * torch.log_softmax(logits, 1)).mean()",
        ),
    ),
    "loss-log-of-mean": (
        (at.LOSS_RETURN, "return -torch.log((correct - torch.logsumexp(logits, 1)).exp().sum() / len(y))"),
    ),
    "loss-sign": ((at.LOSS_RETURN, "return torch.log_softmax(logits, 1)[range(len(y)), y].mean()"),),
    "loss-base-two": (
        (at.LOSS_RETURN, "return ((torch.logsumexp(logits, 1) - correct) / torch.log(torch.tensor(2.0))).mean()"),
    ),
    "loss-softmax-twice": (
        (at.LOSS_RETURN, "return -torch.softmax(logits, 1).log_softmax(1)[range(len(y)), y].mean()"),
    ),
    "loss-softmax-over-batch": (
        (at.LOSS_RETURN, "return -torch.log_softmax(logits, 0)[torch.arange(len(y)), y].mean()"),
    ),
    "loss-label-off-by-one": (
        (at.LOSS_CORRECT, "correct = logits.gather(1, (y[:, None] - 1) % len(logits[0]))[:, 0]"),
    ),
    "loss-no-shift": (
        (
            at.LOSS_RETURN,
            "e = torch.exp(logits)\n        return -torch.log(e[torch.arange(len(y)), y] / e.sum(1)).mean()",
        ),
    ),
    "loss-log-of-softmax": (
        (at.LOSS_RETURN, "return -torch.log(torch.softmax(logits, 1)[torch.arange(len(y)), y]).mean()"),
    ),
    "loss-shift-not-added-back": (
        (
            at.LOSS_RETURN,
            "top = logits.max(1, keepdim=True)[0]\n"
            "        return (torch.log(torch.exp(logits - top).sum(1)) - correct).mean()",
        ),
    ),
    "loss-detached": ((at.LOSS_RETURN, "return (torch.logsumexp(logits, dim=1) - correct).mean().data"),),
    "loss-python-float": ((at.LOSS_RETURN, "return float((torch.logsumexp(logits, dim=1) - correct).mean())"),),
    "loss-detached-normaliser": ((at.LOSS_RETURN, "return (torch.logsumexp(logits.data, dim=1) - correct).mean()"),),
    "loss-logits-changed-in-place": (
        (
            at.LOSS_CORRECT,
            "logits.data -= logits.data.max(1, keepdim=True)[0]\n        correct = logits[torch.arange(len(y)), y]",
        ),
    ),
    "loss-one-element-vector": (
        (at.LOSS_RETURN, "return (torch.logsumexp(logits, dim=1) - correct).mean(0, keepdim=True)"),
    ),
    # --- SGD
    "sgd-ascent": ((at.SGD_UPDATE, "p.add_(self.learning_rate * p.grad)"),),
    "sgd-no-learning-rate": ((at.SGD_UPDATE, "p.sub_(p.grad)"),),
    "sgd-replaced-by-step": ((at.SGD_UPDATE, "p.zero_().sub_(self.learning_rate * p.grad)"),),
    "sgd-sign-of-gradient": ((at.SGD_UPDATE, "p -= self.learning_rate * torch.sign(p.grad)"),),
    "sgd-weight-decay": ((at.SGD_UPDATE, "p -= self.learning_rate * (p.grad + 0.01 * p)"),),
    "sgd-applied-twice": ((at.SGD_UPDATE, "p -= 2 * self.learning_rate * p.grad"),),
    "sgd-momentum": (
        (at.SGD_RATE, at.SGD_RATE + "\n        self.v = {}"),
        (
            at.SGD_UPDATE,
            "self.v[p] = 0.9 * self.v.get(p, 0) + p.grad\n                    p -= self.learning_rate * self.v[p]",
        ),
    ),
    "sgd-rebinding": ((at.SGD_UPDATE, "p = p.data - self.learning_rate * p.grad"),),
    "sgd-no-no-grad": (
        (at.SGD_STEP, "        for p in self.parameters:\n            p -= self.learning_rate * p.grad\n"),
    ),
    "sgd-stored-generator": ((at.SGD_PARAMETERS, "self.parameters = (p for p in parameters)"),),
    "sgd-copied-parameters": (
        (at.SGD_PARAMETERS, "self.parameters = [Parameter(p.detach() + 0) for p in parameters]"),
    ),
    "sgd-first-parameter-only": ((at.SGD_UPDATE, at.SGD_UPDATE + "\n                break"),),
    "sgd-zero-grad-does-nothing": ((at.SGD_ZERO, "p.grad.zero"),),
    "sgd-zero-grad-zeroes-weights": ((at.SGD_ZERO, "p.data.fill_(0)"),),
    "sgd-zero-grad-needs-gradient": (
        (at.SGD_ZERO_GRAD, "        for p in self.parameters:\n            p.grad.fill_(0)\n"),
    ),
    # --- DataLoader
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
    # --- epoch
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
    # --- TwoLayerNN
    "two-layer-no-relu": ((at.TWO_LAYER_FORWARD, "hidden = self.linear1(X)\n        return self.linear2(hidden)"),),
    "two-layer-sigmoid": ((at.TWO_LAYER_FORWARD, "return self.linear2(1 / (1 + torch.exp(-self.linear1(X))))"),),
    "two-layer-tanh": ((at.TWO_LAYER_FORWARD, "return self.linear2(self.linear1(X).tanh())"),),
    "two-layer-absolute": ((at.TWO_LAYER_FORWARD, "return self.linear2(torch.abs(self.linear1(X)))"),),
    "two-layer-detached": ((at.TWO_LAYER_FORWARD, "return self.linear2(torch.relu(self.linear1(X)).data)"),),
    "two-layer-relu-on-output": (
        (at.TWO_LAYER_FORWARD, "return self.linear2(self.linear1(X).clamp(min=0)).clamp(min=0)"),
    ),
    "two-layer-relu-on-output-only": ((at.TWO_LAYER_FORWARD, "return self.linear2(self.linear1(X)).clamp(min=0)"),),
    "two-layer-softmax-output": (
        (
            at.TWO_LAYER_FORWARD,
            "e = self.linear2(torch.relu(self.linear1(X))).exp()\n        return e / e.sum(1, keepdim=True)",
        ),
    ),
    "two-layer-other-names": (
        (at.TWO_LAYER_INIT, at.TWO_LAYER_INIT.replace("self.linear", "self.layer")),
        (at.TWO_LAYER_FORWARD, at.TWO_LAYER_FORWARD.replace("self.linear", "self.layer")),
    ),
    "two-layer-swapped-dims": (
        (
            at.TWO_LAYER_INIT,
            "        self.linear1 = Linear(hidden_dim, in_dim)\n        self.linear2 = Linear(out_dim, hidden_dim)\n",
        ),
        (at.TWO_LAYER_FORWARD, "h = torch.relu(self.linear1(X))\n        return self.linear2(h)"),
    ),
    "two-layer-arguments-swapped": (
        (at.TWO_LAYER_SIGNATURE, "def __init__(self, in_dim, out_dim, hidden_dim, **more):"),
    ),
    "two-layer-fixed-hidden-dim": ((at.TWO_LAYER_INIT, "        hidden_dim = 128\n" + at.TWO_LAYER_INIT),),
    # --- MultiLayerNN
    "multi-layer-last-hidden-missing": ((at.MULTI_LAYER_DIMS, "dims = [in_dim] + list(hidden_dims)[:-1] + [out_dim]"),),
    "multi-layer-reversed-dims": ((at.MULTI_LAYER_DIMS, "dims = [in_dim] + list(reversed(hidden_dims)) + [out_dim]"),),
    "multi-layer-list-extended": (
        (at.MULTI_LAYER_DIMS, "hidden_dims.append(out_dim)\n        dims = [in_dim] + hidden_dims"),
    ),
    "multi-layer-arguments-swapped": (
        (at.MULTI_LAYER_SIGNATURE, "def __init__(self, in_dim, hidden_dims, out_dim, **more):"),
    ),
    "multi-layer-swapped-dims": (
        (
            at.MULTI_LAYER_LAYERS,
            "self.linears = ModuleList([Linear(dims[i + 1], dims[i]) for i in range(len(dims) - 1)])",
        ),
    ),
    "multi-layer-extra-layer": ((at.MULTI_LAYER_DIMS, "dims = [in_dim, *hidden_dims, out_dim, out_dim]"),),
    "multi-layer-python-list": ((at.MULTI_LAYER_LAYERS, f"self.linears = []\n        self.linears.extend({_LAYERS})"),),
    "multi-layer-other-name": (
        (at.MULTI_LAYER_LAYERS, f"self.layers = ModuleList({_LAYERS})"),
        (
            at.MULTI_LAYER_FORWARD,
            "        *hidden, last = self.layers\n        for layer in hidden:\n"
            "            X = torch.relu(layer(X))\n        return last(X)\n",
        ),
    ),
    "multi-layer-no-relu": (
        (at.MULTI_LAYER_FORWARD, "        for layer in self.linears:\n            X = layer(X)\n        return X\n"),
    ),
    "multi-layer-sigmoid": ((at.MULTI_LAYER_RELU, "X = 1 / (1 + (-linear(X)).exp())"),),
    "multi-layer-detached": ((at.MULTI_LAYER_RELU, "X = torch.relu(linear(X)).data"),),
    "multi-layer-relu-on-output": ((at.MULTI_LAYER_LAST, "return torch.relu(self.linears[-1](X))"),),
    "multi-layer-relu-after-first-only": (
        (
            at.MULTI_LAYER_FORWARD,
            "        first, *others = self.linears\n        X = first(X)\n"
            "        if others:\n            X = torch.relu(X)\n"
            "        for layer in others:\n            X = layer(X)\n        return X\n",
        ),
    ),
    "multi-layer-relu-before-layers": (
        (
            at.MULTI_LAYER_FORWARD,
            "        for layer in self.linears:\n            X = layer(X.clamp(min=0))\n        return X\n",
        ),
    ),
}


def all_twins() -> tuple[Mutant, ...]:
    """Each with the mistake and the questions of its mutant, and the name `<mutant>-twin`."""
    by_name = {mutant.name: mutant for mutant in all_mutants()}
    return tuple(replace(by_name[name], name=f"{name}-twin", edits=edits) for name, edits in EDITS.items())
