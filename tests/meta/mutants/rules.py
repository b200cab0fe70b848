"""Ways to use what the homework bans, each with right values: only the rules stand against them.

Banned are torch.nn but for Module, ModuleList, Parameter and Buffer, and the ready-made parts elsewhere: torch.optim,
torch.utils.data, the operators under torch.ops and torch._C._nn, other libraries.
"""

from tests.meta.mutants import Edit, Mutant
from tests.meta.mutants import anchors as at


def _mutant(name: str, question: str, mistake: str, *edits: Edit) -> Mutant:
    return Mutant(name=f"rules-{name}", questions=(question,), mistake=mistake, edits=edits, verdict="forbidden")


def _import(statement: str) -> Edit:
    """Another import below those of the reference."""
    return at.IMPORTS, f"{at.IMPORTS}{statement}\n"


def _forward(name: str, mistake: str, product: str, *edits: Edit) -> Mutant:
    """Linear returns `product`."""
    return _mutant(name, "Linear", mistake, (at.LINEAR_FORWARD, f"return {product}"), *edits)


def _loss(name: str, mistake: str, body: str, *edits: Edit) -> Mutant:
    """CrossEntropyLoss ends with `body`."""
    return _mutant(name, "CrossEntropyLoss", mistake, (at.LOSS_RETURN, body), *edits)


def _hidden(name: str, mistake: str, relu: str, *edits: Edit) -> Mutant:
    """TwoLayerNN calls `relu` between its layers."""
    return _mutant(
        name, "TwoLayerNN", mistake, (at.TWO_LAYER_FORWARD, at.TWO_LAYER_FORWARD.replace("torch.relu", relu)), *edits
    )


_LINEAR = (
    _mutant(
        "linear-subclass",
        "Linear",
        "Linear is a subclass of torch.nn.Linear",
        (at.LINEAR_CLASS, "class Linear(torch.nn.Linear):\n"),
        (at.LINEAR_SUPER, "        super().__init__(in_dim, out_dim, bias=False)\n        self.weight"),
    ),
    _mutant(
        "linear-wrapped",
        "Linear",
        "Linear calls a torch.nn.Linear that is imported under another name",
        _import("from torch.nn import Linear as Dense"),
        (
            at.LINEAR_WEIGHT,
            "self.dense = Dense(in_dim, out_dim, bias=False)\n"
            "        self.dense.weight.data = torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5\n"
            "        self.weight = self.dense.weight",
        ),
        (at.LINEAR_FORWARD, "return self.dense(X)"),
    ),
    _mutant(
        "linear-by-module-path",
        "Linear",
        "Linear takes its forward from torch.nn.modules.linear.Linear",
        _import("import torch.nn.modules.linear"),
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.bias = None"),
        (at.LINEAR_FORWARD, "return torch.nn.modules.linear.Linear.forward(self, X)"),
    ),
    _mutant(
        "linear-kaiming",
        "Linear",
        "the initial weights are drawn by torch.nn.init",
        (
            at.LINEAR_WEIGHT,
            "self.weight = Parameter(torch.empty(out_dim, in_dim))\n"
            '        torch.nn.init.kaiming_normal_(self.weight, nonlinearity="relu")',
        ),
    ),
    _mutant(
        "linear-init-from-import",
        "Linear",
        "the initial weights are drawn by a function imported from torch.nn.init",
        _import("from torch.nn.init import normal_"),
        (at.LINEAR_WEIGHT, "self.weight = Parameter(normal_(torch.empty(out_dim, in_dim), 0.0, (2 / in_dim) ** 0.5))"),
    ),
    _forward(
        "linear-functional-alias",
        "torch.nn.functional.linear is used, as F.linear",
        "F.linear(X, self.weight)",
        _import("import torch.nn.functional as F"),
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
    _mutant(
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
        _import('exec("from torch.nn.functional import linear")'),
    ),
    _forward(
        "linear-by-subclasses",
        "torch.nn.Linear is found among the subclasses of Module",
        "Dense.forward(self, X)",
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT + "\n        self.bias = None"),
        _import('Dense = next(c for c in Module.__subclasses__() if c.__name__ == "Linear")'),
    ),
)

