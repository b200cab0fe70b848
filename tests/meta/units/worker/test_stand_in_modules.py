"""Stand-in modules: what shows, asks or sends does nothing, and the program goes on."""

from __future__ import annotations

import importlib
import sys

import pytest

from grader.worker.harmless import Harmless
from grader.worker.stand_in_modules import IF_MISSING, install


def test_named_modules_do_nothing_and_others_are_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr("grader.check_here", None)
    for name in ("grader.mugrade_suite", "mugrade", "made_up", "made_up.inner", "colorsys"):
        monkeypatch.setitem(sys.modules, name, None)  # gone again afterwards, whatever stands there then
        del sys.modules[name]
    install(["made_up"])
    for name in ("mugrade", "made_up", "made_up.inner"):
        assert isinstance(importlib.import_module(name).anything, Harmless)
    assert list(importlib.import_module("made_up")([1])) == [1]  # type: ignore[operator]
    assert importlib.import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert isinstance(importlib.import_module("grader.mugrade_suite").check, Harmless)
    assert isinstance(sys.modules["grader"].check_here, Harmless)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("made_up_too")


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No library that shows things is installed, and stand-ins are."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.setattr("grader.check_here", None)
    monkeypatch.setattr(sys, "modules", {n: m for n, m in sys.modules.items() if n.split(".")[0] not in IF_MISSING})
    install(IF_MISSING)


PROGRESS = """
import tqdm, tqdm.auto, tqdm.notebook
from tqdm import tqdm as a, trange
from tqdm.auto import tqdm as b
from tqdm.notebook import tqdm as c, tqdm_notebook
from tqdm.contrib import tenumerate, tzip
loader = [(1, 2), (3, 4)]
for bar in (a, b, c, tqdm_notebook, tqdm.tqdm, tqdm.auto.tqdm):
    assert [x + y for x, y in bar(loader)] == [3, 7]
    assert list(bar(iterable=loader, desc="epoch", leave=False)) == loader
    assert [i for i, (x, y) in enumerate(bar(loader, desc="epoch"))] == [0, 1]
assert list(trange(2, 4, desc="epochs")) == list(tqdm.trange(2, 4)) == [2, 3]
assert list(tenumerate(loader)) == [(0, (1, 2)), (1, (3, 4))]
assert list(tzip([1], [2])) == [(1, 2)]
"""
PLOTS = """
import matplotlib
import matplotlib.pyplot as plt
from matplotlib import pyplot as other
matplotlib.use("Agg")
assert matplotlib.__version__
for module in (plt, other):
    fig, (a, b) = module.subplots(1, 2, figsize=(8, 4))
    line, = a.plot([1, 2], [3, 4])
    a, b = module.figure().subplots(2)
"""
ANNOTATIONS = """
import torch, typing
from beartype import beartype
from jaxtyping import Float, Int, jaxtyped
Batch = tuple[Float[torch.Tensor, "n k"], Int[torch.Tensor, "n"]]
@jaxtyped(typechecker=beartype)
def f(x: Float[torch.Tensor, "n k"], y: Int[torch.Tensor, ""] | None = None) -> typing.Optional[Float]:
    assert isinstance(x, Float[torch.Tensor, "n k"])
    return x
@beartype
class Layer:
    weight: Float[torch.Tensor, "n k"]
assert f(1) == 1 and type(Layer()) is Layer
"""
SHOWN = """
from torch.utils.tensorboard import SummaryWriter
import seaborn as sns, wandb
with SummaryWriter("runs/1") as writer:
    writer.add_scalar("loss", 0.5, 1)
sns.set_theme(style="whitegrid")
ax = sns.heatmap([[1, 2], [3, 4]], annot=True)
ax.set(xlabel="predicted")
run = wandb.init(project="hw3", config={"lr": 0.1})
run.log({"loss": 0.5})
"""


@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize("program", [PROGRESS, PLOTS, ANNOTATIONS, SHOWN], ids=["bars", "plots", "types", "shown"])
def test_program_that_shows_things_goes_on(program: str) -> None:
    exec(program, {"__name__": "student"})
