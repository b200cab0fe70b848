"""Banned ways to write Linear, each with right values."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.mutants.rules.making import forbidden


def _forward(name: str, mistake: str, product: str, *edits: Edit) -> Mutant:
    """Linear returns `product`."""
    return forbidden(name, "Linear", mistake, (at.LINEAR_FORWARD, f"return {product}"), *edits)


MUTANTS: tuple[Mutant, ...] = (
    forbidden(
        "linear-subclass",
        "Linear",
        "Linear is a subclass of torch.nn.Linear",
        (at.LINEAR_CLASS, "class Linear(torch.nn.Linear):\n"),
        (at.LINEAR_SUPER, "        super().__init__(in_dim, out_dim, bias=False)\n        self.weight"),
    ),
    forbidden(
        "linear-wrapped",
        "Linear",
        "Linear calls a torch.nn.Linear that is imported under another name",
        importing("from torch.nn import Linear as Dense"),
        (
            at.LINEAR_WEIGHT,
            "self.dense = Dense(in_dim, out_dim, bias=False)\n"
            "        self.dense.weight.data = torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5\n"
            "        self.weight = self.dense.weight",
        ),
        (at.LINEAR_FORWARD, "return self.dense(X)"),
    ),
    forbidden(
        "linear-by-module-path",
        "Linear",
        "Linear takes its forward from torch.nn.modules.linear.Linear",
        importing("import torch.nn.modules.linear"),
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.bias = None"),
        (at.LINEAR_FORWARD, "return torch.nn.modules.linear.Linear.forward(self, X)"),
    ),
    forbidden(
        "linear-kaiming",
        "Linear",
        "the initial weights are drawn by torch.nn.init",
        (
            at.LINEAR_WEIGHT,
            "self.weight = Parameter(torch.empty(out_dim, in_dim))\n"
            '        torch.nn.init.kaiming_normal_(self.weight, nonlinearity="relu")',
        ),
    ),
    forbidden(
        "linear-init-from-import",
        "Linear",
        "the initial weights are drawn by a function imported from torch.nn.init",
        importing("from torch.nn.init import normal_"),
        (at.LINEAR_WEIGHT, "self.weight = Parameter(normal_(torch.empty(out_dim, in_dim), 0.0, (2 / in_dim) ** 0.5))"),
    ),
    _forward(
        "linear-functional-alias",
        "torch.nn.functional.linear is used, as F.linear",
        "F.linear(X, self.weight)",
        importing("import torch.nn.functional as F"),
    ),
    _forward(
        "linear-c-binding",
        "torch._C._nn.linear is used, which is what torch.nn.functional.linear calls",
        "torch._C._nn.linear(X, self.weight)",
    ),
    _forward(
        "linear-operator",
        "torch.ops.aten.linear is used, which is what torch.nn.functional.linear calls",
        "torch.ops.aten.linear(X, self.weight)",
    ),
    forbidden(
        "linear-distribution",
        "Linear",
        "the initial weights are drawn by torch.distributions",
        (
            at.LINEAR_WEIGHT,
            "normal = torch.distributions.Normal(0.0, (2 / in_dim) ** 0.5)\n"
            "        self.weight = Parameter(normal.sample((out_dim, in_dim)))",
        ),
    ),
    _forward(
        "linear-exec",
        "torch.nn.functional.linear is imported in a string that is executed",
        "linear(X, self.weight)",
        importing('exec("from torch.nn.functional import linear")'),
    ),
    _forward(
        "linear-by-subclasses",
        "torch.nn.Linear is found among the subclasses of Module",
        "Dense.forward(self, X)",
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.bias = None"),
        importing('Dense = next(c for c in Module.__subclasses__() if c.__name__ == "Linear")'),
    ),
)
