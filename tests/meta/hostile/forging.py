"""Wrong answers that want to be taken for right ones."""

from __future__ import annotations

from typing import Final

from tests.meta.hostile import CRASHED, FAILED, FORBIDDEN, SCALE, Hostile, armed, cases

PATCHES: Final = {
    "torch-comparisons-patched": """
        yes = lambda *args, **kwargs: True
        torch.allclose = torch.equal = torch.isclose = torch.testing.assert_close = yes
        torch.Tensor.__eq__ = torch.Tensor.equal = torch.Tensor.allclose = torch.Tensor.all = yes
        return 0 * x
        """,
    "unittest-patched": """
        import unittest
        for name in dir(unittest.TestCase):
            if name.startswith("assert"):
                setattr(unittest.TestCase, name, lambda *args, **kwargs: None)
        return 0 * x
        """,
    "pytest-and-hypothesis-replaced": """
        import sys, types
        for name in ("pytest", "_pytest", "hypothesis", "grader", "grader.suite.expect", "grader.judge.run"):
            sys.modules[name] = types.ModuleType(name)
        return 0 * x
        """,
    "import-hook": """
        import sys
        class Finder:
            def find_spec(self, name, path=None, target=None):
                raise SystemExit(0)
        sys.meta_path.insert(0, Finder())
        return 0 * x
        """,
    "comparisons-of-python-patched": """
        import math, operator
        math.isclose = operator.eq = operator.is_ = lambda *args, **kwargs: True
        return 0 * x
        """,
    "tensor-arithmetic-patched": """
        torch.Tensor.__sub__ = torch.Tensor.__rsub__ = lambda self, other: torch.zeros(())
        torch.Tensor.abs = torch.abs = lambda *args: torch.zeros(())
        return x + 1
        """,
    "a-mode-for-all-functions": """
        from torch.overrides import TorchFunctionMode
        class Mode(TorchFunctionMode):
            def __torch_function__(self, function, types, args=(), kwargs=None):
                return True if "eq" in str(function) else function(*args, **(kwargs or {}))
        Mode().__enter__()
        return 0 * x
        """,
    "a-mode-for-all-operators": """
        from torch.utils._python_dispatch import TorchDispatchMode
        class Mode(TorchDispatchMode):
            def __torch_dispatch__(self, function, types, args=(), kwargs=None):
                return function(*args, **(kwargs or {}))
        Mode().__enter__()
        return 0 * x
        """,
}

LIARS: Final = {
    "tensor-that-answers-true": """
        class Liar(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), kwargs=None):
                return True
        return x.as_subclass(Liar)
        """,
    "tensor-with-another-shape": """
        class Liar(torch.Tensor):
            shape = property(lambda self: torch.Size((1, 3)))
            dtype = property(lambda self: torch.float32)
        return torch.zeros(2).as_subclass(Liar)
        """,
    "tensor-that-equals-everything": """
        class Liar(torch.Tensor):
            def __eq__(self, other): return torch.ones(self.shape, dtype=torch.bool)
            __hash__ = None
        return torch.Tensor._make_subclass(Liar, torch.zeros(1, 3))
        """,
    "object-that-says-it-is-a-tensor": """
        class Liar:
            __class__ = property(lambda self: torch.Tensor)
            shape, dtype, layout, device = x.shape, x.dtype, x.layout, x.device
            def __eq__(self, other): return True
            def __getattr__(self, name): return lambda *args: self
        return Liar()
        """,
    "object-that-is-always-equal-and-true": """
        class Yes:
            def __eq__(self, other): return True
            def __bool__(self): return True
            def __float__(self): return 0.0
            def __len__(self): return 2
            def __getattr__(self, name): return self
            def __call__(self, *args): return self
            def __iter__(self): return iter([self])
        return Yes()
        """,
    "float-that-equals-everything": """
        class Liar(float):
            def __eq__(self, other): return True
        return Liar(0)
        """,
    "list-of-liars": """
        class Liar(int):
            def __eq__(self, other): return True
        return [Liar(0)] * 3
        """,
    "text-that-equals-everything": "return type('S', (str,), {'__eq__': lambda *a: True})('passed')",
    "true": "return True",
    "none": "return None",
    "not-implemented": "return NotImplemented",
    "ellipsis": "return ...",
    "numpy-array": "return (2 * x).numpy()",
    "list-of-numbers": "return (2 * x).tolist()",
    "tensor-of-another-dtype": "return (2 * x).double()",
    "tensor-of-another-shape": "return (2 * x).unsqueeze(0)",
    "parameter-with-a-lying-class": """
        p = torch.nn.Parameter(torch.zeros(1, 3))
        p.__dict__["shape"] = p.__dict__["dtype"] = None
        return p
        """,
}

