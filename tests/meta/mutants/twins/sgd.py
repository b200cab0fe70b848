"""The mistakes of SGD's mutants in other words."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at

EDITS: dict[str, tuple[Edit, ...]] = {
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
    "sgd-other-argument-name": (
        (at.SGD_SIGNATURE, "def __init__(self, parameters, rate):"),
        (at.SGD_RATE, "self.learning_rate = rate"),
    ),
    "sgd-parameters-on-class": (
        (at.SGD_CLASS, at.SGD_CLASS + "    parameters = []\n"),
        (at.SGD_PARAMETERS, "self.parameters[:] = parameters"),
    ),
    "sgd-leaves-gradients-off": ((at.SGD_UPDATE, at.SGD_UPDATE + "\n        torch.no_grad().__enter__()"),),
}
