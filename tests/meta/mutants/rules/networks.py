"""Banned ways to write TwoLayerNN and MultiLayerNN, each with right values."""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.mutants.rules.making import forbidden


def _hidden(name: str, mistake: str, relu: str, *edits: Edit) -> Mutant:
    """TwoLayerNN calls `relu` between its layers."""
    return forbidden(
        name, "TwoLayerNN", mistake, (at.TWO_LAYER_FORWARD, at.TWO_LAYER_FORWARD.replace("torch.relu", relu)), *edits
    )


MUTANTS: tuple[Mutant, ...] = (
    _hidden("two-layer-functional", "torch.nn.functional.relu is used", "torch.nn.functional.relu"),
    _hidden(
        "two-layer-python-operator",
        "torch._refs.nn.functional.relu is used, which is relu written in Python",
        "refs.relu",
        importing("import torch._refs.nn.functional as refs"),
    ),
    _hidden(
        "two-layer-from-import",
        "relu is imported from torch.nn.functional, not taken from base torch",
        "relu",
        importing("from torch.nn.functional import relu"),
    ),
    _hidden(
        "two-layer-star-import",
        "torch.nn.functional is imported with a star, and its relu is used",
        "relu",
        importing("from torch.nn.functional import *"),
    ),
    _hidden(
        "two-layer-module-alias",
        "torch.nn gets another name, by which its functional is used",
        "layers.functional.relu",
        importing("layers = torch.nn"),
    ),
    _hidden(
        "two-layer-relu-module",
        "torch.nn.ReLU is used as a layer",
        "self.relu",
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND + "\n        self.relu = torch.nn.ReLU()"),
    ),
    forbidden(
        "two-layer-sequential",
        "TwoLayerNN",
        "torch.nn.Sequential applies the layers",
        (
            at.TWO_LAYER_SECOND,
            at.TWO_LAYER_SECOND
            + "\n        self.network = torch.nn.Sequential(self.linear1, torch.nn.ReLU(), self.linear2)",
        ),
        (at.TWO_LAYER_FORWARD, "return self.network(X)"),
    ),
    forbidden(
        "two-layer-torch-layers",
        "TwoLayerNN",
        "the layers are those of torch.nn; they should be instances of the Linear above",
        (at.TWO_LAYER_FIRST, "self.linear1 = torch.nn.Linear(in_dim, hidden_dim, bias=False)"),
        (at.TWO_LAYER_SECOND, "self.linear2 = torch.nn.Linear(hidden_dim, out_dim, bias=False)"),
    ),
    _hidden(
        "two-layer-getattr",
        "torch.nn.functional is reached by getattr with a name that is put together",
        'getattr(torch.nn, "func" + "tional").relu',
    ),
    _hidden(
        "two-layer-resolve-name",
        "torch.nn.functional.relu is found by pkgutil.resolve_name",
        'pkgutil.resolve_name("torch.nn.functional.relu")',
        importing("import pkgutil"),
    ),
    _hidden(
        "two-layer-reduce",
        "torch.nn.functional.relu is found by going through its name with getattr",
        'functools.reduce(getattr, "nn.functional.relu".split("."), torch)',
        importing("import functools"),
    ),
    _hidden(
        "two-layer-globals",
        "torch.nn.functional is reached through globals()",
        'globals()["torch"].nn.functional.relu',
    ),
    forbidden(
        "two-layer-default-argument",
        "TwoLayerNN",
        "torch.nn.functional.relu is the default value of an argument",
        (at.TWO_LAYER_SIGNATURE, "def __init__(self, in_dim, hidden_dim, out_dim, relu=torch.nn.functional.relu):"),
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND + "\n        self.relu = relu"),
        (at.TWO_LAYER_FORWARD, at.TWO_LAYER_FORWARD.replace("torch.relu", "self.relu")),
    ),
    forbidden(
        "multi-layer-sequential",
        "MultiLayerNN",
        "torch.nn.Sequential applies the layers",
        (
            at.MULTI_LAYER_FORWARD,
            "        hidden = [m for linear in self.linears[:-1] for m in (linear, torch.nn.ReLU())]\n"
            "        return torch.nn.Sequential(*hidden, self.linears[-1])(X)\n",
        ),
    ),
    forbidden(
        "multi-layer-star-import",
        "MultiLayerNN",
        "torch.nn is imported with a star, and its ReLU is used",
        importing("from torch.nn import *"),
        (at.MULTI_LAYER_RELU, "X = ReLU()(linear(X))"),
    ),
    forbidden(
        "multi-layer-dict",
        "MultiLayerNN",
        "torch.nn.functional is looked up in the __dict__ of torch",
        (at.MULTI_LAYER_RELU, 'X = torch.__dict__["nn"].__dict__["functional"].relu(linear(X))'),
    ),
    forbidden(
        "multi-layer-lambda",
        "MultiLayerNN",
        "torch.nn.functional.relu is hidden in a helper that is defined above",
        (at.MULTI_LAYER_CLASS, "activation = lambda x: torch.nn.functional.relu(x)\n\n\n" + at.MULTI_LAYER_CLASS),
        (at.MULTI_LAYER_RELU, "X = activation(linear(X))"),
    ),
    forbidden(
        "multi-layer-threshold",
        "MultiLayerNN",
        "torch.nn.functional.threshold is used as ReLU",
        importing("import torch.nn as nn"),
        (at.MULTI_LAYER_RELU, "X = nn.functional.threshold(linear(X), 0.0, 0.0)"),
    ),
    forbidden(
        "multi-layer-torchvision",
        "MultiLayerNN",
        "torchvision.ops.MLP is a ready-made network",
        importing("from torchvision.ops import MLP"),
        (
            at.MULTI_LAYER_LAYERS,
            at.MULTI_LAYER_LAYERS + "\n"
            "        self.network = MLP(in_dim, dims[1:], bias=False)\n"
            '        theirs = [m for m in self.network if hasattr(m, "weight")]\n'
            "        for linear, their in zip(self.linears, theirs, strict=True):\n"
            "            their.weight = linear.weight",
        ),
        (at.MULTI_LAYER_FORWARD, "        return self.network(X)\n"),
    ),
    Mutant(
        name="rules-shared-helper",
        questions=("TwoLayerNN", "MultiLayerNN"),
        mistake="a helper for both networks calls torch.nn.functional.relu",
        edits=(
            (at.TWO_LAYER_CLASS, "def rectify(x):\n    return torch.nn.functional.relu(x)\n\n\n" + at.TWO_LAYER_CLASS),
            (at.TWO_LAYER_FORWARD, at.TWO_LAYER_FORWARD.replace("torch.relu", "rectify")),
            (at.MULTI_LAYER_RELU, "X = rectify(linear(X))"),
        ),
        verdict="forbidden",
    ),
)
