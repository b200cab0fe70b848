"""Which questions a file has: a definition is present, and written or empty."""

from __future__ import annotations

import pytest

from grader.worker.reading.definitions import definition_of
from tests.meta.units.worker.reading.slicing import HAND_OUT, QUESTIONS, parse

EMPTY = {
    "pass": "def q(): pass",
    "docstring": "def q():\n    'Do it.'",
    "ellipsis": "def q(): ...",
    "not implemented": "def q(): raise NotImplementedError('later')",
    "return": "def q(): return None",
    "class": "class q(Module):\n    def __init__(self):\n        super().__init__()\n    def forward(self, x): pass",
    "emptied later": "def q(): return 1\ndef q(): pass",
}
WRITTEN = {
    "function": "def q(): return 1",
    "one of two": "class q:\n    def __init__(self): pass\n    def forward(self, x): return x",
    "class without functions": "class q: pass",
    "class with a base of one's own": "class Base:\n    def forward(self, x): return x\n"
    "class q(Base):\n    def __init__(self): super().__init__()",
    "method given by name": "def f(self, x): return x\nclass q:\n    def __init__(self): pass\n    forward = f",
    "method patched in": "class q:\n    def forward(self, x): pass\nq.forward = lambda self, x: x",
    "assigned": "q = make()",
    "imported": "from parts import q",
    "under a condition": "if fast:\n    def q(): return 1",
    "written later": "def q(): pass\ndef q(): return 1",
}


@pytest.mark.parametrize("name", EMPTY)
def test_empty_definition_is_not_written(name: str) -> None:
    found = definition_of("q", parse(EMPTY[name]))
    assert found.present
    assert not found.written
    assert found.empty


@pytest.mark.parametrize("name", WRITTEN)
def test_definition_with_code_is_written(name: str) -> None:
    found = definition_of("q", parse(WRITTEN[name]))
    assert found.present
    assert found.written


HALF = "class q(Module):\n    def __init__(self): self.w = 1\n"
NOT_WRITTEN = {
    "left as it was": HALF + "    def forward(self, x):\n        'Do it.'\n        pass",
    "returns nothing": HALF + "    def forward(self, x): return",
    "deleted": HALF,
    "written above": HALF + "    def forward(self, x): return x\n    def forward(self, x): pass",
}
ELSEWHERE = {
    "written": HALF + "    def forward(self, x): return x",
    "under another name": HALF + "    def __call__(self, x): return x",
    "set in the constructor": HALF.replace("self.w = 1", "self.forward = f") + "    def forward(self, x): pass",
    "set by its name": HALF.replace("self.w = 1", "setattr(self, 'forward', f)"),
    "from a base of another file": HALF.replace("Module", "parts.Base"),
    "by a decorator": f"@with_forward\n{HALF}",
    "by a metaclass": HALF.replace("Module", "metaclass=M"),
    "from a class above": f"class Base:\n    def forward(self, x): return x\n{HALF.replace('Module', 'Base')}",
    "patched in": HALF + "    def forward(self, x): pass\nq.forward = f",
    "another method": HALF + "    def forward(self, x): return x\n    def extra_repr(self): pass",
}


@pytest.mark.parametrize("name", NOT_WRITTEN)
def test_method_that_is_asked_for_is_not_written(name: str) -> None:
    found = definition_of("q", parse(NOT_WRITTEN[name]), ["__init__", "forward"])
    assert found.written
    assert found.unwritten == ("forward",)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_method_that_may_have_code_somewhere_is_not_said_to_be_missing(name: str) -> None:
    assert definition_of("q", parse(ELSEWHERE[name]), ["__init__", "forward"]).unwritten == ()


def test_missing_definition_is_not_present() -> None:
    assert not definition_of("q", parse("x = q")).present


@pytest.mark.parametrize("question", QUESTIONS)
def test_hand_out_is_present_and_only_the_evaluations_are_written(question: str) -> None:
    found = definition_of(question, parse(HAND_OUT))
    assert found.present
    assert found.written == question.startswith("eval_")
