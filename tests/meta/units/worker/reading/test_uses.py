"""Uses in the source: what is banned is seen however it is spelled, and what is innocent is free."""

from __future__ import annotations

import ast

import pytest

from grader.assignment import Assignment
from grader.boundary.rules import Rules
from grader.worker.reading.uses import uses_in
from tests.meta import variants
from tests.meta.tools.repository import ROOT
from tests.meta.variants import Variant

REFERENCE = (ROOT / "reference" / "hw3.py").read_text(encoding="utf-8")


def names_of(source: str, rules: Rules) -> list[str]:
    return [use.name for use in uses_in(ast.parse(source), rules)]


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
    "import torch\ntorch._C.parse_ir('graph(): return ()')": "torch._C.parse_ir",
    "import torch\nload = torch.jit.load\nload('net.pt')": "torch.jit.load",
    "import torch\ntorch._fused_sgd_([], [], [], lr=0.1)": "torch._fused_sgd_",
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


def test_assignment_without_rules_allows_everything(assignment: Assignment, parts_source: str) -> None:
    assert not Rules().bans("torch.nn.Linear")
    assert names_of("import torch\ntorch.nn.Linear(3, 2)", Rules()) == []
