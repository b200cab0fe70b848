"""What a question needs of its file: enough to see what Python would see."""

from __future__ import annotations

import pytest

from tests.meta.units.worker.reading.slicing import is_sufficient, kept

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


@pytest.mark.parametrize(
    "body",
    [
        'globals()["helper"]()',
        'eval("hel" + "per")()',
        "sys.modules[__name__].helper()",
        "main.helper()",
        'vars(__import__("__main__"))["helper"]()',
    ],
)
def test_slice_is_not_certain_where_a_body_looks_for_names_that_it_does_not_say(body: str) -> None:
    source = f"""
        import sys
        import __main__ as main
        def helper(): return 1
        class q:
            def forward(self): return {body}
        """
    assert not kept(source, "q")[1]
    assert kept(source.replace(body, "helper()"), "q")[1]


def test_slice_is_not_certain_where_it_imports_from_the_program_itself() -> None:
    source = "def helper(): return 1\n{}\nclass q:\n    def forward(self): return other()\n"
    assert not kept(source.format("from __main__ import helper as other"), "q")[1]
    assert kept(source.format("from os import getpid as other"), "q")[1]
