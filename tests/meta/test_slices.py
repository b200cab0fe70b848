"""What a question needs of its file: enough to see what Python would see, or an admission that it may not be enough."""

from __future__ import annotations

import ast
import contextlib
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from grader.worker.reading.slices import Slice, definition_of, slice_for
from grader.worker.reading.statements import Statement, statements

ROOT = Path(__file__).parents[2]
QUESTIONS = (
    "Linear",
    "CrossEntropyLoss",
    "SGD",
    "DataLoader",
    "epoch",
    "eval_linear_model",
    "TwoLayerNN",
    "eval_two_layer_nn",
    "MultiLayerNN",
)
PARTS = tuple(name for name in QUESTIONS if not name.startswith("eval_"))


def parse(source: str) -> tuple[Statement, ...]:
    return statements(ast.parse(textwrap.dedent(source)))


def kept(source: str, question: str) -> tuple[str, bool]:
    """The source of the slice, as Python writes it, and whether the slice is certain."""
    program = parse(source)
    part = slice_for(question, program)
    return "\n".join(ast.unparse(program[i].node) for i in part.indices), part.certain


def execute(program: Iterable[Statement], *, strict: bool = False) -> dict[str, Any]:
    """Run statements as the worker does: one that raises does not stop the next."""
    namespace = vars(ModuleType("__main__"))
    for statement in program:
        with contextlib.nullcontext() if strict else contextlib.suppress(Exception):
            exec(compile(ast.Module([statement.node], []), "program", "exec"), namespace)
    return namespace


def looks(namespace: dict[str, Any]) -> list[str]:
    """What calling q twice gives: the second call sees the state that the first one left."""
    return [repr(namespace["q"]()), repr(namespace["q"]())]


def run_slice(program: tuple[Statement, ...], part: Slice) -> list[str]:
    try:
        return looks(execute(program[i] for i in part.indices))
    except Exception as error:
        return [f"raised {error!r}"]


def is_sufficient(source: str) -> tuple[bool, bool]:
    """For the question q: whether its slice does what the whole file does, and whether it claims to."""
    program = parse(source)
    part = slice_for("q", program)
    return run_slice(program, part) == looks(execute(program, strict=True)), part.certain


# --- programs as students write them ----------------------------------------------------------------------------------

ENOUGH = {
    "patched in a function": """
        class Layer:
            def forward(self): return 0
        def q(): return Layer().forward()
        def patch(): Layer.forward = lambda self: 1
        patch()
        class q(Layer): pass
        def q(): return Layer().forward()
        """,
    "table filled by a function": """
        def fill(t): t.append(1)
        table = []
        fill(table)
        total = len(table)
        def q(): return total
        """,
    "other name that is trained": """
        def train(m): m.append(1)
        net = []
        model = [net]
        _ = train(net)
        def q(): return model
        """,
    "part that is trained before the whole is made": """
        def train(m): m.append(1)
        net = []
        done = train(net)
        model = [net]
        def q(): return model
        """,
    "part that is trained before a call makes the whole": """
        def train(m): m.append(1)
        net = []
        done = train(net)
        model = tuple((net,))
        def q(): return model
        """,
    "comprehension for its effect": """
        model = [[1]]
        parts = list(model)
        _ = [p.append(2) for p in parts]
        def q(): return model
        """,
    "helper above": """
        def double(x): return 2 * x
        def q(): return double(3)
        """,
    "helper below": """
        def q(): return double(3)
        def double(x): return 2 * x
        """,
    "constants": """
        import math
        GAIN = 2
        STD = math.sqrt(GAIN) + 1
        def q(): return STD
        unrelated = [GAIN]
        unrelated.append(GAIN)
        """,
    "table filled in a loop": """
        squares = {}
        for i in range(4):
            squares[i] = i * i
        def q(): return squares
        """,
    "table appended to": """
        table = []
        table.append(1)
        table += [2]
        table[0] = 3
        def q(): return table
        """,
    "decorator of one's own": """
        def twice(f): return lambda: 2 * f()
        @twice
        def q(): return 4
        """,
    "redefined": """
        def q(): return 1
        def q(): return 2
        """,
    "redefined helper": """
        def one(): return 0
        def one(): return 1
        def q(): return one()
        """,
    "method patched in": """
        class Layer:
            def forward(self): return 0
        def forward(self): return 5
        Layer.forward = forward
        def q(): return Layer().forward()
        """,
    "method patched in by setattr": """
        class Layer: pass
        setattr(Layer, "forward", lambda self: 5)
        def q(): return Layer().forward()
        """,
    "defined under a condition": """
        if 1 > 2:
            def one(): return 0
        else:
            def one(): return 1
        def q(): return one()
        """,
    "import that may fail": """
        try:
            import no_such_module as helper
        except ImportError:
            helper = None
        def q(): return helper
        """,
    "star import": """
        from math import *
        def q(): return sqrt(4)
        """,
    "two modules by one name, the later one counts": """
        from math import sqrt as root
        from cmath import sqrt as root
        def q(): return root(-1)
        """,
    "alias that is trained": """
        def train(m): m.append(1)
        model = []
        m = model
        train(m)
        def q(): return model
        """,
    "trainer object": """
        class Trainer:
            def __init__(self, model): self.model = model
            def fit(self): self.model.append(1)
        model = []
        t = Trainer(model)
        t.fit()
        def q(): return model
        """,
    "trainer that reads a global": """
        model = []
        class Trainer:
            def fit(self): model.append(1)
        t = Trainer()
        t.fit()
        def q(): return model
        """,
    "function that binds a global": """
        def train():
            global model
            model = [1]
        train()
        def q(): return model
        """,
    "main under the guard": """
        def q(): return model
        def main():
            global model
            model = [1]
        model = []
        main()
        def q(): return model
        """,
    "training by a bound function": """
        import functools
        def fit(m, n): m.append(n)
        model = []
        train = functools.partial(fit, model)
        train(3)
        def q(): return model
        """,
    "loop over parts": """
        model = [[1], [2]]
        parts = list(model)
        for part in parts:
            part.append(0)
        def q(): return model
        """,
    "model kept by a cached function": """
        import functools
        def train(m): m.append(1)
        @functools.cache
        def model(): return []
        train(model())
        def q(): return model()
        """,
    "value of the time": """
        scale = 1
        def f(): return scale
        x = f()
        scale = 2
        def q(): return [x, scale]
        """,
}


