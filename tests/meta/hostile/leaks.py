"""What one check changes in its process must not reach another check, nor the next submission.

In each, `scale` changes something about the process, and every other part looks whether it is changed: it answers
wrongly if so. `scale` answers wrongly if its own change does not show: then the case would prove nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.meta.hostile import FAILED, REFERENCE, SCALE, Hostile, Verdicts, armed, replaced

# What it does, and the expression by which it is seen.
TORCH: Final = {
    "seed-of-torch": ("torch.manual_seed(5)", "torch.initial_seed() == 5"),
    "default-dtype": ("torch.set_default_dtype(torch.float64)", "torch.get_default_dtype() is torch.float64"),
    "default-device": ("torch.set_default_device('meta')", "torch.get_default_device().type == 'meta'"),
    "gradients-off": ("torch.set_grad_enabled(False)", "not torch.is_grad_enabled()"),
    "inference-mode": (
        "torch.kept = torch.inference_mode(); torch.kept.__enter__()",
        "torch.is_inference_mode_enabled()",
    ),
    "anomalies-detected": ("torch.autograd.set_detect_anomaly(True)", "torch.is_anomaly_enabled()"),
    "autocast": ("torch.autocast('cpu', dtype=torch.bfloat16).__enter__()", "torch.is_autocast_enabled('cpu')"),
    "threads-of-torch": ("torch.set_num_threads(3)", "torch.get_num_threads() == 3"),
    "deterministic": ("torch.use_deterministic_algorithms(False)", "not torch.are_deterministic_algorithms_enabled()"),
    "precision": ("torch.set_float32_matmul_precision('medium')", "torch.get_float32_matmul_precision() == 'medium'"),
    "small-numbers-flushed": (
        "torch.set_flush_denormal(True)",
        "not (torch.full((1,), 1e-38, dtype=torch.float32) * 0.01).any()",
    ),
    "print-options": ("torch.set_printoptions(precision=1)", "'1.26' not in repr(torch.tensor(1.26))"),
    "method-replaced": ("torch.Tensor.sum = lambda *a, **k: None", "torch.ones(2).sum() is None"),
    "function-added": ("torch.mine = 5", "hasattr(torch, 'mine')"),
    "hook-of-all-modules": ("hooks()[0] = nothing", "hooks()"),
    "hook-of-saved-tensors": (
        "torch.autograd.graph.saved_tensors_hooks(lambda t: setattr(torch, 'hooked', t) or t, lambda t: t).__enter__()",
        "(torch.ones(1, requires_grad=True) ** 2).sum() and hasattr(torch, 'hooked')",
    ),
    "mode-of-all-functions": ("torch.overrides.BaseTorchFunctionMode().__enter__()", "modes()"),
}

PYTHON: Final = {
    "seed-of-random": ("random.seed(5)", "random.getstate() == random.Random(5).getstate()"),
    "seed-of-numpy": ("numpy.random.seed(5)", "numpy.random.get_state()[1][0] == 5"),
    "numpy-raises": ("numpy.seterr(all='raise')", "numpy.geterr()['over'] == 'raise'"),
    "environment": ("os.environ['MINE'] = '1'", "'MINE' in os.environ"),
    "warnings-as-errors": ("warnings.simplefilter('error')", "warnings.filters[0][0] == 'error'"),
    "recursion-limit": ("sys.setrecursionlimit(4321)", "sys.getrecursionlimit() == 4321"),
    "switch-interval": ("sys.setswitchinterval(7)", "sys.getswitchinterval() == 7"),
    "digits-of-numbers": ("sys.set_int_max_str_digits(0)", "sys.get_int_max_str_digits() == 0"),
    "locale": ("locale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')", "locale.setlocale(locale.LC_NUMERIC) != 'C'"),
    "decimals": ("decimal.getcontext().prec = decimal.DefaultContext.prec = 3", "decimal.getcontext().prec == 3"),
    "collector-off": ("gc.disable()", "not gc.isenabled()"),
    "collector-often": ("gc.set_threshold(7)", "gc.get_threshold()[0] == 7"),
    "trace": ("sys.settrace(nothing)", "sys.gettrace()"),
    "profile": ("sys.setprofile(nothing)", "sys.getprofile()"),
    "trace-of-threads": ("threading.settrace(nothing)", "threading.gettrace()"),
    "exception-hook": ("sys.excepthook = nothing", "sys.excepthook is not sys.__excepthook__"),
    "output-replaced": ("sys.stdout = io.StringIO()", "isinstance(sys.stdout, io.StringIO)"),
    "builtin-added": ("builtins.mine = 5", "hasattr(builtins, 'mine')"),
    "builtin-replaced": ("builtins.sorted = nothing", "builtins.sorted(b'') is None"),
    "module-added": ("sys.modules['mine'] = sys", "'mine' in sys.modules"),
    "module-removed": ("sys.modules['math'] = None", "sys.modules.get('math') is None"),
    "search-path": ("sys.path.insert(0, '/mine')", "'/mine' in sys.path"),
    "import-hook": (
        "sys.meta_path.append(Finder)",
        "Finder.__name__ in [getattr(f, '__name__', '') for f in sys.meta_path]",
    ),
    "thread": (
        "threading.active_count() > 1 or threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "threading.active_count() > 1",
    ),
}

SYSTEM: Final = {
    "working-folder": ("os.makedirs('d', exist_ok=True); os.chdir('d')", "os.path.basename(os.getcwd()) == 'd'"),
    "file-in-the-working-folder": ("open('mine', 'w').close()", "os.path.exists('mine')"),
    "mask-of-new-files": ("os.umask(0o077)", "mask() == 0o077"),
    "signal-ignored": ("signal.signal(10, signal.SIG_IGN)", "signal.getsignal(10) == signal.SIG_IGN"),
    "signal-held-back": ("signal.pthread_sigmask(signal.SIG_BLOCK, {10})", "signal.pthread_sigmask(0, [])"),
    "alarm": ("signal.setitimer(signal.ITIMER_REAL, 9999)", "signal.getitimer(signal.ITIMER_REAL)[0]"),
    "limit-of-descriptors": ("resource.setrlimit(7, (33, resource.getrlimit(7)[1]))", "resource.getrlimit(7)[0] == 33"),
    "rounding-of-the-processor": ("libm().fesetround(0x800)", "libm().fegetround() == 0x800"),
    "standard-input-closed": ("os.closerange(0, 1)", "closed(0)"),
}

CHANGES: Final = TORCH | PYTHON | SYSTEM

_NAMES: Final = """
import builtins, ctypes, decimal, gc, io, locale, numpy, os, random, resource, signal, sys, threading, warnings

