"""The rules: what is banned is seen, by source or at run time, however it is spelled; what is innocent is free."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.assignment import Assignment, load_assignment
from grader.boundary.rules import Rules
from grader.errors import AssignmentInvalid
from grader.judge.owners import Lines
from grader.scorecard import Scorecard, Verdict
from grader.worker.guard import Guard
from grader.worker.reading.charges import charged, own_lines, own_statements
from grader.worker.reading.slices import slice_for
from grader.worker.reading.statements import statements
from grader.worker.reading.uses import uses_in
from tests.meta import mutants, variants
from tests.meta.mutants import Mutant
from tests.meta.variants import Variant

Grade = Callable[..., Scorecard]
REFERENCE = (Path(__file__).resolve().parents[2] / "reference" / "hw3.py").read_text(encoding="utf-8")
SEEN_AT_RUN_TIME_ONLY = {"rules-linear-by-subclasses", "rules-two-layer-reduce"}


def names_of(source: str, rules: Rules) -> list[str]:
    return [use.name for use in uses_in(ast.parse(source), rules)]


def charged_questions(source: str, assignment: Assignment) -> set[str]:
    """The questions that lose their points by the source alone."""
    tree = ast.parse(source)
    program = statements(tree)
    uses = uses_in(tree, assignment.rules)
    slices = {q.name: slice_for(q.name, program, q.needs).indices for q in assignment.questions}
    own = {q.name: own_statements(slices[q.name], [slices[n] for n in q.needs]) for q in assignment.questions}
    return {name for name in assignment.names if charged(uses, name, own[name], program)}


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "banned"),
    [
        ("torch.nn.Linear", True),
        ("torch.nn.Linear.forward", True),
        ("torch.nn.functional.relu", True),
        ("torch.nn.functional", False),
        ("torch.nn", False),
        ("torch.nn.Module", False),
        ("torch.nn.Module.parameters", False),
        ("torch.nn.ModuleList", False),
        ("torch.nn.ModuleDict", True),
        ("torch.nn.parameter.Parameter", False),
        ("torch.nn.parameter.UninitializedParameter", True),
        ("torch.relu", False),
        ("torch.linalg.norm", False),
        ("torch.optimize", False),
        ("torch.utils.data.DataLoader", True),
        ("torch.utils.checkpoint.checkpoint", False),
        ("torchvision.datasets.MNIST", False),
        ("torchvision.ops.MLP", True),
        ("sklearn.linear_model.SGDClassifier", True),
        ("torch.distributions.Categorical", True),
        ("torch.distributions", False),
        ("torch.distributed.is_available", False),
        ("torch.testing.assert_close", False),
        ("torch.hub.set_dir", False),
        ("scipy.stats.norm", False),
        ("einops.rearrange", False),
        ("numpy.random.randn", False),
        ("", False),
    ],
)
def test_longest_entry_decides(assignment: Assignment, name: str, banned: bool) -> None:
    assert assignment.rules.bans(name) is banned


def test_rules_survive_the_way_to_the_worker(assignment: Assignment) -> None:
    assert Rules.from_dict(assignment.rules.as_dict()) == assignment.rules


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('banned = ["torch.nn.*"]\nallowed = []', "lacks 'advice'"),
        ('banned = "torch.nn.*"\nallowed = []\nadvice = ""', "lists of names"),
        ('banned = [1]\nallowed = []\nadvice = ""', "no name"),
        ('baned = ["torch.nn.*"]', "unknown key 'baned'"),
    ],
)
def test_wrong_rules_are_refused(tmp_path: Path, table: str, problem: str) -> None:
    (tmp_path / "assignment.toml").write_text(
        f'title = "A"\nreference = "r.py"\nlimit_s = 1\n[rules]\n{table}\n'
        '[[question]]\nname = "Linear"\n[question.checks]\ntest = 1\n'
    )
    with pytest.raises(AssignmentInvalid, match=problem):
        load_assignment(tmp_path)


# --- by source --------------------------------------------------------------------------------------------------------

SPELLINGS = {
    "import torch\ntorch.nn.Linear(3, 2)": "torch.nn.Linear",
    "import torch.nn as nn\nnn.Linear(3, 2)": "torch.nn.Linear",
    "from torch import nn\nnn.Linear(3, 2)": "torch.nn.Linear",
    "from torch import nn as layers\nlayers.Linear(3, 2)": "torch.nn.Linear",
    "from torch.nn import Linear as L\nL(3, 2)": "torch.nn.Linear",
    "import torch.nn.functional as F\nF.relu(x)": "torch.nn.functional.relu",
    "import torch.nn.functional\ntorch.nn.functional.relu(x)": "torch.nn.functional.relu",
    "import torch\nf = torch.nn.functional\nf.relu(x)": "torch.nn.functional.relu",
    "import torch\nf = g = torch.nn.functional\ng.relu(x)": "torch.nn.functional.relu",
    "import torch\nnn, f = torch.nn, torch.nn.functional\nf.relu(x)": "torch.nn.functional.relu",
    "import torch\nrelu: object = torch.nn.functional.relu\nrelu(x)": "torch.nn.functional.relu",
    "import torch\n(F := torch.nn.functional).relu(x)": "torch.nn.functional.relu",
    "import torch\nif (F := torch.nn.functional):\n    F.relu(x)": "torch.nn.functional.relu",
    "from torch.nn.functional import *\nrelu(x)": "torch.nn.functional.relu",
    "from torch.nn import *\nReLU()": "torch.nn.ReLU",
    "from torch.nn import *\nfunctional.relu(x)": "torch.nn.functional.relu",
    "def f(x):\n    from torch.nn.functional import relu\n    return relu(x)": "torch.nn.functional.relu",
    "def f(x):\n    import torch.nn as nn\n    return lambda: nn.functional.relu(x)": "torch.nn.functional.relu",
    "def f():\n    global F\n    import torch.nn.functional as F\ndef g():\n    F.relu(x)": "torch.nn.functional.relu",
    "import torch\nclass A:\n    F = torch.nn.functional\n    x = F.relu(1)": "torch.nn.functional.relu",
    "import torch\ngetattr(torch.nn, 'Linear')(3, 2)": "torch.nn.Linear",
    "import torch\ngetattr(torch.nn, 'Lin' + 'ear')(3, 2)": "torch.nn.Linear",
    "import torch\ngetattr(torch.nn, f'Lin{\"ear\"}')(3, 2)": "torch.nn.Linear",
    "import torch\ng = getattr\ng(g(torch, 'nn'), 'Linear')": "torch.nn.Linear",
    "import torch\ntorch.nn.__getattribute__('Linear')": "torch.nn.Linear",
    "import torch\nobject.__getattribute__(torch.nn, 'Linear')": "torch.nn.Linear",
    "import importlib\nimportlib.import_module('torch.nn').Linear": "torch.nn.Linear",
    "from importlib import import_module as get\nF = get('torch.nn.functional')\nF.relu(x)": "torch.nn.functional.relu",
    "import torch, importlib\nimportlib.reload(torch.nn).Linear": "torch.nn.Linear",
    "__import__('torch').nn.Linear(3, 2)": "torch.nn.Linear",
    "__import__('torch.nn').nn.Linear(3, 2)": "torch.nn.Linear",
    "__import__('torch.nn', fromlist=['Linear']).Linear(3, 2)": "torch.nn.Linear",
    "import builtins\nbuiltins.__import__('torch.optim').optim.SGD": "torch.optim.SGD",
    "exec('import torch.nn as nn; nn.Linear(3, 2)')": "torch.nn.Linear",
    "exec('from torch.nn import Linear')\nLinear(3, 2)": "torch.nn.Linear",
    "exec(b'from torch.nn import Linear')\nLinear(3, 2)": "torch.nn.Linear",
    "import torch\nexec(compile('torch.nn.Linear(3, 2)', '', 'exec'))": "torch.nn.Linear",
    "import torch\neval('torch.nn.Linear')(3, 2)": "torch.nn.Linear",
    "import torch\neval('torch.nn').Linear(3, 2)": "torch.nn.Linear",
    "import torch\neval('lambda x: torch.nn.functional.relu(x)')": "torch.nn.functional.relu",
    "import sys\nsys.modules['torch.nn.functional'].relu(x)": "torch.nn.functional.relu",
    "from sys import modules\nmodules.get('torch.nn.functional').relu(x)": "torch.nn.functional.relu",
    "import torch\ntorch.ops.aten.relu(x)": "torch.ops.aten.relu",
    "import torch\ntorch._C._nn.gelu(x)": "torch._C._nn.gelu",
    "import torch\ntorch.__dict__['nn'].Linear": "torch.nn.Linear",
    "import torch\ntorch.__dict__.get('nn').Linear": "torch.nn.Linear",
    "import torch\nvars(torch)['nn'].Linear": "torch.nn.Linear",
    "import torch\nvars(vars(torch)['nn'])['Linear']": "torch.nn.Linear",
    "import torch\nglobals()['torch'].nn.Linear": "torch.nn.Linear",
    "import torch\ntorch.nn.modules.linear.Linear(3, 2)": "torch.nn.modules.linear.Linear",
    "import operator, torch\noperator.attrgetter('nn.Linear')(torch)": "torch.nn.Linear",
    "import pkgutil\npkgutil.resolve_name('torch.nn:Linear')": "torch.nn.Linear",
    "import torch\nclass A(torch.nn.Linear): pass": "torch.nn.Linear",
    "import torch\n@torch.nn.utils.parametrize.cached\ndef f(): pass": "torch.nn.utils.parametrize.cached",
    "import torch\ndef f(x, relu=torch.nn.functional.relu): pass": "torch.nn.functional.relu",
    "import torch\nf = lambda x, relu=torch.nn.functional.relu: relu(x)": "torch.nn.functional.relu",
    "import torch\ntable = {'relu': torch.nn.functional.relu}": "torch.nn.functional.relu",
    "import torch\nlist(map(torch.nn.functional.relu, xs))": "torch.nn.functional.relu",
    "import torch\nself.relu = torch.nn.functional.relu": "torch.nn.functional.relu",
    "import torch\ntorch.nn.Linear.forward(self, x)": "torch.nn.Linear.forward",
    "import torch\ntorch.nn.Linear.__init__(self, 3, 2)": "torch.nn.Linear",
    "import torch\n[torch.nn.ReLU() for _ in range(3)]": "torch.nn.ReLU",
    "import torch\n[nn.ReLU() for nn in [1]] or torch.nn.ReLU()": "torch.nn.ReLU",
    "import torch\nx == torch.nn.functional.relu(y)": "torch.nn.functional.relu",
    "import torch\nprint(torch.nn.functional.relu(x))": "torch.nn.functional.relu",
    "import typing, torch\ntyping.cast(int, torch.nn.functional.relu(x))": "torch.nn.functional.relu",
    "from torch.utils.data import DataLoader\nDataLoader(xs)": "torch.utils.data.DataLoader",
    "from torch.optim.lr_scheduler import StepLR\nStepLR(o, 1)": "torch.optim.lr_scheduler.StepLR",
    "import torch\ntorch.distributions.Categorical(logits=x).log_prob(y)": "torch.distributions.Categorical",
    "from torch.distributions.normal import Normal\nNormal(0, 1)": "torch.distributions.normal.Normal",
    "import torch\ntorch._refs.nn.functional.relu(x)": "torch._refs.nn.functional.relu",
    "import torch\ntorch._decomp.core_aten_decompositions()": "torch._decomp.core_aten_decompositions",
    "from torch._decomp import decompositions as d\nd.mse_loss(x, y)": "torch._decomp.decompositions.mse_loss",
    "import torch\ntorch._prims.add(x, y)": "torch._prims.add",
    "import torch\ntorch._C._get_operation_overload('aten::relu', '')": "torch._C._get_operation_overload",
    "import torch\ntorch._C.CompilationUnit()": "torch._C.CompilationUnit",
    "import torch\ntorch.library.get_kernel('aten::linear', 'CPU')": "torch.library.get_kernel",
    "import torch\ntorch.hub.load('pytorch/vision', 'resnet18')": "torch.hub.load",
    "import torch.quantization as q\nq.QuantStub()": "torch.quantization.QuantStub",
    "from torch.utils import mkldnn\nmkldnn.MkldnnLinear(x)": "torch.utils.mkldnn.MkldnnLinear",
    "from torch.distributed.optim import ZeroRedundancyOptimizer as Z\nZ(p)": (
        "torch.distributed.optim.ZeroRedundancyOptimizer"
    ),
    "from torch.testing._internal.common_nn import nllloss_reference as n\nn(x, y)": (
        "torch.testing._internal.common_nn.nllloss_reference"
    ),
    "from scipy.optimize import minimize\nminimize(f, x)": "scipy.optimize.minimize",
    "from einops.layers.torch import EinMix\nEinMix('b i -> b o')": "einops.layers.torch.EinMix",
    "from torchvision import ops\nops.MLP(1, [2])": "torchvision.ops.MLP",
    "import sklearn.linear_model as lm\nlm.LogisticRegression()": "sklearn.linear_model.LogisticRegression",
    "import tensorflow as tf\ntf.matmul(x, y)": "tensorflow.matmul",
    "import torch\nwith torch.nn.utils.parametrize.cached(): pass": "torch.nn.utils.parametrize.cached",
    "import torch\nmatch x:\n    case 1: torch.nn.ReLU()": "torch.nn.ReLU",
}


@pytest.mark.parametrize("source", SPELLINGS)
def test_spelling_is_seen_in_the_source(assignment: Assignment, source: str) -> None:
    assert names_of(source, assignment.rules) == [SPELLINGS[source]]


INNOCENT = [
    "",
    "import torch.nn.functional as F\nfrom torch import nn, optim\nfrom torch.nn import *\nimport sklearn",
    "import torch\nF = torch.nn.functional\nrelu = F.relu",
    "from torch.nn import Module, ModuleList, Parameter\nclass A(Module): pass\nModuleList([A(), Parameter(1)])",
    "import torch\ntorch.nn.modules.module.Module.__call__, torch.nn.parameter.Parameter, getattr(torch.nn, 'Module')",
    "import torch\ntorch.relu(x), torch.log_softmax(x, 1), torch.logsumexp(x, 1), torch.no_grad(), torch.Tensor",
    "import torch\nx.relu().softmax(1).log_softmax(1); x.nn.functional.relu(); torch.tensor(1).linear.relu()",
    "import torch\ntorch.linalg.norm(x), torch.autograd.grad(y, x), torch.cuda.is_available(), torch.special.erf",
    "# torch.nn.Linear(3, 2)\n'torch.nn.ReLU()'\ndef f():\n    '''import torch.nn.functional as F; F.relu'''",
    "import torch\nprint('exec(torch.nn.Linear)', f'{x} torch.nn.Linear')",
    "import torch\ndef f(opt: torch.optim.Optimizer, x: 'torch.nn.Linear') -> torch.nn.ReLU:\n    y: torch.nn.ReLU",
    "import torch\nfrom typing import *\nP = Iterable[torch.optim.Optimizer]\nT = TypeVar('T', bound=torch.nn.Linear)",
    "import torch, typing\nO: typing.TypeAlias = torch.optim.Optimizer\nU = torch.optim.SGD | None",
    "import torch, typing\ntyping.cast(torch.nn.Linear, x)",
    "import torch\nisinstance(x, torch.nn.Linear) or isinstance(x, (torch.nn.ReLU, torch.nn.Linear | None))",
    "import torch\ntype(x) is torch.nn.Linear, type(x) == torch.nn.Linear, type(x) in (torch.nn.Linear,)",
    "import torch\nmatch x:\n    case torch.nn.Linear(): pass",
    "import torch\nhelp(torch.nn.Linear); print(torch.nn.functional); dir(torch.nn); hasattr(torch.nn, 'Linear')",
    "from torch.nn import Linear\nclass Linear(Module): pass\nLinear(3, 2)\ndef f(): return Linear(3, 2)",
    "from torch.nn import *\nclass Linear(Module): pass\ndef f(): return Linear(3, 2)",
    "from torch.optim import SGD\nclass SGD: pass\ndef f(): return SGD()",
    "from torch.nn.functional import relu\ndef f(relu): return relu(x)",
    "from torch.nn.functional import relu\ndef f():\n    relu = torch.relu\n    return relu(x)",
    "from torch.nn.functional import relu\n[relu(1) for relu in fs]",
    "try:\n    from torch.nn.functional import relu\nexcept ImportError:\n    def relu(x): pass\ndef f(): relu(x)",
    "class functional:\n    relu = staticmethod(lambda x: x)\nfunctional.relu(x)",
    "class nn: pass\nnn.Linear(3, 2)",
    "def optim(): pass\noptim.SGD",
    "import numpy as np, math, random, matplotlib.pyplot as plt, einops\nnp.exp(1); plt.plot(1); einops.rearrange",
    "from torchvision import datasets, transforms\ndatasets.MNIST('.')\ntransforms.ToTensor()",
    "import importlib\nimportlib.import_module('math').exp(1); __import__('torch').relu(x); getattr(torch, name)",
    "exec('x = 1'); eval('1 + 1'); exec(text); eval(''); exec('syntax error'); compile('x', '', 'exec')",
    "import torch\ntorch.nn.Linear = None\ndel torch.nn.functional.relu",
    "from .nn import Linear\nLinear(3, 2)",
    "from torch.nn import NoSuchThing",
    "import sys\nsys.modules['torch'].relu(x); sys.modules[name]",
    "import torch\nvars(torch)['relu'](x); vars(); globals()['x']; locals()",
]


@pytest.mark.parametrize("source", INNOCENT)
def test_innocent_source_is_free(assignment: Assignment, source: str) -> None:
    assert names_of(source, assignment.rules) == []


def test_line_of_a_use_is_the_students() -> None:
    rules = Rules(banned=frozenset({"torch.nn.*"}))
    source = "import torch\n\nexec('''\n\n\ntorch.nn.ReLU()''')\ndef f():\n    return torch.nn.Linear(\n        3, 2)\n"
    assert [(use.line, use.index, use.name) for use in uses_in(ast.parse(source), rules)] == [
        (3, 1, "torch.nn.ReLU"),
        (8, 2, "torch.nn.Linear"),
    ]


@pytest.mark.parametrize("variant", variants.all_variants(), ids=lambda variant: variant.name)
def test_variant_uses_nothing_banned(assignment: Assignment, variant: Variant) -> None:
    assert names_of(variants.apply(REFERENCE, variant), assignment.rules) == []


@pytest.mark.parametrize(
    "mutant", [m for m in mutants.all_mutants() if m.verdict == "forbidden"], ids=lambda mutant: mutant.name
)
def test_mutant_is_charged_to_the_questions_that_it_names(assignment: Assignment, mutant: Mutant) -> None:
    expected = set() if mutant.name in SEEN_AT_RUN_TIME_ONLY else set(mutant.questions)
    assert charged_questions(mutants.apply(REFERENCE, mutant), assignment) == expected


# --- who is charged ---------------------------------------------------------------------------------------------------

BLAME = {
    "in the part": ("return X @ self.weight.T", "return torch.nn.functional.linear(X, self.weight)", {"Linear"}),
    "in a part that needs another": (
        "torch.relu(self.linear1",
        "torch.nn.functional.relu(self.linear1",
        {"TwoLayerNN"},
    ),
    "in a helper of nobody": ("class SGD:", "class Helper(torch.nn.ReLU):\n    pass\n\n\nclass SGD:", set()),
    "at top level": ("class SGD:", "print(torch.nn.Linear(3, 2)(torch.ones(3)))\n\n\nclass SGD:", set()),
    "in an experiment": (
        "class SGD:",
        "layer = torch.nn.Linear(3, 2)\nprint(layer(torch.ones(3)))\nlayer.weight.data.zero_()\n\n\nclass SGD:",
        set(),
    ),
    "in a part that is changed later": (
        "class SGD:",
        "Linear.forward = lambda self, X: torch.nn.functional.linear(X, self.weight)\n\n\nclass SGD:",
        {"Linear"},
    ),
    "in a string of nobody": ("class SGD:", "exec('unused = torch.nn.Linear(3, 2)')\n\n\nclass SGD:", set()),
    "in a string with a helper": (
        "class SGD:\n",
        "exec('def rate(x):\\n    return torch.nn.functional.relu(x)')\n\n\nclass SGD:\n    rate = rate\n",
        {"SGD"},
    ),
    "in a table that vars() fills": (
        "class SGD:\n",
        "table = [vars(torch.nn)['ReLU']]\n\n\nclass SGD:\n    table = table\n",
        {"SGD"},
    ),
}


@pytest.mark.parametrize("case", BLAME)
def test_use_is_charged_to_its_own_question(assignment: Assignment, case: str) -> None:
    old, new, expected = BLAME[case]
    assert REFERENCE.count(old) == 1
    assert charged_questions(REFERENCE.replace(old, new), assignment) == expected


def test_lines_seen_at_run_time_have_owners() -> None:
    lines = Lines(own={"Linear": [[5, 9]], "TwoLayerNN": [[20, 30], [40, 41]], "SGD": [[40, 41]]}, dynamic=[[3, 3]])
    assert lines.owners(7, ["Linear"], "TwoLayerNN") == ["Linear"]
    assert lines.owners(41, ["helper"], "Linear") == ["TwoLayerNN", "SGD"]
    assert lines.owners(15, ["SGD", "<module>"], "SGD") == []  # an experiment at top level
    assert lines.owners(3, ["SGD", "<module>"], "Linear") == ["SGD"]  # a class that is made by exec
    assert lines.owners(3, ["<module>"], "Linear") == []
    assert lines.owners(0, ["helper", "Linear", "TwoLayerNN"], "TwoLayerNN") == ["Linear"]  # all from strings
    assert lines.owners(0, ["helper"], "TwoLayerNN") == ["TwoLayerNN"]


def test_own_lines_include_decorators_and_leave_out_strings() -> None:
    program = statements(ast.parse("exec('x = 1')\n\n@decorate\n@more\nclass A:\n    x = 1\n\nB = eval('A')\n"))
    assert own_lines("A", [0, 1], program) == [[3, 6]]
    assert own_lines("B", [0, 1, 2], program) == [[3, 6], [8, 8]]


# --- at run time ------------------------------------------------------------------------------------------------------

FILE = "student.py"


@pytest.fixture
def guard(assignment: Assignment) -> Iterator[Guard]:
    guard = Guard()
    guard.enforce(assignment.rules)
    guard.watch(FILE)
    yield guard
    guard.enforce(Rules())


def run(source: str, **names: Any) -> dict[str, Any]:
    """Execute it as the student's file."""
    namespace = {"torch": torch, **names}
    exec(compile(source, FILE, "exec"), namespace)
    return namespace


