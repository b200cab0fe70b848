"""The mistakes of TwoLayerNN's mutants in other words."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at

EDITS: dict[str, tuple[Edit, ...]] = {
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
}