@pytest.mark.parametrize("name", ENOUGH)
def test_slice_of_an_everyday_program_is_enough(name: str) -> None:
    sufficient, _ = is_sufficient(ENOUGH[name])
    assert sufficient


SURE = (
    "helper above",
    "helper below",
    "constants",
    "redefined",
    "redefined helper",
    "method patched in",
    "star import",
)


@pytest.mark.parametrize("name", SURE)
def test_slice_of_plain_definitions_is_certain(name: str) -> None:
    assert is_sufficient(ENOUGH[name])[1]


MAY_CHANGE = {
    "bound by exec below": """
        def one(): return 1
        def q(): return one()
        exec("def one(): return 2")
        """,
    "exec that needs what it does not name": """
        def one(): return 1
        exec("two = one() + 1")
        def q(): return two
        """,
    "patched in a function": """
        class Layer:
            def forward(self): return 0
        def q(): return Layer().forward()
        def patch(): Layer.forward = lambda self: 1
        patch()
        """,
    "patched in a function, under the guard": """
        class Layer:
            def forward(self): return 0
        def q(): return Layer().forward()
        def patch(): Layer.forward = lambda self: 1
        if __name__ == "__main__":
            patch()
        """,
    "patched through an argument": """
        class Layer:
            def forward(self): return 0
        def q(): return Layer().forward()
        def patch(c): c.forward = lambda self: 1
        done = patch(Layer)
        """,
    "patched through an instance": """
        class Layer:
            def forward(self): return 0
        def q(): return Layer().forward()
        layer = Layer()
        type(layer).forward = lambda self: 1
        """,
    "patched through an instance, in a function": """
        class Layer:
            def forward(self): return 0
        def q(): return Layer().forward()
        def patch(layer): layer.__class__.forward = lambda self: 1
        patch(Layer())
        """,
    "patched by a method": """
        class Layer:
            def forward(self): return 0
        class Patcher:
            def go(self): Layer.forward = lambda self: 1
        def q(): return Layer().forward()
        p = Patcher()
        p.go()
        """,
    "patched by exec in a function": """
        def q(): return 0
        def patch(): exec("global q; q = lambda: 1")
        patch()
        """,
    "patched through globals()": """
        def one(): return 0
        def q(): return one()
        globals()["one"] = lambda: 1
        """,
    "class that counts its instances": """
        class Layer:
            count = 0
            def __init__(self): Layer.count += 1
        def q(): return Layer.count
        model = Layer()
        """,
    "class data that instances fill": """
        class Layer:
            made = []
            def __init__(self): self.made.append(1)
        def q(): return len(Layer().made)
        model = Layer()
        """,
    "default that is changed": """
        def f(seen=[]):
            seen.append(1)
            return len(seen)
        def q(): return f()
        f()
        """,
    "attribute of a function": """
        def f():
            f.count = getattr(f, "count", 0) + 1
            return f.count
        def q(): return f()
        f()
        """,
    "closure that counts": """
        def counter():
            n = 0
            def step():
                nonlocal n
                n += 1
                return n
            return step
        step = counter()
        def q(): return step()
        _ = [step() for _ in range(3)]
        """,
    "model that is rebound below": """
        model = [1]
        def q(): return model
        model = [2]
        """,
    "helper that is rebound below": """
        def one(): return 1
        def q(): return one()
        def one(): return 2
        """,
    "saved and loaded": """
        import pathlib, tempfile
        def store(n): pathlib.Path(tempfile.gettempdir(), "grader_test_slices.txt").write_text(str(n))
        store(1)
        def q(): return pathlib.Path(tempfile.gettempdir(), "grader_test_slices.txt").read_text()
        if True: store(2)
        """,
    "table of a name bound below": """
        def q(): return table
        table = []
        table.append(1)
        """,
    "global hidden by a local of an inner function": """
        model = [1]
        def q():
            def inner():
                model = 2
                return model
            inner()
            return model
        for _ in range(2): model.append(0)
        """,
    "default that shares": """
        model = [1]
        def train(m=model): m.append(2)
        train()
        def q(): return model
        """,
    "class attribute that shares": """
        model = [1]
        class Config: m = model
        Config.m.append(2)
        def q(): return model
        """,
    "walrus that shares": """
        model = [1]
        print(end="" if (m := model) else "")
        m.append(2)
        def q(): return model
        """,
    "comprehension for its effect": """
        model = [[1]]
        parts = list(model)
        _ = [p.append(2) for p in parts]
        def q(): return model
        """,
    "match that shares": """
        model = [[1]]
        match model:
            case [m]: pass
        m.append(2)
        def q(): return model
        """,
    "container that shares": """
        model = [1]
        everything = {}
        everything["m"] = model
        everything["m"].append(2)
        def q(): return model
        """,
    "method bound to a name": """
        model = [1]
        add = model.append
        add(2)
        def q(): return model
        """,
    "module changed under a condition": """
        import builtins, math
        def q(): return math.gain if hasattr(math, "gain") else 0
        if True: math.gain = 1
        """,
    "decorator with an effect": """
        table = []
        def listed(f):
            table.append(f.__name__)
            return f
        @listed
        def other(): pass
        def q(): return table
        """,
    "other name of a class": """
        class Layer:
            def forward(self): return 0
        L = Layer
        L.forward = lambda self: 1
        def q(): return Layer().forward()
        """,
    "class in a container": """
        class Layer:
            def forward(self): return 0
        kinds = [Layer]
        kinds[0].forward = lambda self: 1
        def q(): return Layer().forward()
        """,
    "loop over classes": """
        class Layer:
            def forward(self): return 0
        def q(): return Layer().forward()
        for kind in (Layer,):
            kind.forward = lambda self: 1
        """,
    "loop over classes in a function": """
        class Layer:
            def forward(self): return 0
        def q(): return Layer().forward()
        def patch():
            for kind in (Layer,):
                kind.forward = lambda self: 1
        patch()
        """,
}


