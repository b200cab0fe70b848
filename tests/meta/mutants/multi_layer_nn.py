"""Mistakes in MultiLayerNN: the chain of sizes, the list of layers, and where the ReLUs stand."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at


def _mutant(name: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"multi-layer-{name}", questions=("MultiLayerNN",), mistake=mistake, edits=edits)


def _activation(name: str, mistake: str, expression: str) -> Mutant:
    """`expression` stands in place of relu(h), where h is the output of a hidden layer."""
    return _mutant(name, mistake, (at.MULTI_LAYER_RELU, f"h = linear(X)\n            X = {expression}"))


def _dims(name: str, mistake: str, statements: str) -> Mutant:
    """`statements` bind `dims`, the sizes from the input to the output, in another way."""
    return _mutant(name, mistake, (at.MULTI_LAYER_DIMS, statements))


def _layers(name: str, mistake: str, statement: str) -> Mutant:
    return _mutant(name, mistake, (at.MULTI_LAYER_LAYERS, statement))


def _forward(name: str, mistake: str, body: str) -> Mutant:
    return _mutant(name, mistake, (at.MULTI_LAYER_FORWARD, body))


_LIST_CHANGED = "the list of the caller is changed: append, insert and += work in place"
_NO_MODULE_LIST = "the layers are in a list or tuple of Python's, where Module does not find their parameters"
_PAIRS = "Linear(a, b) for a, b in zip(dims[:-1], dims[1:], strict=True)"

_SIZES = (
    _dims(
        "first-hidden-only",
        "only the first hidden dimension is used",
        "dims = [in_dim, *hidden_dims[:1], out_dim]",
    ),
    _dims(
        "last-hidden-missing",
        "the last hidden dimension is left out",
        "dims = [in_dim, *hidden_dims[:-1], out_dim]",
    ),
    _dims(
        "reversed-dims",
        "the hidden dimensions are used in reverse order",
        "dims = [in_dim, *hidden_dims[::-1], out_dim]",
    ),
    _dims("sorted-dims", "the hidden dimensions are sorted", "dims = [in_dim, *sorted(hidden_dims), out_dim]"),
    _dims(
        "distinct-dims",
        "hidden dimensions that occur twice are used once",
        "dims = [in_dim, *dict.fromkeys(hidden_dims), out_dim]",
    ),
    _dims(
        "equal-dims",
        "all hidden layers get the size of the first one",
        "dims = [in_dim, *[hidden_dims[0]] * len(hidden_dims), out_dim] if hidden_dims else [in_dim, out_dim]",
    ),
    _dims(
        "list-inserted",
        _LIST_CHANGED,
        "dims = hidden_dims\n        dims.insert(0, in_dim)\n        dims.append(out_dim)",
    ),
    _dims(
        "list-extended",
        _LIST_CHANGED,
        "dims = hidden_dims\n        dims += [out_dim]\n        dims = [in_dim, *dims]",
    ),
    _mutant(
        "needs-hidden",
        "an empty list of hidden dimensions fails; the network is then one linear layer",
        (
            at.MULTI_LAYER_INIT,
            "        self.linears = ModuleList([Linear(in_dim, hidden_dims[0])])\n"
            "        for a, b in zip(hidden_dims[:-1], hidden_dims[1:], strict=True):\n"
            "            self.linears.append(Linear(a, b))\n"
            "        self.linears.append(Linear(hidden_dims[-1], out_dim))\n",
        ),
    ),
    _mutant(
        "arguments-swapped",
        "__init__ takes (in_dim, hidden_dims, out_dim); the order is (in_dim, out_dim, hidden_dims)",
        (at.MULTI_LAYER_SIGNATURE, "def __init__(self, in_dim, hidden_dims, out_dim):"),
    ),
    _layers(
        "swapped-dims",
        "the sizes of each layer are swapped: Linear takes (in_dim, out_dim)",
        "self.linears = ModuleList(Linear(b, a) for a, b in zip(dims[:-1], dims[1:], strict=True))",
    ),
    _layers(
        "extra-layer",
        "there is one layer too many, from out_dim to out_dim",
        f"self.linears = ModuleList({_PAIRS})\n        self.linears.append(Linear(out_dim, out_dim))",
    ),
)

_LISTS = (
    _layers(
        "python-list",
        _NO_MODULE_LIST,
        f"self.linears = [{_PAIRS}]",
    ),
    _layers(
        "tuple",
        _NO_MODULE_LIST,
        f"self.linears = tuple({_PAIRS})",
    ),
    _mutant(
        "other-name",
        "the layers are called .layers; they should be .linears",
        (at.MULTI_LAYER_LAYERS, f"self.layers = ModuleList({_PAIRS})"),
        (at.MULTI_LAYER_FORWARD, at.MULTI_LAYER_FORWARD.replace("self.linears", "self.layers")),
    ),
    _mutant(
        "last-layer-apart",
        "the output layer is stored apart; .linears should hold all layers",
        (
            at.MULTI_LAYER_LAYERS,
            "self.linears = ModuleList(Linear(a, b) for a, b in zip(dims[:-2], dims[1:-1], strict=True))\n"
            "        self.output = Linear(dims[-2], out_dim)",
        ),
        (
            at.MULTI_LAYER_FORWARD,
            "        for linear in self.linears:\n            X = torch.relu(linear(X))\n"
            "        return self.output(X)\n",
        ),
    ),
    _mutant(
        "relu-in-list",
        "the nonlinearities are in .linears too; it should hold the Linear layers alone",
        (
            at.MULTI_LAYER_CLASS,
            "class ReLU(Module):\n    def forward(self, X):\n        return torch.relu(X)\n\n\n" + at.MULTI_LAYER_CLASS,
        ),
        (
            at.MULTI_LAYER_LAYERS,
            f"self.linears = ModuleList(m for linear in [{_PAIRS}] for m in (linear, ReLU()))[:-1]",
        ),
        (at.MULTI_LAYER_FORWARD, "        for module in self.linears:\n            X = module(X)\n        return X\n"),
    ),
    _mutant(
        "raw-weights",
        "the weights are stored directly; .linears should hold instances of Linear",
        (
            at.MULTI_LAYER_CLASS,
            "class Weight(Module):\n"
            "    def __init__(self, in_dim, out_dim):\n"
            "        super().__init__()\n"
            "        self.weight = Parameter(torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5)\n\n\n"
            + at.MULTI_LAYER_CLASS,
        ),
        (at.MULTI_LAYER_LAYERS, f"self.linears = ModuleList({_PAIRS.replace('Linear', 'Weight')})"),
        (
            at.MULTI_LAYER_FORWARD,
            "        for layer in self.linears[:-1]:\n            X = torch.relu(X @ layer.weight.T)\n"
            "        return X @ self.linears[-1].weight.T\n",
        ),
    ),
    _layers(
        "shared-layers",
        "layers of the same size are one and the same layer",
        "made = {(a, b): Linear(a, b) for a, b in zip(dims[:-1], dims[1:], strict=True)}\n"
        "        self.linears = ModuleList(made[a, b] for a, b in zip(dims[:-1], dims[1:], strict=True))",
    ),
    _mutant(
        "layers-made-in-forward",
        "the layers are made anew in every forward call, so that nothing can be learned",
        (at.MULTI_LAYER_DIMS, "self.dims = dims = [in_dim, *hidden_dims, out_dim]"),
        (
            at.MULTI_LAYER_FORWARD,
            f"        dims = self.dims\n        self.linears = ModuleList({_PAIRS})\n" + at.MULTI_LAYER_FORWARD,
        ),
    ),
)

_FORWARDS = (
    _activation("no-relu", "there is no ReLU between the layers, so that the network is linear", "h"),
    _activation("sigmoid", "the nonlinearity is a sigmoid, not ReLU", "torch.sigmoid(h)"),
    _activation(
        "leaky", "the nonlinearity is a leaky ReLU: it lets negative values through", "torch.maximum(h, 0.01 * h)"
    ),
    _activation("clamped", "the nonlinearity cuts values above 1 off; ReLU has no upper end", "h.clamp(0, 1)"),
    _activation("absolute", "the nonlinearity is the absolute value, not ReLU", "h.abs()"),
    _activation(
        "detached",
        "the values are detached after each layer, so that only the last layer gets a gradient",
        "torch.relu(h).detach()",
    ),
    _activation(
        "residual",
        "the input of a layer is added to its output where the sizes allow it",
        "torch.relu(h) + X if h.shape == X.shape else torch.relu(h)",
    ),
    _forward(
        "input-added",
        "the input of the network is added to its output where the sizes allow it",
        "        first = X\n"
        + at.MULTI_LAYER_FORWARD.replace(
            "return self.linears[-1](X)",
            "X = self.linears[-1](X)\n"
            "        skips = len(self.linears) > 1 and X.shape == first.shape\n"
            "        return X + first if skips else X",
        ),
    ),
    _forward(
        "relu-on-output",
        "a ReLU is applied after every layer, also the last; logits may be negative",
        "        for linear in self.linears:\n            X = torch.relu(linear(X))\n        return X\n",
    ),
    _forward(
        "relu-after-first-only",
        "there is a ReLU after the first layer only",
        "        for i, linear in enumerate(self.linears):\n"
        "            X = linear(X)\n"
        "            if i == 0 and len(self.linears) > 1:\n"
        "                X = torch.relu(X)\n"
        "        return X\n",
    ),
    _forward(
        "last-relu-missing",
        "there is no ReLU after the last hidden layer: the loop ends one layer too early",
        "        for linear in self.linears[:-2]:\n            X = torch.relu(linear(X))\n"
        "        for linear in self.linears[-2:]:\n            X = linear(X)\n        return X\n",
    ),
    _forward(
        "relu-before-layers",
        "the ReLU stands before each layer, so that it is applied to the input too",
        "        for linear in self.linears:\n            X = linear(torch.relu(X))\n        return X\n",
    ),
    _forward(
        "relu-in-place-on-input",
        "the input is changed: relu_() with an underscore works in place",
        "        for linear in self.linears:\n            X = linear(X.relu_())\n        return X\n",
    ),
)

_MORE_DIMENSIONS = (
    _forward(
        "flattened",
        "the leading dimensions are flattened, and not restored",
        "        X = X.reshape(-1, X.shape[-1])\n" + at.MULTI_LAYER_FORWARD,
    ),
    _forward(
        "matrices-only",
        "torch.mm takes matrices only, and the input may have more dimensions",
        "        for linear in self.linears[:-1]:\n            X = torch.relu(torch.mm(X, linear.weight.T))\n"
        "        return torch.mm(X, self.linears[-1].weight.T)\n",
    ),
    _forward(
        "float64-output",
        "the output is float64, whatever the input is",
        at.MULTI_LAYER_FORWARD.replace("return self.linears[-1](X)", "return self.linears[-1](X).double()"),
    ),
)

_STATE = (
    _mutant(
        "argument-renamed",
        "an argument of __init__ has another name than in the hand-out",
        (at.MULTI_LAYER_SIGNATURE, "def __init__(self, in_dim, out_dim, hidden):\n        hidden_dims = hidden"),
    ),
    _mutant(
        "layers-of-the-class",
        "the layers belong to the class, or to all networks of these sizes: each network makes its own in __init__",
        (at.MULTI_LAYER_CLASS, at.MULTI_LAYER_CLASS + "    made = {}\n\n"),
        (
            at.MULTI_LAYER_LAYERS,
            f"if tuple(dims) not in self.made:\n            self.made[tuple(dims)] = ModuleList({_PAIRS})\n"
            "        self.linears = self.made[tuple(dims)]",
        ),
    ),
    _mutant(
        "seeded",
        "__init__ sets the seed, so that all networks start with the same weights",
        (at.MULTI_LAYER_DIMS, "torch.manual_seed(1)\n        " + at.MULTI_LAYER_DIMS),
    ),
    _mutant(
        "remembers",
        "the output for the last input is kept, and given again after the weights have changed",
        (at.MULTI_LAYER_DIMS, "self.inputs, self.outputs = [], []\n        " + at.MULTI_LAYER_DIMS),
        (
            at.MULTI_LAYER_FORWARD,
            "        for x, out in zip(self.inputs, self.outputs):\n"
            "            if x.shape == X.shape and bool((x == X).all()):\n                return out\n"
            "        self.inputs.append(X)\n"
            + at.MULTI_LAYER_FORWARD.replace("return self.linears[-1](X)", "self.outputs.append(self.linears[-1](X))")
            + "        return self.outputs[-1]\n",
        ),
    ),
    _mutant(
        "dims-used-up",
        "forward takes the hidden dimensions out of the list that it was given, so that it works once",
        (at.MULTI_LAYER_DIMS, "self.hidden_dims = hidden_dims\n        " + at.MULTI_LAYER_DIMS),
        (
            at.MULTI_LAYER_FORWARD,
            "        for linear in self.linears:\n            X = linear(X)\n"
            "            if self.hidden_dims:\n                self.hidden_dims.pop()\n"
            "                X = torch.relu(X)\n        return X\n",
        ),
    ),
    _forward(
        "always-records",
        "forward switches gradients on, also where they are not wanted",
        "        torch.set_grad_enabled(True)\n" + at.MULTI_LAYER_FORWARD,
    ),
    _forward(
        "seeds-in-forward",
        "forward sets the seed of the whole program",
        "        torch.manual_seed(0)\n" + at.MULTI_LAYER_FORWARD,
    ),
    _forward(
        "default-dtype-in-forward",
        "forward makes float64 the default dtype of all of torch",
        "        torch.set_default_dtype(torch.float64)\n" + at.MULTI_LAYER_FORWARD,
    ),
    _forward(
        "threads-in-forward",
        "forward changes the number of threads of the whole program",
        "        torch.set_num_threads(torch.get_num_threads() % 3 + 1)\n" + at.MULTI_LAYER_FORWARD,
    ),
    _activation(
        "straight-through",
        "the gradient passes the ReLU as if it were not there",
        "h + (torch.relu(h) - h).detach()",
    ),
    _mutant(
        "no-module",
        "the class is not a Module: it needs Module in brackets behind its name",
        (at.MULTI_LAYER_CLASS, "class MultiLayerNN:\n"),
    ),
    _mutant(
        "other-super",
        "super(...) names another class: write super().__init__(), without arguments",
        (
            "        super().__init__()\n" + at.MULTI_LAYER_INIT,
            "        super(TwoLayerNN, self).__init__()\n" + at.MULTI_LAYER_INIT,
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_SIZES, *_LISTS, *_FORWARDS, *_MORE_DIMENSIONS, *_STATE)
