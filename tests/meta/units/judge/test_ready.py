"""What a process has imported before it grades, and what that leaves."""

import subprocess
import sys

import pytest

READY = """
import gc, sys
from grader.judge import ready

ready.load_light()
assert {"hypothesis", "pytest"} <= sys.modules.keys()
assert not {"torch", "numpy"} & sys.modules.keys()
ready.load()
assert {"torch", "hypothesis", "pytest", "grader.judge.grading", "grader.judge.pytest_run"} <= sys.modules.keys()
assert gc.isenabled()
assert not gc.get_freeze_count()  # a program that calls grade() has garbage of its own
entropy = sys.modules["hypothesis.internal.entropy"]
looked_through, register = [], entropy.register_random
entropy.register_random = lambda random: (looked_through.append(len(gc.get_objects())), register(random))
ready.make_ready()
assert gc.isenabled()
assert gc.get_freeze_count()
[few] = looked_through  # before there is much that is not kept
assert few < 10_000, few
"""
INTERRUPTED = """
import os, signal, sys
from grader.judge import ready
from grader.machine import interrupts

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "hypothesis":
            os.kill(os.getpid(), signal.SIGTERM)

sys.meta_path.insert(0, Interrupt())
with interrupts.raised():
    try:
        ready.load()
    except interrupts.Interrupted as stop:
        print("ended by", stop.number)
"""


def test_all_that_grading_needs_is_imported_and_only_a_process_of_ours_is_made_to_keep_it() -> None:
    subprocess.run([sys.executable, "-c", READY], check=True, timeout=120)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_signal_ends_the_import_at_once() -> None:
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED], check=True, timeout=120, capture_output=True, text=True)
    assert ended.stdout == "ended by 15\n"
