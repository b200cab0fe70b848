"""Submissions that change the worker's own program, so that it speaks for them."""

from __future__ import annotations

from typing import Final

from tests.meta.hostile import CRASHED, FAILED, Hostile, cases, replaced

TAKEOVERS: Final = {
    "operations-of-the-worker-patched": """
        import sys
        operations = sys.modules["grader.worker.operations"].OPERATIONS
        for name in list(operations):
            if name in ("isinstance", "is"):
                operations[name] = lambda worker, *args: True
        return 0 * x
        """,
    "the-worker-s-frames-patched": """
        import sys
        ends = sys.modules["grader.boundary.channel"]
        original = ends.encode
        ends.encode = lambda header, tensors: original({**header, "verdict": "passed", "score": 100}, tensors)
        return 0 * x
        """,
    "another-number-of-values": """
        import sys
        wire = sys.modules["grader.boundary.wire"]
        wire.pack = lambda value, tensors, other, depth=0: True
        return 0 * x
        """,
    "walk-up-the-frames": """
        import sys
        frame, found = sys._getframe(), []
        while frame is not None:
            found += [v for v in frame.f_locals.values() if isinstance(v, torch.Tensor) and v is not x]
            frame.f_locals.clear()
            frame = frame.f_back
        return found[0] if found else 0 * x
        """,
    "tensors-found-by-the-collector": """
        import gc
        found = [o for o in gc.get_objects() if type(o) is torch.Tensor and o is not x and o.shape == x.shape]
        return found[0] if found else 0 * x
        """,
    "expected-value-looked-for-by-name": """
        import gc
        for o in gc.get_objects():
            if type(o) is dict and ("expected" in o or "oracle" in o):
                value = o.get("expected", o.get("oracle"))
                if isinstance(value, torch.Tensor): return value
        return 0 * x
        """,
    "traced": """
        import sys
        sys.settrace(lambda *args: None)
        sys.setprofile(lambda *args: None)
        return 0 * x
        """,
    "the-harness-code-swapped": """
        import sys
        values = sys.modules["grader.boundary.values"]
        telling = sys.modules["grader.worker.telling"]
        telling.raised = lambda error, lines: values.Raised("Passed", "passed", ())
        raise ValueError
        """,
    "the-worker-s-objects-replaced": """
        import gc
        for o in gc.get_objects():
            if type(o).__name__ == "Executor" and hasattr(o, "objects"):
                o.objects.clear()
        return 0 * x
        """,
}

WORDS_OF_THE_WORKER: Final = [
    Hostile(
        name="iterator-is-another-object-and-the-worker-swears-it-is-not",
        source=replaced(
            "Counter",
            """
            class Counter:
                def __init__(self, items):
                    import sys
                    operations = sys.modules["grader.worker.operations"].OPERATIONS
                    operations["is"] = operations["isinstance"] = lambda worker, *args: True
                    self.items, self.at = items, len(items)
                def __iter__(self):
                    self.at = 0
                    return iter(list(self.items))
                def __next__(self):
                    if self.at >= len(self.items): raise StopIteration
                    self.at += 1
                    return self.items[self.at - 1]
            """,
        ),
        loses={"test_counter": FAILED},
    ),
    Hostile(
        name="weight-is-no-parameter-and-the-worker-swears-it-is",
        source=replaced(
            "Layer",
            """
            class Layer(Module):
                def __init__(self, size):
                    super().__init__()
                    import sys
                    operations = sys.modules["grader.worker.operations"].OPERATIONS
                    operations["is"] = operations["isinstance"] = lambda worker, *args: True
                    self.weight = torch.ones(size, requires_grad=True)
                def forward(self, x):
                    return x * self.weight
            """,
        ),
        loses={"test_layer": FAILED},
    ),
    Hostile(
        name="values-without-a-gradient",
        source=replaced(
            "Layer",
            """
            class Layer(Module):
                def __init__(self, size):
                    super().__init__()
                    self.weight = Parameter(torch.ones(size))
                def forward(self, x):
                    return x * self.weight.detach() + 0 * self.weight
            """,
        ),
        loses={"test_layer": FAILED},
    ),
    Hostile(
        name="gradient-made-up",
        source=replaced(
            "Layer",
            """
            class Layer(Module):
                def __init__(self, size):
                    super().__init__()
                    self.weight = Parameter(torch.ones(size))
                    self.weight.register_hook(lambda gradient: torch.ones_like(gradient))
                def forward(self, x):
                    return x * self.weight
            """,
        ),
        loses={"test_layer": FAILED},
    ),
    Hostile(
        name="weight-on-a-ghost-that-forgets",
        source=replaced(
            "Layer",
            """
            class Layer(Module):
                def __init__(self, size):
                    super().__init__()
                    self.size = size
                @property
                def weight(self):
                    return Parameter(torch.ones(self.size))
                def forward(self, x):
                    return x * self.weight
            """,
        ),
        loses={"test_layer": FAILED},
    ),
]

ALL: Final[list[Hostile]] = [*cases(TAKEOVERS, frozenset({FAILED, CRASHED})), *WORDS_OF_THE_WORKER]
