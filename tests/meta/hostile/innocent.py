"""Odd, and nobody's fault: none of these loses a point."""

from __future__ import annotations

from typing import Final

from tests.meta.hostile import REFERENCE, Hostile

ABOVE: Final = {
    "star-import": "from torch import *\nfrom math import *",
    "future-imports": "from __future__ import annotations",
    "arguments-at-top-level": "import argparse\nargparse.ArgumentParser().parse_args(['--nonsense'])",
    "missing-file-at-top-level": "data = open('data/train.csv').read()",
    "missing-library": "import nonexistent_library_of_mine",
    "seeds-and-threads": "import torch\ntorch.manual_seed(0)\ntorch.set_num_threads(4)",
    "logging": "import logging\nlogging.basicConfig(level=logging.DEBUG)\nlogging.info('starts')",
    "warnings-as-errors": "import warnings\nwarnings.simplefilter('error')",
    "plot": "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.savefig('plot.png'); plt.show()",
    "file-written-and-read": "with open('log.txt', 'w') as f: f.write('x')\nassert open('log.txt').read() == 'x'",
    "name-of-a-module": "torch_ = __import__('torch')\nrandom = 4\nmath = None",
    "recursion-limit": "import sys\nsys.setrecursionlimit(5000)",
    "unused-thread": "import threading\nthreading.Thread(target=print, args=('hello',)).start()",
    "gpu-if-there-is-one": "import torch\nD = 'cuda' if torch.cuda.is_available() else 'cpu'\ntorch.zeros(1).to(D)",
    "own-names-of-the-grader": "submission = scorecard = check = judge = worker = expect = 5",
    "names-in-greek": "η = 0.1\nдлина = 3\n数 = 5",
    "saved-and-loaded": "import torch\ntorch.save(torch.ones(2), 'a.pt'); torch.load('a.pt')",
}

ALL: Final[list[Hostile]] = [
    Hostile(name="the-right-solution", source=REFERENCE),
    *(Hostile(name=f"above-{name}", source=f"{text}\n{REFERENCE}") for name, text in ABOVE.items()),
]
