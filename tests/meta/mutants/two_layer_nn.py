"""Mistakes in TwoLayerNN: another nonlinearity, a nonlinearity elsewhere, layers that are not what they should be."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at


def _mutant(name: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"two-layer-{name}", questions=("TwoLayerNN",), mistake=mistake, edits=edits)


def _hidden(name: str, mistake: str, activation: str) -> Mutant:
    """`activation` stands in place of relu(h), where h is the output of the first layer."""
    return _mutant(
        name,
        mistake,
        (at.TWO_LAYER_FORWARD, f"h = self.linear1(X)\n        return self.linear2({activation})"),
    )


def _forward(name: str, mistake: str, body: str) -> Mutant:
    return _mutant(name, mistake, (at.TWO_LAYER_FORWARD, body))


_FORWARDS = (
    _hidden("no-relu", "there is no ReLU between the layers, so that the network is linear", "h"),
    _hidden("sigmoid", "the nonlinearity is a sigmoid, not ReLU", "torch.sigmoid(h)"),
    _hidden("tanh", "the nonlinearity is tanh, not ReLU", "torch.tanh(h)"),
    _hidden(
        "leaky", "the nonlinearity is a leaky ReLU: it lets negative values through", "torch.where(h > 0, h, 0.01 * h)"
    ),
    _hidden("clamped", "the nonlinearity cuts values above 1 off; ReLU has no upper end", "h.clamp(0, 1)"),
    _hidden("absolute", "the nonlinearity is the absolute value, not ReLU", "h.abs()"),
    _hidden("gelu", "the nonlinearity is GELU, not ReLU", "h * 0.5 * (1 + torch.erf(h / 2**0.5))"),
    _hidden("softplus", "the nonlinearity is log(1 + exp(h)), not ReLU", "torch.log1p(torch.exp(h.clamp(max=30)))"),
    _hidden("step", "the nonlinearity is a step: h > 0 gives ones and zeros", "(h > 0).float()"),
    _hidden("negative-relu", "the nonlinearity keeps the negative values, not the positive ones", "h.clamp(max=0)"),
    _hidden("scaled", "the hidden values are multiplied with a constant", "2 * torch.relu(h)"),
    _hidden(
        "normalised",
        "the hidden values are normalised before the ReLU",
        "torch.relu((h - h.mean(dim=-1, keepdim=True)) / (h.std(dim=-1, keepdim=True, unbiased=False) + 1e-5))",
    ),
    _hidden(
        "detached", "the hidden values are detached, so that the first layer gets no gradient", "torch.relu(h).detach()"
    ),
    _hidden(
        "dropout",
        "hidden units are dropped at random; this network has no dropout",
        "torch.relu(h) * (torch.rand_like(h) > 0.1) / 0.9",
    ),
    _forward(
        "relu-on-output",
        "a ReLU is applied to the output; logits may be negative",
        "return torch.relu(self.linear2(torch.relu(self.linear1(X))))",
    ),
    _forward(
        "relu-on-output-only",
        "the ReLU is applied after both layers, not between them",
        "return torch.relu(self.linear2(self.linear1(X)))",
    ),
    _forward(
        "relu-on-input",
        "a ReLU is applied to the input too",
        "return self.linear2(torch.relu(self.linear1(torch.relu(X))))",
    ),
    _forward(
        "softmax-output",
        "softmax is applied to the output; it should be logits",
        "return torch.softmax(self.linear2(torch.relu(self.linear1(X))), dim=-1)",
    ),
    _forward(
        "residual",
        "the input is added to the output when the sizes allow it",
        "out = self.linear2(torch.relu(self.linear1(X)))\n        return out + X if out.shape == X.shape else out",
    ),
    _forward(
        "squeezed-output",
        "the output is squeezed, which drops a dimension of size 1",
        "return self.linear2(torch.relu(self.linear1(X))).squeeze()",
    ),
    _forward(
        "mnist-shape",
        "the input is reshaped to 784 columns, whatever in_dim is",
        "return self.linear2(torch.relu(self.linear1(X.reshape(-1, 784))))",
    ),
    _forward(
        "first-layer-only",
        "the second layer is not applied",
        "return torch.relu(self.linear1(X))",
    ),
)

_LAYERS = (
    _mutant(
        "raw-weights",
        "the weights are stored directly; .linear1 and .linear2 should be instances of Linear",
        (
            at.TWO_LAYER_INIT,
            "        self.linear1 = Parameter(torch.randn(hidden_dim, in_dim) * (2 / in_dim) ** 0.5)\n"
            "        self.linear2 = Parameter(torch.randn(out_dim, hidden_dim) * (2 / hidden_dim) ** 0.5)\n",
        ),
        (at.TWO_LAYER_FORWARD, "return torch.relu(X @ self.linear1.T) @ self.linear2.T"),
    ),
    _mutant(
        "second-linear-class",
        "the layers are of a class that is written a second time; they should be instances of Linear",
        (
            at.TWO_LAYER_CLASS,
            "class Layer(Module):\n"
            "    def __init__(self, in_dim, out_dim):\n"
            "        super().__init__()\n"
            "        self.weight = Parameter(torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5)\n\n"
            "    def forward(self, X):\n"
            "        return X @ self.weight.T\n\n\n" + at.TWO_LAYER_CLASS,
        ),
        (at.TWO_LAYER_FIRST, at.TWO_LAYER_FIRST.replace("Linear", "Layer")),
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND.replace("Linear", "Layer")),
    ),
    _mutant(
        "other-names",
        "the layers are called .fc1 and .fc2; they should be .linear1 and .linear2",
        (at.TWO_LAYER_FIRST, "self.fc1 = Linear(in_dim, hidden_dim)"),
        (at.TWO_LAYER_SECOND, "self.fc2 = Linear(hidden_dim, out_dim)"),
        (at.TWO_LAYER_FORWARD, "return self.fc2(torch.relu(self.fc1(X)))"),
    ),
    _mutant(
        "python-list",
        "the layers are kept in a Python list, where Module does not find their parameters",
        (
            at.TWO_LAYER_INIT,
            "        self.layers = [Linear(in_dim, hidden_dim), Linear(hidden_dim, out_dim)]\n\n"
            "    @property\n    def linear1(self):\n        return self.layers[0]\n\n"
            "    @property\n    def linear2(self):\n        return self.layers[1]\n",
        ),
    ),
    _mutant(
        "swapped-dims",
        "the sizes of the layers are swapped: Linear takes (in_dim, out_dim)",
        (at.TWO_LAYER_FIRST, "self.linear1 = Linear(hidden_dim, in_dim)"),
        (at.TWO_LAYER_SECOND, "self.linear2 = Linear(out_dim, hidden_dim)"),
    ),
    _mutant(
        "arguments-swapped",
        "__init__ takes (in_dim, out_dim, hidden_dim); the order is (in_dim, hidden_dim, out_dim)",
        (at.TWO_LAYER_SIGNATURE, "def __init__(self, in_dim, out_dim, hidden_dim):"),
    ),
    _mutant(
        "fixed-hidden-dim",
        "the hidden layer has 300 units, whatever hidden_dim is",
        (at.TWO_LAYER_FIRST, "hidden_dim = 300\n        " + at.TWO_LAYER_FIRST),
    ),
    _mutant(
        "shared-layer",
        "one layer is used twice when all sizes are the same",
        (
            at.TWO_LAYER_SECOND,
            "self.linear2 = self.linear1 if in_dim == hidden_dim == out_dim else Linear(hidden_dim, out_dim)",
        ),
    ),
    _mutant(
        "third-layer",
        "there is a third layer; two are asked for",
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND + "\n        self.linear3 = Linear(out_dim, out_dim)"),
        (at.TWO_LAYER_FORWARD, "return self.linear3(torch.relu(self.linear2(torch.relu(self.linear1(X)))))"),
    ),
    _mutant(
        "layers-made-in-forward",
        "the layers are made anew in every forward call, so that nothing can be learned",
        (at.TWO_LAYER_INIT, "        self.dims = in_dim, hidden_dim, out_dim\n"),
        (
            at.TWO_LAYER_FORWARD,
            "self.linear1, self.linear2 = Linear(*self.dims[:2]), Linear(*self.dims[1:])\n        "
            + at.TWO_LAYER_FORWARD,
        ),
    ),
    _mutant(
        "output-bias",
        "a bias is added to the output; the network has none",
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND + "\n        self.bias = Parameter(torch.zeros(out_dim))"),
        (at.TWO_LAYER_FORWARD, at.TWO_LAYER_FORWARD + " + self.bias"),
    ),
)

_ARGUMENTS = (
    _mutant(
        "argument-renamed",
        "an argument of __init__ has another name than in the hand-out",
        (at.TWO_LAYER_SIGNATURE, "def __init__(self, in_dim, hidden, out_dim):\n        hidden_dim = hidden"),
    ),
    _forward(
        "flattened",
        "the leading dimensions are flattened, and not restored",
        "X = X.reshape(-1, X.shape[-1])\n        return self.linear2(torch.relu(self.linear1(X)))",
    ),
    _forward(
        "flattened-images",
        "all but the first dimension is flattened, as for images",
        "return self.linear2(torch.relu(self.linear1(torch.flatten(X, 1))))",
    ),
    _forward(
        "matrices-only",
        "torch.mm takes matrices only, and the input may have more dimensions",
        "return torch.mm(torch.relu(torch.mm(X, self.linear1.weight.T)), self.linear2.weight.T)",
    ),
    _forward(
        "float64-output",
        "the output is float64, whatever the input is",
        "return self.linear2(torch.relu(self.linear1(X))).double()",
    ),
    _forward(
        "input-cleared",
        "the input is cleared after it was used",
        "h = torch.relu(self.linear1(X))\n        with torch.no_grad():\n            X.zero_()\n"
        "        return self.linear2(h)",
    ),
)

_STATE = (
    _mutant(
        "layers-of-the-class",
        "the layers belong to the class, or to all networks of these sizes: each network makes its own in __init__",
        (at.TWO_LAYER_CLASS, at.TWO_LAYER_CLASS + "    made = {}\n\n"),
        (
            at.TWO_LAYER_INIT,
            "        sizes = in_dim, hidden_dim, out_dim\n"
            "        if sizes not in self.made:\n"
            "            self.made[sizes] = Linear(in_dim, hidden_dim), Linear(hidden_dim, out_dim)\n"
            "        self.linear1, self.linear2 = self.made[sizes]\n",
        ),
    ),
    _mutant(
        "seeded",
        "__init__ sets the seed, so that all networks start with the same weights",
        (at.TWO_LAYER_INIT, "        torch.manual_seed(0)\n" + at.TWO_LAYER_INIT),
    ),
    _mutant(
        "remembers",
        "the output for the last input is kept, and given again after the weights have changed",
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND + "\n        self.last = None"),
        (
            at.TWO_LAYER_FORWARD,
            "if self.last is None or not torch.equal(self.last[0], X):\n"
            "            self.last = X.clone(), self.linear2(torch.relu(self.linear1(X)))\n"
            "        return self.last[1]",
        ),
    ),
    _forward(
        "always-records",
        "forward switches gradients on, also where they are not wanted",
        "torch.set_grad_enabled(True)\n        " + at.TWO_LAYER_FORWARD,
    ),
    _forward(
        "leaves-gradients-off",
        "forward leaves gradients switched off",
        "out = self.linear2(torch.relu(self.linear1(X)))\n        torch.set_grad_enabled(False)\n        return out",
    ),
    _forward(
        "seeds-in-forward",
        "forward sets the seed of the whole program",
        "torch.manual_seed(0)\n        " + at.TWO_LAYER_FORWARD,
    ),
    _forward(
        "default-dtype-in-forward",
        "forward makes float64 the default dtype of all of torch",
        "torch.set_default_dtype(torch.float64)\n        " + at.TWO_LAYER_FORWARD,
    ),
    _forward(
        "threads-in-forward",
        "forward changes the number of threads of the whole program",
        "torch.set_num_threads(torch.get_num_threads() % 3 + 1)\n        " + at.TWO_LAYER_FORWARD,
    ),
    _hidden(
        "straight-through",
        "the gradient passes the ReLU as if it were not there",
        "h + (torch.relu(h) - h).detach()",
    ),
)

_SUPER = "        super().__init__()\n"
_MODULE = (
    _mutant(
        "no-super",
        "super().__init__() is missing in __init__, or comes after the first layer",
        (_SUPER + at.TWO_LAYER_INIT, at.TWO_LAYER_INIT),
    ),
    _mutant(
        "other-super",
        "super(...) names another class: write super().__init__(), without arguments",
        (_SUPER + at.TWO_LAYER_INIT, "        super(Linear, self).__init__()\n" + at.TWO_LAYER_INIT),
    ),
    _mutant(
        "no-module",
        "the class is not a Module: it needs Module in brackets behind its name",
        (at.TWO_LAYER_CLASS, "class TwoLayerNN:\n"),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_FORWARDS, *_LAYERS, *_ARGUMENTS, *_STATE, *_MODULE)
