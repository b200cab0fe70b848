"""Linear, written in other ways that are as right as the reference's."""

from tests.meta.mutants import Edit
from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.variants import Variant
from tests.meta.variants.making import variant


def _product(name: str, what: str, body: str) -> Variant:
    """Linear ends with `body`."""
    return variant(f"linear-{name}", what, (at.LINEAR_FORWARD, body))


def _weight(name: str, what: str, statements: str, *edits: Edit) -> Variant:
    """`statements` store the initial weight of Linear."""
    return variant(f"linear-{name}", what, (at.LINEAR_WEIGHT, statements), *edits)


VARIANTS: tuple[Variant, ...] = (
    _product("einsum", "the product is an einsum", 'return torch.einsum("...i,oi->...o", X, self.weight)'),
    _product(
        "broadcast-sum",
        "small products are summed over a broadcast product, large ones are matrix products",
        "if X.numel() * len(self.weight) <= 200_000:  # (..., out_dim, in_dim) fits in the cache\n"
        "            return (X[..., None, :] * self.weight).sum(dim=-1)\n"
        "        return X @ self.weight.T",
    ),
    _product(
        "float64-inside",
        "the product is computed in float64 and cast back",
        "return (X.double() @ self.weight.double().T).to(X.dtype)",
    ),
    _product(
        "column-vectors",
        "every input is a column that is multiplied from the left",
        "return (self.weight @ X[..., None])[..., 0]",
    ),
    _product("tensordot", "the product is a tensordot", "return torch.tensordot(X, self.weight, dims=([-1], [1]))"),
    _product("matmul", "the product is a call of torch.matmul", "return torch.matmul(X, self.weight.transpose(0, 1))"),
    _product(
        "flattened",
        "leading dimensions are flattened for the product and restored after it",
        "rows = torch.mm(X.reshape(-1, X.shape[-1]), self.weight.t())\n"
        "        return rows.reshape(*X.shape[:-1], self.weight.shape[0])",
    ),
    _weight(
        "torch-normal",
        "the initial weights come from torch.normal",
        "self.weight = Parameter(torch.normal(0.0, math.sqrt(2.0 / in_dim), size=(out_dim, in_dim)))",
        importing("import math"),
    ),
    _weight(
        "empty-normal",
        "the initial weights are drawn into an empty tensor",
        "self.weight = Parameter(torch.empty(out_dim, in_dim).normal_(std=(2 / in_dim) ** 0.5))",
    ),
    _weight(
        "drawn-in-place",
        "the Parameter is made first and filled under no_grad",
        "self.weight = Parameter(torch.zeros(out_dim, in_dim))\n"
        "        with torch.no_grad():\n"
        "            self.weight.normal_().mul_(2**0.5).div_(in_dim**0.5)",
    ),
    _weight(
        "transposed-storage",
        "the weights are drawn as (in_dim, out_dim) and transposed, so that they are not contiguous",
        "self.weight = Parameter((torch.randn(in_dim, out_dim) / torch.sqrt(torch.tensor(in_dim / 2))).T)",
    ),
    _weight(
        "numpy-normal",
        "the initial weights come from numpy's generator",
        "scale = np.sqrt(2.0 / in_dim)\n"
        "        self.weight = Parameter(torch.tensor(scale * np.random.randn(out_dim, in_dim), dtype=torch.float32))",
        importing("import numpy as np"),
    ),
    _weight(
        "box-muller",
        "the Gaussian numbers are made from uniform ones by the method of Box and Muller",
        "u, v = torch.rand(2, out_dim, in_dim, dtype=torch.float64)\n"
        "        gaussian = torch.sqrt(-2 * torch.log(1 - u)) * torch.cos(2 * torch.pi * v)\n"
        "        self.weight = Parameter((gaussian * (2 / in_dim) ** 0.5).float())",
    ),
    _weight(
        "row-by-row",
        "each row of the initial weights is drawn by a call of its own",
        "rows = [torch.randn(in_dim) * (2 / in_dim) ** 0.5 for _ in range(out_dim)]\n"
        '        self.register_parameter("weight", Parameter(torch.stack(rows)))',
    ),
    variant(
        "linear-compiled",
        "the class is compiled, and so are the forward functions of the loss and of a network",
        (at.LINEAR_CLASS, "@torch.compile\n" + at.LINEAR_CLASS),
        (at.LOSS_SIGNATURE, '@torch.compile(mode="max-autotune", fullgraph=True)\n    ' + at.LOSS_SIGNATURE),
        (at.MULTI_LAYER_CLASS, "@torch.compile()\n" + at.MULTI_LAYER_CLASS),
    ),
)
