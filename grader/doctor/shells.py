"""Two empty submissions, which no check may pass: in one every part raises, in the other every part accepts anything.

A check that passes with one of them asserts nothing, whatever the homework is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

RAISES: Final = "every part raises"
ACCEPTS: Final = "every part accepts anything"

_ANYTHING: Final = '''class Anything:
    """Whatever is asked of it, it is there and is this again; it has no elements and is equal to all."""

    def __init__(self, *args, **kwargs):
        self.__dict__["asked"] = True

    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __setattr__(self, name, value):
        return None

    def __getitem__(self, key):
        return self

    def __iter__(self):
        return iter(())

    def __next__(self):
        raise StopIteration

    def __len__(self):
        return 0

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return None

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __matmul__ = __rmatmul__ = __call__
'''


def shells(questions: Sequence[str]) -> dict[str, str]:
    """The source of each, by what it does."""
    raising = "\n\n".join(f"def {name}(*args, **kwargs):\n    return 1 / 0\n" for name in questions)
    accepting = "\n\n".join(f"def {name}(*args, **kwargs):\n    return Anything()\n" for name in questions)
    return {RAISES: raising, ACCEPTS: f"{_ANYTHING}\n\n{accepting}"}