def nothing(*args, **kwargs):
    return None

def hooks():
    return sys.modules[Module.__module__]._global_forward_hooks

def modes():
    return torch.overrides._get_current_function_mode_stack()

class Finder:
    find_spec = nothing

def mask():
    before = os.umask(0o777)
    os.umask(before)
    return before

def closed(descriptor):
    try: os.fstat(descriptor)
    except OSError: return True

def libm():
    return ctypes.CDLL("libm.so.6")
"""


def _source(changes: Mapping[str, tuple[str, str]], then: str = "return 2 * x") -> str:
    """The reference, where `scale` makes the changes and the other parts look for each of them."""
    body = "\n".join([*(change for change, _ in changes.values()), "if not all(seen()): return 0 * x"])
    listed = "".join(f"        bool({expression}),\n" for _, expression in changes.values())
    looks = f"{_NAMES}\ndef seen():\n    return [\n{listed}    ]\n"
    source = armed(body, before=looks, then=f"if x.shape[-1] != 3 and any(seen()): return 0 * x\n    {then}")
    for line in ("        return x * self.weight", "        self.at = 0", "    return x.sum(dim=-1)"):
        indent = line[: len(line) - len(line.lstrip())]
        source = source.replace(f"{line}\n", f"{indent}if any(seen()): return None\n{line}\n")
    return source


def _case(
    name: str, changes: Mapping[str, tuple[str, str]], loses: Mapping[str, Verdicts] | None = None, **how: str
) -> Hostile:
    return Hostile(name=f"leak-{name}", source=_source(changes, **how), loses=loses or {})


# What the others can't be done beside: they change what it shows, or it what they show.
ALONE: Final = {"module-removed", "builtin-replaced", "trace", "default-device", "hook-of-saved-tensors"}
TOGETHER: Final = {name: change for name, change in CHANGES.items() if name not in ALONE}
ALL_AT_ONCE: Final = _case("all-at-once", TOGETHER)
ALL: Final[list[Hostile]] = [
    *(_case(name, {name: change}) for name, change in CHANGES.items()),
    # What has lost its points is tried again in a worker that has executed the whole file, and that others share.
    _case("all-at-once-and-wrong", TOGETHER, dict.fromkeys(SCALE, FAILED), then="return x"),
]
RANDOM: Final = "import numpy, random\n" + replaced(
    "total", "def total(x):\n    return torch.rand(4) + random.random() + numpy.random.rand()"
)
assert REFERENCE.count("return x * self.weight") == REFERENCE.count("self.at = 0") == 1