_LOSS = (
    _mutant(
        "loss-subclass",
        "CrossEntropyLoss",
        "CrossEntropyLoss is a subclass of torch.nn.CrossEntropyLoss",
        (at.LOSS_CLASS, "class CrossEntropyLoss(torch.nn.CrossEntropyLoss):\n"),
        (at.LOSS_RETURN, "return super().forward(logits, y)"),
    ),
    _loss(
        "loss-instance",
        "torch.nn.CrossEntropyLoss is called",
        "return nn.CrossEntropyLoss()(logits, y)",
        _import("from torch import nn"),
    ),
    _loss(
        "loss-functional",
        "torch.nn.functional.cross_entropy is used",
        "return torch.nn.functional.cross_entropy(logits, y)",
    ),
    _loss(
        "loss-local-import",
        "torch.nn.functional is imported inside forward and used there",
        "from torch.nn import functional\n\n        return functional.nll_loss(torch.log_softmax(logits, dim=1), y)",
    ),
    _loss(
        "loss-two-modules",
        "torch.nn.LogSoftmax and torch.nn.NLLLoss are used",
        "return torch.nn.NLLLoss()(torch.nn.LogSoftmax(dim=1)(logits), y)",
    ),
    _loss(
        "loss-one-hot",
        "torch.nn.functional.one_hot is used",
        "hot = torch.nn.functional.one_hot(y, logits.shape[1])\n"
        "        return -(hot * torch.log_softmax(logits, dim=1)).sum(dim=1).mean()",
    ),
    _loss(
        "loss-import-module",
        "torch.nn.functional is imported by importlib.import_module",
        'return importlib.import_module("torch.nn.functional").cross_entropy(logits, y)',
        _import("import importlib"),
    ),
    _loss(
        "loss-dunder-import",
        "torch.nn.functional is imported by __import__",
        'return __import__("torch.nn.functional", fromlist=["cross_entropy"]).cross_entropy(logits, y)',
    ),
    _loss(
        "loss-sys-modules",
        "torch.nn.functional is taken from sys.modules",
        'return sys.modules["torch.nn.functional"].cross_entropy(logits, y)',
        _import("import sys"),
    ),
    _loss(
        "loss-eval",
        "torch.nn.functional.cross_entropy stands in a string that is evaluated",
        'return eval("torch.nn.functional.cross_entropy")(logits, y)',
    ),
    _loss(
        "loss-vars",
        "torch.nn.CrossEntropyLoss is looked up in vars(torch.nn)",
        'return vars(torch.nn)["CrossEntropyLoss"]()(logits, y)',
    ),
    _loss(
        "loss-attrgetter",
        "torch.nn.functional.cross_entropy is reached by operator.attrgetter",
        'return operator.attrgetter("nn.functional.cross_entropy")(torch)(logits, y)',
        _import("import operator"),
    ),
    _loss(
        "loss-c-binding",
        "torch._C._nn.cross_entropy_loss is used, which is what torch.nn.functional.cross_entropy calls",
        "return torch._C._nn.cross_entropy_loss(logits, y, None, 1)",
    ),
    _loss(
        "loss-distribution",
        "torch.distributions.Categorical computes the logarithms of the probabilities",
        "return -Categorical(logits=logits).log_prob(y).mean()",
        _import("from torch.distributions import Categorical"),
    ),
    _loss(
        "loss-decomposition",
        "torch._decomp.decompositions.nll_loss_forward is used, which is what torch.nn.functional.nll_loss calls",
        "return torch._decomp.decompositions.nll_loss_forward(torch.log_softmax(logits, dim=1), y, None, 1, -100)[0]",
    ),
    _loss(
        "loss-operator",
        "torch.ops.aten.cross_entropy_loss is used",
        "return torch.ops.aten.cross_entropy_loss(logits, y)",
    ),
)

