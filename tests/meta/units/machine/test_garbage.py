"""What the garbage collector looks through."""

import gc
import importlib
import subprocess
import sys
import weakref

import pytest

from grader.machine import garbage


def test_nothing_is_collected_within_and_all_is_as_before_afterwards() -> None:
    assert gc.isenabled()
    with garbage.left_alone():
        assert not gc.isenabled()
        with garbage.left_alone():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_import_that_fails_leaves_the_collector_on() -> None:
    with pytest.raises(ImportError), garbage.left_alone():
        importlib.import_module("grader.no_such_module")
    assert gc.isenabled()


KEPT = """
import gc
import importlib
from grader.machine import garbage

garbage.keep_what_is_here()
kept = gc.get_freeze_count()
assert kept > 1000
assert gc.get_threshold()[0] == garbage.YOUNG
cycle = []
cycle.append(cycle)
del cycle
assert gc.collect() == 1  # what came later is collected
cycles = [[] for _ in range(100)]
garbage.keep_what_is_here()
assert gc.get_freeze_count() <= kept  # once only: each grading's garbage would stay
"""


def test_what_is_there_is_kept_once_and_later_garbage_is_collected() -> None:
    """In a process of its own: what is kept there stays kept."""
    subprocess.run([sys.executable, "-c", KEPT], check=True, timeout=60)


class Cycle:
    def __init__(self) -> None:
        self.itself = self


def test_what_holds_much_is_collected_at_once_and_what_holds_little_is_not() -> None:
    with garbage.left_alone():
        received = garbage.Received()
        found = weakref.ref(Cycle())
        received.add(garbage.HEAVY_BYTES - 1)
        assert found() is not None
        received.add(1)
        assert found() is None
