"""Where a worker was when its time was over."""

from __future__ import annotations

import pytest

from grader.boundary.limits import Limit
from grader.boundary.places import Places, Span
from grader.processes.loops import Loops, is_whole, loop_around
from grader.processes.worker import WorkerStopped
from grader.processes.workers import Workers
from grader.scorecard import Verdict
from grader.suite.ask import fetch
from tests.meta.units.processes.conftest import Load as LoadSource

HEAD = "Stack (most recent call first):\n"
END = '  File "<frozen runpy>", line 198 in _run_module_as_main\n'


def trace(*frames: tuple[str, int, str]) -> str:
    return HEAD + "".join(f'  File "{file}", line {line} in {name}\n' for file, line, name in frames) + END


def loops(places: Places | None = None) -> Loops:
    return Loops(places or Places(file="hw.py"), lambda line: line // 10)


def test_students_own_frames_are_taken_of_a_trace() -> None:
    spots = loops().spots("printed\n" + trace(("lib.py", 1, "f"), ("hw.py", 12, "step"), ("hw.py", 20, "train")))
    assert [(spot.line, spot.function) for spot in spots] == [(12, "step"), (20, "train")]
    assert loops().told(spots) == "look for an endless loop at hw.py, line 12, in step"
    assert loops().told(()) == "look for an endless loop"
    assert loops().spots("\0" * 1000) == ()


def test_files_beside_and_cells_have_their_own_lines() -> None:
    folder = loops(Places(file="a.py", spans=[Span(first=1, file="a.py"), Span(first=30, file="b\xe9.py")]))
    assert (
        folder.told(folder.spots(trace(("b\\xe9.py", 3, "f")))) == "look for an endless loop at b\xe9.py, line 3, in f"
    )
    notebook = loops(Places(file="a.ipynb", spans=[Span(first=1, file="a.ipynb", cell=4)]))
    told = notebook.told(notebook.spots(trace(("a.ipynb", 2, "<module>"))))
    assert told == "look for an endless loop at a.ipynb, cell 4, line 2"


def test_loop_is_known_again_by_its_function_and_not_by_its_line() -> None:
    found = loops()
    assert found.is_empty
    found.note(found.spots(trace(("hw.py", 12, "step"), ("hw.py", 50, "epoch"))), "told")
    assert not found.is_empty
    assert found.known(found.spots(trace(("hw.py", 13, "step")))) == "told"
    assert found.known(found.spots(trace(("hw.py", 5, "helper"), ("hw.py", 13, "step")))) == "told"
    assert found.known(found.spots(trace(("hw.py", 55, "helper"), ("hw.py", 50, "epoch")))) == ""
    assert found.known(found.spots(trace(("hw.py", 23, "step")))) == ""  # of another class
    assert found.known(()) == ""


NESTED = """
def helper(x):
    for y in x:
        use(y)

def turn(x):
    for i in range(3):
        x += 1
        while True:
            for y in x:
                helper(
                    y
                )

            x = x
    return x

class Batches:
    def __next__(self): return 1
    def rows(self):
        for row in self.x:
            for entry in row:
                yield entry

while waiting(): pass
"""


@pytest.mark.parametrize(
    ("line", "found"),
    [
        *((line, 9) for line in (9, 10, 11, 12, 15)),  # whatever is executed of the loop
        (8, 7),
        (4, 3),
        (16, 0),
        (23, 21),
        (19, 0),
        (25, 25),
        (99, 0),
    ],
)
def test_line_that_opens_the_loop_is_named(line: int, found: int) -> None:
    around = loop_around(NESTED.split("\n"), line)
    assert (around.line if around else 0) == found


def test_lines_far_above_are_not_looked_at() -> None:
    """A file may have millions of them, and each frame of a trace is looked for."""
    assert loop_around(["while True:", *[""] * 9_000, "    x = 1"], 9_002) is not None
    assert loop_around(["while True:", *[""] * 11_000, "    x = 1"], 11_002) is None


def test_loop_is_told_alike_wherever_it_was() -> None:
    places = Places(file="hw.py")
    found = Loops(places, lambda line: line // 10, NESTED)
    told = {
        found.told(found.spots(trace(*frames)))
        for frames in (
            [("hw.py", 15, "turn")],
            [("hw.py", 10, "turn"), ("hw.py", 25, "<module>")],
            [("hw.py", 4, "helper"), ("hw.py", 11, "turn")],
        )
    }
    assert told == {"look for an endless loop at hw.py, line 9, in turn"}
    asleep = found.spots(trace(("hw.py", 16, "turn")))
    assert found.told(asleep) == "look for an endless loop at hw.py, line 16, in turn"


def test_trace_is_whole_at_its_end() -> None:
    assert not is_whole(b"")
    assert not is_whole(HEAD.encode())
    assert not is_whole(END.encode())
    assert is_whole(b"printed\n" + trace(("hw.py", 1, "f")).encode())
    assert is_whole(HEAD.encode() + b'  File "hw.py", line 1 in f\n  ...\n')  # too many calls


LOOP = "def turn():\n    while True:\n        print(end='')\n\ndef other():\n    turn()\n\ndef right():\n    return 1\n"


@pytest.mark.parametrize("way", ["while True: pass", "while True: print('x' * 5000)", "import time; time.sleep(99)"])
def test_worker_that_hangs_says_where(load: LoadSource, workers: Workers, way: str) -> None:
    worker, submission = load(workers, f"def turn():\n    x = 1\n    {way}\n")
    worker.loops = loops(Places(file="student.py"))
    worker.allow(Limit("limit_s", 0.5))
    with pytest.raises(WorkerStopped, match=r"line 3, in turn$") as stopped:
        fetch(submission.turn())
    assert stopped.value.verdict is Verdict.TIMED_OUT


def test_loop_that_is_known_is_not_waited_for_to_the_limit(load: LoadSource, workers: Workers) -> None:
    known, told = loops(Places(file="student.py")), []
    for name, seconds in (("turn", 0.5), ("other", 60)):
        worker, submission = load(workers, LOOP)
        worker.loops = known
        assert fetch(submission.right()) == 1  # whatever else hangs
        worker.allow(Limit("limit_s", seconds))
        with pytest.raises(WorkerStopped) as stopped:
            fetch(getattr(submission, name)())
        told.append(str(stopped.value.message))
    assert told[0] == told[1]
    assert "within 0.5 s (limit_s)" in told[0]


def test_what_is_slow_elsewhere_has_its_whole_limit(
    load: LoadSource, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = loops(Places(file="student.py"))
    known.note(known.spots(trace(("student.py", 1, "turn"))), "told")
    worker, submission = load(
        workers, "import time\ndef slow():\n    time.sleep(2.5)\n    print('printed')\n    return 1\n"
    )
    worker.loops = known
    worker.allow(Limit("limit_s", 60))
    asked = list[str]()
    monkeypatch.setattr(known, "known", lambda spots: asked.extend(spot.function for spot in spots[:1]))
    assert fetch(submission.slow()) == 1
    assert asked == ["slow"]
    assert worker.output() == "printed\n"  # and that is not what it printed