HIDE = (
    "def hidden(path, thing=torch):\n    for name in path.split('.'): thing = getattr(thing, name)\n    return thing\n"
)
X = "x = torch.ones(2, 2)\n"
HIDDEN = {
    "a computed name": ("hidden('nn.functional.relu')(x)", "torch.nn.functional.relu"),
    "a function written in C": ("hidden('nn.functional.gelu')(x)", "torch.nn.functional.gelu"),
    "a function of base torch, taken from there": (
        "hidden('nn.functional.conv1d')(torch.ones(1, 1, 3), torch.ones(1, 1, 1))",
        "torch.nn.functional.conv1d",
    ),
    "a dispatching function": ("hidden('nn.functional.max_pool1d')(x, 1)", "torch.nn.functional.max_pool1d"),
    "a binding": ("hidden('_C._nn.gelu')(x)", "torch._C._nn.gelu"),
    "an operator": ("hidden('ops.aten.relu')(x)", "torch.ops.aten.relu"),
    "an overload": ("hidden('ops.aten.relu.default')(x)", "torch.ops.aten.relu.default"),
    "a class": ("hidden('nn.Linear')(2, 3)", "torch.nn.Linear"),
    "a class without a constructor": ("hidden('nn.Sigmoid')()", "torch.nn.Sigmoid"),
    "a subclass": ("class Mine(hidden('nn.Linear')): pass", "torch.nn.Linear"),
    "a method on another object": (
        "m = torch.nn.Module(); m.weight, m.bias = x, None; hidden('nn.Linear').forward(m, x)",
        "torch.nn.Linear.forward",
    ),
    "a class method": ("hidden('nn.Embedding').from_pretrained(x)", "torch.nn.Embedding.from_pretrained"),
    "Module.__subclasses__": (
        "[c for c in torch.nn.Module.__subclasses__() if c.__name__ == 'Linear'][0](2, 3)",
        "torch.nn.Linear",
    ),
    "the way over __mro__": (
        "[c for c in type(torch.nn.ModuleList()).__mro__[1].__subclasses__() if c.__name__ == 'ReLU'][0]()",
        "torch.nn.ReLU",
    ),
    "the globals of a method": (
        "torch.nn.Module.__init__.__globals__['torch'].nn.functional.relu(x)",
        "torch.nn.functional.relu",
    ),
    "the modules of Python": (
        "import sys; [m for n, m in sys.modules.items() if n.endswith('nn.functional')][0].relu(x)",
        "torch.nn.functional.relu",
    ),
    "the collector of garbage": (
        "import gc, types\n"
        "found = [o for o in gc.get_objects() if type(o) is types.FunctionType and o.__name__ == 'relu']\n"
        "[f(x) for f in found if f.__module__ == 'torch.nn.functional']",
        "torch.nn.functional.relu",
    ),
    "the class of a given object": ("type(given)(2, 3)", "torch.nn.Linear"),
    "a copy of the module": (
        "import copy; F = hidden('nn.functional'); f = copy.copy(F.relu); f(x)",
        "torch.nn.functional.relu",
    ),
    "map": ("list(map(hidden('nn.functional.relu'), [x]))", "torch.nn.functional.relu"),
    "functools.partial": (
        "import functools; functools.partial(hidden('nn.functional.relu'), x)()",
        "torch.nn.functional.relu",
    ),
    "a decorator of torch": ("torch.no_grad()(hidden('nn.functional.relu'))(x)", "torch.nn.functional.relu"),
    "vmap": ("torch.vmap(hidden('nn.functional.relu'))(x)", "torch.nn.functional.relu"),
    "func.grad": ("torch.func.grad(hidden('nn.functional.mse_loss'))(x, x)", "torch.nn.functional.mse_loss"),
    "forward of a Module": (
        "m = torch.nn.Module(); m.forward = hidden('nn.functional.relu'); m(x)",
        "torch.nn.functional.relu",
    ),
    "an optimizer": ("hidden('optim.SGD')([torch.nn.Parameter(x)], lr=0.1)", "torch.optim.SGD"),
    "a loader": ("hidden('utils.data.DataLoader')([1])", "torch.utils.data.DataLoader"),
    "a distribution": ("hidden('distributions.Categorical')(logits=x)", "torch.distributions.Categorical"),
    "a quantized layer": ("hidden('quantization.QuantStub')()", "torch.quantization.QuantStub"),
    "an initialisation": ("hidden('nn.init.normal_')(x)", "torch.nn.init.normal_"),
    "a string": ("exec('hidden(\"nn.functional.relu\")(x)')", "torch.nn.functional.relu"),
    "a library that calls what it is given": (
        "from torch.utils._pytree import tree_map; tree_map(hidden('nn.functional.relu'), [x])",
        "torch.nn.functional.relu",
    ),
    "a library that makes what it is given": (
        "from torch.utils._pytree import tree_map; tree_map(hidden('nn.Softmax'), [1])",
        "torch.nn.Softmax",
    ),
    "a partial function that a library calls": (
        "import functools; from torch.utils._pytree import tree_map\n"
        "tree_map(functools.partial(hidden('nn.functional.relu'), inplace=False), [x])",
        "torch.nn.functional.relu",
    ),
    "a transform of torchvision": (
        "from torchvision import transforms; transforms.Lambda(hidden('nn.functional.relu'))(x)",
        "torch.nn.functional.relu",
    ),
    "code under the name of a library's file": (
        "import torch._classes as c; exec(compile('def go(f, *a): return f(*a)', c.__file__, 'exec'))\n"
        "go(hidden('nn.functional.relu'), x)",
        "torch.nn.functional.relu",
    ),
    "code that is renamed to a library's file": (
        "import torch._sources as c\ndef go(f, *a): return f(*a)\n"
        "go.__code__ = go.__code__.replace(co_filename=c.__file__)\ngo(hidden('nn.functional.relu'), x)",
        "torch.nn.functional.relu",
    ),
    "code under the name of the stand-ins": (
        "exec(compile('def go(f, *a): return f(*a)', '<stand-ins>', 'exec')); go(hidden('nn.functional.relu'), x)",
        "torch.nn.functional.relu",
    ),
    "code under a frozen name": (
        "exec(compile('def go(f, *a): return f(*a)', '<frozen os>', 'exec')); go(hidden('nn.functional.relu'), x)",
        "torch.nn.functional.relu",
    ),
    "another class": (
        "m = torch.nn.Module(); m.__class__ = hidden('nn.Linear')",
        "torch.nn.Linear",
    ),
    "another class, set by name": (
        "m = torch.nn.Module(); object.__setattr__(m, '__cl' + 'ass__', hidden('nn.Linear'))",
        "torch.nn.Linear",
    ),
    "the code of a function": (
        "import types; types.FunctionType(hidden('nn.functional.relu').__code__, {})",
        "torch.nn.functional.relu",
    ),
    "a patched isinstance": (
        "import builtins; kept = isinstance; builtins.isinstance = lambda *a: True\n"
        "try: hidden('nn.functional.gelu')(x)\nfinally: builtins.isinstance = kept",
        "torch.nn.functional.gelu",
    ),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_hidden_use_is_seen_at_run_time(guard: Guard, case: str) -> None:
    source, name = HIDDEN[case]
    run(HIDE + X + source, given=torch.nn.Linear(2, 2))
    first = next(sighting for sighting in guard.take() if sighting.line)
    assert first.name == name
    assert first.line >= 5  # below the helper


FREE = {
    "Module and its machinery": """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList([torch.nn.ModuleList()])
        self.weight = torch.nn.Parameter(x)
        self.mean = torch.nn.Buffer(x)
    def forward(self, X):
        return (X @ self.weight).relu()
net = Net()
net(x).sum().backward()
net.load_state_dict(net.state_dict())
net.to("cpu").double().float().train().eval().zero_grad()
net.apply(lambda module: None)
net.register_forward_hook(lambda *arguments: None)
net.requires_grad_(False)
repr(net), list(net.named_parameters()), list(net.modules()), net.layers[0:1], len(net.layers)
""",
    "base torch": """
torch.relu(x), torch.norm(x), torch.cdist(x, x), torch.einsum("ij,jk", x, x), torch.linalg.norm(x), x.norm()
torch.stft(torch.ones(400), 100, window=torch.ones(100), return_complex=True)
torch.conv1d(torch.ones(1, 1, 3), torch.ones(1, 1, 1)), torch.celu(x), torch.special.log_softmax(x, 0)
torch.nn.Parameter(x).softmax(0), torch.vmap(torch.relu)(x), torch.compile, torch.no_grad()(torch.relu)(x)
class Own(torch.Tensor): pass
torch.relu(x.as_subclass(Own)) + torch.nn.Parameter(x)
with torch.device("cpu"): torch.zeros(2)
""",
    "what is in torch and no ready-made part": """
torch.cuda.is_available(), torch.backends.cudnn.benchmark, torch.random.manual_seed(0), torch.version.cuda
torch.autograd.grad(torch.relu(x.requires_grad_()).sum(), x), torch.func.vmap(torch.relu)(x), torch.fft.fft(x)
torch.testing.assert_close(x, x), torch.distributed.is_available(), torch.sparse.mm(x.to_sparse(), x)
torch.special.logsumexp(x, 0), torch.linalg.matrix_norm(x), torch.jit.is_scripting(), torch.compiler.is_compiling()
""",
    "tensors without data": """
a = torch.empty(3, 4, device="meta", requires_grad=True)
torch.log_softmax(torch.relu(a @ a.T), 1).sum().backward()
a.mean(1) + torch.logsumexp(a, 1), torch.cat([a, a]), torch.where(a > 0, a, a), torch.arange(3, device="meta")
""",
    "objects that the judge made": """
model(x).sum().backward(); model.forward(x); model[0](x); list(model); model[0].weight; len(model)
loss(x, x).item(); opt.zero_grad(); opt.step(); opt.param_groups; next(iter(loader))
isinstance(model, torch.nn.Linear); type(model) is torch.nn.Linear
""",
    "torchvision": """
from torchvision import datasets, transforms
transforms.Compose([transforms.Normalize((0.1,), (0.3,)), transforms.RandomCrop(2, padding=1)])(torch.ones(1, 2, 2))
class Mine(datasets.VisionDataset):
    def __len__(self): return 3
    def __getitem__(self, i): return i
Mine(".") + Mine(".")
""",
    "names without a use": """
from torch.nn.functional import relu
from torch.nn import *
import torch.optim as optim
saved = [relu, Linear, optim.SGD]
""",
    "what the interpreter tells of, done honestly": """
import colorsys, dataclasses, collections, copy, inspect, types
class A: pass
class B(A): pass
thing = A(); thing.__class__ = B; thing.__class__ = A
eval(compile("1 + 1", "<string>", "eval")); exec("y = 1")
collections.namedtuple("P", "a b")(1, 2); dataclasses.make_dataclass("D", ["a"])(1)
def g(): yield 1
types.coroutine(g); g.__code__.co_name; inspect.signature(torch.nn.Linear); inspect.getsource(torch.nn.functional.relu)
copy.deepcopy(model)(x); copy.copy(opt).step(); copy.deepcopy(torch.nn.Module())
from torch.utils._pytree import tree_map
tree_map(torch.relu, [x]); tree_map(model, [x]); tree_map(lambda t: t + 1, [x])
""",
}


@pytest.mark.parametrize("case", FREE)
def test_free_code_is_not_noted(guard: Guard, case: str) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loader: Any = torch.utils.data.DataLoader([1, 2])  # type: ignore[arg-type]
    made = {"model": model, "loss": torch.nn.MSELoss(), "opt": optimizer, "loader": loader}
    guard.take()  # this file is not the harness
    run(X + FREE[case], **made)
    assert guard.take() == []


def test_line_and_functions_are_told(guard: Guard) -> None:
    inner = "def inner(x):\n    return torch.nn.functional.relu(x)\n"
    run(inner + "class Net:\n    def go(self, x):\n        return inner(x)\nNet().go(torch.ones(1))")
    assert guard.take() == [(2, "torch.nn.functional.relu", ("inner",))]


def test_code_from_a_string_tells_the_functions_around(guard: Guard) -> None:
    space: dict[str, Any] = {"torch": torch}
    exec(
        "class Linear:\n    def go(self, x):\n        return helper(x)\ndef helper(x):\n    return F.relu(x)",
        space,
    )
    space["F"] = torch.nn.functional
    space["Linear"]().go(torch.ones(1))
    ((line, name, functions),) = guard.take()
    assert (line, name, functions[:2]) == (0, "torch.nn.functional.relu", ("helper", "Linear"))


def test_part_that_is_a_banned_thing_is_noted_when_the_judge_takes_it(guard: Guard) -> None:
    guard.look_at("Linear", torch.nn.Linear)
    guard.look_at("epoch", torch.nn.functional.relu)
    guard.look_at("SGD", type("SGD", (), {"step": torch.nn.functional.gelu}))
    guard.look_at("DataLoader", type("DataLoader", (), {}))
    assert guard.take() == [
        (0, "torch.nn.Linear", ("Linear",)),
        (0, "torch.nn.functional.relu", ("epoch",)),
        (0, "torch.nn.functional.gelu", ("SGD",)),
    ]


def test_sightings_are_few(guard: Guard) -> None:
    run("".join(f"torch.nn.functional.relu(torch.ones({i}))\n" for i in range(100)))
    assert len(guard.take()) == 20
    assert guard.take() == []


def test_guarded_things_keep_their_identity_and_values(guard: Guard) -> None:
    functional = torch.nn.functional
    from torch.nn.functional import relu

    assert functional.relu is relu
    assert relu.__code__.co_filename == functional.__file__
    assert torch.equal(relu(torch.tensor([-1.0, 2.0])), torch.tensor([0.0, 2.0]))
    assert torch.equal(functional.linear(torch.ones(2), torch.ones(1, 2)), torch.tensor([2.0]))
    assert "Linear" in repr(torch.nn.Linear(2, 3))


def test_guard_leaves_no_trace_when_it_is_taken_back() -> None:
    before = torch.nn.functional.relu.__code__, vars(torch.nn.Sigmoid).get("__init__"), torch._C._nn.linear
    guard = Guard()
    assert guard.enforce(Rules(banned=frozenset({"torch.nn.*", "torch._C._nn.*"})))
    assert not guard.enforce(Rules(banned=frozenset({"torch.nn.*", "torch._C._nn.*"})))
    assert torch.nn.functional.relu.__code__ is not before[0]
    guard.enforce(Rules())
    after = torch.nn.functional.relu.__code__, vars(torch.nn.Sigmoid).get("__init__"), torch._C._nn.linear
    assert after == before
    assert inspect.isfunction(torch.nn.functional.relu)


# --- end to end -------------------------------------------------------------------------------------------------------

FORBIDDEN = "which the homework does not allow: write it with calls of base torch"


def forbidden_of(scorecard: Scorecard) -> dict[str, str]:
    """The message of each question all of whose checks are forbidden."""
    found = {}
    for question in scorecard.questions:
        if {check.verdict for check in question.checks} == {Verdict.FORBIDDEN}:
            (found[question.name],) = {check.message for check in question.checks}
    return found


def assert_lost_only(scorecard: Scorecard, questions: set[str]) -> None:
    lost = {q.name: [(c.verdict, c.message) for c in q.checks] for q in scorecard.questions if q.score < q.max_score}
    assert set(lost) == questions, lost
    assert set(forbidden_of(scorecard)) == questions


def edited(source: str, *edits: tuple[str, str]) -> str:
    return mutants.edited(source, edits, name="case")


def line_of(source: str, text: str) -> int:
    (line,) = [number for number, code in enumerate(source.splitlines(), 1) if text in code]
    return line


def test_uses_in_the_source_cost_their_questions_and_name_the_line(grade_source: Grade, parts_source: str) -> None:
    source = edited(
        parts_source,
        (
            "import torch\n",
            "import torch\nimport torch.nn.functional as F, sys\nexec('from torch import optim as o')\n",
        ),
        ("return X @ self.weight.T", "return F.linear(X, self.weight)"),
        (
            "        self.learning_rate = learning_rate\n",
            "        self.learning_rate = learning_rate; o.SGD(self.parameters)\n",
        ),
        ("self.linear2(torch.relu(", "self.linear2(sys.modules['torch.nn.functional'].relu("),
    )
    scorecard = grade_source(source, only=["Linear", "SGD", "TwoLayerNN", "MultiLayerNN"])
    assert_lost_only(scorecard, {"Linear", "SGD", "TwoLayerNN"})
    messages = forbidden_of(scorecard)
    linear, sgd = line_of(source, "F.linear("), line_of(source, "o.SGD")
    assert messages["Linear"] == f"student.py, line {linear} uses torch.nn.functional.linear, {FORBIDDEN}"
    assert messages["SGD"] == f"student.py, line {sgd} uses torch.optim.SGD, {FORBIDDEN}"


def test_uses_that_only_run_time_shows_cost_their_questions(grade_source: Grade, parts_source: str) -> None:
    source = edited(
        parts_source,
        ("import torch\n", f"import torch\n{HIDE}"),
        ("return X @ self.weight.T", "return hidden('nn.functional.linear')(X, self.weight)"),
        ("class MultiLayerNN(Module)", "Base = type(ModuleList()).__mro__[1]\n\n\nclass MultiLayerNN(Base)"),
        (
            "            X = torch.relu(linear(X))\n",
            "            X = [c for c in Base.__subclasses__() if c.__name__ == 'ReLU'][0]()(linear(X))\n",
        ),
    )
    scorecard = grade_source(source, only=["Linear", "CrossEntropyLoss", "TwoLayerNN", "MultiLayerNN"])
    assert_lost_only(scorecard, {"Linear", "MultiLayerNN"})
    messages = forbidden_of(scorecard)
    linear, relu = line_of(source, "hidden('nn.functional.linear')"), line_of(source, "__name__ == 'ReLU'")
    assert messages["Linear"] == f"student.py, line {linear} uses torch.nn.functional.linear, {FORBIDDEN}"
    assert messages["MultiLayerNN"] == f"student.py, line {relu} uses torch.nn.ReLU, {FORBIDDEN}"


def test_use_on_one_path_costs_all_checks_of_the_question(grade_source: Grade, parts_source: str) -> None:
    source = edited(
        parts_source,
        ("import torch\n", f"import torch\n{HIDE}"),
        (
            "return X @ self.weight.T",
            "return X @ self.weight.T if X.dim() == 2 else hidden('nn.functional.linear')(X, self.weight)",
        ),
    )
    scorecard = grade_source(source, only=["Linear", "TwoLayerNN"])
    assert_lost_only(scorecard, {"Linear"})


def test_parts_made_of_hidden_classes_are_charged(grade_source: Grade, parts_source: str) -> None:
    source = edited(
        parts_source,
        ("import torch\n", f"import torch, base64\n{HIDE}"),
        (
            "class SGD:\n",
            "Loss = hidden('nn.CrossEntropyLoss')\nglobals()['CrossEntropyLoss'] = Loss\n\n\nclass SGD:\n",
        ),
    )
    text = "class SGD(hidden('optim.SGD')):\n    def __init__(self, parameters, rate):\n"
    text += "        super().__init__(parameters, lr=rate)\n"
    source += f"\n\nexec({text!r}.replace('rate', 'learning_rate'))\n"
    source += "CrossEntropyLoss = hidden('nn.CrossEntropyLoss')\n"
    scorecard = grade_source(source, only=["Linear", "CrossEntropyLoss", "SGD"])
    lost = {q.name for q in scorecard.questions if q.score < q.max_score}
    assert lost == {"CrossEntropyLoss", "SGD"}
    assert "uses torch.nn.CrossEntropyLoss" in forbidden_of(scorecard)["CrossEntropyLoss"]
    assert "uses torch.optim.SGD" in forbidden_of(scorecard)["SGD"]


INNOCENT_TEXT = '''
import importlib, numpy as np, torch.nn.functional as F
from torch import nn, optim
from torch.nn import *
from torch.nn import Buffer, Module, ModuleList, Parameter

HINT = "use torch.nn.functional.relu(x)"  # or nn.Linear(3, 2)

class Helper(nn.Sequential):
    """Nobody uses this."""

def compare(layer: nn.Linear, opt: "optim.SGD") -> torch.optim.Optimizer:
    return isinstance(layer, nn.Linear) or F.relu(layer)
'''


def test_innocent_code_loses_nothing(grade_source: Grade, parts_source: str) -> None:
    source = edited(
        parts_source,
        ("import torch\n", f"import torch\n{INNOCENT_TEXT}"),
        ("return X @ self.weight.T", "assert type(self) is not nn.Linear\n        return X @ self.weight.T"),
        ("torch.relu(self.linear1(X))", "self.linear1(X).relu()"),
    )
    source += "\nprint(F.relu(torch.ones(2)), nn.Linear(3, 2), compare(nn.ReLU(), None))\n"
    scorecard = grade_source(source, only=["Linear", "CrossEntropyLoss", "SGD", "TwoLayerNN", "MultiLayerNN"])
    assert_lost_only(scorecard, set())


def test_assignment_without_rules_allows_everything(assignment: Assignment, parts_source: str) -> None:
    assert not Rules().bans("torch.nn.Linear")
    assert names_of("import torch\ntorch.nn.Linear(3, 2)", Rules()) == []
