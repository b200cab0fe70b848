"""The rules, end to end: a banned use costs its question, with the line, and innocent code loses nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.scorecard import Scorecard, Verdict
from tests.meta import mutants
from tests.meta.tools.hiding import HIDE

Grade = Callable[..., Scorecard]
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
    excerpt = scorecard.questions[0].checks[0].excerpt
    assert excerpt is not None
    assert (excerpt.place, excerpt.named) == ("student.py", linear)
    assert "return F.linear(X, self.weight)" in excerpt.lines[linear - excerpt.first]
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


PATCH = 'setattr(globals()["CrossEntropyLoss"], "forward", {})\n'
NOBODY_S = {
    "a lambda that no question owns": PATCH.format("lambda self, z, y: torch.nn.functional.cross_entropy(z, y)"),
    "code far below the last line": """
text = "\\n" * 99999 + "def helper(z, y):\\n    return torch.nn.functional.cross_entropy(z, y)"
exec(compile(text, __file__, "exec"))
"""
    + PATCH.format("lambda self, z, y: globals()['hel' + 'per'](z, y)"),
    "below a flood of experiments": "".join(f"torch.nn.functional.relu(torch.ones({i}))\n" for i in range(1, 41))
    + PATCH.format("lambda self, z, y: torch.nn.functional.cross_entropy(z, y)"),
    "from another file that is executed": """
exec(compile("def helper(z, y):\\n    return torch.nn.functional.cross_entropy(z, y)", "helper.py", "exec"))
"""
    + PATCH.format("lambda self, z, y: globals()['hel' + 'per'](z, y)"),
}


@pytest.mark.parametrize("case", NOBODY_S)
def test_use_that_nobody_owns_is_charged_to_the_question_that_is_checked(
    grade_source: Grade, parts_source: str, case: str
) -> None:
    """On the whole file, where the slice of a wrong answer is tried again."""
    wrong = edited(parts_source, ("torch.logsumexp(logits, dim=1) - correct", "torch.logsumexp(logits, 0) - correct"))
    scorecard = grade_source(f"{wrong}\n{NOBODY_S[case]}", only=["CrossEntropyLoss", "Linear"])
    lost = {q.name: q.score for q in scorecard.questions if q.score < q.max_score}
    assert lost == {"CrossEntropyLoss": 0.0}


def test_experiments_without_end_cost_nothing(grade_source: Grade, parts_source: str) -> None:
    """While the file is executed, what nobody owns is an experiment."""
    lines = [f"print(torch.nn.functional.relu(torch.ones({i})), torch.nn.Linear({i}, 2))" for i in range(1, 41)]
    source = "\n".join([parts_source, "def mine(i): return torch.nn.Linear(i, 2)", *lines, "list(map(mine, [1, 2]))"])
    assert_lost_only(grade_source(source, only=["CrossEntropyLoss", "Linear", "TwoLayerNN"]), set())


DEPUTIES = {
    "a partial of a class": "CrossEntropyLoss = functools.partial([torch.nn][0].CrossEntropyLoss)",
    "a class in a list": "CrossEntropyLoss = [[torch.nn][0].CrossEntropyLoss][0]",
    "a partial that map makes": "CrossEntropyLoss = [*map(functools.partial, [[torch.nn][0].CrossEntropyLoss])][0]",
    "an attribute": """
class CrossEntropyLoss(Module):
    def __init__(self):
        super().__init__()
        self.forward = [torch.nn][0].functional.cross_entropy
""",
    "a method that is static": """
class CrossEntropyLoss(Module):
    forward = staticmethod([torch.nn][0].functional.cross_entropy)
""",
    "a plain class that is called": """
class CrossEntropyLoss:
    __call__ = staticmethod([torch.nn][0].functional.cross_entropy)
""",
    "a partial in an attribute": """
class CrossEntropyLoss(Module):
    def __init__(self):
        super().__init__()
        self.forward = functools.partial([torch.nn][0].functional.cross_entropy)
""",
    "a property": """
class CrossEntropyLoss(Module):
    forward = property(lambda self: [torch.nn][0].functional.cross_entropy)
""",
    "a partial that lies about itself": """
class Lying(functools.partial):
    func = print
CrossEntropyLoss = Lying([torch.nn][0].CrossEntropyLoss)
""",
}


@pytest.mark.parametrize("case", DEPUTIES)
def test_what_the_judge_calls_is_called_for_the_student(grade_source: Grade, parts_source: str, case: str) -> None:
    start, end = parts_source.index("class CrossEntropyLoss"), parts_source.index("class SGD")
    source = f"import functools\n{parts_source[:start]}{DEPUTIES[case]}\n\n{parts_source[end:]}"
    scorecard = grade_source(source, only=["CrossEntropyLoss", "TwoLayerNN"])
    assert_lost_only(scorecard, {"CrossEntropyLoss"})


def test_object_whose_forward_is_banned_costs_its_own_question(grade_source: Grade, parts_source: str) -> None:
    """It is called by the student's network, on a line of the network's."""
    source = edited(
        parts_source,
        ("        return X @ self.weight.T", "        raise NotImplementedError"),
        ("class CrossEntropyLoss", "make = Linear.__init__\n\n\nclass CrossEntropyLoss"),
    )
    start, end = source.index("    def forward(self, X):"), source.index("make = Linear")
    source = source[:start] + HOOKED + source[end:].replace("make = Linear.__init__", "")
    scorecard = grade_source(source, only=["Linear", "TwoLayerNN", "MultiLayerNN"])
    assert_lost_only(scorecard, {"Linear"})


HOOKED = """    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name == "weight":
            self.forward = __import__("functools").partial([torch.nn][0].functional.linear, weight=value)


"""


TRAINED_ASIDE = """
import __main__ as main
import torch
from torch.nn import Module, Parameter
from torchvision import datasets

exec("pass")


class Linear(Module):
    def __init__(self, in_dim, out_dim):
        super().__init__()
        self.weight = Parameter(torch.randn(out_dim, in_dim) * (2 / in_dim) ** 0.5)

    def forward(self, X):
        return X @ self.weight.T


model = Linear(784, 10)


def eval_linear_model():
    return model


mnist = datasets.MNIST(".", train=True, download=True)
X, y = mnist.data[:10000].reshape(-1, 784) / 255.0, mnist.targets[:10000]
optimizer = torch.optim.SGD(main.model.parameters(), lr=0.5)
for _ in range(60):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(main.model(X), y).backward()
    optimizer.step()
"""


def test_training_with_banned_code_of_nobody_s_is_noted_for_a_person(grade_source: Grade) -> None:
    scorecard = grade_source(TRAINED_ASIDE, only=["eval_linear_model"])
    (told,) = [warning for warning in scorecard.warnings if "the whole file alone" in warning]
    assert "torch.optim" in told or "torch.nn.functional" in told
