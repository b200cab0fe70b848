"""The guard: what is banned is seen at run time, however it is hidden, and free code is left alone."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Iterator
from typing import Any, cast

import pytest
import torch

from grader.assignment import Assignment
from grader.boundary.rules import Rules
from grader.worker.guard import Guard
from tests.meta.tools.hiding import HIDE

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
    "a transform of torchvision's second kind": (
        "from torchvision.transforms import v2; v2.Compose([v2.Lambda(hidden('nn.functional.relu'))])(x)",
        "torch.nn.functional.relu",
    ),
    "a hook of a tensor": (
        "y = x.requires_grad_() * 1; y.register_hook(hidden('nn.functional.relu')); y.sum().backward()",
        "torch.nn.functional.relu",
    ),
    "a hook of a tensor, by autograd": (
        "y = x.requires_grad_() * 1; y.register_hook(hidden('nn.functional.relu')); torch.autograd.grad(y.sum(), x)",
        "torch.nn.functional.relu",
    ),
    "a hook of a module": (
        "m = torch.nn.Module(); m.forward = lambda x: x\n"
        "import functools; m.register_forward_hook(lambda m, i, o: None)\n"
        "m.register_forward_pre_hook(functools.partial(hidden('nn.functional.softmax'), dim=0))\n"
        "try: m(x)\nexcept Exception: pass",
        "torch.nn.functional.softmax",
    ),
    "a function of autograd": (
        "class F(torch.autograd.Function): forward = staticmethod(lambda c, x: relu(x))\n"
        "relu = hidden('nn.functional.relu'); F.apply(x)",
        "torch.nn.functional.relu",
    ),
    "the harness": (
        "import sys; calls = sys.modules['grader.worker.operations'].OPERATIONS['call']\n"
        "calls(None, hidden('nn.functional.relu'), [x], {})",
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
    guard.look_at("epoch", functools.partial(torch.nn.functional.silu))
    guard.look_at("epoch", [torch.relu, functools.partial(functools.partial(torch.nn.functional.mish))])
    guard.look_at("Linear", type("Linear", (), {"forward": staticmethod(torch.nn.functional.elu)}))
    guard.look_at("Linear", type("Linear", (), {"forward": classmethod(cast(Any, torch.nn.functional.selu))}))
    guard.look_at("SGD", types.MethodType(torch.nn.functional.celu, torch.ones(1)))
    assert guard.take() == [
        (0, "torch.nn.Linear", ("Linear",)),
        (0, "torch.nn.functional.relu", ("epoch",)),
        (0, "torch.nn.functional.gelu", ("SGD",)),
        (0, "torch.nn.functional.silu", ("epoch",)),
        (0, "torch.nn.functional.mish", ("epoch",)),
        (0, "torch.nn.functional.elu", ("Linear",)),
        (0, "torch.nn.functional.selu", ("Linear",)),
        (0, "torch.nn.functional.celu", ("SGD",)),
    ]


def test_class_that_says_that_it_equals_others_hides_nothing_and_breaks_nothing(guard: Guard) -> None:
    class Alike(type):
        def __eq__(cls, other: object) -> bool:
            return True

        def __hash__(cls) -> int:
            return hash(str)

    class Hidden(functools.partial[Any], metaclass=Alike):
        pass

    class Unhashable(type):
        def __eq__(cls, other: object) -> bool:
            return False

        __hash__ = None  # type: ignore[assignment]

    guard.look_at("epoch", type("epoch", (), {"forward": Hidden(torch.nn.functional.silu)}))
    guard.look_at("Linear", type("Linear", (), {"settings": Unhashable("Settings", (), {})()}))
    assert guard.take() == [(0, "torch.nn.functional.silu", ("epoch",))]


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
