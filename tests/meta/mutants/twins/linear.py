"""The mistakes of Linear's mutants in other words."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at

EDITS: dict[str, tuple[Edit, ...]] = {
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
    "linear-small-constant": (
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.normal(0.0, 0.02, (out_dim, in_dim)))"),
    ),
    "linear-remembers-output": (
        (
            at.LINEAR_FORWARD,
            "if not hasattr(self, 'kept') or not torch.equal(self.kept[0], X):\n"
            "            self.kept = X.clone(), X @ self.weight.T\n"
            "        return self.kept[1]",
        ),
    ),
    "linear-weight-on-class": (
        (at.LINEAR_CLASS, "current = []\n\n\n" + at.LINEAR_CLASS),
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        current[:] = [self.weight]"),
        (at.LINEAR_FORWARD, "return X @ current[0].T"),
    ),
    "linear-leaves-gradients-off": (
        (
            at.LINEAR_FORWARD,
            "product = torch.matmul(X, self.weight.T)\n        torch.no_grad().__enter__()\n        return product",
        ),
    ),
    "linear-squeezed-output": ((at.LINEAR_FORWARD, "return torch.squeeze(torch.matmul(X, self.weight.T))"),),
}
