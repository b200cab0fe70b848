"""The mistakes of MultiLayerNN's mutants in other words."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at

_LAYERS = "Linear(m, n) for m, n in zip([in_dim, *hidden_dims], [*hidden_dims, out_dim], strict=True)"

EDITS: dict[str, tuple[Edit, ...]] = {
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
