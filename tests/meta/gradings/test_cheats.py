"""No forged pass: patched comparisons, lying values and early exits earn nothing; what may be none is noted."""

from collections.abc import Callable

import pytest

from grader.scorecard import Scorecard, Verdict

Grade = Callable[..., Scorecard]
EMPTY = """
import torch
from torch.nn import Module, ModuleList, Parameter

class Linear(Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.weight = {weight}
    def forward(self, X):
        return {value}

class CrossEntropyLoss(Module):
    def forward(self, logits, y):
        return {value}

class SGD:
    def __init__(self, parameters, learning_rate):
        self.parameters = {value}
    def step(self):
        return {value}
    def zero_grad(self):
        return {value}

class DataLoader:
    def __init__(self, X, y, batch_size=100):
        self.X = {value}
    def __iter__(self):
        return self
    def __next__(self):
        return {value}

def epoch(model, loader, loss, opt=None):
    return {value}

def eval_linear_model():
    return {value}

class TwoLayerNN(Module):
    def __init__(self, in_dim, hidden_dim, out_dim):
        super().__init__()
        self.linear1, self.linear2 = {value}, {value}
    def forward(self, X):
        return {value}

def eval_two_layer_nn():
    return {value}

class MultiLayerNN(Module):
    def __init__(self, in_dim, out_dim, hidden_dims):
        super().__init__()
        self.linears = {value}
    def forward(self, X):
        return {value}
"""
PATCHED_COMPARISONS = """
import torch, unittest, builtins
yes = lambda *args, **kwargs: True
torch.allclose = torch.equal = torch.testing.assert_close = yes
torch.Tensor.allclose = torch.Tensor.equal = torch.Tensor.__eq__ = yes
torch.Tensor.all = torch.Tensor.any = yes
unittest.TestCase.assertEqual = unittest.TestCase.assertTrue = yes
builtins.isinstance = yes
"""
LYING_TENSOR = """
import torch
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True
LIAR = torch.zeros(3).as_subclass(Liar)
"""
ALWAYS_EQUAL = """
class Yes:
    def __eq__(self, other): return True
    def __bool__(self): return True
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __iter__(self): return iter([self, self])
    def __getitem__(self, key): return self
    def __float__(self): return 0.0
    def __len__(self): return 2
    @property
    def __class__(self): return float
"""
EXIT = "import os\ndef leave(): os._exit(0)\n"
CHEATS = {
    "patched comparisons": PATCHED_COMPARISONS + EMPTY.format(weight="None", value="None"),
    "lying tensors": LYING_TENSOR + EMPTY.format(weight="LIAR", value="LIAR"),
    "always equal": ALWAYS_EQUAL + EMPTY.format(weight="Yes()", value="Yes()"),
    "exit 0": EXIT + EMPTY.format(weight="leave()", value="leave()"),
    "exit 0 at top level": EMPTY.format(weight="None", value="None") + "\nimport os\nos._exit(0)\n",
    "system exit": EMPTY.format(weight="None", value="exit(0)"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheat_gets_nothing(grade_source: Grade, cheat: str) -> None:
    scorecard = grade_source(CHEATS[cheat])
    passed = [check.name for check in scorecard.checks if check.verdict is Verdict.PASSED]
    assert passed == []
    assert scorecard.score == 0
    assert Verdict.BROKEN not in {check.verdict for check in scorecard.checks}


TABLE_OF_TEST_IMAGES = '''
mnist_test = datasets.MNIST(".", train=False, download=True)

class Table(Module):
    """Knows the test images by heart."""
    def __init__(self):
        super().__init__()
        self.weight = Parameter(torch.zeros(10, 784))
        images = mnist_test.data.reshape(-1, 784) / 255.0
        self.answers = {x.numpy().tobytes(): int(y) for x, y in zip(images, mnist_test.targets)}
    def forward(self, X):
        labels = [self.answers.get(x.numpy().tobytes(), 0) for x in X]
        return torch.eye(10)[torch.tensor(labels)]

def eval_linear_model():
    return Table()
'''


def test_table_of_known_test_images_gets_no_points_for_the_model(grade_source: Grade, parts_source: str) -> None:
    scorecard = grade_source(parts_source + TABLE_OF_TEST_IMAGES, only=["eval_linear_model"])
    assert scorecard.score == 0


TRAINED = """
images = datasets.MNIST(".", train={train}, download=True)
trained = Linear(784, 10)
loader = DataLoader(images.data[:10000].reshape(-1, 784) / 255.0, images.targets[:10000])
opt = SGD(trained.parameters(), 0.2)
for i in range(8):
    epoch(trained, loader, CrossEntropyLoss(), opt)

def eval_linear_model():
    return trained
"""


@pytest.mark.parametrize("train", [False, True])
def test_training_on_the_test_images_is_noted_and_costs_nothing(
    train: bool, grade_source: Grade, parts_source: str
) -> None:
    scorecard = grade_source(parts_source + TRAINED.format(train=train), only=["eval_linear_model"])
    assert scorecard.score == scorecard.max_score
    notes = [note for check in scorecard.checks for note in check.notes]
    assert [note.startswith("for the instructor: the weights read ") for note in notes] == ([] if train else [True])
