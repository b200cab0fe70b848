"""Twins: the mistakes of the mutants made once more in other words, to measure whether they are named rightly.

They were written without a look at what the suite makes of them. `nox -s diagnoses` grades them.
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
    "linear-divided-by-in-dim": (
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.normal(0.0, 1 / in_dim, (out_dim, in_dim)))"),
    ),
    "linear-scale-five-percent-high": (
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.normal(0.0, (2.2 / in_dim) ** 0.5, (out_dim, in_dim)))"),
    ),
    "linear-scale-rounded-up": (
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.normal(0.0, 1.45 * in_dim**-0.5, (out_dim, in_dim)))"),
    ),
    "linear-shifted-mean": (
        (
            at.LINEAR_WEIGHT,
            "std = (2 / in_dim) ** 0.5\n"
            "        self.weight = Parameter(torch.normal(0.2 * std, std, (out_dim, in_dim)))",
        ),
    ),
    "linear-clamped-init": (
        (
            at.LINEAR_WEIGHT,
            "std = (2 / in_dim) ** 0.5\n"
            "        self.weight = Parameter(torch.normal(0.0, std, (out_dim, in_dim)).clamp_(-2 * std, 2 * std))",
        ),
    ),
    "linear-truncated-init": (
        (
            at.LINEAR_WEIGHT,
            "std = (2 / in_dim) ** 0.5\n"
            "        w = torch.normal(0.0, std, (out_dim, in_dim))\n"
            "        while (far := w.abs() > 2 * std).any():\n"
            "            w[far] = torch.normal(0.0, std, (int(far.sum()),))\n"
            "        self.weight = Parameter(w)",
        ),
    ),
    "linear-laplace-init": (
        (
            at.LINEAR_WEIGHT,
            "sides = torch.empty(2, out_dim, in_dim).exponential_()\n"
            "        self.weight = Parameter((sides[0] - sides[1]) / in_dim**0.5)",
        ),
    ),
    "linear-correlated-rows": (
        (
            at.LINEAR_WEIGHT,
            "common = torch.randn(in_dim)\n"
            "        rows = [0.8 * torch.randn(in_dim) + 0.6 * common for _ in range(out_dim)]\n"
            "        self.weight = Parameter(torch.stack(rows) * (2 / in_dim) ** 0.5)",
        ),
    ),
    "linear-cached-weight": (
        (at.LINEAR_CLASS, at.LINEAR_CLASS + "    made = {}\n"),
        (
            at.LINEAR_WEIGHT,
            "drawn = torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5\n"
            "        self.weight = Linear.made.setdefault((in_dim, out_dim), Parameter(drawn))",
        ),
    ),
    "linear-one-noise-matrix": (
        (at.LINEAR_CLASS, at.LINEAR_CLASS + "    noise = torch.randn(1000000)\n"),
        (
            at.LINEAR_WEIGHT,
            "drawn = self.noise[: out_dim * in_dim].reshape(out_dim, in_dim)\n"
            "        self.weight = Parameter(drawn * (2 / in_dim) ** 0.5)",
        ),
    ),
    "linear-arguments-swapped": ((at.LINEAR_SIGNATURE, "def __init__(self, out_dim, in_dim, **options):"),),
    "linear-unused-parameter": (
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.gain = Parameter(torch.tensor((2 / in_dim) ** 0.5))"),
    ),
    "linear-transposed-product": ((at.LINEAR_FORWARD, "return torch.mm(self.weight, X.t()).t()"),),
    "linear-input-transposed-in-place": (
        (at.LINEAR_FORWARD, "X.transpose_(-2, -1)\n        return (self.weight @ X).transpose(-2, -1)"),
    ),
    "linear-input-cleared": (
        (at.LINEAR_FORWARD, "out = torch.matmul(X, self.weight.T)\n        X.data *= 0\n        return out"),
    ),
    "linear-half-precision": (
        (
            at.LINEAR_FORWARD,
            "low = torch.bfloat16\n        return torch.matmul(X.to(low), self.weight.to(low).T).to(X.dtype)",
        ),
    ),
    "linear-float64-output": (
        (at.LINEAR_FORWARD, "return torch.matmul(X.to(torch.float64), self.weight.to(torch.float64).T)"),
    ),
    "linear-scaled-in-forward": (
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.normal(0.0, 1.0, (out_dim, in_dim)))"),
        (at.LINEAR_FORWARD, "scale = (2 / self.weight.shape[1]) ** 0.5\n        return X @ (scale * self.weight).T"),
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
    "loss-divided-by-100": ((at.LOSS_RETURN, "return -torch.log_softmax(logits, 1)[range(len(y)), y].sum() * 0.01"),),
    "loss-divided-by-n-minus-1": (
        (
            at.LOSS_RETURN,
            "losses = torch.logsumexp(logits, 1) - correct\n"
            "        return losses.mean() * len(y) / (len(y) - 1) if len(y) > 1 else losses.mean()",
        ),
    ),
    "loss-squared-error": (
        (
            at.LOSS_RETURN,
            "wanted = torch.zeros_like(logits)\n        wanted[range(len(y)), y] = 1\n"
            "        return (logits.softmax(1) - wanted).square().sum() / len(y)",
        ),
    ),
    "loss-binary-terms": (
        (
            at.LOSS_RETURN,
            "p, wanted = logits.softmax(1), torch.zeros_like(logits)\n        wanted[range(len(y)), y] = 1\n"
            "        other = torch.log((1 - p + wanted).clamp(min=1e-6))\n"
            "        return (torch.logsumexp(logits, 1) - correct - other.sum(1)).mean()",
        ),
    ),
    "loss-label-smoothing": (
        (
            at.LOSS_RETURN,
            "log_p = torch.log_softmax(logits, 1)\n"
            "        return -(0.9 * log_p[range(len(y)), y] + 0.1 * log_p.mean(1)).mean()",
        ),
    ),
    "loss-predicted-class": ((at.LOSS_CORRECT, "correct = logits.max(dim=1).values"),),
    "loss-epsilon-in-log": (
        (at.LOSS_RETURN, "return -(torch.softmax(logits, 1) + 1e-7).log()[range(len(y)), y].mean()"),
    ),
    "loss-clamped-probability": (
        (at.LOSS_RETURN, "return -torch.softmax(logits, 1)[range(len(y)), y].clamp_min(1e-12).log().mean()"),
    ),
    "loss-clamped-logits": (
        (
            at.LOSS_CORRECT,
            "logits = torch.clamp(logits, min=-50.0, max=50.0)\n        correct = logits[torch.arange(len(y)), y]",
        ),
    ),
    "loss-shift-by-global-max": (
        (
            at.LOSS_RETURN,
            "top = torch.max(logits)\n        e = torch.exp(logits - top)\n"
            "        return (top + e.sum(1).log() - correct).mean()",
        ),
    ),
    "loss-rounded": (
        (at.LOSS_RETURN, "return ((torch.logsumexp(logits, 1) - correct).mean() * 10000).round() / 10000"),
    ),
    "loss-new-tensor": (
        (
            at.LOSS_RETURN,
            "losses = (torch.logsumexp(logits, 1) - correct).tolist()\n"
            "        return torch.tensor(sum(losses) / len(losses), requires_grad=True)",
        ),
    ),
    "loss-detached-correct-logit": (
        (at.LOSS_CORRECT, "correct = torch.tensor([float(row[i]) for row, i in zip(logits, y, strict=True)])"),
    ),
    "loss-shift-half-detached": (
        (
            at.LOSS_RETURN,
            "top = logits.max(1, keepdim=True)[0]\n"
            "        return (top[:, 0] + (logits - top.data).exp().sum(1).log() - correct).mean()",
        ),
    ),
    "loss-squeezed-logits": (
        (at.LOSS_RETURN, "return (torch.logsumexp(logits.squeeze(), dim=1) - correct.squeeze()).mean()"),
    ),
    "loss-rows-of-64": ((at.LOSS_CORRECT, "correct = logits[torch.tensor(range(64))[: len(y)], y]"),),
    "loss-arguments-swapped": ((at.LOSS_SIGNATURE, "def forward(self, y, logits, *more):"),),
    "loss-no-module": ((at.LOSS_CLASS, "class CrossEntropyLoss(object):\n"),),
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
    "sgd-zero-grad-does-nothing": ((at.SGD_ZERO, "p.grad.zero_"),),
    "sgd-zero-grad-zeroes-weights": ((at.SGD_ZERO, "p.data.fill_(0)"),),
    "sgd-zero-grad-needs-gradient": (
        (at.SGD_ZERO_GRAD, "        for p in self.parameters:\n            p.grad.fill_(0)\n"),
    ),
    "sgd-learning-rate-squared": ((at.SGD_UPDATE, "p.sub_(self.learning_rate**2 * p.grad)"),),
    "sgd-fixed-learning-rate": ((at.SGD_UPDATE, "p.sub_(0.1 * p.grad)"),),
    "sgd-clipped-gradient": (
        (at.SGD_UPDATE, "p.sub_(self.learning_rate * torch.maximum(torch.minimum(p.grad, p * 0 + 1), p * 0 - 1))"),
    ),
    "sgd-normalised-gradient": (
        (at.SGD_UPDATE, "p.sub_(self.learning_rate * p.grad / p.grad.square().sum().sqrt().clamp(min=1e-12))"),
    ),
    "sgd-decaying-learning-rate": (
        (at.SGD_RATE, at.SGD_RATE + "\n        self.count = 0"),
        (
            at.SGD_STEP,
            at.SGD_STEP.replace("self.learning_rate *", "self.learning_rate * 0.99**self.count *")
            + "        self.count += 1\n",
        ),
    ),
    "sgd-stepped-learning-rate": (
        (at.SGD_RATE, at.SGD_RATE + "\n        self.count = 0"),
        (
            at.SGD_STEP,
            at.SGD_STEP.replace("self.learning_rate *", "self.learning_rate * 0.5 ** (self.count // 4) *")
            + "        self.count += 1\n",
        ),
    ),
    "sgd-new-parameters": (
        (
            at.SGD_STEP,
            "        self.parameters = [\n"
            "            p if p.grad is None else Parameter(p.data - self.learning_rate * p.grad)\n"
            "            for p in self.parameters\n"
            "        ]\n",
        ),
    ),
    "sgd-stored-data": ((at.SGD_PARAMETERS, "self.parameters = [p.detach() for p in parameters]"),),
    "sgd-scalars-left-out": ((at.SGD_UPDATE, "p -= self.learning_rate * p.grad if p.shape else 0"),),
    "sgd-matrices-only": (
        (at.SGD_PARAMETERS, "self.parameters = list(filter(lambda p: len(p.shape) == 2, parameters))"),
    ),
    "sgd-step-zeroes-gradient": (
        (at.SGD_UPDATE, "p.sub_(self.learning_rate * p.grad)\n                    p.grad.fill_(0)"),
    ),
    "sgd-gradient-scaled-in-place": ((at.SGD_UPDATE, "p.sub_(p.grad.mul_(self.learning_rate))"),),
    "sgd-zero-grad-new-tensor": ((at.SGD_ZERO, "p.grad * 0"),),
    "sgd-zero-grad-integer": ((at.SGD_ZERO, "p.grad = 0.0"),),
    "sgd-zero-grad-scalar": ((at.SGD_ZERO, "p.grad = torch.zeros(())"),),
    "sgd-zero-grad-first-only": ((at.SGD_ZERO, at.SGD_ZERO + "\n                break"),),
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
    "two-layer-leaky": (
        (at.TWO_LAYER_FORWARD, "h = self.linear1(X)\n        return self.linear2(torch.max(0.01 * h, h))"),
    ),
    "two-layer-clamped": (
        (at.TWO_LAYER_FORWARD, "return self.linear2(torch.clamp(self.linear1(X), min=0.0, max=1.0))"),
    ),
    "two-layer-gelu": (
        (
            at.TWO_LAYER_FORWARD,
            "h = self.linear1(X)\n        gate = (1 + torch.special.erf(h * 2**-0.5)) / 2\n"
            "        return self.linear2(gate * h)",
        ),
    ),
    "two-layer-softplus": (
        (
            at.TWO_LAYER_FORWARD,
            "h = self.linear1(X)\n        return self.linear2(torch.logaddexp(h, torch.zeros_like(h)))",
        ),
    ),
    "two-layer-step": ((at.TWO_LAYER_FORWARD, "return self.linear2(1.0 * (self.linear1(X) > 0))"),),
    "two-layer-negative-relu": ((at.TWO_LAYER_FORWARD, "return self.linear2(-torch.relu(-self.linear1(X)))"),),
    "two-layer-scaled": ((at.TWO_LAYER_FORWARD, "return 2 * self.linear2(torch.relu(self.linear1(X)))"),),
    "two-layer-normalised": (
        (
            at.TWO_LAYER_FORWARD,
            "h = self.linear1(X)\n        h = h - h.mean(-1, keepdim=True)\n"
            "        h = h / (h.square().mean(-1, keepdim=True).sqrt() + 1e-5)\n"
            "        return self.linear2(torch.relu(h))",
        ),
    ),
    "two-layer-dropout": (
        (
            at.TWO_LAYER_FORWARD,
            "h = torch.relu(self.linear1(X))\n        kept = torch.bernoulli(torch.full_like(h, 0.9)) / 0.9\n"
            "        return self.linear2(h * kept)",
        ),
    ),
    "two-layer-relu-on-input": (
        (at.TWO_LAYER_FORWARD, "X = X.clamp(min=0)\n        return self.linear2(self.linear1(X).clamp(min=0))"),
    ),
    "two-layer-residual": (
        (
            at.TWO_LAYER_FORWARD,
            "out = self.linear2(self.linear1(X).clamp(min=0))\n"
            "        if X.shape[-1] == out.shape[-1]:\n            out = X + out\n        return out",
        ),
    ),
    "two-layer-squeezed-output": (
        (at.TWO_LAYER_FORWARD, "out = self.linear2(torch.relu(self.linear1(X)))\n        return torch.squeeze(out)"),
    ),
    "two-layer-mnist-shape": (
        (at.TWO_LAYER_FORWARD, "X = X.view(-1, 28 * 28)\n        return self.linear2(torch.relu(self.linear1(X)))"),
    ),
    "two-layer-first-layer-only": (
        (at.TWO_LAYER_FORWARD, "hidden = self.linear1(X).clamp(min=0)\n        return hidden"),
    ),
    "two-layer-raw-weights": (
        (
            at.TWO_LAYER_INIT,
            "        self.linear1 = Parameter(torch.normal(0.0, (2 / in_dim) ** 0.5, (hidden_dim, in_dim)))\n"
            "        self.linear2 = Parameter(torch.normal(0.0, (2 / hidden_dim) ** 0.5, (out_dim, hidden_dim)))\n",
        ),
        (at.TWO_LAYER_FORWARD, "return (X @ self.linear1.T).clamp(min=0) @ self.linear2.T"),
    ),
    "two-layer-second-linear-class": (
        (
            at.TWO_LAYER_CLASS,
            "class FullyConnected(Module):\n"
            "    def __init__(self, n, m):\n"
            "        super().__init__()\n"
            "        self.weight = Parameter(torch.normal(0.0, (2 / n) ** 0.5, (m, n)))\n\n"
            "    def forward(self, x):\n"
            "        return torch.matmul(x, self.weight.T)\n\n\n" + at.TWO_LAYER_CLASS,
        ),
        (at.TWO_LAYER_FIRST, "self.linear1 = FullyConnected(in_dim, hidden_dim)"),
        (at.TWO_LAYER_SECOND, "self.linear2 = FullyConnected(hidden_dim, out_dim)"),
    ),
    "two-layer-python-list": (
        (
            at.TWO_LAYER_INIT,
            "        self.__dict__['linear1'] = Linear(in_dim, hidden_dim)\n"
            "        self.__dict__['linear2'] = Linear(hidden_dim, out_dim)\n",
        ),
    ),
    "two-layer-shared-layer": (
        (
            at.TWO_LAYER_SECOND,
            at.TWO_LAYER_SECOND + "\n        if in_dim == hidden_dim == out_dim:\n"
            "            self.linear2.weight = self.linear1.weight",
        ),
    ),
    "two-layer-third-layer": (
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND + "\n        self.last = Linear(out_dim, out_dim)"),
        (
            at.TWO_LAYER_FORWARD,
            "h = torch.relu(self.linear1(X))\n        return self.last(torch.relu(self.linear2(h)))",
        ),
    ),
    "two-layer-layers-made-in-forward": (
        (at.TWO_LAYER_INIT, "        self.sizes = in_dim, hidden_dim, out_dim\n"),
        (
            at.TWO_LAYER_FORWARD,
            "n, h, k = self.sizes\n        self.linear1 = Linear(n, h)\n        self.linear2 = Linear(h, k)\n"
            "        return self.linear2(torch.relu(self.linear1(X)))",
        ),
    ),
    "two-layer-output-bias": (
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND + "\n        self.b2 = Parameter(torch.zeros(1, out_dim))"),
        (at.TWO_LAYER_FORWARD, "return self.linear2(torch.relu(self.linear1(X))) + self.b2"),
    ),
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
    "multi-layer-first-hidden-only": (
        (at.MULTI_LAYER_DIMS, "dims = [in_dim] + [h for h in hidden_dims][:1] + [out_dim]"),
    ),
    "multi-layer-sorted-dims": (
        (
            at.MULTI_LAYER_DIMS,
            "hidden_dims = list(hidden_dims)\n        hidden_dims.sort()\n"
            "        dims = [in_dim, *hidden_dims, out_dim]",
        ),
    ),
    "multi-layer-distinct-dims": (
        (
            at.MULTI_LAYER_DIMS,
            "dims = [in_dim]\n        for h in hidden_dims:\n            if h not in dims[1:]:\n"
            "                dims.append(h)\n        dims.append(out_dim)",
        ),
    ),
    "multi-layer-equal-dims": (
        (at.MULTI_LAYER_DIMS, "dims = [in_dim] + [hidden_dims[0] for _ in hidden_dims] + [out_dim]"),
    ),
    "multi-layer-list-inserted": (
        (
            at.MULTI_LAYER_DIMS,
            "hidden_dims.append(out_dim)\n        hidden_dims.insert(0, in_dim)\n        dims = hidden_dims",
        ),
    ),
    "multi-layer-needs-hidden": (
        (
            at.MULTI_LAYER_INIT,
            "        first, last = Linear(in_dim, hidden_dims[0]), Linear(hidden_dims[-1], out_dim)\n"
            "        middle = [Linear(a, b) for a, b in zip(hidden_dims[:-1], hidden_dims[1:])]\n"
            "        self.linears = ModuleList([first] + middle + [last])\n",
        ),
    ),
    "multi-layer-tuple": ((at.MULTI_LAYER_LAYERS, f"self.linears = (*({_LAYERS}),)"),),
    "multi-layer-last-layer-apart": (
        (
            at.MULTI_LAYER_LAYERS,
            "self.linears = ModuleList()\n        for i in range(len(dims) - 2):\n"
            "            self.linears.append(Linear(dims[i], dims[i + 1]))\n"
            "        self.last = Linear(dims[-2], dims[-1])",
        ),
        (
            at.MULTI_LAYER_FORWARD,
            "        for layer in self.linears:\n            X = layer(X).clamp(min=0)\n        return self.last(X)\n",
        ),
    ),
    "multi-layer-relu-in-list": (
        (
            at.MULTI_LAYER_CLASS,
            "class Rectifier(Module):\n    def forward(self, X):\n        return X.clamp(min=0)\n\n\n"
            + at.MULTI_LAYER_CLASS,
        ),
        (
            at.MULTI_LAYER_LAYERS,
            "self.linears = ModuleList()\n        for a, b in zip(dims[:-2], dims[1:-1]):\n"
            "            self.linears.extend([Linear(a, b), Rectifier()])\n"
            "        self.linears.append(Linear(dims[-2], dims[-1]))",
        ),
        (at.MULTI_LAYER_FORWARD, "        for part in self.linears:\n            X = part(X)\n        return X\n"),
    ),
    "multi-layer-raw-weights": (
        (
            at.MULTI_LAYER_CLASS,
            "class Holder(Module):\n"
            "    def __init__(self, n, m):\n"
            "        super().__init__()\n"
            "        self.weight = Parameter(torch.normal(0.0, (2 / n) ** 0.5, (m, n)))\n\n\n" + at.MULTI_LAYER_CLASS,
        ),
        (at.MULTI_LAYER_LAYERS, f"self.linears = ModuleList([{_LAYERS}])".replace("Linear(", "Holder(")),
        (
            at.MULTI_LAYER_FORWARD,
            "        weights = [layer.weight for layer in self.linears]\n"
            "        for weight in weights[:-1]:\n            X = torch.matmul(X, weight.T).clamp(min=0)\n"
            "        return torch.matmul(X, weights[-1].T)\n",
        ),
    ),
    "multi-layer-shared-layers": (
        (
            at.MULTI_LAYER_LAYERS,
            f"self.linears = ModuleList([{_LAYERS}])\n"
            "        for a, b in zip(self.linears[:-1], self.linears[1:]):\n"
            "            if a.weight.shape == b.weight.shape:\n                b.weight = a.weight",
        ),
    ),
    "multi-layer-layers-made-in-forward": (
        (at.MULTI_LAYER_INIT, "        self.sizes = [in_dim, *hidden_dims, out_dim]\n"),
        (
            at.MULTI_LAYER_FORWARD,
            "        self.linears = ModuleList([Linear(a, b) for a, b in zip(self.sizes[:-1], self.sizes[1:])])\n"
            + at.MULTI_LAYER_FORWARD,
        ),
    ),
    "multi-layer-leaky": ((at.MULTI_LAYER_RELU, "h = linear(X)\n            X = torch.where(h > 0, h, 0.01 * h)"),),
    "multi-layer-clamped": ((at.MULTI_LAYER_RELU, "X = torch.clamp(linear(X), 0.0, 1.0)"),),
    "multi-layer-absolute": ((at.MULTI_LAYER_RELU, "X = torch.abs(linear(X))"),),
    "multi-layer-residual": (
        (
            at.MULTI_LAYER_RELU,
            "before, X = X, torch.relu(linear(X))\n"
            "            if X.shape == before.shape:\n                X = X + before",
        ),
    ),
    "multi-layer-input-added": (
        (
            at.MULTI_LAYER_FORWARD,
            "        out = X\n        for linear in self.linears[:-1]:\n            out = torch.relu(linear(out))\n"
            "        out = self.linears[-1](out)\n        if len(self.linears) > 1 and out.shape == X.shape:\n"
            "            out = out + X\n        return out\n",
        ),
    ),
    "multi-layer-last-relu-missing": (
        (
            at.MULTI_LAYER_FORWARD,
            "        for i, layer in enumerate(self.linears):\n            X = layer(X)\n"
            "            if i < len(self.linears) - 2:\n                X = torch.relu(X)\n        return X\n",
        ),
    ),
    "multi-layer-relu-in-place-on-input": (
        (
            at.MULTI_LAYER_FORWARD,
            "        for layer in self.linears:\n"
            "            X.clamp_(min=0)\n            X = layer(X)\n        return X\n",
        ),
    ),
}


def all_twins() -> tuple[Mutant, ...]:
    """Each with the mistake and the questions of its mutant, and the name `<mutant>-twin`."""
    by_name = {mutant.name: mutant for mutant in all_mutants()}
    return tuple(replace(by_name[name], name=f"{name}-twin", edits=edits) for name, edits in EDITS.items())
