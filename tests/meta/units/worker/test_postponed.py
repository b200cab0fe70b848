"""What of torch and torchvision a worker imports only when it is used: the same modules, guarded like the rest.

Each test is a process of its own: here, other tests have imported all of it.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.meta.tools.repository import ROOT

PREPARED = """
import json, sys
import torch
from pathlib import Path
from grader.assignment import load_assignment
from grader.worker import postponed
from grader.worker.guard import Guard

guard = Guard()
postponed.install(guard)
from torchvision import datasets
guard.enforce(load_assignment(Path("hw3")).rules)
guard.watch("student.py")

def imported():
    names = {"sympy", "torch._dynamo.config", "torchvision.models.resnet", "torchvision.ops.misc"}
    return sorted(names & set(sys.modules))

def run(source):
    exec(compile(source, "student.py", "exec"), {"__name__": "__main__"})
"""


def told(code: str) -> Any:
    """What the code gives to `tell`, in a process that is prepared as a worker is."""
    program = f"{PREPARED}\ntell = lambda value: print(json.dumps(value))\n{code}"
    folder = ROOT / "tests"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_data_gradients_optimizers_and_settings_do_without_the_compiler() -> None:
    code = """
model = torch.nn.Linear(3, 2)
for kind in (torch.optim.SGD, torch.optim.Adam):
    opt = kind(model.parameters(), lr=0.1)
    model(torch.ones(4, 3)).sum().backward()
    opt.step()
    opt.zero_grad()
    opt.load_state_dict(opt.state_dict())
out = model(torch.ones(4, 3))
out.backward(torch.ones(4, 2))
try:
    out.backward(torch.ones(2, 4))
except RuntimeError as error:
    assert "Mismatch in shape" in str(error), error
else:
    raise AssertionError("a gradient of another shape was taken")
torch.use_deterministic_algorithms(True)
assert torch._inductor.config.deterministic
tell(imported())
"""
    assert told(code) == []


def test_beginning_an_example_imports_nothing() -> None:
    code = """
from grader.worker import surroundings
before = set(sys.modules)
surroundings.seed_everything(0)
tell(sorted(set(sys.modules) - before))
"""
    assert told(code) == []


@pytest.mark.parametrize(
    "use",
    [
        "from torchvision import ops\nops.misc.MLP is ops.MLP and ops.misc.__spec__.origin or 1 / 0",
        "import torchvision.ops.misc as m\nfrom torchvision import ops\nm.MLP is ops.MLP and m is ops.misc or 1 / 0",
        "from torchvision.ops import *\nMLP",
        "import torchvision.models.resnet as r\nfrom torchvision import models\nr.resnet18 is models.resnet18 or 1 / 0",
        "import torch\nassert torch.compile(lambda x: x + 1, backend='eager')(torch.ones(1)) == 2",
        "from torch._dynamo.config import verbose",
        "from torch.fx.experimental import symbolic_shapes as s\ns.ShapeEnv and s.sym_eq((1,), (1, 2)) and 1 / 0",
        "import torch._inductor.config as c\nimport torch._inductor as i\ni.compile and i.config is c or 1 / 0",
    ],
)
def test_whatever_is_used_is_the_real_thing(use: str) -> None:
    assert told(f"run({use!r})\ntell(imported())")


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("import torchvision\ngetattr(torchvision, 'o' + 'ps').MLP(1, [2])", "torchvision.ops.MLP"),
        (
            "import importlib\ngetattr(importlib.import_module('torchvision.ops.misc'), 'M' + 'LP')(1, [2])",
            "torchvision.ops.MLP",
        ),
        (
            "import importlib\ngetattr(importlib.import_module('torch.utils.mkl' + 'dnn'), 'to_' + 'mkldnn')(1)",
            "torch.utils.mkldnn.to_mkldnn",
        ),
    ],
)
def test_what_is_banned_is_guarded_once_it_is_there(use: str, name: str) -> None:
    claims = told(f"try:\n    run({use!r})\nexcept AttributeError:\n    pass\ntell(guard.take())")
    assert claims == [[2, name, ["<module>"]]]  # nothing that the import itself has used


def test_a_module_that_is_guarded_when_it_is_imported_keeps_its_own_loader() -> None:
    code = """
assert "torch.utils.mkldnn" not in sys.modules
import torch.utils.mkldnn as late
tell([type(late.__loader__).__name__, late.__loader__ is late.__spec__.loader])
"""
    assert told(code) == ["SourceFileLoader", True]


def test_a_library_with_forbidden_parts_in_c_can_still_be_imported() -> None:
    assert told("run('import scipy.stats\\nscipy.stats.norm.fit([1.0, 2.0])')\ntell(guard.take())") == []
