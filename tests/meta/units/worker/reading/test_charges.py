"""Who is charged for a use: the question whose own code it is in."""

from __future__ import annotations

import ast

import pytest

from grader.assignment import Assignment
from grader.worker.reading.charges import charged, own_lines, own_statements
from grader.worker.reading.slices import slice_for
from grader.worker.reading.statements import statements
from grader.worker.reading.uses import uses_in
from tests.meta import mutants
from tests.meta.mutants import Mutant
from tests.meta.tools.repository import ROOT

REFERENCE = (ROOT / "reference" / "hw3.py").read_text(encoding="utf-8")
SEEN_AT_RUN_TIME_ONLY = {"rules-linear-by-subclasses", "rules-two-layer-reduce"}


def charged_questions(source: str, assignment: Assignment) -> set[str]:
    """The questions that lose their points by the source alone."""
    tree = ast.parse(source)
    program = statements(tree)
    uses = uses_in(tree, assignment.rules)
    slices = {q.name: slice_for(q.name, program, q.needs).indices for q in assignment.questions}
    own = {q.name: own_statements(slices[q.name], [slices[n] for n in q.needs]) for q in assignment.questions}
    return {name for name in assignment.names if charged(uses, name, own[name], program)}


@pytest.mark.parametrize(
    "mutant", [m for m in mutants.all_mutants() if m.verdict == "forbidden"], ids=lambda mutant: mutant.name
)
def test_mutant_is_charged_to_the_questions_that_it_names(assignment: Assignment, mutant: Mutant) -> None:
    expected = set() if mutant.name in SEEN_AT_RUN_TIME_ONLY else set(mutant.questions)
    assert charged_questions(mutants.apply(REFERENCE, mutant), assignment) == expected


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


def test_own_lines_include_decorators_and_leave_out_strings() -> None:
    program = statements(ast.parse("exec('x = 1')\n\n@decorate\n@more\nclass A:\n    x = 1\n\nB = eval('A')\n"))
    assert own_lines("A", [0, 1], program) == [(3, 6)]
    assert own_lines("B", [0, 1, 2], program) == [(3, 6), (8, 8)]