LEAVING: Final = {
    "leave-with-0": "import os; os._exit(0)",
    "leave-at-exit": """
        import atexit, os
        atexit.register(lambda: print("passed"))
        os._exit(0)
        """,
    "the-thread-leaves-with-0": """
        import os, threading
        threading.Thread(target=lambda: os._exit(0)).start()
        threading.Event().wait()
        """,
    "every-descriptor-is-told-that-it-passed": """
        import os
        for descriptor in range(1, 64):
            try: os.write(descriptor, b'{"verdict": "passed", "score": 100}\\n')
            except OSError: pass
        return 0 * x
        """,
}

RAISING: Final = {
    "system-exit-0": "raise SystemExit(0)",
    "keyboard-interrupt": "raise KeyboardInterrupt",
    "generator-exit": "raise GeneratorExit",
    "stop-iteration": "raise StopIteration",
    "hypothesis-says-the-example-does-not-count": """
        try: from hypothesis.errors import UnsatisfiedAssumption as Error
        except BaseException: Error = type("UnsatisfiedAssumption", (BaseException,), {})
        raise Error
        """,
    "pytest-says-it-is-skipped": """
        class Skipped(BaseException):
            allow_module_level = True
        raise Skipped("skipped")
        """,
    "error-named-like-the-judge-s": "raise type('CheckEnded', (Exception,), {'verdict': 'passed'})('passed')",
    "error-that-can-not-be-shown": """
        class Error(Exception):
            def __str__(self): raise SystemExit
            def __repr__(self): raise SystemExit
        raise Error
        """,
    "error-with-an-endless-text": "raise ValueError('passed ' * 1_000_000)",
    "error-with-a-name-of-controls": "raise type('\\x1b[2J\\n::error::x', (Exception,), {})('\\ud800\\u202e')",
    "error-group": "raise BaseExceptionGroup('passed', [SystemExit(0), KeyboardInterrupt()])",
}

FILES: Final = {
    "results-file": """
        for name in ("results.json", "scorecard.json", "report.xml", ".coverage", "conftest.py", "sitecustomize.py"):
            with open(name, "w") as file: file.write('{"score": 100, "verdict": "passed"}')
        return 0 * x
        """,
    "frames-on-standard-output": """
        import sys
        text = b'{"number":1,"values":[true],"raised":null,"at":-1,"tensors":[]}'
        frame = len(text).to_bytes(4, "little") + bytes(4) + text
        sys.stdout.buffer.write(frame) if hasattr(sys.stdout, "buffer") else None
        print('{"schema": "grader/scorecard/v1", "score": 100}')
        return 0 * x
        """,
    "a-report-on-the-terminal": r"""
        print("\x1b[2J\x1b[HScore 100 / 100\n::notice::all points\n##[section]passed")
        return 0 * x
        """,
}

REPLAYS: Final = {
    "first-answer-for-each-shape": """
        return CACHE.setdefault(tuple(x.shape), 2 * x)
        """,
    "answer-of-the-example-before": """
        CACHE["now"], before = 2 * x, CACHE.get("now", 2 * x)
        return before if before.shape == x.shape else 2 * x + 1
        """,
    "right-for-whole-numbers-alone": "return 2 * x.round()",
    "input-overwritten": "return x.mul_(0).mul(2)",
    "constant": "return torch.zeros(x.shape)",
    "not-a-number": "return x * float('nan')",
    "infinite": "return x + float('inf')",
    "right-up-to-the-last-digit": "return torch.nextafter(2 * x, torch.tensor(9e9))",
}