_TRAINING = (
    _mutant(
        "sgd-subclass",
        "SGD",
        "SGD is a subclass of torch.optim.SGD",
        (at.SGD_CLASS, "class SGD(torch.optim.SGD):\n"),
        (at.SGD_PARAMETERS, "super().__init__(list(parameters), lr=learning_rate)"),
        (at.SGD_STEP, "        super().step()\n"),
        (at.SGD_ZERO_GRAD, "        super().zero_grad()\n"),
    ),
    _mutant(
        "sgd-wrapped",
        "SGD",
        "SGD hands its work to a torch.optim.SGD that is imported under another name",
        _import("from torch.optim import SGD as Optimizer"),
        (at.SGD_RATE, at.SGD_RATE + "\n        self.optimizer = Optimizer(self.parameters, lr=learning_rate)"),
        (at.SGD_STEP, "        self.optimizer.step()\n"),
        (at.SGD_ZERO_GRAD, "        self.optimizer.zero_grad()\n"),
    ),
    _mutant(
        "sgd-getattr",
        "SGD",
        "torch.optim is reached by getattr",
        (
            at.SGD_RATE,
            at.SGD_RATE + '\n        self.optimizer = getattr(torch, "optim").SGD(self.parameters, lr=learning_rate)',
        ),
        (at.SGD_STEP, "        self.optimizer.step()\n"),
    ),
    _mutant(
        "sgd-functional",
        "SGD",
        "the step is made by a function of torch.optim.sgd",
        _import("from torch.optim.sgd import sgd"),
        (
            at.SGD_STEP,
            "        found = [p for p in self.parameters if p.grad is not None]\n"
            "        with torch.no_grad():\n"
            "            sgd(\n"
            "                found, [p.grad for p in found], [None] * len(found), weight_decay=0, momentum=0,\n"
            "                lr=self.learning_rate, dampening=0, nesterov=False, maximize=False,\n"
            "            )\n",
        ),
    ),
    _mutant(
        "sgd-parameter-vector",
        "SGD",
        "torch.nn.utils is used to turn the parameters into one vector",
        (
            at.SGD_STEP,
            "        found = [p for p in self.parameters if p.grad is not None]\n"
            "        if found:\n"
            "            vector = torch.nn.utils.parameters_to_vector(found).detach()\n"
            "            vector -= self.learning_rate * torch.cat([p.grad.flatten() for p in found])\n"
            "            torch.nn.utils.vector_to_parameters(vector, found)\n",
        ),
    ),
    _mutant(
        "loader-wrapped",
        "DataLoader",
        "the batches come from torch.utils.data.DataLoader",
        (
            at.LOADER_INIT,
            "        data = torch.utils.data.TensorDataset(X, y)\n"
            "        self.loader = torch.utils.data.DataLoader(data, batch_size=batch_size)\n"
            "        self.batches = iter(())\n",
        ),
        (at.LOADER_ITER, "        self.batches = iter(self.loader)\n        return self\n"),
        (at.LOADER_NEXT, "        return tuple(next(self.batches))\n"),
    ),
    _mutant(
        "loader-dataset",
        "DataLoader",
        "the rows are kept in a torch.utils.data.TensorDataset",
        _import("from torch.utils.data import TensorDataset"),
        (at.LOADER_STORE, at.LOADER_STORE + "\n        self.data = TensorDataset(X, y)"),
        (at.LOADER_RETURN, "return self.data[batch]"),
    ),
    _mutant(
        "loader-sampler",
        "DataLoader",
        "the indices of a batch come from the samplers of torch.utils.data",
        _import("from torch.utils import data"),
        (
            at.LOADER_INIT,
            "        self.X, self.y = X, y\n"
            "        self.sampler = data.BatchSampler(data.SequentialSampler(X), batch_size, drop_last=False)\n"
            "        self.indices = iter(())\n",
        ),
        (at.LOADER_ITER, "        self.indices = iter(self.sampler)\n        return self\n"),
        (at.LOADER_NEXT, "        batch = next(self.indices)\n        return self.X[batch], self.y[batch]\n"),
    ),
    _mutant(
        "epoch-softmax-module",
        "epoch",
        "torch.nn.Softmax is used to find the predicted class",
        (at.EPOCH_ERROR, at.EPOCH_ERROR.replace("logits.argmax", "torch.nn.Softmax(dim=1)(logits).argmax")),
    ),
    _mutant(
        "epoch-clip-grad",
        "epoch",
        "torch.nn.utils.clip_grad_norm_ is called, with a bound that is never reached",
        (
            at.EPOCH_TRAIN,
            at.EPOCH_TRAIN.replace(
                "                opt.step()",
                '                torch.nn.utils.clip_grad_norm_(model.parameters(), float("inf"))\n'
                "                opt.step()",
            ),
        ),
    ),
    _mutant(
        "epoch-no-op-functional",
        "epoch",
        "torch.nn.functional is used in the training loop: dropout that drops nothing",
        _import("from torch.nn.functional import dropout"),
        (at.EPOCH_PREDICT, at.EPOCH_PREDICT.replace("model(X)", "model(dropout(X, p=0.0))")),
    ),
)