@pytest.mark.parametrize("name", MAY_CHANGE)
def test_slice_that_misses_a_change_does_not_claim_to_be_certain(name: str) -> None:
    sufficient, certain = is_sufficient(MAY_CHANGE[name])
    assert sufficient or not certain


# --- random programs --------------------------------------------------------------------------------------------------

LISTS, FUNCTIONS = ("a", "b", "c"), ("f", "g")
PREAMBLE = """
import functools
a = [1]
b = [2]
c = [3]
def f(v): return v
def g(v): return list(v)
class K:
    def m(self, v): return v
o = K()
p = functools.partial(f, a)
def deco(fn): return fn
"""
STATEMENTS = (
    "{x} = [{k}]",
    "{x} = {y}",
    "{x} = [{y}, {k}]",
    "{x} = {y} + {z}",
    "{x}, {y} = {y}, {x}",
    "{x} = {f}({y})",
    "{x} = K().m({y})",
    "{x} = p()",
    "{x} = o.m({y})",
    "{x} += [{k}]",
    "{x}.append({k})",
    "{x}.append({y})",
    "{x}[0] = {k}",
    "({x} := {y}).append({k})",
    "{x} = {y} if {z} else [{k}]",
    "{f}({y})",
    "o.m({y})",
    "p()",
    "K().m({x})",
    "len({x})",
    "for e in ({x}, {y}): e.append({k})",
    "for e in list({x}): {y}.append({k})",
    "for {x} in ([{k}], {y}): pass",
    "for i in range(2): {x} = {f}({y})",
    "[e.append({k}) for e in ({x}, {y})]",
    "if {x}: {y} = {z}",
    "if len({x}) > 1: {y}.append({k})",
    "try: {x}.append({k})\nfinally: {y} = [{k}]",
    "def {f}(v): return v",
    "def {f}(v): v.append({k}); return v",
    "def {f}(v): return {y} + v",
    "def {f}(v): {y}.append({k}); return v",
    "def {f}(v): return {y}",
    "def {f}(v, w={y}): w.append({k}); return w",
    "def {f}(v, w=[]): w.append({k}); return list(w)",
    "def {f}(v):\n    global {x}\n    {x} = [{k}]\n    return v",
    "def {f}(v):\n    def inner(): {x} = 1\n    return {x} + v",
    "def {f}(v): return [{x} for {x} in v]",
    "def f(v): return g(v)",
    "def {f}(v): f.n = getattr(f, 'n', 0) + 1; return [f.n]",
    "def {f}(v): K.m = lambda self, v: [{k}]; return v",
    "def {f}(v): return o.m(v)",
    "@deco\ndef {f}(v): return [{k}]",
    "def deco(fn): {y}.append({k}); return fn",
    "def deco(fn): return lambda v: {y}",
    "@functools.cache\ndef h(): return [{k}]\ndef f(v): return h()",
    "{f} = lambda v: {y} + v",
    "{f} = functools.partial(list, {y}) if 0 else (lambda v, w={y}: w)",
    "f = g",
    "p = functools.partial({f}, {x})",
    "p = {x}.copy",
    "p = lambda: {x}",
    "class K:\n    made = []\n    def m(self, v): self.made.append({k}); return self.made",
    "class K:\n    kept = {y}\n    def m(self, v): return self.kept",
    "class K:\n    def __init__(self): self.s = {y}\n    def m(self, v): self.s.append({k}); return self.s",
    "class K:\n    n = 0\n    def m(self, v): type(self).n += 1; return [self.n]",
    "class K:\n    def m(self, v): {y}.append({k}); return v",
    "class L(K): pass\no = L()",
    "o = K()",
    "o.extra = {x}\no.extra.append({k})",
    "K.m = lambda self, v: [{k}]",
    "K.m = lambda self, v: {y}",
    "setattr(K, 'm', lambda self, v: {y})",
    "{x}.append(K)\n{x}[-1].m = lambda self, v: [{k}]\n{x}.pop()",
)
RESULTS = ("{x}", "[{x}, {y}]", "{f}({x})", "K().m({x})", "o.m({x})", "p()", "[{k}]", "{f}([{k}])", "K().m([{k}])")