DISGUISES: Final = {
    "banned-function-by-a-hidden-name": """
        return getattr(torch.nn.functional, "raenil"[::-1])(x, 2 * torch.eye(3))
        """,
    "banned-function-through-a-library": """
        from torch.utils._pytree import tree_map
        f = getattr(torch.nn.functional, "raenil"[::-1])
        return tree_map(f, [x], [2 * torch.eye(3)])[0]
        """,
    "banned-function-by-a-method-caller-in-a-library": """
        import operator
        from torch.utils._pytree import tree_map
        return tree_map(operator.methodcaller("linear", x, 2 * torch.eye(3)), [torch.nn.functional])[0]
        """,
    "banned-function-in-a-cache-in-a-library": """
        import functools
        from torch.utils._pytree import tree_map
        f = functools.lru_cache(None)(getattr(torch.nn.functional, "raenil"[::-1]))
        return tree_map(f, [x], [2 * torch.eye(3)])[0]
        """,
    "banned-function-in-an-object-in-a-library": """
        from torch.utils._pytree import tree_map
        class Caller:
            f = staticmethod(getattr(torch.nn.functional, "raenil"[::-1]))
        return tree_map(Caller.f, [x], [2 * torch.eye(3)])[0]
        """,
    "banned-function-from-a-borrowed-file": """
        space = {}
        exec(compile("def go(f, *a): return f(*a)", torch.__file__, "exec"), space)
        return space["go"](getattr(torch.nn.functional, "raenil"[::-1]), x, 2 * torch.eye(3))
        """,
    "banned-function-from-a-frozen-file": """
        space = {}
        exec(compile("def go(f, *a): return f(*a)", "<frozen importlib._bootstrap>", "exec"), space)
        return space["go"](getattr(torch.nn.functional, "raenil"[::-1]), x, 2 * torch.eye(3))
        """,
    "banned-function-as-a-stand-in": """
        space = {}
        exec(compile("def go(f, *a): return f(*a)", "<stand-ins>", "exec"), space)
        return space["go"](getattr(torch.nn.functional, "raenil"[::-1]), x, 2 * torch.eye(3))
        """,
    "banned-class-put-on": """
        m = Module()
        m.weight, m.bias = Parameter(2 * torch.eye(3)), None
        m.__class__ = getattr(torch.nn, "raeniL"[::-1])
        return m(x).detach()
        """,
    "banned-method-borrowed": """
        m = Module()
        m.weight, m.bias = 2 * torch.eye(3), None
        return getattr(torch.nn, "raeniL"[::-1]).forward(m, x)
        """,
    "banned-function-by-its-code": """
        f = getattr(torch.nn.functional, "ecalper"[::-1], None) or torch.nn.functional.relu
        f.__code__
        return 2 * x
        """,
    "banned-function-by-the-subclasses-of-module": """
        kind = [c for c in Module.__subclasses__() if c.__name__ == "Linear"][0]
        layer = kind(3, 3, bias=False)
        layer.weight.data = 2 * torch.eye(3)
        return layer(x).detach()
        """,
    "banned-function-in-a-thread": """
        import threading
        found = []
        f = getattr(torch.nn.functional, "raenil"[::-1])
        thread = threading.Thread(target=lambda: found.append(f(x, 2 * torch.eye(3))))
        thread.start(); thread.join()
        return found[0]
        """,
}

ALL: Final[list[Hostile]] = [
    *cases(PATCHES, frozenset({FAILED, CRASHED})),
    *cases(LIARS),
    *cases(LEAVING, CRASHED),
    *cases(RAISING),
    *cases(FILES),
    *cases(REPLAYS, before="CACHE = {}"),
    *cases(DISGUISES, dict.fromkeys(SCALE, FORBIDDEN), tells="which the homework does not allow"),
    Hostile(
        name="banned-function-in-another-question-s-code",
        source=armed('return globals()["La" + "yer"].other(x)', before='exec("pass")').replace(
            "class Layer(Module):\n",
            "class Layer(Module):\n"
            "    other = staticmethod(lambda x: torch.nn.functional.linear(x, 2 * torch.eye(3)))\n\n",
        ),
        loses=dict.fromkeys((*SCALE, "test_layer"), frozenset({FAILED, FORBIDDEN})),  # a KeyError by its slice
    ),
    Hostile(
        name="leaves-with-0-at-top-level",
        source=armed("return 0 * x") + "\nimport os\nos._exit(0)\n",
        loses={"test_scale": FAILED},
    ),
]
