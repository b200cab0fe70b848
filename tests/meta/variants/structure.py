"""Innocent oddities of structure: how else students arrange a file, and must cost nothing."""

from tests.meta.mutants import anchors as at
from tests.meta.mutants.edits import importing
from tests.meta.variants import Variant
from tests.meta.variants.making import odd

VARIANTS: tuple[Variant, ...] = (
    odd(
        "type-annotations",
        "the parts are annotated, with annotations that are not evaluated",
        ("import torch\nfrom torch.nn", "from __future__ import annotations\n\nimport torch\nfrom torch.nn"),
        (at.LINEAR_SIGNATURE, "def __init__(self, in_dim: int, out_dim: int) -> None:"),
        (at.LOSS_SIGNATURE, 'def forward(self, logits: torch.Tensor, y: "torch.LongTensor") -> torch.Tensor:'),
        (at.SGD_SIGNATURE, "def __init__(self, parameters: Iterable[Parameter], learning_rate: float = 0.1) -> None:"),
        (at.EPOCH_SIGNATURE, "def epoch(model: Module, loader: DataLoader, loss: Module, opt: SGD | None = None):"),
        (at.MULTI_LAYER_SIGNATURE, "def __init__(self, in_dim: int, out_dim: int, hidden_dims: list[int]) -> None:"),
        (at.LINEAR_CLASS, "Weights: TypeAlias = 'dict[str, Parameter]'\nseed: int\n\n\n" + at.LINEAR_CLASS),
    ),
    odd(
        "helpers-around",
        "helpers stand above and below the parts that call them",
        (at.LINEAR_CLASS, "def scale_for(dim):\n    return GAIN / dim**0.5\n\n\n" + at.LINEAR_CLASS),
        (at.LINEAR_WEIGHT, "self.weight = Parameter(scale_for(in_dim) * gaussian(out_dim, in_dim))"),
        (
            at.LOSS_CLASS,
            "def gaussian(*shape):\n    return torch.randn(*shape)\n\n\nGAIN = 2**0.5\n\n\n" + at.LOSS_CLASS,
        ),
        (at.EPOCH_ERROR, "total_error += mistakes(logits, y)"),
        (at.MNIST, "def mistakes(logits, y):\n    return int((logits.argmax(dim=1) != y).sum())\n\n\n" + at.MNIST),
    ),
    odd(
        "inheritance",
        "the parts inherit from base classes of their own, and one uses a mixin",
        (
            at.LINEAR_CLASS,
            "class Layer(Module):\n"
            "    def __init__(self, *sizes):\n"
            "        super().__init__()\n"
            "        self.sizes = sizes\n\n"
            "    def extra_repr(self):\n"
            '        return " -> ".join(map(str, self.sizes))\n\n\n'
            "class Linear(Layer):\n",
        ),
        (at.LINEAR_SUPER, "        super().__init__(in_dim, out_dim)\n        self.weight"),
        (
            at.SGD_CLASS,
            "class Optimizer:\n"
            "    def __init__(self, parameters):\n"
            "        self.parameters = list(parameters)\n\n"
            "    def zero_grad(self):\n"
            "        for p in self.parameters:\n"
            "            p.grad = None\n\n\n"
            "class SGD(Optimizer):\n",
        ),
        (at.SGD_PARAMETERS, "super().__init__(parameters)"),
        ("    def zero_grad(self):\n" + at.SGD_ZERO_GRAD, ""),
        (
            at.LOADER_CLASS,
            "class Sized:\n    def __len__(self):\n        return -(-len(self.X) // self.batch_size)\n\n\n"
            "class DataLoader(Sized):\n",
        ),
    ),
    odd(
        "decorators",
        "functions and classes are decorated, as by mugrade.local_tests",
        importing(
            "import functools\n\n\n"
            "def local_tests(thing):\n"
            '    """Stands for the decorator of the course."""\n'
            "    return thing\n\n\n"
            "def counted(function):\n"
            "    @functools.wraps(function)\n"
            "    def wrapper(*args, **kwargs):\n"
            "        wrapper.calls += 1\n"
            "        return function(*args, **kwargs)\n\n"
            "    wrapper.calls = 0\n"
            "    return wrapper"
        ),
        (at.LINEAR_CLASS, "@local_tests\n" + at.LINEAR_CLASS),
        (at.LOSS_CLASS, "@local_tests\n" + at.LOSS_CLASS),
        (at.SGD_CLASS, "@local_tests\n" + at.SGD_CLASS),
        (at.LOADER_CLASS, "@local_tests\n" + at.LOADER_CLASS),
        (at.EPOCH_SIGNATURE, "@local_tests\n@counted\n" + at.EPOCH_SIGNATURE),
        (at.LINEAR_EVAL, "@local_tests\n" + at.LINEAR_EVAL),
        (at.TWO_LAYER_CLASS, "@local_tests\n" + at.TWO_LAYER_CLASS),
        (at.MULTI_LAYER_CLASS, "@local_tests\n" + at.MULTI_LAYER_CLASS),
    ),
    odd(
        "table-filled-by-loop",
        "a table that the parts use is filled by a loop at top level",
        importing(
            "activations = {}\n"
            'for name in ("relu", "tanh", "sigmoid"):\n'
            "    activations[name] = getattr(torch, name)\n"
            "defaults = []\n"
            "defaults.append(100)"
        ),
        (at.LOADER_SIGNATURE, "def __init__(self, X, y, batch_size=defaults[0]):"),
        (at.TWO_LAYER_FORWARD, at.TWO_LAYER_FORWARD.replace("torch.relu", 'activations["relu"]')),
        (at.MULTI_LAYER_RELU, 'X = activations["relu"](linear(X))'),
    ),
    odd(
        "patched-after-definition",
        "methods are given to the classes after their definition, one of them by setattr",
        (at.LINEAR_FORWARD, "raise NotImplementedError"),
        (at.LOSS_CLASS, "Linear.forward = lambda self, X: X @ self.weight.T\n\n\n" + at.LOSS_CLASS),
        ("    def step(self):\n" + at.SGD_STEP, ""),
        (
            at.LOADER_CLASS,
            "def sgd_step(self):\n" + at.SGD_STEP + '\n\nsetattr(SGD, "step", sgd_step)\n\n\n' + at.LOADER_CLASS,
        ),
    ),
    odd(
        "conditional-definitions",
        "a part is defined in an if, and a helper in a try",
        (
            at.TWO_LAYER_CLASS,
            "try:\n"
            "    relu = torch.relu\n"
            "except AttributeError:\n"
            "    def relu(x):\n"
            "        return x.clamp(min=0)\n\n\n" + at.TWO_LAYER_CLASS,
        ),
        (at.TWO_LAYER_FORWARD, at.TWO_LAYER_FORWARD.replace("torch.relu", "relu")),
        (
            at.EPOCH_SIGNATURE,
            "if torch.__version__ >= '1':\n"
            "    def count_errors(logits, y):\n"
            "        return (logits.argmax(dim=1) != y).sum().item()\n"
            "else:\n"
            "    raise ImportError('torch is too old')\n\n\n" + at.EPOCH_SIGNATURE,
        ),
        (at.EPOCH_ERROR, "total_error += count_errors(logits, y)"),
    ),
    odd(
        "imports-in-try",
        "imports are tried, and what is missing is replaced",
        importing(
            "try:\n"
            "    import mugrade_that_is_not_installed as mugrade\n"
            "except ImportError:\n"
            "    class mugrade:\n"
            "        local_tests = staticmethod(lambda thing: thing)\n\n"
            "try:\n    from tqdm_that_is_not_installed import tqdm\n"
            "except ModuleNotFoundError:\n    tqdm = iter"
        ),
        (at.MULTI_LAYER_CLASS, "@mugrade.local_tests\n" + at.MULTI_LAYER_CLASS),
        (at.EPOCH_LOOP, "for X, y in tqdm(loader):"),
    ),
    odd(
        "redefined-later",
        "a first, wrong version of two parts stands above the right one",
        (
            at.LINEAR_CLASS,
            "class Linear(Module):\n"
            "    def __init__(self, in_dim, out_dim):\n"
            "        super().__init__()\n"
            "        self.weight = Parameter(torch.zeros(in_dim, out_dim))\n\n\n"
            "def epoch(model, loader, loss, opt=None):\n"
            "    pass\n\n\n" + at.LINEAR_CLASS,
        ),
        (at.MULTI_LAYER_CLASS, "class MultiLayerNN(Module):\n    pass\n\n\n" + at.MULTI_LAYER_CLASS),
    ),
    odd(
        "settings-dict",
        "settings stand in a global dict and a dataclass",
        importing(
            "from dataclasses import dataclass, field\n\n\n"
            "@dataclass\n"
            "class Recipe:\n"
            "    learning_rate: float\n"
            "    epochs: int\n"
            "    dims: tuple = field(default_factory=tuple)\n\n\n"
            'config = {"linear": Recipe(0.2, 4, (784, 10)), "two_layer": Recipe(0.3, 10, (784, 300, 10))}\n'
            'config["two_layer"].epochs -= 1'
        ),
        (
            at.LINEAR_TRAINED,
            'recipe = config["linear"]\n'
            "linear_model = train(Linear(*recipe.dims), recipe.learning_rate, recipe.epochs)",
        ),
        (
            at.TWO_LAYER_TRAINED,
            'recipe = config["two_layer"]\n'
            "two_layer_model = train(TwoLayerNN(*recipe.dims), recipe.learning_rate, recipe.epochs)",
        ),
    ),
    odd(
        "dataclass-loader",
        "the loader and the optimizer are dataclasses",
        importing("import dataclasses\nfrom typing import Any"),
        (
            at.LOADER_CLASS,
            "@dataclasses.dataclass(eq=False)\n"
            + at.LOADER_CLASS
            + "    X: torch.Tensor\n    y: torch.Tensor\n    batch_size: int = 100\n",
        ),
        (
            "    " + at.LOADER_SIGNATURE + "\n" + at.LOADER_INIT,
            "    def __post_init__(self):\n        self.start = len(self.X)\n",
        ),
        (at.SGD_CLASS, "@dataclasses.dataclass\n" + at.SGD_CLASS + "    parameters: Any\n    learning_rate: float\n"),
        (
            f"    {at.SGD_SIGNATURE}\n",
            "    def __post_init__(self):\n        parameters, learning_rate = self.parameters, self.learning_rate\n",
        ),
    ),
    odd(
        "partial-and-closures",
        "functools.partial and closures make the functions",
        importing("from functools import partial"),
        (at.MNIST, "def make_relu(low=0.0):\n    return lambda x: x.clamp(min=low)\n\n\n" + at.MNIST),
        (
            at.TWO_LAYER_CLASS,
            "rectify = make_relu()\nfit = partial(train, learning_rate=0.3)\n\n\n" + at.TWO_LAYER_CLASS,
        ),
        (at.TWO_LAYER_FORWARD, at.TWO_LAYER_FORWARD.replace("torch.relu", "rectify")),
        (at.TWO_LAYER_TRAINED, "two_layer_model = fit(TwoLayerNN(784, 300, 10), epochs=9)"),
    ),
    odd(
        "numpy-helper",
        "averages are computed by numpy and returned as floats",
        importing("import numpy as np"),
        (at.EPOCH_TOTALS, "losses, errors, sizes = [], [], []"),
        (at.EPOCH_LOSS, "losses.append(batch_loss.item())"),
        (at.EPOCH_ERROR, "errors.append(np.mean(logits.detach().numpy().argmax(axis=1) != y.numpy()))"),
        (at.EPOCH_COUNT, "sizes.append(len(y))"),
        (at.EPOCH_RETURN, "return float(np.average(losses, weights=sizes)), float(np.average(errors, weights=sizes))"),
    ),
    odd(
        "optional-arguments",
        "the parts take more arguments than they must, all with defaults",
        (at.LINEAR_SIGNATURE, "def __init__(self, in_dim, out_dim, gain=2.0, **unused):"),
        (at.LINEAR_WEIGHT, at.LINEAR_WEIGHT.replace("(2 / in_dim)", "(gain / in_dim)")),
        (at.SGD_SIGNATURE, "def __init__(self, parameters, learning_rate=1e-2, *, momentum=None):"),
        (at.LOADER_SIGNATURE, "def __init__(self, X, y, batch_size=100, verbose=False):"),
        (at.EPOCH_SIGNATURE, "def epoch(model, loader, loss, opt=None, *, log=None):"),
        (at.MULTI_LAYER_SIGNATURE, "def __init__(self, in_dim, out_dim, hidden_dims=(), activation=torch.relu):"),
        (at.MULTI_LAYER_RELU, "X = self.activation(linear(X))"),
        (at.MULTI_LAYER_DIMS, at.MULTI_LAYER_DIMS + "\n        self.activation = activation"),
    ),
    odd(
        "made-by-a-function",
        "a class is made inside a function",
        (
            at.LOSS_CLASS,
            "def make_loss():\n"
            "    class CrossEntropyLoss(Module):\n"
            "        def forward(self, logits, y):\n"
            "            return -torch.log_softmax(logits, 1)[torch.arange(len(y)), y].mean()\n\n"
            "    return CrossEntropyLoss\n\n\n"
            "class OldLoss(Module):\n",
        ),
        (at.SGD_CLASS, "CrossEntropyLoss = make_loss()\n\n\n" + at.SGD_CLASS),
    ),
    odd(
        "modern-syntax",
        "walrus, match, starred arguments and several statements in a line",
        (
            at.LOADER_NEXT,
            "        if not len(rows := self.y[self.start : (end := self.start + self.batch_size)]):\n"
            "            raise StopIteration\n"
            "        start = self.start; self.start = end\n"
            "        return self.X[start:end], rows\n",
        ),
        (
            at.EPOCH_TRAIN,
            "            match opt:\n"
            "                case None:\n"
            "                    pass\n"
            "                case _:\n"
            "                    opt.zero_grad(), batch_loss.backward(), opt.step()\n",
        ),
    ),
    odd(
        "argument-checks",
        "the parts refuse arguments that make no sense",
        (
            at.LINEAR_WEIGHT,
            'if in_dim <= 0 or out_dim <= 0:\n            raise ValueError("sizes must be positive")\n        '
            + at.LINEAR_WEIGHT,
        ),
        (
            at.LOSS_CORRECT,
            "if logits.ndim != 2 or y.ndim != 1 or len(logits) != len(y):\n"
            '            raise ValueError(f"shapes {tuple(logits.shape)} and {tuple(y.shape)} do not fit")\n        '
            + at.LOSS_CORRECT,
        ),
        (at.SGD_RATE, 'assert learning_rate > 0, "learning_rate"\n        ' + at.SGD_RATE),
    ),
    odd(
        "history",
        "epoch appends its results to a global list, and models count their calls",
        (at.EPOCH_SIGNATURE, "history = []\ncalls = 0\n\n\n" + at.EPOCH_SIGNATURE),
        (at.EPOCH_RETURN, "history.append((total_loss, total_error))\n    " + at.EPOCH_RETURN),
        (at.TWO_LAYER_FORWARD, "global calls\n        calls += 1\n        " + at.TWO_LAYER_FORWARD),
    ),
)