@st.composite
def programs(draw: Callable[..., Any]) -> str:
    """A small program that defines q somewhere, with state shared in every way that the templates know."""

    def filled(template: str) -> str:
        x, y, z = (draw(st.sampled_from(LISTS)) for _ in range(3))
        return template.format(x=x, y=y, z=z, f=draw(st.sampled_from(FUNCTIONS)), k=draw(st.integers(4, 9)))

    parts = [filled(draw(st.sampled_from(STATEMENTS))) for _ in range(draw(st.integers(1, 9)))]
    parts.insert(draw(st.integers(0, len(parts))), f"def q(): return {filled(draw(st.sampled_from(RESULTS)))}")
    return PREAMBLE + "\n".join(parts)


@settings(max_examples=300, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=programs())
def test_certain_slice_does_what_the_whole_file_does(source: str) -> None:
    program = parse(source)
    part = slice_for("q", program)
    if not part.certain:
        return
    try:
        expected = looks(execute(program, strict=True))
    except Exception:  # a file that raises is no solution
        assume(False)
    assert run_slice(program, part) == expected


# --- whole homeworks --------------------------------------------------------------------------------------------------

HAND_OUT = (ROOT / "student_template" / "hw3.py").read_text(encoding="utf-8")
REFERENCE = (ROOT / "reference" / "hw3.py").read_text(encoding="utf-8")
LINEAR_LOOP, TWO_LAYER_LOOP = "learning_rate=0.2", "learning_rate=0.3"
DECORATED = "import mugrade\nimport torch\n" + "".join(
    f"@mugrade.local_tests\n{line}" if line.startswith(("class ", "def ")) else line
    for line in HAND_OUT.splitlines(keepends=True)
)
CHAT = """
import torch
import matplotlib.pyplot as plt
torch.manual_seed(0)
torch.save(model.state_dict(), "two_layer.pt")
plt.plot([train_loss, test_loss])
plt.show()
deep = MultiLayerNN(784, 10, [100, 50])
for i in range(5):
    print(epoch(deep, train_dataloader, loss, SGD(deep.parameters(), 0.1)))
assert test_err < 0.02
print(eval_two_layer_nn())
def main():
    print(eval_linear_model())
if __name__ == "__main__":
    main()
"""
CHATTY = HAND_OUT.replace("import torch\n", "import os, torch\nos.environ['MUGRADE_KEY'] = ''\n", 1) + CHAT
SAVING = REFERENCE.replace(
    "\n\nclass TwoLayerNN", "\n\ntorch.save(linear_model.state_dict(), 'linear.pt')\n\n\nclass TwoLayerNN"
)
CHATTY_REFERENCE = REFERENCE + CHAT.replace("model.", "two_layer_model.").replace(
    "deep = ", "loss = CrossEntropyLoss()\ndeep = "
)
HOMEWORKS = {
    "reference": REFERENCE,
    "hand-out": HAND_OUT,
    "notebook": DECORATED,
    "chatty": CHATTY,
    "saving reference": SAVING,
    "chatty reference": CHATTY_REFERENCE,
}


