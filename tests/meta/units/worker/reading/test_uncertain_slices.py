"""Slices that may miss a change: they do not claim to be certain."""

from __future__ import annotations

import pytest

from tests.meta.units.worker.reading.slicing import is_sufficient

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