_NETWORKS = (
    _hidden("two-layer-functional", "torch.nn.functional.relu is used", "torch.nn.functional.relu"),
    _hidden(
        "two-layer-python-operator",
        "torch._refs.nn.functional.relu is used, which is relu written in Python",
        "refs.relu",
        _import("import torch._refs.nn.functional as refs"),
    ),
    _hidden(
        "two-layer-from-import",
        "relu is imported from torch.nn.functional, not taken from base torch",
        "relu",
        _import("from torch.nn.functional import relu"),
    ),
    _hidden(
        "two-layer-star-import",
        "torch.nn.functional is imported with a star, and its relu is used",
        "relu",
        _import("from torch.nn.functional import *"),
    ),
    _hidden(
        "two-layer-module-alias",
        "torch.nn gets another name, by which its functional is used",
        "layers.functional.relu",
        _import("layers = torch.nn"),
    ),
    _hidden(
        "two-layer-relu-module",
        "torch.nn.ReLU is used as a layer",
        "self.relu",
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND + "\n        self.relu = torch.nn.ReLU()"),
    ),
    _mutant(
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
    _mutant(
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
        _import("import pkgutil"),
    ),
    _hidden(
        "two-layer-reduce",
        "torch.nn.functional.relu is found by going through its name with getattr",
        'functools.reduce(getattr, "nn.functional.relu".split("."), torch)',
        _import("import functools"),
    ),
    _hidden(
        "two-layer-globals",
        "torch.nn.functional is reached through globals()",
        'globals()["torch"].nn.functional.relu',
    ),
    _mutant(
        "two-layer-default-argument",
        "TwoLayerNN",
        "torch.nn.functional.relu is the default value of an argument",
        (at.TWO_LAYER_SIGNATURE, "def __init__(self, in_dim, hidden_dim, out_dim, relu=torch.nn.functional.relu):"),
        (at.TWO_LAYER_SECOND, at.TWO_LAYER_SECOND + "\n        self.relu = relu"),
        (at.TWO_LAYER_FORWARD, at.TWO_LAYER_FORWARD.replace("torch.relu", "self.relu")),
    ),
    _mutant(
        "multi-layer-sequential",
        "MultiLayerNN",
        "torch.nn.Sequential applies the layers",
        (
            at.MULTI_LAYER_FORWARD,
            "        hidden = [m for linear in self.linears[:-1] for m in (linear, torch.nn.ReLU())]\n"
            "        return torch.nn.Sequential(*hidden, self.linears[-1])(X)\n",
        ),
    ),
    _mutant(
        "multi-layer-star-import",
        "MultiLayerNN",
        "torch.nn is imported with a star, and its ReLU is used",
        _import("from torch.nn import *"),
        (at.MULTI_LAYER_RELU, "X = ReLU()(linear(X))"),
    ),
    _mutant(
        "multi-layer-dict",
        "MultiLayerNN",
        "torch.nn.functional is looked up in the __dict__ of torch",
        (at.MULTI_LAYER_RELU, 'X = torch.__dict__["nn"].__dict__["functional"].relu(linear(X))'),
    ),
    _mutant(
        "multi-layer-lambda",
        "MultiLayerNN",
        "torch.nn.functional.relu is hidden in a helper that is defined above",
        (at.MULTI_LAYER_CLASS, "activation = lambda x: torch.nn.functional.relu(x)\n\n\n" + at.MULTI_LAYER_CLASS),
        (at.MULTI_LAYER_RELU, "X = activation(linear(X))"),
    ),
    _mutant(
        "multi-layer-threshold",
        "MultiLayerNN",
        "torch.nn.functional.threshold is used as ReLU",
        _import("import torch.nn as nn"),
        (at.MULTI_LAYER_RELU, "X = nn.functional.threshold(linear(X), 0.0, 0.0)"),
    ),
    _mutant(
        "multi-layer-torchvision",
        "MultiLayerNN",
        "torchvision.ops.MLP is a ready-made network",
        _import("from torchvision.ops import MLP"),
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

_MODELS = (
    _mutant(
        "eval-linear-torch-layer",
        "eval_linear_model",
        "a torch.nn.Linear is trained and returned",
        (at.LINEAR_TRAINED, "linear_model = train(torch.nn.Linear(784, 10, bias=False), learning_rate=0.2, epochs=3)"),
    ),
    _mutant(
        "eval-linear-adam",
        "eval_linear_model",
        "the model is trained by torch.optim.Adam",
        (
            at.LINEAR_TRAINED,
            "linear_model = Linear(784, 10)\n"
            "adam = torch.optim.Adam(linear_model.parameters())\n"
            "for i in range(3):\n"
            "    epoch(linear_model, train_dataloader, CrossEntropyLoss(), adam)",
        ),
    ),
    _mutant(
        "eval-linear-functional-loss",
        "eval_linear_model",
        "the model is trained with torch.nn.functional.cross_entropy as its loss",
        _import("import torch.nn.functional as F"),
        (
            at.LINEAR_TRAINED,
            "linear_model = Linear(784, 10)\n"
            "opt = SGD(linear_model.parameters(), 0.2)\n"
            "for i in range(3):\n"
            "    epoch(linear_model, train_dataloader, F.cross_entropy, opt)",
        ),
    ),
    _mutant(
        "eval-two-layer-sequential",
        "eval_two_layer_nn",
        "a torch.nn.Sequential of torch.nn.Linear and torch.nn.ReLU is trained and returned",
        (
            at.TWO_LAYER_TRAINED,
            "layers = torch.nn.Linear(784, 300), torch.nn.ReLU(), torch.nn.Linear(300, 10)\n"
            "two_layer_model = train(torch.nn.Sequential(*layers), learning_rate=0.3, epochs=4)",
        ),
    ),
    _mutant(
        "eval-two-layer-adam",
        "eval_two_layer_nn",
        "the network is trained by torch.optim.AdamW",
        _import("from torch.optim import AdamW"),
        (
            at.TWO_LAYER_TRAINED,
            "two_layer_model = TwoLayerNN(784, 300, 10)\n"
            "opt = AdamW(two_layer_model.parameters())\n"
            "for i in range(5):\n"
            "    epoch(two_layer_model, train_dataloader, CrossEntropyLoss(), opt)",
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_LINEAR, *_LOSS, *_TRAINING, *_NETWORKS, *_MODELS)
