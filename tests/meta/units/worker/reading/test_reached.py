"""Files beside the main one: a question comes to what it imports of them, and to nothing else."""

from __future__ import annotations

import ast

import pytest

from grader.worker.reading.reached import SiblingFiles
from grader.worker.reading.statements import statements

FILES = {
    "layers.py": "import torch\nfrom tools import helper\nclass Base: pass\nclass Linear(Base): pass\nclass SGD: pass",
    "tools.py": "def helper(): return inner()\ndef inner(): pass\ndef Linear(): pass",
    "everything.py": "from layers import *\nfrom .tools import inner",
    "broken.py": "def Linear(:",
    "patch.py": "from layers import Linear\nLinear.forward = lambda self, X: X",
    "round.py": "from around import f\ndef Linear(): return f()",
    "around.py": "from round import Linear\ndef f(): return Linear()",
}


def reached(main: str) -> dict[str, set[str]]:
    """What the question Linear comes to."""
    return SiblingFiles("hw.py", FILES).reached("Linear", statements(ast.parse(main)))


CASES: dict[str, dict[str, bool]] = {  # by main file: the files, and whether their `Linear` is that of the question
    "class Linear: pass": {},
    "from layers import Linear": {"layers.py": True},
    "from layers import SGD": {"layers.py": False},
    "from layers import Linear as Other\nclass Linear(Other): pass": {"layers.py": True},
    "import layers\nLinear = layers.Linear": {"layers.py": True, "tools.py": False},
    "from everything import *": {"everything.py": True, "layers.py": True},
    "from layers import *\nclass Linear: pass": {"layers.py": False},
    "from layers import *\nclass Linear:\n    def __init__(self): super(Linear, self).__init__()": {"layers.py": False},
    "from layers import *\nclass Linear(Linear): pass": {"layers.py": True},
    "class Linear:\n    def f(self):\n        from tools import helper\n        return helper()": {"tools.py": False},
    "from broken import Linear": {"broken.py": True},
    "from patch import Linear": {"patch.py": True, "layers.py": True},
    "from round import Linear": {"round.py": True, "around.py": True},
}


@pytest.mark.parametrize("main", CASES)
def test_question_comes_to_what_its_statements_import(main: str) -> None:
    assert {file: "Linear" in names for file, names in reached(main).items()} == CASES[main]


def test_names_that_are_taken_bring_what_they_use_in_their_file() -> None:
    assert reached("from layers import Linear")["layers.py"] == {"Linear", "Base"}
    assert reached("from tools import helper")["tools.py"] == {"helper", "inner"}


def test_statements_of_a_file_are_looked_at_once() -> None:
    files = SiblingFiles("hw.py", FILES)
    assert files.part("tools.py") is files.part("tools.py")
    assert files.part("broken.py")[1] == ()
    (node,) = ast.parse("from tools import helper").body
    assert files.taken_by([node]) == files.taken_by([node])