@pytest.mark.parametrize("question", PARTS)
@pytest.mark.parametrize("homework", HOMEWORKS)
def test_part_of_a_homework_is_graded_without_training_and_for_certain(homework: str, question: str) -> None:
    text, certain = kept(HOMEWORKS[homework], question)
    assert "learning_rate=" not in text
    assert "for i in range" not in text
    assert "torch.save" not in text
    assert "MNIST" not in text
    assert question in text
    assert certain


@pytest.mark.parametrize("homework", HOMEWORKS)
def test_trained_model_needs_its_own_training_only(homework: str) -> None:
    source = HOMEWORKS[homework]
    linear, _ = kept(source, "eval_linear_model")
    two_layer, _ = kept(source, "eval_two_layer_nn")
    assert LINEAR_LOOP in linear
    assert TWO_LAYER_LOOP not in linear
    assert TWO_LAYER_LOOP in two_layer
    assert LINEAR_LOOP not in two_layer
    if "reference" not in homework:
        assert linear.count("for i in range(20)") == two_layer.count("for i in range(20)") == 1


def test_whole_file_is_tried_where_the_name_of_a_model_is_used_twice() -> None:
    assert not kept(HAND_OUT, "eval_linear_model")[1]


def test_change_of_torch_itself_is_not_left_out_for_certain() -> None:
    question = "import torch\nfrom torch.nn import Module\nclass q(Module): pass\n"
    assert kept(question, "q")[1]
    assert not kept(question + "if True:\n    torch.nn.Module.forward = lambda self, x: x", "q")[1]
    assert not kept(question + "def main():\n    torch.set_default_dtype(torch.float64)\nmain()", "q")[1]


def test_question_that_is_nowhere_has_an_empty_slice() -> None:
    assert slice_for("q", parse("x = 1")) == Slice(indices=(), certain=True)


def test_part_that_a_check_may_ask_for_is_there_though_the_question_does_not_use_it() -> None:
    source = "class Layer: pass\nclass Linear(Layer): pass\nclass q: pass\nclass r: pass"
    assert kept(source, "q") == ("class q:\n    pass", True)
    assert slice_for("q", parse(source), ["Linear"]).indices == (0, 1, 2)
    below = "class q: pass\nclass r: pass\nclass Linear: pass"
    assert slice_for("q", parse(below), ["Linear"]) == Slice(indices=(0, 2), certain=True)


def test_question_that_only_a_star_import_may_bind_is_taken_from_there() -> None:
    for source in ("code = 'q = 1'\nexec(code)\nx = 1", "import a\nfrom hw3_parts import *\nx = 1"):
        text, certain = kept(source, "q")
        assert text == "\n".join(source.splitlines()[-3 if "exec" in source else -2 : -1])
        assert not certain


# --- what is written --------------------------------------------------------------------------------------------------

EMPTY = {
    "pass": "def q(): pass",
    "docstring": "def q():\n    'Do it.'",
    "ellipsis": "def q(): ...",
    "not implemented": "def q(): raise NotImplementedError('later')",
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


def test_missing_definition_is_not_present() -> None:
    assert not definition_of("q", parse("x = q")).present


@pytest.mark.parametrize("question", QUESTIONS)
def test_hand_out_is_present_and_only_the_evaluations_are_written(question: str) -> None:
    found = definition_of(question, parse(HAND_OUT))
    assert found.present
    assert found.written == question.startswith("eval_")
