"""Mistakes in Linear: other initial weights, another product, weights that do not learn."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at


def _mutant(name: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"linear-{name}", questions=("Linear",), mistake=mistake, edits=edits)


def _weight(name: str, mistake: str, tensor: str) -> Mutant:
    """Only the initial weights are wrong; `tensor` is their expression."""
    return _mutant(name, mistake, (at.LINEAR_WEIGHT, f"self.weight = Parameter({tensor})"))


def _forward(name: str, mistake: str, body: str) -> Mutant:
    """Only the product is wrong; `body` stands in place of its return statement."""
    return _mutant(name, mistake, (at.LINEAR_FORWARD, body))


_INITIAL_WEIGHTS = (
    _weight(
        "uniform-init",
        "the initial weights are uniform; they have the right standard deviation but are not Gaussian",
        "(2 * torch.rand(out_dim, in_dim) - 1) * (6 / in_dim) ** 0.5",
    ),
    _weight(
        "rand-for-randn",
        "the initial weights come from torch.rand (uniform in [0, 1)), not from torch.randn (Gaussian)",
        "torch.rand(out_dim, in_dim) * (2 / in_dim) ** 0.5",
    ),
    _weight(
        "glorot-init",
        "the initial weights are scaled by sqrt(2 / (in_dim + out_dim)), not by sqrt(2 / in_dim)",
        "torch.randn(out_dim, in_dim) * (2 / (in_dim + out_dim)) ** 0.5",
    ),
    _weight(
        "unscaled-init",
        "the initial weights are N(0, 1), not scaled by sqrt(2 / in_dim)",
        "torch.randn(out_dim, in_dim)",
    ),
    _weight(
        "divided-by-in-dim",
        "the initial weights are divided by in_dim, not scaled by sqrt(2 / in_dim)",
        "torch.randn(out_dim, in_dim) / in_dim",
    ),
    _weight(
        "variance-for-std",
        "the initial weights are scaled by 2 / in_dim, which is the variance, not the standard deviation",
        "torch.randn(out_dim, in_dim) * (2 / in_dim)",
    ),
    _weight(
        "scale-one-over-in-dim",
        "the initial weights are scaled by sqrt(1 / in_dim), not by sqrt(2 / in_dim)",
        "torch.randn(out_dim, in_dim) * (1 / in_dim) ** 0.5",
    ),
    _weight(
        "scale-by-out-dim",
        "the initial weights are scaled by sqrt(2 / out_dim), not by sqrt(2 / in_dim)",
        "torch.randn(out_dim, in_dim) * (2 / out_dim) ** 0.5",
    ),
    _weight(
        "scale-five-percent-high",
        "the initial weights are about 5 % too large: their scale is sqrt(2.2 / in_dim), not sqrt(2 / in_dim)",
        "torch.randn(out_dim, in_dim) * (2.2 / in_dim) ** 0.5",
    ),
    _weight(
        "scale-rounded-up",
        "the initial weights are 2.5 % too large: 1.45 stands for the square root of 2",
        "torch.randn(out_dim, in_dim) * 1.45 / in_dim**0.5",
    ),
    _weight(
        "shifted-mean",
        "the initial weights do not have mean 0: a constant is added to them",
        "(torch.randn(out_dim, in_dim) + 0.1) * (2 / in_dim) ** 0.5",
    ),
    _weight(
        "zeros",
        "the initial weights are all zero, so that all units of a network stay the same",
        "torch.zeros(out_dim, in_dim)",
    ),
    _weight(
        "empty",
        "the initial weights are never set: torch.empty takes whatever is in memory",
        "torch.empty(out_dim, in_dim)",
    ),
    _weight(
        "clamped-init",
        "the initial weights are cut off at two standard deviations; a Gaussian is not",
        "torch.randn(out_dim, in_dim).clamp(-2, 2) * (2 / in_dim) ** 0.5",
    ),
    _weight(
        "truncated-init",
        "the initial weights are a Gaussian truncated at two standard deviations",
        "torch.fmod(torch.randn(out_dim, in_dim), 2) * (2 / in_dim) ** 0.5",
    ),
    _weight(
        "small-constant",
        "the initial weights are scaled by 0.01, whatever in_dim is, not by sqrt(2 / in_dim)",
        "0.01 * torch.randn(out_dim, in_dim)",
    ),
    _mutant(
        "laplace-init",
        "the initial weights follow a Laplace distribution; it has the right standard deviation but is not Gaussian",
        (
            at.LINEAR_WEIGHT,
            "u = torch.rand(out_dim, in_dim) - 0.5\n"
            "        laplace = -u.sign() * torch.log1p(-2 * u.abs().clamp(max=0.4999999)) / 2**0.5\n"
            "        self.weight = Parameter(laplace * (2 / in_dim) ** 0.5)",
        ),
    ),
    _weight(
        "repeated-rows",
        "all rows of the initial weights are the same: one row is drawn and repeated",
        "torch.randn(1, in_dim).repeat(out_dim, 1) * (2 / in_dim) ** 0.5",
    ),
    _weight(
        "correlated-rows",
        "the rows of the initial weights are not independent: a random row is added to all of them",
        "(torch.randn(out_dim, in_dim) + torch.randn(1, in_dim)) / in_dim**0.5",
    ),
    _mutant(
        "seeded-init",
        "the seed is set inside __init__, so that two layers of one size start with the same weights",
        (at.LINEAR_SUPER, at.LINEAR_SUPER.replace("self.weight", "torch.manual_seed(0)\n        self.weight")),
    ),
    _mutant(
        "cached-weight",
        "layers of one size share their weights: they are drawn once and kept in a table",
        (at.LINEAR_CLASS, "weights = {}\n\n\n" + at.LINEAR_CLASS),
        (
            at.LINEAR_WEIGHT,
            "if (out_dim, in_dim) not in weights:\n"
            "            weights[out_dim, in_dim] = Parameter(torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5)\n"
            "        self.weight = weights[out_dim, in_dim]",
        ),
    ),
    _mutant(
        "one-noise-matrix",
        "all layers take their initial weights from one random matrix that is drawn when the file is loaded",
        (at.LINEAR_CLASS, "noise = torch.randn(1024, 1024)\n\n\n" + at.LINEAR_CLASS),
        (at.LINEAR_WEIGHT, "self.weight = Parameter(noise[:out_dim, :in_dim] * (2 / in_dim) ** 0.5)"),
    ),
)

_PARAMETERS = (
    _mutant(
        "stored-transposed",
        "the weight has shape (in_dim, out_dim); it should be (out_dim, in_dim)",
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.randn(in_dim, out_dim) * (2 / in_dim) ** 0.5)"),
        (at.LINEAR_FORWARD, "return X @ self.weight"),
    ),
    _mutant(
        "arguments-swapped",
        "__init__ takes (out_dim, in_dim); the order is (in_dim, out_dim)",
        (at.LINEAR_SIGNATURE, "def __init__(self, out_dim, in_dim):"),
    ),
    _mutant(
        "bias",
        "a bias is added; the layer has weights only",
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.bias = Parameter(torch.randn(out_dim) * 0.1)"),
        (at.LINEAR_FORWARD, at.LINEAR_FORWARD + " + self.bias"),
    ),
    _mutant(
        "zero-bias",
        "the layer has a bias that starts at zero; it should have weights only",
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.bias = Parameter(torch.zeros(out_dim))"),
        (at.LINEAR_FORWARD, at.LINEAR_FORWARD + " + self.bias"),
    ),
    _mutant(
        "unused-parameter",
        "the layer registers a second Parameter that it never uses",
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.scale = Parameter(torch.ones(1))"),
    ),
    _mutant(
        "plain-tensor",
        "the weight is a plain tensor and not a Parameter, so that model.parameters() is empty",
        (at.LINEAR_WEIGHT, "self.weight = (torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5).requires_grad_()"),
    ),
    _weight(
        "frozen-weight",
        "the weight does not require a gradient, so that it can't be trained",
        "torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5, requires_grad=False",
    ),
    _weight(
        "float64-weight",
        "the weight is float64, which can't be multiplied with float32 inputs",
        "torch.randn(out_dim, in_dim, dtype=torch.float64) * (2 / in_dim) ** 0.5",
    ),
    _mutant(
        "other-name",
        "the weight is stored as .W; it should be .weight",
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT.replace("self.weight", "self.W")),
        (at.LINEAR_FORWARD, "return X @ self.W.T"),
    ),
    _mutant(
        "no-super-init",
        "super().__init__() is not called, so that Module can't register the weight",
        (at.LINEAR_SUPER, "        self.weight"),
    ),
    _mutant(
        "wrong-super",
        "super() names another class, as it does where __init__ was copied from there",
        (at.LINEAR_SUPER, at.LINEAR_SUPER.replace("super()", "super(CrossEntropyLoss, self)")),
    ),
    _mutant(
        "no-module",
        "Linear is not a Module, so that it can't be called and has no parameters()",
        (at.LINEAR_CLASS, "class Linear:\n"),
    ),
    _weight(
        "squeezed-weight",
        "the weight loses its dimensions of size 1, as it has them where in_dim or out_dim is 1",
        "(torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5).squeeze()",
    ),
)

_PRODUCTS = (
    _forward(
        "no-transpose",
        "the weight is not transposed in forward: the product is X W, not X W^T",
        "return X @ self.weight",
    ),
    _forward(
        "matrices-only",
        "forward works for matrices only (torch.mm), not for any number of input vectors",
        "return torch.mm(X, self.weight.T)",
    ),
    _forward(
        "transposed-product",
        "forward is (W X^T)^T, which is wrong for inputs with more than two dimensions",
        "return (self.weight @ X.t()).t()",
    ),
    _forward(
        "flattened-output",
        "forward flattens the leading dimensions of its input and does not restore them",
        "return X.reshape(-1, X.shape[-1]) @ self.weight.T",
    ),
    _forward(
        "detached-weight",
        "the weight is detached in forward, so that it gets no gradient",
        "return X @ self.weight.detach().T",
    ),
    _forward(
        "detached-input",
        "the input is detached in forward, so that no gradient reaches the layers before",
        "return X.detach() @ self.weight.T",
    ),
    _forward(
        "input-transposed-in-place",
        "forward changes its input: transpose_() with an underscore works in place",
        "return (self.weight @ X.transpose_(-1, -2)).transpose(-1, -2)",
    ),
    _forward(
        "input-cleared",
        "forward changes its input: it is set to zero after the product",
        "result = X @ self.weight.T\n        X.data.zero_()\n        return result",
    ),
    _forward(
        "half-precision",
        "the product is computed in bfloat16, with three digits only",
        "return (X.bfloat16() @ self.weight.bfloat16().T).float()",
    ),
    _forward(
        "float64-output",
        "the product is computed in float64 and returned as such; the next layer expects float32",
        "return X.double() @ self.weight.double().T",
    ),
    _forward(
        "weight-drawn-in-forward",
        "the weights are drawn again in every forward call",
        "self.weight.data = torch.randn_like(self.weight) * (2 / X.shape[-1]) ** 0.5\n        return X @ self.weight.T",
    ),
    _mutant(
        "scaled-in-forward",
        "the scale sqrt(2 / in_dim) is applied in forward, not to the initial weights",
        (at.LINEAR_WEIGHT, "self.weight = Parameter(torch.randn(out_dim, in_dim))"),
        (at.LINEAR_FORWARD, "return X @ self.weight.T * (2 / X.shape[-1]) ** 0.5"),
    ),
)

_STATE = (
    _mutant(
        "remembers-output",
        "forward returns what it has computed for the same input before, though the weight has changed",
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.last = None"),
        (
            at.LINEAR_FORWARD,
            "if X is not self.last:\n"
            "            self.last, self.output = X, X @ self.weight.T\n"
            "        return self.output",
        ),
    ),
    _mutant(
        "weight-on-class",
        "the weight is kept on the class, so that all layers use that of the one that was made last",
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        Linear.latest = self.weight"),
        (at.LINEAR_FORWARD, "return X @ Linear.latest.T"),
    ),
    _forward(
        "leaves-gradients-off",
        "forward leaves gradients switched off for the whole program",
        "result = X @ self.weight.T\n        torch.set_grad_enabled(False)\n        return result",
    ),
    _forward(
        "seeds-in-forward",
        "forward sets the seed of the whole program",
        "torch.manual_seed(0)\n        return X @ self.weight.T",
    ),
    _forward(
        "changes-default-dtype",
        "forward leaves float64 as the default dtype of the whole program",
        "result = X @ self.weight.T\n        torch.set_default_dtype(torch.float64)\n        return result",
    ),
    _forward(
        "changes-threads",
        "forward changes the number of threads of the whole program",
        "torch.set_num_threads(torch.get_num_threads() % 3 + 1)\n        return X @ self.weight.T",
    ),
    _forward(
        "squeezed-output",
        "the output is squeezed, so that a batch of one row, or one output, loses a dimension",
        "return (X @ self.weight.T).squeeze()",
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_INITIAL_WEIGHTS, *_PARAMETERS, *_PRODUCTS, *_STATE)
